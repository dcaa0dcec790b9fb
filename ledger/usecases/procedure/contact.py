"""Record that the person got in touch."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.policies.vocabulary import ContactMeans
from ledger.rules.personal_numbers import screen_note
from ledger.usecases.access.case import at_of
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import unmoved, working_on


def contact(
    desk: Desk,
    command: Command,
    procedure_id: UUID,
    *,
    means: ContactMeans,
    note: str = "",
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record the person's own contact, from which the term of a dormant procedure runs; an agent's reading is none.

    :raises RefusedByRule: PROCEDURE_CLOSED, RESTRICTED, OTHER_HOUSE, BACKDATED, IN_THE_FUTURE
    :raises NoteRefused: if the note is too long, or holds a social security number
    """
    screen_note(note)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, procedure = working_on(desk, judgement, procedure_id)
        procedure.contact(means, note=note, effective_at=at_of(command, effective_at), recorded_at=command.at)
        return judgement.commit(procedure, guards=unmoved(actor.agent))
