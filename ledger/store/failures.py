"""
What can go wrong in the store, and what a driver's error means.

A driver's message may name files and constraints but never a value of ours: statements are constant and values travel
as parameters. Even so only its code is kept in what users and logs see.
"""

from __future__ import annotations

import sqlite3

from ledger.errors import Conflict, DataErased, IntegrityBroken, Invalid, LedgerError, Misconfigured, Unavailable
from ledger.translation import mark


class LedgerBusy(Unavailable):
    """Another process held the write lock for longer than a writer waits."""

    sentence = mark("The ledger is busy: another task is writing.")
    advice = mark("Wait a moment and try again; nothing was recorded.")


class StoreFull(Unavailable):
    """The disk, or the database's own limit, is full."""

    sentence = mark("The disk that holds the ledger is full.")
    advice = mark("Free some space, then try again; nothing was recorded, and what was acknowledged is safe.")


class StoreUnreachable(Unavailable):
    """The server does not answer, or the connection broke."""

    sentence = mark("The database can't be reached.")
    advice = mark(
        "Check that the server runs and that the network works, then give the same command again with the same number: "
        "it happens at most once."
    )


class StoreFailing(Unavailable):
    """The disk or the server reports a fault of its own."""

    sentence = mark("The database reports a fault ({fault}).")
    advice = mark("Run `ledger doctor`; try again once the fault is mended. Nothing was recorded.")


class StoreReadOnly(Misconfigured):
    """The files, or the rights on the server, do not let this account write."""

    sentence = mark("This account may not write to the ledger.")
    advice = mark(
        "The files belong to the ledger's own account: use the `ledger` command through it, or mend the rights."
    )


class StoreMissing(Misconfigured):
    """There is no database where the settings say, or it was never set up."""

    sentence = mark("The database of this ledger is not in its place.")
    advice = mark("Put it back from the last backup, or check the address in LEDGER_DATABASE_URL; make no new ledger.")


class StoreOnStandby(Unavailable):
    """The server only follows another one, which is where the log is written."""

    sentence = mark("This database follows another one: what is signed must come from where the ledger is written.")
    advice = mark("Give the address of the primary server in LEDGER_DATABASE_URL, then try again; nothing was signed.")


class StoreUnsuitable(Misconfigured):
    """The file system can't keep a write-ahead log, without which a reader would hold up the writers."""

    sentence = mark("A ledger can't be kept on this kind of disk.")
    advice = mark("Use a local disk (not a network share), or a PostgreSQL server.")


class StoreFromTheFuture(Misconfigured):
    """The database was written by a later version of the product."""

    sentence = mark("This ledger was written by a later version ({found}) than this one ({known}).")
    advice = mark("Install the later version; nothing was touched.")


class ForeignStore(Misconfigured):
    """The database belongs to another ledger than the settings say."""

    sentence = mark("This database belongs to another ledger.")
    advice = mark("Check LEDGER_HOME and LEDGER_DATABASE_URL: they do not name the same ledger.")


class StoreCorrupt(IntegrityBroken):
    """The file is not a database, or is damaged."""

    sentence = mark("The ledger's file is damaged, or is not a ledger.")
    advice = mark("Do not write to it. Keep a copy, and restore the last backup as the guide says.")


class ChangeRefused(IntegrityBroken):
    """Something tried to change or delete what is written for good."""

    sentence = mark("What is written in the ledger is neither changed nor deleted.")


class TooManyEvents(Invalid):
    """One append holds more events than the limit."""

    sentence = mark("This is too much at once: {count} events, the limit is {limit}.")
    advice = mark("Split the work into smaller parts; nothing was recorded.")


class HeaderTooLarge(Invalid):
    """The header of one event is larger than the limit."""

    sentence = mark("This record is too large: {size} bytes, the limit is {limit}.")


class BoxTooLarge(Invalid):
    """The sealed fields of one event are larger than the limit."""

    sentence = mark("This text is too long: {size} bytes, the limit is {limit}.")


class StreamMovedOn(Conflict):
    """A stream that the command read has gained an event since."""

    sentence = mark("Someone changed {reference} while you were working on it.")


class ScopeClosing(Conflict):
    """The data that the command would add to are being destroyed, or are destroyed."""

    sentence = mark("These data are being destroyed, or have been: nothing can be added to them.")
    advice = mark("Open a new procedure if the person still needs help.")


