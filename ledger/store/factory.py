"""
The infrastructure factory of the `eventsourcing` library, for applications and projections written with it.

`PERSISTENCE_MODULE=ledger.store.factory` with `LEDGER_DATABASE_URL` (and `LEDGER_SCHEMA` on PostgreSQL) makes the
library use this store. The ledger's own use cases do not go through it.
"""

from __future__ import annotations

from uuid import UUID

from eventsourcing.persistence import AggregateRecorder, ApplicationRecorder, InfrastructureFactory, ProcessRecorder
from eventsourcing.utils import Environment, EnvType, resolve_topic, strtobool

from ledger.store.engine import Database
from ledger.store.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerTrackingRecorder,
)
from ledger.store.setup import create_store
from ledger.store.snapshots import SnapshotRecorder

NO_LEDGER = UUID(int=0)
"""The owner of a store that the library made for itself, and that is no ledger."""


class LedgerFactory(InfrastructureFactory[LedgerTrackingRecorder]):
    """Makes the recorders of one store."""

    DATABASE_URL = "LEDGER_DATABASE_URL"
    SCHEMA = "LEDGER_SCHEMA"
    CREATE_TABLE = "CREATE_TABLE"

    def __init__(self, env: Environment | EnvType | None) -> None:
        super().__init__(env)
        url = self.env.get(self.DATABASE_URL)
        if not url:
            raise OSError(f"{self.DATABASE_URL} is not set")
        self.database = Database(url, schema=self.env.get(self.SCHEMA) or None)
        self._made = False

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Make the recorder of events, or that of snapshots, which are no part of the log."""
        self._make_tables()
        if purpose == "events":
            return LedgerAggregateRecorder(self.database)
        return SnapshotRecorder(self.database, purpose, create=self._may_create())

    def application_recorder(self) -> ApplicationRecorder:
        """Make the recorder of an application's events."""
        self._make_tables()
        return LedgerApplicationRecorder(self.database)

    def tracking_recorder(
        self, tracking_recorder_class: type[LedgerTrackingRecorder] | None = None
    ) -> LedgerTrackingRecorder:
        """Make the recorder of a projection's progress, of the class given or named in the environment."""
        self._make_tables()
        topic = self.env.get(self.TRACKING_RECORDER_TOPIC)
        chosen = tracking_recorder_class or (resolve_topic(topic) if topic else LedgerTrackingRecorder)
        recorder: LedgerTrackingRecorder = chosen(self.database)
        return recorder

    def process_recorder(self) -> ProcessRecorder:
        """Make the recorder of an application that follows another."""
        self._make_tables()
        return LedgerProcessRecorder(self.database)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def _may_create(self) -> bool:
        return strtobool(self.env.get(self.CREATE_TABLE, "yes") or "yes")

    def _make_tables(self) -> None:
        if not self._made and self._may_create():
            create_store(self.database, NO_LEDGER)
        self._made = True
