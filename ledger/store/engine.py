"""
Connections to the event database, and the two kinds of transaction.

SQLAlchemy makes the tables and keeps the pool; statements are constant texts with `?` marks, run on the driver's own
connection, because building or compiling a statement on each call would cost several times the work itself.

A *read* sees one state of the database. A *write* takes the write lock first of all: on SQLite `BEGIN IMMEDIATE`, with
the driver's own transactions off; on PostgreSQL the first statement is `SELECT ... FOR UPDATE` of the head, at READ
COMMITTED, so that every later statement sees what was committed before the lock was given. A check made before the lock
could pass on a state that is gone.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol, cast

from sqlalchemy import URL, Engine, PoolProxiedConnection, QueuePool, create_engine, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.limits import LOCK_WAIT
from ledger.store.failures import LedgerBusy, StoreMissing, StoreReadOnly, meaning_of

SQLITE = "sqlite"
POSTGRESQL = "postgresql"

_SQLITE_PRAGMAS = (
    f"PRAGMA busy_timeout = {int(LOCK_WAIT.total_seconds() * 1000)}",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA recursive_triggers = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 4000",
)
_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_HEAD = "SELECT size, frontier FROM log_head WHERE one = 1"
_DRIVERS = {SQLITE: "sqlite+pysqlite", POSTGRESQL: "postgresql+psycopg"}
_VALUES_AT_ONCE = 10_000
Row = tuple[Any, ...]


class Cursor(Protocol):
    """What both drivers' cursors have in common."""

    rowcount: int

    def fetchone(self) -> Any:
        """Give the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Give all remaining rows."""
        ...


class Rows:
    """One transaction on one connection; turned into the driver's own placeholders, texts are cached."""

    __slots__ = ("_connection", "_postgresql", "dialect")

    def __init__(self, connection: Any, dialect: str) -> None:
        self._connection = connection
        self.dialect = dialect
        self._postgresql = dialect == POSTGRESQL

    def run(self, text: str, values: Sequence[Any] = ()) -> Cursor:
        """Run one statement."""
        if self._postgresql:
            return cast("Cursor", self._connection.execute(_with_percent_marks(text), values, binary=True))
        return cast("Cursor", self._connection.execute(text, values))

    def run_many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        if not rows:
            return
        if self._postgresql:
            with self._connection.cursor() as cursor:
                cursor.executemany(_with_percent_marks(text), rows)
        else:
            self._connection.executemany(text, rows)

    def one(self, text: str, values: Sequence[Any] = ()) -> Row | None:
        """Give the first row, or None."""
        row: Row | None = self.run(text, values).fetchone()
        return row

    def all(self, text: str, values: Sequence[Any] = ()) -> list[Row]:
        """Give every row."""
        return self.run(text, values).fetchall()

    def all_in(self, text: str, values: Sequence[Any]) -> list[Row]:
        """Give every row of a statement whose `IN ({})` takes all `values`, however many there are."""
        found: list[Row] = []
        for start in range(0, len(values), _VALUES_AT_ONCE):
            part = values[start : start + _VALUES_AT_ONCE]
            found += self.all(_with_marks(text, len(part)), part)
        return found


@lru_cache(maxsize=512)
def _with_percent_marks(text: str) -> str:
    return text.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=512)
def _with_marks(text: str, count: int) -> str:
    return text.format(", ".join("?" * count))


