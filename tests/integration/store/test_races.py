"""Processes that write at once: no grant after a revocation, no gap, and a reader that misses nothing."""

from __future__ import annotations

from threading import Thread
from uuid import UUID

import pytest

from ledger.store.recorder import LedgerApplicationRecorder
from ledger.store.verification import check_log
from tests.integration.store.example import Store, begun
from tests.integration.store.workers import (
    PATIENCE,
    Place,
    append_batches,
    grant_under_each,
    processes,
    revoke_each,
    running,
)

RACES = 1_000
WRITERS = 6
EVENTS = 100_000
AT_ONCE = 200


@pytest.mark.row("S-4.6.18")
def test_no_grant_ever_stands_after_the_revocation(store: Store) -> None:
    mandates = [begun("mandate") for _ in range(RACES)]
    store.streams.commit(store.command(), *mandates)
    ids = [mandate.id for mandate in mandates]
    together, (here, there) = processes().Barrier(2), processes().Pipe()
    place = Place.of(store)
    revoking = processes().Process(target=revoke_each, args=(place, ids, together))
    granting = processes().Process(target=grant_under_each, args=(place, ids, together, there))
    with running(revoking, granting):
        assert here.poll(PATIENCE)
        granted: dict[UUID, int] = here.recv()
    revoked = {logged.header.stream: logged.position for logged in store.log.each() if logged.header.n == 2}
    assert set(revoked) == set(ids)
    assert [id for id, position in granted.items() if position > revoked[id]] == []
    assert 0 < len(granted) < RACES, "one process always won: this was no race"
    check = check_log(store.database)
    assert (check.whole, check.size) == (True, 2 * RACES + len(granted))


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
