"""Joins the retention runner to the store and to the keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from ledger.bootstrap import schema_of
from ledger.retention.erasing import Erasing
from ledger.retention.lock import FileLock, ServerLock
from ledger.retention.runner import RetentionRunner
from ledger.sealing.destroying import KeyDestruction
from ledger.sealing.holding import RootHolders
from ledger.store.disposal import LedgerDisposal, Traces
from ledger.store.engine import SQLITE, Database

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger
    from ledger.usecases.retention.ports import RunLock


class WholeDisposal(LedgerDisposal):
    """The disposal of the event database which, asked to rewrite the tables, rewrites the key store's too."""

    def __init__(self, ledger: Ledger, keys: KeyDestruction) -> None:
        super().__init__(ledger.database, ledger.streams)
        self._keys = keys

    def vacuum(self) -> Traces:
        """Rewrite both databases; pending while a reader holds the log of either."""
        emptied = self._keys.vacuum()
        traces = super().vacuum()
        return traces if emptied else Traces.PENDING


def destruction_of(ledger: Ledger) -> KeyDestruction:
    """Make what destroys the keys of one ledger."""
    return KeyDestruction(
        ledger.keyring,
        ledger.index,
        clock=ledger.clock,
        scopes_of=ledger.log.scopes_of,
        signer=ledger.signer,
        lock=lock_of(ledger, "keys"),
    )


def root_holders_of(ledger: Ledger) -> RootHolders:
    """Make what gives the root to other holders, and takes holders off; one change or turn at a time."""
    return RootHolders(ledger.keyring, locations=ledger.locations, lock=lock_of(ledger, "keys"))


def retention_of(ledger: Ledger) -> RetentionRunner:
    """Make the runner of one ledger."""
    keys = destruction_of(ledger)
    return RetentionRunner(
        desk=ledger.desk,
        disposal=WholeDisposal(ledger, keys),
        events=ledger.events,
        keys=keys,
        signer=ledger.signer,
        lock=lock_of(ledger, "retention"),
        clock=ledger.clock,
    )


def erasing_of(ledger: Ledger) -> Erasing:
    """Make what decides requests for erasure."""
    return Erasing(ledger.desk, LedgerDisposal(ledger.database, ledger.streams))


def lock_of(ledger: Ledger, what: str) -> RunLock:
    """Make the lock of one ledger that lets one process at a time do something, even on a copy that is prepared."""
    if ledger.database.dialect == SQLITE:
        return FileLock(ledger.locations.home, name=f"{what}.lock")
    return ServerLock(partial(_connection_of, ledger.database), name=f"{schema_of(ledger.settings.ledger_id)}.{what}")


@contextmanager
def _connection_of(database: Database) -> Iterator[Any]:
    """Lend the driver's own connection: an advisory lock lives as long as the session that took it."""
    rows = database.lend()
    try:
        yield rows.connection
    finally:
        database.take_back(rows)
