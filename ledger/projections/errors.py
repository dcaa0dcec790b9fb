"""What can go wrong with read models; the log itself is never at stake here."""

from __future__ import annotations

from ledger.errors import Conflict, Misconfigured, NotFound, Unavailable
from ledger.translation import mark


class ViewsUnavailable(Unavailable):
    """The database of the read models can't be reached, is full, or stays locked."""

    sentence = mark("The lists of the ledger can't be reached just now.")
    advice = mark("Wait a moment and try again. What was recorded is safe: the lists are made from it.")


class ViewsDamaged(Misconfigured):
    """The file is no database, or is damaged; nothing is lost with it."""

    sentence = mark("The file of the lists (views.sqlite3) is damaged. The ledger itself is not concerned.")
    advice = mark("Delete that file with its companions (-wal, -shm): the lists are made again from what was recorded.")


class ViewsBehind(Unavailable):
    """The read models did not reach the position that the reader must see."""

    sentence = mark("The lists do not show the latest records yet ({behind} records behind).")
    advice = mark("Try again; `ledger projection status` says which list is late.")


class ViewsOutdated(Misconfigured):
    """A read model was built by another version of the product."""

    sentence = mark("The list {model} was made by another version of the ledger.")
    advice = mark("Run `ledger projection rebuild`: it is made again beside the old one, and nothing is lost.")


class ViewsOfAnotherLog(Misconfigured):
    """A read model holds what the log does not: the log was put back to an earlier state, or is another one."""

    sentence = mark("The list {model} was made from another state of the ledger; was a backup restored?")
    advice = mark("Run `ledger projection rebuild`: the lists are made again from what the ledger holds now.")


class UnknownModel(NotFound):
    """No read model bears this name."""

    sentence = mark("There is no list called {reference}.")
    unnamed = mark("There is no list of this name.")
    advice = mark("`ledger projection status` shows them all.")


class RebuildOvertaken(Conflict):
    """Another rebuild of the same model began after this one."""

    sentence = mark("Someone else began to rebuild the list {model}; theirs goes on.")
    advice = mark("Wait for it: `ledger projection status` shows where it stands.")
