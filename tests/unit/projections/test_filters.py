from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ledger.projections.filters import Filter, in_parts

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


def test_nothing_asked_gives_everything() -> None:
    assert Filter().sql() == "1 = 1"
    assert Filter().equal("code", None).below("position", None).empty("code", None) == Filter()


@pytest.mark.parametrize(
    ("wanted", "sql", "parameters"),
    [
        (Filter().equal("code", "a"), "code = :c0_0", {"c0_0": "a"}),
        (Filter().other("code", "a"), "code <> :c0_0", {"c0_0": "a"}),
        (Filter().below("position", 3), "position < :c0_0", {"c0_0": 3}),
        (Filter().above("position", 3), "position > :c0_0", {"c0_0": 3}),
        (Filter().empty("code", True), "code IS NULL", {}),
        (Filter().empty("code", False), "code IS NOT NULL", {}),
        (Filter().among("code", ["b", "c"]), "code IN :c0_0", {"c0_0": ["b", "c"]}),
        (Filter().within("at", None, NOON), "at < :c0_0", {"c0_0": NOON}),
        (Filter().within("at", NOON, NOON), "at >= :c0_0 AND at < :c1_0", {"c0_0": NOON, "c1_0": NOON}),
        (
            Filter().before_row(("at", "position"), (NOON, 2)),
            "(at, position) < (:c0_0, :c0_1)",
            {"c0_0": NOON, "c0_1": 2},
        ),
    ],
)
def test_each_condition_is_constant_text_and_values_apart(
    wanted: Filter, sql: str, parameters: dict[str, object]
) -> None:
    assert (wanted.sql(), wanted.parameters()) == (sql, parameters)


def test_the_text_depends_on_the_conditions_and_never_on_the_values() -> None:
    first = Filter().equal("code", "x'; DROP TABLE leaves; --").below("position", 4)
    second = Filter().equal("code", "y").below("position", 5)
    assert first.sql() == second.sql() == "code = :c0_0 AND position < :c1_0"


def test_the_same_column_may_be_asked_twice() -> None:
    assert Filter().above("position", 1).below("position", 3).parameters() == {"c0_0": 1, "c1_0": 3}


def test_long_lists_are_given_in_parts() -> None:
    with pytest.raises(ValueError, match="parts"):
        Filter().among("position", list(range(501)))
    parts = in_parts(list(range(1001)))
    assert [len(part) for part in parts] == [500, 500, 1]
    assert [each for part in parts for each in part] == list(range(1001))
