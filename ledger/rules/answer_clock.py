"""
The answer to a request within "72 h ouvrées" (convention 4.2), in the three readings of words that no law defines.

A reads hours that run around the clock, but only on the days that the house works; B whole worked days after the one of
the request; C the hours during which the house is open. All three count by the clock on the wall of the house: a day is
a day, whether the clocks change in it or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

from ledger.errors import Invalid
from ledger.rules.clock_packs import ClockKind, RulePacks
from ledger.rules.holidays import WorkingDays
from ledger.rules.houses import HouseFile, OpenPeriod, Territory
from ledger.rules.local_time import begins, check_year, existing, in_zone
from ledger.translation import mark

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class AnswerReading(StrEnum):
    """What "72 h ouvrées" may mean; the data protection officer chooses."""

    CLOCK_HOURS = "A"
    WORKED_DAYS = "B"
    OPENING_HOURS = "C"


class NeverWorked(Invalid):
    """A house that works on no day answers nobody."""

    sentence = mark("No weekday is worked: nothing would ever be answered.")
    advice = mark("Give the days that the house works, such as mon,tue,wed,thu,fri.")


class HoursUnknown(Invalid):
    """Opening hours are counted, and nobody said which they are."""

    sentence = mark("Reading C counts opening hours, and none are known.")
    advice = mark("Give them with --hours, such as 09:00-12:00,13:30-17:30, or name the house with --house.")


@dataclass(frozen=True)
class AnswerClock:
    """By when one request is to be answered."""

    received_at: datetime
    due_at: datetime
    reading: AnswerReading


@dataclass(frozen=True)
class HouseTime:
    """When a house works: its clock, its worked days and, where they matter, its opening hours."""

    zone: tzinfo
    working: WorkingDays
    week: tuple[OpenPeriod, ...] = ()

    @staticmethod
    def of(
        *,
        zone: tzinfo,
        territory: Territory,
        weekdays: Iterable[int],
        packs: RulePacks,
        closed: Iterable[date] = (),
        week: tuple[OpenPeriod, ...] = (),
    ) -> HouseTime:
        """
        Make it of what is known of a house; the holidays of its territory are not worked.

        :raises NeverWorked: if no weekday is worked
        """
        working = WorkingDays(frozenset(weekdays), packs.holidays, territory=territory, closed=frozenset(closed))
        if not working.weekdays:
            raise NeverWorked
        return HouseTime(zone, working, tuple(sorted(week)))

    @staticmethod
    def of_house(house: HouseFile, *, packs: RulePacks, closed: Iterable[date] = ()) -> HouseTime:
        """Make it of a house file and the closures that were announced beforehand."""
        return HouseTime.of(
            zone=ZoneInfo(house.zone),
            territory=house.territory,
            weekdays={period.weekday for period in house.schedule},
            packs=packs,
            closed=closed,
            week=house.schedule,
        )


def answer_clock(
    received_at: datetime, *, hours: int, reading: AnswerReading, house: HouseTime, packs: RulePacks
) -> AnswerClock:
    """
    Give by when a request is answered (convention 4.2).

    Received on Thursday 24 December 2026 at 09:00 by a house that works from Monday to Friday: due in reading A on
    Wednesday 30 December at 09:00.

    :raises ValueError: if `received_at` carries no offset
    :raises HoursUnknown: if opening hours are counted and the house has none
    :raises DayOutOfReach: if nothing can be counted from it
    """
    check_year(received_at)
    shown = in_zone(received_at, house.zone)
    day_hours = packs.pack(ClockKind.ANSWER, on=shown.date()).whole("day_hours")
    local = shown.replace(tzinfo=None, fold=0)
    if reading is AnswerReading.OPENING_HOURS:
        due = existing(_opening_hours(local, hours * _HOUR, house), house.zone)
    elif reading is AnswerReading.WORKED_DAYS:
        last_day = house.working.after(local.date(), -(-hours // day_hours))
        due = begins(last_day + _DAY, house.zone)
    else:
        due = existing(_clock_hours(local, hours, day_hours, house.working), house.zone)
    return AnswerClock(shown, due, reading)


def _clock_hours(local: datetime, hours: int, day_hours: int, working: WorkingDays) -> datetime:
    """Run `hours` on worked days only; what comes on another day starts at the beginning of the next worked one."""
    first = working.first_from(local.date())
    since_midnight = local - _midnight(local.date()) if first == local.date() else timedelta()
    days, more = divmod(hours, day_hours)
    over, at = divmod(since_midnight + more * _HOUR, _DAY)
    if at:
        return _midnight(working.after(first, days + over)) + at
    last = working.after(first, days + over - 1) if days + over else first
    return _midnight(last) + (_DAY if days + over else timedelta())


def _opening_hours(local: datetime, left: timedelta, house: HouseTime) -> datetime:
    """Use up `left` in the stretches of the week, from the one that the request falls in or comes before."""
    stretches: Mapping[int, list[OpenPeriod]] = {
        weekday: [period for period in house.week if period.weekday == weekday] for weekday in house.working.weekdays
    }
    if not any(stretches.values()):
        raise HoursUnknown
    day = local.date()
    while True:
        for period in stretches[day.weekday()] if house.working.works(day) else ():
            opens = max(local, datetime.combine(day, period.opens))
            closes = datetime.combine(day, period.closes)
            if opens + left <= closes:
                return opens + left
            left -= max(closes - opens, timedelta())
        day += _DAY


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())
