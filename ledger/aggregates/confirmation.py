"""
Confirmations of catalogue entries: the controller's delegate decides, after the data protection officer's opinion.

The officer advises and never decides (GDPR 38(6), 39). An officer who can't be reached blocks nothing: that no opinion
came within the delay is recorded as such.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Invalid
from ledger.translation import mark


class Opinion(StrEnum):
    """What the data protection officer said."""

    FAVOURABLE = "favourable"
    UNFAVOURABLE = "unfavourable"
    NONE_WITHIN_DELAY = "none-within-delay"


class OpinionIncomplete(Invalid):
    """An opinion without its author, or a decision against an opinion without a reason."""

    sentence = mark("Say which data protection officer gave the opinion; against it, or without it, say why.")


class Confirmation(Aggregate):
    """One version of one entry, confirmed. Another version needs another confirmation."""

    KIND = "confirmation"

    entry: Fact[str]
    digest: Fact[str]
    opinion: Fact[Opinion]
    officer: Fact[UUID | None]
    note: Fact[str]
    confirmed_at: datetime

    @classmethod
    def record(
        cls, *, entry: str, digest: str, opinion: Opinion, officer: UUID | None, note: str, effective_at: datetime
    ) -> Self:
        """
        Confirm the version of an entry that has this digest.

        :raises OpinionIncomplete: if the opinion names no officer, or the delegate goes against it without a reason
        """
        unnamed = opinion is not Opinion.NONE_WITHIN_DELAY and officer is None
        unexplained = opinion is not Opinion.FAVOURABLE and not note.strip()
        if unnamed or unexplained:
            raise OpinionIncomplete
        return cls.begin(
            ConfirmationRecorded,
            effective_at=effective_at,
            entry=Fact(entry),
            digest=Fact(digest),
            opinion=Fact(opinion),
            officer=Fact(officer),
            note=Fact(note.strip()),
        )


@stored
class ConfirmationRecorded(Created):
    """An entry was confirmed."""

    TOPIC = "confirmation.recorded.1"
    PAD_TO = 1024
    effective_at: datetime
    entry: Annotated[Fact[str], Scope.REGISTER]
    digest: Annotated[Fact[str], Scope.REGISTER]
    opinion: Annotated[Fact[Opinion], Scope.REGISTER]
    officer: Annotated[Fact[UUID | None], Scope.REGISTER]
    note: Annotated[Fact[str], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this confirmation."""
        return (Link(REGISTER, LinkKind.CONFIRMATION, self.originator_id),)

    def apply(self, aggregate: Confirmation) -> None:
        """Take the decision."""
        aggregate.entry, aggregate.digest, aggregate.note = self.entry, self.digest, self.note
        aggregate.opinion, aggregate.officer = self.opinion, self.officer
        aggregate.confirmed_at = self.effective_at
