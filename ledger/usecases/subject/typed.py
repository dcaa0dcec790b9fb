"""
What a person typed about people, checked by the format of its own field and screened for the social security number.

A value that fails is never repeated in an error.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ledger.aggregates.subject_events import Contact
from ledger.errors import Invalid
from ledger.rules.catalogue import Catalogue, FieldEntry, Format, Nature, Protection, UnknownProcedure
from ledger.rules.cnil import DataCategory
from ledger.rules.formats import check_value
from ledger.rules.profile import Profile
from ledger.translation import mark

OLDEST_YEARS = 130
"""A birth date further back is a typing error."""


class BirthDateImpossible(Invalid):
    """A birth date in the future, or too far back for anyone alive."""

    sentence = mark("This birth date is not possible.")
    advice = mark("Read it again on the person's document; type it as day/month/year.")


class CoverUnknown(Invalid):
    """What a judgment covers is said by codes of the catalogue: words of the judgment tell of a person's health."""

    sentence = mark("What the judgment covers is said by codes of the catalogue, and one of these is none.")
    advice = mark("Give the code of a procedure, or of one of its acts: see `ledger catalogue show`.")


def _field(code: str, label: str, form: Format, cnil: DataCategory) -> FieldEntry:
    return FieldEntry(code, label, Nature.ORDINARY, Protection.NORMAL, form, cnil)


FAMILY_NAME = _field("family_name", mark("family name"), Format.NAME, DataCategory.CIVIL_STATUS)
GIVEN_NAME = _field("given_name", mark("given name"), Format.NAME, DataCategory.CIVIL_STATUS)
NAME = _field("name", mark("name"), Format.NAME, DataCategory.CIVIL_STATUS)
BIRTH_DATE = _field("birth_date", mark("birth date"), Format.DATE, DataCategory.CIVIL_STATUS)
PHONE = _field("phone", mark("phone number"), Format.PHONE, DataCategory.CONTACT)
EMAIL = _field("email", mark("e-mail address"), Format.EMAIL, DataCategory.CONTACT)
ADDRESS = _field("address", mark("address"), Format.POSTAL, DataCategory.CONTACT)


def checked(field: FieldEntry, text: str) -> str:
    """
    Give a value that must be there, as it is kept.

    :raises ValueMalformed: if it does not have the format of its field
    :raises NirNotTyped: if it holds a social security number
    """
    return check_value(field, text)


def optional(field: FieldEntry, text: str) -> str:
    """
    Give a value that may be missing, as it is kept; empty when it is.

    :raises ValueMalformed: if it is there and does not have the format of its field
    :raises NirNotTyped: if it holds a social security number
    """
    return check_value(field, text) if text.strip() else ""


def birth_date(text: str, *, on: date) -> date:
    """
    Read a birth date as it is written in France, or in ISO form.

    :raises ValueMalformed: if it is no date
    :raises BirthDateImpossible: if nobody alive on that day can have been born then
    """
    born = date.fromisoformat(check_value(BIRTH_DATE, text))
    if born > on or born.year < on.year - OLDEST_YEARS:
        raise BirthDateImpossible
    return born


def comes_of_age(profile: Profile, born: date, *, on: date) -> date | None:
    """Give the day on which somebody born then comes of age, by the law of `on`; None for who is of age on it."""
    year = born.year + profile.full_age_years(on)
    try:
        day = born.replace(year=year)
    except ValueError:  # born on 29 February
        day = date(year, 3, 1)
    return day if on < day else None


def contact(*, phone: str, email: str, address: str) -> Contact:
    """
    Read how the person can be reached; each may be empty.

    :raises ValueMalformed: if one does not have its format
    :raises NirNotTyped: if one holds a social security number
    """
    return Contact(phone=optional(PHONE, phone), email=optional(EMAIL, email), address=optional(ADDRESS, address))


def covered(catalogue: Catalogue, within: Iterable[str], *, on: date) -> tuple[str, ...]:
    """
    Read what a habilitation familiale covers: procedures of the catalogue, or acts of them, each once and by its code.

    :raises CoverUnknown: if one is the code of neither; it is not repeated
    """
    return tuple(dict.fromkeys(_covered(catalogue, text.strip(), on=on) for text in within))


def _covered(catalogue: Catalogue, text: str, *, on: date) -> str:
    try:
        entry = catalogue.procedure(text.partition(":")[0], on=on)
    except UnknownProcedure:
        raise CoverUnknown from None
    if ":" not in text:
        return entry.code
    act = entry.act(text)
    if act is None:
        raise CoverUnknown
    return act.code
