"""What the processes beside a test do: they write until they are done, or until they are killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Barrier
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent

from ledger.store.failures import StreamMovedOn
from ledger.store.recorder import LedgerApplicationRecorder
from ledger.store.verification import check_log
from ledger.usecases.ports import StreamAt
from tests.integration.store.example import Diary, Store, begun, register

PATIENCE = 60
"""Seconds after which a process that should be done has failed."""


class Place(NamedTuple):
    """Where a store is, in a form that travels to another process."""

    url: str
    schema: str | None
    ledger_id: UUID
    actor: UUID

    @classmethod
    def of(cls, store: Store) -> Place:
        """Say where a store is."""
        return cls(store.url, store.schema, store.ledger_id, store.actor)

    def open(self) -> Store:
        """Open it here."""
        return Store(*self)


def processes() -> ForkServerContext:
    """Give processes that start at once, from one that has imported everything and opened nothing."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


@contextmanager
def running(*jobs: ForkServerProcess) -> Iterator[None]:
    """Run processes beside a block; whatever happens, none is left behind."""
    for job in jobs:
        job.start()
    try:
        yield
    finally:
        for job in jobs:
            job.join(PATIENCE)
            if job.is_alive():
                job.kill()
                job.join()


def commit_until_killed(place: Place, acknowledged: Connection) -> None:
    """Commit one command after the other, and tell of each once it is acknowledged."""
    register()
    store = place.open()
    diaries = [begun() for _ in range(3)]
    while True:
        command = store.command(request=b"page")
        recorded = store.streams.commit(command, *diaries)
        acknowledged.send((command.id, recorded.positions))
        for diary in diaries:
            diary.write("another page")


def append_batches(place: Place, sizes: list[int]) -> None:
    """Append batches of the library's plain events."""
    store = place.open()
    recorder = LedgerApplicationRecorder(store.database)
    for size in sizes:
        stream = uuid4()
        recorder.insert_events([StoredEvent(stream, number, "tailed", b"opaque") for number in range(1, size + 1)])
    store.close()


def race(store: Store, *, times: int) -> None:
    """Revoke and grant at once, in two processes, and check that no grant stands after the revocation."""
    mandates = [begun("mandate") for _ in range(times)]
    store.streams.commit(store.command(), *mandates)
    ids = [mandate.id for mandate in mandates]
    together, (here, there) = processes().Barrier(2), processes().Pipe()
    revoking = processes().Process(target=revoke_each, args=(Place.of(store), ids, together))
    granting = processes().Process(target=grant_under_each, args=(Place.of(store), ids, together, there))
    with running(revoking, granting):
        assert here.poll(PATIENCE + times / 50)
        granted: dict[UUID, int] = here.recv()
    revoked = {logged.header.stream: logged.position for logged in store.log.each() if logged.header.n == 2}
    assert set(revoked) == set(ids)
    assert [id for id, position in granted.items() if position > revoked[id]] == []
    assert 0 < len(granted) < times, "one process always won: this was no race"
    check = check_log(store.database)
    assert (check.whole, check.size) == (True, 2 * times + len(granted))


def revoke_each(place: Place, mandates: list[UUID], together: Barrier) -> None:
    """Add the ending event to each stream, at the moment when the other process grants under it."""
    register()
    store = place.open()
    for mandate_id in mandates:
        mandate = store.streams.load(Diary, mandate_id)
        mandate.write("revoked")
        together.wait(PATIENCE)
        store.streams.commit(store.command(), mandate)
    store.close()


def grant_under_each(place: Place, mandates: list[UUID], together: Barrier, told: Connection) -> None:
    """Commit a grant for each stream that was seen alive, guarded by its version; tell where each grant stands."""
    register()
    store = place.open()
    granted: dict[UUID, int] = {}
    for mandate_id in mandates:
        seen = store.streams.load(Diary, mandate_id)
        together.wait(PATIENCE)
        guard: list[Any] = [StreamAt(mandate_id, seen.version)]
        try:
            granted[mandate_id] = store.streams.commit(store.command(), begun("grant"), guards=guard).positions[0]
        except StreamMovedOn:
            continue
    told.send(granted)
    store.close()
