"""
Disposal authorities: the archives' agreement to eliminate one category for a range of dates, standing or by a slip.

Documents and data of a public-service mission are public archives (Code du patrimoine L211-4): nothing is eliminated
without the archives' visa or a standing agreement for that category and those dates (L212-3, R212-14, R212-51).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Invalid, Refused
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class AuthorityKind(StrEnum):
    """What the archives gave."""

    STANDING = "standing"
    """An agreement for a category, ahead of time."""
    SLIP = "slip"
    """A visaed elimination slip (bordereau)."""


class AuthorityRangeInvalid(Invalid):
    """A range of dates that ends before it begins."""

    sentence = mark("The range of dates ends before it begins.")


class AuthorityReferenceMissing(Invalid):
    """An authority that nobody could find again in the archives' files."""

    sentence = mark("Give the reference of the archives' agreement or visa.")


class AuthorityRevoked(Refused):
    """The authority is revoked already."""

    sentence = mark("This disposal authority is revoked already.")
    advice = mark("There is nothing to do.")


class CategoryNeverDestroyed(Refused):
    """Elimination slips are kept for ever."""

    sentence = mark("What is kept for ever can't be covered by a disposal authority.")
    advice = mark("Choose another category.")


class Authority(Aggregate):
    """One disposal authority. Every fact of it concerns no person and is kept as long as the ledger."""

    KIND = "authority"

    kind: Fact[AuthorityKind]
    category: Fact[RetentionClass]
    first_day: Fact[date]
    last_day: Fact[date | None]
    reference: Fact[str]
    ended_from: Fact[date | None]
    """The earliest end of what it covers, where a slip gave it: what ended before stood on another line."""
    granted_at: datetime
    revoked_at: datetime | None

    @classmethod
    def grant(
        cls,
        *,
        category: RetentionClass,
        first_day: date,
        last_day: date | None,
        reference: str,
        effective_at: datetime,
        kind: AuthorityKind = AuthorityKind.STANDING,
        ended_from: date | None = None,
    ) -> Self:
        """
        Record what the archives agreed to, in force from `effective_at`; both days belong to the range.

        :raises AuthorityRangeInvalid: if the range ends before it begins
        :raises AuthorityReferenceMissing: if the archives' reference is empty
        :raises CategoryNeverDestroyed: if the category is kept for ever
        """
        if last_day is not None and last_day < first_day:
            raise AuthorityRangeInvalid
        if not reference.strip():
            raise AuthorityReferenceMissing
        if category is RetentionClass.ELIMINATION_SLIPS:
            raise CategoryNeverDestroyed
        return cls.begin(
            AuthorityGranted,
            effective_at=effective_at,
            kind=Fact(kind),
            category=Fact(category),
            first_day=Fact(first_day),
            last_day=Fact(last_day),
            reference=Fact(reference.strip()),
            ended_from=Fact(ended_from),
        )

    def revoke(self, *, effective_at: datetime) -> None:
        """
        End the authority: nothing is destroyed under it from `effective_at` on.

        :raises AuthorityRevoked: if it was revoked before
        """
        if self.revoked_at is not None:
            raise AuthorityRevoked
        self.trigger_event(AuthorityWasRevoked, effective_at=effective_at)


@stored
class AuthorityGranted(Created):
    """The archives agreed."""

    TOPIC = "authority.granted.1"
    PAD_TO = 512
    effective_at: datetime
    kind: Annotated[Fact[AuthorityKind], Scope.REGISTER]
    category: Annotated[Fact[RetentionClass], Scope.REGISTER]
    first_day: Annotated[Fact[date], Scope.REGISTER]
    last_day: Annotated[Fact[date | None], Scope.REGISTER]
    reference: Annotated[Fact[str], Scope.REGISTER]
    ended_from: Annotated[Fact[date | None], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this authority."""
        return (Link(REGISTER, LinkKind.AUTHORITY, self.originator_id),)

    def apply(self, aggregate: Authority) -> None:
        """Take the terms."""
        aggregate.kind, aggregate.category, aggregate.reference = self.kind, self.category, self.reference
        aggregate.first_day, aggregate.last_day, aggregate.ended_from = self.first_day, self.last_day, self.ended_from
        aggregate.granted_at, aggregate.revoked_at = self.effective_at, None


@stored
class AuthorityWasRevoked(Event):
    """The authority ended."""

    TOPIC = "authority.revoked.1"
    effective_at: datetime

    def apply(self, aggregate: Authority) -> None:
        """Keep when."""
        aggregate.revoked_at = self.effective_at
