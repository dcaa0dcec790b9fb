"""What tests of checkpoints do with a ledger: have it grow, sign it, and put an earlier state in its place."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ledger.aggregates.reading import Reading
from ledger.bootstrap import open_ledger
from ledger.identifiers import new_id
from ledger.merkle import Frontier
from ledger.proof.archive import CheckpointReason
from tests.integration.usecases.workbench import Workbench

DEMAND = CheckpointReason.DEMAND
_BY_POSITION = ("boxes", "links", "fences", "events", "leaves", "key_claims")


def issue(bench: Workbench, why: CheckpointReason = DEMAND) -> int:
    """Sign the log as it is, and give its size."""
    return bench.ledger.issuer.issue(why, at=bench.clock.now()).checkpoint.size


def grow(bench: Workbench, events: int = 1) -> int:
    """Record something, so many times; give the size."""
    for _ in range(events):
        page = Reading.of_page(house=None, page="audit.trail", rows=0, about=())
        bench.ledger.streams.commit(bench.command(), page)
    return bench.ledger.log.size()


def reopened(bench: Workbench) -> Workbench:
    """Go on as a new process would."""
    bench.ledger.close()
    bench.ledger = open_ledger(bench.ledger.locations.home, clock=bench.clock)
    return bench


@dataclass(frozen=True)
class Earlier:
    """The log as it was: a copy of the file, and where the tables ended."""

    head: Frontier
    file: Path


def copied(bench: Workbench, folder: Path) -> Earlier:
    """Keep the log as it is now."""
    earlier = Earlier(bench.ledger.log.head(), folder / f"{new_id().hex}.sqlite3")
    if bench.ledger.database.dialect == "sqlite":
        live = sqlite3.connect(bench.ledger.database.path)
        with closing(live), closing(sqlite3.connect(earlier.file)) as copy:
            live.backup(copy)
    return earlier


def put_back(bench: Workbench, earlier: Earlier) -> None:
    """Put the log back as it was, behind the product's back."""
    if bench.ledger.database.dialect == "sqlite":
        bench.ledger.close()
        for ending in ("-wal", "-shm"):
            Path(f"{bench.ledger.database.path}{ending}").unlink(missing_ok=True)
        shutil.copy(earlier.file, bench.ledger.database.path)
    else:
        _cut(bench, earlier.head)
    reopened(bench)


def _cut(bench: Workbench, old: Frontier) -> None:
    """Take what was appended since out of the tables, as whoever owns the server can."""
    with bench.ledger.database.reading() as rows:
        rows.run("SET session_replication_role = replica")  # no trigger, no foreign key
        for table in _BY_POSITION:
            rows.run(f"DELETE FROM {table} WHERE position > ?", (old.size,))
        rows.run("DELETE FROM idempotency WHERE first_position > ?", (old.size,))
        rows.run("DELETE FROM tree_nodes WHERE (number + 1) << level > ?", (old.size,))
        rows.run("UPDATE log_head SET size = ?, frontier = ?", (old.size, old.to_bytes()))
        rows.run("SET session_replication_role = DEFAULT")
