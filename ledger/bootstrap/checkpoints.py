"""Joins what is kept of signed checkpoints to the log, which tells an empty archive from one that is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.bootstrap.proving import LoggedOrigins
from ledger.bootstrap.witnessing import NothingSigned
from ledger.proof.archive_failures import ArchiveAbsent
from ledger.proof.listing import HeldCheckpoint, held_checkpoint, held_checkpoints, origin_named

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger


def kept_checkpoints(ledger: Ledger, *, origin: str | None, last: int | None) -> list[HeldCheckpoint]:
    """
    Give the checkpoints that the ledger signed, the `last` ones or all; none where nothing was ever signed.

    :raises ArchiveAbsent: if the record says that something was signed, and the archive is gone
    :raises OriginUnknown: if the origin that is named is none of this ledger's
    """
    if not _is_there(ledger):
        return []
    found = held_checkpoints(ledger.archive, None if origin is None else origin_named(ledger.archive, origin))
    return found if last is None else found[-last:]


def kept_checkpoint(ledger: Ledger, *, size: int, origin: str | None) -> HeldCheckpoint:
    """
    Give the checkpoint over so many records, of the last origin that has one unless another is named.

    :raises NothingSigned: if there is no checkpoint
    :raises CheckpointUnknown: if none of that size was signed under the origin
    :raises OriginUnknown: if the origin that is named is none of this ledger's
    """
    latest = ledger.archive.latest() if _is_there(ledger) else None
    if latest is None:
        raise NothingSigned
    name = latest.checkpoint.origin if origin is None else origin_named(ledger.archive, origin)
    return held_checkpoint(ledger.archive, name, size)


def _is_there(ledger: Ledger) -> bool:
    if ledger.archive.exists:
        return True
    if not LoggedOrigins(ledger).is_last(None):
        raise ArchiveAbsent
    return False
