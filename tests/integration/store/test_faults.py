"""Bad luck: each gives its own error and exit code, and leaves nothing half done."""

from __future__ import annotations

import os
import pwd
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from ledger.errors import ExitCode, LedgerError
from ledger.store.engine import Database
from ledger.store.failures import (
    ForeignStore,
    LedgerBusy,
    StoreCorrupt,
    StoreFromTheFuture,
    StoreFull,
    StoreMissing,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnsuitable,
)
from ledger.store.migrations import Step
from ledger.store.schema import SCHEMA_VERSION
from ledger.store.setup import create_store, on_path, open_store
from ledger.store.verification import check_log
from tests.integration.store.conftest import SCHEMA
from tests.integration.store.example import Store, begun, register
from tests.integration.store.workers import PATIENCE, Place, processes, running
from tests.postgres import running as server_running


@contextmanager
def _fails(store: Store, error: type[LedgerError], code: ExitCode) -> Iterator[None]:
    """Expect an error, and nothing half done."""
    size = store.log.size()
    with pytest.raises(error) as failure:
        yield
    assert failure.value.exit_code is code
    assert failure.value.explain()
    assert failure.value.next_step()
    assert store.log.size() == size
    assert check_log(store.database).whole


def _be_impatient(store: Store, backend: str) -> None:
    """Wait for a lock no longer than a moment, on the one connection that the store has at hand."""
    with store.database.reading() as rows:
        rows.run("PRAGMA busy_timeout = 50" if backend == "sqlite" else "SET lock_timeout = '50ms'")


def test_somebody_else_holds_the_lock_for_too_long(store: Store, backend: str) -> None:
    store.opened()
    other = store.again()
    _be_impatient(store, backend)
    with other.database.writing(), _fails(store, LedgerBusy, ExitCode.UNAVAILABLE):
        store.opened()
    store.opened()
    other.close()


def test_a_writer_waits_for_its_turn_and_gets_it(store: Store) -> None:
    held = processes().Event()
    job = processes().Process(target=_hold_the_lock, args=(Place.of(store), held))
    with running(job):
        assert held.wait(PATIENCE)
        store.opened()
    assert store.log.size() == 1


def _hold_the_lock(place: Place, held: Event) -> None:
    store = place.open()
    with store.database.writing():
        held.set()
        time.sleep(0.3)
    store.close()


def test_the_disk_is_full(file_store: Store) -> None:
    file_store.opened()
    with file_store.database.reading() as rows:
        pages = rows.one("PRAGMA page_count") or (0,)
        rows.run(f"PRAGMA max_page_count = {pages[0] + 2}")
    with _fails(file_store, StoreFull, ExitCode.UNAVAILABLE):
        file_store.streams.commit(file_store.command(), *[begun("x" * 2000) for _ in range(20)])
    with file_store.database.reading() as rows:
        rows.run("PRAGMA max_page_count = 100000")
    file_store.opened()
    assert check_log(file_store.database).whole


def test_the_file_may_not_grow(file_store: Store) -> None:
    for _ in range(20):
        file_store.opened()
    size = file_store.log.size()
    here, there = processes().Pipe()
    with running(processes().Process(target=_write_in_a_small_file, args=(Place.of(file_store), there))):
        assert here.poll(PATIENCE)
        code, written = here.recv()
    assert code == int(ExitCode.UNAVAILABLE)
    assert file_store.log.size() == size + written
    assert check_log(file_store.database).whole
    file_store.opened()


def _write_in_a_small_file(place: Place, told: Connection) -> None:
    """Write until the system refuses to let the file grow: the nearest to a full disk that needs no rights."""
    register()
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    store, written = place.open(), 0
    try:
        while written < 10_000:
            store.opened("x" * 2000)
            written += 1
    except LedgerError as failure:
        told.send((int(failure.exit_code), written))


