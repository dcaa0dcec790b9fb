from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.clock import UTC
from ledger.personal import Fact, Personal
from ledger.projections.models import MODELS
from ledger.projections.tables import Table, UnfitColumn, from_microseconds, statements, to_microseconds


@dataclass(frozen=True)
class FullRow:
    reference: UUID
    at: datetime
    count: int
    code: str
    tag: bytes
    done: bool
    other: UUID | None = None
    later: datetime | None = None


FULL = Table("full", "full_rows", FullRow, key=("reference",), indexes=(("at", "count"),))


def test_a_row_comes_back_as_it_was() -> None:
    at = datetime(2026, 6, 9, 12, 20, 0, 123457, tzinfo=UTC)
    for row in (
        FullRow(uuid4(), at, 3, "GRANTED", b"\x00\xff", done=True),
        FullRow(uuid4(), at, 0, "", b"", done=False, other=uuid4(), later=at - timedelta(days=20_000)),
    ):
        parameters = FULL.to_parameters(row)
        assert FULL.from_record([parameters[field.name] for field in FULL.fields]) == row


def test_instants_are_exact_whatever_their_offset() -> None:
    paris = datetime.fromisoformat("2026-10-25T02:30:00.000001+02:00")
    assert from_microseconds(to_microseconds(paris)) == paris
    assert from_microseconds(to_microseconds(paris)).tzinfo is UTC


@pytest.mark.parametrize("unfit", [Fact[str], Personal[str], date, float, dict[str, str], Any, "str | int"])
def test_a_row_can_not_hold_anything_but_ids_instants_codes_and_counts(unfit: Any) -> None:
    row: type[Any] = dataclass(frozen=True)(type("Row", (), {"__annotations__": {"id": UUID, "value": unfit}}))
    with pytest.raises(UnfitColumn):
        Table("m", "t", row, key=("id",)).fields  # noqa: B018  # asking is what is tested


def test_a_key_or_an_index_names_columns_that_exist() -> None:
    with pytest.raises(UnfitColumn):
        Table("full", "full_rows", FullRow, key=("reference",), indexes=(("nothing",),))


def test_the_sql_of_a_table_is_made_once_for_each_generation() -> None:
    assert statements(FULL, 1) is statements(FULL, 1)
    assert statements(FULL, 1).name == "full_rows_g1"
    assert statements(FULL, 2).name == "full_rows_g2"


def test_names_and_indexes_fit_both_databases() -> None:
    names = []
    for model in MODELS:
        for table in model.tables:
            assert table.model == model.name
            names += [table.name, *(f"{table.name}_g999999_by_{'_'.join(index)}" for index in table.indexes)]
    assert max(map(len, names)) <= 63
    assert len(names) == len(set(names))
