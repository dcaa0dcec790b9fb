"""
The steps of a run, each of which can be done again: fence, destroy in batches, restrict, close.

A scope is fenced in the transaction that checks that nothing the plan looked at has moved: the streams, the authority,
the book of holds, and whatever was sealed under the key since. Whoever is faster wins, and the item is passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from random import SystemRandom
from uuid import UUID

from ledger.aggregates.authority import Authority
from ledger.aggregates.certificate import CertifiedLine
from ledger.aggregates.destruction import Destruction
from ledger.aggregates.loss import FoundBy, LossKind
from ledger.aggregates.procedure import Procedure
from ledger.clock import Clock
from ledger.errors import Conflict
from ledger.identifiers import new_id
from ledger.limits import KEYS_IN_BATCH
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import OutcomeCode
from ledger.retention.items import KeyItem
from ledger.retention.planner import Lapse, Step
from ledger.retention.pruning import HeaderItem
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.keys.turning import record_turn
from ledger.usecases.loss.record import record
from ledger.usecases.ports import Command, Desk, Guard, ScopeQuiet, Signer, StreamAt
from ledger.usecases.retention.certificates import issue, raise_status
from ledger.usecases.retention.ports import Disposal, Doomed, KeyBatch, KeyDestroyer

Progress = Callable[[str, int, int], None]
"""Told what is being done ("destroy"), how much of it is done, and of how much."""

OUTCOMES = {Lapse.DORMANT: OutcomeCode.NO_NEWS, Lapse.MANDATE_OVER: OutcomeCode.MANDATE_ENDED}
"""What a procedure that is closed by a run ends with."""


@dataclass(frozen=True)
class Condemned:
    """A key whose scope is fenced, and what the record of its destruction will say."""

    destruction: Destruction
    category: RetentionClass
    authority: UUID
    first_day: date | None = None
    last_day: date | None = None
    """The extreme dates of the item; None for what an earlier run fenced."""
    certified: bool = False
    """Whether an earlier run certified it, while a holder of the root was awaited."""


@dataclass(frozen=True)
class Gone:
    """How many keys of a batch were destroyed, and how many were not there to be."""

    by_class: Counter[RetentionClass] = field(default_factory=Counter)
    lost: int = 0
    awaited: tuple[str, ...] = ()
    """The holders of an old root without whose receipt nothing of it is complete."""

    @property
    def destroyed(self) -> int:
        """How many keys are gone, with all that they sealed."""
        return self.by_class.total()

    def __add__(self, other: Gone) -> Gone:
        awaited = tuple(dict.fromkeys((*self.awaited, *other.awaited)))
        return Gone(self.by_class + other.by_class, self.lost + other.lost, awaited)


class Worker:
    """Does the steps of one run, under the ids and instants of commands of its own."""

    def __init__(
        self,
        *,
        desk: Desk,
        disposal: Disposal,
        keys: KeyDestroyer,
        signer: Signer,
        clock: Clock,
        command: Command,
        run: UUID,
        progress: Progress,
    ) -> None:
        self._desk = desk
        self._disposal = disposal
        self._keys = keys
        self._signer = signer
        self._clock = clock
        self._command = command
        self._run = run
        self._progress = progress

    def destroy(self, steps: Sequence[Step[KeyItem]], *, head: int, book: StreamAt) -> tuple[int, Gone]:
        """Fence and destroy, a batch of keys at a time; give how many were fenced, and what is gone."""
        fenced, gone = 0, Gone()
        for start in range(0, len(steps), KEYS_IN_BATCH):
            part = [self._fenced(step, head=head, book=book) for step in steps[start : start + KEYS_IN_BATCH]]
            condemned = [each for each in part if each is not None]
            fenced += len(condemned)
            gone += self.finish(condemned)
            self._progress("destroy", min(start + KEYS_IN_BATCH, len(steps)), len(steps))
        return fenced, gone

    def finish(self, condemned: Sequence[Condemned]) -> Gone:
        """Destroy the keys of fenced scopes in one batch, then what they sealed, with a record of each."""
        if not condemned:
            return Gone()
        doomed = [
            Doomed(each.destruction.key_id, str(each.destruction.reason), str(each.authority)) for each in condemned
        ]
        batch = self._keys.destroy_all(doomed, batch=self._run)
        record_turn(self._desk, self.next(), batch)
        self._certify(condemned, batch)
        if batch.lost:
            record(self._desk, self.next(), kind=LossKind.LOST_KEY, keys=batch.lost, found_by=FoundBy.RUN)
        if batch.pending:  # unreadable here already; complete only with the receipt of every holder
            return Gone(lost=len(batch.lost), awaited=batch.pending)
        destroyed = set(batch.destroyed)
        gone = [each for each in condemned if each.destruction.key_id in destroyed]
        for each in SystemRandom().sample(gone, len(gone)):  # so that neighbours in the log are not one person's
            each.destruction.complete(category=each.category, authority=each.authority, run=self._run)
            self._disposal.complete(self.next(), each.destruction, keys=(each.destruction.key_id,))
        return Gone(Counter(each.category for each in gone), len(batch.lost))

    def _certify(self, condemned: Sequence[Condemned], batch: KeyBatch) -> None:
        """Issue the certificate of a batch, which says what is still awaited; what was certified is not again."""
        destroyed = set(batch.destroyed)
        gone = [each for each in condemned if each.destruction.key_id in destroyed and not each.certified]
        by_line: dict[tuple[RetentionClass, UUID], list[Condemned]] = {}
        for each in gone:
            by_line.setdefault((each.category, each.authority), []).append(each)
        lines = [_line(category, authority, part) for (category, authority), part in sorted(by_line.items())]
        issue(self._desk, self.next(), self._signer, run=self._run, batch=batch, lines=lines, vacuumed=False)

    def prune(self, steps: Sequence[Step[HeaderItem]], *, book: StreamAt) -> int:
        """Prune headers, a batch with one record each; give how many streams lost theirs."""
        by_authority: dict[UUID, list[HeaderItem]] = {}
        for step in steps:
            assert step.authority is not None
            by_authority.setdefault(step.authority, []).append(step.item)
        pruned = 0
        for reference, items in by_authority.items():
            authority = self._desk.streams.load(Authority, reference)
            if authority.revoked_at is not None:
                continue
            guards = (StreamAt(authority.id, authority.version), book)
            for batch in self._disposal.headers_of(item.stream for item in items):
                with suppress(Conflict):  # somebody was faster: the next run looks at it again
                    self._disposal.prune(self.next(), batch, authority=reference, run=self._run, guards=guards)
                    pruned += len(batch.pruned)
                self._progress("prune", pruned, len(steps))
        return pruned

    def better(self, *, vacuumed: bool) -> None:
        """Say more on earlier certificates: a holder came back with its receipt, or the tables were rewritten."""
        batch = self._keys.destroy_all((), batch=self._run)
        record_turn(self._desk, self.next(), batch)
        raise_status(self._desk, self.next(), self._signer, batch=batch, vacuumed=vacuumed)

    def restrict(self, steps: Sequence[Step[KeyItem]]) -> int:
        """Close procedures to every agent; give how many nobody was faster with."""
        return self._each("restrict", steps, self._restricted)

    def close(self, steps: Sequence[Step[KeyItem]]) -> int:
        """End procedures that nobody goes on with; give how many nobody was faster with."""
        return self._each("close", steps, self._closed)

    def next(self) -> Command:
        """Give the command of one step: an id and an instant of its own, the same actor and law."""
        return replace(self._command, id=new_id(), at=max(self._clock.now(), self._command.at), request=b"")

    def _fenced(self, step: Step[KeyItem], *, head: int, book: StreamAt) -> Condemned | None:
        """Fence the scope of one item; None where somebody was faster."""
        item = step.item
        assert step.authority is not None
        authority = self._desk.streams.load(Authority, step.authority)
        if authority.revoked_at is not None:
            return None
        destruction = Destruction.fence(
            key_id=item.key_id, category=item.category, authority=authority.id, run=self._run, reason=item.reason
        )
        guards: tuple[Guard, ...] = (
            *item.seen_at, StreamAt(authority.id, authority.version), book, ScopeQuiet(item.scope, head)
        )  # fmt: skip
        try:
            self._disposal.fence(self.next(), destruction, scopes=(item.scope,), guards=dict.fromkeys(guards))
        except Conflict:
            return None
        return Condemned(destruction, item.category, authority.id, item.first_day, item.last_day)

    def _each(self, what: str, steps: Sequence[Step[KeyItem]], do: Callable[[Command, Step[KeyItem]], bool]) -> int:
        done = 0
        for number, step in enumerate(steps, start=1):
            with suppress(Conflict, RefusedByRule):  # somebody was faster: the next run looks at it again
                done += do(self.next(), step)
            self._progress(what, number, len(steps))
        return done

    def _restricted(self, command: Command, step: Step[KeyItem]) -> bool:
        procedure = self._unmoved(step)
        if procedure is None:
            return False
        procedure.restrict(effective_at=command.at)
        self._desk.streams.commit(command, procedure)
        return True

    def _closed(self, command: Command, step: Step[KeyItem]) -> bool:
        procedure = self._unmoved(step)
        if procedure is None or step.item.lapses is None:
            return False
        procedure.abandon(OUTCOMES[step.item.lapses], effective_at=command.at, recorded_at=command.at)
        self._desk.streams.commit(command, procedure)
        return True

    def _unmoved(self, step: Step[KeyItem]) -> Procedure | None:
        procedure = self._desk.streams.load(Procedure, step.item.id)
        return procedure if StreamAt(procedure.id, procedure.version) in step.item.seen_at else None


def _line(category: RetentionClass, authority: UUID, gone: Sequence[Condemned]) -> CertifiedLine:
    """Count what went of one class under one authority; without days where an earlier run fenced some of it."""
    first = [each.first_day for each in gone if each.first_day is not None]
    last = [each.last_day for each in gone if each.last_day is not None]
    known = len(first) == len(last) == len(gone)
    return CertifiedLine(category, authority, len(gone), min(first) if known else None, max(last) if known else None)
