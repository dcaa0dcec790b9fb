"""
How far each generation of each model has come, and which events it could not take.

These rows change in the same transaction as the rows of the model, under the lock of the tracking row: what is counted
as done is done, exactly once, whoever else is running.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zlib import crc32

from sqlalchemy import Connection, text

from ledger.projections.model import Model
from ledger.projections.tables import Table, definition, from_microseconds, physical_name, to_microseconds


class State(StrEnum):
    """What a generation of a model is good for."""

    LIVE = "live"
    """Readers read it."""
    BUILDING = "building"
    """A rebuild fills it."""
    RETIRED = "retired"
    """It was replaced, or its rebuild was given up: it is to be dropped."""


@dataclass(frozen=True)
class Generation:
    """One generation of a model: its number, its state, the version that makes it, and the last event it took."""

    model: str
    number: int
    state: State
    version: int
    position: int
    event: UUID | None
    """The event at that position, by which a log that was put back is known; None where it was pruned."""


@dataclass(frozen=True)
class ParkedEvent:
    """An event that a model could not take: where, and the class of the error (never its text)."""

    model: str
    position: int
    error: str
    parked_at: datetime


_TABLES = (
    """
    CREATE TABLE IF NOT EXISTS generations (
        model TEXT NOT NULL,
        number BIGINT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('live', 'building', 'retired')),
        version BIGINT NOT NULL,
        position BIGINT NOT NULL,
        event_id {bytes},
        PRIMARY KEY (model, number)
    )
    """,
    "CREATE UNIQUE INDEX IF NOT EXISTS one_live_generation ON generations (model) WHERE state = 'live'",
    """
    CREATE TABLE IF NOT EXISTS parked (
        model TEXT NOT NULL,
        number BIGINT NOT NULL,
        position BIGINT NOT NULL,
        error TEXT NOT NULL,
        parked_at BIGINT NOT NULL,
        PRIMARY KEY (model, number, position)
    )
    """,
)
_COLUMNS = "model, number, state, version, position, event_id"
_ALL = text(f"SELECT {_COLUMNS} FROM generations ORDER BY model, number")
_LIVE = text(f"SELECT {_COLUMNS} FROM generations WHERE state = 'live' ORDER BY model")
_OF_MODEL = text(f"SELECT {_COLUMNS} FROM generations WHERE model = :model ORDER BY number")
_ADD = text(f"INSERT INTO generations ({_COLUMNS}) VALUES (:model, :number, :state, :version, 0, NULL)")
_STATE = text("UPDATE generations SET state = :state WHERE model = :model AND number = :number")
_FORGET = text("DELETE FROM generations WHERE model = :model AND number = :number")
_POSITION = "SELECT position FROM generations WHERE model = :model AND number = :number AND state <> 'retired'"
_LOCKED_POSITION = {"sqlite": text(_POSITION), "postgresql": text(f"{_POSITION} FOR UPDATE")}
_ADVANCE = text(
    "UPDATE generations SET position = :position, event_id = :event WHERE model = :model AND number = :number"
)
_PARK = text(
    "INSERT INTO parked (model, number, position, error, parked_at) "
    "VALUES (:model, :number, :position, :error, :parked_at)"
)
_FORGET_PARKED = text("DELETE FROM parked WHERE model = :model AND number = :number")
_PARKED = text(
    "SELECT parked.model, parked.position, error, parked_at FROM parked "
    "JOIN generations ON generations.model = parked.model AND generations.number = parked.number "
    "WHERE state = 'live' ORDER BY parked.model, parked.position"
)
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")


def _read(connection: Connection, query: Any, **parameters: object) -> list[Generation]:
    return [
        Generation(model, number, State(state), version, position, None if event is None else UUID(bytes=bytes(event)))
        for model, number, state, version, position, event in connection.execute(query, parameters)
    ]


def every(connection: Connection) -> list[Generation]:
    """Give every generation of every model."""
    return _read(connection, _ALL)


def live(connection: Connection) -> list[Generation]:
    """Give the live generation of each model."""
    return _read(connection, _LIVE)


def parked(connection: Connection) -> list[ParkedEvent]:
    """Give the parked events of the live generations."""
    found = connection.execute(_PARKED)
    return [ParkedEvent(model, position, error, from_microseconds(at)) for model, position, error, at in found]


def install(connection: Connection, schema: str | None, models: Sequence[Model]) -> None:
    """Make the tracking tables and a first live generation of each model, unless someone just did."""
    _define_alone(connection, schema or "")
    if schema is not None:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
    kind = {"sqlite": "BLOB", "postgresql": "BYTEA"}[connection.dialect.name]
    for statement in _TABLES:
        connection.execute(text(statement.format(bytes=kind)))
    present = {generation.model for generation in live(connection)}
    for model in models:
        if model.name not in present:
            _add(connection, model, State.LIVE)


def begin_building(connection: Connection, model: Model, schema: str | None) -> int:
    """Make the tables of a new generation and give its number; a rebuild that began before is given up."""
    _define_alone(connection, schema or "")
    for generation in _read(connection, _OF_MODEL, model=model.name):
        if generation.state is State.BUILDING:
            _set_state(connection, generation.model, generation.number, State.RETIRED)
    return _add(connection, model, State.BUILDING)


def _define_alone(connection: Connection, schema: str) -> None:
    """Let one process at a time define tables; SQLite's write lock does so anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME, {"key": crc32(f"ledger read models {schema}".encode())})


