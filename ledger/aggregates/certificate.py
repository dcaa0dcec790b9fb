"""
A certificate of destruction: what a batch of keys took with it, under which authorities, how, and how surely.

Its status only rises: a holder that was away gives its receipt, tables are rewritten. Each time the whole text is
signed again; the earlier ones stay in the log. No line is about a person: a class, a number, extreme dates, an
authority.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.aggregates.epoch import Revival
from ledger.errors import Refused
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class CertificateStatus(StrEnum):
    """How surely what was destroyed is gone."""

    PENDING = "pending"
    """Unreadable here; a holder may still have an old root key."""
    SEALED = "sealed"
    """Unreadable here, and every holder gave its receipt; an old copy of a holder may bring it back."""
    BACKUP_PROOF = "backup-proof"
    """No copy made before, with all that exists after, gives it back."""


_ORDER = tuple(CertificateStatus)


class NothingBetter(Refused):
    """A certificate says this much already."""

    sentence = mark("This certificate says as much already.")
    advice = mark("There is nothing to do.")


@dataclass(frozen=True)
class CertifiedLine:
    """What was destroyed of one class under one authority, with the extreme dates."""

    category: RetentionClass
    authority: UUID
    count: int
    first_day: date | None
    last_day: date | None
    """Both None where an interrupted run began it: the days then lie within those of the authority."""


@dataclass(frozen=True)
class Sheet:
    """Which sheet of how many a certificate is, for a batch with more lines than one holds."""

    number: int = 1
    of: int = 1


@dataclass(frozen=True)
class NotedReceipt:
    """That a holder of the root key signed that the old one is destroyed; SHA-256 of what it signed."""

    holder: str
    epoch: int
    sha256: str


@dataclass(frozen=True)
class Standing:
    """How a certificate stands: its status, who is awaited, who signed, and whether traces were rewritten."""

    status: CertificateStatus
    pending: tuple[str, ...]
    """The holders that may still have an old root key."""
    receipts: tuple[NotedReceipt, ...]
    revives: Revival
    vacuumed: bool
    """Whether the tables were rewritten since, so that no page of a file keeps traces of dead rows."""

    def betters(self, other: Standing) -> bool:
        """Say whether this says more than another did, and takes nothing back."""
        before, now = _rank(other), _rank(self)
        return now != before and all(new >= old for new, old in zip(now, before, strict=True))


def _rank(standing: Standing) -> tuple[int, bool]:
    return _ORDER.index(standing.status), standing.vacuumed


class Certificate(Aggregate):
    """One certificate. Every fact of it concerns no person and is kept as long as the ledger."""

    KIND = "certificate"

    run: Fact[UUID]
    turn: Fact[UUID]
    epoch: Fact[int]
    lines: Fact[tuple[CertifiedLine, ...]]
    sheet: Fact[Sheet]
    standing: Fact[Standing]
    text: Fact[str]
    issued_at: datetime
    raised_at: datetime | None

    @classmethod
    def issue(
        cls,
        *,
        id: UUID,
        run: UUID,
        turn: UUID,
        epoch: int,
        lines: Sequence[CertifiedLine],
        sheet: Sheet,
        standing: Standing,
        text: str,
    ) -> Self:
        """Certify a batch; `turn` and `epoch` say in which turn of the key tree it stands, `text` is signed."""
        return cls.begin(
            CertificateIssued,
            id=id,
            decision=standing.status,
            run=Fact(run),
            turn=Fact(turn),
            epoch=Fact(epoch),
            lines=Fact(tuple(lines)),
            sheet=Fact(sheet),
            standing=Fact(standing),
            text=Fact(text),
        )

    def raise_status(self, standing: Standing, *, before: Standing, text: str) -> None:
        """
        Say more than the certificate did before.

        :raises NothingBetter: if it said as much, or would take something back
        """
        if not standing.betters(before):
            raise NothingBetter
        self.trigger_event(CertificateRaised, decision=standing.status, standing=Fact(standing), text=Fact(text))


@stored
class CertificateIssued(Created):
    """A batch was certified."""

    TOPIC = "certificate.issued.1"
    PAD_TO = 4096
    decision: CertificateStatus
    run: Annotated[Fact[UUID], Scope.REGISTER]
    turn: Annotated[Fact[UUID], Scope.REGISTER]
    epoch: Annotated[Fact[int], Scope.REGISTER]
    lines: Annotated[Fact[tuple[CertifiedLine, ...]], Scope.REGISTER]
    sheet: Annotated[Fact[Sheet], Scope.REGISTER]
    standing: Annotated[Fact[Standing], Scope.REGISTER]
    text: Annotated[Fact[str], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this certificate."""
        return (Link(REGISTER, LinkKind.CERTIFICATE, self.originator_id),)

    def apply(self, aggregate: Certificate) -> None:
        """Take what is certified."""
        aggregate.run, aggregate.turn, aggregate.epoch, aggregate.lines = self.run, self.turn, self.epoch, self.lines
        aggregate.sheet, aggregate.standing, aggregate.text = self.sheet, self.standing, self.text
        aggregate.issued_at, aggregate.raised_at = self.timestamp, None


@stored
class CertificateRaised(Event):
    """A certificate says more than it did."""

    TOPIC = "certificate.raised.1"
    PAD_TO = 4096
    decision: CertificateStatus
    standing: Annotated[Fact[Standing], Scope.REGISTER]
    text: Annotated[Fact[str], Scope.REGISTER]

    def apply(self, aggregate: Certificate) -> None:
        """Take the new text."""
        aggregate.standing, aggregate.text, aggregate.raised_at = self.standing, self.text, self.timestamp
