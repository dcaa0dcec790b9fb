"""Record that an agent was trained on a partner's procedures."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk, Recorded


def train(
    desk: Desk, command: Command, agent_id: UUID, *, partner: str, until: date, effective_at: datetime | None = None
) -> Recorded:
    """
    Record a training on a partner's procedures, valid up to and including the day `until` (convention 5.2.2).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not enrol; nobody certifies themselves
    :raises RefusedByRule: OTHER_HOUSE, if the agent is not of the actor's house, unless the actor decides
    :raises UnknownPartner: if no partner bears this id on the day of the training
    :raises TrainingTermInvalid: if it would end before it was given
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.ENROL)
        given_at = not_future(effective_at or command.at, at=command.at)
        agent = desk.streams.load(Agent, agent_id)
        actor.need_house(agent.house)
        given_on = day_in(desk, judgement, agent.house, given_at)
        known = desk.law.partners.partner(partner, on=given_on)
        agent.train(partner=known.id, until=until, effective_at=given_at, first_day=given_on)
        return judgement.commit(agent)
