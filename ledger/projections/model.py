"""
What a read model is: a pure function from one event, and the rows made so far, to changed rows.

A model sees headers and claims of keys. It is given nothing by which it could open a box, write to the log or reach
the world, so that making it again has no effect but its rows, and gives the same rows however often it is done.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar
from uuid import UUID

from ledger.aggregates.base import ScopeInstance
from ledger.projections.filters import Filter, in_parts
from ledger.projections.ports import Entry
from ledger.projections.tables import Table

R = TypeVar("R")

PRUNED = "headers.pruned.1"
"""The topic of the records of pruned headers, which concern every model."""


class RowMissing(LookupError):
    """An event changes something whose beginning was not taken: that was parked, or pruned."""


Scopes = Mapping[UUID, ScopeInstance]
"""What the keys of a batch of events were claimed for."""


class Rows(Protocol):
    """The rows of one model while an event is projected; changes of an event that fails are dropped whole."""

    def get(self, table: Table[R], *key: Any) -> R | None:
        """Give the row with this key, or None."""
        ...

    def put(self, table: Table[R], row: R) -> None:
        """Write a row in the place of the one with the same key, if any."""
        ...

    def remove(self, table: Table[R], row: R) -> None:
        """Remove the row with the key of this one."""
        ...

    def where(self, table: Table[R], wanted: Filter) -> list[R]:
        """Give the rows that meet the conditions, in the order of their keys; asked before the event changes any."""
        ...


class Model(ABC):
    """
    One read model.

    `version` goes up whenever its tables or the meaning of its rows change: the rows of another version are not read,
    they are made again.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    tables: ClassVar[tuple[Table[Any], ...]]
    topics: ClassVar[frozenset[str]]
    """The topics that it projects; no topics at all means every one."""
    scoped: ClassVar[frozenset[str]] = frozenset()
    """The topics for which it needs to know what the keys were claimed for; for others it is told nothing."""

    def concerns(self, topic: str) -> bool:
        """Say whether events of this topic change any row."""
        return not self.topics or topic in self.topics or topic == PRUNED

    def take(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Take one event in: what it says, and what it says is gone."""
        if entry.topic == PRUNED:
            self.forget(entry, rows)
        if not self.topics or entry.topic in self.topics:
            self.project(entry, rows, scopes)

    def forget(self, entry: Entry, rows: Rows) -> None:
        """
        Remove the rows that began with events whose headers are pruned: a rebuild could not make them again.

        Nothing else of a model may come from a stream that is pruned while the row stays.
        """
        found = [(table, pruned_rows(entry, rows, table)) for table in self.tables]
        for table, gone in found:
            for row in gone:
                rows.remove(table, row)

    @abstractmethod
    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Change the rows as one event says."""


def pruned_rows(entry: Entry, rows: Rows, table: Table[R]) -> list[R]:
    """Give the rows of a table that began with an event which a record of pruned headers names."""
    if not table.begins_at_position:
        return []
    # One position each, in lists: SQLite would look through the whole table for ranges, rather than use its index.
    parts = in_parts(list(entry.ranges.positions()))
    return [row for part in parts for row in rows.where(table, Filter().among("position", part))]


def happened(entry: Entry) -> datetime:
    """Give the instant that an event took effect."""
    return entry.effective_at or entry.recorded_at


def known(entry: Entry) -> datetime:
    """Give the instant that the mandatary was told."""
    return entry.known_at or entry.recorded_at


def begun(row: R | None) -> R:
    """
    Give the row that an event changes.

    :raises RowMissing: if there is none
    """
    if row is None:
        raise RowMissing
    return row
