"""The month of article 12(3): same date, clamped, rolled forward, suspended, extended."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.rules.houses import Territory
from ledger.rules.law import load_law
from ledger.rules.local_time import DayOutOfReach
from ledger.rules.rights_clock import (
    RightsClock,
    SuspensionBeforeReceipt,
    SuspensionOutside,
    SuspensionReversed,
    rights_clock,
)

PACKS = load_law().clocks


def clock(
    received_on: str,
    *suspended: tuple[str, str],
    extended: bool = False,
    territory: Territory | None = None,
) -> RightsClock:
    stops = [(date.fromisoformat(start), date.fromisoformat(end)) for start, end in suspended]
    return rights_clock(
        date.fromisoformat(received_on), packs=PACKS, extended=extended, suspended=stops, local_holidays_of=territory
    )


def due(received_on: str, *suspended: tuple[str, str], territory: Territory | None = None) -> str:
    return clock(received_on, *suspended, territory=territory).due_on.isoformat()


def test_a_month_ends_on_the_same_date_or_on_the_last_of_a_shorter_month() -> None:
    assert due("2026-06-09") == "2026-07-09"
    assert due("2026-03-31") == "2026-04-30"
    assert due("2024-01-31") == "2024-02-29"
    assert due("2027-01-31") == "2027-03-01", "28 February 2027 is a Sunday"


def test_an_end_on_a_day_that_is_not_worked_moves_to_the_next_that_is() -> None:
    assert due("2026-04-08") == "2026-05-11", "8 May is a holiday, then a Saturday and a Sunday"
    assert due("2026-06-14") == "2026-07-15", "14 July is a Tuesday"


def test_an_extension_counts_three_months_from_receipt_and_not_two_from_the_first_end() -> None:
    found = clock("2026-04-08", extended=True)
    assert (found.due_on, found.extended_due_on) == (date(2026, 5, 11), date(2026, 7, 8))
    assert clock("2026-04-08").extended_due_on is None
    assert clock("2025-11-30", extended=True).extended_due_on == date(2026, 3, 2), "clamped to Saturday 28 February"


def test_a_suspension_counts_whole_days_and_moves_both_ends() -> None:
    assert due("2026-06-01", ("2026-06-03", "2026-06-15")) == "2026-07-13"
    assert due("2026-06-01", ("2026-06-03", "2026-06-03")) == due("2026-06-01")
    found = clock("2026-06-01", ("2026-06-03", "2026-06-15"), extended=True)
    assert found.extended_due_on == date(2026, 9, 14), "1 September and 12 days is Sunday 13"


def test_suspensions_add_up_and_a_day_is_suspended_once() -> None:
    apart = due("2026-06-01", ("2026-06-03", "2026-06-05"), ("2026-06-10", "2026-06-13"))
    assert apart == "2026-07-06"
    assert due("2026-06-01", ("2026-06-10", "2026-06-13"), ("2026-06-03", "2026-06-05")) == apart, "in any order"
    overlapping = (("2026-06-03", "2026-06-10"), ("2026-06-08", "2026-06-15"), ("2026-06-04", "2026-06-06"))
    assert due("2026-06-01", *overlapping) == due("2026-06-01", ("2026-06-03", "2026-06-15"))
    assert due("2026-06-01", ("2026-06-03", "2026-06-10"), ("2026-06-04", "2026-06-06")) == "2026-07-08", (
        "one in the other"
    )


def test_a_later_suspension_counts_where_an_earlier_one_kept_the_term_running() -> None:
    """Without the first, the term would be over on 1 July."""
    assert due("2026-06-01", ("2026-06-20", "2026-06-30"), ("2026-07-08", "2026-07-10")) == "2026-07-13"
    with pytest.raises(SuspensionOutside):
        clock("2026-06-01", ("2026-07-08", "2026-07-10"))


def test_a_term_runs_until_the_working_day_that_it_was_moved_to() -> None:
    """8 May is a holiday; the term ends on Monday 11, and identity asked for on Saturday 9 is still in time."""
    assert due("2026-04-08", ("2026-05-09", "2026-05-12")) == "2026-05-11", "8 May and three days"
    assert due("2026-04-08", ("2026-05-11", "2026-05-15")) == "2026-05-12"


def test_a_suspension_after_the_first_month_moves_the_later_end_only() -> None:
    found = clock("2026-06-01", ("2026-07-20", "2026-07-25"), extended=True)
    assert (found.due_on, found.extended_due_on) == (date(2026, 7, 1), date(2026, 9, 7))


def test_suspensions_that_make_no_sense_are_refused() -> None:
    with pytest.raises(SuspensionReversed):
        clock("2026-06-01", ("2026-06-15", "2026-06-03"))
    with pytest.raises(SuspensionBeforeReceipt):
        clock("2026-06-01", ("2026-05-31", "2026-06-03"))
    with pytest.raises(SuspensionOutside) as caught:
        clock("2026-06-01", ("2026-07-02", "2026-07-03"))
    assert caught.value.exit_code == 2
    assert caught.value.details["due"] == "2026-07-01"


def test_local_holidays_gain_time_only_where_they_are_turned_on() -> None:
    """26 December 2025 is a Friday."""
    assert due("2025-11-26") == "2025-12-26"
    assert due("2025-11-26", territory=Territory.ALSACE_MOSELLE) == "2025-12-29"


def test_days_out_of_reach_are_refused() -> None:
    with pytest.raises(DayOutOfReach):
        clock("9999-12-31")
    with pytest.raises(DayOutOfReach):
        clock("2026-06-01", ("2026-06-03", "9999-12-31"))
