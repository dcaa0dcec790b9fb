"""Options and columns that several groups of commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ledger.commands._context import Session
from ledger.commands._moments import Instant
from ledger.commands._words import option
from ledger.translation import mark

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FROM = mark('Read the answers as JSON from this file, or from standard input for "-", instead of asking.')
EFFECTIVE = mark("When it happened, if not now.")
KNOWN = mark("When the house was told, if not now.")


def from_option() -> Decorator:
    """Make the option that reads personal answers as JSON."""
    return option("--from", "source", metavar=mark("FILE"), help=FROM)


def effective_option(help_text: str = EFFECTIVE) -> Decorator:
    """Make the option that says when a fact took effect."""
    return option("--effective-at", type=Instant(), help=help_text)


def known_option() -> Decorator:
    """Make the option that says when the house was told of a fact."""
    return option("--known-at", type=Instant(), help=KNOWN)


def note_of(session: Session, source: str | None, *, ask: str, required: bool = False) -> str:
    """Get a note, typed or read as JSON (`note`); empty where there is none."""
    from ledger import limits
    from ledger.commands._input import Question, answers

    question = Question("note", ask, required=required, limit=limits.NOTE_CHARACTERS)
    return answers(session, (question,), source=source)["note"] or ""
