"""The clock on the wall: which instant a local time is, and when it strikes, in zones that behave as they like."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.local_time import (
    DayOutOfReach,
    HourRepeated,
    HourSkipped,
    begins,
    check_year,
    elapsed,
    existing,
    in_zone,
    instant_of,
    next_full_hour,
)

PARIS, LORD_HOWE = ZoneInfo("Europe/Paris"), ZoneInfo("Australia/Lord_Howe")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("instant", "zone", "strikes"),
    [
        ("2026-06-09T14:20+02:00", "Europe/Paris", "2026-06-09T15:00+02:00"),
        ("2026-06-09T14:00+02:00", "Europe/Paris", "2026-06-09T15:00+02:00"),
        ("2026-06-09T13:59:59.999999+02:00", "Europe/Paris", "2026-06-09T14:00+02:00"),
        ("2026-06-09T23:30+02:00", "Europe/Paris", "2026-06-10T00:00+02:00"),
        # Paris skips from 2 to 3, and repeats the hour from 2 to 3: each of the two strikes for itself.
        ("2026-03-29T01:30+01:00", "Europe/Paris", "2026-03-29T03:00+02:00"),
        ("2026-10-25T02:30+02:00", "Europe/Paris", "2026-10-25T02:00+01:00"),
        ("2026-10-25T02:30+01:00", "Europe/Paris", "2026-10-25T03:00+01:00"),
        # Zones that lie at half hours and at quarters.
        ("2026-06-09T12:10Z", "Asia/Kolkata", "2026-06-09T18:00+05:30"),
        ("2026-06-09T12:10Z", "Asia/Kathmandu", "2026-06-09T18:00+05:45"),
        ("2026-06-09T12:10Z", "Pacific/Marquesas", "2026-06-09T03:00-09:30"),
        # Lord Howe moves by half an hour: forward from 2:00 to 2:30, back from 2:00 to 1:30.
        ("2026-10-04T01:50+10:30", "Australia/Lord_Howe", "2026-10-04T03:00+11:00"),
        ("2026-04-05T01:10+11:00", "Australia/Lord_Howe", "2026-04-05T02:00+10:30"),
        ("2026-04-05T01:45+10:30", "Australia/Lord_Howe", "2026-04-05T02:00+10:30"),
        # Pyongyang went from 23:30 straight to midnight, which is a full hour; Caracas from 3:00 back to 2:30.
        ("2018-05-04T23:10+08:30", "Asia/Pyongyang", "2018-05-05T00:00+09:00"),
        ("2007-12-09T02:50-04:00", "America/Caracas", "2007-12-09T03:00-04:30"),
        # Samoa left out a whole day.
        ("2011-12-29T23:30-10:00", "Pacific/Apia", "2011-12-31T00:00+14:00"),
        # Local mean time, to the second.
        ("1900-01-01T12:00Z", "Europe/Paris", "1900-01-01T13:00:00+00:09:21"),
    ],
)
def test_the_next_full_hour_is_that_of_the_clock_on_the_wall(instant: str, zone: str, strikes: str) -> None:
    assert next_full_hour(at(instant), ZoneInfo(zone)).isoformat() == at(strikes).isoformat()


def test_an_hour_from_which_half_an_hour_is_taken_back_lasts_longer() -> None:
    begun = at("2026-04-05T01:00+11:00")
    assert next_full_hour(begun, LORD_HOWE) - begun == timedelta(hours=1.5)


def test_a_fixed_offset_is_a_clock_too() -> None:
    half = timezone(timedelta(hours=-3, minutes=-30))
    assert next_full_hour(at("2026-06-09T12:10Z"), half) == at("2026-06-09T09:00-03:30")


def test_a_local_time_is_an_instant() -> None:
    assert instant_of(at("2026-06-09T14:20"), PARIS) == at("2026-06-09T14:20+02:00")
    assert instant_of(at("2026-12-09T14:20"), PARIS) == at("2026-12-09T14:20+01:00")


def test_a_local_time_that_happens_twice_is_refused_with_both() -> None:
    with pytest.raises(HourRepeated) as caught:
        instant_of(at("2026-10-25T02:30"), PARIS)
    assert caught.value.details["first"] == "2026-10-25T02:30+02:00"
    assert caught.value.details["second"] == "2026-10-25T02:30+01:00"
    assert caught.value.exit_code == 2


def test_a_local_time_that_never_is_is_refused_with_what_is_around_it() -> None:
    with pytest.raises(HourSkipped) as caught:
        instant_of(at("2026-03-29T02:30"), PARIS)
    assert caught.value.details["first"] == "2026-03-29T01:30+01:00"
    assert caught.value.details["second"] == "2026-03-29T03:30+02:00"
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("edge", ["2026-10-25T01:59:59", "2026-10-25T03:00", "2026-03-29T01:59:59", "2026-03-29T03:00"])
def test_the_minutes_around_a_change_are_plain(edge: str) -> None:
    assert in_zone(instant_of(at(edge), PARIS), PARIS).replace(tzinfo=None) == at(edge)


def test_elapsed_time_runs_through_a_change() -> None:
    assert elapsed(at("2026-03-27T10:17+01:00"), 72, PARIS) == at("2026-03-30T11:17+02:00")
    assert elapsed(at("2026-10-23T10:17+02:00"), 72, PARIS) == at("2026-10-26T09:17+01:00")


def test_a_day_begins_at_midnight_or_when_the_clocks_have_skipped_it() -> None:
    assert begins(date(2026, 7, 16), PARIS) == at("2026-07-16T00:00+02:00")
    havana = ZoneInfo("America/Havana")
    assert begins(date(2026, 3, 8), havana) == at("2026-03-08T01:00-04:00")
    assert begins(date(2026, 3, 8), havana).utcoffset() == timedelta(hours=-4)


def test_a_time_that_is_skipped_is_there_when_the_clock_has_gone_past_it() -> None:
    assert existing(at("2026-03-29T02:10"), PARIS) == existing(at("2026-03-29T02:50"), PARIS) == at("2026-03-29T01:00Z")
    assert existing(at("2026-03-29T02:10"), PARIS).hour == 3
    assert existing(at("2026-10-25T02:30"), PARIS).isoformat() == "2026-10-25T02:30:00+02:00"
    assert existing(at("2026-10-04T02:10"), LORD_HOWE) == at("2026-10-04T02:30+11:00")


@pytest.mark.parametrize("year", [1, 1582, 9001, 9999])
def test_years_that_leave_no_room_are_refused(year: int) -> None:
    with pytest.raises(DayOutOfReach) as caught:
        check_year(date(year, 1, 1))
    assert caught.value.exit_code == 2
    with pytest.raises(DayOutOfReach):
        instant_of(datetime(year, 6, 1, 12), PARIS)  # noqa: DTZ001  # a local time is what is tried


@pytest.mark.parametrize("year", [1583, 9000])
def test_the_first_and_the_last_year_are_counted_with(year: int) -> None:
    for day in (datetime(year, 1, 1, tzinfo=UTC), datetime(year, 12, 31, 23, 59, tzinfo=UTC)):
        check_year(day)
        assert next_full_hour(day, PARIS) > day
