from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ledger.errors import Unavailable
from ledger.projections.errors import (
    RebuildOvertaken,
    UnknownModel,
    ViewsBehind,
    ViewsDamaged,
    ViewsOfAnotherLog,
    ViewsOutdated,
    ViewsUnavailable,
)
from ledger.projections.filters import Filter
from ledger.projections.mandate_register import MANDATES
from ledger.projections.model import Model, Rows, Scopes
from ledger.projections.models import MODELS
from ledger.projections.ports import Entry
from ledger.projections.runner import Runner
from ledger.projections.tables import Table
from ledger.projections.views import Views
from tests.integration.projections.conftest import OpenViews, runner_of
from tests.unit.projections.histories import MemoryLog, history
from tests.unit.projections.rows_in_memory import projected


@dataclass(frozen=True)
class SeenRow:
    position: int
    topic: str
    times: int


SEEN = Table("seen", "seen", SeenRow, key=("position",))


class Seen(Model):
    """Counts how often it was given each event."""

    name = "seen"
    tables = (SEEN,)
    topics = frozenset()

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        row = rows.get(SEEN, entry.position)
        rows.put(SEEN, SeenRow(entry.position, entry.topic, 1 if row is None else row.times + 1))


class Touchy(Seen):
    """Fails on some events, in the ways a model can."""

    name = "touchy"
    tables = (Table("touchy", "touchy", SeenRow, key=("position",)),)

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        rows.put(self.tables[0], SeenRow(entry.position, entry.topic, 1))
        if entry.position == 7:
            raise KeyError("Aline Exemple")  # what a model might carelessly say
        if entry.position == 9:
            rows.put(self.tables[0], SeenRow(2**70, entry.topic, 1))  # no database takes this number


def contents(views: Views, table: Table[Any]) -> list[Any]:
    rows = views.read(lambda reader: reader.select(table, Filter(), order=", ".join(table.key)))
    return sorted(rows, key=table.key_of)


def everything(views: Views) -> dict[str, list[Any]]:
    return {table.name: contents(views, table) for model in views.models.values() for table in model.tables}


def expected(log: MemoryLog) -> dict[str, list[Any]]:
    return {
        table.name: sorted(projected(model, log).all(table), key=table.key_of)
        for model in MODELS
        for table in model.tables
    }


def test_the_tables_hold_what_the_models_say(views: Views) -> None:
    log = history(Random(1), 400)
    runner_of(views, log).catch_up()
    assert everything(views) == expected(log)
    assert sum(map(len, expected(log).values())) > 300


def test_a_reader_who_must_see_the_last_write_does(views: Views) -> None:
    log = history(Random(2), 60)
    runner = runner_of(views, log, batch_events=7)
    for until in (1, 10, len(log.written)):
        assert runner.catch_up(until=until).position == until
        assert all(status.position >= until for status in runner.status())


def test_what_the_log_does_not_hold_yet_can_not_be_waited_for(views: Views) -> None:
    log = history(Random(2), 60)
    with pytest.raises(ViewsBehind):
        runner_of(views, log).catch_up(until=len(log.written) + 1)


def test_status_tells_position_and_lag(views: Views) -> None:
    log = history(Random(3), 60)
    runner = runner_of(views, log)
    log.visible = 40
    runner.catch_up()
    log.visible = 60
    assert {(status.position, status.lag) for status in runner.status()} == {(40, 20)}
    assert {status.model for status in runner.status()} == {model.name for model in MODELS}


def test_every_event_is_taken_once_by_two_runners_side_by_side(open_views: OpenViews) -> None:
    log = history(Random(4), 90)
    first, second = (runner_of(open_views([Seen()]), log, batch_events=size) for size in (10, 7))
    for visible in range(5, 91, 5):
        log.visible = visible
        (first if visible % 2 else second).catch_up()
        first.catch_up(until=max(1, visible - 20))
    rows = contents(open_views([Seen()]), SEEN)
    assert sorted((row.position, row.times) for row in rows) == [(position, 1) for position in range(1, 91)]


def test_pruned_positions_do_not_hold_a_model_up(views: Views) -> None:
    log = history(Random(5), 80)
    log.pruned = {*range(1, 25), *range(60, len(log.written) + 1)}
    runner = runner_of(views, log, batch_events=10)
    assert runner.catch_up().position == len(log.written)
    assert {status.lag for status in runner.status()} == {0}


def test_an_event_that_a_model_can_not_take_is_parked_and_the_rest_goes_on(open_views: OpenViews) -> None:
    log = history(Random(6), 40)
    touchy = Touchy()
    views = open_views([Seen(), touchy])
    runner = runner_of(views, log, batch_events=20)
    log.visible = 40
    reported = runner.catch_up().parked
    assert [(event.model, event.position) for event in reported] == [("touchy", 7), ("touchy", 9)]
    assert reported[0].error == "KeyError"
    taken = {row.position for row in contents(views, touchy.tables[0])}
    assert taken == set(range(1, 41)) - {7, 9}
    assert len(contents(views, SEEN)) == 40
    status = {status.model: status for status in runner.status()}
    assert status["touchy"].parked == reported
    assert status["touchy"].lag == 0
    assert status["seen"].parked == ()
    assert runner.catch_up().parked == ()


