"""
The conformance cases that the `eventsourcing` library ships, on both databases.

Every case of `eventsourcing.tests.persistence`, `.application` and `.projection` runs here, but for these:

* `InfrastructureFactoryTestCase.test_mapper*` run and prove nothing of ours: the mapper is the library's own.
* `TranscoderTestCase` tests the library's JSON transcoder; the ledger's events never meet it.
* `TaggedDecisionCountersProjectionTestCase` needs a recorder of the library's "dynamic consistency boundaries": this is
  another interface (`DCBRecorder`) over tables without streams; the ledger has none.
* `ApplicationRecorderTestCase.optional_test_insert_subscribe` is optional there, and required here.

`test_nothing_is_skipped_silently` compares this list with what the library ships.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar
from unittest import TestCase
from uuid import uuid4

import pytest
from eventsourcing.persistence import Tracking
from eventsourcing.tests import application as application_cases
from eventsourcing.tests import persistence as persistence_cases
from eventsourcing.tests import projection as projection_cases
from eventsourcing.utils import Environment, get_topic

from ledger.store import factory
from ledger.store.engine import Database
from ledger.store.factory import NO_LEDGER, LedgerFactory
from ledger.store.recorder import (
    LedgerAggregateRecorder,
    LedgerApplicationRecorder,
    LedgerProcessRecorder,
    LedgerTrackingRecorder,
    as_the_library_says,
)
from ledger.store.setup import create_store
from ledger.store.snapshots import SnapshotRecorder

MODULE = "ledger.store.factory"

# One case checks that a deprecated name of the library warns; elsewhere every warning is an error.
pytestmark = pytest.mark.filterwarnings("default:'log' is deprecated:DeprecationWarning")


class OnSQLite:
    """The case runs on a fresh SQLite file."""

    settings: dict[str, str]

    @pytest.fixture(autouse=True)
    def _fresh_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        yield from self._use({"LEDGER_DATABASE_URL": f"sqlite:///{tmp_path}/events.sqlite3"}, monkeypatch)

    def _use(self, settings: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        self.settings = {"PERSISTENCE_MODULE": MODULE, **settings}
        type(self).env = Environment(env=self.settings)  # type: ignore[attr-defined]
        for name, value in self.settings.items():
            monkeypatch.setenv(name, value)
        opened: list[Database] = []

        class Remembered(Database):
            """A database that this test closes, since the library's applications are left open by their cases."""

            def __init__(self, url: str, *, schema: str | None = None) -> None:
                super().__init__(url, schema=schema)
                opened.append(self)

        monkeypatch.setattr(factory, "Database", Remembered)
        self.database_class = Remembered
        yield
        for database in opened:
            database.close()

    def fresh(self) -> Database:
        """Give the database of this test, its tables made."""
        database = self.database_class(self.settings["LEDGER_DATABASE_URL"], schema=self.settings.get("LEDGER_SCHEMA"))
        create_store(database, NO_LEDGER)
        return database


