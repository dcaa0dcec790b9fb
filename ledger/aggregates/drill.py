"""The erasure drills: whether the attempt to bring back what was erased failed, and whether the control could."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from ledger.aggregates.base import REGISTER, Aggregate, Created, Fact, Link, LinkKind, Scope, stored


class DrillOutcome(StrEnum):
    """How a drill came out; stands in clear."""

    PASSED = "PASSED"
    """What was erased did not open, what lives did, and the control shows that the attempt could have succeeded."""
    FAILED = "FAILED"
    """What was erased came back, or what lives did not open."""
    PROVED_NOTHING = "PROVED_NOTHING"
    """The control did not open either: a drill that can't fail proves nothing."""


@dataclass(frozen=True)
class DrillFound:
    """What was seen, one answer a question."""

    erased_from_old_keys: bool
    """The old copy of everything, with the root key of today, did not give the erased value back."""
    erased_after_restore: bool
    """The restored backup tells the value as destroyed."""
    living_opened: bool
    """What was not erased opened after the restore."""
    control_opened: bool
    """The old copy of everything, with the root key of then, gave the erased value back."""

    @property
    def outcome(self) -> DrillOutcome:
        """Put it in one word."""
        if not (self.erased_from_old_keys and self.erased_after_restore and self.living_opened):
            return DrillOutcome.FAILED
        return DrillOutcome.PASSED if self.control_opened else DrillOutcome.PROVED_NOTHING


class Drill(Aggregate):
    """One drill."""

    KIND = "drill"

    outcome: DrillOutcome
    performed_at: datetime

    @classmethod
    def perform(cls, *, found: DrillFound, report: str) -> Self:
        """Record what a drill found, with its signed report."""
        return cls.begin(DrillPerformed, decision=found.outcome, found=Fact(found), report=Fact(report))


@stored
class DrillPerformed(Created):
    """A drill was held."""

    TOPIC = "drill.performed.1"
    PAD_TO = 4096
    decision: DrillOutcome
    found: Annotated[Fact[DrillFound], Scope.REGISTER]
    report: Annotated[Fact[str], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this drill."""
        return (Link(REGISTER, LinkKind.DRILL, self.originator_id),)

    def apply(self, aggregate: Drill) -> None:
        """Keep how it came out."""
        aggregate.outcome, aggregate.performed_at = self.decision, self.timestamp
