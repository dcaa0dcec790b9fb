"""Keep a note of the house's work for a person."""

from __future__ import annotations

from uuid import UUID

from ledger.rules.personal_numbers import screen_note
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import unmoved, working_on


def note(desk: Desk, command: Command, procedure_id: UUID, *, text: str) -> Recorded:
    """
    Keep a note with the working data, which go at the resolution; the last one is the one that counts.

    It is read like a kept value: asked for at the gate, where a mandate or a reference opens it.

    :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED, OTHER_HOUSE
    :raises NoteRefused: if it is too long, or holds a social security number
    """
    screen_note(text)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, procedure = working_on(desk, judgement, procedure_id)
        procedure.keep_note(text)
        return judgement.commit(procedure, guards=unmoved(actor.agent))
