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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from ledger.bootstrap.verifying import CheckpointNotReached, Verified, verify
from ledger.errors import ExitCode, LedgerError
from ledger.merkle import Frontier, leaf_hash
from ledger.projections import tracking
from ledger.projections.procedures import PROCEDURES
from ledger.projections.tables import physical_name
from ledger.proof.checking import ArchiveFlaw
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import VerifierKey
from ledger.store.flaws import Flaw
from tests.integration.proof.desk import copied, grow, issue, put_back
from tests.integration.usecases.workbench import Workbench, make_workbench

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
def signed(tmp_path: Path) -> Iterator[Workbench]:
    """A ledger in a file that was worked with and signed several times."""
    bench = make_workbench(tmp_path / "ledger")
    person = bench.person()
    bench.procedure(person)
    issue(bench)
    grow(bench, 300)  # more than a tile, so that the tree has kept nodes
    issue(bench)
    bench.procedure(person)
    grow(bench, 3)
    issue(bench)
    assert verified(bench).whole
    yield bench
    bench.close()


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


def _flip(connection: sqlite3.Connection, table: str, column: str, chance: random.Random) -> Callable[[], None] | None:
    """Change one byte of one row; give what puts it back, or None where no such row is, or the table refuses it."""
    keys = _KEYS[table]
    rows = connection.execute(f"SELECT {keys} FROM {table} WHERE length({column}) > 0 ORDER BY {keys}").fetchall()
    if not rows:
        return None
    key = chance.choice(rows)
    same = " AND ".join(f"{name.strip()} = ?" for name in keys.split(","))
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {same}", key).fetchone()
    changed = _flipped(value, chance)
    try:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {same}", (changed, *key))
    except sqlite3.IntegrityError:
        return None
    named = dict(zip((name.strip() for name in keys.split(",")), key, strict=True))
    there = tuple(changed if name == column else part for name, part in named.items())

    def undo() -> None:
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {same}", (value, *there))

    return undo


def test_every_single_changed_byte_is_found(signed: Workbench, thorough: bool) -> None:
    chance, missed, places, tried = random.Random(SEED), [], _places(), 0
    wanted = FLIPS_AT_LENGTH if thorough else FLIPS
    with behind(signed) as target:
        for number in range(wanted * 2):
            database, table, column = places[number % len(places)]
            undo = _flip(target.database(database), table, column, chance)
            if undo is None:
                continue
            tried += 1
            if not is_found(signed):
                missed.append(f"{table}.{column}")
            undo()
            if tried == wanted:
                break
    assert (tried, missed) == (wanted, [])
    assert verified(signed).whole


def _leave(connection: sqlite3.Connection, *statements: str) -> None:
    for statement in statements:
        connection.execute(statement)


ATTACKS: dict[str, list[str]] = {
    "two headers swapped": [
        "CREATE TEMP TABLE t AS SELECT * FROM events WHERE position IN (20, 21)",
        ("UPDATE events SET header = (SELECT header FROM t WHERE t.position = 41 - events.position) "
        "WHERE position IN (20, 21)"),
    ],
    "two events swapped, with their leaves": [
        "UPDATE events SET position = -20 WHERE position = 20", "UPDATE events SET position = 20 WHERE position = 21",
        "UPDATE events SET position = 21 WHERE position = -20",
        "UPDATE leaves SET position = 999020 WHERE position = 20",
        "UPDATE leaves SET position = 20 WHERE position = 21",
        "UPDATE leaves SET position = 21 WHERE position = 999020",
    ],
    "an event dropped": ["DELETE FROM events WHERE position = 20"],
    "an event dropped, with its boxes and leaf": [
        "DELETE FROM boxes WHERE position = 20", "DELETE FROM events WHERE position = 20",
        "DELETE FROM leaves WHERE position = 20",
    ],
    "a box dropped": ["DELETE FROM boxes WHERE position = 20"],
    "a box moved": ["UPDATE boxes SET position = 21, box_no = 9 WHERE position = 20 AND box_no = 0"],
    "a box doubled": [
        "INSERT INTO boxes SELECT position, 7, key_id, bytes FROM boxes WHERE position = 20 AND box_no = 0"
    ],
    "an event doubled at the end": [
        "INSERT INTO leaves SELECT (SELECT size + 1 FROM log_head), leaf_hash FROM leaves WHERE position = 20",
        ("INSERT INTO events SELECT (SELECT size + 1 FROM log_head), event_id, stream_id, stream_version + 9, topic, "
        "recorded_at, header FROM events WHERE position = 20"),
    ],
    "a kept node dropped": ["DELETE FROM tree_nodes WHERE level = 8 AND number = 0"],
    "a kept node put in": ["INSERT INTO tree_nodes VALUES (8, 5, zeroblob(32))"],
    "a header that is no text": ["UPDATE events SET header = zeroblob(300) WHERE position = 20"],
    "a huge header": ["UPDATE events SET header = zeroblob(65535) WHERE position = 20"],
    "an empty header": ["UPDATE events SET header = x'' WHERE position = 20"],
}  # fmt: skip


