"""How what is due becomes the lines of a slip."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.aggregates.slip import Medium, SlipLine
from ledger.limits import BOX_BYTES, SLIP_LINES
from ledger.rules.law import load_law
from ledger.rules.management_table import ON_SLIPS
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.retention.slip_paper import Heaps, canonical, term_in_words, year_of

ON = date(2026, 6, 9)
PROOF = RetentionClass.MANDATE_PROOF


@dataclass(frozen=True)
class Due:
    """Something that is due."""

    category: RetentionClass
    first_day: date
    last_day: date | None
    papers: int = 0


def lines(*due: Due, remark: str = "") -> list[SlipLine]:
    heaps = Heaps()
    heaps.take(due, under_way=())
    return heaps.lines(load_law().archives, load_law().profile, on=ON, remark=lambda _: remark)


DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))
DUE = st.builds(
    lambda category, days, papers: Due(category, min(days), max(days), papers),
    st.sampled_from(ON_SLIPS),
    st.tuples(DAYS.filter(lambda day: day > date(2020, 2, 1)), DAYS.filter(lambda day: day > date(2020, 2, 1))),
    st.integers(min_value=0, max_value=2),
)


@given(st.lists(DUE, max_size=40))
def test_everything_is_on_one_line_within_its_dates_and_lines_of_one_class_never_cross(due: list[Due]) -> None:
    found = lines(*due)
    data = [line for line in found if line.medium is Medium.DATA]
    assert sum(line.count for line in data) == len(due)
    assert sum(line.count for line in found if line.medium is Medium.PAPER) == sum(each.papers for each in due)
    for each in due:
        fitting = [
            line
            for line in data
            if line.category is each.category
            and each.last_day is not None
            and line.first_day <= each.first_day
            and line.ended_from <= each.last_day <= line.last_day
        ]
        assert len(fitting) == 1
    assert [line.number for line in found] == list(range(1, len(found) + 1))


def test_more_than_one_slip_holds_waits_for_the_next_the_oldest_first_and_paper_with_its_data() -> None:
    due = [Due(PROOF, date(year, 1, 2), date(year, 3, 4), papers=1) for year in range(2021, 2021 + SLIP_LINES)]
    found = lines(*due)
    assert len(found) == SLIP_LINES
    assert {year_of(line)[1] for line in found} == set(range(2021, 2021 + SLIP_LINES // 2))
    assert {line.medium for line in found if line.last_day.year == 2021} == set(Medium)


def test_lines_with_long_words_fit_the_box_that_they_are_sealed_in() -> None:
    due = [Due(PROOF, date(year, 1, 2), date(year, 3, 4), papers=1) for year in range(2021, 2021 + SLIP_LINES)]
    found = lines(*due, remark="é" * 500)
    assert 0 < len(found) < SLIP_LINES
    content = canonical(UUID(int=1), producer="P", signatory="S", table="00", lines=found)
    assert len(content) < BOX_BYTES


def test_what_goes_on_is_on_no_line() -> None:
    assert lines(Due(PROOF, ON, None)) == []


@pytest.mark.parametrize(
    ("years", "months", "days", "said"),
    [(5, 0, 0, "5 years"), (1, 1, 1, "1 year 1 month 1 day"), (0, 12, 30, "12 months 30 days"), (0, 0, 0, "no term")],
)
def test_a_term_is_said_in_words(
    years: int, months: int, days: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    row = load_law().profile.retention_term(PROOF, on=ON)
    assert term_in_words(replace(row, years=years, months=months, days=days)) == f"{said}, from: fin du mandat"
