"""
The group of `ledger breach`, to which several modules add their verbs.

A module of verbs imports `command` from here, decorates its functions with `@command.verb(...)`, and is named in
`breach.py`, which imports it and says in which order the help lists them.
"""

from __future__ import annotations

from uuid import UUID

from ledger.commands._context import Session
from ledger.commands._words import Noun
from ledger.translation import mark

command = Noun("breach", help=mark("Declare a breach, measure what it concerns, notify it, tell the people, close it."))

BREACH = mark("BREACH")
BREACH_HELP = mark("The reference of the breach.")


def reference_of(session: Session, typed: str) -> UUID:
    """Give the breach whose reference begins so."""
    from ledger.aggregates.breach import Breach

    return session.reference(Breach, typed, name="breach")


def text_of(session: Session, source: str | None, name: str, *, ask: str, required: bool = False) -> str:
    """Get a narrative, typed or read as JSON under `name`; empty where there is none, or nobody to be asked."""
    import sys

    from ledger import limits
    from ledger.commands._input import Question, answers

    if not required and source is None and not sys.stdin.isatty():
        return ""
    question = Question(name, ask, required=required, limit=limits.NARRATIVE_CHARACTERS)
    return answers(session, (question,), source=source)[name] or ""
