"""
The gate: nothing sealed is opened but to judge a command or to show a page, and both leave a record.

Invariants:

1. A `FactOpener` exists only inside `judging` or after the record of `reading` is durable.
2. Every `judging` ends in a record: the events of the command, or a refusal with its code.
3. A `Grant` is made only after its access event is durable, serves once, lives seconds, and is never stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from ledger.aggregates.access import Access
from ledger.aggregates.base import Aggregate
from ledger.aggregates.reading import Reading, ReadingDecision
from ledger.errors import Conflict, LedgerError
from ledger.identifiers import new_id
from ledger.limits import READING_STREAMS
from ledger.personal import Erased, Fact, Personal, Sealed, Withheld, present
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.usecases.ports import BoxOpener, BoxRef, Command, Desk, Guard, Recorded

T = TypeVar("T")

GRANT_LIFE = timedelta(seconds=30)
"""How long a grant may wait between its record and its use, within one process."""


class OutsideJudgement(RuntimeError):
    """Somebody kept an opener beyond the judgement that it was made for."""


class GrantRefused(RuntimeError):
    """A grant was used twice, too late, or for a value that it does not name."""


class FactOpener:
    """Opens facts, never personal values, while the judgement that it belongs to lasts."""

    def __init__(self, boxes: BoxOpener, *, naming: bool = False) -> None:
        self._boxes: BoxOpener | None = boxes
        self._naming = naming
        """Whether it keeps in mind what was opened, to name it; a run over all of a kind does not."""
        self._seen: list[Fact[Any]] = []
        self._ready: dict[int, tuple[Fact[Any], Any]] = {}
        """What was opened ahead, by the identity of the handle, which is kept beside it so that it stays the same."""

    def open(self, fact: Fact[T]) -> T | Erased | Withheld:
        """
        Give a fact, or why it can't be given.

        :raises OutsideJudgement: once the judgement is over
        :raises TypeError: for a personal value, which needs a grant
        """
        if self._boxes is None:
            raise OutsideJudgement("the judgement is over")
        if not isinstance(fact, Fact):
            raise TypeError("the gate opens facts only")
        if not fact.is_handle:
            return fact.expose()
        if self._naming:
            self._seen.append(fact)
        ready = self._ready.get(id(fact))
        if ready is not None:
            return cast("T | Erased | Withheld", ready[1])
        return self._boxes.open(fact)

    def expect(self, *facts: Fact[Any]) -> None:
        """
        Open in one go the facts that are about to be asked for; `open` gives them as they were then.

        A judgement is over within its command: a scope that closes after the opening closes too late for it, whether
        the fact was opened ahead or when it was asked for.

        :raises OutsideJudgement: once the judgement is over
        :raises TypeError: for a personal value, which needs a grant
        """
        if self._boxes is None:
            raise OutsideJudgement("the judgement is over")
        if not all(isinstance(fact, Fact) for fact in facts):
            raise TypeError("the gate opens facts only")
        handles = [fact for fact in facts if fact.is_handle]
        if self._naming:
            self._seen += handles
        for fact, outcome in zip(handles, self._boxes.open_many(handles), strict=True):
            self._ready[id(fact)] = (fact, outcome)

    def open_each(self, facts: Sequence[Fact[Any]]) -> list[Any]:
        """
        Open several facts of loaded streams in one go, and keep none of them at hand: for a run over very many.

        :raises OutsideJudgement: once the judgement is over
        :raises TypeError: for a personal value, which needs a grant
        """
        if self._boxes is None:
            raise OutsideJudgement("the judgement is over")
        if not all(isinstance(fact, Fact) for fact in facts):
            raise TypeError("the gate opens facts only")
        if self._naming:
            self._seen += facts
        return self._boxes.open_many(facts)

    def known(self, fact: Fact[T]) -> T | None:
        """Give a fact, or None where it is erased or withheld."""
        return present(self.open(fact))

    def destroyed(self, value: Sealed[object]) -> Erased | None:
        """
        Say when and why a value was destroyed, or None where it is still there; this opens nothing.

        :raises OutsideJudgement: once the judgement is over
        """
        if self._boxes is None:
            raise OutsideJudgement("the judgement is over")
        return self._boxes.destroyed(value) if value.is_handle else None

    def close(self) -> None:
        """End the judgement: nothing opens any more."""
        self._boxes = None
        self._ready.clear()

    def seen(self, *more: UUID) -> tuple[UUID, ...]:
        """Give the streams whose facts were opened, and others that were told of."""
        opened = [cast("BoxRef", fact.box).place.stream_id for fact in self._seen]
        return tuple(dict.fromkeys((*opened, *more)))


class Judgement(FactOpener):
    """The opener of one command, which also knows whether the command has been recorded."""

    def __init__(self, desk: Desk, command: Command, *, naming: bool = True) -> None:
        super().__init__(desk.boxes, naming=naming)
        self._desk = desk
        self.command = command
        self.recorded: Recorded | None = None

    def commit(self, *aggregates: Aggregate, guards: tuple[Guard, ...] = (), outcome: str = "OK") -> Recorded:
        """Append what the command did; this is the record of the judgement."""
        self.recorded = self._desk.streams.commit(self.command, *aggregates, guards=guards, outcome=outcome)
        return self.recorded

    def recall(self) -> Recorded | None:
        """
        Give the answer to this very command where it was done meanwhile, sent twice at once; or None.

        What the first left on record is the record of this judgement too.
        """
        self.recorded = self._desk.streams.recall(self.command)
        return self.recorded

    def page(self, name: str, *, rows: int, told: Iterable[UUID] = ()) -> list[Reading]:
        """Make the record of a page: its rows, and whose facts were opened for it; `told` were told of unopened."""
        house = self.command.house
        return [Reading.of_page(house=house, page=name, rows=rows, about=part) for part in _parts(self.seen(*told))]

    def read(self, name: str, *, rows: int, told: Iterable[UUID] = ()) -> Recorded:
        """Leave a page on record, which is all that the command does."""
        return self.commit(*self.page(name, rows=rows, told=told), outcome="READ")

    def refuse(self, access: Access, refusal: RefusalCode) -> NoReturn:
        """
        Leave on record what was refused and about which procedure, then refuse.

        It is recorded under an id of its own, so that the command can be corrected and tried again.

        :raises RefusedByRule: with the code
        """
        once = replace(self.command, id=new_id(), request=b"")
        self.recorded = self._desk.streams.commit(once, access, outcome=refusal.shown)
        raise RefusedByRule(refusal)


@contextmanager
def judging(desk: Desk, command: Command, *, naming: bool = True) -> Iterator[Judgement]:
    """
    Open facts to judge `command`; leave a refusal on record if it ends without events.

    Its records name the streams whose facts were opened; not so with `naming` off, for a run over all of a kind.

    A refusal is recorded under an id of its own, so that the command can be corrected and tried again.
    """
    judgement = Judgement(desk, command, naming=naming)
    try:
        yield judgement
    except LedgerError as refusal:
        if judgement.recorded is None:
            _record_refusal(desk, judgement, _code_of(refusal))
        raise
    except Exception:  # whatever the fault, facts were opened: that is on record before it goes on up
        if judgement.recorded is None:
            _record_refusal(desk, judgement, ReadingDecision.FAILED)
        raise
    finally:
        judgement.close()
    if judgement.recorded is None:
        _record_refusal(desk, judgement, ReadingDecision.REFUSED)


def _code_of(refusal: LedgerError) -> StrEnum:
    decision = getattr(refusal, "decision", None)
    if isinstance(decision, StrEnum):
        return decision
    return ReadingDecision.CONFLICT if isinstance(refusal, Conflict) else ReadingDecision.REFUSED


def _record_refusal(desk: Desk, judgement: Judgement, decision: StrEnum) -> None:
    command = judgement.command
    once = replace(command, id=new_id(), request=b"")
    parts = _parts(judgement.seen())
    refusals = [Reading.of_refusal(house=command.house, decision=decision, about=part) for part in parts]
    desk.streams.commit(once, *refusals, outcome=str(decision))


def _parts(streams: tuple[UUID, ...]) -> list[tuple[UUID, ...]]:
    """Cut what one record can't name; one empty part where there is nothing."""
    return [streams[start : start + READING_STREAMS] for start in range(0, max(len(streams), 1), READING_STREAMS)]


