"""What the registers keep of somebody: holds once released, requests once answered, breaches once closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.aggregates.breach import Breach
from ledger.aggregates.erasure import Erasure
from ledger.clock import UTC
from ledger.retention.items import KeyItem
from ledger.retention.sources import Sources, stream_of
from ledger.rules.periods import local_day
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.ports import StreamAt, own_scope
from ledger.usecases.retention.holds import Hold


def hold_items(sources: Sources, holds: Sequence[Hold], book: StreamAt) -> Iterator[KeyItem]:
    """Give what every hold was about, and why; due some years after its release."""
    keys = sources.disposal.living_of([own_scope(Scope.HOLD, hold.id) for hold in holds])
    for hold in holds:
        scope = own_scope(Scope.HOLD, hold.id)
        key: UUID | None = keys.get(scope)
        if key is None:
            continue
        released_at = hold.released_at
        yield KeyItem(
            id=hold.id,
            category=RetentionClass.HOLD_FILE,
            first_day=local_day(hold.set_at, UTC),
            last_day=None if released_at is None else local_day(released_at, UTC),
            due_at=None if released_at is None else sources.due(RetentionClass.HOLD_FILE, released_at, UTC),
            restricted=True,
            key_id=key,
            scope=scope,
            seen_at=(book,),
        )


def request_items(sources: Sources, erasures: Sequence[Erasure]) -> Iterator[KeyItem]:
    """Give the file of every request for erasure; due some years after the answer."""
    keys = sources.disposal.living_of([own_scope(Scope.REQUEST, erasure.id) for erasure in erasures])
    for erasure in erasures:
        scope = own_scope(Scope.REQUEST, erasure.id)
        if scope not in keys:
            continue
        answered_at = erasure.answered_at
        yield KeyItem(
            id=erasure.id,
            category=RetentionClass.REQUEST_FILE,
            first_day=local_day(erasure.received_at, UTC),
            last_day=None if answered_at is None else local_day(answered_at, UTC),
            due_at=None if answered_at is None else sources.due(RetentionClass.REQUEST_FILE, answered_at, UTC),
            restricted=True,
            key_id=keys[scope],
            scope=scope,
            seen_at=(StreamAt(erasure.id, erasure.version),),
        )


def breach_items(sources: Sources) -> Iterator[KeyItem]:
    """Give the file of every breach; due some years after its closing, which new facts undo (GDPR 33(5))."""
    for claims in sources.claims(Scope.BREACH):
        breaches = sources.load(Breach, [stream_of(scope) for _, scope in claims])
        for (key, scope), breach in zip(claims, breaches, strict=True):
            zone, closed_at = sources.zone_of(breach.house), breach.closed_at
            yield KeyItem(
                id=breach.id,
                category=RetentionClass.BREACH_REGISTER,
                first_day=sources.day(min(breach.signalled_at, breach.recorded_at), breach.house),
                last_day=None if closed_at is None else sources.day(closed_at, breach.house),
                due_at=None if closed_at is None else sources.due(RetentionClass.BREACH_REGISTER, closed_at, zone),
                restricted=True,
                key_id=key,
                scope=scope,
                seen_at=(StreamAt(breach.id, breach.version),),
            )