def _add(connection: Connection, model: Model, state: State) -> int:
    number = max((g.number for g in _read(connection, _OF_MODEL, model=model.name)), default=0) + 1
    for table in model.tables:
        definition(table, number).create_all(connection, checkfirst=False)
    connection.execute(_ADD, {"model": model.name, "number": number, "state": str(state), "version": model.version})
    return number


def _set_state(connection: Connection, model: str, number: int, state: State) -> None:
    connection.execute(_STATE, {"model": model, "number": number, "state": str(state)})


def lock(connection: Connection, model: str, number: int) -> int | None:
    """Take the turn of one generation and give its position, or None where it was retired."""
    query = _LOCKED_POSITION[connection.dialect.name]
    position: int | None = connection.execute(query, {"model": model, "number": number}).scalar_one_or_none()
    return position


def advance(connection: Connection, model: str, number: int, *, position: int, event: UUID | None) -> None:
    """Write down that everything up to `position`, where `event` stands, was taken or parked."""
    said = {"model": model, "number": number, "position": position, "event": None if event is None else event.bytes}
    connection.execute(_ADVANCE, said)


def park(connection: Connection, model: str, number: int, *, position: int, error: Exception, at: datetime) -> None:
    """Write down that an event could not be taken; the text of the error is not kept, it could tell too much."""
    connection.execute(
        _PARK,
        {
            "model": model,
            "number": number,
            "position": position,
            "error": type(error).__name__,
            "parked_at": to_microseconds(at),
        },
    )


def replace_live(connection: Connection, model: str, number: int) -> None:
    """Let a built generation take the place of the live one, in this one transaction."""
    for generation in _read(connection, _OF_MODEL, model=model):
        if generation.state is State.LIVE:
            _set_state(connection, model, generation.number, State.RETIRED)
    _set_state(connection, model, number, State.LIVE)


def drop(connection: Connection, model: Model, number: int) -> None:
    """Drop the tables of a retired generation; its tracking row first, as whoever fills it locks that first."""
    connection.execute(_FORGET, {"model": model.name, "number": number})
    connection.execute(_FORGET_PARKED, {"model": model.name, "number": number})
    for table in model.tables:
        _drop_table(connection, table, number)


def _drop_table(connection: Connection, table: Table[Any], number: int) -> None:
    connection.execute(text(f"DROP TABLE IF EXISTS {physical_name(table, number)}"))
