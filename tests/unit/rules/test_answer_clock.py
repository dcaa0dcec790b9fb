"""The 72 hours that no law defines, in their three readings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.answer_clock import AnswerReading, HoursUnknown, HouseTime, NeverWorked, answer_clock
from ledger.rules.houses import OpenPeriod, Territory
from ledger.rules.law import load_law

LAW = load_law()
PARIS = ZoneInfo("Europe/Paris")
A, B, C = AnswerReading
EVERY_DAY = range(7)


def house(
    *,
    weekdays: Iterable[int] = range(5),
    closed: Iterable[date] = (),
    territory: Territory = Territory.METROPOLE,
    week: tuple[OpenPeriod, ...] = (),
) -> HouseTime:
    return HouseTime.of(zone=PARIS, territory=territory, weekdays=weekdays, packs=LAW.clocks, closed=closed, week=week)


def due(received_at: str, reading: AnswerReading = A, *, at: HouseTime | None = None, hours: int = 72) -> str:
    received = datetime.fromisoformat(received_at)
    instant = received.replace(tzinfo=PARIS) if received.tzinfo is None else received
    found = answer_clock(instant, hours=hours, reading=reading, house=at or house(), packs=LAW.clocks)
    assert found.reading is reading
    return found.due_at.replace(tzinfo=None).isoformat(timespec="minutes")


def test_closures_are_not_worked() -> None:
    assert due("2026-06-08T10:00", at=house(closed=[date(2026, 6, 10)])) == "2026-06-12T10:00"
    assert due("2026-06-08T10:00", at=house(closed=[date(2026, 6, 8)])) == "2026-06-12T00:00"


def test_local_holidays_are_not_worked() -> None:
    assert due("2026-12-18T09:00") == "2026-12-23T09:00"
    assert due("2021-12-17T09:00", at=house(territory=Territory.LA_REUNION)) == "2021-12-23T09:00"
    assert due("2021-12-17T09:00") == "2021-12-22T09:00"


def test_hours_run_out_at_midnight_as_the_end_of_the_day() -> None:
    assert due("2026-06-10T00:00") == "2026-06-13T00:00", "the end of Friday, not the beginning of Monday"
    assert due("2026-06-13T11:00") == "2026-06-18T00:00"


def test_hours_that_are_no_whole_days_run_over_midnight() -> None:
    assert due("2026-06-11T20:00", hours=30) == "2026-06-15T02:00"
    assert due("2026-06-12T20:00", hours=4) == "2026-06-13T00:00"
    assert due("2026-06-12T20:00", hours=5) == "2026-06-15T01:00"


def test_a_day_is_a_day_whether_the_clocks_change_in_it_or_not() -> None:
    always = house(weekdays=EVERY_DAY)
    assert due("2026-03-27T10:00", at=always) == "2026-03-30T10:00"
    assert due("2026-10-23T10:00", at=always) == "2026-10-26T10:00"
    assert due("2026-03-26T02:30", at=always) == "2026-03-29T03:00", "the clock skips 02:30"


def test_reading_b_counts_whole_worked_days_after_that_of_the_request() -> None:
    assert due("2026-06-08T00:00", B) == due("2026-06-08T23:59", B) == "2026-06-12T00:00"
    assert due("2026-06-13T11:00", B) == "2026-06-18T00:00"
    assert due("2026-06-08T10:00", B, hours=25) == "2026-06-11T00:00", "a day that is begun is a day"


def loiron() -> HouseTime:
    return HouseTime.of_house(LAW.house("loiron"), packs=LAW.clocks)


def test_reading_c_uses_up_opening_hours() -> None:
    assert due("2026-06-08T10:00", C, at=loiron(), hours=1) == "2026-06-08T11:00"
    assert due("2026-06-08T11:30", C, at=loiron(), hours=1) == "2026-06-08T14:00"
    assert due("2026-06-08T12:00", C, at=loiron(), hours=1) == "2026-06-08T14:30"
    assert due("2026-06-08T11:00", C, at=loiron(), hours=1) == "2026-06-08T12:00", "the stretch is used to its end"
    assert due("2026-06-12T16:30", C, at=loiron(), hours=1) == "2026-06-15T09:30"
    assert due("2026-06-08T10:00", C, at=loiron()) == "2026-06-22T14:30", "34.5 h a week"


def test_reading_c_leaves_out_holidays_and_closures() -> None:
    closed = HouseTime.of_house(LAW.house("loiron"), packs=LAW.clocks, closed=[date(2026, 5, 11)])
    assert due("2026-05-07T17:00", C, at=loiron(), hours=1) == "2026-05-11T09:30", "8 May, then the week-end"
    assert due("2026-05-07T17:00", C, at=closed, hours=1) == "2026-05-12T09:30"


def test_reading_c_without_opening_hours_is_refused() -> None:
    with pytest.raises(HoursUnknown) as caught:
        due("2026-06-08T10:00", C)
    assert caught.value.exit_code == 2
    saturday = (OpenPeriod(5, time(9), time(12)),)
    with pytest.raises(HoursUnknown):
        due("2026-06-08T10:00", C, at=house(week=saturday))


def test_a_house_that_never_works_is_refused() -> None:
    with pytest.raises(NeverWorked):
        house(weekdays=())


def test_an_instant_is_counted_on_the_clock_of_the_house() -> None:
    """Monday 23:30 in Paris is Tuesday 01:30 in Réunion."""
    reunion = HouseTime.of(
        zone=ZoneInfo("Indian/Reunion"), territory=Territory.LA_REUNION, weekdays=range(5), packs=LAW.clocks
    )
    assert due("2026-06-08T23:30", at=reunion) == "2026-06-12T01:30"
