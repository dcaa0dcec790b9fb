"""
A person: who they are, whether they can sign alone, who represents them, and which duplicate they were known by.

Only what is needed to find the person again and to print a mandate is kept. A visit for information needs no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import (
    TRANSIENT,
    Aggregate,
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
from ledger.errors import Invalid, Refused
from ledger.policies.vocabulary import AccessDecision, Capacity
from ledger.translation import mark

REPRESENTED = frozenset({Capacity.MINOR, Capacity.GUARDIANSHIP, Capacity.CURATORSHIP, Capacity.FAMILY_HABILITATION})
"""The capacities in which somebody else signs, or signs beside the person."""


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


class SubjectMerged(Refused):
    """The person was a duplicate: everything goes on under the other reference."""

    sentence = mark("This person was registered twice; go on with the other reference.")
    advice = mark("Look the person up: both references lead to the right one.")


class SubjectDead(Refused):
    """The death is recorded already."""

    sentence = mark("This person's death is recorded already.")
    advice = mark("There is nothing to do.")


class SubjectNotDead(Refused):
    """No death is recorded that could be taken back."""

    sentence = mark("No death is recorded for this person.")
    advice = mark("Check the reference.")


class MergedWithItself(Invalid):
    """A person is no duplicate of themselves."""

    sentence = mark("These two references are the same person's.")


class RepresentativeMissing(Invalid):
    """A capacity in which somebody else signs, without saying who (Code civil 388, 425 and following)."""

    sentence = mark("Say who represents or assists this person.")
    advice = mark("Register the representative first, then give the reference.")


class RepresentativeNotNeeded(Invalid):
    """Somebody who signs alone has no representative."""

    sentence = mark("A person who signs alone has no representative.")


class RepresentsOneself(Invalid):
    """Nobody represents themselves."""

    sentence = mark("A person can't be their own representative.")


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


@dataclass(frozen=True, repr=False)
class LegalCapacity:
    """Whether a person can sign alone, and who signs for or beside them."""

    capacity: Capacity = Capacity.ADULT
    representative: UUID | None = None
    within: tuple[str, ...] = ()
    """The acts that a habilitation familiale covers; empty means all (Code civil 494-6)."""

    def check(self, person: UUID | None) -> None:
        """
        Take only a representative where somebody else signs, and not the person.

        :raises RepresentativeMissing: if somebody else must sign and nobody is named
        :raises RepresentativeNotNeeded: if somebody is named for a person who signs alone
        :raises RepresentsOneself: if the representative is the person
        """
        if self.capacity in REPRESENTED and self.representative is None:
            raise RepresentativeMissing
        if self.capacity not in REPRESENTED and self.representative is not None:
            raise RepresentativeNotNeeded
        if self.representative is not None and self.representative == person:
            raise RepresentsOneself


class Subject(Aggregate):
    """One person. All that is known of them is sealed under their identity's key."""

    KIND = "subject"

    family_name: Personal[str]
    given_name: Personal[str]
    birth_date: Personal[date]
    contact: Personal[Contact]
    capacity: Fact[Capacity]
    representative: Fact[UUID | None]
    within: Fact[tuple[str, ...]]
    capacity_since: Fact[datetime]
    emancipated: Fact[bool]
    full_age_on: Fact[date | None]
    reachable_by: Fact[tuple[Reach, ...]]
    died_at: datetime | None
    """When the death was recorded; the day itself, which public registers tell, is sealed in `death`."""
    death: Fact[datetime] | None
    death_known_at: datetime | None
    merged: bool
    house: UUID | None
    registered_at: datetime

    @classmethod
    def register(
        cls,
        *,
        family_name: str,
        given_name: str,
        birth_date: date,
        contact: Contact,
        house: UUID | None,
        capacity: LegalCapacity = LegalCapacity(),
        emancipated: bool = False,
        full_age_on: date | None = None,
        id: UUID | None = None,
    ) -> Self:
        """
        Register a person; `full_age_on` is the day on which a minor comes of age, None for who is of age.

        :raises RepresentativeMissing: if somebody else must sign and nobody is named
        :raises RepresentativeNotNeeded: if somebody is named for a person who signs alone
        """
        capacity.check(id)
        return cls.begin(
            SubjectRegistered,
            id=id,
            house=house,
            family_name=Personal(family_name),
            given_name=Personal(given_name),
            birth_date=Personal(birth_date),
            contact=Personal(contact),
            capacity=Fact(capacity.capacity),
            representative=Fact(capacity.representative),
            within=Fact(capacity.within),
            emancipated=Fact(emancipated),
            full_age_on=Fact(full_age_on),
            reachable_by=Fact(contact.reach),
            represented_by=capacity.representative,
        )

    def correct(self, *, family_name: str, given_name: str, birth_date: date, full_age_on: date | None = None) -> None:
        """
        Replace the civil identity by what the person shows (GDPR 16).

        :raises SubjectMerged: if the person goes on under another reference
        """
        self._must_stand()
        self.trigger_event(
            SubjectCorrected,
            family_name=Personal(family_name),
            given_name=Personal(given_name),
            birth_date=Personal(birth_date),
            full_age_on=Fact(full_age_on),
        )

    def change_contact(self, contact: Contact) -> None:
        """
        Replace how the person can be reached.

        :raises SubjectMerged: if the person goes on under another reference
        """
        self._must_stand()
        self.trigger_event(SubjectContactChanged, contact=Personal(contact), reachable_by=Fact(contact.reach))

    def change_capacity(self, capacity: LegalCapacity, *, effective_at: datetime, known_at: datetime) -> None:
        """
        Record from when the person can, or can't, sign alone, and who signs for or beside them.

        The instants are sealed: a judgment's date would tell whom it was about.

        :raises RepresentativeMissing: if somebody else must sign and nobody is named
        :raises RepresentativeNotNeeded: if somebody is named for a person who signs alone
        :raises RepresentsOneself: if the representative is the person
        """
        self._must_stand()
        capacity.check(self.id)
        self.trigger_event(
            SubjectCapacityChanged,
            since=Fact(effective_at),
            known=Fact(known_at),
            capacity=Fact(capacity.capacity),
            representative=Fact(capacity.representative),
            within=Fact(capacity.within),
            represented_by=capacity.representative,
        )

    def die(self, *, effective_at: datetime, known_at: datetime) -> None:
        """
        Record the person's death, which ends their mandates (Code civil 2003).

        The instant is sealed: beside a public register of deaths it would tell who the person was.

        :raises SubjectDead: if it is recorded already
        """
        self._must_stand()
        if self.died_at is not None:
            raise SubjectDead
        self.trigger_event(SubjectDied, known_at=known_at, death=Fact(effective_at))

    def withdraw_death(self) -> None:
        """
        Take back a death that was recorded by mistake (GDPR 16); the mandates that it ended stay ended.

        :raises SubjectNotDead: if none is recorded
        """
        self._must_stand()
        if self.died_at is None:
            raise SubjectNotDead
        self.trigger_event(SubjectDeathWithdrawn)

    def open_identity(self, purpose: IdentityPurpose, *, house: UUID | None) -> None:
        """Record that the stored identity is about to be opened, by whom the actor tag says, and for what."""
        self.trigger_event(IdentityOpened, house=house, decision=AccessDecision.GRANTED, purpose=Fact(purpose))

    def merge_into(self, survivor: Subject) -> None:
        """
        Record that this is a duplicate of `survivor`; from now on both references lead there.

        :raises MergedWithItself: if both are the same
        :raises SubjectMerged: if either was merged before
        """
        if survivor.id == self.id:
            raise MergedWithItself
        self._must_stand()
        survivor._must_stand()
        self.trigger_event(SubjectWasMerged, into=Fact(survivor.id), survivor=survivor.id)

    def _must_stand(self) -> None:
        if self.merged:
            raise SubjectMerged


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

    def apply(self, aggregate: Subject) -> None:
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

    def apply(self, aggregate: Subject) -> None:
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

    def apply(self, aggregate: Subject) -> None:
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

    def apply(self, aggregate: Subject) -> None:
        """Take the new capacity."""
        aggregate.capacity, aggregate.capacity_since = self.capacity, self.since
        aggregate.representative, aggregate.within = self.representative, self.within


@stored
class SubjectDied(Event):
    """The person died."""

    TOPIC = "subject.died.1"
    known_at: datetime
    death: Annotated[Fact[datetime], Scope.IDENTITY]

    def apply(self, aggregate: Subject) -> None:
        """Keep that it is recorded, since when it is known, and the sealed instant."""
        aggregate.died_at, aggregate.death_known_at, aggregate.death = self.timestamp, self.known_at, self.death


@stored
class SubjectDeathWithdrawn(Event):
    """The death had been recorded by mistake."""

    TOPIC = "subject.death-withdrawn.1"

    def apply(self, aggregate: Subject) -> None:
        """Forget it."""
        aggregate.died_at = aggregate.death_known_at = aggregate.death = None


@stored
class IdentityOpened(Event):
    """Somebody was granted a look at the stored identity."""

    TOPIC = "subject.identity-opened.1"
    house: UUID | None
    decision: AccessDecision
    purpose: Annotated[Fact[IdentityPurpose], Scope.IDENTITY]

    def apply(self, aggregate: Subject) -> None:
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

    def apply(self, aggregate: Subject) -> None:
        """Go on elsewhere."""
        aggregate.merged = True
