"""Whatever was written, destroyed and pruned: any row that is altered afterwards, in any column, is told."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from ledger.errors import LedgerError
from ledger.store.engine import SQLITE, Database, Row, Rows
from ledger.store.verification import check_log
from tests.properties.test_pruned_log import WORDS, Ledger, fresh

COLUMNS = {
    "leaves": ("position", "leaf_hash"),
    "events": ("position", "event_id", "stream_id", "stream_version", "topic", "recorded_at", "header"),
    "boxes": ("position", "box_no", "key_id", "bytes"),
    "log_head": ("size", "frontier"),
}
"""What the check compares, by table; the first two name a row."""
TABLES = st.sampled_from(["leaves", "events", "events", "boxes", "boxes", "log_head"])
SEEDS = st.integers(0, 2**32)
REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)
"""What a table does not take from anybody."""


@contextmanager
def behind(database: Database) -> Iterator[Rows]:
    """Change rows as whoever owns the database can: no trigger, no foreign key."""
    with database.reading() as rows:
        if database.dialect == SQLITE:
            rows.run("PRAGMA foreign_keys = OFF")
            for (name,) in rows.all("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
                rows.run(f"DROP TRIGGER {name}")
            yield rows
        else:
            rows.run("SET session_replication_role = replica")
            yield rows
            rows.run("SET session_replication_role = DEFAULT")


def flip(rows: Rows, table: str, random: Random) -> bool:
    """Change one bit of one value."""
    row = _row_of(rows, table, random)
    places = [place for place, value in enumerate(row or ()) if value != b""]
    if row is None:
        return False
    place = random.choice(places)
    return _put(rows, table, row, place, _flipped(row[place], random))


def confuse(rows: Rows, table: str, random: Random) -> bool:
    """Give a row the value that another one has in the same column."""
    one, two = _row_of(rows, table, random), _row_of(rows, table, random)
    if one is None or two is None:
        return False
    place = random.randrange(len(one))
    return one[place] != two[place] and _put(rows, table, one, place, two[place])


def drop(rows: Rows, table: str, random: Random) -> bool:
    """Take a row away."""
    row, names = _row_of(rows, table, random), COLUMNS[table]
    if row is None:
        return False
    rows.run(f"DELETE FROM {table} WHERE {names[0]} = ? AND {names[1]} = ?", row[:2])
    return True


def double(rows: Rows, table: str, random: Random) -> bool:
    """Put a row in again, at another position."""
    row, names = _row_of(rows, table, random), COLUMNS[table]
    if row is None or table == "log_head":
        return False
    position = random.choice([*range(1, 60)])
    try:
        rows.run(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(row))})", (position, *row[1:]))
    except REFUSED:
        return False
    return True


def _row_of(rows: Rows, table: str, random: Random) -> Row | None:
    found = rows.all(f"SELECT {', '.join(COLUMNS[table])} FROM {table} ORDER BY 1, 2")
    return tuple(random.choice(found)) if found else None


def _put(rows: Rows, table: str, row: Row, place: int, value: Any) -> bool:
    names = COLUMNS[table]
    try:
        rows.run(f"UPDATE {table} SET {names[place]} = ? WHERE {names[0]} = ? AND {names[1]} = ?", (value, *row[:2]))
    except REFUSED:
        return False
    return True


def _flipped(value: Any, random: Random) -> Any:
    if isinstance(value, int):
        return value ^ 1 << random.randrange(6)
    content = bytearray(value.encode() if isinstance(value, str) else value)
    content[random.randrange(len(content))] ^= 1 << random.randrange(7)
    return content.decode() if isinstance(value, str) else bytes(content)


def is_told(database: Database) -> bool:
    """Say whether the check tells it, with the position of the first flaw; it never crashes."""
    try:
        check = check_log(database)
    except LedgerError:
        return True
    return not check.whole and check.first is not None


ALTERATIONS: tuple[Callable[[Rows, str, Random], bool], ...] = (flip, flip, confuse, drop, double)


def altered(ledger: Ledger, words: list[str], table: str, random: Random) -> None:
    """Live a while, alter one thing, and look."""
    for word in ("open", *words):
        getattr(ledger, word)()
    ledger.prune()
    database = ledger.store.database
    assert check_log(database).whole
    alter = random.choice(ALTERATIONS)
    with behind(database) as rows:
        done = alter(rows, table, random)
    event(f"{alter.__name__} {table}: {done}")
    assert is_told(database) is done


@given(words=WORDS, table=TABLES, seed=SEEDS)
@settings(max_examples=60)
def test_whatever_is_altered_is_told_on_sqlite(words: list[str], table: str, seed: int) -> None:
    with fresh(None, Random(seed)) as ledger:
        altered(ledger, words, table, Random(seed))


@pytest.mark.usefixtures("postgres_server")
@given(words=WORDS, table=TABLES, seed=SEEDS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_altered_is_told_on_postgresql(postgres_url: str, words: list[str], table: str, seed: int) -> None:
    with fresh(postgres_url, Random(seed)) as ledger:
        altered(ledger, words, table, Random(seed))
