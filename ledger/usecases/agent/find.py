"""Find the agent behind an operating-system account; nothing is opened for it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.errors import NotFound
from ledger.usecases.ports import Desk

ACCOUNT = "account"
"""The kind under which accounts are filed in the blind index."""


def has_departed(desk: Desk, account: str) -> bool:
    """Say whether somebody who was enrolled under this account left."""
    for scope in desk.index.find(ACCOUNT, account.strip()):
        with suppress(NotFound):
            if desk.streams.load(Agent, UUID(hex=scope.of)).departed_at is not None:
                return True
    return False


def by_account(desk: Desk, account: str, *, at: datetime, but: UUID | None = None) -> UUID | None:
    """
    Give the agent who serves under this account at an instant, or None.

    An account may have been somebody else's before; a filing whose enrolment never came is passed over, and so is the
    agent `but`.
    """
    for scope in desk.index.find(ACCOUNT, account.strip()):
        try:
            agent = desk.streams.load(Agent, UUID(hex=scope.of))
        except NotFound:
            continue
        if agent.id != but and (agent.departed_at is None or at < agent.departed_at):
            return agent.id
    return None
