"""
Public holidays: a date each year or a distance from Easter, for all of France or for some territories.

The national ones are those of the Code du travail (L3133-1). Local ones count for the days that a house works, and for
the terms of the law only where the rule pack says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ledger.rules.houses import Territory
from ledger.rules.periods import Period

SATURDAY = 5
MONDAY_TO_FRIDAY = frozenset(range(SATURDAY))
"""The working days of Regulation 1182/71 (art. 2(2)), before holidays; weekdays count from Monday, 0."""


def easter(year: int) -> date:
    """Give Easter Sunday of the Gregorian calendar (the algorithm of Meeus, Jones and Butcher)."""
    golden, (century, of_century) = year % 19, divmod(year, 100)
    leap_centuries, of_leap = divmod(century, 4)
    moved = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moved + 15) % 30
    quarter, of_quarter = divmod(of_century, 4)
    to_sunday = (32 + 2 * of_leap + 2 * quarter - epact - of_quarter) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@dataclass(frozen=True)
class HolidayRule:
    """One holiday, as it falls during a period."""

    name: str
    month: int
    day: int
    after_easter: int | None
    """Days after Easter Sunday, where the date moves; `month` and `day` are then 0."""
    territories: frozenset[Territory]
    """Where it is a holiday; everywhere if empty."""
    source: str
    mark: str
    period: Period

    @property
    def is_national(self) -> bool:
        """Whether it is a holiday in all of France."""
        return not self.territories

    def falls_in(self, year: int) -> date | None:
        """Give its date in a year, or None where it is no holiday that year."""
        if self.after_easter is None:
            day = date(year, self.month, self.day)
        else:
            day = easter(year) + timedelta(days=self.after_easter)
        return day if self.period.covers(day) else None


@dataclass(frozen=True)
class TerritoryRule:
    """Where a territory keeps its time, and what must be said of its holidays."""

    territory: Territory
    zones: tuple[str, ...]
    national_only: bool
    """Whether its own holidays are not known here, so that only the national ones are counted, and people are told."""


@dataclass(frozen=True)
class WorkingDays:
    """The days that count: weekdays, minus holidays (the local ones of a territory too), minus closures."""

    weekdays: frozenset[int]
    rules: tuple[HolidayRule, ...]
    territory: Territory | None = None
    """Whose local holidays are kept beside the national ones; None for the national ones only."""
    closed: frozenset[date] = frozenset()

    def holiday(self, day: date) -> str | None:
        """Give the name of the holiday that a day is, or None."""
        return next((rule.name for rule in self._rules() if rule.falls_in(day.year) == day), None)

    def holidays(self, year: int) -> dict[date, str]:
        """Give the holidays of a year with their names, in order."""
        found = [(day, rule.name) for rule in self._rules() if (day := rule.falls_in(year))]
        return dict(sorted(found))

    def works(self, day: date) -> bool:
        """Say whether a day counts."""
        return day.weekday() in self.weekdays and day not in self.closed and self.holiday(day) is None

    def first_from(self, day: date) -> date:
        """Give the first day that counts, from `day` on."""
        while not self.works(day):
            day += timedelta(days=1)
        return day

    def after(self, day: date, count: int) -> date:
        """Give the day that counts as number `count` after `day`, which is itself number 0."""
        for _ in range(count):
            day = self.first_from(day + timedelta(days=1))
        return day

    def _rules(self) -> Iterator[HolidayRule]:
        return (rule for rule in self.rules if rule.is_national or self.territory in rule.territories)
