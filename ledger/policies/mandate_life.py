"""
Is this mandate alive, and what is an act worth that was done near its end?

Three instants: an end takes effect (`effective_at`), somebody of the mandatary is told (`known_at`), the ledger writes
it down (`recorded_at`). The power is gone once the end has taken effect and is known. What was done before it was known
stands (Code civil 2008, 2009); what was done after is irregular, for review, even where the ledger could not yet know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from ledger.policies.vocabulary import EndDuty, EndKind
from ledger.rules.periods import end_after_days, local_day, midnight

DECLARED_BY_NOBODY = frozenset({EndKind.DEATH, EndKind.GUARDIANSHIP})
"""Ends that neither party declares, and that may have come before the paper was drawn up."""


class Standing(StrEnum):
    """Where a mandate stands at an instant."""

    NOT_YET = "not-yet"
    LIVE = "live"
    ENDED = "ended"
    VOID = "void"


class ActStanding(StrEnum):
    """What an act done under a mandate is worth."""

    IN_FORCE = "in-force"
    GOOD_FAITH = "good-faith"
    """Done after the end took effect, before anybody of the mandatary knew: it stands."""
    IRREGULAR = "irregular"
    """Done once the end was known: it is reviewed, and may be a breach."""


@dataclass(frozen=True)
class End:
    """How and when a mandate ended."""

    kind: EndKind
    effective_at: datetime
    known_at: datetime

    @property
    def binds_at(self) -> datetime:
        """The instant from which nothing may be done: the end has taken effect, and is known."""
        return max(self.effective_at, self.known_at)


@dataclass(frozen=True)
class Life:
    """The life of a mandate as far as it is recorded."""

    void: bool = False
    started_at: datetime | None = None
    ends_at: datetime | None = None
    """The midnight that ends its term."""
    end: End | None = None


def standing_at(life: Life, at: datetime) -> Standing:
    """Say where a mandate stands at an instant; its term ends it even if nobody writes that down."""
    if life.void:
        return Standing.VOID
    over = ended_at(life)
    if over is not None and at >= over:
        return Standing.ENDED
    if life.started_at is None or at < life.started_at:
        return Standing.NOT_YET
    return Standing.LIVE


def ended_at(life: Life) -> datetime | None:
    """Give the instant from which nothing may be done under a mandate, or None for one that has no end yet."""
    ends = [end for end in (life.ends_at, life.end.binds_at if life.end else None) if end is not None]
    return min(ends, default=None)


def act_standing(end: End, act_at: datetime) -> ActStanding:
    """Say what an act done at `act_at` is worth, given how the mandate ended."""
    if act_at >= end.binds_at:
        return ActStanding.IRREGULAR
    return ActStanding.GOOD_FAITH if act_at >= end.effective_at else ActStanding.IN_FORCE


def term_end(started_at: datetime, *, term_days: int, zone: tzinfo) -> datetime:
    """
    Give the midnight, local to the house, that ends a term of whole days; the first day is the day of the start.

    365 days from 9 June 2026: valid for the last time on 8 June 2027, ends on 9 June 2027 at 00:00.
    """
    return end_after_days(started_at, days=term_days, zone=zone)


def winding_up_end(end: datetime, *, grace: timedelta, zone: tzinfo) -> datetime:
    """Give the midnight until which an open procedure may go on with the person after its mandate ended."""
    return midnight(local_day(end, zone) + grace + timedelta(days=1), zone)


def duty_of_end(*, partners: bool, irregular: bool) -> EndDuty | None:
    """Say what an end leaves to do: tell the partners that were dealt with, review what was done once it was known."""
    if partners and irregular:
        return EndDuty.TELL_AND_REVIEW
    if irregular:
        return EndDuty.REVIEW_ACTS
    return EndDuty.TELL_PARTNERS if partners else None
