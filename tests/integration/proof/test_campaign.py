"""
Changes by whoever owns the database: one byte anywhere, rows swapped, dropped, doubled or put in, a tail cut off.

Rows are changed by SQL with the triggers out of the way: that is what an administrator can do. What is changed is the
log, the tree and what was signed; links are not hashed (docs/explanation/promises.md).
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.bootstrap.verifying import Verified, verify
from ledger.errors import IntegrityBroken, LedgerError
from ledger.merkle import Frontier, leaf_hash
from ledger.store.flaws import Flaw
from tests.integration.proof.desk import copied, grow, issue, put_back, reopened
from tests.integration.usecases.workbench import Workbench

FLIPS, FLIPS_AT_LENGTH = 500, 20_000
SEED = 20261126
_KEYS: dict[str, str] = {
    "leaves": "position", "events": "position", "boxes": "position, box_no", "tree_nodes": "level, number",
    "log_head": "one", "store_format": "one", "checkpoints": "origin, size", "origins": "number",
}  # fmt: skip
_COLUMNS: dict[str, dict[str, str]] = {
    "log": {
        "leaves": "leaf_hash", "events": "event_id stream_id stream_version topic recorded_at header",
        "boxes": "position box_no key_id bytes", "tree_nodes": "hash level number", "log_head": "frontier size",
        "store_format": "ledger_id",
    },
    "archive": {"checkpoints": "note root size origin", "origins": "name follows position"},
}  # fmt: skip


@dataclass
class Target:
    """The files of a ledger, opened behind its back."""

    log: sqlite3.Connection
    archive: sqlite3.Connection

    def database(self, name: str) -> sqlite3.Connection:
        return self.log if name == "log" else self.archive


def verified(bench: Workbench) -> Verified:
    return verify(bench.ledger, trusted=None, keys=(), witnesses=(), read_models=False, progress=lambda done, of: None)


def is_found(bench: Workbench) -> bool:
    """Say whether the alteration is told: as a finding, or as an error with code 7, 8 or 9; never as a crash."""
    try:
        return not verified(bench).whole
    except LedgerError:
        return True


@contextmanager
def behind(bench: Workbench) -> Iterator[Target]:
    """Open the files with no trigger in the way; what is done is taken back in the end."""
    with closing(_opened(bench.ledger.database.path)) as log, closing(_opened(bench.ledger.archive.path)) as archive:
        yield Target(log, archive)


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = OFF")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    return connection


@pytest.fixture
def signed(sqlite_bench: Workbench) -> Workbench:
    """A ledger that was worked with, destroyed from and signed, several times."""
    bench = sqlite_bench
    bench.procedure()
    issue(bench)
    grow(bench, 300)  # more than a tile, so that the tree has kept nodes
    issue(bench)
    bench.procedure()
    grow(bench, 3)
    issue(bench)
    assert verified(bench).whole
    return bench


def _flipped(value: Any, chance: random.Random) -> Any:
    """Change one bit of one byte of a value of any column."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(6))
    content = bytearray(value if isinstance(value, bytes) else value.encode())
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return bytes(content) if isinstance(value, bytes) else content.decode("latin-1")


def _places() -> list[tuple[str, str, str]]:
    return [
        (database, table, column)
        for database, tables in _COLUMNS.items()
        for table, columns in tables.items()
        for column in columns.split()
    ]


def test_every_single_changed_byte_is_found(signed: Workbench, thorough: bool) -> None:
    chance, missed, places = random.Random(SEED), [], _places()
    with behind(signed) as target:
        for number in range(FLIPS_AT_LENGTH if thorough else FLIPS):
            database, table, column = places[number % len(places)]
            connection = target.database(database)
            connection.execute("BEGIN")
            where = _chosen(connection, table, column, chance)
            if where is not None and _flip(connection, table, column, where, chance):
                connection.execute("COMMIT")
                if not is_found(signed):
                    missed.append(f"{table}.{column} {where}")
                undo = connection.execute
                undo(f"UPDATE {table} SET {column} = kept.value FROM kept")
            connection.execute("ROLLBACK") if connection.in_transaction else None
    assert missed == []
    assert verified(signed).whole
