"""
What is due and what is to become of it, as a pure function of facts.

Invariants:

1. Nothing is destroyed that is not due.
2. Nothing is destroyed without one authority that is in force at the instant of the plan, for that very category, and
   whose range of dates covers the item from its first day to its last (Code du patrimoine L212-3).
3. What is due and not covered is restricted, once; it waits for an authority, and every plan looks at it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    papers: int = 0
    """The paper originals that the house keeps of it: they stand on the slip too."""


I = TypeVar("I", bound=Item)  # noqa: E741  # an item, whatever its runner needs to know of it beside


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A disposal authority, opened: both days of its range belong to it."""

    id: UUID
    category: RetentionClass
    first_day: date
    last_day: date | None
    granted_at: datetime
    revoked_at: datetime | None = None

    def in_force(self, at: datetime) -> bool:
        """Say whether something may be destroyed under it at an instant."""
        return self.granted_at <= at and (self.revoked_at is None or at < self.revoked_at)

    def covers(self, first_day: date, last_day: date) -> bool:
        """Say whether the whole span from one day to another lies in its range."""
        return self.first_day <= first_day and (self.last_day is None or last_day <= self.last_day)


@dataclass(frozen=True)
class Facts(Generic[I]):
    """All that a plan depends on."""

    items: Iterable[I]
    authorities: tuple[Standing, ...]


@dataclass(frozen=True)
class Step(Generic[I]):
    """One line of a plan."""

    item: I
    action: Action
    why: Why
    authority: UUID | None = None


def plan(facts: Facts[I], at: datetime) -> Iterator[Step[I]]:
    """Give a line for every item, in their order; nothing is held in memory but the authorities."""
    for item in facts.items:
        yield _step(item, facts.authorities, at)


def _step(item: I, authorities: tuple[Standing, ...], at: datetime) -> Step[I]:
    if item.last_day is None or item.due_at is None:
        return Step(item, Action.KEEP, Why.RUNNING)
    if at < item.due_at:
        return Step(item, Action.KEEP, Why.NOT_DUE)
    authority, why = _authority_for(item, item.last_day, authorities, at)
    if authority is not None:
        return Step(item, Action.DESTROY, why, authority.id)
    return Step(item, Action.WAIT if item.restricted else Action.RESTRICT, why)


def _authority_for(
    item: Item, last_day: date, authorities: tuple[Standing, ...], at: datetime
) -> tuple[Standing | None, Why]:
    """Give the authority that covers an item, the oldest first, or what is wrong with those there are."""
    of_category = [authority for authority in authorities if authority.category is item.category]
    if not of_category:
        return None, Why.NO_AUTHORITY
    in_force = [authority for authority in of_category if authority.in_force(at)]
    if not in_force:
        return None, Why.AUTHORITY_NOT_IN_FORCE
    covering = [authority for authority in in_force if authority.covers(item.first_day, last_day)]
    if not covering:
        return None, Why.OUT_OF_RANGE
    return min(covering, key=lambda authority: (authority.granted_at, authority.id)), Why.COVERED