@contextmanager
def reading(desk: Desk, command: Command, *, page: str, rows: int) -> Iterator[FactOpener]:
    """
    Record that a page is about to be shown, then open its facts; the record is durable before the first opening.

    It is for pages about nobody, and for runs over all of a kind: the record names no stream.

    The record has an id of its own: whoever looks twice leaves two records.
    """
    once = replace(command, id=new_id(), request=b"")
    desk.streams.commit(once, Reading.of_page(house=command.house, page=page, rows=rows, about=()), outcome="READ")
    opener = FactOpener(desk.boxes)
    try:
        yield opener
    finally:
        opener.close()


@dataclass(eq=False)
class Grant:
    """A single-use right to open the named values, made from an access event that is already durable."""

    access_id: UUID
    granted_at: datetime
    values: tuple[Sealed[object], ...]
    _used: bool = field(default=False, repr=False)

    def use(self, *, at: datetime) -> tuple[Sealed[object], ...]:
        """
        Take the values that this grant names; once.

        :raises GrantRefused: if it was used, or is older than `GRANT_LIFE`
        """
        if self._used or not self.granted_at <= at <= self.granted_at + GRANT_LIFE:
            raise GrantRefused("a grant serves once, within seconds")
        self._used = True
        return self.values

    def __reduce_ex__(self, protocol: object, /) -> str:
        raise GrantRefused("a grant is not stored")


def open_values(desk: Desk, grant: Grant, *, at: datetime) -> list[Personal[object] | Erased | Withheld]:
    """Open the values that a grant names, in its order; the only way to a personal value."""
    opened: list[Personal[object] | Erased | Withheld] = []
    for value in grant.use(at=at):
        content = desk.boxes.open(value)
        opened.append(content if isinstance(content, Erased | Withheld) else Personal(content))
    return opened
