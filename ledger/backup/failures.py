"""What can go wrong with a backup, or with putting one back."""

from __future__ import annotations

from ledger.errors import Conflict, IntegrityBroken, Misconfigured, NotFound, Refused, Unavailable
from ledger.translation import mark


class BackupFolderInUse(Conflict):
    """The folder holds something already; nothing is ever written over."""

    sentence = mark("This folder is not empty; nothing was written into it.")
    advice = mark("Give a new folder for each backup.")


class BackupFolderUnusable(Misconfigured):
    """The folder can't be made, or not by this account."""

    sentence = mark("The backup can't be written into this folder.")
    advice = mark("Give a folder that this account may write in, or a new one inside of a folder that is there.")


class BackupInProgress(Conflict):
    """Another backup is being written into the folder."""

    sentence = mark("Another backup is being written into this folder.")
    advice = mark("Wait until it is over, or give another folder.")


class BackupDiskFull(Unavailable):
    """The disk of the backup is full."""

    sentence = mark("The disk that the backup goes to is full; there is no backup.")
    advice = mark("Free some space, or give a folder on another disk, then try again.")


class BackupDiskFailing(Unavailable):
    """The disk of the backup refuses to be read or written."""

    sentence = mark("The disk of the backup reports a fault ({fault}).")
    advice = mark("Try another disk.")


class BackupOfBrokenLog(IntegrityBroken):
    """The record is not what was written, so that a copy of it would be no backup."""

    sentence = mark("The record is not what was written: a copy of it could not be put back. There is no backup.")
    advice = mark("Run `ledger doctor`, keep the copies that you have, and call the person who runs the ledger.")


class BackupAbsent(NotFound):
    """There is no finished backup in the folder."""

    sentence = mark("There is no finished backup in this folder.")
    advice = mark("Give the folder that `ledger backup` wrote; one that was cut short is none.")


class BackupAltered(IntegrityBroken):
    """A file of the backup is not the one that its manifest describes."""

    sentence = mark("This backup is damaged or was altered ({file}); nothing was touched.")
    advice = mark("Use another backup.")


class BackupFromTheFuture(Misconfigured):
    """A later version wrote the backup."""

    sentence = mark("A later version wrote this backup.")
    advice = mark("Install the later version; nothing was touched.")


class ForeignBackup(Misconfigured):
    """The backup is another ledger's."""

    sentence = mark("This backup is another ledger's.")
    advice = mark("Check the folder of the backup, and LEDGER_HOME; nothing was touched.")


class BackupKeysMissing(Unavailable):
    """There is no key store to use, and none in the backup."""

    sentence = mark("The key store is not in its place, or is damaged, and this backup holds none.")
    advice = mark("Put the folder `keys` of the newest backup beside the folder `events`, then try again.")


class BackupKeysTooOld(Unavailable):
    """No holder has the root key of the epoch that the keys of the backup are of."""

    sentence = mark("No holder has the root key (epoch {epoch}) that opens the keys of this backup.")
    advice = mark(
        "If something was destroyed since, they are too old, and by design nothing opens them any more: use the keys "
        "of a newer backup. Else connect the holder of the root key. Nothing was touched."
    )


class RestoreInProgress(Conflict):
    """Another restore, or a run of retention, is at work."""

    sentence = mark("Another restore, or a run of retention, is at work.")
    advice = mark("Wait until it is over, then try again.")


class EventsWouldBeLost(Refused):
    """The ledger in place holds events that the backup lacks."""

    sentence = mark("This restore would lose what the ledger in place recorded, from position {first} to {last}.")
    advice = mark("To lose it knowingly, back up what is there first, then give --accept-loss.")
