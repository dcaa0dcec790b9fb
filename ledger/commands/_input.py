"""
Answers: typed at a prompt, or read as JSON from a file or standard input; never only given as arguments.

Arguments end up in the history of the shell and in the list of processes, so that personal values have no option. One
declaration (`Question`) serves both ways. What is wrong with an answer is said without repeating the answer.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from ledger import limits
from ledger.clock import UTC
from ledger.commands._context import Session
from ledger.errors import Invalid, LedgerError
from ledger.translation import mark, translate

STANDARD_INPUT = "-"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DAYS = ("%d/%m/%Y", "%Y-%m-%d")
_INSTANTS = ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")
_TIME = re.compile(r"[T ]\d")
_YES, _NO = {"o", "oui", "y", "yes"}, {"n", "non", "no"}


class AnswersNeeded(Invalid):
    """The command needs answers, and nobody is there to type them."""

    sentence = mark("This command needs answers ({names}), and standard input is not a terminal.")
    advice = mark("Give them as JSON: --from FILE, or --from - to read standard input.")


class InputTooLarge(Invalid):
    """A file or standard input is larger than the limit."""

    sentence = mark("The input is larger than {limit} bytes.")


class InputNotJson(Invalid):
    """What was read is not one JSON object in UTF-8."""

    sentence = mark("The input is not one JSON object in UTF-8 (near line {line}).")
    advice = mark('Write one object, such as {{"family_name": "..."}}, with each key once.')


class UnknownKeys(Invalid):
    """The JSON object has keys that mean nothing here."""

    sentence = mark("The input has keys that mean nothing here (key number {numbers}).")
    advice = mark("The keys are: {known}. Nothing was recorded.")


class AnswerMissing(Invalid):
    """A required answer was not given."""

    sentence = mark("An answer is missing: {label}.")


class AnswerInvalid(Invalid):
    """An answer can't be read as what it should be."""

    sentence = mark("The answer {label} can't be read: {expected}.")


class FileMissing(Invalid):
    """The file with the answers can't be read."""

    sentence = mark("The file with the answers can't be read.")
    advice = mark("Check its path and its permissions; under sudo, pass it with: --from - < FILE")


class Kind(Enum):
    """What an answer is read as."""

    TEXT = auto()
    DAY = auto()
    INSTANT = auto()
    YES_NO = auto()
    NUMBER = auto()
    CHOICE = auto()
    WORDS = auto()


@dataclass(frozen=True)
class Question:
    """One answer: its key in JSON, what to ask at a prompt (a marked source text), and how it is read."""

    name: str
    ask: str
    kind: Kind = Kind.TEXT
    required: bool = True
    hidden: bool = False
    choices: tuple[str, ...] = ()
    limit: int = limits.NAME_CHARACTERS
    check: Callable[[str], object] | None = None
    """What else a text that is typed must pass, while it can be asked again; it raises a `LedgerError` that says so."""

    def label(self, *, as_json: bool) -> str:
        """Give what people call it: the question without its hints; with its key, for whoever writes it in JSON."""
        asked = re.split(r"\s*[(?]|\s*\N{NO-BREAK SPACE}[?:]", translate(self.ask), maxsplit=1)[0].strip()
        return f"{asked} ({self.name})" if as_json else asked


_EXPECTED = {
    Kind.TEXT: mark("a text of at most {limit} characters, without control characters"),
    Kind.DAY: mark("a date such as 31/12/1980 or 1980-12-31"),
    Kind.INSTANT: mark(
        "a date and time such as 09/06/2026 14:20; in the night in which the clocks change, with the offset, such as "
        "2026-10-25T02:30+01:00"
    ),
    Kind.YES_NO: mark("yes or no"),
    Kind.NUMBER: mark("a whole number, not below zero"),
    Kind.CHOICE: mark("one of: {choices}"),
    Kind.WORDS: mark("a list of at most {limit} words"),
}


