"""
The event database in place, held still while another one takes its place in one step.

The new one is prepared beside: a SQLite file, or a PostgreSQL schema. Writers are then locked out of the one in place,
so that where it ends is known, and stays so until the swap. A sound SQLite file is not exchanged but filled anew, in
one transaction: other processes have it open, and must not go on with a file that is no longer there. A PostgreSQL
schema is dropped and the new one gets its name, in one transaction, once nobody is reading in it.
"""

from __future__ import annotations

import os
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.errors import IntegrityBroken
from ledger.limits import LOCK_WAIT
from ledger.merkle import Frontier
from ledger.owned_files import make_durable
from ledger.store.engine import SQLITE, Database
from ledger.store.failures import ForeignStore, meaning_of

COMPANIONS = ("", "-wal", "-shm", "-journal")
_HEAD = "SELECT size, frontier FROM log_head WHERE one = 1"
_OWNER = "SELECT ledger_id FROM store_format WHERE one = 1"
_BEYOND = "SELECT topic FROM events WHERE position > ? ORDER BY position"
_ANY = "SELECT 1 FROM events WHERE topic LIKE ? LIMIT 1"
_LEAF = "SELECT leaf_hash FROM leaves WHERE position = ?"


class Held(ABC):
    """The event database in place, with every writer locked out of it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def end(self) -> Frontier | None:
        """Give where its log ends; None where there is none, or none that can be read."""
        try:
            found = self.connection.execute(_HEAD).fetchone()
            return None if found is None else Frontier.from_bytes(found[0], bytes(found[1]))
        except ValueError:
            return None

    def check_owner(self, ledger_id: UUID) -> None:
        """
        Check whose log it is.

        :raises ForeignStore: if it is another ledger's
        """
        found = self.connection.execute(_OWNER).fetchone()
        if found is not None and bytes(found[0]) != ledger_id.bytes:
            raise ForeignStore

    def topics_after(self, size: int) -> list[str]:
        """Give the topics of the events beyond a position, in order."""
        return [topic for (topic,) in self._all(_BEYOND, size)]

    def has(self, topic: str) -> bool:
        """Say whether any event has a topic that begins so."""
        return next(self._all(_ANY, f"{topic}%"), None) is not None

    def leaf(self, position: int) -> bytes:
        """Give the leaf at a position."""
        return bytes(next(self._all(_LEAF, position))[0])

    @abstractmethod
    def swap(self) -> None:
        """Put the prepared database, which is closed, in its place; durable, and at once for everybody."""

    @abstractmethod
    def _all(self, text: str, value: int | str) -> Iterator[Any]:
        """Run a query that takes one value."""


class Place(ABC):
    """Where the event database of a ledger is, and where another one is prepared."""

    @abstractmethod
    def emptied(self) -> Database:
        """Make an empty database beside, in the place of whatever was left there."""

    @abstractmethod
    def held(self) -> Any:
        """
        Lock every writer out of the one in place for the length of a block; give a `Held`, or None if none is sound.

        :raises LedgerBusy: if somebody writes for longer than one waits
        """

    @abstractmethod
    def exchange(self) -> None:
        """Put the prepared database, which is closed, where no sound one is."""

    @abstractmethod
    def clear(self) -> None:
        """Take away what was prepared."""


def place_of(database: Database) -> Place:
    """Give the place of an event database."""
    if database.dialect == SQLITE:
        return FilePlace(database.path.absolute())
    return SchemaPlace(database)


class FilePlace(Place):
    """A SQLite file, and one beside it."""

    def __init__(self, live: Path) -> None:
        self.live = live
        self.draft = live.with_name(f"{live.stem}.restoring{live.suffix}")

    def emptied(self) -> Database:
        """Make an empty file beside, for its owner only."""
        self.clear()
        os.close(os.open(self.draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        return Database(f"sqlite:///{self.draft}")

    @contextmanager
    def held(self) -> Iterator[Held | None]:
        """Hold the write lock of the file; raises what `Place.held` raises."""
        try:
            with closing(self._connected()) as connection:
                if not _is_sound(connection):
                    yield None
                    return
                with _turned_away(connection, self.draft):
                    yield _HeldFile(connection)
        except sqlite3.Error as fault:
            raise meaning_of(fault) from fault

    def exchange(self) -> None:
        """Set a damaged file aside, and rename the new one into its place."""
        with closing(sqlite3.connect(self.draft, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for ending in reversed(COMPANIONS):
            damaged = self._file(self.live, ending)
            if damaged.exists():
                damaged.rename(self._file(self.live.with_name(f"{self.live.stem}.damaged{self.live.suffix}"), ending))
        self.draft.rename(self.live)
        make_durable(self.live.parent)

    def clear(self) -> None:
        """Take the file beside away, with its companions."""
        for ending in COMPANIONS:
            self._file(self.draft, ending).unlink(missing_ok=True)

    def _connected(self) -> sqlite3.Connection:
        source = f"{self.live.as_uri()}?mode=rw" if self.live.exists() else ":memory:"
        wait = LOCK_WAIT.total_seconds()
        return sqlite3.connect(source, uri=True, isolation_level=None, timeout=wait)

    @staticmethod
    def _file(path: Path, ending: str) -> Path:
        return path.with_name(path.name + ending)


class _HeldFile(Held):
    """A sound SQLite file, within a write."""

    def swap(self) -> None:
        """Fill the file anew from the one beside, and commit."""
        run = self.connection.execute
        standing = run("SELECT type, name FROM main.sqlite_schema WHERE sql IS NOT NULL").fetchall()
        for dropped in ("trigger", "table"):  # an index goes with its table
            for name in [name for kind, name in standing if kind == dropped]:
                run(f'DROP {dropped} main."{name}"')
        laid = run("SELECT type, name, sql FROM restored.sqlite_schema WHERE sql IS NOT NULL").fetchall()
        for name, text in [(name, text) for kind, name, text in laid if kind == "table"]:
            run(text)
            run(f'INSERT INTO main."{name}" SELECT * FROM restored."{name}"')
        for text in [text for kind, _, text in laid if kind != "table"]:
            run(text)
        run("COMMIT")

    def _all(self, text: str, value: int | str) -> Iterator[Any]:
        return iter(self.connection.execute(text, (value,)))


class SchemaPlace(Place):
    """A schema of a PostgreSQL server, and one beside it."""

    def __init__(self, database: Database) -> None:
        assert database.schema is not None
        self._database = database
        self.live = database.schema
        self.draft = f"{self.live}_restoring"

    def emptied(self) -> Database:
        """Make an empty schema beside."""
        self.clear()
        with self._database.reading() as rows:
            rows.run(f"CREATE SCHEMA {self.draft}")
        url = self._database.url.render_as_string(hide_password=False)
        return Database(url, schema=self.draft)

    @contextmanager
    def held(self) -> Iterator[Held | None]:
        """Lock the head against writers; whoever reads goes on until the swap."""
        with self._database.reading() as rows:
            rows.run("BEGIN")
            try:
                there = rows.one("SELECT to_regclass(?) IS NOT NULL", (f"{self.live}.log_head",))
                if there != (True,):
                    yield None
                    return
                rows.run(f"LOCK TABLE {self.live}.log_head IN EXCLUSIVE MODE")
                yield _HeldSchema(rows.connection, self)
            finally:
                with suppress(Exception):  # committed by then, or of no use
                    rows.connection.rollback()

    def exchange(self) -> None:
        """Give the schema beside its name."""
        with self._database.reading() as rows:
            rows.run("BEGIN")
            rows.run(f"DROP SCHEMA IF EXISTS {self.live} CASCADE")
            rows.run(f"ALTER SCHEMA {self.draft} RENAME TO {self.live}")
            rows.run("COMMIT")

    def clear(self) -> None:
        """Take the schema beside away."""
        with self._database.reading() as rows:
            rows.run(f"DROP SCHEMA IF EXISTS {self.draft} CASCADE")


class _HeldSchema(Held):
    """A schema whose head is locked."""

    def __init__(self, connection: Any, place: SchemaPlace) -> None:
        super().__init__(connection)
        self._place = place

    def swap(self) -> None:
        """Wait for those who read, drop the schema, and rename the one beside, in the transaction that holds it."""
        self.connection.execute(f"LOCK TABLE {self._place.live}.log_head IN ACCESS EXCLUSIVE MODE")
        self.connection.execute(f"DROP SCHEMA {self._place.live} CASCADE")
        self.connection.execute(f"ALTER SCHEMA {self._place.draft} RENAME TO {self._place.live}")
        self.connection.execute("COMMIT")

    def _all(self, text: str, value: int | str) -> Iterator[Any]:
        return iter(self.connection.execute(text.replace("?", "%s"), (value,)))


def _is_sound(connection: sqlite3.Connection) -> bool:
    """Say whether this is the file of a ledger, and not damaged."""
    try:
        known = connection.execute("SELECT 1 FROM main.sqlite_schema WHERE name = 'log_head'").fetchone()
        return known is not None and connection.execute("PRAGMA main.quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError as fault:
        if isinstance(meaning_of(fault), IntegrityBroken):
            return False
        raise


@contextmanager
def _turned_away(connection: sqlite3.Connection, draft: Path) -> Iterator[None]:
    """Lock writers out: the first statement writes nothing, to the file in place only."""
    connection.execute("ATTACH ? AS restored", (f"{draft.as_uri()}?mode=rw",))
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = OFF")  # tables go in any order; what comes back was checked
    connection.execute("BEGIN")
    connection.execute("UPDATE main.log_head SET size = size WHERE 0")
    try:
        yield
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        connection.execute("PRAGMA busy_timeout = 200")
        connection.execute("PRAGMA main.wal_checkpoint(TRUNCATE)")
