"""What a mandate keeps of its steps, checks, signatures, acts and end; the facts among it stay sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledger.aggregates.base import Fact
from ledger.policies.mandate_making import Signature, is_late
from ledger.policies.vocabulary import (
    AfterEnd,
    EndKind,
    IdentityMethod,
    MandateStep,
    SignatureMeans,
    SigningPlace,
)


class StepTaken(NamedTuple):
    """One step: when it happened (an end: when the house was told), and when it was written down."""

    step: MandateStep
    effective_at: datetime
    recorded_at: datetime

    @property
    def is_late(self) -> bool:
        """Whether it was written down after it happened: it counts from then on, and shows as a late entry."""
        return is_late(self.effective_at, recorded_at=self.recorded_at)


@dataclass(frozen=True)
class IdentityCheck:
    """That an identity was verified: method and time, never a copy or a number."""

    person: Fact[UUID]
    method: Fact[IdentityMethod]
    effective_at: datetime


class SignatureMade(NamedTuple):
    """One signature."""

    signature: Fact[Signature]
    means: Fact[SignatureMeans]
    place: Fact[SigningPlace]
    effective_at: datetime


class ActDone(NamedTuple):
    """One act done under the mandate, and when it was recorded."""

    entry: Fact[str]
    act: Fact[str]
    procedure: Fact[UUID]
    partner: Fact[str]
    after_end: Fact[AfterEnd | None]
    effective_at: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class ActStrike:
    """One listed act that was struck."""

    entry: Fact[str]
    act: Fact[str]


@dataclass(frozen=True)
class RecordedEnd:
    """An end as the stream tells it."""

    kind: EndKind | Fact[EndKind]
    effective_at: datetime
    known_at: datetime
    recorded_at: datetime
    partners: Fact[tuple[str, ...]]
    """The partners that were dealt with, to be told."""
    irregular: Fact[tuple[int, ...]]
    """Which acts (by number, from 0) were done once the end was known."""

    @property
    def binds_at(self) -> datetime:
        """The instant from which nothing may be done."""
        return max(self.effective_at, self.known_at)
