"""Who may record the end of a mandate, what of it is told to whom, and when another house is taken to have known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Capacity, EndKind, RefusalCode, Role
from ledger.projections.duties import open_duties
from ledger.usecases.house.register import register
from ledger.usecases.mandate.ending import (
    EndRecordedWithThePerson,
    MandateEnding,
    ToldElsewhere,
    end_mandate,
    renounce,
    revoke,
)
from ledger.usecases.subject.change_capacity import change_capacity
from ledger.usecases.subject.die import die
from tests.integration.usecases.counter import BOB, RSA, Counter
from tests.integration.usecases.workbench import Workbench


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def dealt_with(counter: Counter, **more: Any) -> UUID:
    """Make a mandate under which a partner's portal was looked at."""
    procedure, mandate = counter.served(counter.bench.person(), **more)
    assert counter.act_for(procedure, "id.civil").granted
    return mandate


def from_elsewhere(counter: Counter, **more: bool) -> UUID:
    """Register a second house, and enrol somebody there."""
    file = counter.bench.ledger.law.houses["bonneuil-matours"]
    house = register(counter.desk, counter.command(counter.bench.delegate), file=file).streams[0]
    return counter.bench.enrol("Alix Ailleurs", Role.AGENT, house=house, **more)


def refused(call: Callable[[], object]) -> RefusalCode:
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


ENDINGS = (EndKind.SUPERSEDED, EndKind.RENOUNCED, EndKind.EXPIRED)


def ended(counter: Counter, kind: EndKind, mandate: UUID, *, by: UUID) -> MandateEnding:
    if kind is EndKind.RENOUNCED:
        return renounce(counter.desk, counter.command(by), mandate)
    return end_mandate(counter.desk, counter.command(by), mandate, kind=kind)


@pytest.mark.parametrize("kind", ENDINGS)
def test_only_an_agent_of_the_house_who_is_sworn_records_an_end_that_is_no_withdrawal(
    counter: Counter, kind: EndKind
) -> None:
    mandate = dealt_with(counter, term_days=1)
    unsworn = counter.bench.enrol("Noé Nouveau", Role.AGENT, secrecy=False)
    manager = counter.bench.enrol("Maud Manager", Role.MANAGER)
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    elsewhere = from_elsewhere(counter)
    if kind is EndKind.EXPIRED:
        counter.bench.later(days=1)
    assert refused(lambda: ended(counter, kind, mandate, by=elsewhere)) is RefusalCode.OTHER_HOUSE
    assert refused(lambda: ended(counter, kind, mandate, by=unsworn)) is RefusalCode.NO_UNDERTAKING
    for other in (manager, officer):
        assert refused(partial(ended, counter, kind, mandate, by=other)) is RefusalCode.ROLE_NOT_ALLOWED
    assert counter.mandate(mandate).end is None
    assert ended(counter, kind, mandate, by=counter.bench.agent).partners == ("cnaf",)


def test_the_night_job_ends_a_term_and_nothing_else_and_is_told_no_partner(counter: Counter) -> None:
    mandate, job = dealt_with(counter, term_days=1), counter.bench.job
    for kind in (EndKind.SUPERSEDED, EndKind.RENOUNCED):
        assert refused(partial(ended, counter, kind, mandate, by=job)) is RefusalCode.ROLE_NOT_ALLOWED
    counter.bench.later(days=1)
    ending = ended(counter, EndKind.EXPIRED, mandate, by=job)
    assert ending == MandateEnding(ending.recorded, left_to_its_house=True)


@pytest.mark.parametrize("kind", [EndKind.DEATH, EndKind.GUARDIANSHIP])
def test_a_death_or_a_guardianship_is_recorded_with_the_person_who_alone_knows_all_their_mandates(
    counter: Counter, kind: EndKind
) -> None:
    with pytest.raises(EndRecordedWithThePerson) as caught:
        end_mandate(counter.desk, counter.command(), new_id(), kind=kind)
    assert "subject death" in caught.value.next_step()
    assert "subject capacity" in caught.value.next_step()


