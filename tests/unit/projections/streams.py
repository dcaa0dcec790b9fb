"""Links in memory: all that the queries about a person need of the streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope, ScopeInstance
from ledger.usecases.ports import Streams


@dataclass
class Links:
    """Lays and follows links; `destroy` is what the destruction of a key does to them."""

    laid: dict[tuple[str, LinkKind], list[UUID]] = field(default_factory=dict)
    months: dict[tuple[UUID, str], list[int]] = field(default_factory=dict)
    asked: int = 0

    def lay(self, scope: Scope, owner: UUID, kind: LinkKind, to: UUID) -> None:
        self.laid.setdefault((f"{scope}:{owner.hex}", kind), []).append(to)

    def linked(self, scope: ScopeInstance, kind: LinkKind) -> list[UUID]:
        self.asked += 1
        return list(self.laid.get((str(scope), kind), []))

    def destroy(self, scope: Scope, owner: str) -> None:
        name = f"{scope}:{owner}"
        self.laid = {place: streams for place, streams in self.laid.items() if place[0] != name}

    def acted(self, agent: UUID, month: str, *, before: int | None, limit: int) -> Sequence[int]:
        found = [each for each in self.months.get((agent, month), []) if before is None or each < before]
        return sorted(found, reverse=True)[:limit]

    @property
    def streams(self) -> Streams:
        return cast(Streams, self)
