"""What a run destroys: an item of the plan, with its key and what must not have moved since the plan."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ledger.aggregates.base import ScopeInstance
from ledger.aggregates.destruction import DestructionReason
from ledger.retention.planner import Item
from ledger.usecases.ports import StreamAt


@dataclass(frozen=True, kw_only=True)
class KeyItem(Item):
    """
    What one key seals.

    What was never sealed has no key: there is nothing to eliminate, and no item stands for it. `id` is the reference
    that a user holds: of the procedure, the mandate, the person, the agent, or the hold.
    """

    key_id: UUID
    scope: ScopeInstance
    seen_at: tuple[StreamAt, ...] = ()
    """Where the streams stood that the plan looked at."""

    @property
    def reason(self) -> DestructionReason:
        """Why its key goes, as the record of it says in clear."""
        if self.requested:
            return DestructionReason.REQUEST
        return DestructionReason.RESOLVED if self.category == "working-data" else DestructionReason.TERM
