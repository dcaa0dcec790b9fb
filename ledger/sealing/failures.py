"""
What can go wrong with boxes and keys.

Erased and withheld are answers, not errors. The rest raises, and each is an error of its own, because each asks for
something else: a box that was tampered with (7), a box or a key that nothing accounts for (7), keys and root that don't
belong together (7), a key store that can't be reached (8), rights or a set-up to mend (9).
"""

from __future__ import annotations

from ledger.errors import Conflict, DataErased, IntegrityBroken, Invalid, Misconfigured, NotFound, Refused, Unavailable
from ledger.translation import mark


class BoxTampered(IntegrityBroken):
    """A box is not the one that its header describes, or doesn't stand where it was sealed."""

    sentence = mark("A sealed record was altered, or was moved from its place.")


class BoxMissing(IntegrityBroken):
    """A box is gone although its key was never destroyed."""

    sentence = mark("A sealed record is missing, and no destruction accounts for it.")


class KeyUnknown(IntegrityBroken):
    """A key is neither in the key store nor among those that were destroyed: it was lost, not erased."""

    sentence = mark("The key of these data is lost: it is neither in the key store nor recorded as destroyed.")
    advice = mark(
        "Restore the key store from its last backup. If that does not help, the loss is a breach of availability: call "
        "the data protection officer."
    )


class KeyStoreTampered(IntegrityBroken):
    """What the key store holds does not open with the key above it."""

    sentence = mark("The key store was altered, or does not belong with this root key.")
    advice = mark(
        "Check that the key store and the root key come from the same ledger and the same day, then restore both."
    )


class KeyStoreDamaged(IntegrityBroken):
    """The key store's file is not a database, or is damaged."""

    sentence = mark("The key store is damaged.")
    advice = mark("Keep a copy of the file, and restore the last backup as the guide says.")


class ContentUnreadable(Misconfigured):
    """A box opens, and holds something else than this version expects in its field."""

    sentence = mark("A sealed record ({topic}) holds something that this version does not know.")
    advice = mark("Install the version that wrote it, or a later one; nothing was touched.")


class AlgorithmUnknown(Misconfigured):
    """A box was sealed in a way that this version does not know."""

    sentence = mark("A record was sealed in a way ({algorithm}) that this version does not know.")
    advice = mark("Install the version that wrote it, or a later one; nothing was touched.")


class KeyErased(DataErased):
    """The key that something was to be sealed or found with has been destroyed."""


class KeyStoreUnavailable(Unavailable):
    """The key store does not answer."""

    sentence = mark("The key store can't be reached.")
    advice = mark("Check that its disk or server is there, then try again; nothing was opened, nothing was recorded.")


class KeyStoreBusy(KeyStoreUnavailable):
    """Another process held the key store for longer than one waits."""

    sentence = mark("The key store is busy: another task is writing.")
    advice = mark("Wait a moment and try again; nothing was recorded.")


class KeyStoreFull(KeyStoreUnavailable):
    """The disk of the key store is full."""

    sentence = mark("The disk that holds the key store is full.")
    advice = mark("Free some space, then try again; nothing was recorded, and what was acknowledged is safe.")


class KeyStoreReadOnly(Misconfigured):
    """This account may not write to the key store."""

    sentence = mark("This account may not write to the key store.")
    advice = mark(
        "The files belong to the ledger's own account: use the `ledger` command through it, or mend the rights."
    )


class KeyStoreAddressUnknown(Misconfigured):
    """LEDGER_KEYS_URL names no database of a kind that we know."""

    sentence = mark("LEDGER_KEYS_URL is not the address of a SQLite or PostgreSQL database.")
    advice = mark("Correct it, for example postgresql://account@server/database, or leave it out to use a file.")


class ForeignKeyStore(Misconfigured):
    """The key store belongs to another ledger."""

    sentence = mark("This key store belongs to another ledger.")
    advice = mark("Check LEDGER_HOME and LEDGER_KEYS_URL: they do not name the same ledger.")


class KeyStoreFromTheFuture(Misconfigured):
    """A later version wrote the key store."""

    sentence = mark("This key store was written by a later version ({found}) than this one ({known}).")
    advice = mark("Install the later version; nothing was touched.")


class KeyStorePresent(Conflict):
    """There is a key store already; its keys are never overwritten."""

    sentence = mark("There already is a key store here; it was left as it is.")
    advice = mark("Choose another folder, or use the ledger that is there.")


class HolderNameInvalid(Invalid):
    """The name of a holder is not written as it must be."""

    sentence = mark("This name can't be that of a holder of the root key.")
    advice = mark("Use small letters, digits and hyphens, at most 31, a letter first: for example cle-usb.")


class HolderNameTaken(Conflict):
    """A holder of the root key has the name, or had it before it was retired."""

    sentence = mark("The name {name} is that of another holder of the root key, or of one that was retired.")
    advice = mark("Choose another name: what is on record about the first stays about the first.")


class HolderPlaceInside(Refused):
    """A holder of the root key in the ledger's own folder."""

    sentence = mark("A copy of the root key in the ledger's own folder would be lost, and copied, with what it opens.")
    advice = mark("Give a folder on another medium: a stick, or a disk in a safe.")


class HolderPlaceTaken(Conflict):
    """The place for the root key holds something else."""

    sentence = mark("This folder is not empty, or holds the root key of another ledger; it was left as it is.")
    advice = mark("Give a folder that is empty, or that isn't there yet.")


class HolderUnknown(NotFound):
    """No holder bears the name."""

    sentence = mark("No holder of the root key bears this name.")
    advice = mark("See `ledger keys holders`.")


class LastHolder(Refused):
    """Without this holder nobody would have the root key."""

    sentence = mark("{name} is the last holder of the root key that can be reached: without it nothing opens any more.")
    advice = mark("Connect another holder, or make one with `ledger keys export`, then try again.")


class RootKeyAbsent(KeyStoreUnavailable):
    """The root key is not where it is kept."""

    sentence = mark("The root key is not in its place ({place}).")
    advice = mark(
        "Put it back, or connect the disk that holds it, then try again. Without it nothing can be opened or sealed."
    )


class RootKeyPresent(Conflict):
    """There is a root key already; it is never overwritten."""

    sentence = mark("There already is a root key here; it was left as it is.")
    advice = mark("Choose another folder, or use the ledger that is there.")


class RootKeyMalformed(IntegrityBroken):
    """The file of the root key doesn't hold one."""

    sentence = mark("The file of the root key ({place}) does not hold a root key.")
    advice = mark("Put back the copy that you keep of it. The ledger can't be opened with anything else.")


class RootKeyExposed(Misconfigured):
    """Others than the ledger's own account could read or replace the root key."""

    sentence = mark("Other accounts could read or replace the root key ({place}).")
    advice = mark(
        "Give it to the account that runs the ledger and to nobody else ({remedy}), or use the `ledger` command "
        "through that account."
    )


class RootKeyUnreadable(Misconfigured):
    """This account may not read the root key."""

    sentence = mark("This account may not read the root key ({place}).")
    advice = mark(
        "The files belong to the ledger's own account: use the `ledger` command through it, or mend the rights."
    )
