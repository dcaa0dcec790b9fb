"""
People who were registered twice: all their references, and the one that stands.

The links between duplicates hang on both identities, so the tie lasts as long as either of the two keys.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.subject import Subject
from ledger.errors import IntegrityBroken
from ledger.identifiers import short
from ledger.policies.vocabulary import Capacity
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Streams, own_scope


def references(streams: Streams, subject_id: UUID) -> list[UUID]:
    """Give every reference that a person was ever known by, beginning with the one asked for."""
    found, waiting = [subject_id], [subject_id]
    while waiting:
        tied = streams.linked(own_scope(Scope.IDENTITY, waiting.pop()), LinkKind.MERGED)
        fresh = [other for other in dict.fromkeys(tied) if other not in found]
        found += fresh
        waiting += fresh
    return found


def capacity_on(opener: FactOpener, subject: Subject, *, on: date) -> Capacity | None:
    """Give a person's capacity on a day: a minor who came of age signs alone; None once it is destroyed."""
    capacity = opener.known(subject.capacity)
    if capacity is Capacity.MINOR:
        of_age = opener.known(subject.full_age_on)
        return Capacity.ADULT if of_age is not None and of_age <= on else capacity
    return capacity


def standing(streams: Streams, subject_id: UUID) -> Subject:
    """
    Give the person under the reference that stands, whichever of their references was asked for.

    :raises NotFound: if nobody bears the reference
    :raises IntegrityBroken: if every reference of the person says that it was merged into another
    """
    subject = streams.load(Subject, subject_id)
    if not subject.merged:
        return subject
    for other in references(streams, subject_id)[1:]:
        candidate = streams.load(Subject, other)
        if not candidate.merged:
            return candidate
    raise IntegrityBroken(reference=short(subject_id))
