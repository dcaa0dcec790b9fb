"""
The restores of a backup: what was put back, what that lost, and which destructions were done again.

The event is the first one after those that came back, so that whoever follows the tree finds where it was cut and what
stood there before. Nothing here is about a person; key ids are random.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Fact, Link, LinkKind, Scope, stored


class Completeness(StrEnum):
    """Whether a restore lost events that had been acknowledged; stands in clear, for whoever checks the tree."""

    WHOLE = "WHOLE"
    """The log that was replaced held nothing that the backup lacks."""
    LOSSY = "LOSSY"
    """It did, and the tree is another one from there on."""
    UNKNOWN = "UNKNOWN"
    """It could not be read."""


class KeysUsed(StrEnum):
    """Which key store a restore went on with."""

    IN_PLACE = "in-place"
    BACKUP = "backup"


class RestoredBy(StrEnum):
    """In what quality somebody restored."""

    DELEGATE = "delegate"
    """The controller's delegate, enrolled in the events that came back."""
    OPERATOR = "operator"
    """Whoever has the ledger's own account: on a new machine nobody may be known by their account."""


@dataclass(frozen=True)
class LogEnd:
    """Where a log ends: its size, and the root of the Merkle tree of all its leaves (hexadecimal)."""

    size: int
    root: str


@dataclass(frozen=True)
class Replaced:
    """The log in whose place the backup came: where it ended, and up to where it was the same as the backup."""

    end: LogEnd
    common: int

    @property
    def lost(self) -> range:
        """The positions of what it held and the backup lacks."""
        return range(self.common + 1, self.end.size + 1)


@dataclass(frozen=True)
class KeysFound:
    """How the keys stood for the events that came back."""

    used: KeysUsed
    epoch: int
    redone: int
    """Keys that were destroyed after the backup, whose boxes came back with it and were deleted again."""
    lost: int
    """Keys that the events name, and that are neither there nor destroyed."""
    some_lost: tuple[UUID, ...]
    """The first of those that are lost."""


class Restoration(Aggregate):
    """One restore."""

    KIND = "restoration"

    completeness: Completeness
    performed_at: datetime

    @classmethod
    def perform(
        cls,
        *,
        backup: LogEnd,
        taken_at: datetime,
        replaced: Replaced | None,
        last_known_at: datetime | None,
        keys: KeysFound,
        by: RestoredBy,
    ) -> Self:
        """
        Record that a backup was put back in the place of a log, which is None where that could not be read.

        `last_known_at` is the latest instant at which something else than the events says that the ledger worked.
        """
        completeness = Completeness.UNKNOWN
        if replaced is not None:
            completeness = Completeness.LOSSY if replaced.lost else Completeness.WHOLE
        return cls.begin(
            RestorationPerformed,
            decision=completeness,
            backup=Fact(backup),
            taken_at=Fact(taken_at),
            replaced=Fact(replaced),
            last_known_at=Fact(last_known_at),
            keys=Fact(keys),
            by=Fact(by),
        )


@stored
class RestorationPerformed(Created):
    """A backup was put back."""

    TOPIC = "restoration.performed.1"
    PAD_TO = 4096
    decision: Completeness
    backup: Annotated[Fact[LogEnd], Scope.REGISTER]
    taken_at: Annotated[Fact[datetime], Scope.REGISTER]
    replaced: Annotated[Fact[Replaced | None], Scope.REGISTER]
    last_known_at: Annotated[Fact[datetime | None], Scope.REGISTER]
    keys: Annotated[Fact[KeysFound], Scope.REGISTER]
    by: Annotated[Fact[RestoredBy], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this restore."""
        return (Link(REGISTER, LinkKind.RESTORATION, self.originator_id),)

    def apply(self, aggregate: Restoration) -> None:
        """Keep how it came out."""
        aggregate.completeness, aggregate.performed_at = self.decision, self.timestamp
