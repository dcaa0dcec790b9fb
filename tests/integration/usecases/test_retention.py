"""The first destruction, on the real store and the real keys: what goes, what stays, and what happens on the way."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, sleep
from uuid import UUID

import pytest
from sqlalchemy import select

from ledger.aggregates.authority import (
    Authority,
    AuthorityRangeInvalid,
    AuthorityReferenceMissing,
    AuthorityRevoked,
    CategoryNeverDestroyed,
)
from ledger.aggregates.base import REGISTER, LinkKind, Scope
from ledger.aggregates.certificate import CertificateStatus
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.loss import FoundBy
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.aggregates.run import Done, Run
from ledger.errors import Conflict, DataErased, Unavailable
from ledger.identifiers import new_id
from ledger.merkle import Frontier, leaf_hash
from ledger.personal import Erased, Personal, Withheld
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Gateway, RefusalCode, Role
from ledger.retention.planner import Action, Item, Step, Why
from ledger.retention.runner import Outcome
from ledger.retention.traces import files_below, pieces, scan
from ledger.rules.retention_terms import RetentionClass
from ledger.sealing import schema as key_schema
from ledger.sealing.custody.file import FileHolder
from ledger.store import engine
from ledger.store.failures import ScopeClosing
from ledger.store.verification import check_log
from ledger.usecases.gate import Grant, judging, open_values
from ledger.usecases.loss.record import losses
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.ending import undo_resolution
from ledger.usecases.retention.authorities import grant, revoke, show
from ledger.usecases.retention.certificates import show_all
from ledger.usecases.retention.ports import RunInProgress
from tests.integration.usecases.workbench import Workbench


def run(bench: Workbench, actor: UUID | None = None, *, vacuum: bool = False) -> Outcome:
    return bench.ledger.retention.run(bench.command(actor or bench.job), vacuum=vacuum)


def did(*, destroyed: int = 0, finished: int = 0, **more: object) -> Done:
    """Give the counts of a run that destroyed working data only."""
    keys = destroyed + finished
    by_class = ((RetentionClass.WORKING_DATA, keys),) if keys else ()
    return Done(destroyed=destroyed, finished=finished, by_class=by_class, **more)  # type: ignore[arg-type]


def planned(bench: Workbench, actor: UUID | None = None) -> list[Step[Item]]:
    """Plan, and give the lines about working data."""
    command = bench.command(actor or bench.job)
    steps = bench.ledger.retention.plan(command, at=bench.clock.now(), all_of_it=True)
    return [step for step in steps if step.item.category is RetentionClass.WORKING_DATA]


def values(bench: Workbench, procedure_id: UUID) -> list[object]:
    """Open what a procedure has kept, as an access would."""
    procedure = bench.desk.streams.load(Procedure, procedure_id)
    now = bench.clock.now()
    opened = open_values(bench.desk, Grant(new_id(), now, tuple(kept.value for kept in procedure.values)), at=now)
    return [value.expose() if isinstance(value, Personal) else value for value in opened]


def resolved(bench: Workbench, *kept: str) -> UUID:
    procedure = bench.procedure(bench.person(homonym=True), values=kept or ("AB-123-CD",))
    bench.resolve(procedure)
    return procedure


def data_key(bench: Workbench, procedure: UUID) -> UUID:
    key = bench.ledger.log.key_of(own_scope(Scope.PROCEDURE_DATA, procedure))
    assert key is not None
    return key


def boxes_of(bench: Workbench, key: UUID) -> list[bytes]:
    with bench.ledger.database.reading() as rows:
        return [bytes(box) for (box,) in rows.all("SELECT bytes FROM boxes WHERE key_id = ?", (key.bytes,))]


def wrapped(bench: Workbench, key: UUID) -> list[bytes]:
    """Give what the key store holds of the bucket of a key: the wrapped key of the bucket, and what is in it."""
    place = select(key_schema.keys.c.bucket).where(key_schema.keys.c.key_id == key.bytes).scalar_subquery()
    found = []
    with bench.ledger.keyring.database.reading() as connection:
        for table, column in ((key_schema.buckets, "wrapped"), (key_schema.contents, "sealed")):
            asked = select(table.c[column]).where(table.c.kind == key_schema.KEY_BUCKETS, table.c.bucket == place)
            found += [bytes(each) for (each,) in connection.execute(asked)]
    return found


def topics(bench: Workbench) -> list[str]:
    return [logged.header.topic for logged in bench.ledger.log.each()]


def log_is_whole(bench: Workbench) -> bool:
    """Recompute the root from every header, and read again every byte that is stored."""
    logged = list(bench.ledger.log.each())
    root = Frontier().extend(leaf_hash(entry.content) for entry in logged).root()
    head, check = bench.ledger.log.head(), check_log(bench.ledger.database)
    assert check.breaks == []
    return [entry.position for entry in logged] == list(range(1, head.size + 1)) and root == head.root() == check.root


def certified(bench: Workbench) -> list[tuple[CertificateStatus, int]]:
    """Give how every certificate stands, and how many keys it certifies."""
    pages = show_all(bench.desk, bench.command(bench.delegate))
    return [(page.standing.status, sum(line.count for line in page.lines)) for page in pages]


# --- what goes and what stays ----------------------------------------------------------------------------------------


def test_a_lost_key_is_told_and_does_not_stop_the_others(bench: Workbench) -> None:
    bench.authority()
    lost, going = resolved(bench, "AB-123-CD"), resolved(bench, "EF-456-GH")
    with bench.ledger.keyring.database.writing() as connection:
        connection.execute(key_schema.keys.delete().where(key_schema.keys.c.key_id == data_key(bench, lost).bytes))
    assert run(bench).done == did(destroyed=1, lost=1)
    assert isinstance(values(bench, going)[0], Erased)
    assert isinstance(values(bench, lost)[0], Withheld)
    assert run(bench).done == did(lost=1)
    (loss,) = losses(bench.desk)
    with judging(bench.desk, bench.command()) as judgement:
        assert judgement.open(loss.keys) == (data_key(bench, lost),), "told once, however often a run meets it"
        assert judgement.open(loss.found_by) is FoundBy.RUN
        judgement.read("test", rows=0)


def test_a_resolved_procedure_loses_its_values_and_nothing_else(bench: Workbench) -> None:
    bench.authority()
    going, staying = resolved(bench, "AB-123-CD", "1234567890123"), bench.procedure(bench.person(homonym=True))
    key, before = data_key(bench, going), topics(bench)
    assert values(bench, going) == ["AB-123-CD", "1234567890123"]
    outcome = run(bench)
    assert outcome.done == did(destroyed=1)
    assert values(bench, going) == [Erased(bench.clock.now(), DestructionReason.RESOLVED)] * 2
    assert values(bench, staying) == ["AB-123-CD"]
    assert boxes_of(bench, key) == []
    assert wrapped(bench, key) == []
    assert topics(bench)[: len(before)] == before
    assert log_is_whole(bench)


def test_the_audit_trail_of_a_destroyed_procedure_still_opens(bench: Workbench) -> None:
    bench.authority()
    procedure = resolved(bench)
    run(bench)
    loaded = bench.desk.streams.load(Procedure, procedure)
    with judging(bench.desk, bench.command()) as judgement:
        assert judgement.open(loaded.entry) == "ANTS01-carte-grise"
        assert [judgement.open(kept.field) for kept in loaded.values] == ["field.0"]


def test_a_destruction_says_when_why_and_under_what(bench: Workbench) -> None:
    authority = bench.authority()
    key = data_key(bench, resolved(bench))
    outcome = run(bench)
    events = [logged.event for logged in bench.ledger.log.each() if logged.header.covers == key]
    assert [event.TOPIC for event in events] == ["destruction.fenced.1", "destruction.completed.1"]
    destruction = bench.desk.streams.load(Destruction, events[0].originator_id)
    assert destruction.key_id == key
    assert destruction.completed_at == bench.clock.now()
    with judging(bench.desk, bench.command()) as judgement:
        assert judgement.open(destruction.category) is RetentionClass.WORKING_DATA
        assert judgement.open(destruction.authority) == authority
        assert judgement.open(events[1].run) == outcome.run  # type: ignore[attr-defined]


def test_a_second_run_finds_nothing_more(bench: Workbench) -> None:
    bench.authority()
    for _ in range(3):
        resolved(bench)
    assert run(bench).done == did(destroyed=3)
    bench.later(hours=1)
    before = len(topics(bench))
    assert run(bench).done == did()
    assert topics(bench)[before:] == ["run.started.1", "run.completed.1"]


def test_the_same_command_runs_once(bench: Workbench) -> None:
    bench.authority()
    resolved(bench)
    command = bench.command(bench.job, request=b"run")
    first = bench.ledger.retention.run(command)
    before = bench.ledger.log.size()
    second = bench.ledger.retention.run(command)
    assert (second.run, second.done) == (first.run, None)
    assert bench.ledger.log.size() == before


def test_a_run_is_recorded_with_its_counts(bench: Workbench) -> None:
    bench.authority()
    resolved(bench)
    outcome = run(bench)
    assert bench.desk.streams.linked(REGISTER, LinkKind.RUN) == [outcome.run]
    record = bench.desk.streams.load(Run, outcome.run)
    assert record.done is not None
    with judging(bench.desk, bench.command()) as judgement:
        planned = judgement.open(record.planned)
        assert judgement.open(record.done) == outcome.done
    assert (planned.to_destroy, planned.to_restrict, planned.to_finish) == (1, 0, 0)  # type: ignore[union-attr]


def test_a_procedure_without_kept_values_is_passed_by(bench: Workbench) -> None:
    bench.authority()
    procedure = bench.procedure(values=())
    bench.resolve(procedure)
    assert bench.ledger.log.key_of(own_scope(Scope.PROCEDURE_DATA, procedure)) is None
    assert run(bench).done == did()
    assert undo_resolution(bench.desk, bench.command(), procedure).positions


# --- authorities -----------------------------------------------------------------------------------------------------


def test_without_an_authority_a_procedure_is_restricted_once_and_kept(bench: Workbench) -> None:
    procedure = resolved(bench)
    assert run(bench).done == did(restricted=1)
    assert bench.desk.streams.load(Procedure, procedure).is_restricted
    assert values(bench, procedure) == ["AB-123-CD"]
    assert run(bench).done == did()
    bench.authority()
    assert run(bench).done == did(destroyed=1)
    assert isinstance(values(bench, procedure)[0], Erased)


@pytest.mark.parametrize(
    ("first_day", "last_day"),
    [(date(2026, 6, 10), None), (date(2020, 1, 1), date(2026, 6, 8))],
    ids=["later", "earlier"],
)
def test_an_authority_for_other_dates_destroys_nothing(
    bench: Workbench, first_day: date, last_day: date | None
) -> None:
    bench.authority(first_day=first_day, last_day=last_day)
    procedure = resolved(bench)
    plan = planned(bench)
    assert [(step.action, step.why) for step in plan] == [(Action.RESTRICT, Why.OUT_OF_RANGE)]
    assert run(bench).done == did(restricted=1)
    assert values(bench, procedure) == ["AB-123-CD"]


def test_the_whole_span_of_a_procedure_must_be_covered(bench: Workbench) -> None:
    bench.authority(first_day=date(2026, 6, 10))
    procedure = bench.procedure()  # opened on 9 June
    bench.later(days=3)
    bench.resolve(procedure)
    assert run(bench).done == did(restricted=1)


def test_an_authority_for_another_category_destroys_nothing(bench: Workbench) -> None:
    bench.authority(category=RetentionClass.MANDATE_PROOF)
    resolved(bench)
    plan = planned(bench)
    assert [(step.action, step.why) for step in plan] == [(Action.RESTRICT, Why.NO_AUTHORITY)]


def test_a_revoked_authority_destroys_nothing(bench: Workbench) -> None:
    authority, procedure = bench.authority(), resolved(bench)
    bench.later(minutes=1)
    revoke(bench.desk, bench.command(bench.delegate), authority)
    plan = planned(bench)
    assert [(step.action, step.why) for step in plan] == [(Action.RESTRICT, Why.AUTHORITY_NOT_IN_FORCE)]
    assert run(bench).done == did(restricted=1)
    assert values(bench, procedure) == ["AB-123-CD"]
    with pytest.raises(AuthorityRevoked):
        revoke(bench.desk, bench.command(bench.delegate), authority)


def test_an_authority_is_granted_by_the_delegate_and_listed_for_ever(bench: Workbench) -> None:
    for actor in (bench.agent, bench.job, bench.enrol("Diane Officier", Role.DPO)):
        with pytest.raises(RefusedByRule):
            grant(
                bench.desk, bench.command(actor), category=RetentionClass.WORKING_DATA, first_day=date(2020, 1, 1),
                last_day=None, reference="AD53",
            )  # fmt: skip
    first, second = bench.authority(), bench.authority(last_day=date(2026, 12, 31))
    bench.later(days=1)
    revoke(bench.desk, bench.command(bench.delegate), first)
    listed = show(bench.desk, bench.command())
    assert [line.reference for line in listed] == [first, second]
    assert (listed[0].visa, listed[0].revoked_at) == ("AD53-2026-017", bench.clock.now())
    assert (listed[1].last_day, listed[1].revoked_at) == (date(2026, 12, 31), None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"last_day": date(2019, 12, 31)}, AuthorityRangeInvalid),
        ({"reference": "  "}, AuthorityReferenceMissing),
        ({"category": RetentionClass.ELIMINATION_SLIPS}, CategoryNeverDestroyed),
    ],
)
def test_an_authority_that_means_nothing_is_refused(
    bench: Workbench, changes: dict[str, object], error: type[Exception]
) -> None:
    said: dict[str, object] = {
        "category": RetentionClass.WORKING_DATA, "first_day": date(2020, 1, 1), "last_day": None, "reference": "AD53"
    }  # fmt: skip
    with pytest.raises(error):
        grant(bench.desk, bench.command(bench.delegate), **{**said, **changes})  # type: ignore[arg-type]
    assert show(bench.desk, bench.command()) == []


# --- who and when ----------------------------------------------------------------------------------------------------


def test_agents_and_officers_destroy_nothing_and_auditors_see_the_plan(bench: Workbench) -> None:
    officer = bench.enrol("Diane Officier", Role.DPO)
    for actor in (bench.agent, officer):
        with pytest.raises(RefusedByRule) as refused:
            run(bench, actor)
        assert refused.value.refusal is RefusalCode.ROLE_NOT_ALLOWED
    with pytest.raises(RefusedByRule):
        bench.ledger.retention.plan(bench.command(), at=bench.clock.now())
    assert planned(bench, officer) == []
    assert run(bench, bench.delegate).done == did()


def test_a_plan_changes_nothing_and_is_recorded(bench: Workbench) -> None:
    bench.authority()
    procedure, open_one = resolved(bench), bench.procedure(bench.person(homonym=True))
    before = topics(bench)
    plan = planned(bench)
    assert {step.item.id: step.action for step in plan} == {procedure: Action.DESTROY, open_one: Action.KEEP}
    assert topics(bench) == [*before, "reading.recorded.1"]
    assert values(bench, procedure) == ["AB-123-CD"]


def test_a_resolution_is_undone_until_the_run_and_not_after(bench: Workbench) -> None:
    bench.authority()
    procedure = resolved(bench)
    undo_resolution(bench.desk, bench.command(), procedure)
    assert run(bench).done == did()
    bench.resolve(procedure)
    assert run(bench).done == did(destroyed=1)
    with pytest.raises(Conflict):
        undo_resolution(bench.desk, bench.command(), procedure)


def test_nothing_is_kept_again_for_what_was_destroyed(bench: Workbench) -> None:
    bench.authority()
    procedure = bench.procedure()
    late = bench.desk.streams.load(Procedure, procedure)
    late.keep_value("field.9", "ZZ-999-ZZ", Circumstances(Gateway.PRESENCE))
    bench.resolve(procedure)
    run(bench)
    with pytest.raises((Conflict, DataErased)):
        bench.desk.streams.commit(bench.command(), late)


def test_the_days_of_a_procedure_are_those_of_its_house(bench: Workbench) -> None:
    bench.clock.instant = bench.clock.now().replace(hour=23)  # the 9th in UTC, already the 10th at Loiron
    bench.authority(first_day=date(2026, 6, 10))
    resolved(bench)
    assert run(bench).done == did(destroyed=1)


# --- somebody else at the same time ----------------------------------------------------------------------------------


class Interfering:
    """A disposal before each of whose fences somebody else does something."""

    def __init__(self, disposal: object, before_fence: Callable[[], object]) -> None:
        self._disposal = disposal
        self._before_fence = before_fence

    def __getattr__(self, name: str) -> object:
        return getattr(self._disposal, name)

    def fence(self, *arguments: object, **named: object) -> object:
        self._before_fence()
        return self._disposal.fence(*arguments, **named)  # type: ignore[attr-defined]


def interfered(bench: Workbench, before_fence: Callable[[], object]) -> Outcome:
    runner = bench.ledger.retention
    runner._disposal = Interfering(runner._disposal, before_fence)  # type: ignore[assignment]
    try:
        return run(bench)
    finally:
        runner._disposal = runner._disposal._disposal  # type: ignore[attr-defined]


def test_whoever_undoes_a_resolution_while_the_run_works_wins(bench: Workbench) -> None:
    bench.authority()
    procedure = resolved(bench)
    outcome = interfered(bench, lambda: undo_resolution(bench.desk, bench.command(), procedure))
    assert outcome.done == did(passed_over=1)
    assert values(bench, procedure) == ["AB-123-CD"]
    assert "destruction.fenced.1" not in topics(bench)


def test_whoever_revokes_the_authority_while_the_run_works_wins(bench: Workbench) -> None:
    authority, procedure = bench.authority(), resolved(bench)
    outcome = interfered(bench, lambda: revoke(bench.desk, bench.command(bench.delegate), authority))
    assert outcome.done == did(passed_over=1)
    assert values(bench, procedure) == ["AB-123-CD"]
    assert bench.desk.streams.load(Authority, authority).revoked_at is not None


def test_of_two_runs_at_once_one_works_and_the_other_says_so(bench: Workbench) -> None:
    bench.authority()
    resolved(bench)
    refusals: list[BaseException] = []

    def second() -> None:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()

    def attempt() -> None:
        try:
            run(bench)
        except RunInProgress as refusal:
            refusals.append(refusal)

    assert interfered(bench, second).done == did(destroyed=1)
    assert len(refusals) == 1
    assert run(bench).done == did()


def test_two_runs_that_get_round_the_lock_destroy_once(bench: Workbench) -> None:
    bench.authority()
    resolved(bench)

    class NoLock:
        def held(self) -> object:
            return nullcontext()

    runner = bench.ledger.retention
    runner._lock = NoLock()  # type: ignore[assignment]
    inner: list[Outcome] = []

    def second() -> None:
        if not inner:
            inner.append(Outcome(new_id(), None))
            inner[0] = bench.ledger.retention.__class__(
                desk=runner._desk, disposal=runner._disposal._disposal, events=runner._events,  # type: ignore[attr-defined]
                keys=runner._keys, signer=runner._signer, lock=runner._lock, clock=runner._clock,
            ).run(bench.command(bench.job))  # fmt: skip

    outer = interfered(bench, second)
    assert inner[0].done == did(destroyed=1)
    assert outer.done == did(passed_over=1)
    assert topics(bench).count("destruction.completed.1") == 1


# --- faults ----------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process died here."""


