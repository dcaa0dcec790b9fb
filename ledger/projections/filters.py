"""Conditions of queries: the same ones ask the database, and rows in memory."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

_LIST_LENGTH = 500
"""The most values that one IN list holds."""

_TESTS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    ">=": operator.ge,
    "<>": operator.ne,
    "IN": lambda value, allowed: value in allowed,
    "IS NULL": lambda value, _: value is None,
    "IS NOT NULL": lambda value, _: value is not None,
}


@dataclass(frozen=True)
class _Condition:
    columns: tuple[str, ...]
    test: str
    values: tuple[Any, ...]

    def sql(self, number: int) -> str:
        names = [f":c{number}_{part}" for part in range(len(self.values))]
        if not names:
            return f"{self.columns[0]} {self.test}"
        if len(names) == 1:
            return f"{self.columns[0]} {self.test} {names[0]}"
        return f"({', '.join(self.columns)}) {self.test} ({', '.join(names)})"

    def parameters(self, number: int) -> dict[str, Any]:
        return {f"c{number}_{part}": value for part, value in enumerate(self.values)}

    def holds(self, row: object) -> bool:
        found = tuple(getattr(row, column) for column in self.columns)
        if not self.values or len(self.values) == 1:
            wanted = self.values[0] if self.values else None
            return (found[0] is not None or not self.values) and _TESTS[self.test](found[0], wanted)
        return None not in found and _TESTS[self.test](found, self.values)


@dataclass(frozen=True)
class Filter:
    """A conjunction of conditions on columns; a value that is None asks for nothing."""

    conditions: tuple[_Condition, ...] = ()

    def equal(self, column: str, value: object | None) -> Self:
        """Ask for rows whose column has this value."""
        return self if value is None else self._with((column,), "=", value)

    def other(self, column: str, value: object) -> Self:
        """Ask for rows whose column has another value than this."""
        return self._with((column,), "<>", value)

    def above(self, column: str, value: object | None) -> Self:
        """Ask for rows whose column is more than this."""
        return self if value is None else self._with((column,), ">", value)

    def below(self, column: str, value: object | None) -> Self:
        """Ask for rows whose column is less than this."""
        return self if value is None else self._with((column,), "<", value)

    def within(self, column: str, since: datetime | None, until: datetime | None) -> Self:
        """Ask for rows whose instant is in the half-open period [since, until)."""
        started = self if since is None else self._with((column,), ">=", since)
        return started.below(column, until)

    def before_row(self, columns: tuple[str, str], values: tuple[object, object]) -> Self:
        """Ask for rows that come before the one with this pair of values, in the order of the pair."""
        return self._with(columns, "<", *values)

    def empty(self, column: str, wanted: bool | None) -> Self:
        """Ask for rows whose column is empty, or is not."""
        return self if wanted is None else self._with((column,), "IS NULL" if wanted else "IS NOT NULL")

    def among(self, column: str, values: Sequence[object]) -> Self:
        """
        Ask for rows whose column has one of these values; none of them gives no rows.

        :raises ValueError: above 500 values, see `in_parts`
        """
        if len(values) > _LIST_LENGTH:
            raise ValueError("an IN list is given in parts")
        return self._with((column,), "IN", list(values))

    def _with(self, columns: tuple[str, ...], test: str, *values: object) -> Self:
        return type(self)((*self.conditions, _Condition(columns, test, values)))

    def sql(self) -> str:
        """Give the conditions as SQL; the same conditions give the same text, whatever their values."""
        return " AND ".join(condition.sql(number) for number, condition in enumerate(self.conditions)) or "1 = 1"

    def parameters(self) -> dict[str, Any]:
        """Give the values of the conditions, by the names they have in the SQL."""
        numbered = enumerate(self.conditions)
        return {name: value for number, each in numbered for name, value in each.parameters(number).items()}

    def holds(self, row: object) -> bool:
        """Say whether a row meets every condition."""
        return all(condition.holds(row) for condition in self.conditions)


def in_parts(values: Sequence[Any]) -> list[Sequence[Any]]:
    """Cut a long list of values in parts that an IN list holds."""
    return [values[start : start + _LIST_LENGTH] for start in range(0, len(values), _LIST_LENGTH)]
