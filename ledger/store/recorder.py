"""
The recorders of the `eventsourcing` library over the same tables and the same append protocol.

The library's stored events carry an opaque state, which is stored and hashed as if it were a header. Errors come out as
the library's, since that is what its callers catch.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    DatabaseError,
    DataError,
    IntegrityError,
    InternalError,
    Notification,
    OperationalError,
    PersistenceError,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)

from ledger.clock import Clock, SystemClock
from ledger.errors import Conflict, IntegrityBroken, Invalid, LedgerError, Misconfigured, Unavailable
from ledger.identifiers import new_id
from ledger.merkle import leaf_hash
from ledger.store.append import Batch, append
from ledger.store.engine import Database, Rows
from ledger.store.header import instant
from ledger.store.mapper import NewEvent
from ledger.store.subscription import PollingSubscription

_COLUMNS = "stream_id, stream_version, topic, header"
_TRACK = (
    "INSERT INTO tracking (application_name, notification_id) VALUES (?, ?) ON CONFLICT (application_name) "
    "DO UPDATE SET notification_id = excluded.notification_id WHERE tracking.notification_id < excluded.notification_id"
)
_TRACKED = "SELECT notification_id FROM tracking WHERE application_name = ?"
_SIZE = "SELECT size FROM log_head WHERE one = 1"
_LIBRARY_ERRORS: tuple[tuple[type[LedgerError], type[PersistenceError]], ...] = (
    (Conflict, IntegrityError),
    (Invalid, DataError),
    (Unavailable, OperationalError),
    (Misconfigured, OperationalError),
    (IntegrityBroken, InternalError),
)


@contextmanager
def as_the_library_says() -> Iterator[None]:
    """Turn the ledger's errors into the library's."""
    try:
        yield
    except LedgerError as fault:
        for ours, theirs in _LIBRARY_ERRORS:
            if isinstance(fault, ours):
                raise theirs(str(fault)) from fault
        raise DatabaseError(str(fault)) from fault


class LedgerTrackingRecorder(TrackingRecorder):
    """Records how far a reader has come, in the same transaction as what it made of it."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def insert_tracking(self, tracking: Tracking) -> None:
        """
        Record a position.

        :raises IntegrityError: if this or a later one is recorded already
        """
        with as_the_library_says(), self.database.writing() as (rows, _):
            self._insert_tracking(rows, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """Give the latest position recorded for an application, or None."""
        with as_the_library_says(), self.database.reading() as rows:
            found = rows.one(_TRACKED, (application_name,))
        return None if found is None else int(found[0])

    def _insert_tracking(self, rows: Rows, tracking: Tracking) -> None:
        if rows.run(_TRACK, (tracking.application_name, tracking.notification_id)).rowcount != 1:
            raise IntegrityError(f"position {tracking.notification_id} is tracked already")


class LedgerAggregateRecorder(AggregateRecorder):
    """Records stored events in the log, and gives them back by stream."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self.database = database
        self._clock = clock or SystemClock()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """
        Append stored events in one transaction.

        :raises IntegrityError: if a version of a stream is taken
        """
        self._append(stored_events, **kwargs)
        return None

    def select_events(
        self, originator_id: UUID | str, *, gt: int | None = None, lte: int | None = None, desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:  # fmt: skip
        """Give the stored events of a stream, from after version `gt` to `lte`."""
        text, values = f"SELECT {_COLUMNS} FROM events WHERE stream_id = ?", [identifier_bytes(originator_id)]
        found = select_stream(self.database, text, values, gt=gt, lte=lte, desc=desc, limit=limit)
        return [StoredEvent(UUID(bytes=bytes(row[0])), row[1], row[2], bytes(row[3])) for row in found]

    def _append(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        recorded_at = instant(self._clock.now())
        events = [_new_event(event, recorded_at) for event in stored_events]
        with as_the_library_says(), self.database.writing() as (rows, head):
            positions = append(rows, head, Batch(events))
            self._beside(rows, **kwargs)
        return positions

    def _beside(self, rows: Rows, **kwargs: Any) -> None:
        """Write what belongs in the same transaction; nothing here."""


class LedgerApplicationRecorder(LedgerAggregateRecorder, ApplicationRecorder):
    """Gives stored events back in the order of the log too."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append stored events in one transaction; give their positions."""
        return list(self._append(stored_events, **kwargs))

    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None, topics: Sequence[str] = (), *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:  # fmt: skip
        """Give at most `limit` events from `start` (itself included, or not) to `stop`, those of `topics` if any."""
        text = f"SELECT position, {_COLUMNS} FROM events WHERE position > ?"
        values: list[Any] = [start or 0]
        if start is not None and inclusive_of_start:
            values = [start - 1]
        if stop is not None:
            text, values = f"{text} AND position <= ?", [*values, stop]
        if topics:
            text, values = f"{text} AND topic IN ({', '.join('?' * len(topics))})", [*values, *topics]
        with as_the_library_says(), self.database.reading() as rows:
            found = rows.all(f"{text} ORDER BY position LIMIT ?", [*values, limit])
        return [Notification(UUID(bytes=bytes(row[1])), row[2], row[3], bytes(row[4]), row[0]) for row in found]

    def max_notification_id(self) -> int | None:
        """Give the position of the latest event, or None for an empty log."""
        with as_the_library_says(), self.database.reading() as rows:
            found = rows.one(_SIZE)
        return int(found[0]) if found and found[0] else None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> PollingSubscription:
        """Give the events after `gt`, and go on with new ones as they are appended."""
        return PollingSubscription(self, gt=gt, topics=topics)


class LedgerProcessRecorder(LedgerTrackingRecorder, LedgerApplicationRecorder, ProcessRecorder):
    """Records events together with how far their reader has come."""

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        LedgerApplicationRecorder.__init__(self, database, clock)

    def _beside(self, rows: Rows, **kwargs: Any) -> None:
        tracking: Tracking | None = kwargs.get("tracking")
        if tracking is not None:
            self._insert_tracking(rows, tracking)


def _new_event(event: StoredEvent, recorded_at: str) -> NewEvent:
    stream = UUID(bytes=identifier_bytes(event.originator_id))
    leaf = leaf_hash(event.state)
    return NewEvent(stream, event.originator_version, event.topic, event.state, new_id(), recorded_at, leaf)


def identifier_bytes(identifier: UUID | str) -> bytes:
    """Give the stored form of an identifier, which the library also takes as text."""
    return identifier.bytes if isinstance(identifier, UUID) else UUID(identifier).bytes


def select_stream(
    database: Database,
    text: str,
    values: Sequence[Any],
    *,
    gt: int | None,
    lte: int | None,
    desc: bool,
    limit: int | None,
) -> list[Any]:
    """Read a stream with the library's bounds; the few texts that this makes are cached by the driver."""
    bounds = [(part, value) for part, value in ((" AND stream_version > ?", gt), (" AND stream_version <= ?", lte))
              if value is not None]  # fmt: skip
    text += "".join(part for part, _ in bounds) + f" ORDER BY stream_version{' DESC' if desc else ''}"
    values = [*values, *(value for _, value in bounds)]
    if limit is not None:
        text, values = f"{text} LIMIT ?", [*values, limit]
    with as_the_library_says(), database.reading() as rows:
        return rows.all(text, values)
