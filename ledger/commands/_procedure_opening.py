"""`ledger procedure`: opening one, and the mandates that serve it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import MODE
from ledger.commands._procedure_noun import PROCEDURE, PROCEDURE_HELP, command, reference_of
from ledger.commands._shared import effective_option, from_option
from ledger.commands._words import argument, option
from ledger.translation import mark

__all__ = ["command"]


@command.verb(
    "open",
    writes=True,
    help=mark(
        "Open a procedure for a person, or a visit for information without identity.\n\n"
        "What it is about is asked for, or read with --from: entry (a code, or everyday words that mean one "
        "procedure). A note is possible: it is sealed, short, and never holds a social security number."
    ),
    examples=(
        "ledger procedure open --subject 1a2b3c4d",
        "ledger procedure open --subject 1a2b3c4d --mode act-for --from demarche.json",
        "ledger procedure open   # a visit without identity",
    ),
)
@option("--subject", metavar=mark("PERSON"), help=mark("The person; nobody for a visit without identity."))
@option("--mode", type=MODE, default="assist", show_default=True, help=mark("Who does it."))
@option("--absent", is_flag=True, help=mark("The person is not here."))
@option("--informed", is_flag=True, help=mark("The person was informed of the use of their data."))
@option(
    "--mission", type=Word("ledger.policies.vocabulary:Mission"), help=mark("The mission, if not the procedure's own.")
)
@from_option()
@effective_option()
def open_(
    session: Session,
    subject: str | None,
    mode: Any,
    absent: bool,
    informed: bool,
    mission: Any,
    source: str | None,
    effective_at: datetime | None,
) -> None:
    """Open a procedure."""
    from ledger.aggregates.subject import Subject
    from ledger.usecases.procedure.open_procedure import Opening, open_procedure

    typed = _what(session, source)
    opening = Opening(
        entry=_entry(session, typed["entry"]),
        subject=session.reference(Subject, subject, name="--subject") if subject else None,
        mode=mode,
        present=not absent,
        informed=informed,
        mission=mission,
        note=typed["note"] or "",
        effective_at=effective_at,
    )
    recorded = open_procedure(session.desk, session.command, opening)
    session.output.done(
        mark("Procedure opened: {procedure}."), procedure=recorded.streams[0], repeated=recorded.repeated
    )


def _what(session: Session, source: str | None) -> dict[str, Any]:
    from ledger import limits
    from ledger.commands._input import Question, answers

    questions = (
        Question("entry", mark("Which procedure? (a code, or everyday words)")),
        Question("note", mark("Note (Enter for none)"), required=False, limit=limits.NOTE_CHARACTERS),
    )
    return answers(session, questions, source=source)


def _entry(session: Session, words: str) -> str:
    """Give the code that words mean."""
    from ledger.commands._entries import entry_meant

    return entry_meant(session.desk.law, words, on=session.at.date()).code


@command.verb(
    "attach",
    writes=True,
    help=mark("Let a mandate of the same person serve a procedure; what may be done under it is judged each time."),
    examples=("ledger procedure attach 1a2b3c4d --mandate 5e6f7a8b",),
)
@argument("procedure", metavar=PROCEDURE, help=PROCEDURE_HELP)
@option("--mandate", required=True, metavar=mark("MANDATE"), help=mark("The mandate."))
def attach(session: Session, procedure: str, mandate: str) -> None:
    """Attach a mandate."""
    from ledger.aggregates.mandate import Mandate
    from ledger.usecases.procedure.attach_mandate import attach_mandate

    recorded = attach_mandate(
        session.desk,
        session.command,
        reference_of(session, procedure),
        mandate_id=session.reference(Mandate, mandate, name="--mandate"),
    )
    session.output.done(
        mark("Mandate attached to the procedure {procedure}."),
        procedure=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip
