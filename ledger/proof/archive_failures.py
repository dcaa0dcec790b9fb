"""What can go wrong with the memory of what was signed."""

from __future__ import annotations

import sqlite3

from ledger.errors import IntegrityBroken, LedgerError, Misconfigured, NotFound, Unavailable
from ledger.owned_files import FULL
from ledger.translation import mark


class ArchiveAbsent(IntegrityBroken):
    """What the ledger signed is not remembered any more: it might sign another history."""

    sentence = mark("The archive of what this ledger signed is not in its place.")
    advice = mark(
        "Put it back from the newest backup with `ledger restore`. If it is lost, the controller's delegate goes on "
        "under a new origin: `ledger proof new-origin`. Nothing was signed."
    )


class ArchiveDamaged(IntegrityBroken):
    """The file of the archive is not what was written."""

    sentence = mark("The archive of what this ledger signed is damaged.")
    advice = mark(
        "Keep the file aside, then put the archive back from the newest backup with `ledger restore`. Nothing was "
        "signed."
    )


class ForeignArchive(Misconfigured):
    """The archive is another ledger's."""

    sentence = mark("This archive of signed checkpoints belongs to another ledger.")
    advice = mark("Put the archive of this ledger in its place; nothing was signed.")


class ArchiveFromTheFuture(Misconfigured):
    """The archive was written by a later version."""

    sentence = mark("The archive of what this ledger signed was written by another version.")
    advice = mark("Install the later version; nothing was touched.")


class ArchiveBusy(Unavailable):
    """Another process signs."""

    sentence = mark("Another task is signing a checkpoint just now.")
    advice = mark("Wait a moment and try again; nothing was signed.")


class ArchiveUnwritable(Unavailable):
    """The archive can't be written just now."""

    sentence = mark("The archive of what this ledger signs can't be written ({fault}).")
    advice = mark("Check that its disk has room and may be written, then try again; nothing was signed.")


class CheckpointUnknown(NotFound):
    """No checkpoint of that size was signed under that origin."""

    sentence = mark("No checkpoint over {size} records was signed under this origin.")
    advice = mark("See `ledger proof checkpoints`.")


class OriginUnknown(NotFound):
    """The ledger signed nothing under an origin of that name."""

    sentence = mark("This ledger never signed under that origin.")
    advice = mark("See `ledger proof origins`; the end of a name is enough, such as e2.")


def meaning_of(fault: Exception) -> LedgerError:
    """Give the error of ours for what SQLite, or the operating system, says."""
    if isinstance(fault, OSError):
        name = "DISK_FULL" if fault.errno in FULL else type(fault).__name__
        return ArchiveUnwritable(fault=name)
    name = str(getattr(fault, "sqlite_errorname", None) or type(fault).__name__)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ArchiveBusy(fault=name)
    if name.startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_PERM")):
        return ArchiveUnwritable(fault=name)
    if isinstance(fault, sqlite3.IntegrityError):  # a trigger refused it: the code that asked is wrong
        raise fault
    return ArchiveDamaged(fault=name)
