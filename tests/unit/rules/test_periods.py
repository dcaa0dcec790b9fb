"""Half-open periods and days counted as the Code civil counts them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.periods import (
    Period,
    end_after_days,
    holding,
    local_day,
    midnight,
    plus_months,
    uncovered,
)

PARIS = ZoneInfo("Europe/Paris")
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
PERIODS = st.builds(
    lambda start, length: Period(start, None if length is None else start + timedelta(days=length)),
    DAYS,
    st.none() | st.integers(1, 900),
)


def test_a_period_holds_on_its_first_day_and_no_longer_on_its_end() -> None:
    period = Period(date(2020, 1, 24), date(2024, 1, 1))
    assert not period.covers(date(2020, 1, 23))
    assert period.covers(date(2020, 1, 24))
    assert period.covers(date(2023, 12, 31))
    assert not period.covers(date(2024, 1, 1))
    assert Period(date(2020, 1, 24)).covers(date(9999, 12, 31))


@given(PERIODS, PERIODS)
def test_two_periods_overlap_exactly_when_a_day_lies_in_both(one: Period, other: Period) -> None:
    shared = max(one.start, other.start)
    assert one.overlaps(other) == (one.covers(shared) and other.covers(shared)) == other.overlaps(one)


@given(PERIODS, st.lists(PERIODS, max_size=5))
def test_the_first_uncovered_day_is_the_first(wanted: Period, by: list[Period]) -> None:
    day = uncovered(wanted, by)
    edges = [wanted.start, *(each.start for each in by), *(each.end for each in by if each.end)]
    expected = min(
        (edge for edge in edges if wanted.covers(edge) and not any(each.covers(edge) for each in by)), default=None
    )
    assert day == expected


def test_no_version_holds_between_two_periods() -> None:
    class Version:
        def __init__(self, start: date, end: date) -> None:
            self.period = Period(start, end)

    versions = [Version(date(2020, 1, 1), date(2021, 1, 1)), Version(date(2022, 1, 1), date(2023, 1, 1))]
    assert holding(versions, on=date(2020, 12, 31)) is versions[0]
    assert holding(versions, on=date(2021, 6, 1)) is None
    assert holding(versions, on=date(2022, 1, 1)) is versions[1]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 6, 15), 60, date(2031, 6, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
    ],
)
def test_months_are_added_to_the_same_day_or_the_last_of_a_short_month(day: date, months: int, expected: date) -> None:
    assert plus_months(day, months) == expected


def test_the_day_is_that_of_the_place_and_not_of_utc() -> None:
    late = datetime.fromisoformat("2026-06-08T22:30:00+00:00")
    assert local_day(late, PARIS) == date(2026, 6, 9)
    assert local_day(late, ZoneInfo("America/Cayenne")) == date(2026, 6, 8)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        local_day(datetime(2026, 6, 9, 10, 0), PARIS)  # noqa: DTZ001


def test_a_day_begins_at_local_midnight_on_both_sides_of_the_change_of_hour() -> None:
    assert midnight(date(2026, 3, 29), PARIS).isoformat() == "2026-03-29T00:00:00+01:00"
    assert midnight(date(2026, 3, 30), PARIS).isoformat() == "2026-03-30T00:00:00+02:00"


@pytest.mark.parametrize("hour", ["00:00:00", "09:30:00", "23:59:59"])
def test_whole_days_end_at_midnight_whatever_the_hour_of_the_start(hour: str) -> None:
    start = datetime.fromisoformat(f"2026-06-09T{hour}+02:00")
    assert end_after_days(start, days=1, zone=PARIS).isoformat() == "2026-06-10T00:00:00+02:00"
