from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from ledger.clock import UTC
from ledger.projections.filters import Filter, in_parts

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


@dataclass
class Row:
    position: int
    at: datetime
    code: str | None


ROWS = [Row(1, NOON, "a"), Row(2, NOON + timedelta(hours=1), None), Row(3, NOON + timedelta(hours=2), "b")]


def chosen(wanted: Filter) -> list[int]:
    return [row.position for row in ROWS if wanted.holds(row)]


def test_nothing_asked_gives_everything() -> None:
    assert chosen(Filter().equal("code", None).below("position", None).empty("code", None)) == [1, 2, 3]
    assert Filter().sql() == "1 = 1"


def test_each_condition_holds_where_it_should() -> None:
    assert chosen(Filter().equal("code", "a")) == [1]
    assert chosen(Filter().other("code", "a")) == [3]
    assert chosen(Filter().below("position", 3)) == [1, 2]
    assert chosen(Filter().above("position", 1)) == [2, 3]
    assert chosen(Filter().empty("code", True)) == [2]
    assert chosen(Filter().empty("code", False)) == [1, 3]
    assert chosen(Filter().among("code", ["b", "c"])) == [3]
    assert chosen(Filter().before_row(("at", "position"), (NOON + timedelta(hours=1), 2))) == [1]


def test_a_period_holds_its_beginning_and_not_its_end() -> None:
    assert chosen(Filter().within("at", NOON, NOON + timedelta(hours=2))) == [1, 2]


def test_the_text_depends_on_the_conditions_and_never_on_the_values() -> None:
    first = Filter().equal("code", "x'; DROP TABLE leaves; --").below("position", 4)
    second = Filter().equal("code", "y").below("position", 5)
    assert first.sql() == second.sql() == "code = :c0_0 AND position < :c1_0"
    assert first.parameters() == {"c0_0": "x'; DROP TABLE leaves; --", "c1_0": 4}


def test_the_same_column_may_be_asked_twice() -> None:
    wanted = Filter().above("position", 1).below("position", 3)
    assert chosen(wanted) == [2]
    assert wanted.parameters() == {"c0_0": 1, "c1_0": 3}


def test_long_lists_are_given_in_parts() -> None:
    with pytest.raises(ValueError, match="parts"):
        Filter().among("position", list(range(501)))
    parts = in_parts(list(range(1001)))
    assert [len(part) for part in parts] == [500, 500, 1]
