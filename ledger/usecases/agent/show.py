"""Show who is enrolled: names, roles, undertaking, trainings; the page is itself recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import REGISTER, LinkKind
from ledger.policies.authority import may_see_agents
from ledger.policies.vocabulary import Role
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk
from ledger.usecases.subject.opening import Opened, opened_after


@dataclass(frozen=True)
class TrainingShown:
    """The last training on one partner's procedures; `until` is the last day on which it is valid."""

    partner: str
    since: datetime
    until: date
    valid: bool


@dataclass(frozen=True)
class AgentShown:
    """One agent on a page; the name is personal, or says why it can't be given."""

    reference: UUID
    name: Opened
    roles: tuple[Role, ...]
    account: str
    house: UUID | None
    enrolled_at: datetime
    undertaking_at: datetime | None
    departed_at: datetime | None
    trainings: tuple[TrainingShown, ...]


def show(desk: Desk, command: Command, agent_ids: Sequence[UUID] = ()) -> list[AgentShown]:
    """
    Show these agents, or everybody who is enrolled, those who left included. Anyone may see themselves.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither enrols nor audits
    """
    ids = list(agent_ids) or desk.streams.linked(REGISTER, LinkKind.AGENT)
    found = [agent for agent in desk.streams.load_all([(Agent, id_) for id_ in ids]) if isinstance(agent, Agent)]
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        if ids != [command.actor]:
            actor.allow(may_see_agents(actor.powers), Power.ENROL, Power.READ_JOURNAL)
        today = {house: day_in(desk, judgement, house, command.at) for house in {agent.house for agent in found}}
        facts = [_facts(judgement, agent, at=command.at, today=today[agent.house]) for agent in found]
        recorded = judgement.read("agent.show", rows=len(found), told=[agent.id for agent in found])
    names = opened_after(desk, command, recorded, [agent.name for agent in found])
    return [
        AgentShown(
            agent.id, name, roles, account, agent.house,
            agent.enrolled_at, agent.undertaking_at, agent.departed_at, trainings,
        )
        for agent, name, (roles, account, trainings) in zip(found, names, facts, strict=True)
    ]  # fmt: skip


def _facts(
    opener: FactOpener, agent: Agent, *, at: datetime, today: date
) -> tuple[tuple[Role, ...], str, tuple[TrainingShown, ...]]:
    last: dict[str, TrainingShown] = {}
    for training in agent.trainings:
        partner, until = opener.known(training.partner), opener.known(training.until)
        if partner is not None and until is not None:
            valid = training.effective_at <= at and today <= until
            last[partner] = TrainingShown(partner, training.effective_at, until, valid)
    return opener.known(agent.roles) or (), opener.known(agent.account) or "", tuple(last.values())
