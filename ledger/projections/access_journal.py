"""
The journal of accesses, which is the audit trail: who, when, what, why, under what, allowed or refused.

*When*, *where*, *allowed or refused* and *by a mandate or not* stand in the rows. *What* and *why* (the fields, the
place, the mode, the gateway with its reference) are facts in the box of the event at `position`, opened on display
under a recorded reading. *Who* is an actor tag that only the key of the agent's month can recognise. *About whom* is a
link: from the person's identity to their procedures, and from there to rows by the procedure's random id.

The opening of a stored identity, a page of facts, a run, a refused command, a transmission and a legal disclosure are
looks at data too, and stand here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import merge
from itertools import islice
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.clock import in_utc
from ledger.limits import PAGE_ROWS
from ledger.personal import Erased, Withheld
from ledger.policies.vocabulary import GatewayShown, Mode, ReviewResult
from ledger.projections.filters import Filter
from ledger.projections.model import Model, Rows, Scopes, begun
from ledger.projections.ports import ActorLinks, ActorTags, Entry
from ledger.projections.procedures import procedures_of_person
from ledger.projections.tables import Table
from ledger.projections.views import Reader, Views
from ledger.usecases.ports import Streams
from ledger.usecases.subject.persons import references

LINKS_AT_ONCE = 200
"""How many of an agent's positions are looked up together."""


class Look(StrEnum):
    """What kind of look at data a row is."""

    ACCESS = "access"
    """A data access, granted or refused by the gate."""
    IDENTITY = "identity"
    """Somebody was granted a look at a person's stored identity."""
    READING = "reading"
    """A page, a report or a run whose facts were opened: an auditor's page too."""
    REFUSED_COMMAND = "refused-command"
    """Facts were opened to judge a command, and it was refused."""
    TRANSMISSION = "transmission"
    """Data went to a recipient of the catalogue."""
    DISCLOSURE = "disclosure"
    """Data went out on a legal ground outside the catalogue."""


@dataclass(frozen=True)
class JournalRow:
    """One look at data."""

    reference: UUID
    """The access or the reading; for what the stream of a procedure or a person tells, the event."""
    look: str
    position: int
    event_id: UUID
    recorded_at: datetime
    house: UUID | None
    decision: str | None
    """GRANTED, or the refusal code; for a disclosure, whether it was decided before; empty for a page."""
    gateway: str | None
    """Whether a mandate opened it; by which gateway is a fact."""
    procedure: UUID | None
    trail_key: UUID | None
    """The key of the box with the facts, which dies with the procedure's trail."""
    actor: bytes | None
    """Recognised by the key of the agent's month, and by nothing else."""
    catalogue: str | None
    """Digest of the catalogue that the decision was made under."""
    subject: UUID | None = None
    """The person's random id, where it is their identity that was opened."""
    review: str | None = None
    """What the last review concluded."""
    reviewed_at: datetime | None = None
    review_position: int | None = None


JOURNAL = Table(
    "access-journal",
    "access_journal",
    JournalRow,
    key=("reference",),
    indexes=(
        ("position",),
        ("procedure", "position"),
        ("subject", "position"),
        ("house", "recorded_at", "position"),
        ("recorded_at", "position"),
    ),
)

_OF_A_STREAM = frozenset({Look.TRANSMISSION, Look.DISCLOSURE, Look.IDENTITY})
"""The looks that are one event among others of their stream."""
_LOOKS = {
    "access.granted.1": Look.ACCESS,
    "access.refused.1": Look.ACCESS,
    "subject.identity-opened.1": Look.IDENTITY,
    "reading.recorded.1": Look.READING,
    "reading.refused.1": Look.REFUSED_COMMAND,
    "procedure.transmitted.1": Look.TRANSMISSION,
    "procedure.disclosed.1": Look.DISCLOSURE,
}


class AccessJournal(Model):
    """Keeps the journal of accesses."""

    name = "access-journal"
    tables = (JOURNAL,)
    topics = frozenset({*_LOOKS, "access.reviewed.1"})
    scoped = frozenset({"access.granted.1", "access.refused.1"})

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Write down a look, or its review."""
        if entry.topic == "access.reviewed.1":
            _reviewed(entry, rows)
            return
        look = _LOOKS[entry.topic]
        trail_key, procedure = _trail(entry, look, scopes)
        row = JournalRow(
            reference=entry.event_id if look in _OF_A_STREAM else entry.stream_id,
            look=look,
            position=entry.position,
            event_id=entry.event_id,
            recorded_at=entry.recorded_at,
            house=entry.house,
            decision=entry.decision,
            gateway=entry.gateway,
            procedure=procedure,
            trail_key=trail_key,
            actor=entry.actor,
            catalogue=entry.catalogue,
            subject=entry.stream_id if look is Look.IDENTITY else None,
        )
        rows.put(JOURNAL, row)


def _reviewed(entry: Entry, rows: Rows) -> None:
    row = begun(rows.get(JOURNAL, entry.stream_id))
    review = replace(row, review=entry.decision, reviewed_at=entry.recorded_at, review_position=entry.position)
    rows.put(JOURNAL, review)


def _trail(entry: Entry, look: Look, scopes: Scopes) -> tuple[UUID | None, UUID | None]:
    """Give the key of the procedure's trail and the procedure: its own stream, or what the key was claimed for."""
    if look in (Look.TRANSMISSION, Look.DISCLOSURE):
        return (entry.keys[0] if entry.keys else None), entry.stream_id
    for key in entry.keys:
        scope = scopes.get(key)
        if scope is not None and scope.kind is Scope.PROCEDURE_TRAIL:
            return key, UUID(scope.of)
    return None, None


