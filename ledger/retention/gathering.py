"""The facts that a plan of working data depends on, from the authoritative streams; read models are not asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.aggregates.house import House
from ledger.aggregates.procedure import Procedure
from ledger.clock import UTC
from ledger.retention.planner import Facts, Item, Standing
from ledger.rules.periods import local_day
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk
from ledger.usecases.retention.authorities import all_authorities
from ledger.usecases.retention.ports import Disposal

AT_ONCE = 500
"""How many procedures are loaded together."""


@dataclass(frozen=True, kw_only=True)
class WorkingData(Item):
    """
    The values kept for one procedure, with what it takes to destroy them.

    A procedure of which no value was kept has no key: there is nothing to eliminate, and no item stands for it.
    """

    key_id: UUID
    scope: ScopeInstance
    version: int
    """Where the procedure's stream stood when the plan was made."""


class Gathering:
    """Reads the facts of one plan; the opener belongs to the judgement or the reading that the plan is made under."""

    def __init__(self, desk: Desk, disposal: Disposal, opener: FactOpener) -> None:
        self._desk = desk
        self._disposal = disposal
        self._opener = opener
        self._zones: dict[UUID, tzinfo] = {}

    def facts(self) -> Facts[WorkingData]:
        """Give what the plan depends on; the items are read as they are asked for."""
        return Facts(self._working_data(), self._authorities())

    def _authorities(self) -> tuple[Standing, ...]:
        found = []
        for authority in all_authorities(self._desk):
            category, first_day = self._opener.known(authority.category), self._opener.known(authority.first_day)
            if category is None or first_day is None:
                continue  # of an authority that can't be read nothing is destroyed
            found.append(
                Standing(
                    id=authority.id,
                    category=category,
                    first_day=first_day,
                    last_day=self._opener.known(authority.last_day),
                    granted_at=authority.granted_at,
                    revoked_at=authority.revoked_at,
                )
            )
        return tuple(found)

    def _working_data(self) -> Iterator[WorkingData]:
        living = list(self._disposal.living(Scope.PROCEDURE_DATA))
        for start in range(0, len(living), AT_ONCE):
            yield from self._loaded(living[start : start + AT_ONCE])

    def _loaded(self, claims: Sequence[tuple[UUID, ScopeInstance]]) -> Iterator[WorkingData]:
        wanted = [(Procedure, UUID(hex=scope.of)) for _, scope in claims]
        for (key_id, scope), procedure in zip(claims, self._desk.streams.load_all(wanted), strict=True):
            assert isinstance(procedure, Procedure)
            yield self._item(procedure, key_id, scope)

    def _item(self, procedure: Procedure, key_id: UUID, scope: ScopeInstance) -> WorkingData:
        zone, ended_at = self._zone_of(procedure.house), procedure.ended_at
        category, profile = RetentionClass.WORKING_DATA, self._desk.law.profile
        return WorkingData(
            id=procedure.id,
            category=category,
            first_day=local_day(procedure.opened_at, zone),
            last_day=None if ended_at is None else local_day(ended_at, zone),
            due_at=None if ended_at is None else profile.term_end(category, runs_from=ended_at, zone=zone),
            restricted=procedure.is_restricted,
            key_id=key_id,
            scope=scope,
            version=procedure.version,
        )

    def _zone_of(self, house_id: UUID) -> tzinfo:
        if house_id not in self._zones:
            name = self._opener.known(self._desk.streams.load(House, house_id).zone)
            self._zones[house_id] = ZoneInfo(name) if name else UTC
        return self._zones[house_id]
