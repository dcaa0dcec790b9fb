"""
The book of holds: what may not be destroyed for now, because of a litigation or an inquiry.

There is one book, so that its version is a guard: whoever destroys commits against the version that the plan saw, and
a hold set in between wins. A hold blocks destruction and slips; it gives nobody access. Once released, the term of
what it held is the one it had before: a release starts no new one.

Which hold a line is about stands in the register for ever; what it holds and why dies with a key of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import (
    REGISTER,
    TRANSIENT,
    Aggregate,
    Created,
    Event,
    Fact,
    Link,
    LinkKind,
    Personal,
    Scope,
    stored,
)
from ledger.errors import Invalid
from ledger.translation import mark


class HoldKind(StrEnum):
    """Why something is held."""

    LITIGATION = "litigation"
    """A dispute, before a court or not yet."""
    INQUIRY = "inquiry"
    """A judge, the police, the CNIL or an inspection asked for it to be kept."""
    RIGHTS = "rights"
    """The person needs it kept to establish, exercise or defend a claim (GDPR 18(1)(c))."""


class HoldTarget(StrEnum):
    """What a hold stands on; what that needs is held with it."""

    PROCEDURE = "procedure"
    MANDATE = "mandate"
    SUBJECT = "subject"
    """A person: all their procedures and mandates."""


class ReviewBeforeHold(Invalid):
    """A hold that should be looked at again before it was set."""

    sentence = mark("The review of a hold comes after it was set.")
    advice = mark("Give a later date.")


@dataclass(frozen=True)
class HoldSet:
    """One hold as it was set."""

    hold: Fact[UUID]
    kind: Fact[HoldKind]
    target: Fact[HoldTarget]
    held: Fact[UUID]
    review_on: Fact[date]
    reason: Personal[str]
    set_at: datetime


@dataclass(frozen=True)
class HoldReview:
    """That a hold was looked at, and goes on until the next review."""

    hold: Fact[UUID]
    review_on: Fact[date]


@dataclass(frozen=True)
class HoldRelease:
    """That a hold ended."""

    hold: Fact[UUID]
    released_at: datetime


class HoldBook(Aggregate):
    """Every hold ever set, in the order of the book."""

    KIND = "hold"

    holds: list[HoldSet]
    reviews: list[HoldReview]
    releases: list[HoldRelease]

    @classmethod
    def open_book(cls) -> Self:
        """Begin the book, with the ledger."""
        return cls.begin(HoldBookOpened)

    def set_hold(
        self, hold: UUID, kind: HoldKind, target: HoldTarget, held: UUID, *, review_on: date, today: date, reason: str
    ) -> None:
        """
        Keep something from being destroyed; `hold` is the reference of the new hold.

        :raises ReviewBeforeHold: if the review does not lie ahead
        """
        if review_on <= today:
            raise ReviewBeforeHold
        self.trigger_event(
            HoldWasSet,
            hold=Fact(hold),
            kind=Fact(kind),
            target=Fact(target),
            held=Fact(held),
            review_on=Fact(review_on),
            reason=Personal(reason),
            of=hold,
        )

    def review(self, hold: UUID, *, review_on: date, today: date) -> None:
        """
        Let a hold go on until the next review.

        :raises ReviewBeforeHold: if the next review does not lie ahead
        """
        if review_on <= today:
            raise ReviewBeforeHold
        self.trigger_event(HoldReviewed, hold=Fact(hold), review_on=Fact(review_on), of=hold)

    def release(self, hold: UUID) -> None:
        """End a hold: what it held falls due as if it had never stood."""
        self.trigger_event(HoldReleased, hold=Fact(hold))


@stored
class HoldBookOpened(Created):
    """The book was begun."""

    TOPIC = "hold.book-opened.1"

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to the book."""
        return (Link(REGISTER, LinkKind.HOLD, self.originator_id),)

    def apply(self, aggregate: HoldBook) -> None:
        """Begin."""
        aggregate.holds, aggregate.reviews, aggregate.releases = [], [], []


@stored
class HoldWasSet(Event):
    """Something is held."""

    TOPIC = "hold.set.1"
    PAD_TO = 1024
    hold: Annotated[Fact[UUID], Scope.REGISTER]
    kind: Annotated[Fact[HoldKind], Scope.HOLD]
    target: Annotated[Fact[HoldTarget], Scope.HOLD]
    held: Annotated[Fact[UUID], Scope.HOLD]
    review_on: Annotated[Fact[date], Scope.HOLD]
    reason: Annotated[Personal[str], Scope.HOLD]
    of: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> dict[Scope, str]:
        """Seal it under the hold's own key."""
        return {Scope.HOLD: self.of.hex} if self.of else {}

    def apply(self, aggregate: HoldBook) -> None:
        """Enter it."""
        aggregate.holds.append(
            HoldSet(self.hold, self.kind, self.target, self.held, self.review_on, self.reason, self.timestamp)
        )


@stored
class HoldReviewed(Event):
    """A hold was looked at, and goes on."""

    TOPIC = "hold.reviewed.1"
    hold: Annotated[Fact[UUID], Scope.REGISTER]
    review_on: Annotated[Fact[date], Scope.HOLD]
    of: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> dict[Scope, str]:
        """Seal it under the hold's own key."""
        return {Scope.HOLD: self.of.hex} if self.of else {}

    def apply(self, aggregate: HoldBook) -> None:
        """Enter the next review."""
        aggregate.reviews.append(HoldReview(self.hold, self.review_on))


@stored
class HoldReleased(Event):
    """A hold ended."""

    TOPIC = "hold.released.1"
    hold: Annotated[Fact[UUID], Scope.REGISTER]

    def apply(self, aggregate: HoldBook) -> None:
        """Keep when."""
        aggregate.releases.append(HoldRelease(self.hold, self.timestamp))