def access(views: Views, reference: UUID) -> JournalRow | None:
    """Give one look, or None."""
    return views.read(lambda reader: reader.get(JOURNAL, reference))


def journal(
    views: Views,
    *,
    house: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    look: Look | None = None,
    decision: str | None = None,
    gateway: GatewayShown | None = None,
    review: ReviewResult | None = None,
    limit: int = PAGE_ROWS,
    before: int | None = None,
) -> list[JournalRow]:
    """
    Give a page of the journal of a house, or of all, over [since, until), latest first.

    The next page is `before` the last row's position.
    """
    wanted = Filter().equal("house", house).within("recorded_at", since, until).equal("look", look)
    wanted = wanted.equal("decision", decision).equal("gateway", gateway)
    wanted = wanted.equal("review", review)

    def query(reader: Reader) -> list[JournalRow]:
        page = wanted if before is None else _before(reader, wanted, before)
        return reader.select(JOURNAL, page, order="recorded_at DESC, position DESC", limit=limit)

    return views.read(query)


def _before(reader: Reader, wanted: Filter, position: int) -> Filter:
    """Ask for what comes before a row in the order of instants, which may differ from that of positions."""
    last = reader.select(JOURNAL, Filter().equal("position", position), order="position", limit=1)
    if not last:
        return wanted.below("position", position)
    return wanted.before_row(("recorded_at", "position"), (last[0].recorded_at, position))


def journal_of_procedure(
    views: Views, procedure: UUID, *, limit: int = PAGE_ROWS, before: int | None = None
) -> list[JournalRow]:
    """Give a page of the journal of one procedure, latest first."""
    return views.read(lambda reader: _page_of(reader, "procedure", procedure, limit, before))


def journal_of_subject(
    views: Views, streams: Streams, subject: UUID, *, limit: int = PAGE_ROWS, before: int | None = None
) -> list[JournalRow]:
    """
    Give a page of the journal of one person, under every reference they have, latest first.

    The cost grows with the person's procedures, not with the ledger: links lead to procedures, an index to their rows.
    Once the person's key is gone, nothing leads to the procedures; the openings of the identity stay, under its random
    id.
    """
    known_as = references(streams, subject)
    procedures = procedures_of_person(streams, known_as)

    def query(reader: Reader) -> list[JournalRow]:
        pages = [_page_of(reader, "procedure", procedure, limit, before) for procedure in procedures]
        pages += [_page_of(reader, "subject", reference, limit, before) for reference in known_as]
        return list(islice(merge(*pages, key=_latest_first), limit))

    return views.read(query)


def _page_of(reader: Reader, column: str, owner: UUID, limit: int, before: int | None) -> list[JournalRow]:
    wanted = Filter().equal(column, owner).below("position", before)
    return reader.select(JOURNAL, wanted, order="position DESC", limit=limit)


def _latest_first(row: JournalRow) -> int:
    return -row.position


def journal_of_agent(
    views: Views,
    links: ActorLinks,
    agent: UUID,
    *,
    since: datetime,
    until: datetime,
    limit: int = PAGE_ROWS,
    before: int | None = None,
) -> list[JournalRow]:
    """
    Give a page of what one agent looked at over [since, until), latest first.

    Nothing of a month (UTC) is found once its key is gone.
    """
    positions = merge(*(_acted(links, agent, month, before) for month in _months(since, until)), reverse=True)
    wanted = Filter().within("recorded_at", since, until)

    def query(reader: Reader) -> list[JournalRow]:
        found: list[JournalRow] = []
        while len(found) < limit and (part := list(islice(positions, LINKS_AT_ONCE))):
            found += reader.select(JOURNAL, wanted.among("position", part), order="position DESC")
        return found[:limit]

    return views.read(query)


def _months(since: datetime, until: datetime) -> list[str]:
    """Give the months that a period touches ("2026-06"), as the keys of agents count them: in UTC."""
    first, last = (each.year * 12 + each.month - 1 for each in (in_utc(since), in_utc(until)))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def _acted(links: ActorLinks, agent: UUID, month: str, before: int | None) -> Iterator[int]:
    while part := links.acted(agent, month, before=before, limit=LINKS_AT_ONCE):
        yield from part
        before = part[-1]


def who(tags: ActorTags, rows: Sequence[JournalRow], candidates: Collection[UUID]) -> dict[int, UUID | None]:
    """Say, by position, which of the candidates did each; None where the month's key is gone."""
    return {
        row.position: None
        if row.actor is None
        else tags.who(event_id=row.event_id, tag=row.actor, recorded_at=row.recorded_at, candidates=candidates)
        for row in rows
    }


@dataclass(frozen=True)
class ModeShare:
    """How often an agent helped the person to do it, and how often did it in the person's name."""

    assist: int = 0
    act_for: int = 0
    unknown: int = 0
    """Erased or withheld by now."""


def share_of_modes(modes: Iterable[Mode | Erased | Withheld]) -> ModeShare:
    """Count the modes of some accesses, which are facts: whoever counts has opened them under a recorded reading."""
    counted = Counter("unknown" if isinstance(mode, Erased | Withheld) else mode for mode in modes)
    return ModeShare(counted[Mode.ASSIST], counted[Mode.ACT_FOR], counted["unknown"])
