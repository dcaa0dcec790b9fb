"""Rows of the archive as values; one that can't have been written by this product says that the file is damaged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from ledger.aggregates.origin import OriginReason
from ledger.digests import Digest
from ledger.errors import IntegrityBroken
from ledger.proof.archive_failures import ArchiveDamaged
from ledger.proof.archive_records import CheckpointReason, Claimed, LogKey, Origin, SignedCheckpoint
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import Note

Row = tuple[Any, ...]


@contextmanager
def _as_written() -> Iterator[None]:
    try:
        yield
    except (ValueError, TypeError, IntegrityBroken) as fault:
        raise ArchiveDamaged(fault="row") from fault


def origin_of(row: Row) -> Origin:
    """Read an origin: number, name, reason, follows, opened_at, position."""
    number, name, reason, follows, opened_at, position = row
    with _as_written():
        digest = None if follows is None else Digest(follows)
        return Origin(number, name, OriginReason(reason), digest, datetime.fromisoformat(opened_at), position)


def claimed_of(row: Row) -> Claimed:
    """Read what was to be signed: origin, size, root, issued_at, why, note."""
    origin, size, root, issued_at, why, note = row
    with _as_written():
        return Claimed(origin, size, root, datetime.fromisoformat(issued_at), CheckpointReason(why), note)


def key_of(row: Row) -> LogKey:
    """Read a key: public, since, succession."""
    public, since, succession = row
    with _as_written():
        note = None if succession is None else Note.parse(succession)
        return LogKey(public, datetime.fromisoformat(since), note)


def signed_of(row: Row) -> SignedCheckpoint:
    """Read a checkpoint: note, issued_at, why, origin's name, size, root; these must be what the note says."""
    text, issued_at, why, *told = row
    with _as_written():
        note = Note.parse(text)
        checkpoint = Checkpoint.parse(note.text)
        signed = SignedCheckpoint(checkpoint, note, datetime.fromisoformat(issued_at), CheckpointReason(why))
    if told != [checkpoint.origin, checkpoint.size, checkpoint.root]:
        raise ArchiveDamaged(fault="row")
    return signed
