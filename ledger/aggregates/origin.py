"""
The origins under which the ledger signs checkpoints, and the keys that it signs them with.

A log that came back smaller than, or different from, what it once signed goes on under a new origin. The event that
opens it commits in its header to the last trusted checkpoint, so that an outsider with no key can follow the way from
one origin to the next. Nothing here is about a person.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID, uuid5

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.digests import Digest


class OriginReason(StrEnum):
    """Why an origin was opened; stands in clear, for whoever follows the checkpoints."""

    FIRST = "FIRST"
    """The ledger signs for the first time."""
    LOG_CAME_BACK = "LOG_CAME_BACK"
    """A log was put back that does not hold all that was signed."""
    ARCHIVE_CAME_BACK = "ARCHIVE_CAME_BACK"
    """The memory of what was signed comes from a backup, or is lost: more may have been signed."""
    DECIDED = "DECIDED"
    """Whoever decides for the controller said so."""


class Succession(StrEnum):
    """How a signing key came after another; stands in clear."""

    SIGNED = "SIGNED"
    """The key before signed a note that names the new one."""
    UNSIGNED = "UNSIGNED"
    """The key before was lost: nothing but this record leads from one to the other."""


def origin_name(ledger_id: UUID, number: int) -> str:
    """Give the name of an origin, as it stands on the checkpoints: the ledger's id, and the number of the origin."""
    return f"{ledger_id.hex}/e{number}"


def origin_stream(ledger_id: UUID, number: int) -> UUID:
    """Give the stream of an origin: known from its number, so that it is opened once, and found without any key."""
    return uuid5(ledger_id, f"origin {number}")


class SigningOrigin(Aggregate):
    """One origin."""

    KIND = "origin"

    number: Fact[int]
    follows: Digest | None
    opened_at: datetime
    reason: OriginReason
    key: Fact[str] | None
    """The verifier key that signs, as far as it was changed under this origin."""

    @classmethod
    def open(cls, ledger_id: UUID, number: int, *, follows: Digest | None, reason: OriginReason, why: str = "") -> Self:
        """Begin to sign under a new origin, which goes on from the checkpoint with the digest `follows`."""
        return cls.begin(
            OriginOpened, id=origin_stream(ledger_id, number), decision=reason, number=Fact(number), why=Fact(why),
            follows=follows,
        )  # fmt: skip

    def rotate_key(self, *, old: str, new: str, succession: Succession, note: str, why: str) -> None:
        """Sign with another key from now on; `note` is what the key before signed, empty where it was lost."""
        self.trigger_event(
            SigningKeyRotated, decision=succession, old=Fact(old), new=Fact(new), note=Fact(note), why=Fact(why)
        )


@stored
class OriginOpened(Created):
    """Checkpoints are signed under a new origin."""

    TOPIC = "origin.opened.1"
    PAD_TO = 1024
    decision: OriginReason
    number: Annotated[Fact[int], Scope.REGISTER]
    why: Annotated[Fact[str], Scope.REGISTER]
    follows: Digest | None = None

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this origin."""
        return (Link(REGISTER, LinkKind.ORIGIN, self.originator_id),)

    def apply(self, aggregate: SigningOrigin) -> None:
        """Begin."""
        aggregate.number, aggregate.follows, aggregate.reason = self.number, self.follows, self.decision
        aggregate.opened_at, aggregate.key = self.timestamp, None


@stored
class SigningKeyRotated(Event):
    """Checkpoints, receipts and certificates are signed with another key."""

    TOPIC = "origin.signing-key-rotated.1"
    PAD_TO = 2048
    decision: Succession
    old: Annotated[Fact[str], Scope.REGISTER]
    new: Annotated[Fact[str], Scope.REGISTER]
    note: Annotated[Fact[str], Scope.REGISTER]
    why: Annotated[Fact[str], Scope.REGISTER]

    def apply(self, aggregate: SigningOrigin) -> None:
        """Keep the key that signs now."""
        aggregate.key = self.new
