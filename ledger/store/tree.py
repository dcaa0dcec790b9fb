"""What the proofs read of the log: the leaves, the upper levels of the tree that are kept, and the head."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ledger.merkle import Frontier
from ledger.store.engine import POSTGRESQL, Database, Rows
from ledger.store.failures import StoreCorrupt, StoreOnStandby

_HEAD = "SELECT size, frontier FROM log_head WHERE one = 1"
_LEAVES = "SELECT leaf_hash FROM leaves WHERE position > ? AND position <= ? ORDER BY position"
_NODES = "SELECT hash FROM tree_nodes WHERE level = ? AND number >= ? AND number < ? ORDER BY number"


class TreeState:
    """The tree as it stands in one state of the database."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        try:
            size, edge = rows.one(_HEAD) or (-1, b"")
            self.head = Frontier.from_bytes(size, bytes(edge))
        except ValueError as fault:
            raise StoreCorrupt(fault="log_head") from fault

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self.head.size

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Give up to `count` hashes of a kept level (0 for the leaves, 8, 16 ...), from the `first` on, from 0."""
        if level == 0:
            found = self._rows.all(_LEAVES, (first, first + count))
        else:
            found = self._rows.all(_NODES, (level, first, first + count))
        return [bytes(each) for (each,) in found]


class TreeReader:
    """Reads the tree of one ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def held(self) -> Iterator[TreeState]:
        """
        Give the tree in one state of the database, whatever is appended meanwhile.

        :raises StoreCorrupt: if the head is not the edge of any tree
        """
        with self._database.snapshot() as rows:
            yield TreeState(rows)

    def must_be_primary(self) -> None:
        """
        Go on only where the log is written: a standby may lack what was acknowledged, or come back as another log.

        :raises StoreOnStandby: on a server that only follows another one
        """
        if self._database.dialect == POSTGRESQL:
            with self._database.reading() as rows:
                if rows.one("SELECT pg_is_in_recovery()") == (True,):
                    raise StoreOnStandby
