"""Code civil 2006: a later mandate for the same, given to another house, ends the first once its house is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from ledger.aggregates.base import REGISTRY
from ledger.aggregates.duty import DutyKind, duty_id
from ledger.errors import Conflict
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import EndKind, RefusalCode, Role
from ledger.projections.duties import DutyRow, open_duties
from ledger.usecases.duty.discharge import DutyHasItsVerb, discharge
from ledger.usecases.gate import judging
from ledger.usecases.house.register import register
from ledger.usecases.mandate import making
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.mandate.succession import acknowledge, note_succession
from ledger.usecases.subject.merge import merge
from tests.integration.usecases.counter import BOB, CAREER, RSA, Counter
from tests.integration.usecases.workbench import Workbench


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


@pytest.fixture
def elsewhere(counter: Counter) -> Counter:
    """Give the counter of a second house."""
    bench = counter.bench
    file = bench.ledger.law.houses["bonneuil-matours"]
    house = register(bench.desk, bench.command(bench.delegate), file=file).streams[0]
    agent = bench.enrol("Alix Ailleurs", Role.AGENT, house=house)
    made = Counter(replace(bench, house=house, agent=agent))
    made.train(agent)
    return made


def left(counter: Counter) -> list[DutyRow]:
    """Give the later mandates that the house of a counter has to take note of."""
    views = counter.bench.ledger.current_views()
    return open_duties(views, house=counter.bench.house, kind=DutyKind.ACKNOWLEDGE_SUCCESSOR)


def refused(call: Callable[[], object]) -> RefusalCode:
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def test_the_first_house_takes_note_and_its_mandate_ends_then_and_not_before(
    counter: Counter, elsewhere: Counter
) -> None:
    aline = counter.bench.person()
    procedure, first = counter.served(aline)
    assert counter.act_for(procedure, "id.civil").granted
    counter.bench.later(days=1)
    second = elsewhere.live(aline)
    (duty,) = left(counter)
    assert duty.about == first
    assert left(elsewhere) == []
    assert counter.mandate(first).is_live
    counter.bench.later(days=1)
    assert counter.act_for(procedure, "id.civil").granted, "done before the house was told, it stands"
    counter.bench.later(days=1)
    ending = acknowledge(counter.desk, counter.command(), first)
    assert ending.partners == ("cnaf",)
    assert ending.irregular_accesses == ()
    end = counter.mandate(first).end
    assert end is not None
    assert (end.effective_at, end.known_at) == (counter.now, counter.now)
    with judging(counter.desk, counter.command()) as judgement:
        assert end.kind is EndKind.SUPERSEDED or judgement.known(end.kind) is EndKind.SUPERSEDED  # type: ignore[arg-type]
        assert [judgement.known(each) for each in counter.mandate(first).successors] == [second]
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED
    assert left(counter) == []
    kinds = {str(row.kind) for row in open_duties(counter.bench.ledger.current_views(), house=counter.bench.house)}
    assert kinds == {"tell-partner", "account"}
    assert counter.mandate(second).is_live


def test_nobody_of_another_house_takes_note_and_a_word_alone_is_no_end(counter: Counter, elsewhere: Counter) -> None:
    aline = counter.bench.person()
    first = counter.live(aline)
    elsewhere.live(aline)
    (duty,) = left(counter)
    code = refused(lambda: acknowledge(counter.desk, elsewhere.command(elsewhere.bench.agent), first))
    assert code is RefusalCode.OTHER_HOUSE
    with pytest.raises(DutyHasItsVerb):
        discharge(counter.desk, counter.command(), duty.duty, kind=DutyKind(duty.kind), of_house=duty.house)
    assert counter.mandate(first).is_live


@pytest.mark.parametrize(
    "given",
    [
        lambda counter, aline: counter.live(aline, acts=(f"{CAREER}:correct",)),
        lambda counter, aline: counter.live(counter.bench.person(BOB)),
        lambda counter, aline: counter.drafted(aline),
        lambda counter, aline: revoke(counter.desk, counter.command(), counter.live(aline)),
    ],
    ids=["another procedure", "another person", "not live yet", "ended"],
)
def test_a_mandate_that_is_not_succeeded_is_left_alone(
    counter: Counter, elsewhere: Counter, given: Callable[[Counter, UUID], Any]
) -> None:
    aline = counter.bench.person()
    given(counter, aline)
    elsewhere.live(aline)
    assert left(counter) == []


def test_a_second_mandate_in_the_same_house_ends_nothing(counter: Counter) -> None:
    aline = counter.bench.person()
    first = counter.live(aline)
    counter.live(aline)
    assert left(counter) == []
    assert counter.mandate(first).is_live


def test_a_person_registered_twice_is_one(counter: Counter, elsewhere: Counter) -> None:
    aline, twice = counter.bench.person(), counter.bench.person(homonym=True)
    first = counter.live(twice)
    merge(counter.desk, counter.command(), duplicate=twice, survivor=aline)
    elsewhere.live(aline)
    assert [duty.about for duty in left(counter)] == [first]


def test_one_procedure_in_common_is_enough_and_one_of_two_spouses_too(counter: Counter, elsewhere: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    first = counter.live(aline, bob, acts=(f"{RSA}:file", f"{CAREER}:correct"))
    elsewhere.live(bob, acts=(), requests=(f"{CAREER}:career-statement",))
    assert [duty.about for duty in left(counter)] == [first]


def test_a_mandate_that_began_before_and_is_entered_after_is_the_one_that_is_succeeded(
    counter: Counter, elsewhere: Counter
) -> None:
    aline = counter.bench.person()
    paper = elsewhere.drafted(aline)
    elsewhere.identified(paper, aline)
    elsewhere.informed(paper)
    elsewhere.signed(paper, aline)
    counted_at = counter.now
    counter.bench.later(hours=1)
    second = counter.live(aline)
    counter.bench.later(hours=1)
    elsewhere.counted(paper, effective_at=counted_at)
    assert left(counter) == []
    (duty,) = left(elsewhere)
    assert duty.about == paper
    assert counter.mandate(second).is_live


def test_two_houses_that_let_a_mandate_live_at_once_do_not_miss_each_other(
    counter: Counter, elsewhere: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    aline = counter.bench.person()
    first, second = counter.drafted(aline), elsewhere.drafted(aline)
    for house, paper in ((counter, first), (elsewhere, second)):
        house.identified(paper, aline)
        house.informed(paper)
        house.signed(paper, aline)
    found = note_succession

    def meanwhile(*asked: Any, at: datetime) -> Any:
        monkeypatch.setattr(making, "note_succession", found)
        answer = found(*asked, at=at)
        counter.counted(first)
        return answer

    monkeypatch.setattr(making, "note_succession", meanwhile)
    with pytest.raises(Conflict):
        elsewhere.counted(second)
    elsewhere.counted(second)
    assert [duty.about for duty in left(counter)] == [first]


def test_what_is_noted_shows_neither_the_person_nor_the_procedure_nor_the_other_house(
    counter: Counter, elsewhere: Counter
) -> None:
    aline = counter.bench.person()
    first = counter.live(aline)
    second = elsewhere.live(aline)
    logged = [each for each in counter.bench.ledger.log.each() if each.header.topic == "mandate.successor-noted.1"]
    (header,) = (each.header for each in logged)
    assert (header.stream, header.house) == (first, counter.bench.house)
    assert (header.decision, header.gateway, header.covers) == (None, None, None)
    assert second not in (header.stream, header.event, header.house)
    assert REGISTRY["mandate.successor-noted.1"].links(logged[0].event) == ()
    (duty,) = left(counter)
    assert duty.duty == duty_id(header.event, DutyKind.ACKNOWLEDGE_SUCCESSOR)
    assert aline not in vars(duty).values()
    assert second not in vars(duty).values()
