"""
Why something is kept, until when, and what would release it; what is destroyed already, when and by which run.

The same planner answers as decides: an explanation can't say other than what a run would do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import Aggregate, Scope
from ledger.aggregates.destruction import KeyDestroyed
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Subject
from ledger.retention.gathering import Gathered
from ledger.retention.items import KeyItem
from ledger.retention.of_cases import items_of_cases
from ledger.retention.of_people import items_of_people
from ledger.retention.of_proofs import items_of_proofs
from ledger.retention.of_staff import items_of_agents
from ledger.retention.planner import Action, Facts, Step, Why, plan
from ledger.retention.sources import Claim
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark
from ledger.usecases.gate import FactOpener
from ledger.usecases.ports import Desk, own_scope
from ledger.usecases.retention.ports import EventReader

SCOPES: dict[type[Aggregate], tuple[tuple[Scope, RetentionClass], ...]] = {
    Procedure: (
        (Scope.PROCEDURE_DATA, RetentionClass.WORKING_DATA),
        (Scope.PROCEDURE_TRAIL, RetentionClass.LOGS),
    ),
    Mandate: ((Scope.MANDATE, RetentionClass.MANDATE_PROOF),),
    Subject: ((Scope.IDENTITY, RetentionClass.IDENTITY),),
    Agent: ((Scope.AGENT, RetentionClass.AGENT),),
}
"""The kinds of streams that can be explained, and what is kept of each."""


@dataclass(frozen=True)
class Explained:
    """What becomes of one thing that is kept, or became of it."""

    category: RetentionClass
    action: Action | None
    """None for what is being destroyed, or is."""
    why: Why | None
    first_day: date | None = None
    last_day: date | None = None
    due_at: datetime | None = None
    source: str = ""
    """The source of the term, as the profile gives it."""
    authority: UUID | None = None
    holds: tuple[UUID, ...] = ()
    fenced_at: datetime | None = None
    destroyed_at: datetime | None = None
    run: UUID | None = None


_RELEASES = {
    Why.RUNNING: mark("Its end: a resolution, an abandonment, the end of the mandate, a departure."),
    Why.NOT_DUE: mark("The end of its term."),
    Why.NEEDED: mark("The end of what needs it: an open procedure, the proof of a mandate, the data of the procedure."),
    Why.NO_AUTHORITY: mark("An authority of the archives for this category."),
    Why.AUTHORITY_NOT_IN_FORCE: mark("An authority of the archives that is in force."),
    Why.OUT_OF_RANGE: mark("An authority of the archives that covers these days."),
    Why.COVERED: mark("The next run."),
    Why.REQUESTED: mark("The next run."),
    Why.DORMANT: mark("The next run closes it, unless the person gets in touch."),
    Why.MANDATE_OVER: mark("The next run closes it, unless the person gets in touch."),
    Why.HELD: mark("The release of every hold on it."),
    Why.PERMANENT: mark("Nothing: it is kept for ever."),
}


def what_releases(line: Explained) -> str:
    """Give the marked sentence that says what would release something; empty for what is gone."""
    return _RELEASES[line.why] if line.why is not None else ""


class Explainer:
    """Explains one stream, under the judgement that the facts are opened for."""

    def __init__(
        self, desk: Desk, gathered: Gathered, events: EventReader, opener: FactOpener, *, at: datetime
    ) -> None:
        self._desk = desk
        self._gathered = gathered
        self._events = events
        self._opener = opener
        self._at = at

    def explain(self, kind: type[Aggregate], id_: UUID) -> list[Explained]:
        """Give a line for each thing that is kept, or was kept, of a stream."""
        wanted = {own_scope(scope, id_): category for scope, category in SCOPES[kind]}
        fates = self._gathered.sources.disposal.fates(wanted)
        gone = [
            self._gone(wanted[scope], fate.fenced, fate.destroyed)
            for scope, fate in fates.items()
            if fate.fenced is not None
        ]
        living = self._gathered.sources.disposal.living_of(list(wanted))
        items = self._items(kind, [(key, scope) for scope, key in living.items()])
        facts = Facts(items, self._gathered.facts.authorities)
        return [*(self._kept(step) for step in plan(facts, self._at)), *gone]

    def _items(self, kind: type[Aggregate], claims: list[Claim]) -> Iterator[KeyItem]:
        sources = self._gathered.sources
        if kind is Procedure:
            yield from items_of_cases(sources, [each for each in claims if each[1].kind is Scope.PROCEDURE_TRAIL])
        elif kind is Mandate:
            yield from items_of_proofs(sources, claims)
        elif kind is Subject:
            yield from items_of_people(sources, claims)
        else:
            yield from items_of_agents(sources, claims)

    def _kept(self, step: Step[KeyItem]) -> Explained:
        item = step.item
        row = self._desk.law.profile.retention_term(item.category, on=item.last_day or item.first_day)
        return Explained(
            category=item.category,
            action=step.action,
            why=step.why,
            first_day=item.first_day,
            last_day=item.last_day,
            due_at=item.due_at,
            source=row.source,
            authority=step.authority,
            holds=item.holds,
        )

    def _gone(self, category: RetentionClass, fenced: int | None, destroyed: int | None) -> Explained:
        positions = [position for position in (fenced, destroyed) if position is not None]
        found = self._events.at(positions)
        done = next((event for event in found if isinstance(event, KeyDestroyed)), None)
        return Explained(
            category=category,
            action=None,
            why=None,
            fenced_at=found[0].timestamp if found else None,
            destroyed_at=None if done is None else done.timestamp,
            run=None if done is None else self._opener.known(done.run),
        )
