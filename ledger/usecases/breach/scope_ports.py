"""What the scope of a breach needs from the log: headers, links and claims of keys, up to a position."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from ledger.aggregates.base import Event, Scope

WHOLE = 1 << 16
"""The share of everything; a share is so many of these parts."""


class Window(NamedTuple):
    """Which events are looked through: up to a position, recorded over [since, until), of which house, by whom."""

    upto: int
    since: datetime | None = None
    until: datetime | None = None
    house: UUID | None = None
    agent: UUID | None = None


class Touch(NamedTuple):
    """One event that a header or a link led to."""

    position: int
    topic: str
    stream: UUID


class Holding(NamedTuple):
    """A key that was claimed, and where its destruction was completed."""

    of: UUID
    """The stream that the scope of the key belongs to."""
    destroyed: int | None


class ScopeLog(Protocol):
    """The log, as the scope of a breach is read from it; nothing is opened by it."""

    def position_at(self, at: datetime) -> int:
        """Give the position of the last event recorded by an instant: a copy made then ends with it."""
        ...

    def touched(self, window: Window, topics: Collection[str], *, share: int) -> Sequence[Touch]:
        """Give the events of these topics, or a share of them, of `WHOLE`, taken evenly along the log."""
        ...

    def summed(
        self, window: Window, *, of_streams: Collection[str], of_events: Collection[str]
    ) -> tuple[Sequence[Touch], Mapping[str, int]]:
        """Give, of some topics, the first event of each stream; of others, how many events there are by topic."""
        ...

    def forgotten_months(self, window: Window) -> int:
        """Give how many months of the window have no key that would lead to what the agent did."""
        ...

    def holdings(self, kind: Scope, *, after: int, upto: int) -> Sequence[Holding]:
        """Give every key of a kind of scope that was claimed after a position and up to another."""
        ...

    def of_house(self, streams: Collection[UUID], house: UUID) -> Collection[UUID]:
        """Give those of these streams that began in a house."""
        ...

    def touches_of(
        self, streams: Collection[UUID], topics: Collection[str], *, after: int, upto: int
    ) -> Iterable[Touch]:
        """Give the events of these topics in these streams, after a position and up to another, unread."""
        ...

    def events(self, positions: Sequence[int]) -> Iterable[tuple[int, Event]]:
        """Give the events at these positions, sealed, with where they stand; a pruned one is left out."""
        ...

    def of_streams(self, streams: Collection[UUID], topics: Collection[str], *, upto: int) -> Iterable[Event]:
        """Give the events of these topics in these streams, sealed, each stream in its order."""
        ...

    def fates(self, kind: Scope, streams: Collection[UUID]) -> Mapping[UUID, int | None]:
        """Give, for those of these streams that have a key of this kind, where its destruction was completed."""
        ...
