"""Rows of a model in memory: what a projection gives, without any database."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ledger.projections.filters import Condition, Filter
from ledger.projections.model import Model
from ledger.projections.ports import Entry
from ledger.projections.tables import Table
from tests.unit.projections.histories import MemoryLog

R = TypeVar("R")


TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    ">=": operator.ge,
    "IN": lambda value, among: value in among,
    "IS NULL": lambda value, _: value is None,
}


def holds(wanted: Filter, row: object) -> bool:
    """Say whether a row meets every condition, as the database would."""

    def met(condition: Condition) -> bool:
        (column,) = condition.columns
        found, value = getattr(row, column), condition.values[0] if condition.values else None
        return (found is not None or not condition.values) and TESTS[condition.test](found, value)

    return all(met(condition) for condition in wanted.conditions)


class RowsInMemory:
    def __init__(self) -> None:
        self._rows: dict[str, dict[tuple[Any, ...], Any]] = {}

    def get(self, table: Table[R], *key: Any) -> R | None:
        found: R | None = self._rows.get(table.name, {}).get(key)
        return found

    def put(self, table: Table[R], row: R) -> None:
        self._rows.setdefault(table.name, {})[table.key_of(row)] = row

    def remove(self, table: Table[R], row: R) -> None:
        self._rows.get(table.name, {}).pop(table.key_of(row), None)

    def where(self, table: Table[R], wanted: Filter) -> list[R]:
        return [row for row in self.all(table) if holds(wanted, row)]

    def all(self, table: Table[R]) -> list[R]:
        rows = self._rows.get(table.name, {})
        return [rows[key] for key in sorted(rows, key=repr)]


def projected(model: Model, log: MemoryLog, entries: Iterable[Entry] | None = None) -> RowsInMemory:
    rows = RowsInMemory()
    for entry in log.written if entries is None else entries:
        if model.concerns(entry.topic):
            model.take(entry, rows, log.claims if entry.topic in model.scoped else {})
    return rows
