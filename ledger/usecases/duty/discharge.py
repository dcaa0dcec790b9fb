"""Close a duty: it was done, or the controller's delegate sets it aside."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.confirmation import Opinion
from ledger.aggregates.duty import Discharge, Duty, DutyKind
from ledger.errors import NotFound, Refused
from ledger.policies.authority import may_discharge
from ledger.rules.personal_numbers import screen_note
from ledger.translation import mark
from ledger.usecases.agent.acting import acting, allow, not_future
from ledger.usecases.catalogue.confirm import check_officer
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded

REVIEWS = frozenset({DutyKind.REVIEW_ACT, DutyKind.REVIEW_DISCLOSURE})
"""The duties that are a reviewer's, not the agent's whose work they are about."""


class DutyClosed(Refused):
    """The duty is closed already."""

    sentence = mark("This duty is closed already.")
    advice = mark("There is nothing to do.")


def discharge(
    desk: Desk,
    command: Command,
    duty_id: UUID,
    *,
    kind: DutyKind,
    how: Discharge = Discharge.DONE,
    opinion: Opinion | None = None,
    officer: UUID | None = None,
    note: str = "",
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Record that a duty was done, or that it does not apply.

    Agents close what their work calls for, reviewers close reviews. Setting one aside is the delegate's decision, with
    a reason and after the officer's opinion (GDPR 38(6), 39).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not close this duty in this way
    :raises DutyClosed: if it is closed
    :raises NotAnOfficer: if the opinion's author is not an enrolled data protection officer
    :raises DischargeUnexplained: if it is set aside without an opinion or a reason
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        powers = acting(desk, judgement).powers
        allow(may_discharge(review=kind in REVIEWS, set_aside=how is Discharge.NOT_APPLIED, powers=powers))
        if _is_closed(desk, duty_id):
            raise DutyClosed
        check_officer(desk, judgement, officer)
        screen_note(note)
        duty = Duty.discharge(
            duty_id,
            kind=kind,
            how=how,
            house=command.house,
            effective_at=not_future(effective_at or command.at, at=command.at),
            opinion=opinion,
            officer=officer,
            note=note,
        )
        return judgement.commit(duty)


def _is_closed(desk: Desk, duty_id: UUID) -> bool:
    try:
        desk.streams.load(Duty, duty_id)
    except NotFound:
        return False
    return True
