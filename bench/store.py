"""The store alone: five events in one append, hashed into the tree, against the library's bare recorder."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from bench.pairs import Ratio, compare
from bench.peer import bare_recorder, five_events
from ledger.store.engine import Database
from ledger.store.recorder import LedgerApplicationRecorder
from ledger.store.setup import create_store

EVENT_BYTES = 600
"""About the size of a header with one box."""


def run(folder: Path) -> list[Ratio]:
    database = Database(f"sqlite:///{folder / 'ours.sqlite3'}")
    create_store(database, uuid4())
    ours, theirs = LedgerApplicationRecorder(database), bare_recorder(folder)
    result = compare(
        "store only, 5 events an append, against a bare recorder",
        lambda: ours.insert_events(five_events(EVENT_BYTES)),
        lambda: theirs.insert_events(five_events(EVENT_BYTES)),
        times=60, wanted=">= 0.5",
    )  # fmt: skip
    database.close()
    return [result]
