"""
What is due and what is to become of it, as a pure function of facts.

Invariants:

1. Nothing is destroyed that is not due.
2. Nothing is destroyed without one authority that is in force at the instant of the plan, for that very category, and
   whose range of dates covers the item from its first day to its last (Code du patrimoine L212-3).
3. What is due and not covered is restricted, once; it waits for an authority, and every plan looks at it again.
4. Nothing is destroyed that a hold stands on, nor that something still living needs. What is due under a hold is
   restricted all the same: a hold gives nobody access.
5. A procedure that nobody goes on with is closed, not destroyed: what it keeps falls due with its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from ledger.rules.retention_terms import RetentionClass


class Action(StrEnum):
    """What is to become of an item."""

    KEEP = "keep"
    RESTRICT = "restrict"
    WAIT = "wait"
    """Restricted already: it stays so until an authority covers it."""
    DESTROY = "destroy"
    CLOSE = "close"
    """A procedure that sleeps is ended by the run; until the next run, whoever goes on with the person undoes it."""


class Why(StrEnum):
    """What the action rests on."""

    RUNNING = "running"
    """What the term runs from has not happened: the procedure is open."""
    NOT_DUE = "not-due"
    NO_AUTHORITY = "no-authority"
    """No authority for this category was ever given."""
    AUTHORITY_NOT_IN_FORCE = "authority-not-in-force"
    """There was one, or there will be one; at this instant there is none."""
    OUT_OF_RANGE = "out-of-range"
    """The authorities in force cover other dates."""
    COVERED = "covered"
    HELD = "held"
    """A hold stands on it."""
    NEEDED = "needed"
    """Something that lives needs it: an open procedure, a proof, the data that a trail is about."""
    DORMANT = "dormant"
    """The person's own last contact is too long ago."""
    MANDATE_OVER = "mandate-over"
    """Its mandate ended, and the time left to go on with the person is over."""
    PERMANENT = "permanent"
    """Kept for ever."""
    REQUESTED = "requested"
    """The person asked for it, it was granted, and an authority covers it."""


class Lapse(StrEnum):
    """Why a procedure that nobody ended is to be closed."""

    DORMANT = "dormant"
    MANDATE_OVER = "mandate-over"


@dataclass(frozen=True, kw_only=True)
class Item:
    """What is destroyed together: its category, its extreme dates, and the instant at which it falls due."""

    id: UUID
    category: RetentionClass
    first_day: date
    last_day: date | None
    """The local day of its end; None while it goes on."""
    due_at: datetime | None
    """The first instant at which it is due; None while none follows."""
    restricted: bool = False
    """Closed to agents; True as well for what no agent reads once it is over."""
    holds: tuple[UUID, ...] = ()
    """The holds that stand on it, or on what needs it."""
    needed: bool = False
    """Whether something that lives needs it: then it is kept, whatever its term."""
    lapses: Lapse | None = None
    """Why it is to be closed once it is due: only for a procedure that is open."""
    requested: bool = False
    """Whether its erasure was asked for and granted: then it is due, whatever its term."""
    papers: int = 0
    """The paper originals that the house keeps of it: they stand on the slip too."""


I = TypeVar("I", bound=Item)  # noqa: E741  # an item, whatever its runner needs to know of it beside
I_co = TypeVar("I_co", bound=Item, covariant=True)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A disposal authority, opened: both days of its range belong to it."""

    id: UUID
    category: RetentionClass
    first_day: date
    last_day: date | None
    granted_at: datetime
    revoked_at: datetime | None = None
    ended_from: date | None = None
    """The earliest end that it covers, where a line of a slip gave it; what ended before stood on another line."""

    def in_force(self, at: datetime) -> bool:
        """Say whether something may be destroyed under it at an instant."""
        return self.granted_at <= at and (self.revoked_at is None or at < self.revoked_at)

    def covers(self, first_day: date, last_day: date) -> bool:
        """Say whether the whole span from one day to another lies in its range."""
        if self.ended_from is not None and last_day < self.ended_from:
            return False
        return self.first_day <= first_day and (self.last_day is None or last_day <= self.last_day)


@dataclass(frozen=True)
class Facts(Generic[I]):
    """All that a plan depends on."""

    items: Iterable[I]
    authorities: tuple[Standing, ...]


@dataclass(frozen=True)
class Step(Generic[I_co]):
    """One line of a plan."""

    item: I_co
    action: Action
    why: Why
    authority: UUID | None = None


def plan(facts: Facts[I], at: datetime) -> Iterator[Step[I]]:
    """Give a line for every item, in their order; nothing is held in memory but the authorities."""
    by_category: dict[RetentionClass, list[Standing]] = {}
    for authority in sorted(facts.authorities, key=lambda each: (each.granted_at, each.id)):
        by_category.setdefault(authority.category, []).append(authority)
    for item in facts.items:
        yield _step(item, by_category.get(item.category, ()), at)


def _step(item: I, authorities: Sequence[Standing], at: datetime) -> Step[I]:
    kept = _kept(item, at)
    if kept is not None:
        return Step(item, Action.KEEP, kept)
    if item.lapses is not None:
        return Step(item, Action.CLOSE, Why(item.lapses))
    if item.holds:
        return Step(item, Action.KEEP if item.restricted else Action.RESTRICT, Why.HELD)
    assert item.last_day is not None, "what is due has come to an end"
    authority, why = _authority_for(item, item.last_day, authorities, at)
    if authority is not None:
        return Step(item, Action.DESTROY, Why.REQUESTED if item.requested else why, authority.id)
    return Step(item, Action.WAIT if item.restricted else Action.RESTRICT, why)


def _kept(item: Item, at: datetime) -> Why | None:
    """Say why an item goes on whatever the authorities, or None where it is due."""
    if item.category is RetentionClass.ELIMINATION_SLIPS:
        return Why.PERMANENT
    if item.needed:
        return Why.NEEDED
    if item.due_at is None or (item.last_day is None and item.lapses is None):
        return Why.RUNNING
    if item.requested or item.due_at <= at:
        return Why.HELD if item.holds and item.lapses else None
    return Why.NOT_DUE


def _authority_for(
    item: Item, last_day: date, authorities: Sequence[Standing], at: datetime
) -> tuple[Standing | None, Why]:
    """Give the authority that covers an item, the oldest first, or what is wrong with those of its category."""
    if not authorities:
        return None, Why.NO_AUTHORITY
    in_force = [authority for authority in authorities if authority.in_force(at)]
    if not in_force:
        return None, Why.AUTHORITY_NOT_IN_FORCE
    covering = next((each for each in in_force if each.covers(item.first_day, last_day)), None)
    return covering, Why.OUT_OF_RANGE if covering is None else Why.COVERED
