"""
What the read models need from the log, as protocols; the store and the keys are joined to them in `bootstrap` only.

Projecting needs headers and the claims of keys, nothing that a key protects. What leads from a person, or from an
agent, to the rows about them are links: they are followed when somebody asks, never copied, and die with their key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ledger.aggregates.base import ScopeInstance
from ledger.ranges import Ranges

NOWHERE = Ranges()


@dataclass(frozen=True, slots=True)
class Entry:
    """One event as its header shows it."""

    position: int
    event_id: UUID
    stream_id: UUID
    stream_version: int
    topic: str
    recorded_at: datetime
    effective_at: datetime | None = None
    """When it happened, where that is not when it was recorded."""
    known_at: datetime | None = None
    """When the mandatary was told, where that is not when it was recorded."""
    actor: bytes | None = None
    house: UUID | None = None
    decision: str | None = None
    gateway: str | None = None
    covers: UUID | None = None
    """The key that a destruction accounts for."""
    catalogue: str | None = None
    """Digest of the catalogue in force."""
    keys: tuple[UUID, ...] = ()
    """The key of each box, by box number."""
    ranges: Ranges = NOWHERE
    """The positions that a record of pruned headers accounts for."""


class EventSource(Protocol):
    """The log, as the runner reads it. There is no way to write through it."""

    def head(self) -> int:
        """
        Give the last position of the log; 0 where it is empty.

        :raises Unavailable: if the log can't be reached
        """
        ...

    def entries(self, *, after: int, upto: int) -> Sequence[Entry]:
        """Give the events after position `after`, up to `upto`, in order; those that were pruned are left out."""
        ...

    def scopes(self, keys: Collection[UUID]) -> Mapping[UUID, ScopeInstance]:
        """Give what each of these keys was claimed for; a key that nobody claimed is left out."""
        ...


class ActorLinks(Protocol):
    """Follows what an agent did, while the agent's month still has its key."""

    def acted(self, agent: UUID, month: str, *, before: int | None, limit: int) -> Sequence[int]:
        """Give the last `limit` positions below `before` of what an agent did in a month, latest first."""
        ...


class ActorTags(Protocol):
    """Recognises who did something, while the agent's month still has its key."""

    def who(self, *, event_id: UUID, tag: bytes, recorded_at: datetime, candidates: Collection[UUID]) -> UUID | None:
        """Give the agent among the candidates whose key makes this tag for this event, or None."""
        ...
