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

from ledger.bootstrap.proving import change_signing_key
from ledger.bootstrap.verifying import CheckpointNotReached, Verified, verify
from ledger.errors import ExitCode, IntegrityBroken
from ledger.merkle import Frontier, leaf_hash
from ledger.projections import tracking
from ledger.projections.procedures import PROCEDURES
from ledger.projections.tables import physical_name
from ledger.proof.archive_failures import ArchiveFromTheFuture, ForeignArchive
from ledger.proof.checking import ArchiveFlaw
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import VerifierKey
from ledger.store.flaws import Flaw
from tests.integration.proof.attested import make_attested
from tests.integration.proof.desk import copied, grow, issue, put_back, reopened
from tests.integration.usecases.workbench import Workbench, make_workbench

FLIPS, FLIPS_AT_LENGTH, PARTS = 500, 20_000, 4
SEED = 20261126
_KEYS: dict[str, str] = {
    "leaves": "position", "events": "position", "boxes": "position, box_no", "tree_nodes": "level, number",
    "log_head": "one", "store_format": "one", "checkpoints": "origin, size", "origins": "number",
    "signing_keys": "number", "cosignatures": "origin, size, name, key_id", "tokens": "origin, size, digest",
    "archive": "one",
}  # fmt: skip
_COLUMNS: dict[str, dict[str, str]] = {
    "log": {
        "leaves": "leaf_hash", "events": "event_id stream_id stream_version topic recorded_at header",
        "boxes": "position box_no key_id bytes", "tree_nodes": "hash level number", "log_head": "frontier size",
        "store_format": "ledger_id",
    },
    "archive": {
        "checkpoints": "note root size origin why issued_at",
        "origins": "number name follows position reason opened_at",
        "signing_keys": "public succession since", "cosignatures": "signature name key_id origin size",
        "tokens": "token digest origin size", "archive": "ledger_id version",
    },
}  # fmt: skip
_REMARKS = {"checkpoints.issued_at", "origins.opened_at", "signing_keys.since"}
"""Nobody signs at what time the ledger thinks that it signed: that is what timestamps are for. It is read, though."""


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
    """
    Say whether the alteration is told: as a finding, or as what it is, with code 7; never as a crash.

    An archive that says that it is another's, or of another version, has code 9. A cosignature that claims to be of
    a witness that nobody knows is told as one that can't be checked.
    """
    try:
        found = verified(bench)
    except (IntegrityBroken, ForeignArchive, ArchiveFromTheFuture):
        return True
    return not found.whole or bool(found.archive and found.archive.unchecked_cosignatures)


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
    """A ledger in a file that was worked with, signed, cosigned and stamped several times."""
    bench = make_attested(tmp_path)
    found = verified(bench)
    assert found.whole
    assert found.archive is not None
    archive = found.archive
    assert (archive.checkpoints, archive.cosignatures, archive.timestamps) == (4, 2, 2)
    assert (archive.unchecked_cosignatures, archive.unchecked_timestamps) == (0, 0)
    yield bench
    bench.close()


def _flipped(value: Any, chance: random.Random) -> Any:
    """Change one bit of one byte of a value of any column."""
    if isinstance(value, int):
        return value ^ (1 << chance.randrange(63))
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


@pytest.mark.parametrize("part", range(PARTS))
def test_every_single_changed_byte_is_found(signed: Workbench, thorough: bool, part: int) -> None:
    chance, missed, places, tried = random.Random(SEED + part), [], _places(), 0
    wanted = (FLIPS_AT_LENGTH if thorough else FLIPS) // PARTS
    with behind(signed) as target:
        for number in range(wanted * 2):
            database, table, column = places[number % len(places)]
            undo = _flip(target.database(database), table, column, chance)
            if undo is None:
                continue
            tried += 1
            if not is_found(signed) and f"{table}.{column}" not in _REMARKS:
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


def test_the_key_that_one_knows_is_the_one_that_counts_and_leads_to_those_before_and_after_it(
    signed: Workbench,
) -> None:
    first, last = (
        key.verifier(f"{signed.ledger.settings.ledger_id.hex}/e1") for key in signed.ledger.archive.signing_keys()
    )
    other = VerifierKey(first.name, first.algorithm, bytes(range(32)))
    elsewhere = VerifierKey(f"{'0' * 32}/e1", first.algorithm, first.public)
    for keys, whole in (((first,), True), ((last,), True), ((other,), False), ((elsewhere,), False)):
        assert from_keys(signed, *keys).whole is whole
    unsigned = "UPDATE signing_keys SET succession = (SELECT note FROM checkpoints LIMIT 1) WHERE number = 2"
    with behind(signed) as target:
        _leave(target.archive, unsigned)
    flaws = set(findings_of(from_keys(signed, first)))
    assert flaws == {ArchiveFlaw.SUCCESSION_FORGED, ArchiveFlaw.CHECKPOINT_FORGED}, "nothing leads to the second key"


def test_a_key_whose_predecessor_was_lost_counts_only_where_it_is_given(bench: Workbench) -> None:
    issue(bench)
    (bench.ledger.locations.keys_folder / "signing.key").unlink()
    change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=True, why="disque perdu")
    reopened(bench)
    issue(bench)
    first, last = (
        key.verifier(f"{bench.ledger.settings.ledger_id.hex}/e1") for key in bench.ledger.archive.signing_keys()
    )
    assert [from_keys(bench, *keys).whole for keys in ((), (first, last), (first,), (last,))] == [
        True,
        True,
        False,
        False,
    ]


def from_keys(bench: Workbench, *keys: VerifierKey) -> Verified:
    return verify(
        bench.ledger, trusted=None, keys=keys, witnesses=(), read_models=False, progress=lambda done, of: None
    )


def findings_of(found: Verified) -> list[ArchiveFlaw]:
    assert found.archive is not None
    return [each.flaw for each in found.archive.findings]


@pytest.mark.parametrize("table", ["cosignatures", "tokens"])
def test_what_others_signed_and_nobody_here_can_check_is_counted_apart(signed: Workbench, table: str) -> None:
    (
        signed.ledger.locations.policy_file if table == "cosignatures" else signed.ledger.locations.authority_file
    ).unlink()
    found = verified(signed).archive
    assert found is not None
    assert (found.unchecked_cosignatures, found.unchecked_timestamps) == ((2, 0) if table == "cosignatures" else (0, 2))
    assert found.whole


def test_an_archive_that_is_gone_or_forgets_an_origin_is_told(signed: Workbench) -> None:
    signed.ledger.archive.path.unlink()
    assert findings_of(verified(signed)) == [ArchiveFlaw.ORIGIN_FORGOTTEN]
    signed.ledger.archive.create(signed.ledger.settings.ledger_id)
    assert findings_of(verified(signed)) == [ArchiveFlaw.ORIGIN_FORGOTTEN] * 2
