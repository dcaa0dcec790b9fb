"""
Daily tallies: counts of a house's day by closed categories, which refer to nothing.

Quarterly reports are owed for years (convention 4.7); the people and cases counted are long gone by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Created, Fact, Scope, stored
from ledger.errors import Invalid
from ledger.translation import mark


class Measure(StrEnum):
    """What is counted."""

    VISITS = "visits"
    PROCEDURES_OPENED = "procedures-opened"
    PROCEDURES_RESOLVED = "procedures-resolved"
    PROCEDURES_ABANDONED = "procedures-abandoned"
    MANDATES_STARTED = "mandates-started"
    MANDATES_ENDED = "mandates-ended"
    ACCESSES_GRANTED = "accesses-granted"
    ACCESSES_REFUSED = "accesses-refused"
    TRANSMISSIONS = "transmissions"
    DISCLOSURES = "disclosures"


class CountInvalid(Invalid):
    """A negative count, or the same thing counted twice."""

    sentence = mark("A tally counts each thing once, from nought up.")


@dataclass(frozen=True, order=True)
class Count:
    """One figure: how many of what, by one word of a closed list (a partner, a mission, a mode), or in all."""

    measure: Measure
    by: str
    number: int


class Tally(Aggregate):
    """The counts of one house on one day."""

    KIND = "tally"

    house: UUID
    day: Fact[date]
    counts: Fact[tuple[Count, ...]]

    @classmethod
    def of_day(cls, day: date, *, house: UUID, counts: tuple[Count, ...]) -> Self:
        """
        Record a house's day. What was counted wrong is tallied again: the last tally of a day counts.

        :raises CountInvalid: if a count is negative or stands twice
        """
        named = {(count.measure, count.by) for count in counts}
        if len(named) != len(counts) or any(count.number < 0 for count in counts):
            raise CountInvalid
        return cls.begin(TallyRecorded, house=house, day=Fact(day), counts=Fact(tuple(sorted(counts))))


@stored
class TallyRecorded(Created):
    """A house's day was tallied."""

    TOPIC = "tally.recorded.1"
    PAD_TO = 2048
    house: UUID
    day: Annotated[Fact[date], Scope.REGISTER]
    counts: Annotated[Fact[tuple[Count, ...]], Scope.REGISTER]

    def apply(self, aggregate: Tally) -> None:
        """Take the counts."""
        aggregate.house, aggregate.day, aggregate.counts = self.house, self.day, self.counts
