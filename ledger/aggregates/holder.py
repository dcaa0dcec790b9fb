"""
The holders of the root key that came and went after the ledger was made: who decided it, and what was said of them.

Each coming and each going is a stream of its own, whose id follows from the ledger and the holder's name, so that it is
recorded once, whoever was interrupted after it. Nothing here is about a person.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID, uuid5

from ledger.aggregates.base import Aggregate, Created, Fact, Scope, stored
from ledger.aggregates.epoch import Revival


class Retirement(StrEnum):
    """What a person said became of a holder that was taken off for good."""

    LOST = "lost"
    """Nobody knows who has it: the roots that it had may be copied."""
    DESTROYED = "destroyed"
    """It was destroyed; that is a statement of who decided, and no receipt."""


def enrolment_id(ledger_id: UUID, name: str) -> UUID:
    """Give the stream of the coming of a holder."""
    return uuid5(ledger_id, f"holder {name} enrolled")


def retirement_id(ledger_id: UUID, name: str) -> UUID:
    """Give the stream of the going of a holder."""
    return uuid5(ledger_id, f"holder {name} retired")


class HolderRecord(Aggregate):
    """That a holder came, or went. A name is never used again, so that each happens once."""

    KIND = "holder"

    name: Fact[str]

    @classmethod
    def enrol(cls, stream: UUID, *, name: str, epoch: int, revives: Revival) -> Self:
        """Record that a holder has the root of an epoch, and what it answers about old copies."""
        return cls.begin(HolderEnrolled, id=stream, name=Fact(name), epoch=Fact(epoch), revives=Fact(revives))

    @classmethod
    def retire(
        cls, stream: UUID, *, name: str, how: Retirement, reason: str, epochs: tuple[int, ...], revives: Revival
    ) -> Self:
        """Record what somebody who decides said of a holder, and the epochs whose roots it may have had then."""
        return cls.begin(
            HolderRetired,
            id=stream,
            name=Fact(name),
            how=Fact(how),
            reason=Fact(reason),
            epochs=Fact(epochs),
            revives=Fact(revives),
        )


@stored
class HolderEnrolled(Created):
    """A holder was given the root."""

    TOPIC = "holder.enrolled.1"
    name: Annotated[Fact[str], Scope.REGISTER]
    epoch: Annotated[Fact[int], Scope.REGISTER]
    revives: Annotated[Fact[Revival], Scope.REGISTER]

    def apply(self, aggregate: HolderRecord) -> None:
        """Begin."""
        aggregate.name = self.name


@stored
class HolderRetired(Created):
    """A holder was taken off for good, on the word of whoever decided it."""

    TOPIC = "holder.retired.1"
    PAD_TO = 1024
    name: Annotated[Fact[str], Scope.REGISTER]
    how: Annotated[Fact[Retirement], Scope.REGISTER]
    reason: Annotated[Fact[str], Scope.REGISTER]
    epochs: Annotated[Fact[tuple[int, ...]], Scope.REGISTER]
    revives: Annotated[Fact[Revival], Scope.REGISTER]

    def apply(self, aggregate: HolderRecord) -> None:
        """Begin."""
        aggregate.name = self.name
