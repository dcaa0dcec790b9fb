"""A France Services house: its hours, how it is reached, who answers for it, and the partners it covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, NamedTuple, Self
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
from ledger.errors import Invalid, NotFound, Refused
from ledger.identifiers import new_id
from ledger.rules.houses import Channels, HouseFile, OpenPeriod, Territory
from ledger.translation import mark


class Audience(StrEnum):
    """Whom a substantial change of hours is announced to (convention 4.2)."""

    PREFECT = "prefect"
    PARTNERS = "partners"
    PUBLIC = "public"


class ContactFunction(StrEnum):
    """What a named contact is to the house."""

    REFERENT = "referent"
    """A partner's correspondent, reached directly by phone and mail (convention 5.2.1)."""
    PARTNER_REPRESENTATIVE = "partner-representative"
    MANAGER_REPRESENTATIVE = "manager-representative"
    """Who signs for the manager, such as its president."""


class CoverageMeans(StrEnum):
    """How a partner is reached from the house (convention 2.2, 5.3)."""

    BACK_OFFICE = "back-office"
    ON_SITE = "on-site"
    APPOINTMENT = "appointment"
    VIDEO = "video"


class ScheduleNotAnnounced(Refused):
    """A substantial change of hours was not announced to everybody, before it takes effect (convention 4.2)."""

    sentence = mark("A substantial change of opening hours must be announced before it takes effect.")
    advice = mark("Tell the prefect, the partners and the public first, and give the date of the announcement.")


class ScheduleEmpty(Invalid):
    """A house that is never open."""

    sentence = mark("The schedule has no opening hours.")


class ReferentNotReachable(Invalid):
    """A referent without a direct phone and mail (convention 5.2.1)."""

    sentence = mark("A partner's referent needs a direct phone number and a mail address.")


class PartnerNeeded(Invalid):
    """A contact of a partner, without the partner."""

    sentence = mark("A referent, or who represents a partner, is a partner's contact: name the partner.")
    advice = mark("Add --partner with its id; `ledger catalogue show --partners` lists them.")


class ContactNotNamed(NotFound):
    """No current contact of the house bears this reference."""

    sentence = mark("The house has no current contact {reference}.")


@dataclass(frozen=True)
class NamedContact:
    """One contact of the house as its stream tells it; all but the instants is sealed."""

    contact: Fact[UUID]
    function: Fact[ContactFunction]
    partner: Fact[str]
    name: Personal[str]
    phone: Personal[str]
    email: Personal[str]
    named_at: datetime


class Coverage(NamedTuple):
    """A partner that the house covers; the last word about a partner counts."""

    partner: Fact[str]
    means: Fact[tuple[CoverageMeans, ...]]
    reference: Fact[str]
    until: Fact[date | None]
    covered_at: datetime


@dataclass(frozen=True)
class Week:
    """The regular week from an instant on."""

    schedule: Fact[tuple[OpenPeriod, ...]]
    since: datetime


@dataclass(frozen=True)
class ContactEnd:
    """That a contact's function ended; which one is sealed."""

    contact: Fact[UUID]
    ended_at: datetime


