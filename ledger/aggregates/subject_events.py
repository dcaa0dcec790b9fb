"""What happens to a person's record, as it is stored: all of it sealed under their identity's key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from ledger.aggregates.base import (
    TRANSIENT,
    Created,
    Event,
    Fact,
    Link,
    LinkKind,
    Personal,
    Scope,
    ScopeInstance,
    stored,
)
from ledger.policies.vocabulary import AccessDecision, Capacity


class IdentityPurpose(StrEnum):
    """For what a stored identity is opened; there is no other purpose."""

    RECOGNISE = "recognise"
    """Tell apart people of one name and birth date, one of whom is here."""
    PRINT = "print"
    """Put the person's name on their own mandate or notice."""
    REACH = "reach"
    """Call or write to the person about a procedure of theirs."""
    ANSWER = "answer"
    """Answer the person's request about their data (GDPR 15, 16)."""


class Reach(StrEnum):
    """A way by which a person can be reached; which there are is a fact, the number or address is not."""

    PHONE = "phone"
    EMAIL = "email"
    MAIL = "mail"


@dataclass(frozen=True, repr=False)
class Contact:
    """How the person can be reached; each may be empty."""

    phone: str = ""
    email: str = ""
    address: str = ""

    @property
    def reach(self) -> tuple[Reach, ...]:
        """The ways that are known."""
        known = {Reach.PHONE: self.phone, Reach.EMAIL: self.email, Reach.MAIL: self.address}
        return tuple(way for way, value in known.items() if value)


def _represented(representative: UUID | None, person: UUID) -> tuple[Link, ...]:
    if representative is None:
        return ()
    return (Link(ScopeInstance(Scope.IDENTITY, representative.hex), LinkKind.REPRESENTS, person),)


@stored
class SubjectRegistered(Created):
    """A person was registered."""

    TOPIC = "subject.registered.1"
    PAD_TO = 1024
    house: UUID | None
    family_name: Annotated[Personal[str], Scope.IDENTITY]
    given_name: Annotated[Personal[str], Scope.IDENTITY]
    birth_date: Annotated[Personal[date], Scope.IDENTITY]
    contact: Annotated[Personal[Contact], Scope.IDENTITY]
    capacity: Annotated[Fact[Capacity], Scope.IDENTITY]
    representative: Annotated[Fact[UUID | None], Scope.IDENTITY]
    within: Annotated[Fact[tuple[str, ...]], Scope.IDENTITY]
    emancipated: Annotated[Fact[bool], Scope.IDENTITY]
    full_age_on: Annotated[Fact[date | None], Scope.IDENTITY]
    reachable_by: Annotated[Fact[tuple[Reach, ...]], Scope.IDENTITY]
    represented_by: Annotated[UUID | None, TRANSIENT] = None

    def links(self) -> tuple[Link, ...]:
        """Lead from the representative's identity to the person represented."""
        return _represented(self.represented_by, self.originator_id)

    def apply(self, aggregate: Any) -> None:
        """Take the identity."""
        aggregate.house, aggregate.registered_at = self.house, self.timestamp
        aggregate.family_name, aggregate.given_name = self.family_name, self.given_name
        aggregate.birth_date, aggregate.contact = self.birth_date, self.contact
        aggregate.capacity, aggregate.capacity_since = self.capacity, Fact(self.timestamp)
        aggregate.representative, aggregate.within = self.representative, self.within
        aggregate.emancipated, aggregate.full_age_on = self.emancipated, self.full_age_on
        aggregate.reachable_by = self.reachable_by
        aggregate.died_at = aggregate.death = aggregate.death_known_at = None
        aggregate.merged = False


