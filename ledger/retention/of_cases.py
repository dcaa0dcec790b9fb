"""Procedures: their working data, their trail, and those that nobody goes on with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.retention.items import KeyItem
from ledger.retention.planner import Lapse
from ledger.retention.sources import Claim, Sources, stream_of
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.ports import StreamAt, own_scope


def case_items(sources: Sources) -> Iterator[KeyItem]:
    """Give what is kept of every procedure that has a trail."""
    for claims in sources.claims(Scope.PROCEDURE_TRAIL):
        yield from items_of_cases(sources, claims)


def items_of_cases(sources: Sources, trails: Sequence[Claim]) -> Iterator[KeyItem]:
    """Give what is kept of these procedures: the data first, then the trail that tells what became of them."""
    ids = [stream_of(scope) for _, scope in trails]
    data = sources.disposal.living_of([own_scope(Scope.PROCEDURE_DATA, id_) for id_ in ids])
    for claim, procedure in zip(trails, sources.load(Procedure, ids), strict=True):
        yield from _items_of(sources, procedure, claim, data)


def _items_of(
    sources: Sources, procedure: Procedure, trail: Claim, data: Mapping[ScopeInstance, UUID]
) -> Iterator[KeyItem]:
    key, scope = trail
    own = own_scope(Scope.PROCEDURE_DATA, procedure.id)
    if procedure.ended_at is None:
        yield _lapse(sources, procedure, key, scope)
    if own in data:
        yield _ended(sources, procedure, RetentionClass.WORKING_DATA, data[own], own, until=procedure.ended_at)
    yield _ended(sources, procedure, RetentionClass.LOGS, key, scope, until=_last_record(procedure), needed=own in data)


def _last_record(procedure: Procedure) -> datetime | None:
    """Give what the term of a trail runs from: its end, or a disclosure that a text asked for after it."""
    if procedure.ended_at is None or procedure.disclosed_at is None:
        return procedure.ended_at
    return max(procedure.ended_at, procedure.disclosed_at)


def _ended(
    sources: Sources,
    procedure: Procedure,
    category: RetentionClass,
    key: UUID,
    scope: ScopeInstance,
    *,
    until: datetime | None,
    needed: bool = False,
) -> KeyItem:
    zone = sources.zone_of(procedure.house)
    return KeyItem(
        id=procedure.id,
        category=category,
        first_day=sources.day(procedure.opened_at, procedure.house),
        last_day=None if until is None else sources.day(until, procedure.house),
        due_at=None if until is None else sources.due(category, until, zone),
        restricted=procedure.is_restricted or category is RetentionClass.LOGS,
        holds=sources.holding.on(scope),
        needed=needed,
        requested=sources.is_requested(scope),
        key_id=key,
        scope=scope,
        seen_at=(StreamAt(procedure.id, procedure.version),),
    )


def _lapse(sources: Sources, procedure: Procedure, key: UUID, scope: ScopeInstance) -> KeyItem:
    """Say when a procedure that is open is to be closed: its mandate is over, or the person gave no sign (RULES 5)."""
    zone = sources.zone_of(procedure.house)
    dormant_at = sources.due(RetentionClass.DORMANT_PROCEDURE, procedure.last_contact_at, zone)
    over_at = _mandates_over(sources, procedure)
    grace_at = None if over_at is None else sources.grace_end(over_at, zone)
    first = min((at for at in (dormant_at, grace_at) if at is not None), default=None)
    return KeyItem(
        id=procedure.id,
        category=RetentionClass.DORMANT_PROCEDURE,
        first_day=sources.day(procedure.opened_at, procedure.house),
        last_day=None,
        due_at=first,
        restricted=procedure.is_restricted,
        holds=sources.holding.on(scope),
        lapses=Lapse.MANDATE_OVER if grace_at is not None and first == grace_at else Lapse.DORMANT,
        key_id=key,
        scope=scope,
        seen_at=(StreamAt(procedure.id, procedure.version),),
    )


def _mandates_over(sources: Sources, procedure: Procedure) -> datetime | None:
    """Give when the last mandate of a procedure ended, or None where one lives, or the person came after."""
    ids = [id_ for each in procedure.mandates if (id_ := sources.opener.known(each)) is not None]
    if not ids:
        return None
    living = sources.disposal.living_of([own_scope(Scope.MANDATE, id_) for id_ in ids])
    ends = [mandate.over_at for mandate in sources.load(Mandate, map(stream_of, living))]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return None
    latest = max(known, default=procedure.opened_at)  # of a proof that is destroyed only that it is over is known
    return latest if procedure.last_contact_at <= latest else None
