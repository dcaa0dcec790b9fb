"""
The epochs of the key tree: what a turn destroyed, and which holders signed that an old root is gone.

A stream for each epoch. Its id follows from the ledger and the number, so that a turn is recorded once, whoever was
interrupted after it. Nothing here is about a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID, uuid5

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Refused
from ledger.translation import mark


class Revival(StrEnum):
    """Whether an old copy of what a holder keeps, with an old copy of the key store, brings destroyed data back."""

    NO = "no"
    BOUNDED = "bounded"
    YES = "yes"


class EpochState(StrEnum):
    """How far a turn of the key tree has come."""

    PENDING = "PENDING"
    """A holder could not be reached, and may still have an older root."""
    SETTLED = "SETTLED"
    """Every holder signed that the older roots are destroyed."""


@dataclass(frozen=True)
class RootReceipt:
    """What a holder of the root key signed when it destroyed the older ones."""

    holder: str
    epoch: int
    """The latest epoch whose root it destroyed."""
    revives_from_backup: Revival
    text: str
    """The signed note."""


class EpochSettled(Refused):
    """Every receipt of the epoch is recorded already."""

    sentence = mark("Every receipt of this turn of the keys is recorded already.")
    advice = mark("There is nothing to do.")


def epoch_id(ledger_id: UUID, epoch: int) -> UUID:
    """Give the stream of an epoch of a ledger."""
    return uuid5(ledger_id, f"epoch {epoch}")


class KeyEpoch(Aggregate):
    """One epoch of the key tree, since the turn that began it."""

    KIND = "epoch"

    epoch: Fact[int]
    state: EpochState
    turned_at: datetime

    @classmethod
    def turn(
        cls, stream: UUID, *, epoch: int, destroyed: int, receipts: tuple[RootReceipt, ...], pending: tuple[str, ...]
    ) -> Self:
        """Record that the tree was turned, how many keys it lost, and which holders are still awaited."""
        return cls.begin(
            EpochTurned,
            id=stream,
            decision=EpochState.PENDING if pending else EpochState.SETTLED,
            epoch=Fact(epoch),
            destroyed=Fact(destroyed),
            receipts=Fact(receipts),
            pending=Fact(pending),
        )

    def settle(self, *, receipts: tuple[RootReceipt, ...]) -> None:
        """
        Record the receipts of every holder.

        :raises EpochSettled: if they are recorded already
        """
        if self.state is EpochState.SETTLED:
            raise EpochSettled
        self.trigger_event(RootsDestroyed, decision=EpochState.SETTLED, receipts=Fact(receipts))


@stored
class EpochTurned(Created):
    """The tree was turned: a new root, and what was to go is no longer in it."""

    TOPIC = "epoch.turned.1"
    PAD_TO = 4096
    decision: EpochState
    epoch: Annotated[Fact[int], Scope.REGISTER]
    destroyed: Annotated[Fact[int], Scope.REGISTER]
    receipts: Annotated[Fact[tuple[RootReceipt, ...]], Scope.REGISTER]
    pending: Annotated[Fact[tuple[str, ...]], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this epoch."""
        return (Link(REGISTER, LinkKind.EPOCH, self.originator_id),)

    def apply(self, aggregate: KeyEpoch) -> None:
        """Begin."""
        aggregate.epoch, aggregate.state, aggregate.turned_at = self.epoch, self.decision, self.timestamp


@stored
class RootsDestroyed(Event):
    """Every holder destroyed every root that is older."""

    TOPIC = "epoch.roots-destroyed.1"
    PAD_TO = 4096
    decision: EpochState
    receipts: Annotated[Fact[tuple[RootReceipt, ...]], Scope.REGISTER]

    def apply(self, aggregate: KeyEpoch) -> None:
        """Take the state."""
        aggregate.state = self.decision
