"""Let a mandate serve a procedure."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.policies.mandate_life import Standing
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.usecases.access.case import mandate_standing, need_same_house, required
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.ports import Command, Desk, Recorded, own_scope
from ledger.usecases.procedure.casework import unmoved, working_on
from ledger.usecases.subject.persons import references

_NOT_ATTACHABLE = {Standing.VOID: RefusalCode.MANDATE_VOID, Standing.ENDED: RefusalCode.MANDATE_ENDED}


def attach_mandate(desk: Desk, command: Command, procedure_id: UUID, *, mandate_id: UUID) -> Recorded:
    """
    Attach a mandate of the procedure's own person that lists this procedure; it may still be in the making.

    Attaching gives nothing: what may be done under it is judged each time.

    :raises RefusedByRule: MANDATE_OF_ANOTHER_PERSON, MANDATE_OF_ANOTHER_PROCEDURE, MANDATE_ENDED, MANDATE_VOID,
        NOT_THE_MANDATARY, PROCEDURE_CLOSED, RESTRICTED, OTHER_HOUSE
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor, procedure = working_on(desk, judgement, procedure_id)
        mandate = desk.streams.load(Mandate, mandate_id)
        judged = mandate_standing(judgement, mandate, actor.agent, at=command.at)
        if judged.standing in _NOT_ATTACHABLE:
            raise RefusedByRule(_NOT_ATTACHABLE[judged.standing])
        if not _of_the_same_person(desk, judgement, mandate, procedure_id):
            raise RefusedByRule(RefusalCode.MANDATE_OF_ANOTHER_PERSON)
        if required(judgement, procedure.entry) not in judged.scope.entries:
            raise RefusedByRule(RefusalCode.MANDATE_OF_ANOTHER_PROCEDURE)
        need_same_house(actor.agent, mandate.house)
        procedure.attach_mandate(mandate.id)
        return judgement.commit(procedure, guards=unmoved(actor.agent, mandate))


def _of_the_same_person(desk: Desk, judgement: Judgement, mandate: Mandate, procedure_id: UUID) -> bool:
    """Say whether somebody who gives the mandate is the procedure's person, under any of their references."""
    givers = {party.person for party in judgement.known(mandate.parties) or ()}
    subjects = desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure_id), LinkKind.SUBJECT)
    return any(not givers.isdisjoint(references(desk.streams, subject)) for subject in subjects)