def test_an_agent_of_another_house_takes_a_withdrawal_and_is_not_told_the_partners(counter: Counter) -> None:
    mandate, elsewhere = dealt_with(counter), from_elsewhere(counter)
    counter.bench.later(minutes=1)
    command = counter.command(elsewhere, request=b"revoke")
    for _ in range(2):
        ending = revoke(counter.desk, command, mandate)
        assert ending == MandateEnding(ending.recorded, left_to_its_house=True)
    assert counter.mandate(mandate).end is not None
    duties = open_duties(counter.bench.ledger.current_views(), house=counter.bench.house)
    assert {(duty.about, str(duty.kind)) for duty in duties} == {(mandate, "tell-partner"), (mandate, "account")}


@pytest.mark.parametrize(
    ("role", "sworn", "told"),
    [(Role.AGENT, True, True), (Role.AGENT, False, False), (Role.MANAGER, True, False), (Role.DPO, True, True)],
)
def test_anybody_enrolled_takes_a_withdrawal_and_only_who_works_on_it_or_audits_is_told_the_partners(
    counter: Counter, role: Role, sworn: bool, told: bool
) -> None:
    mandate = dealt_with(counter)
    actor = counter.bench.enrol("Sacha Supplément", role, secrecy=sworn)
    ending = revoke(counter.desk, counter.command(actor), mandate)
    assert ending.partners == (("cnaf",) if told else ())
    assert ending.left_to_its_house is not told


def test_the_delegate_who_decides_is_told_the_partners(counter: Counter) -> None:
    mandate = dealt_with(counter)
    assert revoke(counter.desk, counter.command(counter.bench.delegate), mandate).partners == ("cnaf",)


def test_an_agent_of_another_house_cannot_say_that_the_mandate_s_house_knew_before(counter: Counter) -> None:
    mandate, elsewhere = dealt_with(counter), from_elsewhere(counter)
    signed_at = counter.now
    counter.bench.later(minutes=20)
    told_at = counter.now - timedelta(minutes=10)
    with pytest.raises(ToldElsewhere):
        revoke(counter.desk, counter.command(elsewhere), mandate, known_at=told_at)
    assert counter.mandate(mandate).end is None
    ending = revoke(counter.desk, counter.command(elsewhere), mandate, effective_at=signed_at)
    end = counter.mandate(mandate).end
    assert ending.recorded.outcome == "OK"
    assert end is not None
    assert (end.effective_at, end.known_at) == (signed_at, counter.now)


def test_the_mandate_s_own_house_says_when_it_was_told(counter: Counter) -> None:
    mandate = dealt_with(counter)
    told_at = counter.now
    counter.bench.later(minutes=20)
    revoke(counter.desk, counter.command(), mandate, known_at=told_at)
    end = counter.mandate(mandate).end
    assert end is not None
    assert end.known_at == told_at


def test_a_death_that_another_house_was_told_is_known_to_the_mandate_s_once_it_is_recorded(counter: Counter) -> None:
    aline, elsewhere = counter.bench.person(), from_elsewhere(counter)
    mandate = counter.live(aline)
    told_at = counter.bench.later(hours=1)
    counter.bench.later(hours=1)
    die(counter.desk, counter.command(elsewhere), aline, known_at=told_at)
    end = counter.mandate(mandate).end
    assert end is not None
    assert end.known_at == counter.now


def test_what_a_guardianship_ends_is_ended_with_the_person(counter: Counter) -> None:
    aline, guardian = counter.bench.person(), counter.bench.person(BOB)
    mandate = counter.live(aline, acts=(f"{RSA}:file",))
    change_capacity(counter.desk, counter.command(), aline, capacity=Capacity.GUARDIANSHIP, representative=guardian)
    assert not counter.mandate(mandate).is_live
