"""Close a duty: it was done, or the controller's delegate sets it aside."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.confirmation import Opinion
from ledger.aggregates.duty import Discharge, Duty, DutyKind, SetAside
from ledger.errors import Invalid, NotFound, Refused
from ledger.policies.authority import may_discharge
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.translation import mark
from ledger.usecases.access.review import not_own_access
from ledger.usecases.agent.acting import Acting, acting, allow, not_future
from ledger.usecases.catalogue.confirm import check_officer
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded

REVIEWS = frozenset({DutyKind.REVIEW_ACT, DutyKind.REVIEW_DISCLOSURE})
"""The duties that are a reviewer's, not the agent's whose work they are about."""

DECISIONS = frozenset({DutyKind.QUALIFY_LOSS})
"""The duties that are the controller's: whether a loss is a breach, and what follows, is decided."""

HAVE_VERBS = frozenset({DutyKind.TELL_PARTNER, DutyKind.ACCOUNT, DutyKind.ACKNOWLEDGE_SUCCESSOR})
"""The duties that end when what they ask is itself recorded on the mandate: to whom, by which means."""


class DutyHasItsVerb(Refused):
    """The duty ends with the record of what it asks, not with the word that it was done."""

    sentence = mark("This duty ends when what it asks is recorded, not by saying that it was done.")
    advice = mark("Use `ledger mandate tell` or `ledger mandate account`; only the delegate can set it aside.")


class ReasonUnknown(Invalid):
    """A reason in free words, which nothing would destroy with what they are about."""

    sentence = mark("The reason is one of a list, not free words.")
    advice = mark("Give one of: {reasons}.")


class DutyClosed(Refused):
    """The duty is closed already."""

    sentence = mark("This duty is closed already.")
    advice = mark("There is nothing to do.")


def discharge(
    desk: Desk,
    command: Command,
    duty_id: UUID,
    *,
    kind: DutyKind,
    how: Discharge = Discharge.DONE,
    opinion: Opinion | None = None,
    officer: UUID | None = None,
    note: str = "",
    of_house: UUID | None = None,
    about: UUID | None = None,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record that a duty was done, or that it does not apply.

    Agents close what the work of their own house calls for (`of_house` is the duty's), reviewers close reviews, but for
    that of an access (`about`) which they asked for themselves; the controller's delegate closes what is a decision.
    Setting one aside is the delegate's decision, with a reason of the list in `note` and after the officer's opinion
    (GDPR 38(6), 39).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not close this duty in this way
    :raises RefusedByRule: NO_UNDERTAKING, for an agent who has not signed the undertaking of secrecy
    :raises RefusedByRule: OTHER_HOUSE, for an agent of another house
    :raises OwnAccess: for the review of an access by whoever asked for it
    :raises DutyHasItsVerb: if it is not set aside and ends with a record on the mandate (Code civil 1993, 2005)
    :raises DutyClosed: if it is closed
    :raises ReasonUnknown: if the reason is none of the list
    :raises NotAnOfficer: if the opinion's author is not an enrolled data protection officer
    :raises DischargeUnexplained: if it is set aside without an opinion or a reason
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, set_aside = acting(desk, judgement), how is Discharge.NOT_APPLIED
        decision = kind in DECISIONS
        allow(may_discharge(review=kind in REVIEWS, set_aside=set_aside, decision=decision, powers=actor.powers))
        if not set_aside:
            _check_done(actor, kind, of_house=of_house, at=command.at)
            if about is not None and kind in REVIEWS:
                not_own_access(desk, command, about)
        if _is_closed(desk, duty_id):
            raise DutyClosed
        check_officer(desk, judgement, officer)
        duty = Duty.discharge(
            duty_id,
            kind=kind,
            how=how,
            house=command.house,
            effective_at=not_future(effective_at or command.at, at=command.at),
            opinion=opinion,
            officer=officer,
            reason=_reason(note),
        )
        return judgement.commit(duty)


def _check_done(actor: Acting, kind: DutyKind, *, of_house: UUID | None, at: datetime) -> None:
    if kind not in REVIEWS | DECISIONS:
        actor.need_secrecy(at=at)
        if of_house is not None and actor.agent.house != of_house:
            raise RefusedByRule(RefusalCode.OTHER_HOUSE)
    if kind in HAVE_VERBS:
        raise DutyHasItsVerb


def _reason(note: str) -> SetAside | None:
    if not note.strip():
        return None
    try:
        return SetAside(note.strip().lower())
    except ValueError:
        raise ReasonUnknown(reasons=", ".join(SetAside)) from None


def _is_closed(desk: Desk, duty_id: UUID) -> bool:
    try:
        desk.streams.load(Duty, duty_id)
    except NotFound:
        return False
    return True
