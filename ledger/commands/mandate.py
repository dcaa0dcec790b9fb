"""`ledger mandate`: from the draft to the signatures, and to the end."""

from __future__ import annotations

from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._mandate_ends import command
from ledger.commands._mandate_noun import MANDATE, MANDATE_HELP, PERSON, reference_of
from ledger.commands._words import argument, option
from ledger.translation import mark

__all__ = ["command"]


@command.verb(
    "list",
    help=mark("List mandates, latest first: those of your house, or all for whoever audits; the page is recorded."),
    examples=("ledger mandate list --state live", "ledger mandate list --person 1a2b3c4d"),
)
@option(
    "--state", type=Word("ledger.projections.mandate_register:MandateState"), help=mark("Only those that stand so.")
)
@option("--person", metavar=PERSON, help=mark("Only those of this person."))
@option("--limit", type=int, default=50, show_default=True, metavar="N", help=mark("At most so many."))
@option("--before", type=int, metavar=mark("POSITION"), help=mark("Go on before this position of the last page."))
def list_(session: Session, state: Any, person: str | None, limit: int, before: int | None) -> None:
    """List mandates."""
    from ledger.commands._mandate_pages import list_mandates

    list_mandates(session, state=state, person=person, limit=limit, before=before)


@command.verb(
    "show",
    help=mark("Show a mandate: who gave it, for what, until when, each step and what is left to do."),
    examples=("ledger mandate show 1a2b3c4d",),
)
@argument("mandate", metavar=MANDATE, help=MANDATE_HELP)
def show_(session: Session, mandate: str) -> None:
    """Show one mandate."""
    from ledger.commands._mandate_pages import show_mandate

    show_mandate(session, reference_of(session, mandate))
