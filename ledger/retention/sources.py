"""What every gathering reads from: the desk, the claims of keys, the opener of one judgement, holds, and time zones."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from itertools import islice
from typing import TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.base import Aggregate, Scope, ScopeInstance
from ledger.aggregates.house import House
from ledger.clock import UTC
from ledger.policies.mandate_life import winding_up_end
from ledger.retention.holding import Holding
from ledger.rules.periods import local_day
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk
from ledger.usecases.retention.ports import Disposal

A = TypeVar("A", bound=Aggregate)
T = TypeVar("T")

AT_ONCE = 500
"""How many streams are loaded together."""

Claim = tuple[UUID, ScopeInstance]
"""A key, and the scope that it was claimed for."""


@dataclass(frozen=True)
class Sources:
    """The places that facts of a plan come from; the opener belongs to the judgement that the plan is made under."""

    desk: Desk
    disposal: Disposal
    opener: FactOpener
    holding: Holding
    granted: Collection[str] = ()
    """The scopes, as text, whose erasure was asked for and granted."""
    _zones: dict[UUID, tzinfo] = field(default_factory=dict)

    def is_requested(self, scope: ScopeInstance) -> bool:
        """Say whether the person asked for the erasure of this, and it was granted."""
        return str(scope) in self.granted

    def claims(self, kind: Scope) -> Iterator[list[Claim]]:
        """Give every living key of a kind of scope, in lists that are loaded together."""
        return in_parts(self.disposal.living(kind))

    def load(self, kind: type[A], ids: Iterable[UUID]) -> list[A]:
        """Load streams of one kind, in their order."""
        return cast("list[A]", self.desk.streams.load_all([(kind, id_) for id_ in ids]))

    def due(self, category: RetentionClass, runs_from: datetime, zone: tzinfo) -> datetime | None:
        """Give the instant at which a term is over, by the law of the day that it runs from."""
        found: datetime | None = self.desk.law.profile.term_end(category, runs_from=runs_from, zone=zone)
        return found

    def grace_end(self, runs_from: datetime, zone: tzinfo) -> datetime:
        """Give the end of the time left to go on with a person, in whole days (Code civil 2228, 2229)."""
        grace: timedelta = self.desk.law.profile.grace(local_day(runs_from, zone))
        return winding_up_end(runs_from, grace=grace, zone=zone)

    def zone_of(self, house: UUID | None) -> tzinfo:
        """Give the zone in which a house counts its days; UTC where there is no house, or its zone is gone."""
        if house is None:
            return UTC
        if house not in self._zones:
            name = self.opener.known(self.desk.streams.load(House, house).zone)
            self._zones[house] = ZoneInfo(name) if name else UTC
        return self._zones[house]

    def day(self, instant: datetime, house: UUID | None) -> date:
        """Give the day that it is in a house at an instant."""
        return local_day(instant, self.zone_of(house))


def in_parts(items: Iterable[T]) -> Iterator[list[T]]:
    """Cut a stream of items in lists of `AT_ONCE`."""
    waiting = iter(items)
    while part := list(islice(waiting, AT_ONCE)):
        yield part


def stream_of(scope: ScopeInstance) -> UUID:
    """Give the stream that a scope belongs to."""
    return UUID(hex=scope.of)
