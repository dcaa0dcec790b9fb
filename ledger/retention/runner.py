"""
Carries a plan out: closes what sleeps, destroys what is due under an authority, restricts what is due without one.

The order is the protocol: every scope of a batch is fenced -> their keys are destroyed together -> boxes and links of
each go with the record of it, in an order that tells nothing. Invariants:

1. A scope is fenced in the transaction that checks that what the plan saw still stands: whoever reopens the procedure,
   revokes the authority or sets a hold first wins, and the item is passed over.
2. A fence is never taken back. Whatever stops a run after a fence, the next run finishes that destruction first.
3. No step does anything when it is done again.
4. A run that would destroy a larger share of what lives than the profile allows does nothing until a person confirms:
   a wrong date is likelier than so many terms.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, LinkKind
from ledger.aggregates.destruction import Destruction
from ledger.aggregates.hold import HoldBook
from ledger.aggregates.run import Done, Planned, Run
from ledger.clock import Clock
from ledger.errors import Refused
from ledger.identifiers import new_id
from ledger.policies.authority import may_destroy, may_plan_destruction
from ledger.retention.explaining import Explained, Explainer
from ledger.retention.figures import Figures, tally
from ledger.retention.gathering import gather
from ledger.retention.items import KeyItem
from ledger.retention.planner import Action, Item, Step, plan
from ledger.retention.pruning import HeaderItem, header_steps
from ledger.retention.working import Condemned, Gone, Progress, Worker
from ledger.rules.profile import Power
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, Judgement, judging, reading
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk, Signer, StreamAt
from ledger.usecases.retention.certificates import all_certificates
from ledger.usecases.retention.ports import PENDING, Disposal, EventReader, KeyDestroyer, RunLock

REPLANNED = 2
"""How often a run plans again when a hold came in between; what is left then is the next run's."""


class ShareExceeded(Refused):
    """So much would go at once that a person must confirm it."""

    sentence = mark("This run would destroy {count} of the {total} items that live, more than {percent} % at once.")
    advice = mark(
        "Check the date of this machine and read `ledger retention plan`. If it is right, the controller's delegate "
        "runs `ledger retention run --confirm {count}`."
    )


@dataclass(frozen=True)
class Unfinished:
    """A destruction that an earlier run fenced and did not complete, with its facts."""

    destruction: UUID
    category: RetentionClass
    authority: UUID
    certified: bool
    """Whether the run that fenced it certified it already, waiting for a holder of the root."""


