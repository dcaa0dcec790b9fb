"""What the archive remembers, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ledger.aggregates.origin import OriginReason
from ledger.digests import Digest
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import Algorithm, Note, VerifierKey


class CheckpointReason(StrEnum):
    """Why a checkpoint was signed."""

    EVENTS = "events"
    """So many events were recorded since the last one."""
    TIME = "time"
    """So much time went by since the last one, and something was recorded."""
    DESTRUCTION = "destruction"
    """Something was destroyed."""
    DEMAND = "demand"
    """Somebody asked for it."""
    ORIGIN = "origin"
    """The ledger began to sign under a new origin."""


class Origin(NamedTuple):
    """An origin: under which name a log signs checkpoints, and where that began."""

    number: int
    """From 1; the name ends with it."""
    name: str
    reason: OriginReason
    follows: Digest | None
    """SHA-256 of the last checkpoint of the origin before; None for the first, or where none is known."""
    opened_at: datetime
    position: int | None
    """Of the event that opens it; None while that is not known to be on record."""


class SignedCheckpoint(NamedTuple):
    """A checkpoint, the note that signs it, when and why."""

    checkpoint: Checkpoint
    note: Note
    """As the ledger signed it, without what others added."""
    issued_at: datetime
    why: CheckpointReason


class Claimed(NamedTuple):
    """A checkpoint that is signed, or that may be: what follows must agree with it."""

    origin: int
    size: int
    root: bytes
    issued_at: datetime
    why: CheckpointReason
    note: str | None
    """None where whoever wanted to sign it was cut short, as far as this file knows."""


class LogKey(NamedTuple):
    """A key that checkpoints were signed with, and the note by which the key before named it."""

    public: bytes
    since: datetime
    succession: Note | None
    """None for the first key, and where the key before was lost."""

    def verifier(self, name: str) -> VerifierKey:
        """Give what checks the notes that this key signed under a name, such as an origin."""
        return VerifierKey(name, Algorithm.ED25519, self.public)


class KeyUse(NamedTuple):
    """What a key signed under one origin, whose name it bears."""

    key: VerifierKey
    first_size: int
    last_size: int


@dataclass(frozen=True)
class Standing:
    """What binds the next signature."""

    ledger_id: UUID
    is_copy: bool
    origin: Origin | None
    last: Claimed | None
    """The last of that origin."""
    key: LogKey | None
