"""
Erasing among many keys: the whole turn of the tree, every bucket opened and compared, to the receipt of the old root.

The root is held by a file, the key store is SQLite. What a turn costs is measured alone, in milliseconds: there is no
peer whose erasure would be the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Event, Process, SimpleQueue
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID, uuid4

from ledger.limits import KEYS_IN_BATCH
from ledger.sealing.sealer import KeyringSealer
from ledger.usecases.retention.ports import Doomed
from tests.unit.sealing.keystores import destruction_in, new_keyring, open_keyring, place_of

ROUNDS = 9


@dataclass(frozen=True)
class Duration:
    """The median time of the rounds, with the extremes, milliseconds."""

    name: str
    median: float
    lowest: float
    highest: float
    wanted: str

    def __str__(self) -> str:
        return f"{self.name:<58} {self.median:6.0f} ms  ({self.lowest:.0f} to {self.highest:.0f})  wanted {self.wanted}"


WAITING = 100_000
"""Among how many keys a writer works beside erasures."""


def run(folder: Path, *, count: int) -> Iterator[Duration]:
    folder.mkdir()
    yield _waited(folder / "beside", count=min(count, WAITING))
    keyring = new_keyring(folder)
    keys: list[UUID] = []
    while len(keys) < count:
        with keyring.database.writing() as connection:
            keys += keyring.tree.mint(connection, min(KEYS_IN_BATCH, count - len(keys)))
    random.Random(1).shuffle(keys)  # neighbours in the list stand in buckets far apart
    destruction = destruction_in(keyring, folder)
    for at_once, wanted in ((1, "<= 100 ms"), (count // 1_000, "<= 1,000 ms")):
        times = []
        for _ in range(ROUNDS):
            doomed = [Doomed(keys.pop(), "TERM", "bench") for _ in range(at_once)]
            begun = perf_counter()
            batch = destruction.destroy_all(doomed, batch=uuid4())
            times.append((perf_counter() - begun) * 1_000)
            assert len(batch.destroyed) == at_once
            assert not batch.pending
        name = f"erase {at_once:,} among {count:,} keys, all verified"
        yield Duration(name, median(times), min(times), max(times), wanted)
    keyring.close()


def _waited(folder: Path, *, count: int) -> Duration:
    """Erase again and again while another process makes keys and seals with them; give how long that one waited."""
    folder.mkdir()
    keyring = new_keyring(folder)
    keys: list[UUID] = []
    while len(keys) < count:
        with keyring.database.writing() as connection:
            keys += keyring.tree.mint(connection, min(KEYS_IN_BATCH, count - len(keys)))
    destruction = destruction_in(keyring, folder)
    over = Event()
    waits: Any = SimpleQueue()
    writer = Process(target=_write, args=(folder, over, waits))
    writer.start()
    for _ in range(ROUNDS):
        destruction.destroy_all([Doomed(keys.pop(), "TERM", "bench")], batch=uuid4())
    over.set()
    taken = waits.get()
    writer.join()
    keyring.close()
    name = f"the longest that a writer waited beside, {count:,} keys"
    return Duration(name, max(taken), min(taken), max(taken), "<= 1,000 ms")


def _write(folder: Path, over: Any, waits: Any) -> None:
    """Make keys, and seal with each, until told to stop; say how long each took, milliseconds."""
    keyring = open_keyring(folder)
    taken: list[float] = []
    sealer = KeyringSealer(keyring)
    while not over.is_set() or not taken:
        begun = perf_counter()
        key_id = sealer.reserve()
        sealer.seal(place_of(key_id), b"x", pad_to=256)
        taken.append((perf_counter() - begun) * 1_000)
    waits.put(taken)
    keyring.close()
