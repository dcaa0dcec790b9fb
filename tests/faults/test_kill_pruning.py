"""Killed at any moment while it prunes: a batch of headers is gone with the record of it, or it is all there."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from uuid import uuid4

import pytest

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.store import pruning
from ledger.store.verification import check_log
from tests.integration.store.conftest import SCHEMA
from tests.integration.store.example import Store, begun, later, register, registered
from tests.integration.store.test_pruning import end
from tests.integration.store.workers import PATIENCE, Place, processes

LONGEST_LIFE = 0.02
"""Seconds that the pruner lives on after its first batch."""


@pytest.fixture(autouse=True)
def _example_classes() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def store(database_url: str, backend: str) -> Iterator[Store]:
    made = Store(database_url, SCHEMA if backend == "postgresql" else None).create()
    yield made
    made.close()


def test_headers_are_pruned_with_their_record_or_not_at_all(store: Store, thorough: bool) -> None:
    chance, kills = random.Random(20260609), 0
    most = 60 if thorough else 8
    diaries = [begun() for _ in range(400 if thorough else 80)]
    store.streams.commit(store.command(), *diaries)
    end(store, *diaries)
    while kills < most and len(list(store.disposal.past_everything(before=later(60)))) > 2:
        kills += _prune_and_be_killed(store, after=chance.uniform(0, LONGEST_LIFE))
        _nothing_is_half_done(store)
    assert kills > most // 4, "it was never killed at work"


def _prune_and_be_killed(store: Store, *, after: float) -> bool:
    here, there = processes().Pipe(duplex=False)
    pruner = processes().Process(target=prune_until_killed, args=(Place.of(store), there))
    pruner.start()
    there.close()
    assert here.poll(PATIENCE), "the pruner never began"
    time.sleep(after)
    pruner.kill()
    pruner.join()
    return pruner.exitcode != 0


def prune_until_killed(place: Place, told: Connection) -> None:
    """Prune in the smallest batches, and tell of the first."""
    register()
    pruning.RANGES_IN_HEADER = 1  # type: ignore[attr-defined]  # so that there are many
    store = place.open()
    for batch in store.disposal.headers_of(store.disposal.past_everything(before=later(60))):
        told.send(len(batch.streams))
        store.disposal.prune(store.command(at=later(99)), batch, authority=uuid4(), run=uuid4())
    time.sleep(PATIENCE)


def _nothing_is_half_done(store: Store) -> None:
    check = check_log(store.database)
    assert check.breaks == []
    assert check.root == store.log.head().root()
    records = [logged.header.ranges for logged in store.log.each() if logged.header.topic == "headers.pruned.1"]
    assert len(records) == len(store.streams.linked(REGISTER, LinkKind.HEADERS))
    named = {position for ranges in records for first, last in ranges for position in range(first, last + 1)}
    assert {logged.position for logged in store.log.each()} == set(range(1, check.size + 1)) - named