@pytest.mark.parametrize("attack", list(ATTACKS))
def test_what_an_administrator_can_do_to_rows_is_found(signed: Workbench, attack: str) -> None:
    with behind(signed) as target:
        _leave(target.log, *ATTACKS[attack])
    found = verified(signed)
    assert not found.log.whole
    assert found.log.first is not None


def test_columns_that_lost_their_types_are_told_and_nothing_crashes(signed: Workbench) -> None:
    with behind(signed) as target:
        for table in ("events", "boxes"):
            (made,) = target.log.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            loose = made.replace("STRICT", "").replace(f"TABLE {table}", f"TABLE {table}_loose").replace("BLOB", "")
            _leave(
                target.log, loose.rstrip().rstrip(","), f"INSERT INTO {table}_loose SELECT * FROM {table}",
                f"DROP TABLE {table}", f"ALTER TABLE {table}_loose RENAME TO {table}",
            )  # fmt: skip
        _leave(
            target.log,
            "UPDATE events SET header = 'text' WHERE position = 20",
            "UPDATE events SET event_id = 5 WHERE position = 21",
            "UPDATE boxes SET bytes = 7 WHERE position = 22",
            "UPDATE events SET stream_version = 'x' WHERE position = 23",
        )
    flaws = {(found.position, found.flaw) for found in verified(signed).log.breaks}
    told = {20: Flaw.COLUMN_DIFFERS, 21: Flaw.COLUMN_DIFFERS, 22: Flaw.BOX_ALTERED, 23: Flaw.COLUMN_DIFFERS}
    assert set(told.items()) <= flaws


def _recomputed(log: sqlite3.Connection) -> None:
    """Compute the tree anew, as whoever wants to hide a change would."""
    leaves = [leaf_hash(header) for (header,) in log.execute("SELECT header FROM events ORDER BY position")]
    log.executemany("UPDATE leaves SET leaf_hash = ? WHERE position = ?", [(h, n) for n, h in enumerate(leaves, 1)])
    tree, full = Frontier().grow(leaves)
    log.execute("DELETE FROM tree_nodes")
    log.executemany("INSERT INTO tree_nodes VALUES (?, ?, ?)", [tuple(node) for node in full])
    log.execute("UPDATE log_head SET size = ?, frontier = ?", (tree.size, tree.to_bytes()))


def test_a_change_with_a_recomputed_tree_is_told_by_what_was_signed(signed: Workbench) -> None:
    with behind(signed) as target:
        target.log.execute(
            "UPDATE events SET recorded_at = replace(recorded_at, '2026', '2025'), "
            'header = CAST(replace(CAST(header AS TEXT), \'"recorded_at":"2026\', \'"recorded_at":"2025\') AS BLOB) '
            "WHERE position = 20"
        )
        _recomputed(target.log)
    found = verified(signed)
    assert found.log.whole, "the log says of itself that it is whole"
    assert found.archive is not None
    assert {each.flaw for each in found.archive.findings} == {ArchiveFlaw.CHECKPOINT_DIFFERS}