class ScopeStirred(Conflict):
    """Something was added to data that were about to be destroyed."""

    sentence = mark("Something was added meanwhile to data that were about to be destroyed; nothing was done to them.")
    advice = mark("The next run looks at them again.")


class NotFenced(Conflict):
    """A destruction was asked for a key that no fence closed, or that is destroyed already."""

    sentence = mark("The key {key} is not waiting to be destroyed.")


class StreamPruned(DataErased):
    """A record whose key is destroyed and whose headers are pruned: nothing is left of it but leaf hashes."""

    sentence = mark("{reference} was destroyed: nothing of it is left but its place in the record.")
    advice = mark("It can't be brought back. The certificates say what was destroyed, when and under which authority.")


class AnswerErased(DataErased):
    """A repeated command that was done, and of whose records the headers are pruned by now."""

    sentence = mark("This command was done before, and what it recorded has been destroyed since.")
    advice = mark("There is nothing to do: it is not done again.")


class CommandIdReused(Conflict):
    """The id of a command that was already done came with another request."""

    sentence = mark("This command number was already used for something else.")
    advice = mark("Give the command without a number, and a new one will be made.")


class ClaimsContended(Unavailable):
    """Other processes kept claiming the same scopes first."""

    sentence = mark("Several people are opening the same file at this very moment.")
    advice = mark("Wait a moment and try again; nothing was recorded.")


class UniqueBroken(Conflict):
    """A row that must be the only one of its kind exists already."""


_SQLITE: dict[str, type[LedgerError]] = {
    "SQLITE_BUSY": LedgerBusy,
    "SQLITE_LOCKED": LedgerBusy,
    "SQLITE_FULL": StoreFull,
    "SQLITE_IOERR_SHMSIZE": StoreFull,  # the shared index of the WAL could not be given its 32 KiB
    "SQLITE_READONLY": StoreReadOnly,
    "SQLITE_PERM": StoreReadOnly,
    "SQLITE_AUTH": StoreReadOnly,
    "SQLITE_CANTOPEN": StoreReadOnly,  # the file was there when it was opened: its companions can't be made
    "SQLITE_NOTADB": StoreCorrupt,
    "SQLITE_CORRUPT": StoreCorrupt,
    "SQLITE_CONSTRAINT_TRIGGER": ChangeRefused,
    "SQLITE_CONSTRAINT_UNIQUE": UniqueBroken,
    "SQLITE_CONSTRAINT_PRIMARYKEY": UniqueBroken,
    "SQLITE_CONSTRAINT_ROWID": UniqueBroken,
    "SQLITE_CONSTRAINT": IntegrityBroken,
}

_POSTGRESQL: dict[str, type[LedgerError]] = {
    "55P03": LedgerBusy,  # lock_timeout
    "57014": LedgerBusy,  # statement_timeout
    "40": LedgerBusy,  # deadlock, serialization
    "53100": StoreFull,
    "53": StoreUnreachable,  # too many connections, out of memory
    "42501": StoreReadOnly,
    "25006": StoreReadOnly,
    "28": StoreReadOnly,  # password, role
    "3D000": StoreMissing,
    "3F000": StoreMissing,
    "42P01": StoreMissing,
    "23505": UniqueBroken,
    "23": IntegrityBroken,
    "P0001": ChangeRefused,
    "XX001": StoreCorrupt,
    "XX002": StoreCorrupt,
    "08": StoreUnreachable,
    "57P": StoreUnreachable,  # shutdown, crash, starting up
}


def meaning_of(fault: Exception) -> LedgerError:
    """Give the ledger's error for an error of a database driver; it names the fault's code and nothing else."""
    if isinstance(fault, sqlite3.Error):
        name = str(getattr(fault, "sqlite_errorname", None) or type(fault).__name__)
        return _nearest(_SQLITE, name.upper())(fault=name)
    state = getattr(fault, "sqlstate", None)
    if not state:  # no answer from the server, or a connection that broke
        return StoreUnreachable(fault=type(fault).__name__)
    return _nearest(_POSTGRESQL, str(state))(fault=state)


def _nearest(meanings: dict[str, type[LedgerError]], code: str) -> type[LedgerError]:
    """Find the meaning of the longest known beginning of `code`."""
    for end in range(len(code), 1, -1):
        if code[:end] in meanings:
            return meanings[code[:end]]
    return StoreFailing
