"""Register a person: what is needed to find them again and to print a mandate, and nothing more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.aggregates.subject import Contact, LegalCapacity, Subject
from ledger.errors import Conflict, Invalid
from ledger.identifiers import new_id, short
from ledger.policies.vocabulary import Capacity
from ledger.rules.profile import Power, Profile
from ledger.translation import mark
from ledger.usecases.agent.acting import acting, day_of
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded, own_scope
from ledger.usecases.subject.find import PERSON, filed, filing
from ledger.usecases.subject.persons import standing
from ledger.usecases.subject.typed import FAMILY_NAME, GIVEN_NAME, birth_date, checked, comes_of_age, contact, covered


class SubjectKnown(Conflict):
    """Somebody of this name and birth date is registered."""

    sentence = mark("Somebody with this name and birth date is already registered, under {reference}.")
    advice = mark("Make sure it is not the same person; if they are two people, register this one as a homonym.")


class CapacityNotThatAge(Invalid):
    """A capacity that doesn't go with the person's age."""

    sentence = mark("This capacity doesn't go with the person's age.")
    advice = mark("A minor signs through a representative, unless emancipated (from 16 years on).")


@dataclass(frozen=True, repr=False)
class PersonTyped:
    """What was typed about a person, before it is checked."""

    family_name: str
    given_name: str
    birth_date: str
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, repr=False)
class Person:
    """What was typed, once it is checked."""

    family_name: str
    given_name: str
    born: date
    contact: Contact

    @classmethod
    def read(cls, typed: PersonTyped, *, on: date) -> Person:
        """
        Check what was typed, each value by its own format.

        :raises ValueMalformed: if one does not have its format
        :raises BirthDateImpossible: if nobody alive on that day can have been born then
        :raises NirNotTyped: if one holds a social security number
        """
        return cls(
            checked(FAMILY_NAME, typed.family_name),
            checked(GIVEN_NAME, typed.given_name),
            birth_date(typed.birth_date, on=on),
            contact(phone=typed.phone, email=typed.email, address=typed.address),
        )

    @property
    def filing(self) -> tuple[str, ...]:
        """The parts under which the person is filed."""
        return filing(self.family_name, self.given_name, self.born)


def register(
    desk: Desk,
    command: Command,
    *,
    person: PersonTyped,
    capacity: Capacity = Capacity.ADULT,
    representative: UUID | None = None,
    within: tuple[str, ...] = (),
    homonym: bool = False,
    emancipated: bool = False,
) -> Recorded:
    """
    Register a person, with who represents them where they can't sign alone.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or NO_UNDERTAKING, if the actor may not receive people
    :raises SubjectKnown: if the same name and birth date are registered, unless `homonym` says it is somebody else
    :raises CoverUnknown: if `within` holds anything but codes of the catalogue
    :raises CapacityNotThatAge: if a minor would sign alone without being emancipated, or an adult as a minor
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        today = day_of(command.at)
        checked_person = registrable(desk.law.profile, person, capacity=capacity, emancipated=emancipated, on=today)
        known = filed(desk, checked_person.filing)
        if known and not homonym:
            raise SubjectKnown(reference=short(known[0].id))
        signer = standing(desk.streams, representative).id if representative else None
        subject = Subject.register(
            id=new_id(),
            family_name=checked_person.family_name,
            given_name=checked_person.given_name,
            birth_date=checked_person.born,
            contact=checked_person.contact,
            capacity=LegalCapacity(capacity, signer, covered(desk.law.catalogue, within, on=today)),
            emancipated=emancipated,
            full_age_on=comes_of_age(desk.law.profile, checked_person.born, on=today),
            house=command.house,
        )
        desk.index.file(PERSON, *checked_person.filing, scope=own_scope(Scope.IDENTITY, subject.id))
        return judgement.commit(subject)


def registrable(
    profile: Profile, typed: PersonTyped, *, on: date, capacity: Capacity = Capacity.ADULT, emancipated: bool = False
) -> Person:
    """
    Check what was typed of a person, and that the capacity goes with the age.

    :raises ValueMalformed: if a value does not have its format
    :raises BirthDateImpossible: if nobody alive on that day can have been born then
    :raises NirNotTyped: if a value holds a social security number
    :raises CapacityNotThatAge: if a minor would sign alone without being emancipated, or an adult as a minor
    """
    person = Person.read(typed, on=on)
    _check_age(profile, person.born, capacity, emancipated=emancipated, on=on)
    return person


def _check_age(profile: Profile, born: date, capacity: Capacity, *, emancipated: bool, on: date) -> None:
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if capacity is Capacity.MINOR:
        fits = age < profile.full_age_years(on) and not emancipated
    else:
        fits = age >= profile.full_age_years(on) or (emancipated and age >= profile.emancipation_years(on))
    if not fits:
        raise CapacityNotThatAge
