"""The group of `ledger mandate`, to which several modules add their verbs."""

from __future__ import annotations

from uuid import UUID

from ledger.commands._context import Session
from ledger.commands._words import Noun
from ledger.translation import mark

command = Noun("mandate", help=mark("Draw up mandates, have them signed on site, end them, tell who must be told."))

MANDATE = mark("MANDATE")
MANDATE_HELP = mark("The reference of the mandate.")
PERSON = mark("PERSON")


def reference_of(session: Session, typed: str) -> UUID:
    """Give the mandate whose reference begins so."""
    from ledger.aggregates.mandate import Mandate

    return session.reference(Mandate, typed, name="mandate")
