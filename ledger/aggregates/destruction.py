"""
The destruction of one key: fenced, then completed.

Each destruction is a stream of its own that names one key and refers to nothing else in clear, so that a batch doesn't
tie one person's cases together.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Created, Event, Fact, Scope, stored
from ledger.errors import Refused
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class DestructionReason(StrEnum):
    """Why a key is destroyed; stands in clear, so that whoever asks for the data is told why they are gone."""

    RESOLVED = "RESOLVED"
    """The procedure came to its end (convention 4.6)."""
    TERM = "TERM"
    """The term of the retention schedule is over."""
    REQUEST = "REQUEST"
    """The person asked for it and had a right to it (GDPR 17)."""
    DRILL = "DRILL"
    """A canary of an erasure drill, about nobody."""


class DestructionCompleted(Refused):
    """The key is gone already."""

    sentence = mark("This destruction is completed already.")
    advice = mark("There is nothing to do.")


class Destruction(Aggregate):
    """One key on its way out."""

    KIND = "destruction"

    key_id: UUID
    category: Fact[RetentionClass]
    authority: Fact[UUID]
    run: Fact[UUID]
    reason: DestructionReason
    fenced_at: datetime
    completed_at: datetime | None

    @classmethod
    def fence(
        cls,
        *,
        key_id: UUID,
        category: RetentionClass,
        authority: UUID,
        run: UUID,
        reason: DestructionReason,
    ) -> Self:
        """Close a scope: its key is being destroyed and none will ever be made for it again."""
        return cls.begin(
            ScopeFenced,
            covers=key_id,
            decision=reason,
            category=Fact(category),
            authority=Fact(authority),
            run=Fact(run),
        )

    def complete(self, *, category: RetentionClass, authority: UUID, run: UUID) -> None:
        """
        Record that the key is destroyed and that what it sealed is deleted, by which run and under which authority.

        :raises DestructionCompleted: if that is recorded already
        """
        if self.completed_at is not None:
            raise DestructionCompleted
        self.trigger_event(
            KeyDestroyed,
            covers=self.key_id,
            decision=self.reason,
            category=Fact(category),
            authority=Fact(authority),
            run=Fact(run),
        )


@stored
class ScopeFenced(Created):
    """A scope was closed; its key is condemned."""

    TOPIC = "destruction.fenced.1"
    covers: UUID
    decision: DestructionReason
    category: Annotated[Fact[RetentionClass], Scope.REGISTER]
    authority: Annotated[Fact[UUID], Scope.REGISTER]
    run: Annotated[Fact[UUID], Scope.REGISTER]

    def apply(self, aggregate: Destruction) -> None:
        """Begin, with what the completion will repeat."""
        aggregate.key_id, aggregate.category, aggregate.authority = self.covers, self.category, self.authority
        aggregate.reason, aggregate.run = self.decision, self.run
        aggregate.fenced_at, aggregate.completed_at = self.timestamp, None


@stored
class KeyDestroyed(Event):
    """The key is destroyed, and its boxes and links are deleted."""

    TOPIC = "destruction.completed.1"
    covers: UUID
    decision: DestructionReason
    category: Annotated[Fact[RetentionClass], Scope.REGISTER]
    authority: Annotated[Fact[UUID], Scope.REGISTER]
    run: Annotated[Fact[UUID], Scope.REGISTER]

    def apply(self, aggregate: Destruction) -> None:
        """Keep when."""
        aggregate.completed_at = self.timestamp
