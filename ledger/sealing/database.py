"""
Connections to the key store, and the two kinds of transaction.

A *write* holds the lock from its first statement (SQLite `BEGIN IMMEDIATE`, with the driver's own transactions off;
PostgreSQL `SELECT ... FOR UPDATE` of the one row of `keyring`). Every error of a driver comes out as an error of ours
that names its code and nothing else.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import URL, Connection, Engine, QueuePool, Table, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.errors import LedgerError
from ledger.limits import LOCK_WAIT
from ledger.sealing import schema
from ledger.sealing.failures import (
    ForeignKeyStore,
    KeyStoreAddressUnknown,
    KeyStoreBusy,
    KeyStoreDamaged,
    KeyStoreFromTheFuture,
    KeyStoreFull,
    KeyStoreReadOnly,
    KeyStoreUnavailable,
)

SQLITE = "sqlite"
_DRIVERS = {SQLITE: "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_WAIT_MS = int(LOCK_WAIT.total_seconds() * 1000)
_READER_WAIT_MS = 200
"""How long the emptying of the log waits for readers: a batch must not stand still at each of its keys."""
_PRAGMAS = (
    f"PRAGMA busy_timeout = {_WAIT_MS}",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA foreign_keys = ON",
)
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_MEANINGS: dict[str, type[LedgerError]] = {
    "SQLITE_BUSY": KeyStoreBusy,
    "SQLITE_LOCKED": KeyStoreBusy,
    "SQLITE_FULL": KeyStoreFull,
    "SQLITE_READONLY": KeyStoreReadOnly,
    "SQLITE_PERM": KeyStoreReadOnly,
    "SQLITE_AUTH": KeyStoreReadOnly,
    "SQLITE_NOTADB": KeyStoreDamaged,
    "SQLITE_CORRUPT": KeyStoreDamaged,
    "55P03": KeyStoreBusy,
    "57014": KeyStoreBusy,
    "40": KeyStoreBusy,
    "53100": KeyStoreFull,
    "42501": KeyStoreReadOnly,
    "25006": KeyStoreReadOnly,
    "28": KeyStoreReadOnly,
    "XX001": KeyStoreDamaged,
    "XX002": KeyStoreDamaged,
}
"""What a driver's code means, by its beginning; any other means that the key store can't be reached."""

Values = tuple[Any, ...]
"""The values of a row."""


class KeyDatabase:
    """The database of wrapped keys: a SQLite file, or a schema of a PostgreSQL server."""

    def __init__(self, url: str, *, ledger_id: UUID) -> None:
        self.address = url
        self.url = _url(url)
        self.ledger_id = ledger_id
        self.is_sqlite = self.url.get_backend_name() == SQLITE
        self.schema = f"ledger_{ledger_id.hex[:8]}_keys"
        connector = self._connect_to_file if self.is_sqlite else self._connect_to_server
        self._process = os.getpid()
        self.engine: Engine = create_engine(
            self.url.set(drivername=_DRIVERS[self.url.get_backend_name()]), creator=connector, hide_parameters=True,
            poolclass=QueuePool, pool_size=4, max_overflow=28, pool_timeout=LOCK_WAIT.total_seconds(),
            isolation_level="AUTOCOMMIT",
        )  # fmt: skip

    @property
    def path(self) -> Path:
        """The file of a SQLite key store."""
        return Path(self.url.database or "").absolute()

    def files(self) -> list[Path]:
        """Give the files of a SQLite key store that are there, its write-ahead log included."""
        if not self.is_sqlite:
            return []
        candidates = (self.path.with_name(self.path.name + ending) for ending in ("", "-wal", "-shm", "-journal"))
        return [file for file in candidates if file.exists()]

    def close(self) -> None:
        """Close every connection that is not lent."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read, each statement seeing the latest committed state."""
        if self._process != os.getpid():  # a forked process must not talk over its parent's connections
            self._process = os.getpid()
            self.engine.dispose(close=False)
        try:
            with self.engine.connect() as connection:
                yield connection
        except PoolTimeout as fault:
            raise KeyStoreBusy(fault="connections") from fault
        except DBAPIError as fault:
            raise meaning_of(fault.orig or fault) from fault

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read, all statements seeing one and the same state."""
        with self.reading() as connection:
            connection.exec_driver_sql("BEGIN" if self.is_sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield connection
            finally:
                with suppress(DBAPIError):  # a connection that broke has nothing to end; its own error is on its way
                    connection.exec_driver_sql("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """
        Write, alone, from the first statement to the commit.

        :raises KeyStoreBusy: if the lock was not given within `limits.LOCK_WAIT`
        """
        with self.reading() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if self.is_sqlite else "BEGIN ISOLATION LEVEL READ COMMITTED")
            try:
                if not self.is_sqlite:
                    connection.exec_driver_sql("SELECT one FROM keyring WHERE one = 1 FOR UPDATE")
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                # What can't be rolled back was never committed; the error that is on its way says why.
                with suppress(Exception):
                    connection.exec_driver_sql("ROLLBACK")
                raise

    def create(self) -> None:
        """Make the tables; does nothing where they are."""
        if self.is_sqlite:
            self._make_file()
        with self.reading() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            else:
                connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {self.schema}")
        with self.reading() as connection:
            schema.metadata.create_all(connection)

    def check(self, connection: Connection) -> None:
        """
        Check that this is the key store of this ledger, as this version writes it.

        :raises KeyStoreUnavailable: if it is not there, or was never filled
        :raises ForeignKeyStore: if it is another ledger's
        :raises KeyStoreFromTheFuture: if a later version wrote it
        """
        found = connection.execute(_IDENTITY).first()
        if found is None:
            raise KeyStoreUnavailable(fault="empty")
        if bytes(found.ledger_id) != self.ledger_id.bytes:
            raise ForeignKeyStore
        if found.version > schema.SCHEMA_VERSION:
            raise KeyStoreFromTheFuture(found=found.version, known=schema.SCHEMA_VERSION)

    def truncate_log(self) -> bool:
        """Empty the write-ahead log of a SQLite key store; False where a reader holds it: it must be done again."""
        if not self.is_sqlite:
            return True
        with self.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_READER_WAIT_MS}")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
            connection.exec_driver_sql(f"PRAGMA busy_timeout = {_WAIT_MS}")
        return not busy

    def vacuum(self) -> bool:
        """Rewrite the database, so that no page keeps traces of deleted rows; False where its log is still held."""
        with self.reading() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("VACUUM")
            else:
                for table in schema.metadata.sorted_tables:
                    connection.exec_driver_sql(f"VACUUM (FULL) {table.name}")
        return self.truncate_log()

    def _make_file(self) -> None:
        """Make the folder and an empty file that only their owner reads; SQLite's companion files get its rights."""
        try:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except PermissionError as fault:
            raise KeyStoreReadOnly(fault="create") from fault
        except OSError as fault:
            raise KeyStoreUnavailable(fault=type(fault).__name__) from fault

    def _connect_to_file(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                f"{self.path.as_uri()}?mode=rw", uri=True, timeout=LOCK_WAIT.total_seconds(), isolation_level=None,
                check_same_thread=False,
            )  # fmt: skip
        except sqlite3.OperationalError as fault:
            there = _is_there(self.path)
            raise (KeyStoreReadOnly if there else KeyStoreUnavailable)(fault="open") from fault
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    def _connect_to_server(self) -> Any:
        import psycopg  # slow to import, and of no use to a key store in a file

        address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(address, autocommit=True, connect_timeout=int(LOCK_WAIT.total_seconds()))
        settings = (("search_path", self.schema), ("lock_timeout", f"{_WAIT_MS}ms"), ("synchronous_commit", "on"))
        for name, value in settings:
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        return connection


