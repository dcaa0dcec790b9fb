"""What the registers keep about somebody: holds, once they were released."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.clock import UTC
from ledger.retention.items import KeyItem
from ledger.retention.sources import Sources
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