class OnPostgreSQL(OnSQLite):
    """The case runs on a fresh schema of a PostgreSQL server."""

    @pytest.fixture(autouse=True)
    def _fresh_file(self, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        settings = {"LEDGER_DATABASE_URL": postgres_url, "LEDGER_SCHEMA": f"ledger_{uuid4().hex[:8]}"}
        yield from self._use(settings, monkeypatch)


class AggregateRecorders(persistence_cases.AggregateRecorderTestCase):
    def create_recorder(self) -> LedgerAggregateRecorder:
        return LedgerAggregateRecorder(self.fresh())  # type: ignore[attr-defined]


class SnapshotRecorders(persistence_cases.AggregateRecorderTestCase):
    def create_recorder(self) -> SnapshotRecorder:
        return SnapshotRecorder(self.fresh(), "snapshots", create=True)  # type: ignore[attr-defined]


class ApplicationRecorders(persistence_cases.ApplicationRecorderTestCase[LedgerApplicationRecorder]):
    def create_recorder(self) -> LedgerApplicationRecorder:
        return LedgerApplicationRecorder(self.fresh())  # type: ignore[attr-defined]

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TrackingRecorders(persistence_cases.TrackingRecorderTestCase):
    def create_recorder(self) -> LedgerTrackingRecorder:
        return LedgerTrackingRecorder(self.fresh())  # type: ignore[attr-defined]


class ProcessRecorders(persistence_cases.ProcessRecorderTestCase):
    def create_recorder(self) -> LedgerProcessRecorder:
        return LedgerProcessRecorder(self.fresh())  # type: ignore[attr-defined]


class NonInterleaving(persistence_cases.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> LedgerApplicationRecorder:
        return LedgerApplicationRecorder(self.fresh())  # type: ignore[attr-defined]


class TrackingSubclass(LedgerTrackingRecorder):
    """A subclass that the factory is asked for by topic."""


class Factories(persistence_cases.InfrastructureFactoryTestCase[LedgerFactory]):
    def expected_factory_class(self) -> type[LedgerFactory]:
        return LedgerFactory

    def expected_aggregate_recorder_class(self) -> type[LedgerAggregateRecorder]:
        return LedgerAggregateRecorder

    def expected_application_recorder_class(self) -> type[LedgerApplicationRecorder]:
        return LedgerApplicationRecorder

    def expected_tracking_recorder_class(self) -> type[LedgerTrackingRecorder]:
        return LedgerTrackingRecorder

    def tracking_recorder_subclass(self) -> type[LedgerTrackingRecorder]:
        return TrackingSubclass

    def expected_process_recorder_class(self) -> type[LedgerProcessRecorder]:
        return LedgerProcessRecorder


class Counters(LedgerTrackingRecorder, projection_cases.EventCountersView):
    """The library's example of a view, kept in a table of this store."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        with database.reading() as rows:
            rows.run("CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, counted INTEGER NOT NULL)")

    def get_created_event_counter(self) -> int:
        return self._counted("created")

    def get_subsequent_event_counter(self) -> int:
        return self._counted("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._count("created", tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._count("subsequent", tracking)

    def _counted(self, name: str) -> int:
        with self.database.reading() as rows:
            found = rows.one("SELECT counted FROM counters WHERE name = ?", (name,))
        return found[0] if found else 0

    def _count(self, name: str, tracking: Tracking) -> None:
        with as_the_library_says(), self.database.writing() as (rows, _):
            self._insert_tracking(rows, tracking)
            rows.run(
                "INSERT INTO counters VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET counted = counters.counted + 1",
                (name,),
            )


class Views(projection_cases.EventCountersViewTestCase):
    def construct_event_counters_view(self) -> projection_cases.EventCountersView:
        return Counters(self.fresh())  # type: ignore[attr-defined]


class Projections(projection_cases.AggregateEventCountersProjectionTestCase):
    view_class = Counters


class SourcedProjections(projection_cases.EventSourcedProjectionTestCase):
    env: ClassVar[Any] = {}


class Applications(application_cases.ApplicationTestCase):
    """The library's own application, made to use this store by its environment."""


class Examples(application_cases.ExampleApplicationTestCase):
    expected_factory_topic = get_topic(LedgerFactory)


_CASES: tuple[type[TestCase], ...] = (
    AggregateRecorders,
    SnapshotRecorders,
    ApplicationRecorders,
    TrackingRecorders,
    ProcessRecorders,
    NonInterleaving,
    Factories,
    Views,
    Projections,
    SourcedProjections,
    Applications,
    Examples,
)

for _case in _CASES:
    for _place in (OnSQLite, OnPostgreSQL):
        _name = f"Test{_case.__name__}{_place.__name__}"
        globals()[_name] = type(_name, (_place, _case), {"__module__": __name__, "__test__": True})
    _case.__test__ = False  # type: ignore[attr-defined]

_NOT_APPLICABLE = {"TranscoderTestCase", "TaggedDecisionCountersProjectionTestCase"}
"""The reasons are at the top of this module."""


def test_nothing_is_skipped_silently() -> None:
    shipped = {
        name
        for module in (persistence_cases, application_cases, projection_cases)
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, TestCase) and value.__module__ == module.__name__
    }
    run = {base.__name__ for case in _CASES for base in case.__mro__}
    abstract = {"RecorderTestCase"}
    assert shipped - run - abstract == _NOT_APPLICABLE
