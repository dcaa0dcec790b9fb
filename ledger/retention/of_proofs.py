"""Mandates: their proof, and the months in which it was made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ledger.aggregates.base import Scope
from ledger.aggregates.mandate import Mandate
from ledger.clock import in_utc
from ledger.retention.items import KeyItem
from ledger.retention.sources import Claim, Sources, stream_of
from ledger.rules.periods import plus_months
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.ports import StreamAt


def proof_items(sources: Sources) -> Iterator[KeyItem]:
    """Give the proof of every mandate."""
    for claims in sources.claims(Scope.MANDATE):
        yield from items_of_proofs(sources, claims)


def items_of_proofs(sources: Sources, claims: Sequence[Claim]) -> Iterator[KeyItem]:
    """Give the proofs of these mandates."""
    mandates = sources.load(Mandate, [stream_of(scope) for _, scope in claims])
    for (key, scope), mandate in zip(claims, mandates, strict=True):
        ended_at = _ended_at(mandate)
        zone = sources.zone_of(mandate.house)
        yield KeyItem(
            id=mandate.id,
            category=RetentionClass.MANDATE_PROOF,
            first_day=sources.day(mandate.drafted_at, mandate.house),
            last_day=None if ended_at is None else sources.day(ended_at, mandate.house),
            due_at=None if ended_at is None else sources.due(RetentionClass.MANDATE_PROOF, ended_at, zone),
            restricted=True,  # nobody works under a mandate that ended
            holds=sources.holding.on(scope),
            requested=sources.is_requested(scope),
            papers=0 if mandate.originals_counted_at is None else 1,
            key_id=key,
            scope=scope,
            seen_at=(StreamAt(mandate.id, mandate.version),),
        )


def _ended_at(mandate: Mandate) -> datetime | None:
    """
    Give what the term of a proof runs from: the end that bound the house.

    What was never completed proves that it was tried: its term runs from the last step.
    """
    if mandate.over_at is None and mandate.started_at is None:
        return mandate.steps[-1].recorded_at if mandate.steps else mandate.drafted_at
    return mandate.over_at


def months_of_proofs(sources: Sources) -> set[str]:
    """Give the months ("2026-06", UTC) in which something was recorded under a mandate whose proof lives."""
    found: set[str] = set()
    for claims in sources.claims(Scope.MANDATE):
        for mandate in sources.load(Mandate, [stream_of(scope) for _, scope in claims]):
            found |= _months(in_utc(mandate.created_on).date(), in_utc(mandate.modified_on).date())
    return found


def _months(first: date, last: date) -> set[str]:
    found, day = set(), first.replace(day=1)
    while day <= last:
        found.add(f"{day:%Y-%m}")
        day = plus_months(day, 1)
    return found
