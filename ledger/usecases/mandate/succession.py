"""
A later mandate for the same procedure, given to another house, ends the first when the first house is told.

Code civil 2006. The ledger sees both, but it is not the house: the first lives on until somebody there takes note, and
what is done under it before stands (2008). So the second's start leaves that house a duty, whose discharge is the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.policies.mandate_life import Standing, standing_at
from ledger.policies.vocabulary import EndKind
from ledger.usecases.access.case import life_of, scope_of
from ledger.usecases.gate import FactOpener
from ledger.usecases.mandate.ending import MandateEnding, end_mandate
from ledger.usecases.ports import Command, Desk, own_scope
from ledger.usecases.subject.persons import references


@dataclass(frozen=True, eq=False)
class Succession:
    """What a start changes elsewhere: the mandates that are succeeded, and those that may yet come to live."""

    noted: tuple[Mandate, ...] = ()
    watched: tuple[Mandate, ...] = ()


def note_succession(desk: Desk, opener: FactOpener, mandate: Mandate, *, at: datetime) -> Succession:
    """
    Note, on each live mandate that the same persons gave another house for a same procedure, that it is succeeded.

    The one that began later succeeds, even if it is entered first. A person is looked for under every reference.
    """
    noted, watched = [], []
    for other in _given_elsewhere(desk, opener, mandate):
        if standing_at(life_of(opener, other), at) is not Standing.LIVE:
            watched.append(other)
        elif _began(other) <= _began(mandate):
            other.note_successor(mandate.id, effective_at=_began(mandate))
            noted.append(other)
        else:
            mandate.note_successor(other.id, effective_at=_began(other))
            watched.append(other)
    return Succession(tuple(noted), tuple(watched))


def acknowledge(desk: Desk, command: Command, mandate_id: UUID, *, known_at: datetime | None = None) -> MandateEnding:
    """
    Take note, for the house of a mandate, that the person gave a later one elsewhere: this one ends with that.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING, OTHER_HOUSE, MANDATE_ALREADY_ENDED, IN_THE_FUTURE
    """
    return end_mandate(desk, command, mandate_id, kind=EndKind.SUPERSEDED, known_at=known_at)


def _given_elsewhere(desk: Desk, opener: FactOpener, mandate: Mandate) -> Iterator[Mandate]:
    """Give the mandates without an end that the same persons gave another house for one of the same entries."""
    persons = [party.person for party in opener.known(mandate.parties) or ()]
    known_as = dict.fromkeys(reference for person in persons for reference in references(desk.streams, person))
    linked = (desk.streams.linked(own_scope(Scope.IDENTITY, each), LinkKind.MANDATE) for each in known_as)
    for mandate_id in dict.fromkeys(found for each in linked for found in each if found != mandate.id):
        other = desk.streams.load(Mandate, mandate_id)
        if other.house == mandate.house or not other.may_have_effect:
            continue
        gave = any(party.person in known_as for party in opener.known(other.parties) or ())
        if gave and not _entries(opener, other).isdisjoint(_entries(opener, mandate)):
            yield other


def _entries(opener: FactOpener, mandate: Mandate) -> set[str]:
    """Give the procedures that a mandate is for, less what was struck; none once its proof is destroyed."""
    scope = scope_of(opener, mandate)
    if scope is None:
        return set()
    acts = {act.entry for act in scope.acts if act.key not in scope.struck}
    return acts | {request.entry for request in scope.requests}


def _began(mandate: Mandate) -> datetime:
    assert mandate.started_at is not None
    return mandate.started_at
