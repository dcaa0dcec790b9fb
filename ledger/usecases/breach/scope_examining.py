"""
Opening what a scope's events say: whose they are and which data they hold. Facts only; personal values stay closed.

Facts are opened many at a time, each kind together. What is destroyed since says nothing any more: its record stays
counted, and is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from ledger.aggregates.access import AccessGranted
from ledger.aggregates.base import Event
from ledger.aggregates.mandate_events import MandateDrafted
from ledger.aggregates.procedure_events import ProcedureOpened
from ledger.aggregates.subject_events import (
    SubjectCapacityChanged,
    SubjectContactChanged,
    SubjectCorrected,
    SubjectDeathWithdrawn,
    SubjectDied,
    SubjectRegistered,
    SubjectWasMerged,
)
from ledger.limits import SCOPE_OPENED_AT_ONCE
from ledger.personal import Fact, present
from ledger.policies.breach_scope import Standing
from ledger.policies.vocabulary import Capacity
from ledger.usecases.breach.scope_ports import ScopeLog
from ledger.usecases.gate import FactOpener

_OF_SUBJECT = (
    SubjectRegistered, SubjectCorrected, SubjectContactChanged, SubjectCapacityChanged, SubjectDied,
    SubjectDeathWithdrawn, SubjectWasMerged,
)  # fmt: skip
_BEGINNINGS = (SubjectRegistered, ProcedureOpened, MandateDrafted, AccessGranted)


@dataclass(frozen=True)
class Case:
    """What a procedure is about, and whose; a mandate is about several, and several people's."""

    people: tuple[UUID, ...] = ()
    entries: tuple[str, ...] | None = None
    """None where that can't be told any more."""
    partner: str = ""


GONE = Case()
"""What is left of one whose key is destroyed."""


@dataclass
class _Latest:
    """The latest facts of a person, unopened."""

    capacity: Fact[Any]
    full_age_on: Fact[Any]
    ways: Fact[Any]
    dead: bool = False
    into: Fact[Any] | None = None


