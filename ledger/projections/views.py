"""
The database of the read models: a file, or a schema, of its own, that can be thrown away and made again.

It waits for no disk on commit: after a power cut it stands where it stood a moment before, rows and positions
together, and the runner goes on from there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, TextClause, bindparam, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError

from ledger.limits import LOCK_WAIT
from ledger.projections import tracking
from ledger.projections.errors import UnknownModel, ViewsOutdated, ViewsUnavailable
from ledger.projections.filters import Filter
from ledger.projections.model import Model
from ledger.projections.retrying import is_missing_table, is_transient, meaning_of
from ledger.projections.tables import Table, statements, to_column

R = TypeVar("R")
T = TypeVar("T")

_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_POSTGRESQL_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
_READINGS = 5
"""How often a reading is begun again because a rebuild took the place of the rows that it was reading."""


class Reader:
    """One consistent reading of the live rows."""

    def __init__(self, connection: Connection, live: dict[str, int]) -> None:
        self._connection = connection
        self._live = live

    def get(self, table: Table[R], *key: object) -> R | None:
        """Give the row with this key, or None."""
        sql = statements(table, self._live[table.model]).get
        record = self._connection.execute(sql, table.key_parameters(key)).one_or_none()
        return None if record is None else table.from_record(record)

    def select(self, table: Table[R], wanted: Filter, *, order: str, limit: int | None = None) -> list[R]:
        """Give the rows that meet the conditions, in order, `limit` at most."""
        return run(self._connection, table, self._live[table.model], wanted, order=order, limit=limit)


def run(
    connection: Connection, table: Table[R], generation: int, wanted: Filter, *, order: str, limit: int | None = None
) -> list[R]:
    """Run a query on a table of one generation."""
    parameters = wanted.parameters()
    lists = tuple(name for name, value in parameters.items() if isinstance(value, list))
    if limit is not None:
        order, parameters["page_rows"] = f"{order} LIMIT :page_rows", limit
    sql = _selection(table, generation, wanted.sql(), order, lists)
    return [table.from_record(record) for record in connection.execute(sql, _columns_of(parameters))]


def _columns_of(parameters: dict[str, Any]) -> dict[str, Any]:
    """Give parameters of a query in the form that columns hold."""
    return {
        name: [to_column(item) for item in value] if isinstance(value, list) else to_column(value)
        for name, value in parameters.items()
    }


@lru_cache(maxsize=512)
def _selection(table: Table[Any], generation: int, condition: str, order: str, lists: tuple[str, ...]) -> TextClause:
    named = statements(table, generation)
    query = text(f"SELECT {named.columns} FROM {named.name} WHERE {condition} ORDER BY {order}")
    return query.bindparams(*(bindparam(name, expanding=True) for name in lists)) if lists else query


class Views:
    """The database of the read models."""

    def __init__(self, engine: Engine, *, schema: str | None, models: Sequence[Model]) -> None:
        self._engine = engine
        self.schema = schema
        self.models = {model.name: model for model in models}

    @classmethod
    def open(
        cls, url: str, *, models: Sequence[Model], schema: str | None = None, lock_wait: timedelta = LOCK_WAIT
    ) -> Views:
        """
        Prepare to use the database at `url`: an SQLite file, or a schema of a PostgreSQL database.

        Nothing is reached before the first use.

        :raises ValueError: if PostgreSQL is not given a schema, or the schema has an unfit name
        """
        address = make_url(url)
        if address.get_backend_name() == "sqlite":
            return cls(_sqlite(address, lock_wait), schema=None, models=models)
        if schema is None or not _SCHEMA_NAME.fullmatch(schema):
            raise ValueError("read models on PostgreSQL need a schema of their own")
        return cls(_postgresql(address, schema, lock_wait), schema=schema, models=models)

    def model(self, name: str) -> Model:
        """
        Give a model by its name.

        :raises UnknownModel: if there is none
        """
        if name not in self.models:
            raise UnknownModel(reference=name)
        return self.models[name]

    def install(self) -> None:
        """Make what is missing: the tables that keep track, and a first generation of each model."""
        try:
            with self.snapshot() as connection:
                present = {generation.model for generation in tracking.live(connection)}
        except DBAPIError as error:
            if not is_missing_table(error):
                raise
            present = set()
        if missing := [model for name, model in self.models.items() if name not in present]:
            with self.writing() as connection:
                tracking.install(connection, self.schema, missing)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that writes; on SQLite it holds the lock from its first statement."""
        with self._engine.connect().execution_options(ledger_writes=True) as connection, connection.begin():
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Open a transaction that reads one state of the database."""
        options: dict[str, Any] = {} if self.schema is None else _POSTGRESQL_SNAPSHOT
        with self._engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def read(self, query: Callable[[Reader], T]) -> T:
        """
        Answer a query from one state of the live rows.

        PostgreSQL drops a replaced generation under a reader that already chose it: the query is then begun again.

        :raises ViewsOutdated: if the rows were made by another version of the product
        :raises ViewsUnavailable: if the database can't be reached, or was never brought up to the log
        :raises ViewsDamaged: if the file is no database
        """
        attempt = 1
        while True:
            try:
                with self.snapshot() as connection:
                    return query(Reader(connection, self._live(connection)))
            except DBAPIError as error:
                passing = is_transient(error) or is_missing_table(error)
                if not passing or attempt == _READINGS:
                    raise meaning_of(error) or (ViewsUnavailable() if passing else error) from error
            attempt += 1

    def _live(self, connection: Connection) -> dict[str, int]:
        live = {generation.model: generation for generation in tracking.live(connection)}
        for name, model in self.models.items():
            if name not in live or live[name].version != model.version:
                raise ViewsOutdated(model=name)
        return {name: generation.number for name, generation in live.items()}

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _sqlite(address: URL, lock_wait: timedelta) -> Engine:
    engine = create_engine(address, hide_parameters=True, connect_args={"timeout": lock_wait.total_seconds()})
    path = engine.url.database or ""

    @event.listens_for(engine, "do_connect")
    def owner_only(*_: Any) -> None:
        with suppress(OSError):  # what is wrong with the place, the connection itself will say
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        for setting in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON", "trusted_schema=OFF"):
            connection.execute(f"PRAGMA {setting}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("ledger_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql(address: URL, schema: str, lock_wait: timedelta) -> Engine:
    engine = create_engine(
        address.set(drivername="postgresql+psycopg"), hide_parameters=True, isolation_level="READ COMMITTED"
    )
    wait = int(lock_wait.total_seconds() * 1000)
    settings = (f"search_path = {schema}", "synchronous_commit = off", f"lock_timeout = {wait}")

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.autocommit = True
        for setting in settings:
            connection.execute(f"SET {setting}")
        connection.autocommit = False

    return engine
