"""
Keeping the social security number (NIR) out of every text.

No decree names the houses among those who may process it (décret 2019-341), so it is keyed into the partner's portal
and nowhere else. Free text is screened on whole runs of digits, blanks, dots and the like allowed between groups: 15
digits whose last two are the key of the others (97 minus the number modulo 97, Corsica 2A and 2B), or 13 digits built
like a NIR. Where other numbers stand beside it in the run, the groups are looked at one after the other.

Commas, colons and whatever else is no letter stand between the numbers of a list more often than within one: across
these it takes the key, or the usual groups with the same sign between all of them.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import accumulate

from ledger.errors import Refused
from ledger.limits import NARRATIVE_CHARACTERS, NOTE_CHARACTERS
from ledger.translation import mark

_GAP = r"[ \t\n.\-\u2010-\u2015\u00a0\u2000-\u200a\u202f/]{0,3}"
_WIDE_GAP = r"[\W_]{0,3}"
_RUN, _WIDE_RUN = (re.compile(rf"\d(?:{gap}(?:\d|(?<=2)[AB](?={gap}\d)))*") for gap in (_GAP, _WIDE_GAP))
_CORSICA_APART = re.compile(rf"2[\W_]{{1,3}}([AB])(?={_WIDE_GAP}\d)")
_GROUPS = re.compile(r"[0-9AB]+")
_STRUCTURE = re.compile(
    r"[1-478]"  # sex, or a provisional number
    r"\d\d"  # year of birth
    r"(?:0[1-9]|1[0-2]|[23]\d|4[0-2]|[5-9]\d)"  # month, or a code for an unknown one
    r"(?:0[1-9]|[1-9]\d|2[AB])"  # département, or 99 for abroad
    r"(?!000)\d{3}"  # commune or country
    r"(?!000)\d{3}"  # order
)
_DATE_MARK = re.compile(r"[\n\-/\u2010-\u2015]")
"""What also stands within dates: 13 digits with one of these are 12/05/2026 53000 more often than a NIR."""
_WITH_KEY = 15
_SHAPE = (1, 2, 2, 2, 3, 3)
"""How a NIR is grouped when it is written with blanks; the key, of two, may follow."""
_BOUNDARIES = frozenset(accumulate((*_SHAPE, 2)))


class NoteRefused(Refused):
    """A note can't be taken as it is; what it says is never repeated."""

    sentence = mark("This note can't be recorded.")
    advice = mark("Rewrite it and try again; nothing was recorded.")


class NoteHoldsNir(NoteRefused):
    """A note holds what is, or looks like, a social security number."""

    sentence = mark("This text holds what looks like a social security number: it is never recorded here.")
    advice = mark("Take the number out: it is keyed into the partner's portal only.")


class NoteTooLong(NoteRefused):
    """A note is longer than the limit."""

    sentence = mark("This text has {length} characters; at most {limit} are recorded.")
    advice = mark("Keep what the procedure needs, and nothing more.")


class NoteHoldsControlCharacters(NoteRefused):
    """A note holds characters that can't be seen."""

    sentence = mark("This text holds invisible characters.")
    advice = mark("Type it again by hand instead of pasting it.")


def find_nir(text: str) -> bool:
    """
    Say whether a text holds a social security number, or 13 digits built like one.

    Digits of other scripts count as digits, and invisible characters between them as nothing.
    """
    latin = _latin_digits(text)
    written = (latin, _CORSICA_APART.sub(r"2\1", latin))
    return any(_is_nir(run) for each in written for run in _RUN.findall(each)) or any(
        _is_spread(run) for each in written for run in _WIDE_RUN.findall(each)
    )


def nir_key(number: str) -> int:
    """Give the key of the 13 first characters of a NIR: 97 minus the number modulo 97, 2A read 19 and 2B read 18."""
    return 97 - int(number.replace("2A", "19").replace("2B", "18")) % 97


def screen_note(text: str) -> None:
    """
    Refuse a free text that must not be recorded.

    :raises NoteTooLong: beyond `limits.NOTE_CHARACTERS`
    :raises NoteHoldsControlCharacters: for anything invisible but a line break
    :raises NoteHoldsNir: for a social security number
    """
    _screen(text, limit=NOTE_CHARACTERS)


def screen_narrative(text: str) -> None:
    """
    Refuse a narrative of a breach that must not be recorded.

    :raises NoteTooLong: beyond `limits.NARRATIVE_CHARACTERS`
    :raises NoteHoldsControlCharacters: for anything invisible but a line break
    :raises NoteHoldsNir: for a social security number
    """
    _screen(text, limit=NARRATIVE_CHARACTERS)


def _screen(text: str, *, limit: int) -> None:
    if len(text) > limit:
        raise NoteTooLong(length=len(text), limit=limit)
    if any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn") for char in text if char != "\n"):
        raise NoteHoldsControlCharacters
    if find_nir(text):
        raise NoteHoldsNir


def _latin_digits(text: str) -> str:
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else char.upper()
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) != "Cf"
    )


def _is_nir(run: str) -> bool:
    groups = _GROUPS.findall(run)
    whole = "".join(groups)
    built = bool(_STRUCTURE.fullmatch(whole)) and not _DATE_MARK.search(run)
    return built or _keyed(whole) or _within(groups)


def _keyed(digits: str) -> bool:
    """Say whether these are 15 characters of which the last two are the key of the others."""
    if not re.fullmatch(r"\d{5}(?:\d\d|2[AB])\d{8}", digits):
        return False
    return int(digits[13:]) == nir_key(digits[:13])


def _of_length(groups: list[str]) -> str:
    """Give the first groups that make up exactly the length of a NIR with its key, joined; else nothing."""
    joined = ""
    for group in groups:
        joined += group
        if len(joined) >= _WITH_KEY:
            break
    return joined if len(joined) == _WITH_KEY else ""


def _within(groups: list[str]) -> bool:
    """Say whether some groups of a run are a NIR, in one piece, in its usual groups or with its key, beside others."""
    for start, group in enumerate(groups):
        if _keyed(group) or _STRUCTURE.fullmatch(group):
            return True
        shaped = groups[start : start + len(_SHAPE)]
        if tuple(map(len, shaped)) == _SHAPE and _STRUCTURE.fullmatch("".join(shaped)):
            return True
        joined = _of_length(groups[start : start + _WITH_KEY])
        if _keyed(joined) and _STRUCTURE.fullmatch(joined[:-2]):
            return True
    return False


def _is_spread(run: str) -> bool:
    """Say whether a run with any signs between its groups is a NIR with its key, or holds one in its usual groups."""
    groups, gaps = _GROUPS.findall(run), _GROUPS.split(run)[1:-1]
    whole = "".join(groups)
    if _keyed(whole) and _STRUCTURE.fullmatch(whole[:-2]):
        return True
    for start in range(len(groups)):
        shaped = groups[start : start + len(_SHAPE)]
        alike = len(set(gaps[start : start + len(_SHAPE) - 1])) == 1
        if alike and tuple(map(len, shaped)) == _SHAPE and _STRUCTURE.fullmatch("".join(shaped)):
            return True
        lengths = accumulate(map(len, groups[start : start + _WITH_KEY]))
        in_shape = _BOUNDARIES.issuperset(end for end in lengths if end <= _WITH_KEY)
        joined = _of_length(groups[start : start + _WITH_KEY]) if in_shape else ""
        if _keyed(joined) and _STRUCTURE.fullmatch(joined[:-2]):
            return True
    return False
