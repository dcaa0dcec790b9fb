"""
How a typed value is checked: by the format of its own field, never by the look of another.

A tax number has 13 digits, as a NIR without its key has: in its own field it is a tax number. What fails is refused
without being repeated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date

from ledger.errors import Invalid
from ledger.limits import ADDRESS_CHARACTERS, NAME_CHARACTERS
from ledger.rules.catalogue import FieldEntry, Format
from ledger.rules.personal_numbers import NoteHoldsNir, find_nir
from ledger.translation import mark, translate

_EMAIL = re.compile(
    r"[^\s@<>(),;:\"\[\]\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE
)
_PHONE = re.compile(r"(?:\+\d{1,3}|00\d{1,3}|0)\d{6,12}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,2})?")
_REGISTRATION = re.compile(r"[A-Z]{2}\d{3}[A-Z]{2}|\d{1,4}[A-Z]{1,3}(?:\d{2}|2[AB]|97\d)")
_SEPARATORS = re.compile(r"[\s.\-\u2010-\u2015/()]")
_IBAN_LENGTHS = {"FR": 27, "MC": 27, "BE": 16, "DE": 22, "ES": 24, "IT": 27, "LU": 20, "PT": 25, "NL": 18, "LT": 20}
"""Lengths of the countries most met; others are checked by their key alone."""


_LONGEST_EMAIL = 254
_SCREENED = frozenset({Format.TEXT, Format.NAME, Format.POSTAL, Format.EMAIL, Format.REFERENCE})


class ValueMalformed(Invalid):
    """A typed value does not have the format of its field; it is not repeated."""

    sentence = mark("What was typed for {label} does not have the expected format.")
    advice = mark("Read it again on the person's document, character by character.")


class NirNotTyped(NoteHoldsNir):
    """Somebody tried to give the ledger a social security number."""

    sentence = mark("The field {label} is a social security number: it is never typed here.")


def check_value(field: FieldEntry, text: str) -> str:
    """
    Give the value as it is kept, without needless blanks.

    :raises NirNotTyped: for a field that is a NIR, and for a NIR in a field of free text
    :raises ValueMalformed: if the value does not have the format of its field
    """
    return check_format(field.format, text, named=field.code, label=field.label)


def check_format(expected: Format, text: str, *, named: str, label: str = "") -> str:
    """
    Give a value of this format as it is kept; an error says what it was for: its code, and what people call it.

    :raises NirNotTyped: if a NIR is expected, or found where no other long number is
    :raises ValueMalformed: if the value does not have the format
    """
    said = translate(label or named)
    if expected is Format.NIR:
        raise NirNotTyped(field=named, label=said)
    if expected in _SCREENED and find_nir(text):
        raise NirNotTyped(field=named, label=said)
    cleaned = _CLEANERS[expected](text)
    if cleaned is None:
        raise ValueMalformed(field=named, label=said)
    return cleaned


def looks_like_email(text: str) -> bool:
    """Say whether a text has the form of a mail address."""
    return len(text) <= _LONGEST_EMAIL and bool(_EMAIL.fullmatch(text))


def looks_like_phone(text: str) -> bool:
    """Say whether a text has the form of a telephone number, French or international."""
    return bool(_PHONE.fullmatch(_SEPARATORS.sub("", text)))


def iban_key_holds(iban: str) -> bool:
    """Say whether the two check digits of a compact IBAN are right (ISO 13616, modulo 97)."""
    rearranged = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in rearranged)) % 97 == 1


def _text(limit: int) -> Callable[[str], str | None]:
    def clean(text: str) -> str | None:
        found = " ".join(text.split())
        visible = not any(unicodedata.category(char).startswith("C") for char in found)
        return found if 0 < len(found) <= limit and visible else None

    return clean


def _name(text: str) -> str | None:
    found = _text(NAME_CHARACTERS)(text)
    return found if found and not any(char.isdecimal() for char in found) else None


def _date(text: str) -> str | None:
    french = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text.strip())
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1])).isoformat()
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return None


def _compact(pattern: re.Pattern[str]) -> Callable[[str], str | None]:
    def clean(text: str) -> str | None:
        found = _SEPARATORS.sub("", text).upper()
        return found if found.isascii() and pattern.fullmatch(found) else None

    return clean


def _iban(text: str) -> str | None:
    found = _compact(_IBAN)(text)
    if found is None or len(found) != _IBAN_LENGTHS.get(found[:2], len(found)):
        return None
    return found if iban_key_holds(found) else None


def _email(text: str) -> str | None:
    return text.strip() if looks_like_email(text.strip()) else None


def _amount(text: str) -> str | None:
    found = re.sub(r"[\s€]", "", text)
    return found.replace(",", ".") if found.isascii() and _AMOUNT.fullmatch(found) else None


_CLEANERS: Mapping[Format, Callable[[str], str | None]] = {
    Format.TEXT: _text(ADDRESS_CHARACTERS),
    Format.NAME: _name,
    Format.DATE: _date,
    Format.POSTAL: _text(ADDRESS_CHARACTERS),
    Format.PHONE: _compact(_PHONE),
    Format.EMAIL: _email,
    Format.IBAN: _iban,
    Format.TAX_NUMBER: _compact(re.compile(r"\d{13}")),
    Format.AMOUNT: _amount,
    Format.TAX_NOTICE: _compact(re.compile(r"[0-9A-Z]{13}")),
    Format.REFERENCE: _compact(re.compile(r"[0-9A-Z]{4,20}")),
    Format.REGISTRATION: _compact(_REGISTRATION),
}