class Dying:
    """A port that dies before, or after, the nth call of the run."""

    def __init__(self, port: object, fuse: list[int]) -> None:
        self._port = port
        self._fuse = fuse

    def __getattr__(self, name: str) -> object:
        called = getattr(self._port, name)

        def call(*arguments: object, **named: object) -> object:
            self._burn()
            answer = called(*arguments, **named)
            self._burn()
            return answer

        return call if name in {"fence", "complete", "destroy_all", "commit", "wipe_log", "truncate"} else called

    def _burn(self) -> None:
        self._fuse[0] -= 1
        if self._fuse[0] == 0:
            raise Killed


def dying(bench: Workbench, fuse: int) -> bool:
    """Run with a fuse; say whether it burned down before the run came to its end."""
    runner, left = bench.ledger.retention, [fuse]
    whole = (runner._disposal, runner._keys, runner._desk)
    runner._disposal, runner._keys = Dying(whole[0], left), Dying(whole[1], left)  # type: ignore[assignment]
    runner._desk = replace(whole[2], streams=Dying(whole[2].streams, left))  # type: ignore[arg-type]
    try:
        run(bench)
    except Killed:
        return True
    finally:
        runner._disposal, runner._keys, runner._desk = whole
    return False


def test_a_run_killed_at_any_step_is_finished_by_the_next(bench: Workbench) -> None:
    bench.authority()
    fuse, deaths = 1, 0
    while True:
        covered, second = resolved(bench), resolved(bench)
        if not dying(bench, fuse):
            break
        deaths += 1
        assert run_once_the_lock_is_free(bench).done is not None
        for procedure in (covered, second):
            assert isinstance(values(bench, procedure)[0], Erased)
            assert boxes_of(bench, data_key(bench, procedure)) == []
        fuse += 1
    assert deaths >= 16  # two keys of three steps each, the start, the end, the logs; before and after each
    assert log_is_whole(bench)
    assert topics(bench).count("destruction.fenced.1") == topics(bench).count("destruction.completed.1")
    assert topics(bench).count("destruction.completed.1") == 2 * (deaths + 1)
    assert bench.ledger.retention._disposal.pending() == []


