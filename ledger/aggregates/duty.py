"""
Duties: what the law or the convention now asks somebody to do, and the record that it was done.

That a duty is open follows from other events, so opening it is no event. A duty's id is derived from the random id of
the event that called for it; the discharge is a stream of that id. It names nothing else: whoever holds the log sees
that a duty of some event was discharged, which the log says anyway, and no sealed reference has to be kept for it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID, uuid5

from ledger.aggregates.base import Aggregate, Created, Fact, Scope, stored
from ledger.aggregates.confirmation import Opinion
from ledger.errors import Invalid
from ledger.translation import mark


class DutyKind(StrEnum):
    """What there is to do."""

    TELL_PARTNER = "tell-partner"
    """A partner is bound by the end of a mandate only once told (Code civil 2005)."""
    REVIEW_ACT = "review-act"
    """An act done between the moment the end was known and its recording is irregular."""
    REVIEW_DISCLOSURE = "review-disclosure"
    """In urgent danger one acts first; the controller's delegate reviews after (Code penal 226-14)."""
    ACCOUNT = "account"
    """An account of the mission is given at its end (Code civil 1993)."""
    CLOSE_PROCEDURE = "close-procedure"
    """A procedure whose mandate ended is carried on with the person, resolved or abandoned."""
    ACKNOWLEDGE_SUCCESSOR = "acknowledge-successor"
    """A later mandate for the same was given to another house: this one's ends once it takes note (Code civil 2006)."""
    QUALIFY_LOSS = "qualify-loss"
    """Data that should live are lost: a breach of availability, which the controller qualifies (GDPR 33)."""


class Discharge(StrEnum):
    """How a duty came to its end."""

    DONE = "done"
    NOT_APPLIED = "not-applied"
    """The controller's delegate decided so, for a reason, after the data protection officer's opinion."""


class SetAside(StrEnum):
    """
    Why a duty doesn't apply.

    A discharge names nothing that it is about, so nothing destroys it with that: it holds no words about anybody.
    """

    NOTHING_TO_DO = "nothing-to-do"
    """Nothing was done that calls for it: no contact with that partner, nothing to account for."""
    DONE_OTHERWISE = "done-otherwise"
    """It was done before, or by somebody else."""
    BY_MISTAKE = "by-mistake"
    """What called for it was recorded by mistake."""
    DECLINED = "declined"
    """The person does not want it."""
    UNREACHABLE = "unreachable"
    """Whom it is owed to can't be reached, or exists no more."""


class DischargeUnexplained(Invalid):
    """A duty set aside without a reason."""

    sentence = mark("Say why this duty doesn't apply, and what the data protection officer said.")


def duty_id(event_id: UUID, kind: DutyKind) -> UUID:
    """Give the id of the duty of this kind that one event calls for; the same event gives the same id."""
    return uuid5(event_id, str(kind))


class Duty(Aggregate):
    """The discharge of one duty."""

    KIND = "duty"

    kind: Fact[DutyKind]
    discharge_kind: Fact[Discharge]
    opinion: Fact[Opinion | None]
    officer: Fact[UUID | None]
    reason: Fact[SetAside | None]
    discharged_at: datetime

    @classmethod
    def discharge(
        cls,
        duty: UUID,
        *,
        kind: DutyKind,
        how: Discharge,
        house: UUID | None,
        effective_at: datetime,
        opinion: Opinion | None = None,
        officer: UUID | None = None,
        reason: SetAside | None = None,
    ) -> Self:
        """
        Close a duty: done at `effective_at`, or set aside with the officer's opinion and a reason.

        :raises DischargeUnexplained: if it is set aside without opinion or reason
        """
        if how is Discharge.NOT_APPLIED and (opinion is None or reason is None):
            raise DischargeUnexplained
        return cls.begin(
            DutyDischarged,
            id=duty,
            house=house,
            effective_at=effective_at,
            kind=Fact(kind),
            how=Fact(how),
            opinion=Fact(opinion),
            officer=Fact(officer),
            reason=Fact(reason),
        )


@stored
class DutyDischarged(Created):
    """A duty was done, or set aside."""

    TOPIC = "duty.discharged.1"
    PAD_TO = 1024
    house: UUID | None
    effective_at: datetime
    kind: Annotated[Fact[DutyKind], Scope.REGISTER]
    how: Annotated[Fact[Discharge], Scope.REGISTER]
    opinion: Annotated[Fact[Opinion | None], Scope.REGISTER]
    officer: Annotated[Fact[UUID | None], Scope.REGISTER]
    reason: Annotated[Fact[SetAside | None], Scope.REGISTER]

    def apply(self, aggregate: Duty) -> None:
        """Take the discharge."""
        aggregate.kind, aggregate.discharge_kind, aggregate.reason = self.kind, self.how, self.reason
        aggregate.opinion, aggregate.officer = self.opinion, self.officer
        aggregate.discharged_at = self.effective_at
