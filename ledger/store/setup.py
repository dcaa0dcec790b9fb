"""Making a new event database, and opening one that exists: whose it is, and which version wrote it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from sqlalchemy import Dialect
from sqlalchemy.schema import CreateIndex, CreateTable

from ledger.store import triggers
from ledger.store.engine import SQLITE, Database, Rows
from ledger.store.failures import (
    ForeignStore,
    StoreCorrupt,
    StoreFromTheFuture,
    StoreMissing,
    StoreReadOnly,
    StoreUnsuitable,
)
from ledger.store.migrations import STEPS
from ledger.store.schema import SCHEMA_VERSION, metadata

_IDENTITY = "SELECT version, ledger_id FROM store_format WHERE one = 1"


def create_store(database: Database, ledger_id: UUID) -> None:
    """
    Make the tables of a new ledger; does nothing when they are already there for this ledger.

    :raises ForeignStore: if the database holds another ledger
    :raises StoreUnsuitable: if the file system can't keep a write-ahead log
    """
    if database.dialect == SQLITE:
        _make_file(database)
    with database.reading() as rows:
        if database.dialect == SQLITE:
            if rows.one("PRAGMA journal_mode = WAL") != (
                "wal",
            ):  # a network share, or a file system without shared memory
                raise StoreUnsuitable
            rows.run("BEGIN IMMEDIATE")
        else:
            rows.run(f"CREATE SCHEMA IF NOT EXISTS {database.schema}")
            rows.run("BEGIN")
            rows.run("SELECT pg_advisory_xact_lock(hashtext(?))", (database.schema,))
        try:
            _create_tables(rows, ledger_id)
            rows.run("COMMIT")
        except BaseException:
            rows.connection.rollback()
            raise
    open_store(database, ledger_id)


def open_store(database: Database, ledger_id: UUID) -> None:
    """
    Check that the database is this ledger's, and bring its tables up to this version.

    :raises StoreMissing: if there is no ledger in it
    :raises ForeignStore: if it is another ledger's
    :raises StoreFromTheFuture: if a later version wrote it
    """
    with database.reading() as rows:
        if not _has_tables(rows):
            raise StoreMissing(fault="tables")
        found = rows.one(_IDENTITY)
    if found is None:
        raise StoreCorrupt(fault="store_format")
    version, owner = found
    if bytes(owner) != ledger_id.bytes:
        raise ForeignStore
    if version > SCHEMA_VERSION:
        raise StoreFromTheFuture(found=version, known=SCHEMA_VERSION)
    for step in range(version + 1, SCHEMA_VERSION + 1):
        _migrate(database, step)


@contextmanager
def on_path(rows: Rows, path: str) -> Iterator[None]:
    """Open a path of change ('destroy', 'prune', 'migrate') within this transaction, and close it again."""
    _set_path(rows, path)
    yield
    _set_path(rows, "")  # not in a `finally`: an error undoes the transaction, and with it the path


def _set_path(rows: Rows, path: str) -> None:
    if rows.dialect == SQLITE:
        rows.run("UPDATE maintenance SET path = ? WHERE one = 1", (path,))
    else:
        rows.run("SELECT set_config('ledger.path', ?, true)", (path,))


def _make_file(database: Database) -> None:
    """Make an empty file that only its owner reads; SQLite gives its companions the same rights."""
    try:
        os.close(os.open(database.path, os.O_CREAT | os.O_RDWR, 0o600))
    except FileNotFoundError as fault:
        raise StoreMissing(fault="folder") from fault
    except PermissionError as fault:
        raise StoreReadOnly(fault="create") from fault


def _create_tables(rows: Rows, ledger_id: UUID) -> None:
    if _has_tables(rows):
        return
    lay_tables(rows)
    lay_triggers(rows)
    rows.run("INSERT INTO log_head (one, size, frontier) VALUES (1, 0, ?)", (b"",))
    rows.run("INSERT INTO store_format (one, version, ledger_id) VALUES (1, ?, ?)", (SCHEMA_VERSION, ledger_id.bytes))


def lay_tables(rows: Rows) -> None:
    """Make the tables, empty, and their indexes; they refuse no change before `lay_triggers`."""
    dialect = _dialect_of(rows)
    for table in metadata.sorted_tables:
        rows.run(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            rows.run(str(CreateIndex(index).compile(dialect=dialect)))


def _dialect_of(rows: Rows) -> Dialect:
    """Give the words of a database; they are loaded where tables are made, which is once, and not by every command."""
    if rows.dialect == SQLITE:
        from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

        return SQLiteDialect_pysqlite()
    from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

    return PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy's


def lay_triggers(rows: Rows) -> None:
    """Make the triggers that refuse change."""
    for statement in triggers.for_sqlite() if rows.dialect == SQLITE else triggers.for_postgresql():
        rows.run(statement)


def _has_tables(rows: Rows) -> bool:
    if rows.dialect == SQLITE:
        return rows.one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'store_format'") is not None
    return rows.one("SELECT 1 WHERE to_regclass('store_format') IS NOT NULL") is not None


def _migrate(database: Database, step: int) -> None:
    with database.writing() as (rows, _):
        found = rows.one(_IDENTITY)
        if found is None or found[0] >= step:
            return
        with on_path(rows, "migrate"):
            for statement in STEPS[step].statements[rows.dialect]:
                rows.run(statement)
            if (then := STEPS[step].then) is not None:
                then(rows)
            rows.run("UPDATE store_format SET version = ? WHERE one = 1", (step,))
