"""
How severe a breach is, and what is proposed: notify the authority (GDPR 33), tell the people (GDPR 34).

The measure is that of ENISA (2013): SE = DPC x EI + CB. It informs, it never decides: the controller's delegate
decides, with the opinion of the data protection officer. The convention's own line (article 4.6: any violation, also
one without risk) does not depend on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from ledger.errors import UNREPEATED, Invalid, Refused
from ledger.rules.assessment import (
    AssessmentRules,
    AvailabilityLoss,
    Band,
    ConfidentialityLoss,
    IntegrityLoss,
    ProposalRule,
    Scale,
)
from ledger.rules.cnil import DataCategory
from ledger.translation import mark

_NOBODYS_NUMBER = 5
"""How many characters a number may have to be said again."""


class Factor(StrEnum):
    """What a severity is computed from."""

    DPC = "dpc"
    """The nature of the data (data processing context)."""
    EI = "ei"
    """How easily the people are identified (ease of identification)."""
    CB = "cb"
    """What made it worse (circumstances of the breach)."""


class Flag(StrEnum):
    """What the score does not say, and whoever decides should know."""

    MANY_PEOPLE = "many-people"
    UNINTELLIGIBLE = "unintelligible"
    """Whoever has the data can't read them: they are encrypted, and the key is safe (GDPR 34(3)(a))."""


class OffTheScale(Invalid):
    """A factor has a value that the scale does not have."""

    sentence = mark("{factor} can't be {value}.")
    unnamed = mark("{factor} can't have this value.")
    advice = mark("The scale has these values: {allowed}.")


class FactorUnexplained(Refused):
    """A factor differs from what was proposed, and nobody says why."""

    sentence = mark("{factor} is not what was proposed ({proposed}), and no reason is given.")
    advice = mark("Say why in one sentence, or keep what was proposed.")


@dataclass(frozen=True)
class Factors:
    """The three factors of a severity."""

    dpc: Decimal
    ei: Decimal
    cb: Decimal

    def of(self, factor: Factor) -> Decimal:
        """Give one of the three."""
        return {Factor.DPC: self.dpc, Factor.EI: self.ei, Factor.CB: self.cb}[factor]


@dataclass(frozen=True)
class Severity:
    """A score with its band, and what it does not say."""

    score: Decimal
    band: Band
    flags: tuple[Flag, ...] = ()

    @property
    def shown_score(self) -> str:
        """The score in digits, without needless zeros behind the point."""
        return shown(self.score)


def shown(number: Decimal) -> str:
    """Write a decimal in digits, without needless zeros behind the point."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Happened:
    """The answers of a guided assessment about what happened."""

    confidentiality: ConfidentialityLoss = ConfidentialityLoss.NONE
    integrity: IntegrityLoss = IntegrityLoss.NONE
    availability: AvailabilityLoss = AvailabilityLoss.NONE
    malicious: bool = False


def circumstances(happened: Happened, *, scale: Scale) -> Decimal:
    """Add up what made it worse."""
    return (
        scale.confidentiality[list(ConfidentialityLoss).index(happened.confidentiality)]
        + scale.integrity[list(IntegrityLoss).index(happened.integrity)]
        + scale.availability[list(AvailabilityLoss).index(happened.availability)]
        + (scale.malicious if happened.malicious else Decimal(0))
    )


def severity(factors: Factors, *, scale: Scale, people: int | None = None, unintelligible: bool = False) -> Severity:
    """
    Compute the severity of a breach (ENISA 2013): SE = DPC x EI + CB, in decimals.

    `people` is how many are concerned, None where nobody knows.

    :raises OffTheScale: if a factor has a value that the scale does not have
    """
    _must_be_on(scale, factors)
    score = factors.dpc * factors.ei + factors.cb
    many = people is not None and people > scale.many_people
    raised = {Flag.MANY_PEOPLE: many, Flag.UNINTELLIGIBLE: unintelligible}
    return Severity(score, scale.band(score), tuple(flag for flag in Flag if raised[flag]))


def _must_be_on(scale: Scale, factors: Factors) -> None:
    for factor, allowed in ((Factor.DPC, scale.dpc), (Factor.EI, scale.ei), (Factor.CB, scale.cb)):
        if factors.of(factor) not in allowed:
            raise OffTheScale(
                factor=factor.upper(), value=_repeatable(factors.of(factor)), allowed=", ".join(map(shown, allowed))
            )


def prefilled(
    categories: Collection[DataCategory], *, unintelligible: bool, rules: AssessmentRules, on: date
) -> tuple[Decimal, Decimal]:
    """
    Propose DPC and EI from the categories of the data that are concerned: of each, the highest of all.

    Data that nobody can read identify nobody: the least EI then. Where no category is known, that is one of its own.
    """
    found = [rules.category(each, on=on) for each in categories or (DataCategory.UNKNOWN,)]
    least = rules.scale(on=on).ei[0]
    return max(each.dpc for each in found), least if unintelligible else max(each.ei for each in found)


def _repeatable(number: Decimal) -> str:
    """Give a number to be said again, unless it is so long that it may be somebody's, typed in the wrong place."""
    text = shown(number)
    return text if len(text) <= _NOBODYS_NUMBER else UNREPEATED


