"""Copying the tables of one database into another of whichever kind, in bounded memory and from one state of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, Table, inspect, select
from sqlalchemy.exc import DBAPIError

from ledger.errors import LedgerError

ROWS_AT_ONCE = 1_000

Meaning = Callable[[Exception], LedgerError]
"""Gives the ledger's error for an error of a driver: a fault of the source is not a fault of the target."""
Write = Callable[[Table, list[dict[str, Any]]], None]


def copy_tables(
    source: AbstractContextManager[Connection], target: AbstractContextManager[Write], metadata: MetaData
) -> None:
    """Copy every row of every table, what others refer to first; one that an older source lacks stays empty."""
    with target as write, source as connection:
        there = inspect(connection).get_table_names()
        for table in [table for table in metadata.sorted_tables if table.name in there]:
            found = connection.execute(select(table), execution_options={"yield_per": ROWS_AT_ONCE})
            for part in found.mappings().partitions():
                write(table, [dict(row) for row in part])


@contextmanager
def frozen(engine: Engine, *, meaning: Meaning) -> Iterator[Connection]:
    """Read one state of a database, whatever is written meanwhile."""
    begin = "BEGIN" if engine.dialect.name == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with _transaction(engine, begin, meaning) as connection:
        yield connection


@contextmanager
def filling(engine: Engine, *, meaning: Meaning) -> Iterator[Write]:
    """Write rows in one transaction, which only the end of the block makes durable."""
    with _transaction(engine, "BEGIN", meaning) as connection:

        def write(table: Table, rows: list[dict[str, Any]]) -> None:
            try:
                connection.execute(table.insert(), rows)
            except DBAPIError as fault:
                raise meaning(_of_driver(fault)) from fault

        yield write


@contextmanager
def _transaction(engine: Engine, begin: str, meaning: Meaning) -> Iterator[Connection]:
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(begin)
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                with suppress(DBAPIError):  # a connection that broke has nothing to end; its own error is on its way
                    connection.exec_driver_sql("ROLLBACK")
                raise
    except DBAPIError as fault:
        raise meaning(_of_driver(fault)) from fault


def _of_driver(fault: DBAPIError) -> Exception:
    return fault.orig if isinstance(fault.orig, Exception) else fault
