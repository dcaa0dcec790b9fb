"""
A request for erasure: what was decided item by item, who confirmed it, and when the person was answered (GDPR 12, 17).

It is the request's file: sealed under a key of its own, which dies some years after the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Refused
from ledger.policies.erasure import KeepGround
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class ErasureConfirmed(Refused):
    """A second person confirmed it already."""

    sentence = mark("This erasure is confirmed already.")
    advice = mark("There is nothing to do.")


class ErasureAnswered(Refused):
    """The person was answered already."""

    sentence = mark("The answer to this request is recorded already.")
    advice = mark("There is nothing to do.")


@dataclass(frozen=True)
class ItemDecided:
    """One item that the request reached: `scope` is its key scope, as text; `kept` is None where it is erased."""

    scope: str
    category: RetentionClass
    kept: KeepGround | None


class Erasure(Aggregate):
    """One request for erasure, decided."""

    KIND = "erasure"

    subject: Fact[UUID]
    items: Fact[tuple[ItemDecided, ...]]
    persons: Fact[int]
    received_at: datetime
    decided_at: datetime
    confirmed_at: datetime | None
    answered_at: datetime | None

    @classmethod
    def decide(cls, subject: UUID, items: tuple[ItemDecided, ...], *, persons: int, received_at: datetime) -> Self:
        """Record what becomes of each item; `persons` is how many people it takes, by the profile of that day."""
        return cls.begin(
            ErasureDecided, effective_at=received_at, subject=Fact(subject), items=Fact(items), persons=Fact(persons)
        )

    def confirm(self) -> None:
        """
        Record that a second person confirmed the decision.

        :raises ErasureConfirmed: if that was done before
        """
        if self.confirmed_at is not None:
            raise ErasureConfirmed
        self.trigger_event(ErasureWasConfirmed)

    def answer(self, means: ContactMeans, *, effective_at: datetime) -> None:
        """
        Record that the person was told what became of each item (GDPR 12(3), 12(4)).

        :raises ErasureAnswered: if that was done before
        """
        if self.answered_at is not None:
            raise ErasureAnswered
        self.trigger_event(ErasureWasAnswered, effective_at=effective_at, means=Fact(means))


@stored
class ErasureDecided(Created):
    """A request for erasure was decided, item by item."""

    TOPIC = "erasure.decided.1"
    PAD_TO = 4096
    effective_at: datetime
    subject: Annotated[Fact[UUID], Scope.REQUEST]
    items: Annotated[Fact[tuple[ItemDecided, ...]], Scope.REQUEST]
    persons: Annotated[Fact[int], Scope.REQUEST]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to the request."""
        return (Link(REGISTER, LinkKind.ERASURE, self.originator_id),)

    def apply(self, aggregate: Erasure) -> None:
        """Begin."""
        aggregate.subject, aggregate.items, aggregate.persons = self.subject, self.items, self.persons
        aggregate.received_at, aggregate.decided_at = self.effective_at, self.timestamp
        aggregate.confirmed_at = aggregate.answered_at = None


@stored
class ErasureWasConfirmed(Event):
    """A second person confirmed the decision."""

    TOPIC = "erasure.confirmed.1"

    def apply(self, aggregate: Erasure) -> None:
        """Keep when."""
        aggregate.confirmed_at = self.timestamp


@stored
class ErasureWasAnswered(Event):
    """The person was told."""

    TOPIC = "erasure.answered.1"
    effective_at: datetime
    means: Annotated[Fact[ContactMeans], Scope.REQUEST]

    def apply(self, aggregate: Erasure) -> None:
        """Keep when."""
        aggregate.answered_at = self.effective_at
