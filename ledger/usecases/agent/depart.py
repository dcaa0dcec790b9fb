"""Record that an agent left."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.policies.authority import enrolling, may_change_roles
from ledger.policies.refusals import OwnRoles
from ledger.policies.vocabulary import RefusalCode
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded


def depart(
    desk: Desk,
    command: Command,
    agent_id: UUID,
    *,
    effective_at: datetime | None = None,
    known_at: datetime | None = None,
) -> Recorded:
    """
    Record that an agent left: nothing is opened for them from then on, and the term of their data runs.

    A departure may be learned late: `known_at` is when the house was told, now unless it is said.

    Who may take a role away may record its holder's departure, never one's own: a ledger keeps somebody who decides.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not, or it is the actor who leaves
    :raises RefusedByRule: OTHER_HOUSE, if the agent is not of the actor's house, unless the actor decides
    :raises RefusedByRule: AGENT_DEPARTED, if that is recorded already
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        agent = desk.streams.load(Agent, agent_id)
        held = frozenset(judgement.known(agent.roles) or ())
        if agent_id == command.actor:
            raise OwnRoles(RefusalCode.ROLE_NOT_ALLOWED)
        actor.allow(may_change_roles(held, held, powers=actor.powers, own=False), *enrolling(held))
        actor.need_house(agent.house)
        agent.depart(
            effective_at=not_future(effective_at or command.at, at=command.at),
            known_at=not_future(known_at or command.at, at=command.at),
        )
        return judgement.commit(agent)
