"""
The clock on the wall: which instant a local time is, when that clock next strikes a full hour.

Terms are elapsed time and are added in UTC; only where the law speaks of an hour or a day does the wall count. Zones
are free to change by half an hour or to lie at odd minutes, and nothing here assumes otherwise.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from ledger.clock import in_utc
from ledger.errors import Invalid
from ledger.limits import CLOCK_FIRST_YEAR, CLOCK_LAST_YEAR
from ledger.translation import mark

_HOUR = timedelta(hours=1)
_SECOND = timedelta(seconds=1)


class HourRepeated(Invalid):
    """The clocks go back at this local time, which therefore is two instants."""

    sentence = mark("On {day} the clocks go back, and {time} happens twice.")
    advice = mark("Say which is meant by its offset: {first} for the first, {second} for the second.")


class HourSkipped(Invalid):
    """The clocks go forward over this local time, which therefore never is."""

    sentence = mark("On {day} the clocks go forward, and {time} does not exist.")
    advice = mark("Check the time; before the change it is {first}, after it {second}.")


class DayOutOfReach(Invalid):
    """A day so far away that the calendar can't count from it."""

    sentence = mark("The years that can be counted with are {first} to {last}.")
    advice = mark("Check the year of the date.")


def check_year(day: date) -> None:
    """
    Refuse a day from which nothing can be counted.

    :raises DayOutOfReach: if its year comes before or after those of `limits`
    """
    if not CLOCK_FIRST_YEAR <= day.year <= CLOCK_LAST_YEAR:
        raise DayOutOfReach(first=CLOCK_FIRST_YEAR, last=CLOCK_LAST_YEAR)


def instant_of(local: datetime, zone: tzinfo) -> datetime:
    """
    Give the instant of a local time that carries no offset.

    :raises HourRepeated: if it happens twice
    :raises HourSkipped: if it never happens
    :raises DayOutOfReach: if nothing can be counted from it
    """
    check_year(local)
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    repeated = in_zone(first, zone).replace(tzinfo=None) == local
    said = (first, second) if repeated else (in_zone(second, zone), in_zone(first, zone))
    before, after = (each.isoformat(timespec="minutes") for each in said)
    kind = HourRepeated if repeated else HourSkipped
    raise kind(day=local.date().isoformat(), time=f"{local:%H:%M}", first=before, second=after)


def in_zone(instant: datetime, zone: tzinfo) -> datetime:
    """Give an instant as the clock of `zone` shows it, an hour that is skipped being shown as the one that follows."""
    return in_utc(instant).astimezone(zone)


def elapsed(instant: datetime, hours: int, zone: tzinfo) -> datetime:
    """Give the instant `hours` of elapsed time later, as the clock of `zone` shows it."""
    return (in_utc(instant) + timedelta(hours=hours)).astimezone(zone)


def begins(day: date, zone: tzinfo) -> datetime:
    """Give the instant at which a day begins in `zone`, which is not midnight where the clocks skip it."""
    return existing(datetime.combine(day, time()), zone)


def existing(local: datetime, zone: tzinfo) -> datetime:
    """Give the first instant at which the clock of `zone` shows `local`, or has gone past it where it skips it."""
    first, second = (in_utc(local.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if in_zone(first, zone).replace(tzinfo=None) == local:
        return in_zone(first, zone)
    return in_zone(_change(min(first, second), max(first, second), zone), zone)


def next_full_hour(instant: datetime, zone: tzinfo) -> datetime:
    """
    Give the first instant after `instant` at which the clock of `zone` shows a full hour.

    14:00:00 belongs to the hour that ends at 15:00. Where the clock is put back by half an hour just before it would
    strike, the hour lasts an hour and a half.
    """
    start = in_utc(instant)
    strikes = start + _to_full_hour(start, zone)
    if (_offset(strikes, zone) - _offset(start, zone)) % _HOUR:
        changed = _change(start, strikes, zone)
        shown = changed.astimezone(zone)
        full = (shown.minute, shown.second) == (0, 0)
        strikes = changed if full else in_utc(next_full_hour(changed, zone))
    return strikes.astimezone(zone)


def _to_full_hour(instant: datetime, zone: tzinfo) -> timedelta:
    shown = instant.astimezone(zone)
    return _HOUR - timedelta(minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond)


def _offset(instant: datetime, zone: tzinfo) -> timedelta:
    offset = instant.astimezone(zone).utcoffset()
    assert offset is not None
    return offset


def _change(early: datetime, late: datetime, zone: tzinfo) -> datetime:
    """Give the instant, to the second, from which the offset of `late` holds; zones change on full seconds."""
    early, kept = early.replace(microsecond=0), _offset(late, zone)
    low, high = 0, -((early - late) // _SECOND)
    while low < high:
        middle = (low + high) // 2
        if _offset(early + middle * _SECOND, zone) == kept:
            high = middle
        else:
            low = middle + 1
    return early + low * _SECOND