def answers(
    session: Session,
    questions: Sequence[Question],
    *,
    source: str | None,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Get the answers to all questions: from `source` (a path, or "-") when one is named, else at the terminal.

    What was `given` as an option is not asked again; once anything was, only what is required is asked.

    :raises AnswersNeeded: if no source is named and nobody is at the terminal
    :raises Invalid: if an answer is missing or can't be read, without saying what it was
    """
    known = {name: value for name, value in (given or {}).items() if value not in (None, ())}
    asked = [question for question in questions if question.name not in known]
    if source is not None:
        found = _from_json(asked, read_object(source), zone=session.zone)
    elif sys.stdin.isatty():
        asked = [question for question in asked if question.required or not known]
        found = {question.name: _typed(question, zone=session.zone) for question in asked}
    elif missing := [question.name for question in asked if question.required or not known]:
        raise AnswersNeeded(names=", ".join(missing))
    else:
        found = {}
    session.answered(found)
    return {question.name: None for question in questions} | known | found


def read_object(source: str) -> dict[str, Any]:
    """
    Read one JSON object, strictly: UTF-8, each key once, no NaN, at most `limits.INPUT_BYTES`.

    :raises InputNotJson: if it is anything else
    :raises InputTooLarge: if it is larger
    """
    content = read_bytes(source)
    try:
        found = json.loads(content.decode(), object_pairs_hook=_once, parse_constant=_refuse_constant)
    except json.JSONDecodeError as trouble:
        raise InputNotJson(line=trouble.lineno) from None
    except (ValueError, RecursionError):
        raise InputNotJson(line=1) from None
    if not isinstance(found, dict):
        raise InputNotJson(line=1)
    return found


def read_bytes(source: str) -> bytes:
    """
    Read a file, or standard input for "-", up to the limit.

    :raises FileMissing: if it can't be read
    :raises InputTooLarge: if it is larger than `limits.INPUT_BYTES`
    """
    try:
        if source == STANDARD_INPUT:
            content = sys.stdin.buffer.read(limits.INPUT_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(limits.INPUT_BYTES + 1)
    except (OSError, ValueError):
        raise FileMissing from None
    if len(content) > limits.INPUT_BYTES:
        raise InputTooLarge(limit=limits.INPUT_BYTES)
    return content


def confirmed(question: str, *, otherwise: bool = False, **values: object) -> bool:
    """Ask yes or no at the terminal; where nobody is there, take `otherwise`."""
    if not sys.stdin.isatty():
        return otherwise
    asked = Question("confirm", question, Kind.YES_NO)
    return bool(_typed(asked, zone=ZoneInfo("UTC"), values=values))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _from_json(questions: Sequence[Question], given: Mapping[str, Any], *, zone: ZoneInfo) -> dict[str, Any]:
    known = {question.name for question in questions}
    strange = [str(number) for number, key in enumerate(given, start=1) if key not in known]
    if strange:
        raise UnknownKeys(numbers=", ".join(strange), known=", ".join(question.name for question in questions))
    return {question.name: read_answer(question, given.get(question.name), zone=zone) for question in questions}


def read_answer(question: Question, given: Any, *, zone: ZoneInfo, as_json: bool = True) -> Any:
    """
    Read one answer as what its question wants; None where it is optional and absent.

    `as_json` says that it comes from an object with keys, which an error names.

    :raises AnswerMissing: if it is required and absent
    :raises AnswerInvalid: if it can't be read
    """
    if given is None or given in ("", []):
        if question.required:
            raise AnswerMissing(name=question.name, label=question.label(as_json=as_json))
        return None
    found = _READERS[question.kind](question, given, zone)
    if found is None:
        expected = translate(_EXPECTED[question.kind]).format(limit=question.limit, choices=", ".join(question.choices))
        raise AnswerInvalid(name=question.name, label=question.label(as_json=as_json), expected=expected)
    return found


def _typed(question: Question, *, zone: ZoneInfo, values: Mapping[str, object] | None = None) -> Any:
    """Ask at the terminal until the answer can be read."""

    def read(text: str) -> Any:
        try:
            found = read_answer(question, text, zone=zone, as_json=False)
            if question.check is not None and found is not None:
                question.check(found)
        except LedgerError as trouble:
            raise click.UsageError(trouble.explain()) from None
        return found

    label = translate(question.ask).format(**(values or {}))
    if question.choices:
        label = f"{label} ({' / '.join(question.choices)})"
    optional = None if question.required else ""
    return click.prompt(
        label,
        default=optional,
        show_default=False,
        hide_input=question.hidden,
        value_proc=read,
        err=True,
        prompt_suffix=translate(mark(": ")),
    )


def _text(question: Question, given: Any, zone: ZoneInfo) -> str | None:
    if not isinstance(given, str):
        return None
    text = unicodedata.normalize("NFC", given.strip())
    return text if 0 < len(text) <= question.limit and not _CONTROL.search(text) else None


def _day(question: Question, given: Any, zone: ZoneInfo) -> date | None:
    for form in _DAYS:
        try:
            return datetime.strptime(str(given).strip(), form).date()  # noqa: DTZ007  # a day has no offset
        except ValueError:
            continue
    return None


def _instant(question: Question, given: Any, zone: ZoneInfo) -> datetime | None:
    read = moment(str(given))
    if read is None:
        return None
    return _local(read, zone) if read.tzinfo is None else read.astimezone(UTC)


def moment(text: str) -> datetime | None:
    """Read a date and time with the offset that it says, or with none; None if it can't be read."""
    text = text.strip()
    for form in _INSTANTS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  # whoever asked knows the zone
        except ValueError:
            continue
    try:
        exact = datetime.fromisoformat(text)
    except ValueError:
        return None
    return exact if exact.tzinfo is not None or _TIME.search(text) else None


def _local(naive: datetime, zone: ZoneInfo) -> datetime | None:
    """Give the instant of a local time, or None for an hour that the clocks skip or repeat."""
    early, late = naive.replace(tzinfo=zone, fold=0), naive.replace(tzinfo=zone, fold=1)
    return early.astimezone(UTC) if early.utcoffset() == late.utcoffset() else None


def _yes_no(question: Question, given: Any, zone: ZoneInfo) -> bool | None:
    if isinstance(given, bool):
        return given
    word = str(given).strip().casefold()
    return True if word in _YES else False if word in _NO else None


def _number(question: Question, given: Any, zone: ZoneInfo) -> int | None:
    if isinstance(given, bool) or not isinstance(given, int | str):
        return None
    return int(given) if re.fullmatch(r"[0-9]{1,9}", str(given).strip()) else None


def _choice(question: Question, given: Any, zone: ZoneInfo) -> str | None:
    word = str(given).strip().casefold()
    return next((choice for choice in question.choices if choice.casefold() == word), None)


def _words(question: Question, given: Any, zone: ZoneInfo) -> tuple[str, ...] | None:
    parts = given.split(",") if isinstance(given, str) else given
    if not isinstance(parts, list) or len(parts) > question.limit:
        return None
    item = Question(question.name, question.ask)
    words = [_text(item, part, zone) for part in parts]
    return tuple(word for word in words if word) if all(words) else None


_READERS = {
    Kind.TEXT: _text,
    Kind.DAY: _day,
    Kind.INSTANT: _instant,
    Kind.YES_NO: _yes_no,
    Kind.NUMBER: _number,
    Kind.CHOICE: _choice,
    Kind.WORDS: _words,
}