def test_a_tail_that_was_cut_off_is_told_by_what_was_signed(signed: Workbench, tmp_path: Path) -> None:
    earlier = copied(signed, tmp_path)
    grow(signed, 5)
    issue(signed)
    put_back(signed, earlier)
    found = verified(signed)
    assert found.log.whole, "the old file is whole"
    assert found.archive is not None
    assert [each.flaw for each in found.archive.findings] == [ArchiveFlaw.CHECKPOINT_BEYOND]


def test_a_checkpoint_of_another_log_is_refused(signed: Workbench, tmp_path: Path) -> None:
    other = make_workbench(tmp_path / "other")
    issue(other)
    note = str(other.ledger.archive.all()[0].note)
    other.close()
    with behind(signed) as target:
        target.archive.execute("UPDATE checkpoints SET note = ? WHERE rowid = 1", (note,))
    assert is_found(signed)


def test_a_trusted_checkpoint_spares_what_it_stands_for_and_refuses_another_past(signed: Workbench) -> None:
    first, *_, last = signed.ledger.archive.all()
    assert from_(signed, last.checkpoint).whole
    with behind(signed) as target:
        _leave(target.log, "UPDATE boxes SET bytes = zeroblob(300) WHERE position = 20")
    assert from_(signed, last.checkpoint).whole, "boxes before it are not read"
    assert not from_(signed, first.checkpoint).whole or first.checkpoint.size >= 20
    wrong = replace(last.checkpoint, root=bytes(32))
    assert from_(signed, wrong).trusted is False
    with pytest.raises(CheckpointNotReached) as raised:
        from_(signed, replace(last.checkpoint, size=10**6))
    assert raised.value.exit_code is ExitCode.INTEGRITY, "records that were signed are gone"


def from_(bench: Workbench, trusted: Checkpoint) -> Verified:
    return verify(
        bench.ledger, trusted=trusted, keys=(), witnesses=(), read_models=False, progress=lambda done, of: None
    )


def test_read_models_that_were_changed_are_told(bench: Workbench) -> None:
    bench.procedure()
    bench.ledger.current_views()
    assert compared(bench) == ()
    with bench.ledger.views.writing() as connection:
        number = next(each.number for each in tracking.live(connection) if each.model == PROCEDURES.model)
        connection.execute(text(f"DELETE FROM {physical_name(PROCEDURES, number)}"))
    assert compared(bench) == (PROCEDURES.name,)


def compared(bench: Workbench) -> tuple[str, ...] | None:
    return verify(
        bench.ledger, trusted=None, keys=(), witnesses=(), read_models=True, progress=lambda done, of: None
    ).differing


def test_the_key_that_one_knows_is_the_one_that_counts(signed: Workbench) -> None:
    [known] = {key for key in signed.ledger.archive.verifier_keys() if key.name.endswith("/e1")}
    other = VerifierKey(known.name, known.algorithm, bytes(range(32)))
    for keys, whole in (((known,), True), ((other,), False)):
        found = verify(
            signed.ledger, trusted=None, keys=keys, witnesses=(), read_models=False, progress=lambda done, of: None
        )
        assert found.whole is whole


def test_an_archive_that_is_gone_or_forgets_an_origin_is_told(signed: Workbench) -> None:
    signed.ledger.archive.path.unlink()
    found = verified(signed)
    assert found.archive is not None
    assert [each.flaw for each in found.archive.findings] == [ArchiveFlaw.ORIGIN_FORGOTTEN]
    signed.ledger.archive.create(signed.ledger.settings.ledger_id)
    found = verified(signed)
    assert found.archive is not None
    assert [each.flaw for each in found.archive.findings] == [ArchiveFlaw.ORIGIN_FORGOTTEN]
