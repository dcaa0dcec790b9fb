"""
Writing a name or a date so that the ways in which people write it come out the same.

* A date of one of the usual French forms (09/06/1980, 9.6.1980, 1980-06-09) becomes 1980-06-09.
* In a name, accents, ligatures and letter case count for nothing ("Éléonore" is "ELEONORE", "Lœtitia" is "Loetitia"),
  nor do hyphens, apostrophes, spaces and dots ("Jean-Pierre" is "jean pierre"), nor the particles de, du, des, d', la,
  le, les, l' where other words remain ("de l'Exemple" is "Exemple").

Two people may well come out the same: what is found is a candidate, and a person at the counter decides.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_PARTICLES = frozenset({"de", "du", "des", "d", "la", "le", "les", "l"})
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_WORD = re.compile(r"[^\W_]+")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})")


def normalised(part: str) -> str:
    """Give the one form of a name or a date."""
    text = part.strip()
    return _as_date(text) or _as_name(text)


def _as_date(text: str) -> str | None:
    found = _DAY_FIRST.fullmatch(text)
    numbers = found.groups()[::-1] if found else ()
    if not numbers and (found := _YEAR_FIRST.fullmatch(text)):
        numbers = found.groups()
    try:
        return date(*map(int, numbers)).isoformat() if numbers else None
    except ValueError:
        return None


def _as_name(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    letters = "".join(letter for letter in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(letter))
    words = _WORD.findall(letters)
    return "".join([word for word in words if word not in _PARTICLES] or words)
