"""Convention, article 4.6: data are destroyed once the procedure is resolved, under an authority, and proven gone."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from ledger.aggregates.access import Access, Look
from ledger.aggregates.procedure import Procedure
from ledger.errors import Conflict
from ledger.personal import Erased, Personal
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Mode, OutcomeCode, Place, RefusalCode, Role
from ledger.retention.runner import Outcome
from ledger.usecases.access.request import request
from ledger.usecases.agent.train import train
from ledger.usecases.gate import Grant, judging, open_values
from ledger.usecases.procedure.doing import Doing, keep_value
from ledger.usecases.procedure.ending import resolve, undo_resolution
from ledger.usecases.procedure.open_procedure import Opening, open_procedure
from tests.integration.usecases.workbench import Workbench


def worked_on(bench: Workbench) -> UUID:
    """Receive somebody about a change of situation, and keep the number that the entry lets one keep."""
    train(bench.desk, bench.command(bench.delegate), bench.agent, partner="cnaf", until=date(2026, 12, 31))
    opening = Opening("CNAF05-situation", subject=bench.person(), informed=True)
    procedure = open_procedure(bench.desk, bench.command(), opening).streams[0]
    doing = Doing(procedure, Mode.ASSIST, present=True, informed=True)
    keep_value(bench.desk, bench.command(), doing, field="no.caf", value=Personal("1234567"))
    return procedure


def value(bench: Workbench, procedure: UUID) -> object:
    kept = bench.desk.streams.load(Procedure, procedure).values[0].value
    opened = open_values(bench.desk, Grant(procedure, bench.clock.now(), (kept,)), at=bench.clock.now())[0]
    return opened.expose() if isinstance(opened, Personal) else opened


def night(bench: Workbench) -> Outcome:
    return bench.ledger.retention.run(bench.command(bench.job))


@pytest.mark.row("S-4.6.11")
def test_values_go_the_night_after_the_resolution_under_a_standing_agreement(bench: Workbench) -> None:
    bench.authority()
    procedure = worked_on(bench)
    assert night(bench).done.destroyed == 0  # type: ignore[union-attr]  # submitted is not resolved
    bench.later(days=2)
    ending = resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    assert ending.will_go == ("no.caf",)
    assert value(bench, procedure) == "1234567"
    assert night(bench).done.destroyed == 1  # type: ignore[union-attr]
    assert value(bench, procedure) == Erased(bench.clock.now(), "RESOLVED")


@pytest.mark.row("S-4.6.11")
def test_no_authority_means_restricted_not_destroyed(bench: Workbench) -> None:
    procedure = worked_on(bench)
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    assert night(bench).done.restricted == 1  # type: ignore[union-attr]
    assert value(bench, procedure) == "1234567"
    look = Look(procedure, ("no.caf",), Place.STORED, Mode.ACT_FOR, present=False)
    assert not request(bench.desk, bench.command(), look).granted
    with pytest.raises(RefusedByRule) as refused:
        undo_resolution(bench.desk, bench.command(), procedure)
    assert refused.value.refusal is RefusalCode.RESTRICTED


@pytest.mark.row("S-4.6.11")
def test_slip_for_2020_to_2024_and_an_item_of_2026_not_destroyed(bench: Workbench) -> None:
    bench.authority(first_day=date(2020, 1, 1), last_day=date(2024, 12, 31))
    procedure = worked_on(bench)
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    assert (night(bench).done.destroyed, value(bench, procedure)) == (0, "1234567")  # type: ignore[union-attr]


@pytest.mark.row("S-4.6.11")
def test_a_resolution_can_be_undone_until_the_run(bench: Workbench) -> None:
    bench.authority()
    procedure = worked_on(bench)
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    undo_resolution(bench.desk, bench.command(), procedure)
    assert (night(bench).done.destroyed, value(bench, procedure)) == (0, "1234567")  # type: ignore[union-attr]
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    assert night(bench).done.destroyed == 1  # type: ignore[union-attr]
    with pytest.raises(Conflict):
        undo_resolution(bench.desk, bench.command(), procedure)


@pytest.mark.row("S-4.6.11")
def test_who_asks_for_a_destroyed_value_is_refused_on_record_and_told_when_and_why_it_went(bench: Workbench) -> None:
    bench.authority()
    procedure = worked_on(bench)
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    look = Look(procedure, ("no.caf", "id.civil"), Place.STORED, Mode.ACT_FOR, present=False)
    early = bench.command(request=b"early")
    closed = request(bench.desk, early, look)
    assert (closed.decision, closed.erased) == (RefusalCode.PROCEDURE_CLOSED, {})
    bench.later(days=1)
    night(bench)
    gone = {"no.caf": Erased(bench.clock.now(), "RESOLVED")}
    bench.later(days=1)
    late = bench.command(request=b"late")
    for _ in range(2):
        answer = request(bench.desk, late, look)
        assert (answer.decision, answer.erased, answer.grant) == (RefusalCode.PROCEDURE_CLOSED, gone, None)
    access = bench.desk.streams.load(Access, answer.access_id)
    assert not access.granted
    assert request(bench.desk, early, look).erased == {}, "a repeated request has the answer that it had"


@pytest.mark.row("S-4.6.11")
@pytest.mark.parametrize("place", [Place.STORED, Place.SHOWN])
def test_where_nothing_was_kept_a_closed_procedure_is_closed_and_no_more(bench: Workbench, place: Place) -> None:
    bench.authority()
    procedure = worked_on(bench)
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    night(bench)
    field = "id.civil" if place is Place.STORED else "no.caf"
    answer = request(bench.desk, bench.command(), Look(procedure, (field,), place, Mode.ASSIST, present=True))
    assert (answer.decision, answer.erased) == (RefusalCode.PROCEDURE_CLOSED, {})


@pytest.mark.row("S-4.6.11")
def test_who_may_not_look_learns_nothing_of_what_is_destroyed(bench: Workbench) -> None:
    bench.authority()
    procedure = worked_on(bench)
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    night(bench)
    look = Look(procedure, ("no.caf",), Place.STORED, Mode.ACT_FOR, present=False)
    untrained, officer = bench.enrol("Alex Collègue", Role.AGENT), bench.enrol("Dora Inventée", Role.DPO)
    for who, refusal in ((untrained, RefusalCode.NOT_TRAINED), (officer, RefusalCode.ROLE_NOT_ALLOWED)):
        answer = request(bench.desk, bench.command(who), look)
        assert (answer.decision, answer.erased) == (refusal, {})


@pytest.mark.row("S-4.6.11")
def test_the_trail_of_what_was_destroyed_is_whole(bench: Workbench) -> None:
    bench.authority()
    procedure = worked_on(bench)
    look = Look(procedure, ("id.civil",), Place.SHOWN, Mode.ASSIST, present=True, informed=True)
    access = request(bench.desk, bench.command(), look).access_id
    before = [logged.content for logged in bench.ledger.log.each()]
    resolve(bench.desk, bench.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    assert night(bench).done.destroyed == 1  # type: ignore[union-attr]
    assert isinstance(value(bench, procedure), Erased)
    assert [logged.content for logged in bench.ledger.log.each()][: len(before)] == before
    ended, looked = bench.desk.streams.load(Procedure, procedure), bench.desk.streams.load(Access, access)
    with judging(bench.desk, bench.command()) as judgement:
        facts = (ended.entry, ended.outcome, looked.fields, looked.place, looked.mode)
        assert [judgement.known(fact) for fact in facts if fact is not None] == [
            "CNAF05-situation", OutcomeCode.FORMALITY_DONE, ("id.civil",), Place.SHOWN, Mode.ASSIST,
        ]  # fmt: skip
        (kept,) = ended.values
        assert judgement.known(kept.field) == "no.caf", "that it was kept is told; what it was is gone"
