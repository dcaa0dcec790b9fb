"""
Verifying a whole log, boxes included: 1 million events against 5, in processes of their own.

The log is made of the product's own headers, hashes and tables, its boxes of random bytes of the least length; most
events have one box, every third has two, and four houses take turns. Rates are given beside those of a loop that only
reads the same rows and hashes the same bytes: what is above it is what checking costs.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.merkle import Frontier, leaf_hash
from ledger.store.engine import Database
from ledger.store.header import BoxEntry, Header, encode, instant
from ledger.store.setup import create_store

SMALL_PART = 5
AT_ONCE = 10_000
BOX_BYTES = 284
LEDGER = UUID(int=7)
TOPICS = ("access.granted.1", "procedure.opened.1", "mandate.signed.1", "reading.recorded.1")
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Rate:
    """How many events a second were verified, and what it took."""

    name: str
    rate: float
    floor: float
    """Of the loop that only reads and hashes."""
    memory_mb: int
    wanted: str

    def __str__(self) -> str:
        share = self.rate / self.floor
        return (
            f"{self.name:<44} {self.rate:9,.0f} /s  {self.memory_mb:4d} MB  {share:.2f} of reading and hashing alone  "
            f"wanted {self.wanted}"
        )


def run(folder: Path, *, count: int) -> Iterator[Rate]:
    folder.mkdir(exist_ok=True)
    for events in (count // SMALL_PART, count):
        path = folder / f"log-{events}.sqlite3"
        if not path.exists():
            fill(path, events)
        yield measured(path, events)


def measured(path: Path, events: int) -> Rate:
    """Verify in a process of its own, so that its memory is its own."""
    done = subprocess.run([sys.executable, __file__, str(path)], capture_output=True, check=True, text=True)
    found = json.loads(done.stdout)
    assert found["whole"]
    name = f"verify {events:,} events, boxes included"
    return Rate(name, events / found["check"], events / found["floor"], found["memory_mb"], ">= 200,000 /s, < 100 MB")


def fill(path: Path, events: int) -> None:
    """Make a log by the store's own formats, in bulk and without its triggers, which are put back."""
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    draft.touch()
    database = Database(f"sqlite:///{draft}")
    create_store(database, LEDGER)
    database.close()
    chance, tree = random.Random(1), Frontier()
    with closing(sqlite3.connect(draft, isolation_level=None)) as log:
        log.execute("PRAGMA synchronous = OFF")
        triggers = log.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            log.execute(f"DROP TRIGGER {name}")
        for start in range(0, events, AT_ONCE):
            tree = _append(log, tree, chance, range(start, min(events, start + AT_ONCE)))
        for _, made in triggers:
            log.execute(made)
        log.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    draft.rename(path)


def _append(log: sqlite3.Connection, tree: Frontier, chance: random.Random, numbers: range) -> Frontier:
    made = [_event(chance, number) for number in numbers]
    log.execute("BEGIN")
    log.executemany("INSERT INTO leaves VALUES (?, ?)", [(row[0], leaf_hash(row[6])) for row, _ in made])
    log.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", [row for row, _ in made])
    log.executemany("INSERT INTO boxes VALUES (?, ?, ?, ?)", [box for _, boxes in made for box in boxes])
    tree, full = tree.grow(leaf_hash(row[6]) for row, _ in made)
    log.executemany("INSERT INTO tree_nodes VALUES (?, ?, ?)", [tuple(node) for node in full])
    log.execute("UPDATE log_head SET size = ?, frontier = ?", (tree.size, tree.to_bytes()))
    log.execute("COMMIT")
    return tree


def _event(chance: random.Random, number: int) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
    recorded = START + timedelta(seconds=3 * number)
    boxes = [(chance.randbytes(16), chance.randbytes(BOX_BYTES)) for _ in range(2 if number % 3 == 0 else 1)]
    header = Header(
        v=1, ledger=LEDGER, event=UUID(bytes=chance.randbytes(16)), stream=UUID(bytes=chance.randbytes(16)), n=1,
        topic=TOPICS[number % 4], recorded_at=instant(recorded),
        effective_at=instant(recorded - timedelta(minutes=1)) if number % 5 == 0 else None,
        actor=chance.randbytes(16).hex(), command=UUID(bytes=chance.randbytes(16)), house=UUID(int=number % 16 // 4),
        decision="GRANTED" if number % 4 == 0 else None, gateway="MANDATE" if number % 4 == 0 else None,
        catalogue="ca" * 32, profile="0f" * 32, rules="4e" * 32,
        boxes=tuple(
            BoxEntry(UUID(bytes=key), "A256GCM.1", chance.randbytes(32).hex(), sha256(content).hexdigest())
            for key, content in boxes
        ),
    )  # fmt: skip
    content = encode(header)
    row = (number + 1, header.event.bytes, header.stream.bytes, 1, header.topic, header.recorded_at, content)
    return row, [(number + 1, box_no, *box) for box_no, box in enumerate(boxes)]


def floor(path: str) -> None:
    """Read the same rows and hash the same bytes, and nothing else."""
    with closing(sqlite3.connect(path)) as log:
        for _ in log.execute("SELECT position, leaf_hash FROM leaves ORDER BY position"):
            pass
        for row in log.execute("SELECT * FROM events ORDER BY position"):
            sha256(b"\x00" + row[6]).digest()
        for row in log.execute("SELECT * FROM boxes ORDER BY position, box_no"):
            sha256(row[3]).hexdigest()


def main(path: str) -> None:
    from resource import RUSAGE_SELF, getrusage
    from time import process_time

    from ledger.store.verification import check_log

    begun = process_time()
    found = check_log(Database(f"sqlite:///{path}"), with_file=False)
    check = process_time() - begun
    memory_mb = getrusage(RUSAGE_SELF).ru_maxrss // 1024
    begun = process_time()
    floor(path)
    told = {"whole": found.whole, "check": check, "floor": process_time() - begun, "memory_mb": memory_mb}
    print(json.dumps(told))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main(sys.argv[1])
