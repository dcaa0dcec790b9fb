"""Every class of the schedule, on the real store: what falls due when, what needs what, and what a hold keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest

from ledger.aggregates.base import REGISTER, LinkKind, Scope, ScopeInstance
from ledger.aggregates.hold import HoldKind, HoldTarget, ReviewBeforeHold
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.run import Done
from ledger.clock import UTC
from ledger.errors import DataErased, IntegrityBroken, NotFound
from ledger.personal import Erased
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import ContactMeans, OutcomeCode, Role
from ledger.retention.planner import Action, Item, Step, Why
from ledger.retention.runner import ShareExceeded
from ledger.rules.retention_terms import RetentionClass
from ledger.sealing.sealer import KeyringSealer
from ledger.store.verification import check_log
from ledger.usecases.agent.depart import depart
from ledger.usecases.gate import judging
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.contact import contact
from ledger.usecases.procedure.ending import undo_resolution
from ledger.usecases.retention.authorities import revoke as revoke_authority
from ledger.usecases.retention.holds import (
    HoldAbsent,
    HoldReleasedAlready,
    ReasonMissing,
    book_of,
    release,
    review,
    set_hold,
    show,
)
from ledger.usecases.subject.merge import merge
from tests.integration.usecases.counter import RSA, Counter
from tests.integration.usecases.workbench import ALINE, Workbench

EVERY = [each for each in RetentionClass if each is not RetentionClass.ELIMINATION_SLIPS]


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def authorities(bench: Workbench) -> None:
    """Have the archives agree to everything."""
    for category in EVERY:
        bench.authority(category=category)


def run(bench: Workbench) -> dict[RetentionClass, int]:
    """Run, and give what was destroyed of each class."""
    done = bench.ledger.retention.run(bench.command(bench.job)).done
    assert done is not None
    assert check_log(bench.ledger.database).breaks == []
    return dict(done.by_class)


def lines(bench: Workbench, category: RetentionClass) -> list[Step[Item]]:
    command = bench.command(bench.job)
    steps = bench.ledger.retention.plan(command, at=bench.clock.now(), all_of_it=True)
    return [step for step in steps if step.item.category is category]


def line(bench: Workbench, category: RetentionClass, id_: UUID) -> Step[Item]:
    found = [step for step in lines(bench, category) if step.item.id == id_]
    assert len(found) == 1, f"{len(found)} lines"
    return found[0]


def is_destroyed(bench: Workbench, scope: ScopeInstance) -> bool:
    fate = bench.ledger.retention._disposal.fates([scope])[scope]
    return fate.destroyed is not None


def at(bench: Workbench, text: str) -> None:
    """Set the clock."""
    bench.clock.instant = datetime.fromisoformat(text).astimezone(UTC)


# --- mandates and people ---------------------------------------------------------------------------------------------


def test_the_proof_of_a_mandate_goes_five_years_after_its_end_and_the_identity_with_it(counter: Counter) -> None:
    bench = counter.bench
    authorities(bench)
    person = bench.person()
    mandate = counter.live(person)
    at(bench, "2026-06-15T16:20+02:00")
    revoke(bench.desk, counter.command(), mandate)
    found = line(bench, RetentionClass.MANDATE_PROOF, mandate)
    assert found.item.due_at == datetime.fromisoformat("2031-06-16T00:00+02:00")
    assert found.item.papers == 1
    at(bench, "2031-06-15T23:59+02:00")
    assert line(bench, RetentionClass.MANDATE_PROOF, mandate).why is Why.NOT_DUE
    assert line(bench, RetentionClass.IDENTITY, person).why is Why.NEEDED
    at(bench, "2031-06-16T00:00+02:00")
    assert run(bench)[RetentionClass.MANDATE_PROOF] == 1
    assert is_destroyed(bench, own_scope(Scope.MANDATE, mandate))
    assert run(bench)[RetentionClass.IDENTITY] == 1
    assert is_destroyed(bench, own_scope(Scope.IDENTITY, person))
    assert bench.person() != person, "nobody of that name is known any more"


def test_an_identity_stays_as_long_as_a_procedure_is_open(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    procedure = bench.procedure(person, values=())
    bench.later(days=40)
    assert line(bench, RetentionClass.IDENTITY, person).why is Why.NEEDED
    bench.resolve(procedure)
    assert run(bench) == {RetentionClass.IDENTITY: 1}


def test_a_person_for_whom_nothing_was_opened_is_kept_for_the_time_left_to_go_on(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    bench.later(days=30)
    assert line(bench, RetentionClass.IDENTITY, person).why is Why.NOT_DUE
    bench.later(days=1)
    assert run(bench) == {RetentionClass.IDENTITY: 1}


def test_duplicates_are_one_person_and_go_together(bench: Workbench) -> None:
    authorities(bench)
    first, second = bench.person(), bench.person(homonym=True)
    procedure = bench.procedure(first, values=())
    merge(bench.desk, bench.command(), duplicate=second, survivor=first)
    bench.later(days=40)
    assert {step.why for step in lines(bench, RetentionClass.IDENTITY)} == {Why.NEEDED}
    bench.resolve(procedure)
    assert run(bench) == {RetentionClass.IDENTITY: 2}


def test_a_procedure_opened_after_the_plan_saves_the_identity(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    bench.resolve(bench.procedure(person, values=()))
    runner = bench.ledger.retention
    gathered = runner._worklist

    def slow(*args: object, **more: object) -> object:
        found = gathered(*args, **more)  # type: ignore[arg-type]
        bench.procedure(person, values=())  # the person came back between the plan and the fence
        return found

    runner._worklist = slow  # type: ignore[method-assign,assignment]
    done = runner.run(bench.command(bench.job)).done
    assert done is not None
    assert (done.destroyed, done.passed_over) == (0, 1)
    assert not is_destroyed_or_closing(bench, own_scope(Scope.IDENTITY, person))


def is_destroyed_or_closing(bench: Workbench, scope: ScopeInstance) -> bool:
    return bench.ledger.retention._disposal.fates([scope])[scope].fenced is not None


def test_the_trail_goes_by_whole_months_once_the_data_are_gone(bench: Workbench) -> None:
    bench.authority(category=RetentionClass.LOGS)
    person = bench.person()
    procedure = bench.procedure(person)
    at(bench, "2026-06-15T12:00+02:00")
    bench.resolve(procedure)
    trail = own_scope(Scope.PROCEDURE_TRAIL, procedure)
    assert line(bench, RetentionClass.LOGS, procedure).why is Why.NEEDED
    at(bench, "2027-07-01T00:00+02:00")
    assert RetentionClass.LOGS not in run(bench)
    bench.authority()
    assert run(bench) == {RetentionClass.WORKING_DATA: 1}
    assert run(bench) == {RetentionClass.LOGS: 1}
    assert is_destroyed(bench, trail)
    with judging(bench.desk, bench.command()) as judgement:
        assert isinstance(judgement.open(bench.desk.streams.load(Procedure, procedure).entry), Erased)
        judgement.read("test", rows=0)


def test_logs_of_june_2026_fall_due_on_1_july_2027(bench: Workbench) -> None:
    procedure = bench.procedure(bench.person(), values=())
    at(bench, "2026-06-15T12:00+02:00")
    bench.resolve(procedure)
    assert line(bench, RetentionClass.LOGS, procedure).item.due_at == datetime.fromisoformat("2027-07-01T00:00+02:00")
    assert {step.item.due_at for step in lines(bench, RetentionClass.ACTOR_NAME)} == {datetime(2027, 7, 1, tzinfo=UTC)}


def test_a_year_after_everything_else_of_a_stream_its_headers_are_pruned_to_their_leaf_hashes(bench: Workbench) -> None:
    bench.authority()
    bench.authority(category=RetentionClass.LOGS)
    procedure = bench.procedure(bench.person())
    bench.resolve(procedure)
    at(bench, "2027-07-01T12:00+02:00")
    run(bench)
    assert run(bench) == {RetentionClass.LOGS: 1}
    at(bench, "2028-07-01T23:59+00:00")
    assert lines(bench, RetentionClass.STREAM_HEADERS) == []
    at(bench, "2028-07-02T00:00+00:00")
    assert line(bench, RetentionClass.STREAM_HEADERS, procedure).why is Why.NO_AUTHORITY
    assert (bench.ledger.retention.run(bench.command(bench.job)).done or Done()).pruned == 0
    too_late = bench.authority(category=RetentionClass.STREAM_HEADERS)
    runner = bench.ledger.retention
    worklist = runner._worklist

    def slow(*args: object, **more: object) -> object:
        found = worklist(*args, **more)  # type: ignore[arg-type]
        revoke_authority(bench.desk, bench.command(bench.delegate), too_late)
        return found

    runner._worklist = slow  # type: ignore[method-assign,assignment]
    assert (runner.run(bench.command(bench.job)).done or Done()).pruned == 0, "revoked between the plan and the pruning"
    runner._worklist = worklist  # type: ignore[method-assign]
    bench.authority(category=RetentionClass.STREAM_HEADERS)
    size = bench.ledger.log.size()
    done = runner.run(bench.command(bench.job)).done
    assert done is not None
    assert done.pruned == 1
    assert check_log(bench.ledger.database).breaks == []
    with pytest.raises(DataErased):
        bench.desk.streams.load(Procedure, procedure)
    assert bench.ledger.log.size() > size, "the record of it follows, and every leaf stays"
    assert lines(bench, RetentionClass.STREAM_HEADERS) == []
    assert run(bench) == {}, "what is pruned is in nobody's way"


# --- who acted -------------------------------------------------------------------------------------------------------


def test_after_its_term_nobody_can_tell_which_agent_acted(bench: Workbench) -> None:
    bench.authority(category=RetentionClass.ACTOR_NAME)
    person = bench.person()
    began = bench.desk.acts.began
    assert began(person, by=bench.agent)
    at(bench, "2027-07-01T02:00+02:00")
    assert run(bench)[RetentionClass.ACTOR_NAME] >= 2  # the agent's, the delegate's and others' months of June 2026
    assert not began(person, by=bench.agent)
    assert KeyringSealer(bench.ledger.keyring).known_agent_month(bench.agent, "2026-06") is None


def test_an_agent_who_left_goes_with_the_logs(bench: Workbench) -> None:
    bench.authority(category=RetentionClass.AGENT)
    leaver = bench.enrol("Léo Partant", Role.AGENT)
    depart(bench.desk, bench.command(bench.delegate), leaver)
    assert line(bench, RetentionClass.AGENT, leaver).item.due_at == datetime.fromisoformat("2027-07-01T00:00+02:00")
    assert line(bench, RetentionClass.AGENT, bench.agent).why is Why.RUNNING
    at(bench, "2027-07-01T00:00+02:00")
    assert run(bench) == {RetentionClass.AGENT: 1}


# --- procedures that sleep -------------------------------------------------------------------------------------------


def test_a_dormant_procedure_is_closed_two_years_after_the_persons_own_last_contact(bench: Workbench) -> None:
    authorities(bench)
    procedure = bench.procedure(bench.person())
    at(bench, "2026-06-15T16:20+02:00")
    contact(bench.desk, bench.command(), procedure, means=ContactMeans.PHONE)
    at(bench, "2028-06-15T23:59+02:00")
    assert line(bench, RetentionClass.DORMANT_PROCEDURE, procedure).action is Action.KEEP
    at(bench, "2028-06-16T00:00+02:00")
    assert line(bench, RetentionClass.DORMANT_PROCEDURE, procedure).why is Why.DORMANT
    done = bench.ledger.retention.run(bench.command(bench.job)).done
    assert done is not None
    assert done.closed == 1
    loaded = bench.desk.streams.load(Procedure, procedure)
    assert loaded.is_closed
    undo_resolution(bench.desk, bench.command(), procedure)  # until the next run, whoever knows better undoes it
    bench.ledger.retention.run(bench.command(bench.job))
    assert run(bench)[RetentionClass.WORKING_DATA] == 1


def test_thirty_days_after_the_end_of_its_mandate_an_open_procedure_is_closed(counter: Counter) -> None:
    bench = counter.bench
    authorities(bench)
    person = bench.person()
    procedure, mandate = counter.opened(person, RSA), counter.live(person)
    counter.attached(procedure, mandate)
    at(bench, "2026-06-15T16:20+02:00")
    revoke(bench.desk, counter.command(), mandate)
    found = line(bench, RetentionClass.DORMANT_PROCEDURE, procedure)
    assert found.item.due_at == datetime.fromisoformat("2026-07-16T00:00+02:00")
    at(bench, "2026-07-16T00:00+02:00")
    assert line(bench, RetentionClass.DORMANT_PROCEDURE, procedure).why is Why.MANDATE_OVER
    bench.ledger.retention.run(bench.command(bench.job))
    outcome = bench.desk.streams.load(Procedure, procedure).outcome
    assert outcome is not None
    with judging(bench.desk, bench.command()) as judgement:
        assert judgement.open(outcome) is OutcomeCode.MANDATE_ENDED
        judgement.read("test", rows=0)


def test_a_person_who_comes_back_after_the_end_of_the_mandate_keeps_the_procedure_awake(counter: Counter) -> None:
    bench = counter.bench
    person = bench.person()
    procedure, mandate = counter.opened(person, RSA), counter.live(person)
    counter.attached(procedure, mandate)
    bench.later(days=1)
    revoke(bench.desk, counter.command(), mandate)
    bench.later(days=3)
    contact(bench.desk, bench.command(), procedure, means=ContactMeans.PHONE)
    bench.later(days=60)
    assert line(bench, RetentionClass.DORMANT_PROCEDURE, procedure).action is Action.KEEP


# --- holds -----------------------------------------------------------------------------------------------------------


def held(bench: Workbench, target: HoldTarget, id_: UUID, *, on: date = date(2030, 1, 1)) -> UUID:
    done = set_hold(
        bench.desk, bench.command(bench.delegate), kind=HoldKind.LITIGATION, target=target, held=id_, review_on=on,
        reason="Un recours est annoncé.",
    )  # fmt: skip
    return done.hold


def test_a_hold_keeps_what_it_stands_on_and_all_that_this_needs(bench: Workbench) -> None:
    authorities(bench)
    person = bench.person()
    procedure = bench.procedure(person)
    bench.resolve(procedure)
    hold = held(bench, HoldTarget.PROCEDURE, procedure)
    assert run(bench) == {}
    assert bench.desk.streams.load(Procedure, procedure).is_restricted, "a hold gives nobody access"
    at(bench, "2027-08-01T00:00+02:00")
    for category in (RetentionClass.WORKING_DATA, RetentionClass.IDENTITY):
        assert {(step.why, step.item.holds) for step in lines(bench, category)} == {(Why.HELD, (hold,))}
    months = lines(bench, RetentionClass.ACTOR_NAME)
    kept = [step for step in months if step.why is Why.HELD]
    assert len(kept) == 2, "the months of the agent who worked on it and of the job that restricted it, and no other"
    destroyed = run(bench)
    assert destroyed == {RetentionClass.ACTOR_NAME: sum(step.action is Action.DESTROY for step in months)}
    assert bench.desk.acts.began(procedure, by=bench.agent)
    release(bench.desk, bench.command(bench.delegate), hold)
    assert run(bench)[RetentionClass.WORKING_DATA] == 1


def test_of_several_holds_each_is_released_on_its_own_and_no_new_term_begins(bench: Workbench) -> None:
    authorities(bench)
    procedure = bench.procedure(bench.person())
    bench.resolve(procedure)
    due = line(bench, RetentionClass.WORKING_DATA, procedure).item.due_at
    first, second = held(bench, HoldTarget.PROCEDURE, procedure), held(bench, HoldTarget.PROCEDURE, procedure)
    bench.later(days=10)
    release(bench.desk, bench.command(bench.delegate), first)
    assert line(bench, RetentionClass.WORKING_DATA, procedure).item.holds == (second,)
    with pytest.raises(HoldReleasedAlready):
        release(bench.desk, bench.command(bench.delegate), first)
    release(bench.desk, bench.command(bench.delegate), second)
    assert line(bench, RetentionClass.WORKING_DATA, procedure).item.due_at == due
    assert run(bench)[RetentionClass.WORKING_DATA] == 1


def test_a_hold_set_after_the_plan_wins_inside_the_transaction(bench: Workbench) -> None:
    authorities(bench)
    procedures = [bench.procedure(bench.person(homonym=True)) for _ in range(3)]
    for procedure in procedures:
        bench.resolve(procedure)
    runner, planned = bench.ledger.retention, list[object]()
    worklist = runner._worklist

    def slow(*args: object, **more: object) -> object:
        found = worklist(*args, **more)  # type: ignore[arg-type]
        if not planned:
            planned.append(found)
            held(bench, HoldTarget.PROCEDURE, procedures[0])
        return found

    runner._worklist = slow  # type: ignore[method-assign,assignment]
    done = runner.run(bench.command(bench.job)).done
    assert done is not None
    assert dict(done.by_class)[RetentionClass.WORKING_DATA] == 2, "the others are judged again, in the same run"
    assert not is_destroyed_or_closing(bench, own_scope(Scope.PROCEDURE_DATA, procedures[0]))


def test_a_hold_on_a_person_keeps_all_of_the_file(counter: Counter) -> None:
    bench = counter.bench
    authorities(bench)
    person = bench.person()
    procedure, mandate = counter.opened(person, RSA), counter.live(person)
    counter.attached(procedure, mandate)
    revoke(bench.desk, counter.command(), mandate)
    hold = held(bench, HoldTarget.SUBJECT, person)
    for category in (RetentionClass.LOGS, RetentionClass.MANDATE_PROOF, RetentionClass.IDENTITY):
        assert {step.item.holds for step in lines(bench, category)} == {(hold,)}


def test_a_hold_is_the_delegates_and_needs_a_reason_a_target_and_a_later_review(bench: Workbench) -> None:
    procedure = bench.procedure(bench.person())
    asked = {"kind": HoldKind.INQUIRY, "target": HoldTarget.PROCEDURE, "held": procedure, "reason": "Enquête"}
    for changes, actor, error in (
        ({}, bench.agent, RefusedByRule),
        ({"reason": "  "}, bench.delegate, ReasonMissing),
        ({"held": UUID(int=7)}, bench.delegate, NotFound),
        ({"review_on": date(2026, 6, 9)}, bench.delegate, ReviewBeforeHold),
    ):
        with pytest.raises(error):
            set_hold(bench.desk, bench.command(actor), **{"review_on": date(2027, 1, 1), **asked, **changes})  # type: ignore[arg-type]
    with pytest.raises(HoldAbsent):
        release(bench.desk, bench.command(bench.delegate), UUID(int=9))
    assert show(bench.desk, bench.command(bench.delegate)) == []


def test_a_hold_whose_review_is_past_is_said_until_it_was_looked_at(bench: Workbench) -> None:
    hold = held(bench, HoldTarget.SUBJECT, bench.person(), on=date(2026, 7, 1))
    at(bench, "2026-07-02T12:00+02:00")
    (listed,) = show(bench.desk, bench.command(bench.delegate))
    assert listed.is_overdue(today=date(2026, 7, 2))
    review(bench.desk, bench.command(bench.delegate), hold, review_on=date(2027, 1, 1))
    (listed,) = show(bench.desk, bench.command(bench.delegate))
    assert not listed.is_overdue(today=date(2026, 7, 2))


def test_what_a_released_hold_was_about_goes_five_years_later(bench: Workbench) -> None:
    bench.authority(category=RetentionClass.HOLD_FILE)
    hold = held(bench, HoldTarget.SUBJECT, bench.person())
    assert line(bench, RetentionClass.HOLD_FILE, hold).why is Why.RUNNING
    release(bench.desk, bench.command(bench.delegate), hold)
    bench.later(days=5 * 366)
    assert run(bench) == {RetentionClass.HOLD_FILE: 1}
    (listed,) = show(bench.desk, bench.command(bench.delegate))
    assert (listed.id, listed.held, listed.kind) == (hold, None, None)


def test_there_is_one_book_of_holds(bench: Workbench) -> None:
    assert bench.desk.streams.linked(REGISTER, LinkKind.HOLD) == [book_of(bench.desk).id]
    two = replace(bench.desk, streams=_Twice(bench.desk.streams))  # type: ignore[arg-type]
    with pytest.raises(IntegrityBroken):
        book_of(two)


class _Twice:
    """A store that answers with every link twice."""

    def __init__(self, streams: object) -> None:
        self._streams = streams

    def linked(self, *args: object) -> list[UUID]:
        return self._streams.linked(*args) * 2  # type: ignore[attr-defined,no-any-return]


# --- a date that is wrong --------------------------------------------------------------------------------------------


def test_a_run_that_would_destroy_too_large_a_share_waits_for_a_person(bench: Workbench) -> None:
    bench.authority()
    for number in range(100):
        name = "Exemple" + chr(ord("a") + number // 26) + chr(ord("a") + number % 26)
        bench.resolve(bench.procedure(bench.person(replace(ALINE, family_name=name))))
    before = bench.ledger.log.size()
    with pytest.raises(ShareExceeded) as stopped:
        run(bench)
    assert stopped.value.details["count"] == 100
    assert bench.ledger.log.size() == before + 1, "the refusal is on record, and nothing else happened"
    with pytest.raises(RefusedByRule):
        bench.ledger.retention.run(bench.command(bench.job), confirm=100)
    with pytest.raises(ShareExceeded):
        bench.ledger.retention.run(bench.command(bench.delegate), confirm=99)
    done = bench.ledger.retention.run(bench.command(bench.delegate), confirm=100).done
    assert done is not None
    assert done.destroyed == 100
