"""Which day it is where something happens: a house counts its days by its own clock, not by UTC."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.house import House
from ledger.clock import in_utc
from ledger.rules.periods import local_day
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk


def zone_of(opener: FactOpener, house: House) -> ZoneInfo:
    """Give the time zone in which the house counts its days."""
    return ZoneInfo(opener.known(house.zone) or "Europe/Paris")


def day_in(desk: Desk, opener: FactOpener, house: UUID | None, instant: datetime) -> date:
    """Give the day that it is in a house at an instant; that of UTC where no house is concerned."""
    if house is None:
        return day_of(instant)
    return local_day(instant, zone_of(opener, desk.streams.load(House, house)))


def day_of(instant: datetime) -> date:
    """Give the day, UTC, by which the rules that bind no house in particular are chosen."""
    return in_utc(instant).date()
