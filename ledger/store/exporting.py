"""What a pack of proof reads of the log: the tree and the records, in one state of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from ledger.store.engine import Database
from ledger.store.header import instant
from ledger.store.tree import TreeState

_HEADERS = "SELECT position, header FROM events WHERE position > ? AND position <= ? ORDER BY position"
_SPAN = "SELECT MIN(position), MAX(position) FROM events WHERE recorded_at >= ? AND recorded_at < ?"


class ExportedState(TreeState):
    """The log as it stands in one state of the database."""

    def headers(self, after: int, upto: int) -> dict[int, bytes]:
        """Give the records of the positions from after `after` to `upto` that are not pruned."""
        return {position: bytes(header) for position, header in self._rows.all(_HEADERS, (after, upto))}

    def span(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Give the first and the last position recorded from `since` and before `until`; (1, 0) where there is none."""
        first, last = self._rows.one(_SPAN, (instant(since), instant(until))) or (None, None)
        return (1, 0) if first is None else (first, last)


class LogExport:
    """Reads the log of one ledger for a pack."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def held(self) -> Iterator[ExportedState]:
        """
        Give the log in one state, whatever is appended or pruned meanwhile.

        :raises StoreCorrupt: if the head is not the edge of any tree
        """
        with self._database.snapshot() as rows:
            yield ExportedState(rows)
