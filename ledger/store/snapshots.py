"""
Snapshots, for applications of the `eventsourcing` library that ask for them.

The ledger never makes one: a snapshot would be a second copy of what an erasure must reach. They live in a table of
their own, outside the log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, StoredEvent

from ledger.store.engine import POSTGRESQL, Database
from ledger.store.recorder import as_the_library_says, identifier_bytes, select_stream

_PURPOSE = re.compile(r"[a-z][a-z_]{0,30}")


class SnapshotRecorder(AggregateRecorder):
    """Records snapshots in a table of their own."""

    def __init__(self, database: Database, purpose: str, *, create: bool) -> None:
        if not _PURPOSE.fullmatch(purpose):
            raise ValueError("a purpose is lower-case letters and underscores")
        self._database = database
        self._table = f"library_{purpose}"
        if create:
            self._create_table()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """
        Write snapshots in one transaction.

        :raises IntegrityError: if there is one of that version
        """
        text = f"INSERT INTO {self._table} (stream_id, stream_version, topic, state) VALUES (?, ?, ?, ?)"
        values = [(identifier_bytes(e.originator_id), e.originator_version, e.topic, e.state) for e in stored_events]
        with as_the_library_says(), self._database.writing() as (rows, _):
            rows.run_many(text, values)
        return None

    def select_events(
        self, originator_id: UUID | str, *, gt: int | None = None, lte: int | None = None, desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:  # fmt: skip
        """Give the snapshots of a stream, from after version `gt` to `lte`."""
        text = f"SELECT stream_id, stream_version, topic, state FROM {self._table} WHERE stream_id = ?"
        values = [identifier_bytes(originator_id)]
        found = select_stream(self._database, text, values, gt=gt, lte=lte, desc=desc, limit=limit)
        return [StoredEvent(UUID(bytes=bytes(row[0])), row[1], row[2], bytes(row[3])) for row in found]

    def _create_table(self) -> None:
        blob = "BYTEA" if self._database.dialect == POSTGRESQL else "BLOB"
        with as_the_library_says(), self._database.writing() as (rows, _):
            rows.run(
                f"CREATE TABLE IF NOT EXISTS {self._table} (stream_id {blob} NOT NULL, "
                "stream_version INTEGER NOT NULL, topic TEXT NOT NULL, "
                f"state {blob} NOT NULL, PRIMARY KEY (stream_id, stream_version))"
            )
