"""
Procedures: where each stands, and what retention looks at: its end, the person's own last contact, what is restricted.

Which procedure it is, with which partner and for whom, are facts, or links.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.limits import PAGE_ROWS
from ledger.projections.filters import Filter, in_parts
from ledger.projections.model import Model, Rows, Scopes, begun, happened
from ledger.projections.ports import Entry
from ledger.projections.tables import Table
from ledger.projections.views import Reader, Views
from ledger.usecases.ports import Streams, own_scope
from ledger.usecases.subject.persons import references


class ProcedureState(StrEnum):
    """Where a procedure stands; one that was sent to the partner is still open."""

    OPEN = "open"
    RESOLVED = "resolved"
    ABANDONED = "abandoned"


@dataclass(frozen=True)
class ProcedureRow:
    """One procedure; the positions lead to the events whose facts say the rest."""

    procedure: UUID
    house: UUID | None
    state: str
    position: int
    """Of its opening: which procedure, mission, mode."""
    opened_at: datetime
    changed_position: int
    last_contact_at: datetime | None
    """The person's own last contact: the opening, then whatever is recorded as such."""
    mandate_position: int | None = None
    """Of the last mandate attached."""
    data_kept: int = 0
    acts_done: int = 0
    transmissions: int = 0
    last_transmitted_at: datetime | None = None
    last_transmitted_position: int | None = None
    ended_at: datetime | None = None
    end_position: int | None = None
    """Of the resolution or abandonment: its outcome."""
    restricted_at: datetime | None = None
    data_fenced_at: datetime | None = None
    data_destroyed_at: datetime | None = None
    trail_destroyed_at: datetime | None = None


PROCEDURES = Table(
    "procedures",
    "procedures",
    ProcedureRow,
    key=("procedure",),
    indexes=(("house", "position"), ("state", "position"), ("position",)),
)

_DESTRUCTIONS = frozenset({"destruction.fenced.1", "destruction.completed.1"})


class Procedures(Model):
    """Keeps the list of procedures."""

    name = "procedures"
    tables = (PROCEDURES,)
    topics = frozenset(
        {
            "procedure.opened.1", "procedure.mandate-attached.1", "procedure.data-kept.1", "procedure.act-done.1",
            "procedure.transmitted.1", "procedure.contacted.1", "procedure.resolved.1", "procedure.abandoned.1",
            "procedure.reopened.1", "procedure.restricted.1", *_DESTRUCTIONS,
        }
    )  # fmt: skip
    scoped = _DESTRUCTIONS

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Write down what an event changes."""
        if entry.topic in _DESTRUCTIONS:
            _destruction(entry, rows, scopes)
        elif entry.topic == "procedure.opened.1":
            at = happened(entry)
            opened = ProcedureRow(
                entry.stream_id, entry.house, ProcedureState.OPEN, entry.position, at, entry.position, at
            )
            rows.put(PROCEDURES, opened)
        else:
            row = begun(rows.get(PROCEDURES, entry.stream_id))
            rows.put(PROCEDURES, replace(_after(row, entry), changed_position=entry.position))


def _after(row: ProcedureRow, entry: Entry) -> ProcedureRow:
    at = happened(entry)
    match entry.topic:
        case "procedure.mandate-attached.1":
            return replace(row, mandate_position=entry.position)
        case "procedure.data-kept.1":
            return replace(row, data_kept=row.data_kept + 1)
        case "procedure.act-done.1":
            return replace(row, acts_done=row.acts_done + 1)
        case "procedure.transmitted.1":
            return replace(
                row,
                transmissions=row.transmissions + 1,
                last_transmitted_at=at,
                last_transmitted_position=entry.position,
            )
        case "procedure.contacted.1":
            return replace(row, last_contact_at=max(at, row.last_contact_at or at))
        case "procedure.resolved.1":
            return replace(row, state=ProcedureState.RESOLVED, ended_at=at, end_position=entry.position)
        case "procedure.abandoned.1":
            return replace(row, state=ProcedureState.ABANDONED, ended_at=at, end_position=entry.position)
        case "procedure.reopened.1":
            return replace(row, state=ProcedureState.OPEN, ended_at=None, end_position=None)
        case _:
            return replace(row, restricted_at=at)


def _destruction(entry: Entry, rows: Rows, scopes: Scopes) -> None:
    scope = scopes.get(entry.covers) if entry.covers is not None else None
    if scope is None or scope.kind not in (Scope.PROCEDURE_DATA, Scope.PROCEDURE_TRAIL):
        return
    row = rows.get(PROCEDURES, UUID(scope.of))
    at = entry.recorded_at
    if row is None:  # in a rebuild its events may be pruned already
        return
    if scope.kind is Scope.PROCEDURE_DATA and entry.topic == "destruction.fenced.1":
        rows.put(PROCEDURES, replace(row, data_fenced_at=at))
    elif scope.kind is Scope.PROCEDURE_DATA:
        rows.put(PROCEDURES, replace(row, data_destroyed_at=at))
    elif entry.topic == "destruction.completed.1":
        rows.put(PROCEDURES, replace(row, trail_destroyed_at=at))


def procedure(views: Views, reference: UUID) -> ProcedureRow | None:
    """Give one procedure, or None."""
    return views.read(lambda reader: reader.get(PROCEDURES, reference))


def procedures(
    views: Views,
    *,
    house: UUID | None = None,
    state: ProcedureState | None = None,
    limit: int = PAGE_ROWS,
    before: int | None = None,
) -> list[ProcedureRow]:
    """Give a page of procedures, latest opened first; the next page is `before` the last row's position."""
    wanted = Filter().equal("house", house).equal("state", state).below("position", before)
    return views.read(lambda reader: reader.select(PROCEDURES, wanted, order="position DESC", limit=limit))


def open_under_mandate(views: Views, *, house: UUID | None = None) -> list[ProcedureRow]:
    """Give every open procedure that a mandate was attached to, oldest first."""
    wanted = Filter().equal("state", ProcedureState.OPEN).empty("mandate_position", False).equal("house", house)
    return views.read(lambda reader: reader.select(PROCEDURES, wanted, order="position"))


def procedures_of(views: Views, streams: Streams, subject: UUID) -> list[ProcedureRow]:
    """Give the procedures of a person under every reference; none once the person's key is gone."""
    return chosen_procedures(views, procedures_of_person(streams, references(streams, subject)))


def procedures_of_person(streams: Streams, known_as: Sequence[UUID]) -> list[UUID]:
    """Give the procedures that the references of a person lead to."""
    scopes = (own_scope(Scope.IDENTITY, reference) for reference in known_as)
    return list(dict.fromkeys(each for scope in scopes for each in streams.linked(scope, LinkKind.PROCEDURE)))


def chosen_procedures(views: Views, references: Sequence[UUID]) -> list[ProcedureRow]:
    """Give these procedures, latest opened first; those that do not exist are left out."""

    def query(reader: Reader) -> list[ProcedureRow]:
        parts = (Filter().among("procedure", part) for part in in_parts(references))
        return [row for part in parts for row in reader.select(PROCEDURES, part, order="position DESC")]

    return sorted(views.read(query), key=lambda row: row.position, reverse=True)