@stored
class SubjectCorrected(Event):
    """The civil identity was corrected."""

    TOPIC = "subject.corrected.1"
    family_name: Annotated[Personal[str], Scope.IDENTITY]
    given_name: Annotated[Personal[str], Scope.IDENTITY]
    birth_date: Annotated[Personal[date], Scope.IDENTITY]
    full_age_on: Annotated[Fact[date | None], Scope.IDENTITY]

    def apply(self, aggregate: Any) -> None:
        """Take the corrected identity."""
        aggregate.family_name, aggregate.given_name = self.family_name, self.given_name
        aggregate.birth_date, aggregate.full_age_on = self.birth_date, self.full_age_on


@stored
class SubjectContactChanged(Event):
    """How the person can be reached changed."""

    TOPIC = "subject.contact-changed.1"
    PAD_TO = 1024
    contact: Annotated[Personal[Contact], Scope.IDENTITY]
    reachable_by: Annotated[Fact[tuple[Reach, ...]], Scope.IDENTITY]

    def apply(self, aggregate: Any) -> None:
        """Take the new contact."""
        aggregate.contact, aggregate.reachable_by = self.contact, self.reachable_by


@stored
class SubjectCapacityChanged(Event):
    """Whether the person can sign alone changed."""

    TOPIC = "subject.capacity-changed.1"
    PAD_TO = 1024
    since: Annotated[Fact[datetime], Scope.IDENTITY]
    known: Annotated[Fact[datetime], Scope.IDENTITY]
    capacity: Annotated[Fact[Capacity], Scope.IDENTITY]
    representative: Annotated[Fact[UUID | None], Scope.IDENTITY]
    within: Annotated[Fact[tuple[str, ...]], Scope.IDENTITY]
    represented_by: Annotated[UUID | None, TRANSIENT] = None

    def links(self) -> tuple[Link, ...]:
        """Lead from the representative's identity to the person represented."""
        return _represented(self.represented_by, self.originator_id)

    def apply(self, aggregate: Any) -> None:
        """Take the new capacity."""
        aggregate.capacity, aggregate.capacity_since = self.capacity, self.since
        aggregate.representative, aggregate.within = self.representative, self.within


@stored
class SubjectDied(Event):
    """The person died."""

    TOPIC = "subject.died.1"
    known_at: datetime
    death: Annotated[Fact[datetime], Scope.IDENTITY]

    def apply(self, aggregate: Any) -> None:
        """Keep that it is recorded, since when it is known, and the sealed instant."""
        aggregate.died_at, aggregate.death_known_at, aggregate.death = self.timestamp, self.known_at, self.death


@stored
class SubjectDeathWithdrawn(Event):
    """The death had been recorded by mistake."""

    TOPIC = "subject.death-withdrawn.1"

    def apply(self, aggregate: Any) -> None:
        """Forget it."""
        aggregate.died_at = aggregate.death_known_at = aggregate.death = None


@stored
class IdentityOpened(Event):
    """Somebody was granted a look at the stored identity."""

    TOPIC = "subject.identity-opened.1"
    house: UUID | None
    decision: AccessDecision
    purpose: Annotated[Fact[IdentityPurpose], Scope.IDENTITY]

    def apply(self, aggregate: Any) -> None:
        """Change nothing: it is the record of a look."""


@stored
class SubjectWasMerged(Event):
    """The person was a duplicate of another reference."""

    TOPIC = "subject.merged.1"
    into: Annotated[Fact[UUID], Scope.IDENTITY]
    survivor: Annotated[UUID | None, TRANSIENT] = None

    def links(self) -> tuple[Link, ...]:
        """Lead from each identity to the other stream, so that the tie dies with the last of the two keys."""
        if self.survivor is None:
            return ()
        own = ScopeInstance(Scope.IDENTITY, self.originator_id.hex)
        other = ScopeInstance(Scope.IDENTITY, self.survivor.hex)
        return (Link(own, LinkKind.MERGED, self.survivor), Link(other, LinkKind.MERGED, self.originator_id))

    def apply(self, aggregate: Any) -> None:
        """Go on elsewhere."""
        aggregate.merged = True
