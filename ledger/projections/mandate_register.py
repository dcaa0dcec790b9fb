"""
The register of mandates: where each stands and when each step was taken.

Who gave it, for what and until when are facts in the boxes of the events whose positions stand here; a person leads to
their mandates by links only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.limits import PAGE_ROWS
from ledger.policies.mandate_making import is_late
from ledger.policies.vocabulary import EndDuty, Telling
from ledger.projections.filters import Filter, in_parts
from ledger.projections.model import Model, Rows, Scopes, begun, happened, known
from ledger.projections.ports import Entry
from ledger.projections.tables import Table
from ledger.projections.views import Reader, Views
from ledger.usecases.ports import Streams, own_scope
from ledger.usecases.subject.persons import references


class MandateState(StrEnum):
    """Where a mandate stands, as far as its events say; one that is live may be past its last day."""

    DRAFTED = "drafted"
    IDENTITY_VERIFIED = "identity-verified"
    INFORMED = "informed"
    SIGNED = "signed"
    LIVE = "live"
    VOID = "void"
    REVOKED = "revoked"
    RENOUNCED = "renounced"
    ENDED = "ended"


@dataclass(frozen=True)
class MandateRow:
    """One mandate; the positions lead to the events whose facts say the rest."""

    mandate: UUID
    house: UUID | None
    state: str
    position: int
    """Of its draft: parties, acts, data requests, procedures, duration."""
    drafted_at: datetime
    changed_position: int
    identity_verified_at: datetime | None = None
    informed_at: datetime | None = None
    signed_at: datetime | None = None
    """The last signature."""
    signatures: int = 0
    originals_counted_at: datetime | None = None
    started_at: datetime | None = None
    started_position: int | None = None
    acts_done: int = 0
    last_act_at: datetime | None = None
    ended_at: datetime | None = None
    """When the power ended, which may be before anyone here knew."""
    end_known_at: datetime | None = None
    end_recorded_at: datetime | None = None
    end_position: int | None = None
    """Of the end: its kind and reason, the partners dealt with, the acts that were irregular."""
    end_event: UUID | None = None
    partners_to_tell: bool = False
    acts_to_review: bool = False
    partners_told: int = 0
    all_partners_told: bool = False
    last_partner_told_at: datetime | None = None
    accounted_at: datetime | None = None
    destroyed_at: datetime | None = None
    """When the key of its proof was destroyed."""
    late_entries: int = 0
    """How many of its steps and acts were written down after they happened; ends, which are learned late, apart."""


MANDATES = Table(
    "mandate-register",
    "mandate_register",
    MandateRow,
    key=("mandate",),
    indexes=(("house", "position"), ("state", "position"), ("position",)),
)

_ENDS = {
    "mandate.revoked.1": MandateState.REVOKED,
    "mandate.renounced.1": MandateState.RENOUNCED,
    "mandate.ended.1": MandateState.ENDED,
}


class MandateRegister(Model):
    """Keeps the register of mandates."""

    name = "mandate-register"
    version = 2
    tables = (MANDATES,)
    topics = frozenset(
        {
            "mandate.drafted.1", "mandate.identity-verified.1", "mandate.informed.1", "mandate.signed.1",
            "mandate.originals-counted.1", "mandate.started.1", "mandate.voided.1", "mandate.act-done.1",
            "mandate.partner-to-tell.1", "mandate.partner-told.1", "mandate.accounted.1", "destruction.completed.1",
            *_ENDS,
        }
    )  # fmt: skip
    scoped = frozenset({"destruction.completed.1"})

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Write down the step that an event is."""
        if entry.topic == "destruction.completed.1":
            _destroyed(entry, rows, scopes)
        elif entry.topic == "mandate.drafted.1":
            draft = MandateRow(
                entry.stream_id, entry.house, MandateState.DRAFTED, entry.position, happened(entry), entry.position
            )
            rows.put(MANDATES, _marked(draft, entry))
        else:
            row = begun(rows.get(MANDATES, entry.stream_id))
            rows.put(MANDATES, _marked(replace(_after(row, entry), changed_position=entry.position), entry))


def _marked(row: MandateRow, entry: Entry) -> MandateRow:
    """Count a late entry; the originals and the life that begins with them are one."""
    if entry.topic in _ENDS or entry.topic == "mandate.started.1":
        return row
    late = is_late(happened(entry), recorded_at=entry.recorded_at)
    return replace(row, late_entries=row.late_entries + 1) if late else row