@dataclass(frozen=True)
class Worklist:
    """What a run has to do, and what must not have moved meanwhile."""

    unfinished: tuple[Unfinished, ...]
    steps: tuple[Step[KeyItem], ...]
    living: int
    """How many items the plan looked at."""
    head: int
    book: StreamAt
    headers: tuple[Step[HeaderItem], ...] = ()
    """Streams of which nothing else is left, and whose headers go."""
    confirmed: bool = False

    def of(self, action: Action) -> tuple[Step[KeyItem], ...]:
        """Give the steps of one kind."""
        return tuple(step for step in self.steps if step.action is action)

    @property
    def planned(self) -> Planned:
        """The counts that the record of the start carries."""
        return Planned(
            to_destroy=len(self.of(Action.DESTROY)),
            to_restrict=len(self.of(Action.RESTRICT)),
            to_finish=len(self.unfinished),
            to_close=len(self.of(Action.CLOSE)),
            confirmed=self.confirmed,
        )


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
        signer: Signer,
        lock: RunLock,
        clock: Clock,
    ) -> None:
        self._desk = desk
        self._disposal = disposal
        self._events = events
        self._keys = keys
        self._signer = signer
        self._lock = lock
        self._clock = clock

    def plan(self, command: Command, *, at: datetime, all_of_it: bool = False) -> list[Step[Item]]:
        """
        Say what a run at `at` would do, and change nothing; the plan opens facts, so it is itself recorded.

        What is kept because nothing of it is due is left out, but with `all_of_it`.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys, decides nor audits
        """
        with judging(self._desk, command, naming=False) as judgement:
            actor = acting(self._desk, judgement)
            actor.allow(may_plan_destruction(actor.powers), Power.DESTROY, Power.DECIDE, Power.READ_JOURNAL)
            found = gather(self._desk, self._disposal, judgement)
            steps: list[Step[Item]] = [step for step in plan(found.facts, at) if all_of_it or _is_told(step)]
            steps += header_steps(self._desk, self._disposal, found.facts.authorities, at=at)
            judgement.read("retention.plan", rows=len(steps))
        return steps

    def figures(self, command: Command, *, at: datetime) -> Figures:
        """
        Count how retention stands, for monitoring; the plan that is counted is recorded as a reading.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys, decides nor audits
        """
        with judging(self._desk, command, naming=False) as judgement:
            actor = acting(self._desk, judgement)
            actor.allow(may_plan_destruction(actor.powers), Power.DESTROY, Power.DECIDE, Power.READ_JOURNAL)
            found = gather(self._desk, self._disposal, judgement)
            late = sum(hold.is_overdue(today=day_of(at)) for hold in found.holds)
            headers = header_steps(self._desk, self._disposal, found.facts.authorities, at=at)
            figures = tally(
                chain[Step[Any]](plan(found.facts, at), headers), at=at, holds_to_review=late, last_run=self._last_run()
            )
            judgement.read("retention.figures", rows=figures.living)
        return figures

    def _last_run(self) -> datetime | None:
        """Give when the last run that came to its end did."""
        for run in reversed(self._desk.streams.linked(REGISTER, LinkKind.RUN)):
            ended_at = self._desk.streams.load(Run, run).completed_at
            if ended_at is not None:
                return ended_at
        return None

    def explain(self, command: Command, kind: type[Aggregate], id_: UUID) -> list[Explained]:
        """
        Say of one procedure, mandate, person or agent what is kept, why and until when, and what is destroyed.

        The look is recorded with the stream that it was about.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys, decides nor audits
        """
        with judging(self._desk, command) as judgement:
            actor = acting(self._desk, judgement)
            actor.allow(may_plan_destruction(actor.powers), Power.DESTROY, Power.DECIDE, Power.READ_JOURNAL)
            found = gather(self._desk, self._disposal, judgement)
            lines = Explainer(self._desk, found, self._events, judgement, at=command.at).explain(kind, id_)
            judgement.read("retention.explain", rows=len(lines), told=[id_])
        return lines

    def run(
        self, command: Command, *, vacuum: bool = False, confirm: int | None = None, progress: Progress | None = None
    ) -> Outcome:
        """
        Do what is due now, beginning with what an earlier run left unfinished.

        `confirm` is the number of items of which a person has said that they may all go at once.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither destroys nor decides, or confirms without deciding
        :raises RunInProgress: if another run is at work
        :raises ShareExceeded: if more would go than the profile lets go unasked
        :raises Unavailable: if a database goes away; what was done is recorded, the next run goes on from there
        """
        with self._lock.held():
            run, work = self._begun(command, confirm)
            if work is None:
                return Outcome(run.id, None)
            worker = Worker(
                desk=self._desk, disposal=self._disposal, keys=self._keys, signer=self._signer,
                clock=self._clock, command=command, run=run.id, progress=progress or _silent,
            )  # fmt: skip
            done = self._worked(worker, work)
            run.complete(done)
            self._desk.streams.commit(worker.next(), run)
            vacuumed = self._disposal.vacuum() if vacuum else ""
            if vacuumed or work.unfinished:
                worker.better(vacuumed=vacuumed not in ("", PENDING))
            return Outcome(run.id, done, vacuumed)

    def _begun(self, command: Command, confirm: int | None) -> tuple[Run, Worklist | None]:
        recalled = self._desk.streams.recall(command)
        if recalled is not None:
            return self._begun_again(command, self._desk.streams.load(Run, recalled.streams[0]), confirm)
        with judging(self._desk, command, naming=False) as judgement:
            self._may_run(judgement, confirm)
            work = self._worklist(judgement, at=command.at, confirm=confirm)
            run = Run.start(on=day_of(command.at), planned=work.planned)
            judgement.commit(run)
        return run, work

    def _may_run(self, judgement: Judgement, confirm: int | None) -> None:
        actor = acting(self._desk, judgement)
        actor.allow(may_destroy(actor.powers), Power.DESTROY, Power.DECIDE)
        if confirm is not None:
            actor.need(Power.DECIDE)

    def _begun_again(self, command: Command, run: Run, confirm: int | None) -> tuple[Run, Worklist | None]:
        """Take up a run that was cut short, under a record of its own that facts are opened once more."""
        if run.completed_at is not None:
            return run, None
        again = replace(command, id=new_id(), at=max(self._clock.now(), command.at), request=b"")
        return run, self._replanned(again, confirm)

    def _replanned(self, command: Command, confirm: int | None) -> Worklist:
        with reading(self._desk, command, page="retention.resume", rows=0) as opener:
            return self._worklist(opener, at=command.at, confirm=confirm)

    def _worklist(self, opener: FactOpener, *, at: datetime, confirm: int | None) -> Worklist:
        found = gather(self._desk, self._disposal, opener)
        steps, living = [], 0
        for step in plan(found.facts, at):
            living += step.item.lapses is None
            if step.action in (Action.DESTROY, Action.RESTRICT, Action.CLOSE):
                steps.append(step)
        headers = header_steps(self._desk, self._disposal, found.facts.authorities, at=at)
        work = Worklist(
            unfinished=self._unfinished(opener),
            steps=tuple(steps),
            living=living,
            head=found.head,
            book=found.book,
            headers=tuple(step for step in headers if step.action is Action.DESTROY),
            confirmed=confirm is not None,
        )
        self._must_be_a_small_share(work, at=at, confirm=confirm)
        return work

    def _must_be_a_small_share(self, work: Worklist, *, at: datetime, confirm: int | None) -> None:
        going = len(work.of(Action.DESTROY))
        percent, counts_from = self._desk.law.profile.destruction_share(day_of(at))
        if going >= counts_from and going * 100 > percent * work.living and going > (confirm or 0):
            raise ShareExceeded(count=going, total=work.living, percent=percent)

    def _unfinished(self, opener: FactOpener) -> tuple[Unfinished, ...]:
        fenced = self._events.at([fence.position for fence in self._disposal.pending()])
        certified = {opener.known(each.run) for each in all_certificates(self._desk)} if fenced else set()
        found = []
        for event in fenced:
            destruction = self._desk.streams.load(Destruction, event.originator_id)
            category, authority = opener.known(destruction.category), opener.known(destruction.authority)
            assert category is not None, "the register is never destroyed"
            assert authority is not None, "the register is never destroyed"
            is_certified = opener.known(destruction.run) in certified
            found.append(Unfinished(destruction.id, category, authority, is_certified))
        return tuple(found)

    def _worked(self, worker: Worker, work: Worklist) -> Done:
        finished = worker.finish([self._taken_up(each) for each in work.unfinished])
        going, gone, closed, restricted, passed_over = 0, Gone(), 0, 0, 0
        for last in (*(False,) * REPLANNED, True):
            closes, restricts, destroys = (
                work.of(action) for action in (Action.CLOSE, Action.RESTRICT, Action.DESTROY)
            )
            going, more = worker.destroy(destroys, head=work.head, book=work.book)
            gone += more
            now_closed, now_restricted = worker.close(closes), worker.restrict(restricts)
            closed, restricted = closed + now_closed, restricted + now_restricted
            passed_over = len(work.steps) - going - now_closed - now_restricted
            if last or passed_over == 0 or not self._has_moved(work.book):
                break
            work = replace(self._replanned(worker.next(), len(work.steps)), unfinished=())
        return Done(
            destroyed=gone.destroyed,
            restricted=restricted,
            finished=finished.destroyed,
            passed_over=passed_over,
            truncated=self._logs_are_cut(),
            lost=finished.lost + gone.lost,
            awaited=(finished + gone).awaited,
            closed=closed,
            by_class=_listed((finished + gone).by_class),
            pruned=worker.prune(work.headers, book=work.book),
        )

    def _has_moved(self, book: StreamAt) -> bool:
        """Say whether a hold was set or released since the plan: then the rest is planned again."""
        return self._desk.streams.load(HoldBook, book.stream_id).version != book.version

    def _logs_are_cut(self) -> bool:
        """Cut the write-ahead logs of both databases; False where a reader holds one and the next run tries again."""
        keys_cut = self._keys.truncate()
        return self._disposal.wipe_log() != PENDING and keys_cut

    def _taken_up(self, unfinished: Unfinished) -> Condemned:
        """Take up what an earlier run fenced."""
        destruction = self._desk.streams.load(Destruction, unfinished.destruction)
        return Condemned(destruction, unfinished.category, unfinished.authority, certified=unfinished.certified)


def _is_told(step: Step[Any]) -> bool:
    """Say whether a plan tells of a line: of all that is due, and of what would be but for a hold."""
    return step.action is not Action.KEEP or bool(step.item.holds)


def _listed(by_class: Counter[RetentionClass]) -> tuple[tuple[RetentionClass, int], ...]:
    return tuple((category, by_class[category]) for category in RetentionClass if by_class[category])


def _silent(what: str, done: int, of: int) -> None:
    """Tell nobody."""
