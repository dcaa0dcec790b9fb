"""
Losses of data that should live: a lost key, or a destruction that came too early.

A breach of availability (GDPR 4(12)): whoever decides has to qualify it, and the clock of the breach workflow runs from
the instant of awareness, which stands in clear. What was lost is named by keys only, which stand in the register's box;
whose data they sealed is not said here.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Invalid
from ledger.limits import LOSS_KEYS
from ledger.translation import mark


class LossKind(StrEnum):
    """What happened."""

    LOST_KEY = "lost-key"
    """A key is neither there nor destroyed: what it sealed opens no more."""
    PREMATURE_DESTRUCTION = "premature-destruction"
    """Something was destroyed before its term, or although it was held."""


class FoundBy(StrEnum):
    """How it came to light."""

    RUN = "run"
    """A run of retention that went to destroy it."""
    RESTORE = "restore"
    DOCTOR = "doctor"
    PERSON = "person"


class LossEmpty(Invalid):
    """A loss of nothing."""

    sentence = mark("Say what was lost: at least one key, or how many records.")
    advice = mark("Give --data-key, or --count.")


class Loss(Aggregate):
    """One finding: what was lost, who found it, and since when it is known."""

    KIND = "loss"

    kind: Fact[LossKind]
    keys: Fact[tuple[UUID, ...]]
    count: Fact[int]
    found_by: Fact[FoundBy]
    aware_at: datetime

    @classmethod
    def found(
        cls,
        *,
        kind: LossKind,
        keys: tuple[UUID, ...],
        count: int,
        found_by: FoundBy,
        aware_at: datetime,
        loss: UUID | None = None,
    ) -> Self:
        """
        Record what was lost: these keys, and how many records or keys in all as far as that is known.

        `loss` is its reference, a random one if it is not given.

        :raises LossEmpty: if nothing was
        """
        if count < max(1, len(keys)):
            raise LossEmpty
        if len(keys) > LOSS_KEYS:
            raise ValueError("more keys than one finding holds")
        return cls.begin(
            LossFound,
            id=loss,
            effective_at=aware_at,
            kind=Fact(kind),
            keys=Fact(keys),
            count=Fact(count),
            found_by=Fact(found_by),
        )


@stored
class LossFound(Created):
    """Data that should live were found to be lost."""

    TOPIC = "loss.found.1"
    PAD_TO = 1024
    effective_at: datetime
    kind: Annotated[Fact[LossKind], Scope.REGISTER]
    keys: Annotated[Fact[tuple[UUID, ...]], Scope.REGISTER]
    count: Annotated[Fact[int], Scope.REGISTER]
    found_by: Annotated[Fact[FoundBy], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this loss."""
        return (Link(REGISTER, LinkKind.LOSS, self.originator_id),)

    def apply(self, aggregate: Loss) -> None:
        """Take what was found."""
        aggregate.kind, aggregate.keys, aggregate.count = self.kind, self.keys, self.count
        aggregate.found_by, aggregate.aware_at = self.found_by, self.effective_at
