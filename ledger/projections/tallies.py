"""
Counts per house and half hour, from headers only: events by topic, decisions by code, gateways.

A figure by day needs the house's own local days, which headers do not tell. Half hours of UTC add up to local days in
every French territory (the Marquesas are at -09:30), so that the reader gives the zone and the days come out right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from uuid import UUID

from ledger.aggregates import kinds
from ledger.aggregates.base import AGGREGATES
from ledger.projections.filters import Filter
from ledger.projections.model import Model, Rows, Scopes, pruned_rows
from ledger.projections.ports import Entry
from ledger.projections.tables import Table, from_microseconds, to_microseconds
from ledger.projections.views import Views

assert kinds.MODULES, "every kind of stream is known before its events are counted"

SLOT = timedelta(minutes=30)
_SLOT_MICROSECONDS = SLOT // timedelta(microseconds=1)
_NO_HOUSE = UUID(int=0)


@dataclass(frozen=True)
class TallyRow:
    """How often something was recorded in one house within one half hour."""

    slot: datetime
    house: UUID
    """All zeros for what belongs to no house."""
    topic: str
    decision: str
    gateway: str
    count: int


TALLIES = Table(
    "tallies",
    "tallies",
    TallyRow,
    key=("house", "slot", "topic", "decision", "gateway"),
    indexes=(("slot",),),
)


@dataclass(frozen=True)
class TalliedEvent:
    """Where one event was counted that may be pruned, so that it is then counted no more."""

    position: int
    slot: datetime
    house: UUID
    topic: str
    decision: str
    gateway: str


TALLIED = Table("tallies", "tallied_events", TalliedEvent, key=("position",))


class Tallies(Model):
    """Keeps counts."""

    name = "tallies"
    version = 2
    tables = (TALLIES, TALLIED)
    topics = frozenset()

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Count an event."""
        event = TalliedEvent(
            entry.position, slot_of(entry.recorded_at), entry.house or _NO_HOUSE,
            entry.topic, entry.decision or "", entry.gateway or "",
        )  # fmt: skip
        if may_be_pruned(entry.topic):
            rows.put(TALLIED, event)
        _count(rows, Counter({_place(event): 1}))

    def forget(self, entry: Entry, rows: Rows) -> None:
        """Count no more what could not be counted in a rebuild."""
        gone = pruned_rows(entry, rows, TALLIED)
        for event in gone:
            rows.remove(TALLIED, event)
        _count(rows, Counter({place: -count for place, count in Counter(map(_place, gone)).items()}))


def may_be_pruned(topic: str) -> bool:
    """Say whether events of this topic lose their headers one day."""
    kind = AGGREGATES.get(topic.partition(".")[0])
    return kind is not None and kind.DIES_WITH is not None


_Place = tuple[UUID, datetime, str, str, str]


def _place(event: TalliedEvent) -> _Place:
    return event.house, event.slot, event.topic, event.decision, event.gateway


def _count(rows: Rows, more: Mapping[_Place, int]) -> None:
    """Add to counts, or take off; a count of nothing has no row."""
    for place, count in more.items():
        house, slot, topic, decision, gateway = place
        known = rows.get(TALLIES, *place)
        row = TallyRow(slot, house, topic, decision, gateway, count + (known.count if known else 0))
        if row.count > 0:
            rows.put(TALLIES, row)
        elif known is not None:
            rows.remove(TALLIES, row)


def slot_of(instant: datetime) -> datetime:
    """Give the start of the half hour that an instant lies in."""
    microseconds = to_microseconds(instant)
    return from_microseconds(microseconds - microseconds % _SLOT_MICROSECONDS)


@dataclass(frozen=True)
class DayCount:
    """How often something was recorded in one house on one local day."""

    house: UUID | None
    day: date
    topic: str
    decision: str
    gateway: str
    count: int


def counts_by_day(
    views: Views,
    *,
    zone: tzinfo,
    house: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[DayCount]:
    """
    Give the counts by local day of `zone`, for a house or for all, over [since, until), earliest first.

    The bounds are taken to the start of their half hour; give midnights of the zone.
    """
    first, last = (None if bound is None else slot_of(bound) for bound in (since, until))
    wanted = Filter().equal("house", house).within("slot", first, last)
    rows = views.read(lambda reader: reader.select(TALLIES, wanted, order="slot"))
    counts = Counter[tuple[date, UUID, str, str, str]]()
    for row in rows:
        counts[row.slot.astimezone(zone).date(), row.house, row.topic, row.decision, row.gateway] += row.count
    return [
        DayCount(None if place == _NO_HOUSE else place, day, topic, decision, gateway, count)
        for (day, place, topic, decision, gateway), count in sorted(counts.items(), key=lambda item: item[0])
    ]