@dataclass
class Examination:
    """Looks cases and people up, each once; it lives no longer than the judgement whose opener it uses."""

    opener: FactOpener
    log: ScopeLog
    upto: int
    on: date
    """The day on which minors are told from adults."""
    _cases: dict[UUID, Case] = field(default_factory=dict)
    _standings: dict[UUID, Standing] = field(default_factory=dict)
    _same_as: dict[UUID, UUID] = field(default_factory=dict)

    def opened(self, facts: Sequence[Fact[Any]]) -> list[Any]:
        """Open facts, in their order; None for each that is gone or withheld."""
        found: list[Any] = []
        for start in range(0, len(facts), SCOPE_OPENED_AT_ONCE):
            found += map(present, self.opener.open_each(facts[start : start + SCOPE_OPENED_AT_ONCE]))
        return found

    def cases(self, streams: Iterable[UUID]) -> Mapping[UUID, Case]:
        """Give what procedures and mandates are about; one that is gone is left out."""
        wanted = [stream for stream in dict.fromkeys(streams) if stream not in self._cases]
        self._take(list(self._beginnings(wanted, (ProcedureOpened, MandateDrafted))))
        return self._cases

    def owners(self, streams: Collection[UUID]) -> Mapping[UUID, Case]:
        """Give what any streams are about that a page names: a person, a case, or an access to one."""
        begun = list(self._beginnings(list(streams), _BEGINNINGS))
        self._take([event for event in begun if isinstance(event, ProcedureOpened | MandateDrafted)])
        looks = [event for event in begun if isinstance(event, AccessGranted)]
        of_looks = [look.originator_id for look in looks]
        procedures = dict(zip(of_looks, self.opened([look.procedure for look in looks]), strict=True))
        self.cases(procedure for procedure in procedures.values() if procedure is not None)
        people = {e.originator_id: Case((e.originator_id,), ()) for e in begun if isinstance(e, SubjectRegistered)}
        seen = {look: self._cases.get(procedure, GONE) for look, procedure in procedures.items()}
        return {**people, **seen, **{id_: self._cases[id_] for id_ in streams if id_ in self._cases}}

    def standing(self, people: Iterable[UUID]) -> Mapping[UUID, Standing]:
        """Give what is known of these people, by the reference that stands."""
        waiting = [person for person in dict.fromkeys(people) if person not in self._standings]
        while waiting:
            merged = self._learn(waiting)
            waiting = [person for person in dict.fromkeys(merged) if person not in self._standings]
        return self._standings

    def person(self, reference: UUID) -> UUID:
        """Give the reference that stands of a person whose standing was asked for."""
        seen = {reference}
        while (other := self._same_as.get(reference)) is not None and other not in seen:
            seen.add(other)
            reference = other
        return reference

    def _beginnings(self, streams: Collection[UUID], kinds: tuple[type[Event], ...]) -> Iterator[Event]:
        return (
            iter(self.log.of_streams(streams, [kind.TOPIC for kind in kinds], upto=self.upto)) if streams else iter(())
        )

    def _take(self, begun: Sequence[Event]) -> None:
        """Open what these cases are about."""
        procedures = [event for event in begun if isinstance(event, ProcedureOpened)]
        opened = iter(self.opened([fact for each in procedures for fact in (each.person, each.entry, each.partner)]))
        for event, person, entry, partner in zip(procedures, opened, opened, opened, strict=True):
            entries = None if entry is None else (entry,)
            self._cases[event.originator_id] = Case(() if person is None else (person,), entries, partner or "")
        mandates = [event for event in begun if isinstance(event, MandateDrafted)]
        opened = iter(self.opened([fact for each in mandates for fact in (each.parties, each.acts, each.requests)]))
        for mandate, parties, acts, requests in zip(mandates, opened, opened, opened, strict=True):
            people = {person for party in parties or () for person in (party.person, party.beside) if person}
            entries = None if acts is None else tuple({each.entry for each in (*acts, *(requests or ()))})
            self._cases[mandate.originator_id] = Case(tuple(people), entries)

    def _learn(self, people: Sequence[UUID]) -> list[UUID]:
        """Take in what is known of people; give the references that they were duplicates of."""
        latest: dict[UUID, _Latest] = {}
        for event in self.log.of_streams(people, [kind.TOPIC for kind in _OF_SUBJECT], upto=self.upto):
            _remember(latest, event)
        facts = [fact for each in latest.values() for fact in (each.capacity, each.full_age_on, each.ways)]
        opened = iter(self.opened(facts))
        for (person, each), capacity, of_age, ways in zip(latest.items(), opened, opened, opened, strict=True):
            come_of_age = capacity is Capacity.MINOR and of_age is not None and of_age <= self.on
            known = None if ways is None else frozenset(ways)
            self._standings[person] = Standing(Capacity.ADULT if come_of_age else capacity, known, each.dead)
        self._standings.update((person, Standing()) for person in people if person not in latest)
        merged = {person: each.into for person, each in latest.items() if each.into is not None}
        survivors = self.opened(list(merged.values()))
        self._same_as.update((one, other) for one, other in zip(merged, survivors, strict=True) if other is not None)
        return [other for other in survivors if other is not None]


def _remember(latest: dict[UUID, _Latest], event: Event) -> None:
    if isinstance(event, SubjectRegistered):
        latest[event.originator_id] = _Latest(event.capacity, event.full_age_on, event.reachable_by)
        return
    known = latest.get(event.originator_id)
    if known is None:  # its beginning is pruned
        return
    match event:
        case SubjectCorrected():
            known.full_age_on = event.full_age_on
        case SubjectContactChanged():
            known.ways = event.reachable_by
        case SubjectCapacityChanged():
            known.capacity = event.capacity
        case SubjectDied() | SubjectDeathWithdrawn():
            known.dead = isinstance(event, SubjectDied)
        case SubjectWasMerged():
            known.into = event.into
