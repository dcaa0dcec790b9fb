"""
The legal clocks at any instant of any zone.

`./dev faults` (or `--thorough`) tries 2,500 examples of each of twelve, 30,000 in all; a plain run a few hundred each.
Half of the instants lie close to a change of the clocks, where the mistakes are.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledger.errors import Invalid
from ledger.rules.answer_clock import AnswerReading, HouseTime, answer_clock
from ledger.rules.breach_clock import BreachClock, breach_clock
from ledger.rules.holidays import MONDAY_TO_FRIDAY, WorkingDays
from ledger.rules.houses import OpenPeriod, Territory
from ledger.rules.law import load_law
from ledger.rules.local_time import HourRepeated, HourSkipped, instant_of, next_full_hour
from ledger.rules.periods import plus_months
from ledger.rules.retention_clock import retention_clock
from ledger.rules.retention_terms import RetentionClass
from ledger.rules.rights_clock import rights_clock

LAW = load_law()
PACKS = LAW.clocks
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LISTED = sorted({zone for rule in PACKS.territories.values() for zone in rule.zones})
ALL = sorted(available_timezones() - {"localtime", "Factory"})
FEW, MANY = 200, 2_500


def hold(examples: Callable[..., None], *, thorough: bool, **drawn: st.SearchStrategy[object]) -> None:
    """Try a property, and make sure that it was tried as often as is claimed."""
    tried = []

    def once(**values: object) -> None:
        examples(**values)
        tried.append(1)

    wanted = MANY if thorough else FEW
    settings(max_examples=wanted, deadline=None)(given(**drawn)(once))()
    assert len(tried) >= wanted


@cache
def changes(zone: str, year: int) -> tuple[datetime, ...]:
    """Find when the clocks of a zone change in a year, to the second, by halving each day in which they do."""
    place, found = ZoneInfo(zone), []
    start = datetime(year, 1, 1, tzinfo=UTC)
    for number in range(366):
        early, late = start + number * DAY, start + (number + 1) * DAY
        if early.astimezone(place).utcoffset() == late.astimezone(place).utcoffset():
            continue
        while late - early > timedelta(seconds=1):
            middle = (early + (late - early) / 2).replace(microsecond=0)
            same = middle.astimezone(place).utcoffset() == late.astimezone(place).utcoffset()
            early, late = (early, middle) if same else (middle, late)
        found.append(late)
    return tuple(found)


@st.composite
def placed(draw: st.DrawFn, *, zones: list[str], first: int = 1600, last: int = 8990) -> tuple[datetime, str]:
    """Draw an instant and a zone: anywhere in time, or within hours of a change of its clocks."""
    zone = draw(st.sampled_from(zones))
    if draw(st.booleans()):
        year = draw(st.integers(max(first, 1970), 2100))
        near = changes(zone, year) or (datetime(year, 3, 29, 1, tzinfo=UTC),)
        minutes = draw(st.integers(-300, 300))
        aside = draw(st.sampled_from([timedelta(), timedelta(microseconds=1), timedelta(seconds=-1)]))
        return draw(st.sampled_from(near)) + timedelta(minutes=minutes) + aside, zone
    moment = draw(st.datetimes(datetime.fromisoformat(f"{first}-01-01"), datetime.fromisoformat(f"{last}-12-31")))
    return moment.replace(tzinfo=UTC), zone


def clock(instant: datetime, zone: tzinfo) -> BreachClock:
    return breach_clock(instant, zone=zone, territory=Territory.METROPOLE, packs=PACKS)


def in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def is_full(shown: datetime) -> bool:
    return (shown.minute, shown.second, shown.microsecond) == (0, 0, 0)


def test_in_the_territories_the_legal_end_comes_within_the_hour_after_the_target(thorough: bool) -> None:
    """Since 1961; before, three of their zones once changed by minutes (the next property holds there too)."""

    def holds(at: tuple[datetime, str]) -> None:
        instant, zone = at[0], ZoneInfo(at[1])
        found = clock(instant, zone)
        target, legal_end = in_utc(found.target), in_utc(found.legal_end)
        assert target - instant == 72 * HOUR
        assert target < legal_end <= target + HOUR
        assert (legal_end - target == HOUR) is is_full(instant.astimezone(zone))
        assert is_full(found.legal_end)
        assert in_utc(found.contested_end) >= legal_end
        assert {each.tzinfo for each in (found.aware_at, found.target, found.legal_end, found.contested_end)} == {zone}

    hold(holds, thorough=thorough, at=placed(zones=LISTED, first=1961))


def test_in_every_zone_at_any_time_the_legal_end_comes_after_the_target(thorough: bool) -> None:
    def holds(at: tuple[datetime, str]) -> None:
        instant, zone = at[0], ZoneInfo(at[1])
        found = clock(instant, zone)
        assert in_utc(found.target) - instant == 72 * HOUR
        assert in_utc(found.target) < in_utc(found.legal_end) < in_utc(found.target) + 2 * HOUR
        assert is_full((in_utc(found.legal_end) - 72 * HOUR).astimezone(zone))
        assert in_utc(found.contested_end) >= in_utc(found.legal_end)

    hold(holds, thorough=thorough, at=placed(zones=ALL))


def test_who_is_aware_later_never_has_to_tell_earlier(thorough: bool) -> None:
    def holds(at: tuple[datetime, str], later: timedelta) -> None:
        instant, zone = at[0], ZoneInfo(at[1])
        first, second = clock(instant, zone), clock(instant + later, zone)
        assert in_utc(first.target) <= in_utc(second.target)
        assert in_utc(first.legal_end) <= in_utc(second.legal_end)
        if at[1] in LISTED:
            assert in_utc(first.contested_end) <= in_utc(second.contested_end)

    soon = st.timedeltas(timedelta(), 3 * HOUR)
    later = st.one_of(soon, st.timedeltas(timedelta(), 10 * DAY))
    hold(holds, thorough=thorough, at=placed(zones=[*LISTED, *ALL], first=1961), later=later)


def test_the_next_full_hour_is_the_one_found_by_looking_at_the_clock_every_second(thorough: bool) -> None:
    """Up to two hours, second by second: what a person with much patience would do."""

    def holds(at: tuple[datetime, str], aside: int) -> None:
        zone = ZoneInfo(at[1])
        instant = at[0] + timedelta(minutes=aside)
        looked = instant.replace(microsecond=0) + timedelta(seconds=1)
        shown = looked.astimezone(zone)
        # Where the clock does not change within two hours, the seconds before the last minute need no look.
        quiet = (looked + 2 * HOUR).astimezone(zone).utcoffset() == shown.utcoffset()
        if quiet and not is_full(shown) and shown.minute < 59:
            looked += timedelta(minutes=58 - shown.minute)
        while not is_full(looked.astimezone(zone)):
            looked += timedelta(seconds=1)
        assert in_utc(next_full_hour(instant, zone)) == looked

    hold(holds, thorough=thorough, at=placed(zones=ALL, first=1900, last=2200), aside=st.integers(-60, 60))


def test_a_local_time_is_refused_when_it_is_no_instant_or_two(thorough: bool) -> None:
    def holds(at: tuple[datetime, str], aside: int) -> None:
        zone = ZoneInfo(at[1])
        local = (at[0].astimezone(zone).replace(tzinfo=None, fold=0)) + timedelta(minutes=aside)
        around = {(local.replace(tzinfo=UTC) + days * DAY).astimezone(zone).utcoffset() for days in (-2, -1, 0, 1, 2)}
        instants = {(local - offset).replace(tzinfo=UTC) for offset in around if offset is not None}
        meant = [each for each in instants if each.astimezone(zone).replace(tzinfo=None, fold=0) == local]
        if len(meant) == 1:
            assert in_utc(instant_of(local, zone)) == meant[0]
            return
        with pytest.raises((HourRepeated, HourSkipped)) as caught:
            instant_of(local, zone)
        said = [datetime.fromisoformat(str(caught.value.details[name])) for name in ("first", "second")]
        assert isinstance(caught.value, HourRepeated) is (len(meant) == 2)
        if meant:
            minute = [each.replace(second=0, microsecond=0) for each in sorted(meant)]
            assert [in_utc(each).replace(second=0) for each in said] == minute

    hold(holds, thorough=thorough, at=placed(zones=ALL, first=1973), aside=st.integers(-180, 180))


@st.composite
def houses(draw: st.DrawFn) -> HouseTime:
    """Draw a house: its days, closures, opening hours, territory and clock."""
    territory = draw(st.sampled_from(list(Territory)))
    zone = draw(st.sampled_from(PACKS.territories[territory].zones))
    weekdays = draw(st.frozensets(st.integers(0, 6), min_size=1))
    week = []
    for weekday in weekdays:
        edges = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=4)))
        pairs = zip(edges[::2], edges[1::2], strict=False)
        week += [OpenPeriod(weekday, _quarter(opens), _quarter(closes)) for opens, closes in pairs]
    closed = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=8))
    return HouseTime.of(
        zone=ZoneInfo(zone), territory=territory, weekdays=weekdays, packs=PACKS, closed=closed, week=tuple(week)
    )


def _quarter(number: int) -> time:
    return time(number // 4, number % 4 * 15)


RECEIVED = st.datetimes(datetime.fromisoformat("2026-01-01"), datetime.fromisoformat("2026-12-31"))
"""The local time at which a request comes."""


def answered(local: datetime, reading: AnswerReading, house: HouseTime) -> datetime:
    """Give the local time at which an answer is due; hours that no clock shows, or shows twice, are left out."""
    try:
        instant = instant_of(local, house.zone)
    except Invalid:
        assume(False)
        raise
    return answer_clock(instant, hours=72, reading=reading, house=house, packs=PACKS).due_at.replace(tzinfo=None)


def counted(start: datetime, end: datetime, house: HouseTime, *, opening: bool) -> timedelta:
    """Add up what is worked, or open, between two local times, day by day."""
    total, day = timedelta(), start.date()
    while day <= end.date():
        stretches = [(period.opens, period.closes) for period in house.week if period.weekday == day.weekday()]
        begun = datetime.combine(day, time())
        spans = [(datetime.combine(day, opens), datetime.combine(day, closes)) for opens, closes in stretches]
        for opens, closes in (spans if opening else [(begun, begun + DAY)]) if house.working.works(day) else []:
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += DAY
    return total


@pytest.mark.parametrize("reading", [AnswerReading.CLOCK_HOURS, AnswerReading.OPENING_HOURS])
def test_exactly_seventy_two_hours_are_worked_before_an_answer_is_due(thorough: bool, reading: AnswerReading) -> None:
    """And not one minute before it: the last of them is worked."""

    def holds(local: datetime, house: HouseTime) -> None:
        opening = reading is AnswerReading.OPENING_HOURS
        due = answered(local, reading, house)
        assume(due.date().weekday() != 6)  # the clocks may have changed that night, which is proven case by case
        assert counted(local, due, house, opening=opening) == 72 * HOUR
        assert counted(local, due - timedelta(microseconds=1), house, opening=opening) < 72 * HOUR

    hold(holds, thorough=thorough, local=RECEIVED, house=houses())


@pytest.mark.parametrize("reading", AnswerReading)
def test_a_request_that_comes_later_is_never_due_earlier(thorough: bool, reading: AnswerReading) -> None:
    def holds(local: datetime, later: timedelta, house: HouseTime) -> None:
        assert local < answered(local, reading, house) <= answered(local + later, reading, house)

    hold(holds, thorough=thorough, local=RECEIVED, later=st.timedeltas(timedelta(), 9 * DAY), house=houses())


DAYS = st.dates(date(1583, 1, 1), date(9000, 12, 31))
STOPS = st.lists(st.tuples(st.integers(0, 28), st.integers(0, 40)), max_size=4)
"""Suspensions: when they begin, days after receipt, and how long they last; all while the first month runs."""


def test_the_answer_to_a_right_ends_on_a_working_day_a_month_and_the_suspensions_later(thorough: bool) -> None:
    def holds(received: date, later: int, stops: list[tuple[int, int]], local: Territory | None) -> None:
        assume(received.year < 8999)
        suspended = [(received + start * DAY, received + (start + long) * DAY) for start, long in stops]
        found = rights_clock(received, packs=PACKS, extended=True, suspended=suspended, local_holidays_of=local)
        assert found.extended_due_on is not None
        working = WorkingDays(MONDAY_TO_FRIDAY, PACKS.holidays, territory=local)
        days = {received + (start + number) * DAY for start, long in stops for number in range(long)}
        for months, due in ((1, found.due_on), (3, found.extended_due_on)):
            plain = plus_months(received, months) + len(days) * DAY
            assert working.works(due)
            assert plain <= due <= plain + 6 * DAY
            assert not any(working.works(plain + number * DAY) for number in range((due - plain).days))
        after = rights_clock(received + later * DAY, packs=PACKS, local_holidays_of=local)
        assert rights_clock(received, packs=PACKS, local_holidays_of=local).due_on <= after.due_on

    hold(
        holds, thorough=thorough, received=DAYS, later=st.integers(0, 40), stops=STOPS,
        local=st.sampled_from([None, *Territory]),
    )  # fmt: skip


def test_a_term_of_retention_ends_with_a_day_and_never_earlier_for_a_later_event(thorough: bool) -> None:
    def holds(at: tuple[datetime, str], later: timedelta, each: RetentionClass) -> None:
        instant, zone = at[0], ZoneInfo(at[1])
        found = retention_clock(each, instant, profile=LAW.profile, zone=zone)
        after = retention_clock(each, instant + later, profile=LAW.profile, zone=zone)
        if found.eligible_at is None:
            assert after.eligible_at is None
            return
        assert after.eligible_at is not None
        assert in_utc(found.eligible_at) <= in_utc(after.eligible_at)
        if found.last_day is not None:
            assert found.last_day + DAY == found.eligible_at.date()
            assert found.eligible_at.time() == time()
            assert found.last_day > instant.astimezone(zone).date()

    hold(
        holds, thorough=thorough, at=placed(zones=LISTED, first=1970), later=st.timedeltas(timedelta(), 400 * DAY),
        each=st.sampled_from(list(RetentionClass)),
    )  # fmt: skip
