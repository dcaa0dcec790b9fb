"""`ledger procedure`: its outcome, and what is on record of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._procedure_noun import PROCEDURE, PROCEDURE_HELP, reference_of
from ledger.commands._procedure_work import command
from ledger.commands._shared import effective_option
from ledger.commands._words import argument, option
from ledger.translation import mark

__all__ = ["command"]


@command.verb(
    "resolve",
    writes=True,
    help=mark(
        "Record the outcome that the person obtained; what was kept then goes, and it can be undone until it went."
    ),
    examples=("ledger procedure resolve 1a2b3c4d formality-done",),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
@argument("outcome", type=Word("ledger.policies.vocabulary:OutcomeCode", only="RESOLUTIONS"), help=mark("The outcome."))
@option("--yes", is_flag=True, help=mark("Do not ask for confirmation."))
@effective_option()
def resolve_(session: Session, procedure: str, outcome: Any, yes: bool, effective_at: datetime | None) -> None:
    """Resolve a procedure."""
    from ledger.usecases.procedure.ending import resolve

    _end(session, reference_of(session, procedure), resolve, outcome=outcome, sure=yes, effective_at=effective_at)


@command.verb(
    "abandon",
    writes=True,
    help=mark("Leave a procedure for a reason of the closed list; what was kept goes as after a resolution."),
    examples=("ledger procedure abandon 1a2b3c4d withdrawn-by-person",),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
@argument("outcome", type=Word("ledger.policies.vocabulary:OutcomeCode", only="ABANDONMENTS"), help=mark("The reason."))
@option("--yes", is_flag=True, help=mark("Do not ask for confirmation."))
@effective_option()
def abandon_(session: Session, procedure: str, outcome: Any, yes: bool, effective_at: datetime | None) -> None:
    """Abandon a procedure."""
    from ledger.usecases.procedure.ending import abandon

    _end(session, reference_of(session, procedure), abandon, outcome=outcome, sure=yes, effective_at=effective_at)


def _end(
    session: Session, procedure: UUID, end: Any, *, outcome: Any, sure: bool, effective_at: datetime | None
) -> None:
    """Show what will go, ask, then end the procedure."""
    import sys

    from ledger.commands._input import confirmed
    from ledger.usecases.procedure.ending import what_will_go

    if not sure and sys.stdin.isatty():
        fields = what_will_go(session.desk, session.reading(), procedure)
        question = mark("These values will be destroyed: {fields}. Go on? (yes/no)")
        if fields and not confirmed(question, fields=", ".join(fields)):
            session.output.say(mark("Nothing was changed."))
            return
    ending = end(session.desk, session.command, procedure, outcome=outcome, effective_at=effective_at)
    session.output.done(
        mark("Procedure ended: {procedure}."),
        procedure=procedure, outcome=outcome, will_go=list(ending.will_go), repeated=ending.recorded.repeated,
    )  # fmt: skip
    if ending.will_go:
        session.output.say(
            mark("To be destroyed at the next run: {fields}. Until then, `ledger procedure reopen` undoes it."),
            fields=ending.will_go,
        )


@command.verb(
    "reopen",
    writes=True,
    help=mark("Go on with a procedure that was ended too soon, as long as nothing of it is being destroyed."),
    examples=("ledger procedure reopen 1a2b3c4d",),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
def reopen(session: Session, procedure: str) -> None:
    """Undo the end of a procedure."""
    from ledger.usecases.procedure.ending import undo_resolution

    recorded = undo_resolution(session.desk, session.command, reference_of(session, procedure))
    session.output.done(
        mark("Procedure open again: {procedure}."), procedure=recorded.streams[0], repeated=recorded.repeated
    )


@command.verb(
    "list",
    help=mark("List procedures, latest first: those of your house, or all for whoever audits; the page is recorded."),
    examples=("ledger procedure list --state open", "ledger procedure list --subject 1a2b3c4d"),
)
@option("--state", type=Word("ledger.projections.procedures:ProcedureState"), help=mark("Only those that stand so."))
@option("--subject", metavar=mark("PERSON"), help=mark("Only those of this person."))
@option("--limit", type=int, default=50, show_default=True, metavar="N", help=mark("At most so many."))
@option("--before", type=int, metavar=mark("POSITION"), help=mark("Go on before this position of the last page."))
def list_(session: Session, state: Any, subject: str | None, limit: int, before: int | None) -> None:
    """List procedures."""
    from ledger.commands._procedure_pages import list_procedures

    list_procedures(session, state=state, subject=subject, limit=limit, before=before)


@command.verb(
    "show",
    help=mark("Show a procedure: what it is about, its mandates, what was done; the reading is recorded."),
    examples=("ledger procedure show 1a2b3c4d",),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
def show_(session: Session, procedure: str) -> None:
    """Show one procedure."""
    from ledger.commands._procedure_pages import show_procedure

    show_procedure(session, reference_of(session, procedure))
