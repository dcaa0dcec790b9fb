"""
How a procedure ends, and how an end is undone: resolve, abandon, undo, restrict.

A resolution says what will go: the values that were kept, at the next run that an authority lets destroy them. Until
then it can be undone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.aggregates.procedure import Procedure
from ledger.errors import DataErased
from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import OutcomeCode, RefusalCode
from ledger.rules.profile import Power
from ledger.usecases.access.case import at_of, unique
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk, Recorded, ScopeOpen, own_scope
from ledger.usecases.procedure.casework import unmoved, working_on


@dataclass(frozen=True)
class Ending:
    """The end of a procedure, and the fields whose values will be destroyed with it."""

    recorded: Recorded
    will_go: tuple[str, ...]


def resolve(
    desk: Desk, command: Command, procedure_id: UUID, *, outcome: OutcomeCode, effective_at: datetime | None = None
) -> Ending:
    """
    Record the outcome that the person obtained; being submitted to the partner is none.

    :raises RefusedByRule: OUTCOME_DOES_NOT_FIT, PROCEDURE_CLOSED, RESTRICTED, OTHER_HOUSE
    """
    if (done := desk.streams.recall(command)) is not None:
        return Ending(done, what_will_go(desk, replace(command, id=new_id(), request=b""), procedure_id))
    with judging(desk, command) as judgement:
        actor, procedure = working_on(desk, judgement, procedure_id)
        mission = judgement.known(procedure.mission)
        if mission is None:
            raise DataErased
        will_go = _will_go(judgement, procedure)
        procedure.resolve(outcome, mission=mission, effective_at=at_of(command, effective_at), recorded_at=command.at)
        return Ending(judgement.commit(procedure, guards=unmoved(actor.agent)), will_go)


def abandon(
    desk: Desk, command: Command, procedure_id: UUID, *, outcome: OutcomeCode, effective_at: datetime | None = None
) -> Ending:
    """
    Leave a procedure for a reason of the closed list; its kept values go like those of a resolved one.

    :raises RefusedByRule: OUTCOME_DOES_NOT_FIT, PROCEDURE_CLOSED, RESTRICTED, OTHER_HOUSE
    """
    if (done := desk.streams.recall(command)) is not None:
        return Ending(done, what_will_go(desk, replace(command, id=new_id(), request=b""), procedure_id))
    with judging(desk, command) as judgement:
        actor, procedure = working_on(desk, judgement, procedure_id)
        will_go = _will_go(judgement, procedure)
        procedure.abandon(outcome, effective_at=at_of(command, effective_at), recorded_at=command.at)
        return Ending(judgement.commit(procedure, guards=unmoved(actor.agent)), will_go)


def what_will_go(desk: Desk, command: Command, procedure_id: UUID) -> tuple[str, ...]:
    """
    Give the fields whose kept values an end destroys, for whoever is about to record it; the look is on record.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, OTHER_HOUSE
    """
    with judging(desk, command) as judgement:
        _, procedure = working_on(desk, judgement, procedure_id)
        will_go = _will_go(judgement, procedure)
        judgement.read("procedure.will-go", rows=len(procedure.values))
        return will_go


def undo_resolution(desk: Desk, command: Command, procedure_id: UUID) -> Recorded:
    """
    Go on with a procedure that was ended too soon, as long as nothing of it is being destroyed.

    :raises RefusedByRule: NOT_RESOLVED, RESTRICTED, OTHER_HOUSE
    :raises Conflict: if the run has begun to destroy its data: it is too late
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, procedure = working_on(desk, judgement, procedure_id)
        procedure.undo_end(effective_at=command.at)
        still_there = ScopeOpen(own_scope(Scope.PROCEDURE_DATA, procedure.id))
        return judgement.commit(procedure, guards=(*unmoved(actor.agent), still_there))


def restrict(desk: Desk, command: Command, procedure_id: UUID) -> Recorded:
    """
    Close a procedure's data to every agent: their term is reached and nothing yet allows their destruction.

    :raises RefusedByRule: ROLE_NOT_ALLOWED for anybody but the job and the controller's delegate, RESTRICTED
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        if not actor.powers & {Power.DESTROY, Power.DECIDE}:
            raise RefusedByRule(RefusalCode.ROLE_NOT_ALLOWED)
        procedure = desk.streams.load(Procedure, procedure_id)
        procedure.restrict(effective_at=command.at)
        return judgement.commit(procedure)


def _will_go(opener: FactOpener, procedure: Procedure) -> tuple[str, ...]:
    fields = [opener.known(value.field) for value in procedure.values]
    return unique([field for field in fields if field is not None])
