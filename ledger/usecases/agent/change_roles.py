"""Replace an agent's roles."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.policies.authority import enrolling, may_change_roles, roles_conflict
from ledger.policies.refusals import OwnRoles
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.usecases.agent.acting import acting
from ledger.usecases.agent.enrol import RolesConflict
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded


def change_roles(desk: Desk, command: Command, agent_id: UUID, *, roles: frozenset[Role]) -> Recorded:
    """
    Give an agent these roles and no others, from now on.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not give or take these roles, or they are one's own
    :raises RolesConflict: if they can't be one person's (GDPR 38(6))
    :raises RefusedByRule: OTHER_HOUSE, if the agent is not of the actor's house, unless the actor decides
    :raises RefusedByRule: AGENT_DEPARTED, if the agent has left
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        agent = desk.streams.load(Agent, agent_id)
        before = frozenset(judgement.known(agent.roles) or ())
        if agent_id == command.actor:
            raise OwnRoles(RefusalCode.ROLE_NOT_ALLOWED)
        actor.allow(may_change_roles(before, roles, powers=actor.powers, own=False), *enrolling(before | roles))
        actor.need_house(agent.house)
        if roles_conflict(roles):
            raise RolesConflict
        agent.change_roles(roles, effective_at=command.at)
        return judgement.commit(agent)