_IDENTITY = schema.keyring.select().where(schema.keyring.c.one == 1)


def _url(address: str) -> URL:
    try:
        url = make_url(address)
        known = url.get_backend_name() in _DRIVERS
    except (ArgumentError, ValueError):
        known = False
    if not known:
        raise KeyStoreAddressUnknown
    return url


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return True


def insert_rows(connection: Connection, table: Table, rows: Sequence[Values]) -> None:
    """
    Write many rows, each in the order of the table's columns.

    They go to the driver as they are: what SQLAlchemy does to each value costs more than the writing.
    """
    if not rows:
        return
    statement = table.insert().compile(dialect=connection.dialect)
    names = table.columns.keys()
    if statement.positional:
        connection.exec_driver_sql(str(statement), list(rows))
    else:
        connection.exec_driver_sql(str(statement), [dict(zip(names, row, strict=True)) for row in rows])


def meaning_of(fault: BaseException) -> LedgerError:
    """Give the ledger's error for an error of a database driver."""
    code = str(getattr(fault, "sqlite_errorname", None) or getattr(fault, "sqlstate", None) or type(fault).__name__)
    for end in range(len(code), 1, -1):
        if code[:end] in _MEANINGS:
            return _MEANINGS[code[:end]](fault=code)
    return KeyStoreUnavailable(fault=code)
