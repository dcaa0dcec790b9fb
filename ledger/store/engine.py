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
import select
import sqlite3
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, Protocol, cast

from sqlalchemy import URL, Engine, PoolProxiedConnection, QueuePool, create_engine, make_url
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.limits import LOCK_WAIT
from ledger.store.failures import LedgerBusy, StoreCorrupt, StoreMissing, StoreReadOnly, meaning_of

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
_CONNECTIONS = 32
_AT_HAND = 4
_STATEMENTS_KEPT = 512
QUESTIONS_AT_ONCE = 500
"""The most questions that one statement answers."""
VALUES_AT_ONCE = 5_000
"""The most values that one statement takes."""
Row = tuple[Any, ...]
Question = tuple[str, Sequence[Any]]


class Cursor(Protocol):
    """What both drivers' cursors have in common."""

    rowcount: int

    def fetchone(self) -> Any:
        """Give the next row, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """Give all remaining rows."""
        ...


class Rows(ABC):
    """One connection, lent for a transaction, with the same face on both databases; marks are `?` in every text."""

    __slots__ = ("connection", "lent", "run")
    dialect: ClassVar[str]
    run: Callable[..., Cursor]
    """Run one statement, with the values of its marks."""

    def __init__(self, lent: PoolProxiedConnection) -> None:
        self.lent = lent
        self.connection: Any = lent.driver_connection
        self.run = self._runner(self.connection)

    def has_ended(self) -> bool:
        """Say whether the server ended the session while it waited."""
        return False

    def is_broken(self) -> bool:
        """Say whether the connection broke while it was used."""
        return False

    @abstractmethod
    def run_many(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""

    @abstractmethod
    def together(self) -> AbstractContextManager[Any]:
        """Send the statements of a block in one go, where that saves waiting for each."""

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
        for start in range(0, len(values), VALUES_AT_ONCE):
            part = values[start : start + VALUES_AT_ONCE]
            found += self.all(text.format(marks(len(part))), part)
        return found

    def ask(self, questions: Sequence[Question]) -> list[Any]:
        """Give the answer to each question (a scalar expression and its values), asked in as few statements as fit."""
        answers: list[Any] = []
        for start in range(0, len(questions), QUESTIONS_AT_ONCE):
            part = questions[start : start + QUESTIONS_AT_ONCE]
            text = "SELECT " + ", ".join([expression for expression, _ in part])
            answers += self.one(text, [value for _, values in part for value in values]) or ()
        return answers

    @abstractmethod
    def _runner(self, connection: Any) -> Callable[..., Cursor]:
        """Give the driver's own way to run a statement."""


class SqliteRows(Rows):
    """Rows of a SQLite file."""

    __slots__ = ()
    dialect = SQLITE

    def run_many(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        if values:
            self.connection.executemany(text, values)

    def together(self) -> AbstractContextManager[Any]:
        """Do nothing: there is nobody to wait for."""
        return nullcontext()

    def _runner(self, connection: Any) -> Callable[..., Cursor]:
        return cast("Callable[..., Cursor]", connection.execute)


class PostgresqlRows(Rows):
    """Rows of a PostgreSQL schema."""

    __slots__ = ()
    dialect = POSTGRESQL

    def has_ended(self) -> bool:
        """Say whether the server ended the session while it waited: an idle session has nothing to say but goodbye."""
        if self.connection.closed:
            return True
        waiting = select.poll()
        waiting.register(self.connection.pgconn.socket, select.POLLIN)
        return bool(waiting.poll(0))

    def is_broken(self) -> bool:
        """Say whether the connection broke while it was used."""
        return bool(self.connection.broken)

    def run_many(self, text: str, values: Sequence[Sequence[Any]]) -> None:
        """Run one statement for each row of values."""
        if values:
            with self.connection.cursor() as cursor:
                cursor.executemany(_with_percent_marks(text), values)

    def together(self) -> AbstractContextManager[Any]:
        """Send the statements of a block without waiting for the answer to each."""
        return cast("AbstractContextManager[Any]", self.connection.pipeline())

    def _runner(self, connection: Any) -> Callable[..., Cursor]:
        def run(text: str, values: Sequence[Any] = ()) -> Cursor:
            return cast("Cursor", connection.execute(_with_percent_marks(text), values, binary=True))

        return run


_ROWS: dict[str, type[Rows]] = {SQLITE: SqliteRows, POSTGRESQL: PostgresqlRows}


@lru_cache(maxsize=512)
def _with_percent_marks(text: str) -> str:
    return text.replace("%", "%%").replace("?", "%s")


@lru_cache(maxsize=512)
def marks(count: int) -> str:
    """Give `count` marks, for the values of an IN."""
    return ", ".join("?" * count)


class Loan:
    """A connection for the length of a block, in autocommit; the driver's errors come out as the ledger's."""

    __slots__ = ("_database", "_rows")

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Rows:
        self._rows = rows = self._database.lend()
        return rows

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, trace: object) -> None:
        self._database.take_back(self._rows)
        if fault is not None and isinstance(fault, self._database.driver_errors):
            raise meaning_of(fault) from fault