def _after(row: MandateRow, entry: Entry) -> MandateRow:
    at = happened(entry)
    match entry.topic:
        case "mandate.identity-verified.1":
            return replace(row, identity_verified_at=at, state=MandateState.IDENTITY_VERIFIED)
        case "mandate.informed.1":
            return replace(row, informed_at=at, state=MandateState.INFORMED)
        case "mandate.signed.1":
            return replace(row, signed_at=at, signatures=row.signatures + 1, state=MandateState.SIGNED)
        case "mandate.originals-counted.1":
            return replace(row, originals_counted_at=at)
        case "mandate.started.1":
            return replace(row, started_at=at, started_position=entry.position, state=MandateState.LIVE)
        case "mandate.voided.1":
            return _ended(row, entry, MandateState.VOID)
        case "mandate.act-done.1":
            return replace(row, acts_done=row.acts_done + 1, last_act_at=at)
        case "mandate.partner-to-tell.1":
            return replace(row, partners_to_tell=True, all_partners_told=False)
        case "mandate.partner-told.1":
            all_told = entry.decision == Telling.ALL_TOLD
            told = replace(row, partners_told=row.partners_told + 1, last_partner_told_at=at)
            return replace(told, all_partners_told=all_told)
        case "mandate.accounted.1":
            return replace(row, accounted_at=at)
        case _:
            return _ended(row, entry, _ENDS[entry.topic])


def _ended(row: MandateRow, entry: Entry, state: MandateState) -> MandateRow:
    """Keep the end that binds first; a later word about an end that had come already changes nothing."""
    binds_at = max(happened(entry), known(entry))
    if row.ended_at is not None and max(row.ended_at, row.end_known_at or row.ended_at) <= binds_at:
        return row
    return replace(
        row,
        state=state,
        ended_at=happened(entry),
        end_known_at=known(entry),
        end_recorded_at=entry.recorded_at,
        end_position=entry.position,
        end_event=entry.event_id,
        partners_to_tell=entry.decision in (EndDuty.TELL_PARTNERS, EndDuty.TELL_AND_REVIEW),
        acts_to_review=entry.decision in (EndDuty.REVIEW_ACTS, EndDuty.TELL_AND_REVIEW),
    )


def _destroyed(entry: Entry, rows: Rows, scopes: Scopes) -> None:
    scope = scopes.get(entry.covers) if entry.covers is not None else None
    if scope is None or scope.kind is not Scope.MANDATE:
        return
    row = rows.get(MANDATES, UUID(scope.of))
    if row is not None:  # in a rebuild its events may be pruned already
        rows.put(MANDATES, replace(row, destroyed_at=entry.recorded_at))


def mandate(views: Views, reference: UUID) -> MandateRow | None:
    """Give one mandate, or None."""
    return views.read(lambda reader: reader.get(MANDATES, reference))


def mandates(
    views: Views,
    *,
    house: UUID | None = None,
    state: MandateState | None = None,
    limit: int = PAGE_ROWS,
    before: int | None = None,
) -> list[MandateRow]:
    """Give a page of the register, latest draft first; the next page is `before` the last row's position."""
    wanted = Filter().equal("house", house).equal("state", state).below("position", before)
    return views.read(lambda reader: reader.select(MANDATES, wanted, order="position DESC", limit=limit))


def mandates_of(views: Views, streams: Streams, subject: UUID) -> list[MandateRow]:
    """Give the mandates of a person under every reference, latest first; none once the person's key is gone."""
    scopes = (own_scope(Scope.IDENTITY, reference) for reference in references(streams, subject))
    found = dict.fromkeys(mandate for scope in scopes for mandate in streams.linked(scope, LinkKind.MANDATE))
    return chosen_mandates(views, list(found))


def chosen_mandates(views: Views, wanted: Sequence[UUID]) -> list[MandateRow]:
    """Give these mandates, latest first; those that do not exist are left out."""

    def query(reader: Reader) -> list[MandateRow]:
        parts = (Filter().among("mandate", part) for part in in_parts(wanted))
        return [row for part in parts for row in reader.select(MANDATES, part, order="position DESC")]

    return sorted(views.read(query), key=lambda row: row.position, reverse=True)
