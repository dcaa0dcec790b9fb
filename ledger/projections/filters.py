"""Conditions of queries, put together from constant pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

_LIST_LENGTH = 500
"""The most values that one IN list holds."""


@dataclass(frozen=True)
class Condition:
    """One condition: columns, a test, and the values that they are tested against."""

    columns: tuple[str, ...]
    test: str
    values: tuple[Any, ...]

    def sql(self, number: int) -> str:
        """Give the condition as SQL, its values named after its number."""
        names = [f":c{number}_{part}" for part in range(len(self.values))]
        if not names:
            return f"{self.columns[0]} {self.test}"
        if len(names) == 1:
            return f"{self.columns[0]} {self.test} {names[0]}"
        return f"({', '.join(self.columns)}) {self.test} ({', '.join(names)})"

    def parameters(self, number: int) -> dict[str, Any]:
        """Give the values by their names."""
        return {f"c{number}_{part}": value for part, value in enumerate(self.values)}


@dataclass(frozen=True)
class Filter:
    """A conjunction of conditions on columns; a value that is None asks for nothing."""

    conditions: tuple[Condition, ...] = ()

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
        return type(self)((*self.conditions, Condition(columns, test, values)))

    def sql(self) -> str:
        """Give the conditions as SQL; the same conditions give the same text, whatever their values."""
        return " AND ".join(condition.sql(number) for number, condition in enumerate(self.conditions)) or "1 = 1"

    def parameters(self) -> dict[str, Any]:
        """Give the values of the conditions, by the names they have in the SQL."""
        numbered = enumerate(self.conditions)
        return {name: value for number, each in numbered for name, value in each.parameters(number).items()}


def in_parts(values: Sequence[Any]) -> list[Sequence[Any]]:
    """Cut a long list of values in parts that an IN list holds."""
    return [values[start : start + _LIST_LENGTH] for start in range(0, len(values), _LIST_LENGTH)]
