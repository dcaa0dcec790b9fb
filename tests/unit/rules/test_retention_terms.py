"""When a term is over, for each way of counting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.law import load_law
from ledger.rules.periods import Period
from ledger.rules.retention_terms import Counting, RetentionClass, RetentionTerm

PARIS = ZoneInfo("Europe/Paris")
ENDED = datetime.fromisoformat("2026-06-15T16:20:00+02:00")


def _term(counting: Counting, *, years: int = 0, months: int = 0, days: int = 0) -> RetentionTerm:
    return RetentionTerm(
        RetentionClass.MANDATE_PROOF, counting, years, months, days, "fin", "Essai", "DEF", Period(date(2020, 1, 1))
    )


@pytest.mark.parametrize(
    ("term", "due"),
    [
        (_term(Counting.FROM_DAY, years=5), "2031-06-16T00:00:00+02:00"),
        (_term(Counting.FROM_DAY, years=6), "2032-06-16T00:00:00+02:00"),
        (_term(Counting.FROM_DAY, days=30), "2026-07-16T00:00:00+02:00"),
        (_term(Counting.FROM_DAY, months=6), "2026-12-16T00:00:00+01:00"),
        (_term(Counting.FROM_NEXT_YEAR, years=4), "2031-01-01T00:00:00+01:00"),
        (_term(Counting.FROM_MONTH_END, months=12), "2027-07-01T00:00:00+02:00"),
        (_term(Counting.AT_ONCE), "2026-06-15T16:20:00+02:00"),
    ],
)
def test_a_term_is_over_at_the_midnight_after_its_last_day(term: RetentionTerm, due: str) -> None:
    found = term.due(runs_from=ENDED, zone=PARIS)
    assert found is not None
    assert found.isoformat() == due


@pytest.mark.parametrize("counting", [Counting.WITH_LAST, Counting.PERMANENT])
def test_some_classes_have_no_date_of_their_own(counting: Counting) -> None:
    assert _term(counting).due(runs_from=ENDED, zone=PARIS) is None


def test_a_year_from_29_february_ends_with_28_february() -> None:
    found = _term(Counting.FROM_DAY, years=1).due(
        runs_from=datetime.fromisoformat("2024-02-29T10:00:00+01:00"), zone=PARIS
    )
    assert found == datetime.fromisoformat("2025-03-01T00:00:00+01:00")


def test_the_logs_of_one_month_fall_due_together_counted_in_utc() -> None:
    logs = load_law().profile.retention_term(RetentionClass.LOGS, on=date(2026, 6, 15))
    first, last = (
        logs.due(runs_from=datetime.fromisoformat(instant), zone=UTC)
        for instant in ("2026-06-01T00:00:00+00:00", "2026-06-30T23:59:59+00:00")
    )
    assert first == last == datetime(2027, 7, 1, tzinfo=UTC)


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        _term(Counting.AT_ONCE).due(runs_from=datetime(2026, 6, 9), zone=PARIS)  # noqa: DTZ001


@given(
    st.integers(0, 20 * 365 * 86_400).map(
        lambda seconds: datetime(2020, 2, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    ),
    st.integers(0, 6),
    st.integers(0, 24),
    st.integers(0, 60),
)
def test_a_term_never_ends_early_and_always_at_local_midnight(
    instant: datetime, years: int, months: int, days: int
) -> None:
    for counting in (Counting.FROM_DAY, Counting.FROM_MONTH_END, Counting.FROM_NEXT_YEAR):
        term = _term(counting, years=years, months=months, days=days)
        due = term.due(runs_from=instant, zone=PARIS)
        assert due is not None
        assert due > instant
        assert due - instant > timedelta(days=365 * years + 28 * months + days) - timedelta(hours=1)
        local = due.astimezone(PARIS)
        assert (local.hour, local.minute, local.second) == (0, 0, 0)


def test_every_class_of_the_schedule_has_a_source() -> None:
    for retention_class in RetentionClass:
        row = load_law().profile.retention_term(retention_class, on=date(2026, 6, 9))
        assert row.source
        assert row.runs_from