def test_what_is_parked_keeps_no_text_of_the_error(open_views: OpenViews) -> None:
    views = open_views([Touchy()])
    runner_of(views, history(Random(6), 40)).catch_up()
    with views.snapshot() as connection:
        parked = connection.execute(text("SELECT * FROM parked")).all()
    assert len(parked) == 2
    assert "Aline" not in repr(parked)


class FailingLog(MemoryLog):
    """A log that can't be reached a few times."""

    failures = 0

    def head(self) -> int:
        if self.failures:
            self.failures -= 1
            raise Unavailable
        return super().head()


def test_a_log_out_of_reach_is_tried_again_after_longer_and_longer_waits(open_views: OpenViews) -> None:
    log = FailingLog(history(Random(7), 30).written)
    waits: list[float] = []
    runner = runner_of(open_views([Seen()]), log)
    runner._patience = replace(runner._patience, pause=waits.append)
    log.failures = 3
    assert runner.catch_up().position == len(log.written)
    assert waits == sorted(waits)
    assert len(waits) == 3
    assert waits[-1] == 4 * waits[0]
    log.failures = 100
    with pytest.raises(Unavailable):
        runner.catch_up()


def test_a_rebuild_gives_the_same_rows(views: Views) -> None:
    log = history(Random(8), 300)
    runner = runner_of(views, log, batch_events=13)
    runner.catch_up()
    before = everything(views)
    for model in MODELS:
        runner.rebuild(model.name)
    assert everything(views) == before
    assert {status.generation for status in runner.status()} == {2}


def test_a_rebuild_takes_parked_events_again(open_views: OpenViews) -> None:
    log = history(Random(9), 40)
    runner_of(open_views([Touchy()]), log).catch_up()

    class Mended(Touchy):
        def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
            rows.put(self.tables[0], SeenRow(entry.position, entry.topic, 1))

    views = open_views([Mended()])
    runner = runner_of(views, log)
    assert runner.status()[0].parked != ()
    assert runner.rebuild("touchy").parked == ()
    assert runner.status()[0].parked == ()
    assert len(contents(views, Mended.tables[0])) == len(log.written)


def test_a_rebuild_leaves_no_old_tables_behind(views: Views, backend: str) -> None:
    log = history(Random(10), 60)
    runner = runner_of(views, log)
    runner.catch_up()
    for _ in range(3):
        runner.rebuild("access-journal")
    listing = {
        "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'access_journal%'",
        "postgresql": "SELECT tablename FROM pg_tables WHERE tablename LIKE 'access_journal%'",
    }
    with views.snapshot() as connection:
        assert connection.execute(text(listing[backend])).scalars().all() == ["access_journal_g4"]


def test_a_later_rebuild_of_the_same_model_overtakes(open_views: OpenViews) -> None:
    log = history(Random(11), 60)
    views = open_views()
    runner, other = runner_of(views, log, batch_events=10), runner_of(open_views(), log)
    runner.catch_up()

    class Interrupted(MemoryLog):
        def entries(self, *, after: int, upto: int) -> Any:
            if after == 20:
                other.rebuild("procedures")
            return super().entries(after=after, upto=upto)

    slow = runner_of(views, Interrupted(log.written, log.claims), batch_events=10)
    with pytest.raises(RebuildOvertaken):
        slow.rebuild("procedures")
    assert everything(views) == expected(log)


def test_the_live_rows_keep_up_while_a_rebuild_is_under_way(open_views: OpenViews) -> None:
    log = history(Random(12), 120)
    views = open_views()
    live = runner_of(views, log)
    log.visible = 60
    live.catch_up()

    class Growing(MemoryLog):
        def entries(self, *, after: int, upto: int) -> Any:
            if after == 40:
                log.visible = None
                assert live.catch_up().position == len(log.written)
                assert {status.rebuilt_to for status in live.status() if status.model == "procedures"} == {40}
            return super().entries(after=after, upto=upto)

        def head(self) -> int:
            return log.head()

    runner_of(open_views(), Growing(log.written, log.claims), batch_events=10).rebuild("procedures")
    assert everything(views) == expected(log)
    assert {status.lag for status in live.status()} == {0}


def test_rows_of_another_version_are_neither_read_nor_written_but_made_again(open_views: OpenViews) -> None:
    log = history(Random(13), 40)
    runner_of(open_views([Seen()]), log).catch_up()

    class Newer(Seen):
        version = 2

    views = open_views([Newer()])
    runner = runner_of(views, log)
    with pytest.raises(ViewsOutdated):
        runner.catch_up()
    with pytest.raises(ViewsOutdated):
        contents(views, SEEN)
    assert [status.outdated for status in runner.status()] == [True]
    runner.rebuild("seen")
    assert len(contents(views, SEEN)) == len(log.written)
    assert runner.catch_up().position == len(log.written)