def check_reasons(chosen: Factors, *, proposed: Factors, reasons: Mapping[Factor, str]) -> tuple[Factor, ...]:
    """
    Give the factors that differ from what was proposed; each needs a reason.

    :raises FactorUnexplained: if one has none
    """
    changed = tuple(factor for factor in Factor if chosen.of(factor) != proposed.of(factor))
    for factor in changed:
        if not reasons.get(factor, "").strip():
            raise FactorUnexplained(factor=factor.upper(), proposed=shown(proposed.of(factor)))
    return changed


class Advice(StrEnum):
    """What is proposed on one of the two lines of the GDPR."""

    NOTIFY = "notify"
    DOCUMENT_ONLY = "document-only"
    """Enter it in the register (GDPR 33(5)) with the reason why a risk is unlikely."""
    TELL_PEOPLE = "tell-people"
    NO_NEED_TO_TELL = "no-need-to-tell"


class Because(StrEnum):
    """Why something is proposed."""

    RISK_UNLIKELY = "risk-unlikely"
    """The band is below the one from which a risk is taken to be likely (GDPR 33(1))."""
    RISK_LIKELY = "risk-likely"
    HIGH_RISK_LIKELY = "high-risk-likely"
    """GDPR 34(1)."""
    NO_HIGH_RISK = "no-high-risk"
    UNINTELLIGIBLE = "unintelligible"
    """GDPR 34(3)(a)."""
    MANY_PEOPLE = "many-people"
    """The score is low, but many are concerned: look twice."""


@dataclass(frozen=True)
class Proposal:
    """What is proposed, and why. It is a proposal: the controller's delegate decides."""

    authority: Advice
    people: Advice
    reasons: tuple[Because, ...]


def propose(measured: Severity, *, rule: ProposalRule) -> Proposal:
    """
    Propose what to do for GDPR 33 and 34.

    The authority is notified unless a risk is unlikely; the people are told if a high risk is likely, but for data
    that nobody can read (34(3)(a)).
    """
    notify = measured.band.reaches(rule.authority_from)
    high = measured.band.reaches(rule.people_from)
    readable = Flag.UNINTELLIGIBLE not in measured.flags
    reasons = [Because.RISK_LIKELY if notify else Because.RISK_UNLIKELY]
    reasons += [Because.HIGH_RISK_LIKELY if high else Because.NO_HIGH_RISK]
    reasons += [] if readable else [Because.UNINTELLIGIBLE]
    reasons += [Because.MANY_PEOPLE] if not notify and Flag.MANY_PEOPLE in measured.flags else []
    return Proposal(
        authority=Advice.NOTIFY if notify else Advice.DOCUMENT_ONLY,
        people=Advice.TELL_PEOPLE if high and readable else Advice.NO_NEED_TO_TELL,
        reasons=tuple(reasons),
    )


__all__ = [
    "Advice",
    "Band",
    "Because",
    "Factor",
    "FactorUnexplained",
    "Factors",
    "Flag",
    "Happened",
    "OffTheScale",
    "Proposal",
    "Severity",
    "check_reasons",
    "circumstances",
    "prefilled",
    "propose",
    "severity",
    "shown",
]  # fmt: skip
