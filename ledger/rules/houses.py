"""
House files: where a France Services house is, when it is open, how it is reached, which partners sit in it.

Open at least 24 hours a week over at least five days (convention 4.2), checked on the regular week; every person must
be able to write by mail or form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING

from ledger.errors import NotFound
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.rules.profile import Profile


class Territory(StrEnum):
    """Where the holidays differ."""

    METROPOLE = "metropole"
    ALSACE_MOSELLE = "alsace-moselle"
    GUADELOUPE = "guadeloupe"
    GUYANE = "guyane"
    MARTINIQUE = "martinique"
    MAYOTTE = "mayotte"
    LA_REUNION = "la-reunion"
    SAINT_BARTHELEMY = "saint-barthelemy"
    SAINT_MARTIN = "saint-martin"
    SAINT_PIERRE_ET_MIQUELON = "saint-pierre-et-miquelon"
    POLYNESIE = "polynesie"
    NOUVELLE_CALEDONIE = "nouvelle-caledonie"

    @classmethod
    def _missing_(cls, value: object) -> Territory | None:
        """Read what was written before La Réunion was spelled with its article."""
        return cls.LA_REUNION if value == "reunion" else None


@dataclass(frozen=True, order=True)
class OpenPeriod:
    """A stretch of the regular week during which the house is open. Weekdays count from Monday, 0."""

    weekday: int
    opens: time
    closes: time

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return (self.closes.hour - self.opens.hour) * 60 + self.closes.minute - self.opens.minute


@dataclass(frozen=True)
class Channels:
    """How people reach the house; empty where there is none. At least email or form (convention 4.2)."""

    email: str = ""
    form: str = ""
    phone: str = ""
    address: str = ""


@dataclass(frozen=True)
class HouseFile:
    """One house, as its file says."""

    code: str
    name: str
    manager: str
    department: str
    territory: Territory
    zone: str
    schedule: tuple[OpenPeriod, ...]
    channels: Channels
    local_partners: tuple[str, ...]
    profile: str
    source: str
    mark: str
    remark: str
    digest: str


class UnknownHouse(NotFound):
    """No house file bears this code."""

    sentence = mark("No house file bears the code {reference}.")
    unnamed = mark("No house file bears this code.")
    advice = mark("See the house files in the folder of law, or give the path of a house file.")


@dataclass(frozen=True)
class Opening:
    """How long a house is open in a regular week, against the least that the convention asks."""

    week_minutes: int
    days: int
    least_week_minutes: int
    least_days: int

    @property
    def holds(self) -> bool:
        """Whether the regular week satisfies article 4.2."""
        return self.week_minutes >= self.least_week_minutes and self.days >= self.least_days


def opening(schedule: tuple[OpenPeriod, ...], *, profile: Profile, on: date) -> Opening:
    """Measure a regular week against the profile in force on a day (convention 4.2)."""
    return Opening(
        week_minutes=sum(period.minutes for period in schedule),
        days=len({period.weekday for period in schedule}),
        least_week_minutes=profile.opening_week_minutes(on),
        least_days=profile.opening_days(on),
    )
