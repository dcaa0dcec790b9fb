"""
The peer: the `eventsourcing` library's own application, on its own SQLite recorder, doing the same loads and saves.

Five aggregates with as many events as the five streams of a desk command, which grow alike; nothing sealed or padded,
nothing guarded but the version, nothing hashed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

FIELDS = ["id.name", "ct.postal", "bank.iban"]


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


@dataclass(frozen=True)
class Streams:
    """What stands for the five streams of one desk command."""

    agent: UUID
    house: UUID
    procedure: UUID
    mandate: UUID
    subject: UUID


def seed(app: Peer, lengths: Sequence[int]) -> Streams:
    """Make the five streams that one desk command loads, each of so many events."""
    things = [begun() for _ in lengths]
    for thing, events in zip(things, lengths, strict=True):
        for _ in range(events - 1):
            thing.step("draft", FIELDS, "portal")
    app.save(*things)
    return Streams(*[thing.id for thing in things])


def begun() -> Thing:
    return Thing("loiron", ["a:file", "a:follow-up"], "Demande")


def desk_command(app: Peer, streams: Streams) -> None:
    """Load five aggregates, and save five events in one transaction, on the streams that ours go to."""
    loaded: list[Thing] = [
        app.repository.get(id_)
        for id_ in (streams.agent, streams.house, streams.procedure, streams.mandate, streams.subject)
    ]
    _, _, procedure, mandate, subject = loaded
    access = begun()
    for thing in (mandate, procedure, procedure, subject):
        thing.step("submit", FIELDS, "portal")
    app.save(access, mandate, procedure, subject)


def load_one(app: Peer, id_: UUID) -> None:
    app.repository.get(id_)


def bare_recorder(folder: Path) -> SQLiteApplicationRecorder:
    recorder = SQLiteApplicationRecorder(SQLiteDatastore(str(folder / "bare.sqlite3"), lock_timeout=10))
    recorder.create_table()
    return recorder


def five_events(size: int) -> list[StoredEvent]:
    """Make five first events of new streams, of `size` bytes each."""
    return [StoredEvent(uuid4(), 1, "procedure.opened.1", b"x" * size) for _ in range(5)]
