"""Record that an agent signed the undertaking of secrecy."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded


def sign_undertaking(
    desk: Desk, command: Command, agent_id: UUID, *, text: str, effective_at: datetime | None = None
) -> Recorded:
    """
    Record that an agent signed the undertaking of secrecy, in the version `text`, before any access (convention 4.6).

    Agents record their own; whoever enrols records those of their own house.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor is somebody else who may not enrol
    :raises RefusedByRule: OTHER_HOUSE, if the agent is not of the actor's house, unless the actor decides
    :raises UndertakingAlreadySigned: if it was signed before
    :raises NoteRefused: if the version is too long, or holds a social security number
    """
    screen_note(text)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        agent = desk.streams.load(Agent, agent_id)
        if agent_id != command.actor:
            actor.need(Power.ENROL)
            actor.need_house(agent.house)
        agent.sign_undertaking(text=text, effective_at=not_future(effective_at or command.at, at=command.at))
        return judgement.commit(agent)