class House(Aggregate):
    """One house, registered from its file. Its id is what headers call `house`."""

    KIND = "house"

    code: Fact[str]
    name: Fact[str]
    manager: Fact[str]
    department: Fact[str]
    territory: Fact[Territory]
    zone: Fact[str]
    weeks: list[Week]
    channels: Fact[Channels]
    local_partners: Fact[tuple[str, ...]]
    profile: Fact[str]
    registered_at: datetime
    contacts: list[NamedContact]
    contact_ends: list[ContactEnd]
    coverage: list[Coverage]

    @classmethod
    def register(cls, file: HouseFile, *, effective_at: datetime) -> Self:
        """Enter a house as its file describes it; it serves from `effective_at` on."""
        house = cls.create_id()
        return cls.begin(
            HouseRegistered,
            id=house,
            house=house,
            effective_at=effective_at,
            code=Fact(file.code),
            name=Fact(file.name),
            manager=Fact(file.manager),
            department=Fact(file.department),
            territory=Fact(file.territory),
            zone=Fact(file.zone),
            schedule=Fact(file.schedule),
            channels=Fact(file.channels),
            local_partners=Fact(file.local_partners),
            profile=Fact(file.profile),
            file_digest=Fact(file.digest),
        )

    def schedule_at(self, instant: datetime) -> Fact[tuple[OpenPeriod, ...]]:
        """Give the regular week in force at an instant; of two for the same instant, the one recorded last."""
        begun = [week for week in self.weeks if week.since <= instant] or self.weeks[:1]
        return max(enumerate(begun), key=lambda item: (item[1].since, item[0]))[1].schedule

    def change_schedule(
        self,
        schedule: tuple[OpenPeriod, ...],
        *,
        effective_at: datetime,
        announced_at: datetime,
        told: frozenset[Audience],
        substantial: bool = True,
    ) -> None:
        """
        Change the regular week from `effective_at` on.

        Of a substantial change the parties and the public are told before it takes effect (convention 4.2).

        :raises ScheduleEmpty: if the house would never be open
        :raises ScheduleNotAnnounced: if it is substantial and was announced too late, or not to everybody
        """
        if not schedule:
            raise ScheduleEmpty
        missing = frozenset(Audience) - told
        if substantial and (announced_at >= effective_at or missing):
            raise ScheduleNotAnnounced(missing=",".join(sorted(missing)) or "time")
        self.trigger_event(
            ScheduleChanged,
            house=self.id,
            effective_at=effective_at,
            schedule=Fact(schedule),
            announced_at=Fact(announced_at),
            told=Fact(tuple(sorted(told))),
            substantial=Fact(substantial),
        )

    def name_contact(
        self, *, function: ContactFunction, partner: str, name: str, phone: str, email: str, effective_at: datetime
    ) -> UUID:
        """
        Name a contact, whose personal data get a key of their own; give the contact's reference.

        :raises ReferentNotReachable: if a referent has no direct phone or no mail (convention 5.2.1)
        """
        if function is ContactFunction.REFERENT and not (phone and email):
            raise ReferentNotReachable
        contact = new_id()
        self.trigger_event(
            ContactNamed,
            house=self.id,
            effective_at=effective_at,
            contact=Fact(contact),
            function=Fact(function),
            partner=Fact(partner),
            name=Personal(name),
            phone=Personal(phone),
            email=Personal(email),
            contact_id=contact,
        )
        return contact

    def end_contact(self, contact: UUID, *, effective_at: datetime) -> None:
        """Record that a contact's function ended: the term of its data runs from here."""
        self.trigger_event(ContactEnded, house=self.id, effective_at=effective_at, contact=Fact(contact))

    def cover_partner(
        self,
        partner: str,
        *,
        means: tuple[CoverageMeans, ...],
        reference: str,
        effective_at: datetime,
        until: date | None = None,
    ) -> None:
        """Record that a partner is reachable here, by which means and under which annex; `until` is not included."""
        self.trigger_event(
            PartnerCovered,
            house=self.id,
            effective_at=effective_at,
            partner=Fact(partner),
            means=Fact(means),
            reference=Fact(reference),
            until=Fact(until),
        )


