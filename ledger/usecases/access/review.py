"""Clear or flag an access."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from ledger.aggregates.access import Access
from ledger.errors import DataErased, NotFound, Refused
from ledger.policies.vocabulary import RefusalCode, ReviewResult
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded


class OwnAccess(Refused):
    """Somebody would clear what they looked at themselves."""

    decision: ClassVar[RefusalCode] = RefusalCode.ROLE_NOT_ALLOWED
    sentence = mark("You asked for this access yourself: somebody else has to clear it.")
    advice = mark("Ask the data protection officer, or another delegate; you can flag it yourself.")


def review(desk: Desk, command: Command, access_id: UUID, *, result: ReviewResult, note: str = "") -> Recorded:
    """
    Record what a reviewer concluded of an access: cleared, or flagged to be dealt with.

    Nobody clears what they asked for themselves, as long as the key of that month tells.

    :raises RefusedByRule: ROLE_NOT_ALLOWED for whoever neither audits nor decides
    :raises OwnAccess: for a clearance by whoever asked for the access
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
        if result is not ReviewResult.FLAGGED:
            not_own_access(desk, command, access_id)
        access.review(result, roles=actor.roles, procedure=procedure, note=note)
        return judgement.commit(access, outcome=result)


def not_own_access(desk: Desk, command: Command, about: UUID) -> None:
    """
    Refuse to let somebody clear an access that they asked for themselves; what is no access is not concerned.

    :raises OwnAccess: if the actor asked for it
    """
    try:
        desk.streams.load(Access, about)
    except NotFound:
        return
    if desk.acts.began(about, by=command.actor):
        raise OwnAccess
