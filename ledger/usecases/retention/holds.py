"""Set, review, release and list holds: the controller's delegate decides, whoever audits sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from ledger.aggregates.base import REGISTER, Aggregate, LinkKind
from ledger.aggregates.hold import HoldBook, HoldKind, HoldTarget
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Subject
from ledger.errors import IntegrityBroken, NotFound, Refused
from ledger.identifiers import short
from ledger.limits import PREFIX_DIGITS
from ledger.personal import Personal
from ledger.policies.authority import may_see_holds
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk, Recorded

TARGETS: Mapping[HoldTarget, type[Aggregate]] = {
    HoldTarget.PROCEDURE: Procedure,
    HoldTarget.MANDATE: Mandate,
    HoldTarget.SUBJECT: Subject,
}


class HoldAbsent(NotFound):
    """No hold bears this reference."""

    sentence = mark("No hold bears this reference, or several do.")
    advice = mark("Look it up with `ledger hold list`.")


class HoldReleasedAlready(Refused):
    """The hold ended before."""

    sentence = mark("This hold is released already.")
    advice = mark("There is nothing to do.")


class ReasonMissing(Refused):
    """A hold without a reason."""

    sentence = mark("Say why this must be kept.")
    advice = mark("Give the reason: it is sealed, and dies some years after the release.")


@dataclass(frozen=True, repr=False)
class Hold:
    """One hold, opened; `target` and `held` are None once its own term is over and its key is gone."""

    id: UUID
    kind: HoldKind | None
    target: HoldTarget | None
    held: UUID | None
    review_on: date | None
    set_at: datetime
    released_at: datetime | None
    reason: Personal[str]

    def stands(self) -> bool:
        """Say whether it keeps something from being destroyed."""
        return self.released_at is None

    def is_overdue(self, *, today: date) -> bool:
        """Say whether its review is past."""
        return self.stands() and self.review_on is not None and self.review_on < today


@dataclass(frozen=True)
class HoldRecorded:
    """What was recorded, and the hold that it is about."""

    recorded: Recorded
    hold: UUID


def book_of(desk: Desk) -> HoldBook:
    """
    Give the one book of holds of a ledger.

    :raises IntegrityBroken: if there is none, or more than one: a ledger is made with it
    """
    found = desk.streams.linked(REGISTER, LinkKind.HOLD)
    if len(found) != 1:
        raise IntegrityBroken(reference=f"{len(found)} books of holds")
    return desk.streams.load(HoldBook, found[0])


def opened(opener: FactOpener, book: HoldBook) -> list[Hold]:
    """Give every hold of the book, each with its latest review and its release."""
    reviews = {opener.known(each.hold): each.review_on for each in book.reviews}
    releases = {opener.known(each.hold): each.released_at for each in book.releases}
    found = []
    for each in book.holds:
        hold = opener.known(each.hold)
        assert hold is not None, "the register is never destroyed"
        found.append(
            Hold(
                id=hold,
                kind=opener.known(each.kind),
                target=opener.known(each.target),
                held=opener.known(each.held),
                review_on=opener.known(reviews.get(hold, each.review_on)),
                set_at=each.set_at,
                released_at=releases.get(hold),
                reason=each.reason,
            )
        )
    return found


def set_hold(
    desk: Desk, command: Command, *, kind: HoldKind, target: HoldTarget, held: UUID, review_on: date, reason: str
) -> HoldRecorded:
    """
    Keep a procedure, a mandate or a person's file, with all that it needs, from being destroyed.

    Several holds may stand on one thing; each is released on its own.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises NotFound: if there is no such stream
    :raises ReasonMissing: without a reason
    :raises ReviewBeforeHold: if the review does not lie ahead
    """
    hold = uuid5(command.id, "hold")  # so that the same command, sent again, names the same hold
    if (done := desk.streams.recall(command)) is not None:
        return HoldRecorded(done, hold)
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        if not reason.strip():
            raise ReasonMissing
        screen_note(reason)
        desk.streams.load(TARGETS[target], held)
        book = book_of(desk)
        book.set_hold(hold, kind, target, held, review_on=review_on, today=day_of(command.at), reason=reason.strip())
        return HoldRecorded(judgement.commit(book), hold)


def review(desk: Desk, command: Command, hold: UUID, *, review_on: date) -> Recorded:
    """
    Record that a hold was looked at and goes on until the next review.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises HoldAbsent: if there is no such hold
    :raises HoldReleasedAlready: if it ended before
    :raises ReviewBeforeHold: if the next review does not lie ahead
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        book = book_of(desk)
        _standing(opened(judgement, book), hold)
        book.review(hold, review_on=review_on, today=day_of(command.at))
        return judgement.commit(book)


def release(desk: Desk, command: Command, hold: UUID) -> Recorded:
    """
    End a hold: the terms of what it held are the ones that they had before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises HoldAbsent: if there is no such hold
    :raises HoldReleasedAlready: if it ended before
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        book = book_of(desk)
        _standing(opened(judgement, book), hold)
        book.release(hold)
        return judgement.commit(book)


def show(desk: Desk, command: Command) -> list[Hold]:
    """
    List every hold, the released ones included; the page is itself recorded. Reasons stay closed.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_see_holds(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
        found = opened(judgement, book_of(desk))
        judgement.read("hold.list", rows=len(found), told=[hold.held for hold in found if hold.held is not None])
    return found


def named(desk: Desk, command: Command, typed: str) -> UUID:
    """
    Give the hold whose reference begins with what was typed; the look is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    :raises HoldAbsent: if there is none, or there are several
    """
    digits = typed.strip().lower().replace("-", "")
    found = [hold.id for hold in show(desk, command) if hold.id.hex.startswith(digits)]
    if len(digits) < PREFIX_DIGITS or len(found) != 1:
        raise HoldAbsent
    return found[0]


def _standing(holds: Iterable[Hold], reference: UUID) -> Hold:
    for hold in holds:
        if hold.id == reference:
            if not hold.stands():
                raise HoldReleasedAlready
            return hold
    raise HoldAbsent(reference=short(reference))
