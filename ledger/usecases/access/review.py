"""Clear or flag an access."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.access import Access
from ledger.errors import DataErased
from ledger.policies.vocabulary import ReviewResult
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded


def review(desk: Desk, command: Command, access_id: UUID, *, result: ReviewResult, note: str = "") -> Recorded:
    """
    Record what a reviewer concluded of an access: cleared, or flagged to be dealt with.

    :raises RefusedByRule: ROLE_NOT_ALLOWED for whoever neither audits nor decides
    :raises NoteRefused: if the note is too long, or holds a social security number
    :raises DataErased: if the trail of the access is destroyed
    """
    screen_note(note)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.REVIEW)
        access = desk.streams.load(Access, access_id)
        procedure = judgement.known(access.procedure)
        if procedure is None:
            raise DataErased
        access.review(result, roles=actor.roles, procedure=procedure, note=note)
        return judgement.commit(access, outcome=result)
