"""
What can go wrong, said twice: once for the person, once for the developer.

`explain()` and `next_step()` are translated sentences for the user; `str()` is for developers and names only the code
and details that are never personal (codes, random ids, counts, instants, names of fields). Each error maps to one exit
code, so that a script can tell "refused" from "try again".
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import ClassVar

from ledger.translation import mark, translate

_BETWEEN_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
"""Where one word of a class name ends and the next begins; a word may be one letter, as in `NotAReference`."""


UNREPEATED = "?"
"""Stands in the details for what was typed and may be a name or a number: no sentence shows it."""


class ExitCode(IntEnum):
    """The documented exit codes of the command line."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    CONFLICT = 5
    ERASED = 6
    INTEGRITY = 7
    UNAVAILABLE = 8
    MISCONFIGURED = 9


class LedgerError(Exception):
    """The base of every error that a user can meet."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNEXPECTED
    sentence: ClassVar[str] = mark("Something unexpected happened; nothing was recorded.")
    unnamed: ClassVar[str] = ""
    """The sentence where what was typed is not repeated."""
    advice: ClassVar[str] = mark("Try again; if it happens again, give the code to the person who runs the ledger.")

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(self.code, *(f"{name}={value}" for name, value in details.items()))

    @property
    def code(self) -> str:
        """A stable name for programs, such as `MANDATE_ALREADY_ENDED`."""
        return _BETWEEN_WORDS.sub("_", type(self).__name__).upper()

    def __str__(self) -> str:
        return " ".join(str(part) for part in self.args)

    def explain(self) -> str:
        """Say what happened, in the user's language."""
        unnamed = self.unnamed and UNREPEATED in self.details.values()
        return translate(self.unnamed if unnamed else self.sentence).format(**self.details)

    def next_step(self) -> str:
        """Say what the user can do now, in the user's language."""
        return translate(self.advice).format(**self.details)


class Invalid(LedgerError):
    """The input can't be read as what it should be."""

    exit_code = ExitCode.USAGE
    sentence = mark("This input is not valid.")
    advice = mark("Correct it and try again; nothing was recorded.")


class Refused(LedgerError):
    """A rule of law, or of the convention, says no."""

    exit_code = ExitCode.REFUSED
    sentence = mark("This is not allowed.")
    advice = mark("See the refusal codes in the reference; nothing was opened.")


class NotFound(LedgerError):
    """Nothing bears this reference here."""

    exit_code = ExitCode.NOT_FOUND
    sentence = mark("Nothing was found under the reference {reference}.")
    unnamed = mark("Nothing was found under this reference.")
    advice = mark("Check the reference, or look it up in the list.")


class Conflict(LedgerError):
    """Somebody was faster, or the scope is closing."""

    exit_code = ExitCode.CONFLICT
    sentence = mark("Someone changed this in the meantime.")
    advice = mark("Look at it again, then decide whether your change still makes sense.")


class DataErased(LedgerError):
    """The data asked for have been destroyed."""

    exit_code = ExitCode.ERASED
    sentence = mark("These data have been destroyed.")
    advice = mark("They can't be brought back. The audit trail says when and why.")


class IntegrityBroken(LedgerError):
    """What is stored is not what was written."""

    exit_code = ExitCode.INTEGRITY
    sentence = mark("The stored record has been altered.")
    advice = mark("Stop using this ledger and call the data protection officer and the person who runs it.")


class Unavailable(LedgerError):
    """A part that is needed can't be reached just now."""

    exit_code = ExitCode.UNAVAILABLE
    sentence = mark("The ledger can't be reached just now.")
    advice = mark("Wait a moment and try again; what was acknowledged is safe.")


class Misconfigured(LedgerError):
    """The set-up must be mended before anything can work."""

    exit_code = ExitCode.MISCONFIGURED
    sentence = mark("The ledger is not set up correctly.")
    advice = mark("Run `ledger doctor`, which says what to change.")
