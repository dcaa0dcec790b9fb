from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from ledger.errors import Unavailable
from ledger.projections.errors import ViewsUnavailable
from ledger.projections.retrying import Patience, is_missing_table, is_transient


def error_of(path: Path, sql: str) -> DBAPIError:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 0})
    with engine.connect() as connection, pytest.raises(DBAPIError) as raised:
        connection.execute(text(sql))
    engine.dispose()
    return raised.value


def test_a_locked_database_passes_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "views.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE t (x INTEGER)")
    holder.execute("BEGIN EXCLUSIVE")
    error = error_of(path, "INSERT INTO t VALUES (1)")
    holder.close()
    assert is_transient(error)
    assert not is_missing_table(error)


def test_a_mistake_in_a_statement_does_not(tmp_path: Path) -> None:
    error = error_of(tmp_path / "views.sqlite3", "SELECT * FROM nowhere")
    assert not is_transient(error)
    assert is_missing_table(error)


def test_patience_waits_twice_as_long_each_time_and_ends() -> None:
    waits: list[float] = []
    tries = 0

    def fail() -> None:
        nonlocal tries
        tries += 1
        raise Unavailable

    with pytest.raises(Unavailable):
        Patience(pause=waits.append, attempts=4, first_wait_seconds=1).until_done(fail)
    assert waits == [1, 2, 4]
    assert tries == 4


def test_what_does_not_pass_by_itself_is_not_tried_again(tmp_path: Path) -> None:
    waits: list[float] = []
    error = error_of(tmp_path / "views.sqlite3", "SELECT * FROM nowhere")

    def fail() -> None:
        raise error

    with pytest.raises(DBAPIError):
        Patience(pause=waits.append).until_done(fail)
    assert waits == []


def test_a_database_that_stays_locked_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "views.sqlite3"
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("CREATE TABLE t (x INTEGER)")
    holder.execute("BEGIN EXCLUSIVE")
    error = error_of(path, "INSERT INTO t VALUES (1)")
    holder.close()

    def fail() -> None:
        raise error

    with pytest.raises(ViewsUnavailable):
        Patience(pause=lambda _: None).until_done(fail)
