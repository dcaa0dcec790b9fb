"""
What the tree costs an append, and how long proofs take over a large log.

The append is compared with one into a store of the same tables that hashes nothing: no leaf, no right edge, no kept
node. Proofs are taken from a log of which only the tree is there, each over a reading of its own, so that no tile is
remembered from one to the next.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import pytest

from bench.pairs import Ratio, compare
from bench.peer import five_events
from bench.store import EVENT_BYTES
from ledger.merkle import HASH_BYTES, Frontier, leaf_hash
from ledger.proof.nodes import KeptNodes
from ledger.proof.tree import check_inclusion, consistency_proof, inclusion_proof
from ledger.store import append, recorder
from ledger.store.append import INSERT_LEAF, INSERT_NODE, MOVE_HEAD
from ledger.store.engine import Database
from ledger.store.recorder import LedgerApplicationRecorder
from ledger.store.setup import create_store
from ledger.store.tree import TreeReader

NO_HASH = bytes(HASH_BYTES)
PROOFS = 300
AT_ONCE = 100_000


class NoTree:
    """Stands for the right edge of a tree that nobody computes."""

    def __init__(self, size: int) -> None:
        self.size = size

    @classmethod
    def of(cls, head: tuple[int, bytes]) -> NoTree:
        return cls(head[0])

    def grow(self, leaves: Sequence[bytes]) -> tuple[NoTree, list[Any]]:
        return NoTree(self.size + len(leaves)), []

    def to_bytes(self) -> bytes:
        return b""


class Milliseconds:
    """The median time of many, with the 99th percentile, milliseconds."""

    def __init__(self, name: str, times: list[float], *, wanted: str) -> None:
        self.name = name
        self.times = sorted(1_000 * each for each in times)
        self.wanted = wanted

    def __str__(self) -> str:
        late = self.times[len(self.times) * 99 // 100]
        return f"{self.name:<58} {median(self.times):6.2f} ms  (99 %: {late:.2f})  wanted {self.wanted}"


def run(folder: Path, *, entries: int) -> Iterator[object]:
    folder.mkdir()
    yield from _appends(folder)
    database = Database(f"sqlite:///{folder / 'large.sqlite3'}")
    fill(database, entries)
    yield from _proofs(database, entries)
    database.close()


def _appends(folder: Path) -> Iterator[Ratio]:
    made = {}
    for name in ("hashed", "unhashed"):
        database = Database(f"sqlite:///{folder / f'{name}.sqlite3'}")
        create_store(database, uuid4())
        made[name] = database
    ours, theirs = LedgerApplicationRecorder(made["hashed"]), LedgerApplicationRecorder(made["unhashed"])
    for batches, times in ((1, 100), (100, 20)):
        yield compare(
            f"append with the tree, {5 * batches} events, against without",
            _inserting(ours, batches, times), _unhashed(_inserting(theirs, batches, times)), times=1, wanted=">= 0.9",
        )  # fmt: skip
    for database in made.values():
        database.close()


def _inserting(store: LedgerApplicationRecorder, batches: int, times: int) -> Callable[[], object]:
    """Append so many times; a few of them would tell how long the disk took, and nothing of the tree."""

    def insert() -> None:
        for _ in range(times):
            store.insert_events([event for _ in range(batches) for event in five_events(EVENT_BYTES)])

    return insert


def _unhashed(work: Callable[[], object]) -> Callable[[], object]:
    """Do the same with the same guards, rows and transactions, and nothing hashed."""

    def unhashed() -> None:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(recorder, "leaf_hash", lambda _: NO_HASH)
            patched.setattr(append, "_tree", NoTree.of)
            work()

    return unhashed


def fill(database: Database, entries: int) -> None:
    """Lay the tree of so many entries, and nothing else of a log."""
    create_store(database, uuid4())
    tree = Frontier()
    while tree.size < entries:
        first = tree.size
        leaves = [leaf_hash(number.to_bytes(8)) for number in range(first, min(first + AT_ONCE, entries))]
        tree, full = tree.grow(leaves)
        with database.writing() as (rows, _):
            rows.run_many(INSERT_LEAF, list(enumerate(leaves, start=first + 1)))
            rows.run_many(INSERT_NODE, full)
            rows.run(MOVE_HEAD, (tree.size, tree.to_bytes()))


def _proofs(database: Database, entries: int) -> Iterator[Milliseconds]:
    reader, chosen = TreeReader(database), random.Random(1)
    inclusions, consistencies = [], []
    with reader.held() as state:
        root = state.head.root()
    for _ in range(PROOFS):
        index, old = chosen.randrange(entries), chosen.randrange(1, entries)
        begun = perf_counter()
        with reader.held() as state:
            proof = inclusion_proof(KeptNodes(state), index, entries)
        inclusions.append(perf_counter() - begun)
        check_inclusion(leaf_hash(index.to_bytes(8)), index=index, size=entries, proof=proof, root=root)
        begun = perf_counter()
        with reader.held() as state:
            consistency_proof(KeptNodes(state), old, entries)
        consistencies.append(perf_counter() - begun)
    yield Milliseconds(f"proof of inclusion at {entries:,} entries", inclusions, wanted="<= 5 ms")
    yield Milliseconds(f"proof of consistency at {entries:,} entries", consistencies, wanted="<= 5 ms")
