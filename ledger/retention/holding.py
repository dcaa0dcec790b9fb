"""
What the holds that stand reach: the keys of what is held, and of all that this needs.

A hold on a procedure reaches its data and trail, the proofs of its mandates, the identity of the person, and the agent
months in which somebody worked on it; on a mandate, the procedures under it besides; on a person, all of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope, ScopeInstance
from ledger.aggregates.hold import HoldTarget
from ledger.aggregates.procedure import Procedure
from ledger.errors import DataErased, NotFound
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk, own_scope
from ledger.usecases.retention.holds import Hold
from ledger.usecases.retention.ports import Disposal
from ledger.usecases.subject.persons import references


@dataclass
class _Reach:
    """The scopes that one hold keeps, and the streams that somebody worked on."""

    scopes: set[ScopeInstance] = field(default_factory=set)
    streams: set[UUID] = field(default_factory=set)

    def take(self, stream: UUID, *kinds: Scope) -> bool:
        """Keep the scopes of a stream; False where that was done before."""
        if stream in self.streams:
            return False
        self.streams.add(stream)
        self.scopes.update(own_scope(kind, stream) for kind in kinds)
        return True


class Holding:
    """Which holds stand on which scope."""

    def __init__(self, reached: Iterable[tuple[Hold, Iterable[ScopeInstance]]] = ()) -> None:
        self._on: dict[ScopeInstance, tuple[UUID, ...]] = {}
        for hold, scopes in reached:
            for scope in scopes:
                self._on[scope] = (*self._on.get(scope, ()), hold.id)

    def on(self, scope: ScopeInstance) -> tuple[UUID, ...]:
        """Give the holds that stand on a scope, in the order in which they were set."""
        return self._on.get(scope, ())


def holding_of(desk: Desk, disposal: Disposal, opener: FactOpener, holds: Iterable[Hold]) -> Holding:
    """Follow every hold that stands to all that it keeps."""
    reached = []
    for hold in holds:
        if hold.stands() and hold.target is not None and hold.held is not None:
            reach = _Reach()
            _Follower(desk, opener, reach).follow(hold.target, hold.held)
            reached.append((hold, reach.scopes | disposal.agent_months_of(reach.streams)))
    return Holding(reached)


@dataclass(frozen=True)
class _Follower:
    """Follows links from what is held; what is gone already leads nowhere."""

    desk: Desk
    opener: FactOpener
    reach: _Reach

    def follow(self, target: HoldTarget, held: UUID) -> None:
        if target is HoldTarget.PROCEDURE:
            self.procedure(held)
        elif target is HoldTarget.MANDATE:
            self.mandate(held, with_procedures=True)
        else:
            self.person(held, with_files=True)

    def procedure(self, id_: UUID) -> None:
        if not self.reach.take(id_, Scope.PROCEDURE_DATA, Scope.PROCEDURE_TRAIL):
            return
        trail = own_scope(Scope.PROCEDURE_TRAIL, id_)
        self.reach.streams.update(self.desk.streams.linked(trail, LinkKind.ACCESS))
        for person in self.desk.streams.linked(trail, LinkKind.SUBJECT):
            self.person(person, with_files=False)
        for mandate in self._mandates_of(id_):
            self.mandate(mandate, with_procedures=False)

    def mandate(self, id_: UUID, *, with_procedures: bool) -> None:
        if not self.reach.take(id_, Scope.MANDATE):
            return
        own = own_scope(Scope.MANDATE, id_)
        for person in self.desk.streams.linked(own, LinkKind.SUBJECT):
            self.person(person, with_files=False)
        for procedure in self.desk.streams.linked(own, LinkKind.PROCEDURE) if with_procedures else ():
            self.procedure(procedure)

    def person(self, id_: UUID, *, with_files: bool) -> None:
        for reference in references(self.desk.streams, id_):
            self.reach.take(reference, Scope.IDENTITY)
            identity = own_scope(Scope.IDENTITY, reference)
            for mandate in self.desk.streams.linked(identity, LinkKind.MANDATE) if with_files else ():
                self.mandate(mandate, with_procedures=True)
            for procedure in self.desk.streams.linked(identity, LinkKind.PROCEDURE) if with_files else ():
                self.procedure(procedure)

    def _mandates_of(self, procedure: UUID) -> list[UUID]:
        try:
            found = self.desk.streams.load(Procedure, procedure).mandates
        except (NotFound, DataErased):  # its headers are pruned: nothing of it is left to be held
            return []
        return [mandate for each in found if (mandate := self.opener.known(each)) is not None]
