"""Erasure on request: decided item by item, by one or two people, and carried out by the run like everything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ledger.aggregates.base import Scope
from ledger.aggregates.destruction import DestructionReason
from ledger.aggregates.erasure import ErasureAnswered, ErasureConfirmed
from ledger.aggregates.hold import HoldKind, HoldTarget
from ledger.errors import NotFound
from ledger.policies.erasure import KeepGround
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import ContactMeans, Role
from ledger.retention.erasing import Decision
from ledger.rules.law import load_law
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.ports import own_scope
from ledger.usecases.retention.erasures import SecondPersonNeeded, answer, confirm, show
from ledger.usecases.retention.holds import set_hold
from tests.integration.usecases.counter import Counter
from tests.integration.usecases.test_retention_classes import authorities, line, run
from tests.integration.usecases.workbench import Workbench


def decide(bench: Workbench, person: UUID) -> Decision:
    return bench.ledger.erasing.decide(bench.command(bench.delegate), person)


def grounds(decision: Decision) -> dict[RetentionClass, KeepGround | None]:
    return {each.item.category: each.kept for each in decision.items}


def decided(decision: Decision) -> UUID:
    assert decision.recorded is not None
    return decision.recorded.streams[0]


def test_a_person_whom_nothing_binds_any_more_goes_with_the_next_run(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    decision = decide(bench, person)
    assert grounds(decision) == {RetentionClass.IDENTITY: None}
    assert run(bench) == {RetentionClass.IDENTITY: 1}, "it was not due otherwise for another thirty days"
    scope = own_scope(Scope.IDENTITY, person)
    fate = bench.ledger.retention._disposal.fates([scope])[scope]
    assert fate.destroyed is not None
    (event,) = bench.ledger.events.at([fate.destroyed])
    assert event.decision is DestructionReason.REQUEST  # type: ignore[attr-defined]


def test_it_is_never_all_or_nothing(bench: Workbench) -> None:
    counter = Counter(bench)
    counter.train(bench.agent)
    authorities(bench)
    person = bench.person()
    ended = bench.procedure(person)
    bench.resolve(ended)
    mandate = counter.live(person)
    found = {(each.item.id, each.item.category): each.kept for each in decide(bench, person).items}
    assert found == {
        (ended, RetentionClass.WORKING_DATA): None,
        (ended, RetentionClass.LOGS): KeepGround.NEEDED,
        (mandate, RetentionClass.MANDATE_PROOF): KeepGround.OPEN,
        (person, RetentionClass.IDENTITY): KeepGround.NEEDED,
    }
    assert run(bench) == {RetentionClass.WORKING_DATA: 1}


def test_without_the_archives_it_stays_and_the_decision_says_so(bench: Workbench) -> None:
    person = bench.person()
    assert grounds(decide(bench, person)) == {RetentionClass.IDENTITY: KeepGround.ARCHIVES}
    assert run(bench) == {}


def test_what_is_held_or_open_is_kept(bench: Workbench) -> None:
    authorities(bench)
    person, other = bench.person(), bench.person(homonym=True)
    bench.procedure(other, values=())
    set_hold(
        bench.desk, bench.command(bench.delegate), kind=HoldKind.RIGHTS, target=HoldTarget.SUBJECT, held=person,
        review_on=datetime(2030, 1, 1, tzinfo=UTC).date(), reason="La personne le demande.",
    )  # fmt: skip
    assert grounds(decide(bench, person)) == {RetentionClass.IDENTITY: KeepGround.HOLD}
    assert grounds(decide(bench, other)) == {
        RetentionClass.LOGS: KeepGround.OPEN, RetentionClass.IDENTITY: KeepGround.NEEDED
    }  # fmt: skip
    assert run(bench) == {}


def test_a_hold_set_after_the_decision_wins(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    decide(bench, person)
    set_hold(
        bench.desk, bench.command(bench.delegate), kind=HoldKind.RIGHTS, target=HoldTarget.SUBJECT, held=person,
        review_on=datetime(2030, 1, 1, tzinfo=UTC).date(), reason="La personne le demande.",
    )  # fmt: skip
    assert run(bench) == {}


def test_a_person_who_comes_back_before_the_run_is_kept(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    decide(bench, person)
    bench.procedure(person, values=())
    assert run(bench) == {}


def test_where_the_profile_asks_for_two_people_nothing_goes_before_the_second(bench: Workbench, tmp_path: Path) -> None:
    packaged = (Path(__file__).parents[3] / "ledger/rules/data/profiles/mayenne.toml").read_text(encoding="utf-8")
    two = packaged.replace('name = "erasure.persons"\nvalue = 1', 'name = "erasure.persons"\nvalue = 2')
    assert two != packaged
    folder = tmp_path / "law" / "profiles"
    folder.mkdir(parents=True)
    (folder / "mayenne.toml").write_text(two, encoding="utf-8")
    bench.ledger.desk = replace(bench.desk, law=load_law(tmp_path / "law", profile="mayenne"))
    authorities(bench)
    person = bench.person()
    erasure = decided(decide(bench, person))
    assert run(bench) == {}
    assert [one.waits for one in show(bench.desk, bench.command(bench.delegate))] == [True]
    with pytest.raises(SecondPersonNeeded):
        confirm(bench.desk, bench.command(bench.delegate), erasure)
    with pytest.raises(RefusedByRule):
        confirm(bench.desk, bench.command(bench.agent), erasure)
    second = bench.enrol("Solène Seconde", Role.DELEGATE)
    confirm(bench.desk, bench.command(second), erasure)
    with pytest.raises(ErasureConfirmed):
        confirm(bench.desk, bench.command(second), erasure)
    assert run(bench) == {RetentionClass.IDENTITY: 1}


def test_a_preview_decides_nothing(bench: Workbench) -> None:
    authorities(bench)
    found = bench.ledger.erasing.preview(bench.command(bench.delegate), bench.person())
    assert (grounds(found), found.recorded) == ({RetentionClass.IDENTITY: None}, None)
    assert run(bench) == {}


def test_only_the_delegate_decides_and_only_about_somebody(bench: Workbench) -> None:
    person = bench.person()
    for actor in (bench.agent, bench.job, bench.enrol("Diane Officier", Role.DPO)):
        with pytest.raises(RefusedByRule):
            bench.ledger.erasing.decide(bench.command(actor), person)
    with pytest.raises(NotFound):
        decide(bench, UUID(int=4))


def test_the_same_command_decides_once(bench: Workbench) -> None:
    command = bench.ledger.command_of(bench.delegate, at=bench.clock.now(), request=b"erase")
    person = bench.person()
    first = bench.ledger.erasing.decide(command, person)
    assert decided(bench.ledger.erasing.decide(command, person)) == decided(first)
    assert len(show(bench.desk, bench.command(bench.delegate))) == 1


def test_the_file_of_a_request_goes_five_years_after_the_answer(bench: Workbench) -> None:
    bench.authority(category=RetentionClass.REQUEST_FILE)
    erasure = decided(decide(bench, bench.person()))
    bench.later(days=3)
    answer(bench.desk, bench.command(bench.delegate), erasure, means=ContactMeans.MAIL)
    with pytest.raises(ErasureAnswered):
        answer(bench.desk, bench.command(bench.delegate), erasure, means=ContactMeans.MAIL)
    found = line(bench, RetentionClass.REQUEST_FILE, erasure)
    assert found.item.due_at == datetime(2031, 6, 13, tzinfo=UTC)
    bench.later(days=5 * 366)
    assert run(bench) == {RetentionClass.REQUEST_FILE: 1}
    (shown,) = show(bench.desk, bench.command(bench.delegate))
    assert (shown.subject, shown.items) == (None, ())
