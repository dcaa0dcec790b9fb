"""What is kept of each checkpoint, told together: who signed it besides the ledger, and when it is said to exist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ledger.proof.archive import ProofArchive, SignedCheckpoint
from ledger.proof.archive_failures import OriginUnknown
from ledger.proof.notes import NoteSignature, cosigned_at


class Cosigned(NamedTuple):
    """Which witness signed a checkpoint, by the name in its key, and when."""

    witness: str
    at: datetime


class Timestamped(NamedTuple):
    """By which authority, and at which instant, a checkpoint is said to have existed."""

    authority: str
    at: datetime


class HeldCheckpoint(NamedTuple):
    """A checkpoint with what came in over it; all of it was checked when it was attached, and is not checked here."""

    signed: SignedCheckpoint
    cosigned: tuple[Cosigned, ...]
    timestamps: tuple[Timestamped, ...]


def held_checkpoints(archive: ProofArchive, origin: str | None = None) -> list[HeldCheckpoint]:
    """
    Give every signed checkpoint of an origin, or of all, in the order in which they were signed.

    :raises IntegrityBroken: if what the archive keeps with one is no cosignature, or no timestamp
    """
    signatures, tokens = archive.all_cosignatures(origin), archive.all_tokens(origin)
    found = []
    for signed in archive.all(origin):
        place = signed.checkpoint.origin, signed.checkpoint.size
        found.append(_held(signed, signatures.get(place, ()), tokens.get(place, ())))
    return found


def held_checkpoint(archive: ProofArchive, origin: str, size: int) -> HeldCheckpoint:
    """
    Give one checkpoint, its note with the cosignatures that came in.

    :raises CheckpointUnknown: if none of that size is signed
    """
    signed = archive.signed(origin, size)
    own, note = signed.note.signatures, archive.note(origin, size)
    others = [line for line in note.signatures if line not in own]
    return _held(signed._replace(note=note), others, archive.tokens(origin, size))


def origin_named(archive: ProofArchive, typed: str) -> str:
    """
    Give the origin that is meant: by its whole name, or by what follows the stroke, such as e2.

    :raises OriginUnknown: if there is none
    """
    for origin in archive.origins():
        if typed in (origin.name, origin.name.rpartition("/")[2]):
            return origin.name
    raise OriginUnknown


def _held(signed: SignedCheckpoint, others: Sequence[NoteSignature], tokens: Sequence[bytes]) -> HeldCheckpoint:
    cosigned = tuple(Cosigned(line.name, cosigned_at(line)) for line in others)
    return HeldCheckpoint(signed, cosigned, tuple(_timestamped(token) for token in tokens))


def _timestamped(token: bytes) -> Timestamped:
    from ledger.proof.timestamp import said_by  # slow to import, and most ledgers have no authority

    said = said_by(token)
    return Timestamped(said.authority, said.at)
