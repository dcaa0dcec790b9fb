"""
A person: who they are, whether they can sign alone, who represents them, and which duplicate they were known by.

Only what is needed to find the person again and to print a mandate is kept. A visit for information needs no person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Fact, Personal, Scope
from ledger.aggregates.subject_events import (
    Contact,
    IdentityOpened,
    IdentityPurpose,
    Reach,
    SubjectCapacityChanged,
    SubjectContactChanged,
    SubjectCorrected,
    SubjectDeathWithdrawn,
    SubjectDied,
    SubjectRegistered,
    SubjectWasMerged,
)
from ledger.errors import Invalid, Refused
from ledger.policies.vocabulary import AccessDecision, Capacity
from ledger.translation import mark

REPRESENTED = frozenset({Capacity.MINOR, Capacity.GUARDIANSHIP, Capacity.CURATORSHIP, Capacity.FAMILY_HABILITATION})
"""The capacities in which somebody else signs, or signs beside the person."""


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
    DIES_WITH = Scope.IDENTITY

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