@stored
class HouseRegistered(Created):
    """A house was entered from its file."""

    TOPIC = "house.registered.1"
    PAD_TO = 2048
    house: UUID
    effective_at: datetime
    code: Annotated[Fact[str], Scope.HOUSE]
    name: Annotated[Fact[str], Scope.HOUSE]
    manager: Annotated[Fact[str], Scope.HOUSE]
    department: Annotated[Fact[str], Scope.HOUSE]
    territory: Annotated[Fact[Territory], Scope.HOUSE]
    zone: Annotated[Fact[str], Scope.HOUSE]
    schedule: Annotated[Fact[tuple[OpenPeriod, ...]], Scope.HOUSE]
    channels: Annotated[Fact[Channels], Scope.HOUSE]
    local_partners: Annotated[Fact[tuple[str, ...]], Scope.HOUSE]
    profile: Annotated[Fact[str], Scope.HOUSE]
    file_digest: Annotated[Fact[str], Scope.HOUSE]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this house."""
        return (Link(REGISTER, LinkKind.HOUSE, self.originator_id),)

    def apply(self, aggregate: House) -> None:
        """Take the file's words."""
        aggregate.code, aggregate.name, aggregate.manager = self.code, self.name, self.manager
        aggregate.department, aggregate.territory, aggregate.zone = self.department, self.territory, self.zone
        aggregate.channels, aggregate.local_partners = self.channels, self.local_partners
        aggregate.profile = self.profile
        aggregate.registered_at, aggregate.weeks = self.effective_at, [Week(self.schedule, self.effective_at)]
        aggregate.contacts, aggregate.contact_ends, aggregate.coverage = [], [], []


@stored
class ScheduleChanged(Event):
    """The regular week changed; who was told, and when, is kept with it."""

    TOPIC = "house.schedule-changed.1"
    PAD_TO = 1024
    house: UUID
    effective_at: datetime
    schedule: Annotated[Fact[tuple[OpenPeriod, ...]], Scope.HOUSE]
    announced_at: Annotated[Fact[datetime], Scope.HOUSE]
    told: Annotated[Fact[tuple[Audience, ...]], Scope.HOUSE]
    substantial: Annotated[Fact[bool], Scope.HOUSE]

    def apply(self, aggregate: House) -> None:
        """Add the new week."""
        aggregate.weeks.append(Week(self.schedule, self.effective_at))


@stored
class ContactNamed(Event):
    """Somebody was named as a contact."""

    TOPIC = "house.contact-named.1"
    house: UUID
    effective_at: datetime
    contact: Annotated[Fact[UUID], Scope.HOUSE]
    function: Annotated[Fact[ContactFunction], Scope.HOUSE]
    partner: Annotated[Fact[str], Scope.HOUSE]
    name: Annotated[Personal[str], Scope.HOUSE_CONTACT]
    phone: Annotated[Personal[str], Scope.HOUSE_CONTACT]
    email: Annotated[Personal[str], Scope.HOUSE_CONTACT]
    contact_id: Annotated[UUID | None, TRANSIENT] = None

    def scope_instances(self) -> Mapping[Scope, str]:
        """Give each contact a key of its own: their functions don't end together."""
        return {Scope.HOUSE_CONTACT: self.contact_id.hex} if self.contact_id else {}

    def apply(self, aggregate: House) -> None:
        """Add the contact."""
        aggregate.contacts.append(
            NamedContact(
                self.contact, self.function, self.partner, self.name, self.phone, self.email, self.effective_at
            )
        )


@stored
class ContactEnded(Event):
    """A contact's function ended."""

    TOPIC = "house.contact-ended.1"
    house: UUID
    effective_at: datetime
    contact: Annotated[Fact[UUID], Scope.HOUSE]

    def apply(self, aggregate: House) -> None:
        """Add the end; which contact it is stays sealed."""
        aggregate.contact_ends.append(ContactEnd(self.contact, self.effective_at))


@stored
class PartnerCovered(Event):
    """A partner became reachable from the house, or the terms of its presence changed."""

    TOPIC = "house.partner-covered.1"
    house: UUID
    effective_at: datetime
    partner: Annotated[Fact[str], Scope.HOUSE]
    means: Annotated[Fact[tuple[CoverageMeans, ...]], Scope.HOUSE]
    reference: Annotated[Fact[str], Scope.HOUSE]
    until: Annotated[Fact[date | None], Scope.HOUSE]

    def apply(self, aggregate: House) -> None:
        """Add the coverage."""
        aggregate.coverage.append(Coverage(self.partner, self.means, self.reference, self.until, self.effective_at))
