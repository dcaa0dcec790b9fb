"""Register a person: what is needed to find them again and to print a mandate, and nothing more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ledger.aggregates.subject import LegalCapacity, Subject
from ledger.aggregates.subject_events import Contact
from ledger.errors import Conflict, Invalid
from ledger.policies.vocabulary import Capacity
from ledger.rules.profile import Power, Profile
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.subject.find import filing
from ledger.usecases.subject.persons import standing
from ledger.usecases.subject.reserve import SubjectKnown, check_free, place_for, reserve
from ledger.usecases.subject.typed import FAMILY_NAME, GIVEN_NAME, birth_date, checked, comes_of_age, contact, covered


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
    :raises RegisteredMeanwhile: if a colleague registers somebody of this name and birth date at the same moment
    :raises CoverUnknown: if `within` holds anything but codes of the catalogue
    :raises CapacityNotThatAge: if a minor would sign alone without being emancipated, or an adult as a minor
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.RECEIVE)
        actor.need_secrecy(at=command.at)
        today = day_in(desk, judgement, command.house, command.at)
        checked_person = registrable(desk.law.profile, person, capacity=capacity, emancipated=emancipated, on=today)
        signer = standing(desk.streams, representative).id if representative else None
        legal = LegalCapacity(capacity, signer, covered(desk.law.catalogue, within, on=today))

        def made(reference: UUID) -> Subject:
            return Subject.register(
                id=reference,
                family_name=checked_person.family_name,
                given_name=checked_person.given_name,
                birth_date=checked_person.born,
                contact=checked_person.contact,
                capacity=legal,
                emancipated=emancipated,
                full_age_on=comes_of_age(desk.law.profile, checked_person.born, on=today),
                house=command.house,
            )

        try:
            return _recorded(desk, judgement, checked_person.filing, made, homonym=homonym)
        except SubjectKnown:
            if (done := judgement.recall()) is not None:
                return done
            raise


def _recorded(
    desk: Desk, judgement: Judgement, parts: tuple[str, ...], made: Callable[[UUID], Subject], *, homonym: bool
) -> Recorded:
    """Record somebody under a reference that nobody else is recorded under."""
    place = place_for(desk, parts, homonym=homonym)
    subject = made(place.reference)  # before anything is filed: what is wrong with it is told first
    reference = reserve(desk, parts, place)
    if reference != place.reference:
        subject = made(reference)
    try:
        return judgement.commit(subject)
    except Conflict:
        check_free(desk, reference)
        raise


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