def test_a_model_that_does_not_exist_is_said_so(views: Views) -> None:
    with pytest.raises(UnknownModel):
        runner_of(views, MemoryLog()).rebuild("horoscopes")


def test_a_database_that_can_not_be_reached_is_said_so() -> None:
    views = Views.open("sqlite:////nonexistent/folder/views.sqlite3", models=MODELS)
    with pytest.raises(ViewsUnavailable):
        runner_of(views, MemoryLog()).catch_up()


def test_rows_that_were_never_made_can_not_be_read(views: Views) -> None:
    with pytest.raises(ViewsUnavailable):
        contents(views, SEEN)


def test_a_model_that_is_new_in_this_version_is_filled_by_catching_up(open_views: OpenViews) -> None:
    log = history(Random(16), 40)
    touchy = Touchy()
    runner_of(open_views([touchy]), log).catch_up()
    views = open_views([touchy, Seen()])
    with pytest.raises(ViewsOutdated):
        contents(views, SEEN)
    runner_of(views, log).catch_up()
    assert len(contents(views, SEEN)) == len(log.written)


def test_a_damaged_file_is_said_so_and_can_be_thrown_away(tmp_path: Path) -> None:
    path, log = tmp_path / "views.sqlite3", history(Random(17), 40)
    path.write_bytes(b"this is no database" * 1000)
    views = Views.open(f"sqlite:///{path}", models=[Seen()])
    with pytest.raises(ViewsDamaged):
        runner_of(views, log).catch_up()
    with pytest.raises(ViewsDamaged):
        contents(views, SEEN)
    views.close()
    path.unlink()
    views = Views.open(f"sqlite:///{path}", models=[Seen()])
    runner_of(views, log).catch_up()
    assert len(contents(views, SEEN)) == len(log.written)
    views.close()


def test_a_mistake_of_ours_is_not_taken_for_a_database_out_of_reach(views: Views) -> None:
    runner_of(views, history(Random(18), 10)).catch_up()
    with pytest.raises(DBAPIError):
        views.read(lambda reader: reader.select(MANDATES, Filter().equal("nothing", 1), order="mandate"))


def test_any_postgresql_address_is_reached_with_the_driver_that_ships(postgres_url: str) -> None:
    address = postgres_url.replace("postgresql+psycopg:", "postgresql:")
    views = Views.open(address, models=[Seen()], schema="plain_views")
    runner_of(views, history(Random(19), 10)).catch_up()
    assert contents(views, SEEN) != []
    views.close()


def test_a_log_out_of_reach_leaves_the_status_readable_again(open_views: OpenViews) -> None:
    log = FailingLog(history(Random(20), 30).written)
    runner = runner_of(open_views([Seen()]), log)
    log.failures = 2
    assert [status.position for status in runner.status()] == [0]


def log_put_back(log: MemoryLog, to: int, then: int) -> MemoryLog:
    """Restore an old backup of a log, and go on differently."""
    other = history(Random(99), then)
    goes_on = [replace(entry, event_id=UUID(int=entry.position)) for entry in other.written[to:then]]
    return MemoryLog([*log.written[:to], *goes_on], {**log.claims, **other.claims})


@pytest.mark.parametrize("then", [60, 100, 140])
def test_rows_of_a_log_that_was_put_back_are_found_out_and_made_again(open_views: OpenViews, then: int) -> None:
    log = history(Random(22), 100)
    log.visible = 100
    views = open_views([Seen()])
    runner_of(views, log).catch_up()
    runner = runner_of(views, log_put_back(log, 60, then))
    with pytest.raises(ViewsOfAnotherLog):
        runner.catch_up()
    assert [status.outdated for status in runner.status()] == [True]
    assert runner.rebuild("seen").position == then
    assert runner.catch_up().position == then
    assert [status.outdated for status in runner.status()] == [False]
    assert len(contents(views, SEEN)) == then


def test_a_last_event_that_was_pruned_is_no_sign_of_another_log(open_views: OpenViews) -> None:
    log = history(Random(23), 50)
    runner = runner_of(open_views([Seen()]), log)
    runner.catch_up()
    log.pruned = set(range(1, len(log.written) + 1))
    assert runner.catch_up().position == len(log.written)
    assert [status.outdated for status in runner.status()] == [False]


def test_an_empty_log_gives_empty_models(views: Views) -> None:
    runner = runner_of(views, MemoryLog())
    assert runner.catch_up().position == 0
    runner.rebuild("procedures")
    assert all(rows == [] for rows in everything(views).values())


def test_a_runner_has_no_way_to_write_to_the_log() -> None:
    reading = {"head", "entries", "scopes"}
    source = Runner.__init__.__annotations__["source"]
    assert source == "EventSource"
    from ledger.projections import ports

    assert {name for name in vars(ports.EventSource) if not name.startswith("_")} == reading


def test_instants_come_back_to_the_microsecond(views: Views) -> None:
    log = history(Random(14), 50)
    first = log.written[0]
    log.written[0] = replace(first, recorded_at=first.recorded_at.replace(microsecond=123457))
    runner_of(views, log).catch_up()
    assert everything(views) == expected(log)
