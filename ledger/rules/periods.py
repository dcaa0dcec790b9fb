"""
Days as the law counts them: half-open periods, calendar months and years, and the midnight that ends a term.

A period runs from its first day up to, and without, its `end`: an entry with `valid_until = 2024-01-01` holds on
31 December 2023 for the last time. Terms count days, not hours (Code civil 2228, 2229): the day of the event is not
counted and the term is over when its last day is over, at local midnight.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Period:
    """The days from `start` up to, and without, `end`; without end where `end` is None."""

    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        """Say whether `day` lies in the period."""
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        """Say whether some day lies in both."""
        return (other.end is None or self.start < other.end) and (self.end is None or other.start < self.end)


class Valid(Protocol):
    """Anything that holds during a period."""

    @property
    def period(self) -> Period:
        """The days on which it holds."""
        ...


V = TypeVar("V", bound=Valid)


@dataclass(frozen=True)
class Dated(Generic[T]):
    """A value with where it comes from and the days on which it holds."""

    value: T
    source: str
    mark: str
    """How sure it is: SEED (the convention), TXT (official text), 2ND (second hand), DEF (our default)."""
    period: Period

    @property
    def is_default(self) -> bool:
        """Whether a data protection officer has yet to confirm it."""
        return self.mark == "DEF"


def holding(versions: Iterable[V], *, on: date) -> V | None:
    """Give the one version that holds on a day, or None."""
    return next((version for version in versions if version.period.covers(on)), None)


def holding_or_first(versions: Iterable[V], *, on: date) -> V | None:
    """
    Give the version that holds on a day; the first one for a day before any, which a calculator may be asked about.

    None where the last version ended before that day.
    """
    listed = sorted(versions, key=lambda each: each.period.start)
    found = holding(listed, on=on)
    return listed[0] if found is None and listed and on < listed[0].period.start else found


def uncovered(wanted: Period, by: Iterable[Period]) -> date | None:
    """Give the first day of `wanted` that no period of `by` covers, or None when all are."""
    day = wanted.start
    for period in sorted(by, key=lambda each: each.start):
        if wanted.end is not None and day >= wanted.end:
            return None
        if period.covers(day):
            if period.end is None:
                return None
            day = period.end
    return day if wanted.covers(day) else None


def plus_months(day: date, months: int) -> date:
    """Give the same day of the month `months` later, or the last day of a month that is too short."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Give the instant at which `day` begins in `zone`."""
    return datetime.combine(day, time(), tzinfo=zone)


def local_day(instant: datetime, zone: tzinfo) -> date:
    """
    Give the day that it is in `zone` at `instant`.

    :raises ValueError: if `instant` carries no offset
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return instant.astimezone(zone).date()


def end_after_days(starts_at: datetime, *, days: int, zone: tzinfo) -> datetime:
    """
    Give the midnight that ends a period of whole days whose first day is the day of `starts_at`.

    A mandate of 365 days from 9 June 2026 is valid for the last time on 8 June 2027 and ends on 9 June at 00:00.
    """
    return midnight(local_day(starts_at, zone) + timedelta(days=days), zone)
