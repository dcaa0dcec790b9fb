"""Joins the read models to the log and to the keys, through the protocols that the projections ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hmac import compare_digest
from uuid import UUID

from ledger.aggregates.base import Event, LinkKind, ScopeInstance
from ledger.clock import in_utc
from ledger.errors import DataErased
from ledger.limits import LOCK_WAIT
from ledger.projections.models import MODELS
from ledger.projections.ports import Entry
from ledger.projections.retrying import Patience
from ledger.projections.views import Views
from ledger.ranges import Ranges
from ledger.store.header import Header, instant_of
from ledger.store.reading import LogReader
from ledger.usecases.ports import Sealer


def open_views(url: str, *, schema: str) -> Views:
    """
    Prepare to use the read models; nothing is reached before the first use.

    The runner tries several times, each time as long as one waits for the lock: all together take no longer than a
    writer of the log waits.
    """
    return Views.open(url, schema=schema, models=MODELS, lock_wait=LOCK_WAIT / Patience.attempts)


class LogEntries:
    """The log as the runner of the read models reads it."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def head(self) -> int:
        """Give the last position of the log."""
        return self._log.size()

    def entries(self, *, after: int, upto: int) -> Sequence[Entry]:
        """Give the events after a position, up to another, as their headers show them."""
        return [_entry(logged.position, logged.header) for logged in self._log.each(after=after, upto=upto)]

    def scopes(self, keys: Collection[UUID]) -> Mapping[UUID, ScopeInstance]:
        """Give what each key was claimed for."""
        return self._log.scopes_of(keys)


def _entry(position: int, header: Header) -> Entry:
    return Entry(
        position=position,
        event_id=header.event,
        stream_id=header.stream,
        stream_version=header.n,
        topic=header.topic,
        recorded_at=header.recorded,
        effective_at=None if header.effective_at is None else instant_of(header.effective_at),
        known_at=None if header.known_at is None else instant_of(header.known_at),
        actor=None if header.actor is None else bytes.fromhex(header.actor),
        house=header.house,
        decision=header.decision,
        gateway=header.gateway,
        covers=header.covers,
        catalogue=header.catalogue,
        keys=tuple(box.key for box in header.boxes),
        ranges=Ranges(header.ranges),
    )


class LoggedEvents:
    """Gives events for display, their sealed fields being handles."""

    def __init__(self, log: LogReader) -> None:
        self._log = log

    def at(self, positions: Sequence[int]) -> Sequence[Event]:
        """Give the events at these positions, in their order; a pruned one is left out."""
        return [logged.event for logged in self._log.at(positions)]

    def by_position(self, positions: Sequence[int]) -> Mapping[int, Event]:
        """Give the events at these positions by their position; a pruned one is left out."""
        return {logged.position: logged.event for logged in self._log.at(positions)}

    def under(self, key_id: UUID) -> Sequence[Event]:
        """Give the events of which a box is sealed under this key, in their order."""
        return [logged.event for logged in self._log.under(key_id)]


class AgentMonths:
    """Follows what an agent did, and recognises who did something, while the month still has its key."""

    def __init__(self, log: LogReader, sealer: Sealer) -> None:
        self._log = log
        self._sealer = sealer
        self._key = lru_cache(maxsize=4096)(self._find_key)

    def acted(self, agent: UUID, month: str, *, before: int | None, limit: int) -> Sequence[int]:
        """Give the last positions below `before` of what an agent did in a month, latest first."""
        key = self._key(agent, month)
        if key is None:
            return []
        return [link.position for link in self._log.last_links(key, LinkKind.ACTOR, before=before, limit=limit)]

    def who(self, *, event_id: UUID, tag: bytes, recorded_at: datetime, candidates: Collection[UUID]) -> UUID | None:
        """Give the agent among the candidates whose key of that month makes this tag, or None."""
        month = f"{in_utc(recorded_at):%Y-%m}"
        for agent in candidates:
            key = self._key(agent, month)
            if key is not None and self._makes(key, event_id, tag):
                return agent
        return None

    def began(self, stream_id: UUID, *, by: UUID) -> bool:
        """Say whether an agent wrote the first event of a stream; False too where that can't be told any more."""
        first = self._log.first_of(stream_id)
        if first is None or first.header.actor is None:
            return False
        header = first.header
        tag = bytes.fromhex(header.actor or "")
        return self.who(event_id=header.event, tag=tag, recorded_at=header.recorded, candidates=[by]) == by

    def _makes(self, key: UUID, event_id: UUID, tag: bytes) -> bool:
        try:
            return compare_digest(self._sealer.actor_tag(key, event_id), tag)
        except DataErased:
            return False

    def _find_key(self, agent: UUID, month: str) -> UUID | None:
        scope = self._sealer.known_agent_month(agent, month)
        return None if scope is None else self._log.key_of(scope)
