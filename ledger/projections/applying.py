"""
Take a batch of events into one generation of a model: all of it, once, or nothing.

Rows, parked events and position go into one transaction that holds the lock of the tracking row and starts from the
position found under it. A second runner, or one that was killed and started again, therefore finds what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ledger.projections import tracking
from ledger.projections.filters import Filter
from ledger.projections.model import Model, Scopes
from ledger.projections.ports import Entry, EventSource
from ledger.projections.retrying import is_transient
from ledger.projections.tables import Table, statements
from ledger.projections.views import Views, run

R = TypeVar("R")


@dataclass(frozen=True)
class Batch:
    """Consecutive events: all that the log holds after position `after`, up to `through`."""

    after: int
    through: int
    entries: Sequence[Entry]
    scopes: Scopes

    @property
    def last_event(self) -> UUID | None:
        """The event at position `through`; None where it was pruned."""
        last = self.entries[-1] if self.entries else None
        return last.event_id if last is not None and last.position == self.through else None


def fetch(source: EventSource, models: Sequence[Model], *, after: int, limit: int) -> Batch:
    """Read the next batch of events, with the claims that the models ask for."""
    upto = min(after + limit, max(source.head(), after))
    entries = source.entries(after=after, upto=upto) if upto > after else ()
    topics = frozenset[str]().union(*(model.scoped for model in models))
    keys = {key for entry in entries if entry.topic in topics for key in _keys(entry)}
    return Batch(after, upto, entries, source.scopes(keys) if keys else {})


def _keys(entry: Entry) -> tuple[UUID, ...]:
    return entry.keys if entry.covers is None else (*entry.keys, entry.covers)


class Workspace:
    """The rows of one generation during one transaction: read when asked for, written at the end."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection = connection
        self._number = number
        self._known: dict[tuple[Table[Any], tuple[Any, ...]], Any] = {}
        self._changed: dict[tuple[Table[Any], tuple[Any, ...]], Any] = {}
        self._pending: dict[tuple[Table[Any], tuple[Any, ...]], Any] = {}

    def get(self, table: Table[R], *key: Any) -> R | None:
        """Give the row with this key, or None."""
        place = (table, key)
        for layer in (self._pending, self._known):
            if place in layer:
                row: R | None = layer[place]
                return row
        record = self._connection.execute(statements(table, self._number).get, table.key_parameters(key)).one_or_none()
        self._known[place] = found = None if record is None else table.from_record(record)
        return found

    def put(self, table: Table[R], row: R) -> None:
        """Write a row in the place of the one with the same key, if any."""
        self._pending[table, table.key_of(row)] = row

    def remove(self, table: Table[R], row: R) -> None:
        """Remove the row with the key of this one."""
        self._pending[table, table.key_of(row)] = None

    def where(self, table: Table[R], wanted: Filter) -> list[R]:
        """Give the rows that meet the conditions, those of earlier events of the batch included."""
        if self._pending:
            raise RuntimeError("a model looks for rows before it changes any")
        self.write()
        return run(self._connection, table, self._number, wanted, order=", ".join(table.key))

    def keep(self) -> None:
        """Keep the changes of the event just projected."""
        self._known |= self._pending
        self._changed |= self._pending
        self._pending.clear()

    def drop(self) -> None:
        """Drop the changes of the event that failed."""
        self._pending.clear()

    def forget(self) -> None:
        """Forget every row, after the database took back what was written last."""
        self._known.clear()
        self._changed.clear()
        self._pending.clear()

    def write(self) -> None:
        """Write what is kept into the tables."""
        puts: dict[Table[Any], list[dict[str, Any]]] = {}
        removals: dict[Table[Any], list[dict[str, Any]]] = {}
        for (table, key), row in self._changed.items():
            if row is None:
                removals.setdefault(table, []).append(table.key_parameters(key))
            else:
                puts.setdefault(table, []).append(table.to_parameters(row))
        self._changed.clear()
        for table, parameters in puts.items():
            self._connection.execute(statements(table, self._number).put, parameters)
        for table, parameters in removals.items():
            self._connection.execute(statements(table, self._number).remove, parameters)


class Applier:
    """Takes batches into generations."""

    def __init__(self, views: Views, now: Callable[[], datetime]) -> None:
        self._views = views
        self._now = now

    def apply(self, model: Model, number: int, batch: Batch) -> list[tracking.ParkedEvent]:
        """
        Take what of a batch this generation has not taken yet; give the events that it could not take.

        When the database refuses the rows together they are tried one event at a time, to find the one at fault.
        """
        try:
            return self._apply(model, number, batch, together=True)
        except Exception as error:  # whatever it is, it comes again if it is not one event's
            if isinstance(error, DBAPIError) and is_transient(error):
                raise
            return self._apply(model, number, batch, together=False)

    def _apply(self, model: Model, number: int, batch: Batch, *, together: bool) -> list[tracking.ParkedEvent]:
        with self._views.writing() as connection:
            position = tracking.lock(connection, model.name, number)
            if position is None or not batch.after <= position < batch.through:
                return []
            workspace = Workspace(connection, number)
            failed: list[tuple[Entry, Exception]] = []
            project = _project if together else _project_alone
            for entry in batch.entries:
                if entry.position > position and model.concerns(entry.topic):
                    scopes = batch.scopes if entry.topic in model.scoped else {}
                    error = project(connection, model, entry, workspace, scopes)
                    if error is not None:
                        failed.append((entry, error))
            workspace.write()
            parked = [self._park(connection, model, number, entry, error) for entry, error in failed]
            tracking.advance(connection, model.name, number, position=batch.through, event=batch.last_event)
            return parked

    def _park(
        self, connection: Connection, model: Model, number: int, entry: Entry, error: Exception
    ) -> tracking.ParkedEvent:
        at = self._now()
        tracking.park(connection, model.name, number, position=entry.position, error=error, at=at)
        return tracking.ParkedEvent(model.name, entry.position, type(error).__name__, at)


def _project(
    connection: Connection, model: Model, entry: Entry, workspace: Workspace, scopes: Scopes
) -> Exception | None:
    """Project one event; what a model raises is a defect of the model, and must not stop the other events."""
    try:
        model.take(entry, workspace, scopes)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001  # parked and reported, whatever it is
        workspace.drop()
        return error
    workspace.keep()
    return None


def _project_alone(
    connection: Connection, model: Model, entry: Entry, workspace: Workspace, scopes: Scopes
) -> Exception | None:
    """Project one event and write its rows at once, so that what the database refuses is known to be this event's."""
    try:
        with connection.begin_nested():
            model.take(entry, workspace, scopes)
            workspace.keep()
            workspace.write()
    except Exception as error:  # parked and reported, whatever it is, unless it passes by itself
        if isinstance(error, DBAPIError) and is_transient(error):
            raise
        workspace.forget()
        return error
    return None
