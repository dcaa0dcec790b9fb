"""What every verb about a procedure or a mandate begins with: who works on it, and may they?"""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.base import Aggregate
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.rules.profile import Power
from ledger.usecases.access.case import need_same_house
from ledger.usecases.agent.acting import Acting, acting
from ledger.usecases.gate import Judgement
from ledger.usecases.ports import Desk, Guard, StreamAt


def unmoved(*judged_on: Aggregate) -> tuple[Guard, ...]:
    """Guard that nothing of what a command was judged on, and does not write to, has moved meanwhile."""
    return tuple({stream.id: StreamAt(stream.id, stream.version) for stream in judged_on}.values())


def working_on(desk: Desk, judgement: Judgement, procedure_id: UUID) -> tuple[Acting, Procedure]:
    """
    Give the agent who acts and the procedure, once it is known that this agent may work on it.

    :raises NotFound: if there is no such procedure
    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, AGENT_DEPARTED or OTHER_HOUSE
    """
    procedure = desk.streams.load(Procedure, procedure_id)
    actor = receiving(desk, judgement)
    need_same_house(actor.agent, procedure.house)
    return actor, procedure


def working_on_mandate(desk: Desk, judgement: Judgement, mandate_id: UUID) -> tuple[Acting, Mandate]:
    """
    Give the agent who acts and the mandate, once it is known that this agent may work on it.

    :raises NotFound: if there is no such mandate
    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, AGENT_DEPARTED or OTHER_HOUSE
    """
    mandate = desk.streams.load(Mandate, mandate_id)
    actor = receiving(desk, judgement)
    need_same_house(actor.agent, mandate.house)
    return actor, mandate


def receiving(desk: Desk, judgement: Judgement) -> Acting:
    """
    Give the agent who acts, once it is known that this agent may receive people.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING or AGENT_DEPARTED
    """
    actor = acting(desk, judgement)
    actor.need(Power.RECEIVE)
    actor.need_secrecy(at=judgement.command.at)
    return actor