def test_there_is_no_ledger_in_the_folder_and_none_is_made(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/events.sqlite3", f"sqlite:///{tmp_path}/nowhere/events.sqlite3"):
        database = Database(url)
        with pytest.raises(StoreMissing) as failure:
            open_store(database, uuid4())
        assert failure.value.exit_code is ExitCode.MISCONFIGURED
    with pytest.raises(StoreMissing):
        create_store(database, uuid4())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_can_not_keep_a_write_ahead_log_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_a_share(address: str, **options: Any) -> sqlite3.Connection:
        return sqlite3.Connection(
            f"{address}&vfs=unix-dotfile", **options
        )  # locks by files, as one would on a network share

    monkeypatch.setattr("ledger.store.engine.sqlite3.connect", on_a_share)
    database = Database(f"sqlite:///{tmp_path}/events.sqlite3")
    with pytest.raises(StoreUnsuitable) as failure:
        create_store(database, uuid4())
    assert failure.value.exit_code is ExitCode.MISCONFIGURED
    database.close()


def test_a_database_without_our_tables_is_no_ledger(store: Store, backend: str, tmp_path: Path) -> None:
    if backend == "sqlite":
        url, schema = f"sqlite:///{tmp_path}/other.sqlite3", None
        sqlite3.connect(tmp_path / "other.sqlite3").close()
    else:
        url, schema = store.url, "ledger_other"
    other = Database(url, schema=schema)
    with pytest.raises(StoreMissing):
        open_store(other, uuid4())
    other.close()


def test_a_file_that_is_no_database_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "events.sqlite3"
    path.write_bytes(b"Rapport d'activite\n" * 500)
    database = Database(f"sqlite:///{path}")
    for attempt in (open_store, create_store):
        with pytest.raises(StoreCorrupt) as failure:
            attempt(database, uuid4())
        assert failure.value.exit_code is ExitCode.INTEGRITY
    assert path.read_bytes() == b"Rapport d'activite\n" * 500
    database.close()


def test_the_store_of_another_ledger_is_refused(store: Store) -> None:
    for attempt in (open_store, create_store):
        with pytest.raises(ForeignStore):
            attempt(store.database, uuid4())
    open_store(store.database, store.ledger_id)


def test_a_store_of_a_later_version_is_refused(store: Store) -> None:
    with store.database.writing() as (rows, _), on_path(rows, "migrate"):
        rows.run("UPDATE store_format SET version = ?", (SCHEMA_VERSION + 1,))
    with pytest.raises(StoreFromTheFuture) as failure:
        open_store(store.database, store.ledger_id)
    assert str(SCHEMA_VERSION + 1) in failure.value.explain()


def test_an_older_store_is_brought_up_to_date_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    later = SCHEMA_VERSION + 1
    statement = "CREATE TABLE added (one INTEGER)"
    monkeypatch.setattr("ledger.store.setup.SCHEMA_VERSION", later)
    step = Step({"sqlite": [statement], "postgresql": [statement]})
    monkeypatch.setattr("ledger.store.setup.STEPS", {later: step})
    for _ in range(2):
        open_store(store.database, store.ledger_id)
    with store.database.reading() as rows:
        assert rows.one("SELECT version FROM store_format") == (later,)
        assert rows.all("SELECT * FROM added") == []


def test_an_account_that_may_not_write_is_told(store: Store, backend: str) -> None:
    if backend == "postgresql":
        with store.database.reading() as rows:
            rows.run("SET default_transaction_read_only = on")
        with _fails(store, StoreReadOnly, ExitCode.MISCONFIGURED):
            store.opened()
        return
    with _read_only_folder() as folder:
        made = Store(f"sqlite:///{folder}/events.sqlite3").create()
        made.opened()
        made.close()
        (folder / "events.sqlite3").chmod(0o444)
        folder.chmod(0o555)
        here, there = processes().Pipe()
        with running(processes().Process(target=_write_as_nobody, args=(Place.of(made), there))):
            assert here.poll(PATIENCE)
            assert here.recv() == ("STORE_READ_ONLY", 9)


@contextmanager
def _read_only_folder() -> Iterator[Path]:
    """Give a folder that any account can reach, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="ledger-store-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def _write_as_nobody(place: Place, told: Connection) -> None:
    if os.geteuid() == 0:
        os.setgid(pwd.getpwnam("nobody").pw_gid)
        os.setuid(pwd.getpwnam("nobody").pw_uid)
    register()
    store = place.open()
    try:
        store.opened()
    except LedgerError as failure:
        told.send((failure.code, int(failure.exit_code)))
    else:
        told.send(("WROTE", 0))


def test_the_server_is_not_there(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://ledger@/postgres?host={tmp_path}", schema=SCHEMA)
    with pytest.raises(StoreUnreachable) as failure:
        open_store(database, uuid4())
    assert failure.value.exit_code is ExitCode.UNAVAILABLE
    assert str(tmp_path) not in str(failure.value)


def test_the_server_goes_away_and_comes_back() -> None:
    with server_running(fsync=False) as server:
        store = Store(server.url(), SCHEMA).create()
        store.opened()
        server.stop()
        for _ in range(2):
            with pytest.raises(StoreUnreachable):
                store.opened()
        server.start()
        store.opened()
        assert store.log.size() == 2
        store.close()


def test_the_session_is_cut_between_two_commands(postgres_url: str) -> None:
    store = Store(postgres_url, SCHEMA).create()
    store.opened()
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        cut = other.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "  # come back when the session is gone
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert cut, "there was a session to cut"
    assert all(gone for (gone,) in cut), "and it ended"
    store.opened()
    assert store.log.size() == 2
    store.close()


def test_a_server_in_another_time_zone_and_isolation_changes_nothing(postgres_url: str) -> None:
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        name = other.info.dbname
        other.execute(f'ALTER DATABASE "{name}" SET default_transaction_isolation = "serializable"')
        other.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    store = Store(postgres_url, SCHEMA).create()
    store.opened()
    with store.database.writing() as (rows, _):
        assert rows.one("SHOW transaction_isolation") == ("read committed",)
        assert rows.one("SHOW synchronous_commit") == ("on",)
    store.close()


def test_a_ledger_on_a_server_needs_the_name_of_its_schema() -> None:
    for schema in (None, "", "Ledger", "a;b", "x" * 70):
        with pytest.raises(ValueError, match="schema"):
            Database("postgresql://ledger@/postgres", schema=schema)


def test_two_ledgers_on_one_server_do_not_meet(postgres_url: str) -> None:
    first, second = Store(postgres_url, "ledger_1").create(), Store(postgres_url, "ledger_2").create()
    first.opened()
    assert (first.log.size(), second.log.size()) == (1, 0)
    first.close()
    second.close()


def test_the_file_belongs_to_its_owner_alone(file_store: Store) -> None:
    file_store.opened()
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in file_store.database.path.parent.glob("events*")}
    assert set(modes.values()) == {"0o600"}
