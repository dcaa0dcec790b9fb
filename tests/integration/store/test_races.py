"""Processes that write at once: no grant after a revocation, no gap, and a reader that misses nothing."""

from __future__ import annotations

from threading import Thread
from uuid import UUID

import pytest

from ledger.store.recorder import LedgerApplicationRecorder
from tests.integration.store.example import Store
from tests.integration.store.workers import PATIENCE, Place, append_batches, processes, race, running

RACES = 500
"""`./dev faults` runs ten times as many."""
WRITERS = 6
EVENTS = 100_000
AT_ONCE = 200


@pytest.mark.row("S-4.6.18")
def test_no_grant_ever_stands_after_the_revocation(store: Store) -> None:
    race(store, times=RACES)


def test_a_reader_beside_six_writers_misses_nothing(store: Store) -> None:
    recorder = LedgerApplicationRecorder(store.database)
    seen: list[tuple[int, UUID | str, int]] = []
    subscription = recorder.subscribe()

    def follow() -> None:
        with subscription:
            for notification in subscription:
                seen.append((notification.id, notification.originator_id, notification.originator_version))
                if len(seen) == EVENTS:
                    return

    reader = Thread(target=follow)
    reader.start()
    sizes = _sizes(EVENTS // WRITERS)
    rest = EVENTS - WRITERS * sum(sizes)
    jobs = [
        processes().Process(target=append_batches, args=(Place.of(store), [*sizes, rest] if not number else sizes))
        for number in range(WRITERS)
    ]
    with running(*jobs):
        reader.join(PATIENCE)
    subscription.stop()
    reader.join()
    assert [position for position, _, _ in seen] == list(range(1, EVENTS + 1))
    assert len({(stream, version) for _, stream, version in seen}) == EVENTS
    assert store.log.head().size == EVENTS


def _sizes(total: int) -> list[int]:
    """Make batches of uneven sizes, so that the writers do not fall into step."""
    sizes: list[int] = []
    while sum(sizes) < total:
        sizes.append(min(1 + (37 * len(sizes)) % AT_ONCE, total - sum(sizes)))
    return sizes
