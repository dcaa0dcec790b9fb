"""Joins the scope of a breach to the log, and to the keys of agents' months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.bootstrap import Ledger
from ledger.clock import in_utc
from ledger.store.scoping import ScopeReader
from ledger.usecases.breach.scope_ports import Window


class LedgerScopeLog(ScopeReader):
    """The log, as the scope of a breach is read from it; what leads from an agent to acts are the agent's months."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger.database)
        self._ledger = ledger

    def keys_of(self, window: Window) -> Sequence[UUID | None]:
        """Give the keys of the months of the window's agent; None for each that there is not, or not any more."""
        assert window.agent is not None
        enrolled_at = self._ledger.streams.load(Agent, window.agent).enrolled_at
        since = max(window.since or enrolled_at, enrolled_at)
        months = _months(since, window.until or self._ledger.clock.now())
        return [self._key(window.agent, month) for month in months]

    def forgotten_months(self, window: Window) -> int:
        """Give how many months of the window have no key that would lead to what the agent did."""
        return sum(key is None for key in self.keys_of(window))

    def _key(self, agent: UUID, month: str) -> UUID | None:
        scope = self._ledger.sealer.known_agent_month(agent, month)
        return None if scope is None else self._ledger.log.key_of(scope)


def _months(since: datetime, until: datetime) -> list[str]:
    """Give the months that a period touches ("2026-06"), as the keys of agents count them: in UTC."""
    first, last = (each.year * 12 + each.month - 1 for each in (in_utc(since), in_utc(until)))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]
