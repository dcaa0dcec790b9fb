"""
Carries a plan out: destroys what is due under an authority, restricts what is due without one.

The order is the protocol: every scope of a batch is fenced -> their keys are destroyed together -> boxes and links of
each go with the record of it, in an order that tells nothing. Invariants:

1. A scope is fenced in the transaction that checks that its procedure, and the authority, are still as the plan saw
   them: whoever reopens the procedure or revokes the authority first wins, and the item is passed over.
2. A fence is never taken back. Whatever stops a run after a fence, the next run finishes that destruction first.
3. No step does anything when it is done again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import SystemRandom
from uuid import UUID

from ledger.aggregates.authority import Authority
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.run import Done, Planned, Run
from ledger.clock import Clock
from ledger.errors import Conflict
from ledger.identifiers import new_id
from ledger.limits import KEYS_IN_BATCH
from ledger.policies.authority import may_destroy, may_plan_destruction
from ledger.policies.refusals import RefusedByRule
from ledger.retention.gathering import Gathering, WorkingData
from ledger.retention.planner import Action, Step, plan
from ledger.rules.profile import Power
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, judging, reading
from ledger.usecases.house.days import day_of
from ledger.usecases.keys.turning import record_turn
from ledger.usecases.ports import Command, Desk, StreamAt
from ledger.usecases.retention.ports import PENDING, Disposal, Doomed, EventReader, KeyDestroyer, RunLock


@dataclass(frozen=True)
class Unfinished:
    """A destruction that an earlier run fenced and did not complete, with its facts."""

    destruction: UUID
    category: RetentionClass
    authority: UUID


@dataclass(frozen=True)
class Worklist:
    """What a run has to do."""

    unfinished: tuple[Unfinished, ...]
    steps: tuple[Step[WorkingData], ...]

    def of(self, action: Action) -> tuple[Step[WorkingData], ...]:
        """Give the steps of one kind."""
        return tuple(step for step in self.steps if step.action is action)

    @property
    def planned(self) -> Planned:
        """The counts that the record of the start carries."""
        return Planned(len(self.of(Action.DESTROY)), len(self.of(Action.RESTRICT)), len(self.unfinished))


@dataclass(frozen=True)
class Condemned:
    """A key whose scope is fenced, and what the record of its destruction will say."""

    destruction: Destruction
    category: RetentionClass
    authority: UUID


@dataclass(frozen=True)
class _Gone:
    """How many keys of a batch were destroyed, and how many were not there to be."""

    destroyed: int = 0
    lost: int = 0
    awaited: tuple[str, ...] = ()
    """The holders of an old root without whose receipt nothing of it is complete."""

    def __add__(self, other: _Gone) -> _Gone:
        awaited = tuple(dict.fromkeys((*self.awaited, *other.awaited)))
        return _Gone(self.destroyed + other.destroyed, self.lost + other.lost, awaited)


@dataclass(frozen=True)
class Outcome:
    """What a run did; `done` is None for a command that had been done before."""

    run: UUID
    done: Done | None
    vacuum: str = ""
    """What became of the write-ahead log after a rewrite of the files; empty where none was asked for."""


class RetentionRunner:
    """Plans, runs and resumes."""

    def __init__(
        self,
        *,
        desk: Desk,
        disposal: Disposal,
        events: EventReader,
        keys: KeyDestroyer,
        lock: RunLock,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._disposal = disposal
        self._events = events
        self._keys = keys
        self._lock = lock
        self._clock = clock

    def plan(self, command: Command, *, at: datetime) -> list[Step[WorkingData]]:
        """
        Say what a run at `at` would do, and change nothing; the plan opens facts, so it is itself recorded.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys, decides nor audits
        """
        with judging(self._desk, command, naming=False) as judgement:
            actor = acting(self._desk, judgement)
            actor.allow(may_plan_destruction(actor.powers), Power.DESTROY, Power.DECIDE, Power.READ_JOURNAL)
            steps = list(plan(Gathering(self._desk, self._disposal, judgement).facts(), at))
            judgement.read("retention.plan", rows=len(steps))
        return steps

    def run(self, command: Command, *, vacuum: bool = False) -> Outcome:
        """
        Do what is due now, beginning with what an earlier run left unfinished.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys nor decides
        :raises RunInProgress: if another run is at work
        :raises Unavailable: if a database goes away; what was done is recorded, the next run goes on from there
        """
        with self._lock.held():
            run, work = self._begun(command)
            if run.completed_at is not None:
                return Outcome(run.id, None)
            done = self._worked(command, run, work)
            run.complete(done)
            self._desk.streams.commit(self._next(command), run)
            return Outcome(run.id, done, self._disposal.vacuum() if vacuum else "")

    def _begun(self, command: Command) -> tuple[Run, Worklist]:
        recalled = self._desk.streams.recall(command)
        if recalled is not None:
            return self._begun_again(command, self._desk.streams.load(Run, recalled.streams[0]))
        with judging(self._desk, command, naming=False) as judgement:
            actor = acting(self._desk, judgement)
            actor.allow(may_destroy(actor.powers), Power.DESTROY, Power.DECIDE)
            work = self._worklist(judgement, at=command.at)
            run = Run.start(on=day_of(command.at), planned=work.planned)
            judgement.commit(run)
        return run, work

    def _begun_again(self, command: Command, run: Run) -> tuple[Run, Worklist]:
        """Take up a run that was cut short, under a record of its own that facts are opened once more."""
        if run.completed_at is not None:
            return run, Worklist((), ())
        again = self._next(command)
        with reading(self._desk, again, page="retention.resume", rows=0) as opener:
            return run, self._worklist(opener, at=again.at)

    def _worklist(self, opener: FactOpener, *, at: datetime) -> Worklist:
        steps = plan(Gathering(self._desk, self._disposal, opener).facts(), at)
        return Worklist(
            self._unfinished(opener), tuple(step for step in steps if step.action in (Action.DESTROY, Action.RESTRICT))
        )

    def _unfinished(self, opener: FactOpener) -> tuple[Unfinished, ...]:
        fenced = self._events.at([fence.position for fence in self._disposal.pending()])
        found = []
        for event in fenced:
            destruction = self._desk.streams.load(Destruction, event.originator_id)
            category, authority = opener.known(destruction.category), opener.known(destruction.authority)
            assert category is not None, "the register is never destroyed"
            assert authority is not None, "the register is never destroyed"
            found.append(Unfinished(destruction.id, category, authority))
        return tuple(found)

    def _worked(self, command: Command, run: Run, work: Worklist) -> Done:
        destroys, restricts = work.of(Action.DESTROY), work.of(Action.RESTRICT)
        finished = self._destroyed(command, run, [self._taken_up(each) for each in work.unfinished])
        fenced, gone = 0, _Gone()
        for start in range(0, len(destroys), KEYS_IN_BATCH):
            part = [self._fenced(command, run, step) for step in destroys[start : start + KEYS_IN_BATCH]]
            condemned = [each for each in part if each is not None]
            fenced += len(condemned)
            gone += self._destroyed(command, run, condemned)
        restricted = [self._restrict(command, step) for step in restricts]
        return Done(
            destroyed=gone.destroyed,
            restricted=restricted.count(True),
            finished=finished.destroyed,
            passed_over=len(destroys) - fenced + restricted.count(False),
            truncated=self._logs_are_cut(),
            lost=finished.lost + gone.lost,
            awaited=(finished + gone).awaited,
        )

    def _logs_are_cut(self) -> bool:
        """Cut the write-ahead logs of both databases; False where a reader holds one and the next run tries again."""
        keys_cut = self._keys.truncate()
        return self._disposal.wipe_log() != PENDING and keys_cut

    def _fenced(self, command: Command, run: Run, step: Step[WorkingData]) -> Condemned | None:
        """Fence the scope of one item; None where somebody was faster."""
        item = step.item
        assert step.authority is not None
        authority = self._desk.streams.load(Authority, step.authority)
        if authority.revoked_at is not None:
            return None
        destruction = Destruction.fence(
            key_id=item.key_id,
            category=item.category,
            authority=authority.id,
            run=run.id,
            reason=DestructionReason.RESOLVED,
        )
        guards = (StreamAt(item.id, item.version), StreamAt(authority.id, authority.version))
        try:
            self._disposal.fence(self._next(command), destruction, scopes=(item.scope,), guards=guards)
        except Conflict:
            return None
        return Condemned(destruction, item.category, authority.id)

    def _taken_up(self, unfinished: Unfinished) -> Condemned:
        """Take up what an earlier run fenced."""
        destruction = self._desk.streams.load(Destruction, unfinished.destruction)
        return Condemned(destruction, unfinished.category, unfinished.authority)

    def _destroyed(self, command: Command, run: Run, condemned: Sequence[Condemned]) -> _Gone:
        """Destroy the keys of fenced scopes in one batch, then what they sealed, with a record of each."""
        if not condemned:
            return _Gone()
        doomed = [
            Doomed(each.destruction.key_id, str(each.destruction.reason), str(each.authority)) for each in condemned
        ]
        batch = self._keys.destroy_all(doomed, batch=run.id)
        record_turn(self._desk, self._next(command), batch)
        if batch.pending:  # unreadable here already; complete only with the receipt of every holder
            return _Gone(lost=len(batch.lost), awaited=batch.pending)
        destroyed = set(batch.destroyed)
        gone = [each for each in condemned if each.destruction.key_id in destroyed]
        for each in SystemRandom().sample(gone, len(gone)):  # so that neighbours in the log are not one person's
            each.destruction.complete(category=each.category, authority=each.authority, run=run.id)
            self._disposal.complete(self._next(command), each.destruction, keys=(each.destruction.key_id,))
        return _Gone(len(gone), len(batch.lost))

    def _restrict(self, command: Command, step: Step[WorkingData]) -> bool:
        """Close one item to every agent; say whether nobody was faster."""
        procedure = self._desk.streams.load(Procedure, step.item.id)
        if procedure.version != step.item.version:
            return False
        at = self._next(command)
        try:
            procedure.restrict(effective_at=at.at)
            self._desk.streams.commit(at, procedure)
        except (Conflict, RefusedByRule):
            return False
        return True

    def _next(self, command: Command) -> Command:
        """Give the command of one step: an id and an instant of its own, the same actor and law."""
        return replace(command, id=new_id(), at=max(self._clock.now(), command.at), request=b"")
