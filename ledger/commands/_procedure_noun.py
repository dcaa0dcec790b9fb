"""The group of `ledger procedure`, to which several modules add their verbs."""

from __future__ import annotations

from uuid import UUID

from ledger.commands._context import Session
from ledger.commands._words import Noun
from ledger.translation import mark

command = Noun("procedure", help=mark("Open procedures, work on them, bring them to the person's outcome."))

PROCEDURE = mark("PROCEDURE")
PROCEDURE_HELP = mark("The reference of the procedure.")


def reference_of(session: Session, typed: str) -> UUID:
    """Give the procedure whose reference begins so."""
    from ledger.aggregates.procedure import Procedure

    return session.reference(Procedure, typed, name="procedure")