class Database:
    """One event database: a SQLite file, or a schema of a PostgreSQL server."""

    def __init__(self, url: str, *, schema: str | None = None) -> None:
        self.url: URL = make_url(url)
        self.dialect = self.url.get_backend_name()
        self.schema = schema
        self._rows_class = _ROWS[self.dialect]
        self.driver_errors = _driver_errors(self.dialect)
        connector = _sqlite_connector(self.url) if self.dialect == SQLITE else _postgresql_connector(self.url, schema)
        self.engine: Engine = create_engine(
            self.url.set(drivername=_DRIVERS[self.dialect]),
            creator=connector,
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",  # transactions are begun and ended here, by name
            poolclass=QueuePool,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=LOCK_WAIT.total_seconds(),
        )
        # Taking a connection from the pool costs as much as a small query: the last ones used wait here instead.
        self._at_hand: deque[Rows] = deque()
        self._turn = Lock()
        self._closed = False

    @property
    def path(self) -> Path:
        """The file of a SQLite database."""
        return Path(self.url.database or "")

    def close(self) -> None:
        """Close every connection; one that is lent closes when it comes back."""
        self._closed = True
        self._let_go()

    def reading(self) -> Loan:
        """Read, each statement seeing the latest committed state."""
        return Loan(self)

    @contextmanager
    def snapshot(self) -> Iterator[Rows]:
        """Read, all statements seeing one and the same state."""
        with Loan(self) as rows:
            rows.run("BEGIN" if self.dialect == SQLITE else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield rows
            finally:
                _undo(rows)

    @contextmanager
    def writing(self) -> Iterator[tuple[Rows, Row]]:
        """
        Write: give the rows and the head (size, frontier), with the write lock held until the end.

        :raises LedgerBusy: if the lock was not given within `limits.LOCK_WAIT`
        """
        if not self._turn.acquire(timeout=LOCK_WAIT.total_seconds()):
            raise LedgerBusy(fault="turn")
        try:
            with Loan(self) as rows:
                try:
                    yield rows, _lock(rows)
                    rows.run("COMMIT")
                except BaseException:
                    _undo(rows)
                    raise
        finally:
            self._turn.release()

    def lend(self) -> Rows:
        """Take a connection, to be given back with `take_back`."""
        try:
            rows = self._at_hand.pop()
        except IndexError:
            rows = self._from_pool()
        while rows.has_ended():
            rows.lent.invalidate()
            rows = self._from_pool()
        return rows

    def _from_pool(self) -> Rows:
        try:
            return self._rows_class(self.engine.raw_connection())
        except PoolTimeout as fault:
            raise LedgerBusy(fault="connections") from fault
        except self.driver_errors as fault:
            raise meaning_of(fault) from fault

    def take_back(self, rows: Rows) -> None:
        """Keep the connection for the next one who asks, or close it."""
        if rows.is_broken():  # the server is gone: so are the connections that wait
            rows.lent.invalidate()
            self._let_go()
        elif self._closed:
            rows.lent.invalidate()
        elif len(self._at_hand) < _AT_HAND:
            self._at_hand.append(rows)
        else:
            rows.lent.close()

    def _let_go(self) -> None:
        """Close the connections that nobody has borrowed."""
        while self._at_hand:
            self._at_hand.pop().lent.invalidate()
        self.engine.dispose()


def _lock(rows: Rows) -> Row:
    """Begin, take the write lock, and give the head; the lock is the first statement that the transaction runs."""
    if rows.dialect == SQLITE:
        rows.run("BEGIN IMMEDIATE")
        head = rows.one(_HEAD)
    else:
        with rows.together():
            rows.run("BEGIN ISOLATION LEVEL READ COMMITTED")
            locked = rows.run(_HEAD + " FOR UPDATE")
        head = locked.fetchone()
    if head is None:
        raise StoreMissing(fault="head")
    return head


def _undo(rows: Rows) -> None:
    """Roll back; a connection too broken for that has nothing left to undo, and the error on its way says why."""
    with suppress(Exception):
        rows.connection.rollback()


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
                address, uri=True, timeout=LOCK_WAIT.total_seconds(), isolation_level=None,
                check_same_thread=False, cached_statements=_STATEMENTS_KEPT,
            )  # fmt: skip
        except sqlite3.OperationalError as fault:
            raise (StoreReadOnly if path.exists() else StoreMissing)(fault="open") from fault
        try:
            for pragma in _SQLITE_PRAGMAS:
                connection.execute(pragma)
        except UnicodeDecodeError as fault:  # what SQLite says of a damaged schema quotes it
            raise StoreCorrupt(fault="schema") from fault
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
