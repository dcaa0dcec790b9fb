"""
Killed at any moment: what was acknowledged is there, and nothing is half done.

`./dev faults` kills 200 times on each database; the ordinary tests 20 times.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from uuid import UUID

import pytest

from ledger.store.verification import check_log
from tests.integration.store.conftest import SCHEMA
from tests.integration.store.example import NOON, Store, registered
from tests.integration.store.workers import PATIENCE, Place, commit_until_killed, processes
from tests.postgres import Server, running

LONGEST_LIFE = 0.1
"""Seconds that a writer lives on after its first acknowledgement."""

Acknowledged = dict[UUID, tuple[int, ...]]


@pytest.fixture(autouse=True)
def _example_classes() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def store(database_url: str, backend: str) -> Iterator[Store]:
    made = Store(database_url, SCHEMA if backend == "postgresql" else None).create()
    yield made
    made.close()


def test_what_was_acknowledged_survives_every_kill(store: Store, thorough: bool) -> None:
    chance, acknowledged = random.Random(20260609), Acknowledged()
    for _ in range(200 if thorough else 20):
        told = _write_and_be_killed(store, after=chance.uniform(0, LONGEST_LIFE))
        _every_command_is_there(store, told)
        acknowledged |= told
    _every_command_is_there(store, acknowledged)
    _nothing_is_half_done(store)
    assert len(acknowledged) > 20


def test_what_was_acknowledged_survives_a_crash_of_the_server(thorough: bool) -> None:
    with running(fsync=True) as server:
        store = Store(server.url(), SCHEMA).create()
        acknowledged = Acknowledged()
        for _ in range(10 if thorough else 2):
            acknowledged |= _write_and_crash(store, server)
            _every_command_is_there(store, acknowledged)
        _nothing_is_half_done(store)
        store.close()


def test_a_ledger_goes_on_after_a_kill_with_the_files_that_it_finds(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/events.sqlite3").create()
    store.close()  # else this process would tidy up after the killed one
    told = _write_and_be_killed(store, after=0.02)
    assert (tmp_path / "events.sqlite3-wal").exists(), "the writer closed its files: this was no kill"
    again = Store(store.url, None, store.ledger_id, store.actor)
    size = again.log.size()
    again.opened()
    assert again.log.size() == size + 1 >= len(told)
    _nothing_is_half_done(again)
    again.close()


def _write_and_be_killed(store: Store, *, after: float) -> Acknowledged:
    """Have a process write, and kill it a moment after its first acknowledgement; give what it acknowledged."""
    here, there = processes().Pipe(duplex=False)
    writer = processes().Process(target=commit_until_killed, args=(Place.of(store), there))
    writer.start()
    there.close()
    assert here.poll(PATIENCE), "the writer never wrote"
    time.sleep(after)
    writer.kill()
    writer.join()
    return _told(here)


def _write_and_crash(store: Store, server: Server) -> Acknowledged:
    """Have a process write, and crash the server under it; give what was acknowledged, once the server is back."""
    here, there = processes().Pipe(duplex=False)
    writer = processes().Process(target=commit_until_killed, args=(Place.of(store), there))
    writer.start()
    there.close()
    assert here.poll(PATIENCE), "the writer never wrote"
    time.sleep(LONGEST_LIFE)
    server.crash()
    writer.join(PATIENCE)
    assert writer.exitcode == 1, "the writer did not notice"
    server.start()
    return _told(here)


def _told(acknowledged: Connection) -> Acknowledged:
    """Read what came through the pipe; the last message may be cut short, and then it acknowledges nothing."""
    told = Acknowledged()
    while True:
        try:
            command, positions = acknowledged.recv()
        except (EOFError, OSError):
            return told
        told[command] = positions


def _every_command_is_there(store: Store, acknowledged: Acknowledged) -> None:
    for command, positions in acknowledged.items():
        recalled = store.streams.recall(store.command(id=command, at=NOON, request=b"page"))
        assert recalled is not None
        assert recalled.positions == positions


def _nothing_is_half_done(store: Store) -> None:
    check = check_log(store.database)
    assert check.whole
    assert check.root == store.log.head().root()
    assert [logged.position for logged in store.log.each()] == list(range(1, check.size + 1))