KILLED_RUN = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from uuid import UUID
from ledger.bootstrap import open_ledger
from ledger.clock import FixedClock
from tests.integration.usecases import test_retention as room
from tests.integration.usecases.workbench import Workbench

room.Dying._burn = lambda self: self._fuse.__setitem__(0, self._fuse[0] - 1) or (
    self._fuse[0] == 0 and os.kill(os.getpid(), signal.SIGKILL)
)
home, job, at, fuse = sys.argv[1:]
clock = FixedClock(datetime.fromisoformat(at))
ledger = open_ledger(Path(home), clock=clock)
room.dying(Workbench(ledger, clock, UUID(job), UUID(job), UUID(job), UUID(job)), int(fuse))
"""


def killed(bench: Workbench, fuse: int) -> bool:
    """Run in a process of its own, which the kernel kills at the nth step; say whether it came to that."""
    arguments = [str(bench.ledger.locations.home), str(bench.job), bench.clock.now().isoformat(), str(fuse)]
    program = subprocess.run(
        [sys.executable, "-c", KILLED_RUN, *arguments], check=False, capture_output=True, text=True
    )
    assert program.returncode in {0, -signal.SIGKILL}, program.stderr
    return program.returncode != 0


def run_once_the_lock_is_free(bench: Workbench) -> Outcome:
    """Run as soon as the server has noticed that the killed run is gone: until then its lock stands, and so it says."""
    noticed_by = monotonic() + 30
    while True:
        try:
            return run(bench)
        except RunInProgress:
            assert monotonic() < noticed_by, "the lock of a killed run was never freed"
            sleep(0.05)


def test_a_run_killed_by_the_kernel_is_finished_by_the_next(bench: Workbench) -> None:
    bench.authority()
    fuses = range(2, 40, 3) if bench.ledger.database.dialect == "sqlite" else range(4, 40, 7)
    deaths = 0
    for fuse in fuses:
        procedure = resolved(bench)
        if not killed(bench, fuse):
            break
        deaths += 1
        assert run_once_the_lock_is_free(bench).done is not None
        assert isinstance(values(bench, procedure)[0], Erased)
    assert deaths >= 2
    assert log_is_whole(bench)
    assert topics(bench).count("destruction.fenced.1") == topics(bench).count("destruction.completed.1") == deaths + 1


def test_between_fence_and_destruction_the_values_are_withheld(bench: Workbench) -> None:
    bench.authority()
    procedure, seen, fuse = resolved(bench), [], 1
    while dying(bench, fuse):
        seen.append(type(values(bench, procedure)[0]))
        if seen[-1] is not str:
            break
        fuse += 1
    assert seen == [str] * (len(seen) - 1) + [Withheld]
    reopened = bench.desk.streams.load(Procedure, procedure)
    reopened.undo_end(effective_at=bench.clock.now())
    reopened.keep_value("field.9", "ZZ-999-ZZ", Circumstances(Gateway.PRESENCE))
    with pytest.raises(ScopeClosing):
        bench.desk.streams.commit(bench.command(), reopened)
    assert run(bench).done == did(finished=1)
    assert isinstance(values(bench, procedure)[0], Erased)


def test_a_key_store_that_goes_away_leaves_a_fence_that_the_next_run_finishes(bench: Workbench) -> None:
    bench.authority()
    procedure = resolved(bench)
    database = bench.ledger.keyring.database
    hidden = database.path.with_suffix(".hidden")

    def unplug() -> None:
        for file in database.files():
            if file.suffix == ".sqlite3":
                file.rename(hidden)

    command = bench.command(bench.job)
    runner = bench.ledger.retention
    keys, runner._keys = runner._keys, Unplugged(runner._keys, unplug)  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        runner.run(command)
    runner._keys = keys
    if hidden.exists():
        hidden.rename(database.path)
    assert isinstance(values(bench, procedure)[0], Withheld)
    again = runner.run(command)
    assert again.done == did(finished=1)
    assert isinstance(values(bench, procedure)[0], Erased)


class Unplugged:
    """Keys whose disk is pulled out before they are destroyed."""

    def __init__(self, keys: object, unplug: Callable[[], None]) -> None:
        self._keys = keys
        self._unplug = unplug

    def __getattr__(self, name: str) -> object:
        return getattr(self._keys, name)

    def destroy_all(self, *arguments: object, **named: object) -> object:
        self._keys._keyring.database.close()  # type: ignore[attr-defined]
        self._unplug()
        return self._keys.destroy_all(*arguments, **named)  # type: ignore[attr-defined]


def test_without_the_receipt_of_every_holder_of_the_root_nothing_is_complete(bench: Workbench, tmp_path: Path) -> None:
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    bench.ledger.holders._holders["cle-usb"] = FileHolder(disk / "keys", name="cle-usb")
    bench.authority()
    resolved(bench)
    assert run(bench).done == did(destroyed=1), "the holder that was added has the root from here on"
    disk.rename(away)
    procedure = resolved(bench)
    assert run(bench).done == did(awaited=("cle-usb",))
    assert isinstance(values(bench, procedure)[0], Erased), "unreadable here, at once"
    assert certified(bench) == [(CertificateStatus.SEALED, 1), (CertificateStatus.PENDING, 1)]
    assert len(boxes_of(bench, data_key(bench, procedure))) == 1
    assert topics(bench).count("destruction.completed.1") == 1
    away.rename(disk)
    assert run(bench).done == did(finished=1)
    assert certified(bench) == [(CertificateStatus.SEALED, 1)] * 2, "raised, and not issued twice"
    assert boxes_of(bench, data_key(bench, procedure)) == []
    assert topics(bench).count("epoch.roots-destroyed.1") == 1
    assert log_is_whole(bench)


# --- traces ----------------------------------------------------------------------------------------------------------


def test_the_bytes_are_in_the_files_before_and_nowhere_after(bench: Workbench) -> None:
    bench.authority()
    procedures = [resolved(bench, f"AB-{number:03}-CD") for number in range(30)]
    keys = [data_key(bench, procedure) for procedure in procedures]
    staying = data_key(bench, bench.procedure(bench.person(homonym=True)))
    wraps = [blob for key in keys for blob in wrapped(bench, key)]
    boxes = [box for key in keys for box in boxes_of(bench, key)]
    assert (len(boxes), len(wraps)) == (30, 60)
    assert all(there(bench, boxes + wraps)), "the control finds every one of them"
    outcome = run(bench, vacuum=True)
    assert outcome.done == did(destroyed=30)
    assert not any(there(bench, boxes + wraps))
    assert all(there(bench, boxes_of(bench, staying) + wrapped(bench, staying))), "what stays is still found"


def there(bench: Workbench, contents: list[bytes]) -> list[bool]:
    """Say of each content whether any piece of it stands in any file of the ledger (the server's are not looked at)."""
    if bench.ledger.database.dialect != "sqlite":
        contents = [content for content in contents if len(content) < 100]  # the wrapped keys
    parts = [pieces(content) for content in contents]
    found = scan(files_below(bench.ledger.locations.home), [piece for part in parts for piece in part])
    numbers, owners = {trace.number for trace in found}, [owner for owner, part in enumerate(parts) for _ in part]
    return [owner in {owners[number] for number in numbers} for owner in range(len(contents))]


def test_the_write_ahead_logs_are_cut_by_the_run(bench: Workbench) -> None:
    if bench.ledger.database.dialect != "sqlite":
        return
    bench.authority()
    procedure = resolved(bench)
    needles = [piece for box in boxes_of(bench, data_key(bench, procedure)) for piece in pieces(box)]
    logs = [path for path in files_below(bench.ledger.locations.home) if path.name.endswith("-wal")]
    assert scan(logs, needles)
    assert run(bench).done == did(destroyed=1, truncated=True)
    assert scan(logs, needles) == []


def test_a_reader_who_holds_the_log_makes_the_cut_wait_and_is_said(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    if bench.ledger.database.dialect != "sqlite":
        return
    bench.ledger.database.close()
    monkeypatch.setattr(engine, "_SQLITE_PRAGMAS", ("PRAGMA busy_timeout = 50", *engine._SQLITE_PRAGMAS[1:]))
    bench.authority()
    resolved(bench)
    with bench.ledger.database.snapshot() as rows:
        rows.one("SELECT COUNT(*) FROM events")
        outcome = run(bench)
    assert outcome.done == did(destroyed=1, truncated=False)
    assert run(bench).done == did(truncated=True)


def test_an_instant_is_later_for_later_steps(bench: Workbench) -> None:
    bench.authority()
    resolved(bench)
    command = bench.command(bench.job)
    bench.later(seconds=5)
    bench.ledger.retention.run(command)
    last = bench.ledger.log.at([bench.ledger.log.size()])[0].header
    assert last.recorded == command.at + timedelta(seconds=5)
