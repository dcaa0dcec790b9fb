"""
The peer: the `eventsourcing` library's own application, on its own SQLite recorder, doing the same loads and saves.

Five aggregates with as many events, and about as many bytes, as the five streams of a desk command; nothing sealed,
nothing guarded but the version, nothing hashed.
"""

from __future__ import annotations

from pathlib import Path
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore


class Thing(Aggregate):
    @event("Begun")
    def __init__(self, house: str, acts: list[str], label: str) -> None:
        self.house = house
        self.acts = acts
        self.label = label
        self.steps: list[str] = []

    @event("Stepped")
    def step(self, what: str, fields: list[str], place: str) -> None:
        self.steps.append(f"{what} {len(fields)} {place}")


class Peer(Application[UUID]):
    name = "peer"


def open_peer(folder: Path) -> Peer:
    return Peer(env={
        "PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "peer.sqlite3"),
        "SQLITE_LOCK_TIMEOUT": "10",
    })  # fmt: skip


def seed(app: Peer, events: int) -> list[UUID]:
    """Make the five streams that one desk command loads, of so many events each."""
    things = [Thing("loiron", ["a:file", "a:follow-up"], "Demande") for _ in range(5)]
    for thing in things:
        for _ in range(events - 1):
            thing.step("draft", ["id.name", "ct.postal", "bank.iban"], "portal")
    app.save(*things)
    return [thing.id for thing in things]


def desk_command(app: Peer, ids: list[UUID]) -> None:
    """Load five aggregates, trigger one event on each, save them in one transaction."""
    things: list[Thing] = [app.repository.get(id_) for id_ in ids]
    for thing in things:
        thing.step("submit", ["id.name", "ct.postal", "bank.iban"], "portal")
    app.save(*things)


def load_one(app: Peer, id_: UUID) -> None:
    app.repository.get(id_)


def bare_recorder(folder: Path) -> SQLiteApplicationRecorder:
    recorder = SQLiteApplicationRecorder(SQLiteDatastore(str(folder / "bare.sqlite3"), lock_timeout=10))
    recorder.create_table()
    return recorder


def five_events(size: int) -> list[StoredEvent]:
    """Make five first events of new streams, of `size` bytes each."""
    return [StoredEvent(uuid4(), 1, "procedure.opened.1", b"x" * size) for _ in range(5)]
