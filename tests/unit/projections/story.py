"""A short story told in headers, with plain times on one day."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.clock import UTC
from ledger.projections.ports import Entry
from tests.unit.projections.histories import MemoryLog

HOUSE = UUID("11111111-1111-4111-8111-111111111111")


def at(time: str, day: int = 9) -> datetime:
    hour, minute = time.split(":")
    return datetime(2026, 6, day, int(hour), int(minute), tzinfo=UTC)


class Story:
    def __init__(self, log: MemoryLog | None = None) -> None:
        self.log = log or MemoryLog()

    def tell(
        self, time: str, topic: str, stream: UUID, *, day: int = 9, house: UUID | None = HOUSE, **header: Any
    ) -> Entry:
        return self.log.add(f"{topic}.1", stream, at=at(time, day), event_id=uuid4(), house=house, **header)

    def key(self, kind: Scope, owner: UUID) -> UUID:
        key = uuid4()
        self.log.claims[key] = ScopeInstance(kind, owner.hex)
        return key

    def live_mandate(self, time: str = "09:00", house: UUID | None = HOUSE) -> UUID:
        mandate = uuid4()
        for step in ("drafted", "identity-verified", "informed", "signed", "signed", "originals-counted", "started"):
            self.tell(time, f"mandate.{step}", mandate, house=house)
        return mandate

    def procedure(self, time: str = "09:00", house: UUID | None = HOUSE, **header: Any) -> tuple[UUID, UUID]:
        procedure = uuid4()
        trail = self.key(Scope.PROCEDURE_TRAIL, procedure)
        self.tell(time, "procedure.opened", procedure, house=house, keys=(trail,), **header)
        return procedure, trail

    def access(
        self, time: str, trail: UUID, *, gateway: str | None = "MANDATE", decision: str = "GRANTED", **header: Any
    ) -> UUID:
        access = uuid4()
        topic = "access.granted" if decision == "GRANTED" else "access.refused"
        self.tell(time, topic, access, keys=(trail,), gateway=gateway, decision=decision, **header)
        return access
