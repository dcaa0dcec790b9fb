"""
The words and figures of the workflow of a breach; those of the CNIL's form are in `rules/cnil.py`.

Several of these words stand in headers, and all of them are stored: members are added at the end, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ledger.policies.severity import Advice, Flag
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.assessment import Band
from ledger.rules.cnil import Consequence, DataCategory, Gravity


class Line(StrEnum):
    """A line of duty: each runs, and ends for a reason of its own."""

    GDPR_33 = "gdpr-33"
    """Tell the CNIL unless a risk is unlikely (GDPR 33(1))."""
    CONVENTION = "convention"
    """Tell the CNIL of any violation, accidental or intentional (convention 4.6)."""
    CONTROLLER = "controller"
    """Tell the controller, where the house is its processor (GDPR 33(2))."""
    INSURANCE = "insurance"
    """Complain of an attack on a system, or the cyber-insurance does not pay (Code des assurances L12-10-1)."""
    PREFECT = "prefect"
    """Tell the prefect of public archives that are lost (Code du patrimoine R212-53)."""
    NIS2 = "nis2"
    """Directive 2022/2555; only where it is in use."""


DUTY_LINES = (Line.GDPR_33, Line.CONVENTION)
"""The two lines that every breach has from its awareness on."""


class LineEnding(StrEnum):
    """Why a line of duty is closed."""

    NOTIFIED = "notified"
    """The CNIL was told of all there is to tell."""
    RISK_UNLIKELY = "risk-unlikely"
    """A risk to the people is unlikely: the register says why (GDPR 33(1), 33(5))."""
    NOT_APPLIED = "not-applied"
    """The controller's delegate decided so, after the data protection officer's opinion."""
    CONTROLLER_NOTIFIES = "controller-notifies"
    """The house is a processor, and has told the controller, whose duty it is (GDPR 33(2))."""
    DONE = "done"
    """What the line asks was done."""
    NOT_A_BREACH = "not-a-breach"
    """What was signalled turned out to be none."""


class BreachEnding(StrEnum):
    """Why a breach is closed."""

    HANDLED = "handled"
    NOT_A_BREACH = "not-a-breach"


class Risk(StrEnum):
    """What risk for the people the controller's delegate takes a breach to be, least first."""

    UNLIKELY = "unlikely"
    LIKELY = "likely"
    HIGH = "high"
    """High: the people are told too (GDPR 34(1))."""


class OpinionOn(StrEnum):
    """What the data protection officer gives an opinion on."""

    GDPR_33 = "gdpr-33"
    CONVENTION = "convention"
    ASSESSMENT = "assessment"
    PEOPLE = "people"
    """Whether the people are told (GDPR 34)."""


OPINION_ON_LINE = {Line.GDPR_33: OpinionOn.GDPR_33, Line.CONVENTION: OpinionOn.CONVENTION}
"""The opinion that must be on record before a line is closed."""


class WhyNotTold(StrEnum):
    """Why the people are not told one by one (GDPR 34)."""

    NO_HIGH_RISK = "no-high-risk"
    """34(1)."""
    UNINTELLIGIBLE = "unintelligible"
    """Nobody can read the data: 34(3)(a)."""
    RISK_AVERTED = "risk-averted"
    """What was done since makes a high risk unlikely: 34(3)(b)."""
    PUBLIC_INSTEAD = "public-instead"
    """It would take disproportionate effort: a public communication instead, 34(3)(c)."""


class OccurrenceKind(StrEnum):
    """What is known of when a breach occurred."""

    OVER = "over"
    ONGOING = "ongoing"
    UNKNOWN = "unknown"


class BreachText(StrEnum):
    """What a narrative is about; the last one of each counts."""

    CIRCUMSTANCES = "circumstances"
    DISCOVERY = "discovery"
    CONSEQUENCES = "consequences"
    MEASURES_BEFORE = "measures-before"
    MESSAGE = "message"
    """The text sent to the people (GDPR 34)."""
    ABROAD = "abroad"
    """Cross-border processing, and other authorities told."""


class BreachLink(StrEnum):
    """How a breach is tied to another."""

    SAME_EVENT = "same-event"
    FOLLOWS = "follows"
    """It came of the other."""
    DUPLICATE = "duplicate"
    """The other was declared for the same."""


class Deadline(StrEnum):
    """What a reminder is about."""

    NOTIFY = "notify"
    """One of the two duty lines, which run together."""
    COMPLEMENTARY = "complementary"
    PEOPLE = "people"
    CONTROLLER = "controller"
    INSURANCE = "insurance"
    PREFECT = "prefect"
    NIS2_WARNING = "nis2-warning"
    NIS2_NOTIFY = "nis2-notify"


class ReminderState(StrEnum):
    """What became of a reminder."""

    CLAIMED = "claimed"
    """Whoever was giving it did not say how it ended: it may have gone out, or not."""
    SENT = "sent"
    FAILED = "failed"
    """It certainly did not go out."""


class ScopeBasis(StrEnum):
    """Where the figures of a scope come from."""

    MEASURED = "measured"
    """From the ledger's own headers, links and facts."""
    ESTIMATED = "estimated"
    """By somebody, who said so."""


@dataclass(frozen=True)
class Occurrence:
    """When a breach occurred: over (from, to), going on (from, if known), or unknown."""

    kind: OccurrenceKind
    began_at: datetime | None = None
    ended_at: datetime | None = None


UNKNOWN_OCCURRENCE = Occurrence(OccurrenceKind.UNKNOWN)


@dataclass(frozen=True)
class Declarant:
    """Who told of it: a name, and how to reach them; both empty for whoever wants neither written down."""

    name: str
    contact: str


NOBODY_NAMED = Declarant("", "")


@dataclass(frozen=True)
class CategoryCount:
    """How many people and records one category of data concerns."""

    category: DataCategory
    people: int
    records: int


@dataclass(frozen=True)
class WayCount:
    """How many people can be reached by one means."""

    means: ContactMeans
    people: int


@dataclass(frozen=True)
class ScopeFigures:
    """What a breach concerns, in numbers and categories; None is not known. No person is named."""

    basis: ScopeBasis
    as_of: datetime
    people: int | None
    records: int | None
    categories: tuple[CategoryCount, ...] = ()
    minors: int | None = None
    protected: int | None = None
    """Adults under a measure of protection."""
    reachable: int | None = None
    unreachable: int | None = None
    ways: tuple[WayCount, ...] = ()
    sealed_records: int = 0
    """Records that nobody could read: encrypted, with the key safe."""
    erased_records: int = 0
    """Records that nobody could read: destroyed before."""
    papers: int = 0
    by_hand: int = 0
    """Records counted by hand, among `records`."""
    caveats: tuple[str, ...] = ()
    """Codes of what the figures do not say."""
    household: int | None = None
    """Members of households, among `people`, as somebody counted them."""


@dataclass(frozen=True)
class Assessment:
    """How severe a breach is by the measure, what it may lead to, and what was proposed (GDPR 33, 34)."""

    dpc: Decimal
    ei: Decimal
    cb: Decimal
    score: Decimal
    band: Band
    flags: tuple[Flag, ...]
    gravity: Gravity
    consequences: tuple[Consequence, ...]
    proposed_authority: Advice
    proposed_people: Advice
