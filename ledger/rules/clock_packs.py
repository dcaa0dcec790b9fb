"""
The dated rule packs of the legal clocks: every number with its source, chosen by the date of the fact it is applied to.

A pack holds for one clock during a period. The calculators take any date: a day before the first pack of a clock is
counted by that first one, and whoever shows the result says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.rules.holidays import HolidayRule, TerritoryRule
from ledger.rules.houses import Territory
from ledger.rules.periods import Period, holding_or_first
from ledger.rules.profile import NoRuleOnDay


class ClockKind(StrEnum):
    """The clocks that a rule pack can be about."""

    BREACH = "breach"
    """Notification of a breach (GDPR 33)."""
    COMPLEMENTARY = "complementary"
    """What follows an initial notification (GDPR 33(4))."""
    INSURANCE = "insurance"
    """The complaint that keeps a cyber-insurance (Code des assurances L12-10-1)."""
    NIS2 = "nis2"
    """The early warning of an essential or important entity (directive 2022/2555, art. 23)."""
    ANSWER = "answer"
    """The answer to a request (convention 4.2)."""
    RIGHTS = "rights"
    """The answer to a person who uses a right (GDPR 12(3))."""


@dataclass(frozen=True)
class PackNumber:
    """One number, or one yes or no, of a pack."""

    value: int | bool
    source: str
    mark: str


@dataclass(frozen=True)
class RulePack:
    """What one clock counts by, during a period."""

    id: str
    clock: ClockKind
    label: str
    numbers: Mapping[str, PackNumber]
    period: Period

    def whole(self, name: str) -> int:
        """Give a number."""
        return int(self.numbers[name].value)

    def flag(self, name: str) -> bool:
        """Give a yes or no."""
        return bool(self.numbers[name].value)


@dataclass(frozen=True)
class RulePacks:
    """The packs of all clocks, and the holidays and territories that they count with."""

    packs: Mapping[ClockKind, tuple[RulePack, ...]]
    holidays: tuple[HolidayRule, ...]
    territories: Mapping[Territory, TerritoryRule]

    def pack(self, clock: ClockKind, *, on: date) -> RulePack:
        """
        Give the pack of a clock that holds on a day; the first one for a day before it.

        :raises NoRuleOnDay: if the last pack ended before that day
        """
        found = holding_or_first(self.packs[clock], on=on)
        if found is None:
            raise NoRuleOnDay(reference=clock.value, day=on.isoformat())
        return found
