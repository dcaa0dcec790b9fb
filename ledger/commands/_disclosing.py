"""What is typed for, and shown after, a legal disclosure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.commands._context import Session
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.usecases.procedure.disclose import Disclosed


def disclosure_typed(session: Session, source: str | None) -> dict[str, str]:
    """Get the recipient, the text, its reference and a note."""
    from ledger import limits
    from ledger.commands._input import Question, answers

    questions = (
        Question("recipient", mark("To whom?")),
        Question("text", mark("Which text requires or allows it?"), limit=limits.NOTE_CHARACTERS),
        Question("reference", mark("Its reference"), limit=limits.NOTE_CHARACTERS),
        Question("note", mark("Note (Enter for none)"), required=False, limit=limits.NOTE_CHARACTERS),
    )
    return {name: value or "" for name, value in answers(session, questions, source=source).items()}


def show_disclosed(session: Session, disclosed: Disclosed) -> None:
    """Tell that a disclosure is on record, with the values that it opened."""
    from ledger.commands._output import shown
    from ledger.policies.vocabulary import AccessDecision
    from ledger.usecases.access.request import AccessAnswer, look_at_stored

    values: dict[str, Any] = {}
    if disclosed.grant is not None and disclosed.access_id is not None:
        answer = AccessAnswer(disclosed.access_id, AccessDecision.GRANTED, disclosed.fields, grant=disclosed.grant)
        opened = look_at_stored(session.desk, answer, at=session.at)
        values = {name: shown(value) for name, value in opened.items()}
    session.output.done(
        mark("Disclosure recorded for the procedure {procedure}. {values}"),
        procedure=disclosed.recorded.streams[0], values=values, repeated=disclosed.recorded.repeated,
    )  # fmt: skip
