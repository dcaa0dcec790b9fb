"""
The measure of a breach as data: the scale of ENISA (2013), and from which band on what is proposed.

Severity is SE = DPC x EI + CB. DPC is the nature of the data, EI how easily the people are identified, CB the sum of
what made it worse. Every value is a decimal: a score of exactly 3 is high, and binary fractions would not say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from itertools import product
from typing import TypeVar

from ledger.errors import NotFound
from ledger.rules.cnil import DataCategory
from ledger.rules.periods import Period, Valid, holding
from ledger.translation import mark

V = TypeVar("V", bound=Valid)


class Band(StrEnum):
    """How severe a breach is, from the least on."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    VERY_HIGH = "very-high"

    def reaches(self, other: Band) -> bool:
        """Say whether this band is the other, or above it."""
        order = list(Band)
        return order.index(self) >= order.index(other)


class ConfidentialityLoss(StrEnum):
    """Who may have seen the data."""

    NONE = "none"
    KNOWN_RECIPIENTS = "known-recipients"
    UNKNOWN_RECIPIENTS = "unknown-recipients"


class IntegrityLoss(StrEnum):
    """What altered data may have led to."""

    NONE = "none"
    RECOVERABLE = "recoverable"
    NOT_RECOVERABLE = "not-recoverable"


class AvailabilityLoss(StrEnum):
    """For how long the data can't be used."""

    NONE = "none"
    TEMPORARY = "temporary"
    FULL = "full"


@dataclass(frozen=True)
class Scale:
    """The values that each factor may take, and where the bands begin, during a period."""

    dpc: tuple[Decimal, ...]
    ei: tuple[Decimal, ...]
    confidentiality: tuple[Decimal, ...]
    """In the order of `ConfidentialityLoss`; the next two likewise."""
    integrity: tuple[Decimal, ...]
    availability: tuple[Decimal, ...]
    malicious: Decimal
    bands: tuple[Decimal, ...]
    """The scores from which a breach is medium, high, very high."""
    many_people: int
    """Above so many people a flag is raised."""
    source: str
    mark: str
    period: Period

    @cached_property
    def cb(self) -> tuple[Decimal, ...]:
        """Every value that the circumstances can add up to, the least first."""
        parts = product(self.confidentiality, self.integrity, self.availability, (Decimal(0), self.malicious))
        return tuple(sorted({sum(each, Decimal(0)) for each in parts}))

    def band(self, score: Decimal) -> Band:
        """Give the band of a score; the least score of a band belongs to it."""
        return list(Band)[sum(score >= least for least in self.bands)]


@dataclass(frozen=True)
class ProposalRule:
    """From which band on it is proposed to notify the authority (GDPR 33), and to tell the people (GDPR 34)."""

    authority_from: Band
    people_from: Band
    source: str
    mark: str
    period: Period


@dataclass(frozen=True)
class ContentRule:
    """What of the data goes beyond the categories of the fields, during a period."""

    by_name: DataCategory
    """What a procedure counts as whose name tells of a special category (GDPR 9), where no field says which."""
    others: frozenset[str]
    """The fields that tell of somebody else than the person: who lives in the household, a parent, an employee."""
    source: str
    mark: str
    period: Period


@dataclass(frozen=True)
class CategoryRule:
    """Which factors are proposed for one category of data, during a period."""

    category: DataCategory
    dpc: Decimal
    ei: Decimal
    source: str
    mark: str
    period: Period


class NoMeasureOnDay(NotFound):
    """The file says nothing of this on this day."""

    sentence = mark("There is no measure of severity for {day}.")
    advice = mark("Check the date; else complete the file assessment.toml in the folder of law.")


@dataclass(frozen=True)
class AssessmentRules:
    """Every version of what a breach is measured by."""

    scales: tuple[Scale, ...]
    proposals: tuple[ProposalRule, ...]
    contents: tuple[ContentRule, ...]
    categories: Mapping[DataCategory, tuple[CategoryRule, ...]]

    def scale(self, *, on: date) -> Scale:
        """
        Give the scale that holds on a day.

        :raises NoMeasureOnDay: if there is none
        """
        return _found(self.scales, on)

    def proposal(self, *, on: date) -> ProposalRule:
        """
        Give the rule of proposals that holds on a day.

        :raises NoMeasureOnDay: if there is none
        """
        return _found(self.proposals, on)

    def content(self, *, on: date) -> ContentRule:
        """
        Give what of the data goes beyond the categories of the fields on a day.

        :raises NoMeasureOnDay: if there is nothing
        """
        return _found(self.contents, on)

    def category(self, category: DataCategory, *, on: date) -> CategoryRule:
        """
        Give which factors are proposed for a category on a day.

        :raises NoMeasureOnDay: if nothing is
        """
        return _found(self.categories[category], on)


def _found(versions: Sequence[V], on: date) -> V:
    found = holding(versions, on=on)
    if found is None:
        raise NoMeasureOnDay(day=on.isoformat())
    return found
