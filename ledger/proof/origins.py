"""
The origins of a log: which one it signs under, and when it must begin another.

The archive knows which origin is signed under, and the log holds the event that opened it; the archive comes first.
Where the two disagree, one of them was put back to an earlier state:

* the log lacks the event: it is older than what was signed;
* the log holds a later origin, or any where the archive knows of none: the archive is the older one.

An origin goes on from the last checkpoint that is known. Its number is the next one; where more may have been signed
than is known, and numbers may have been used up that nobody remembers, it is the instant, as YYYYMMDDhhmmss in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from ledger.aggregates.origin import OriginReason, origin_name
from ledger.clock import UTC
from ledger.digests import Digest
from ledger.errors import IntegrityBroken
from ledger.proof.archive import Origin, ProofArchive, Standing
from ledger.proof.archive_failures import ForeignArchive
from ledger.translation import mark


class LogContradictsCheckpoint(IntegrityBroken):
    """The log is smaller than, or different from, what the ledger signed."""

    sentence = mark(
        "The record is not the one that this ledger signed: it signed for {signed} records, and the {size} that are "
        "there do not begin with them."
    )
    advice = mark(
        "An old copy was put in its place, or it was altered. Keep everything as it is and call the person who runs "
        "the ledger: `ledger restore` puts back the newest backup. Nothing was signed."
    )


class ArchiveIsCopy(IntegrityBroken):
    """The memory of what was signed comes from a backup: more may have been signed since."""

    sentence = mark("The archive of what this ledger signed is an older copy: more may have been signed since.")
    advice = mark(
        "Put the newest one back if you have it. Otherwise the controller's delegate goes on under a new origin: "
        "`ledger proof new-origin`. Nothing was signed."
    )


class OriginBook(Protocol):
    """The origins as the log itself says them; known by their numbers."""

    def size(self) -> int:
        """Give how many events the log holds."""
        ...

    def position(self, number: int) -> int | None:
        """Give the position of the event that opened an origin, or None where the log has none."""
        ...

    def is_last(self, number: int | None) -> bool:
        """Say whether an origin is the last one that the log opened; None: whether it opened none."""
        ...

    def open(self, origin: Origin) -> int:
        """Put on record that an origin is opened, once, and give the position."""
        ...


class Origins:
    """The origins of one log."""

    def __init__(self, archive: ProofArchive, book: OriginBook, *, ledger_id: UUID) -> None:
        self._archive = archive
        self._book = book
        self._ledger_id = ledger_id

    def settled(self, *, at: datetime) -> Origin:
        """
        Give the origin to sign under, opened on record; the first one is opened here.

        :raises LogContradictsCheckpoint: if the log does not hold it
        :raises ArchiveAbsent: if the log was signed for, and what is not remembered
        :raises ArchiveIsCopy: if more may have been signed than is remembered
        """
        if self._book.is_last(None):
            self._archive.create(self._ledger_id)
        standing = self._archive.standing()
        self._check(standing)
        origin = standing.origin or self._begun(standing, OriginReason.FIRST, at=at)
        if origin.position is None:
            origin = origin._replace(position=self._book.open(origin))
            assert origin.position is not None, "it is on record"
            self._archive.opened(origin.number, position=origin.position)
        return origin

    def begin(self, reason: OriginReason, *, at: datetime) -> Origin:
        """
        Decide that the log goes on under a new origin, durably; `settled`, or who restores, puts it on record.

        One that was decided and never came on record is taken up.

        :raises ForeignArchive: if the archive is another ledger's
        """
        self._archive.create(self._ledger_id, is_copy=not self._book.is_last(None))
        return self._begun(self._archive.standing(), reason, at=at)

    def check(self) -> None:
        """Hold the archive against the log, and change nothing; raises what `settled` raises."""
        if self._archive.exists or not self._book.is_last(None):
            self._check(self._archive.standing())

    def _begun(self, seen: Standing, reason: OriginReason, *, at: datetime) -> Origin:
        last = self._archive.latest()
        with self._archive.deciding() as memory:
            standing = memory.standing()
            if self._is_open_to_use(standing, seen):
                assert standing.origin is not None, "it was looked at"
                return standing.origin
            number = self._next_number(standing, at=at)
            follows = None if last is None else Digest.of(last.note.text.encode())
            origin = Origin(number, origin_name(self._ledger_id, number), reason, follows, at, None)
            memory.enter_origin(origin)
        return origin

    def _next_number(self, standing: Standing, *, at: datetime) -> int:
        if standing.ledger_id != self._ledger_id:
            raise ForeignArchive
        known = 0 if standing.origin is None else standing.origin.number
        if standing.is_copy or not self._agrees(standing):
            return max(known + 1, int(at.astimezone(UTC).strftime("%Y%m%d%H%M%S")))
        return known + 1

    def _is_open_to_use(self, standing: Standing, seen: Standing) -> bool:
        """Say whether somebody else was faster, or was cut short before the origin came on record."""
        origin = standing.origin
        if origin is None or standing.is_copy:
            return False
        faster = seen.origin is None or origin.number > seen.origin.number
        return faster or (origin.position is None and self._book.position(origin.number) is None)

    def _agrees(self, standing: Standing) -> bool:
        """Say whether the archive knows every origin that the log opened."""
        origin = standing.origin
        if origin is None:
            return self._book.is_last(None)
        return self._book.is_last(origin.number) or self._book.position(origin.number) is None

    def _check(self, standing: Standing) -> None:
        if standing.ledger_id != self._ledger_id:
            raise ForeignArchive
        if standing.is_copy or not self._agrees(standing):
            raise ArchiveIsCopy
        origin = standing.origin
        if origin is not None and origin.position is not None and not self._book.is_last(origin.number):
            signed = origin.position if standing.last is None else standing.last.size
            raise LogContradictsCheckpoint(signed=signed, size=self._book.size())