class Database:
    """One event database: a SQLite file, or a schema of a PostgreSQL server."""

    def __init__(self, url: str, *, schema: str | None = None) -> None:
        self.url: URL = make_url(url)
        self.dialect = self.url.get_backend_name()
        self.schema = schema
        connector = _sqlite_connector(self.url) if self.dialect == SQLITE else _postgresql_connector(self.url, schema)
        self.engine: Engine = create_engine(
            self.url.set(drivername=_DRIVERS[self.dialect]),
            creator=connector,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",  # transactions are begun and ended here, by name
            poolclass=QueuePool,
            pool_size=8,
            max_overflow=24,
            pool_timeout=LOCK_WAIT.total_seconds(),
        )
        self._driver_errors = _driver_errors(self.dialect)
        self._turn = Lock()
        self._closed = False

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    def close(self) -> None:
        """Close every connection; one that is lent closes when it comes back."""
        self._closed = True
        self.engine.dispose()

    @contextmanager
    def connection(self) -> Iterator[Any]:
        """Lend the driver's own connection, in autocommit; its errors come out as the ledger's."""
        lent = None
        try:
            lent = self.engine.raw_connection()
            yield lent.driver_connection
        except PoolTimeout as fault:
            raise LedgerBusy(fault="connections") from fault
        except self._driver_errors as fault:
            raise meaning_of(fault) from fault
        finally:
            if lent is not None:
                self._take_back(lent)

    def _take_back(self, lent: PoolProxiedConnection) -> None:
        if getattr(lent.driver_connection, "broken", False):  # the server is gone: so are the connections in the pool
            lent.invalidate()
            self.engine.dispose()
        elif self._closed:
            lent.invalidate()
        else:
            lent.close()

    @contextmanager
    def reading(self) -> Iterator[Rows]:
        """Read, each statement seeing the latest committed state."""
        with self.connection() as connection:
            yield Rows(connection, self.dialect)

    @contextmanager
    def snapshot(self) -> Iterator[Rows]:
        """Read, all statements seeing one and the same state."""
        with self.connection() as connection:
            connection.execute("BEGIN" if self.dialect == SQLITE else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield Rows(connection, self.dialect)
            finally:
                connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[tuple[Rows, Row]]:
        """
        Write: give the rows and the head (size, frontier), with the write lock held until the end.

        :raises LedgerBusy: if the lock was not given within `limits.LOCK_WAIT`
        """
        if not self._turn.acquire(timeout=LOCK_WAIT.total_seconds()):
            raise LedgerBusy(fault="turn")
        try:
            with self.connection() as connection:
                rows = Rows(connection, self.dialect)
                try:
                    head = _lock(rows)
                    yield rows, head
                    connection.execute("COMMIT")
                except BaseException:
                    _undo(connection)
                    raise
        finally:
            self._turn.release()


def _lock(rows: Rows) -> Row:
    """Begin, take the write lock, and give the head; the lock is the first statement that the transaction runs."""
    if rows.dialect == SQLITE:
        rows.run("BEGIN IMMEDIATE")
        head = rows.one(_HEAD)
    else:
        rows.run("BEGIN ISOLATION LEVEL READ COMMITTED")
        head = rows.one(_HEAD + " FOR UPDATE")
    if head is None:
        raise StoreMissing(fault="head")
    return head


def _undo(connection: Any) -> None:
    """Roll back; a connection too broken for that has nothing left to undo, and the error on its way says why."""
    with suppress(Exception):
        connection.rollback()


def _driver_errors(dialect: str) -> tuple[type[Exception], ...]:
    if dialect == SQLITE:
        return (sqlite3.Error,)
    import psycopg  # slow to import, and of no use to a ledger in a file

    return (psycopg.Error,)


def _sqlite_connector(url: URL) -> Callable[[], sqlite3.Connection]:
    path = Path(url.database or "").absolute()
    address = f"{path.as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                address, uri=True, timeout=LOCK_WAIT.total_seconds(), isolation_level=None, check_same_thread=False
            )
        except sqlite3.OperationalError as fault:
            raise (StoreReadOnly if path.exists() else StoreMissing)(fault="open") from fault
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)
        return connection

    return connect


def _postgresql_connector(url: URL, schema: str | None) -> Callable[[], Any]:
    if schema is None or not _SCHEMA_NAME.fullmatch(schema):
        raise ValueError("a ledger on PostgreSQL needs a schema: lower-case letters, digits and underscores")
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    settings = (
        ("search_path", schema),
        ("lock_timeout", f"{int(LOCK_WAIT.total_seconds() * 1000)}ms"),
        ("TimeZone", "UTC"),
    )

    def connect() -> Any:
        import psycopg  # slow to import, and of no use to a ledger in a file

        connection = psycopg.connect(address, autocommit=True, connect_timeout=int(LOCK_WAIT.total_seconds()))
        for name, value in settings:
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        # An acknowledged command survives a crash, whatever the server's habit is.
        connection.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        return connection

    return connect
