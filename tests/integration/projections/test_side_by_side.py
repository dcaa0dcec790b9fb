"""Runners, rebuilds and readers at the same time; and runners that die."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text

from ledger.projections import tracking
from ledger.projections.access_journal import JOURNAL
from ledger.projections.errors import RebuildOvertaken
from ledger.projections.filters import Filter
from ledger.projections.models import MODELS
from ledger.projections.runner import Runner
from ledger.projections.tracking import State
from ledger.projections.views import Views
from tests.integration.projections.conftest import OpenViews, runner_of
from tests.integration.projections.test_runner import SEEN, Seen, contents, everything, expected
from tests.unit.projections.histories import history


def until_done(pool: ThreadPoolExecutor, *works: Callable[[], Any]) -> list[Any]:
    return [future.result(timeout=120) for future in [pool.submit(work) for work in works]]


def test_runners_side_by_side_take_every_event_once(open_views: OpenViews) -> None:
    log = history(Random(31), 600)

    def run(seed: int) -> int:
        random, runner = Random(seed), runner_of(open_views([Seen()]), log, batch_events=5 + seed)
        while (position := runner.catch_up().position) < 600:
            log.visible = min(600, (log.visible or 0) + random.randrange(1, 30))
        return position

    log.visible = 1
    with ThreadPoolExecutor(3) as pool:
        assert until_done(pool, *(lambda seed=seed: run(seed) for seed in range(3))) == [600] * 3
    rows = sorted((row.position, row.times) for row in contents(open_views([Seen()]), SEEN))
    assert rows == [(position, 1) for position in range(1, 601)]


def test_many_processes_may_be_the_first(open_views: OpenViews) -> None:
    log = history(Random(32), 40)
    with ThreadPoolExecutor(6) as pool:
        until_done(pool, *(runner_of(open_views(), log).catch_up for _ in range(6)))
    assert everything(open_views()) == expected(log)


def test_a_reader_sees_whole_rows_while_rebuilds_take_their_place(open_views: OpenViews) -> None:
    log = history(Random(33), 400)
    runner_of(open_views(), log).catch_up()
    whole = len(expected(log)[JOURNAL.name])
    assert whole > 50
    stop = Event()

    def read(views: Views) -> set[int]:
        sizes = set()
        while not stop.is_set():
            sizes.add(len(views.read(lambda reader: reader.select(JOURNAL, Filter(), order="position"))))
        return sizes

    def rebuild() -> None:
        runner = runner_of(open_views(), log)
        for _ in range(6):
            runner.rebuild("access-journal")
        stop.set()

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read, open_views()) for _ in range(2)]
        try:
            rebuild()
        finally:
            stop.set()
        assert [future.result(timeout=60) for future in reading] == [{whole}, {whole}]


def test_a_reader_in_the_midst_of_a_page_keeps_what_it_began_with(open_views: OpenViews) -> None:
    log = history(Random(34), 200)
    views = open_views()
    runner = runner_of(open_views(), log)
    log.visible = 100
    runner.catch_up()
    counts: list[int] = []

    def page(reader: Any) -> None:
        counts.append(len(reader.select(JOURNAL, Filter(), order="position")))
        if len(counts) == 1:
            log.visible = None
            runner.catch_up()
        counts.append(len(reader.select(JOURNAL, Filter(), order="position")))

    views.read(page)
    assert counts[0] == counts[1]
    assert len(contents(views, JOURNAL)) > counts[0]


def test_rebuilds_side_by_side_end_with_one_whole_model(open_views: OpenViews) -> None:
    log = history(Random(35), 300)
    runner_of(open_views(), log).catch_up()

    def rebuild() -> str:
        try:
            runner_of(open_views(), log, batch_events=20).rebuild("procedures")
        except RebuildOvertaken as error:
            return type(error).__name__
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ended = until_done(pool, *[rebuild] * 4)
    assert set(ended) <= {"done", "RebuildOvertaken"}
    assert "done" in ended
    views = open_views()
    assert everything(views) == expected(log)
    with views.snapshot() as connection:
        assert [each.state for each in tracking.every(connection) if each.model == "procedures"].count(State.LIVE) == 1


@pytest.mark.parametrize("point", ["advance", "lock", "park"])
def test_a_runner_that_dies_in_the_midst_leaves_nothing_half_done(
    open_views: OpenViews, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    class Died(BaseException):
        """A process that is killed runs no handler."""

    log = history(Random(36), 120)
    log.written.insert(0, log.written.pop(5))  # begins with an event of a stream whose beginning comes later
    log.written = [
        type(entry)(position, *(getattr(entry, name) for name in entry.__slots__[1:]))
        for position, entry in enumerate(log.written, 1)
    ]
    whole = open_views()
    countdown = 8
    real = getattr(tracking, point)

    def die(*args: Any, **options: Any) -> Any:
        nonlocal countdown
        countdown -= 1
        if countdown == 0:
            raise Died
        return real(*args, **options)

    monkeypatch.setattr(tracking, point, die)
    runner = runner_of(open_views(), log, batch_events=20)
    try:
        runner.catch_up()
    except Died:
        at_death = {status.model: status.position for status in runner.status()}
        assert min(at_death.values()) < 120
    monkeypatch.undo()
    runner_of(whole, log, batch_events=33).catch_up()
    after_death = everything(whole)
    for model in MODELS:
        runner_of(whole, log).rebuild(model.name)
    assert everything(whole) == after_death


def test_a_rebuild_that_died_is_begun_again_and_its_rests_are_dropped(
    open_views: OpenViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = history(Random(37), 120)
    runner = runner_of(open_views(), log, batch_events=20)
    runner.catch_up()

    def die(self: Runner, *_: Any) -> Any:
        raise SystemExit

    monkeypatch.setattr(Runner, "_take_over", die)
    with pytest.raises(SystemExit):
        runner.rebuild("duties")
    assert everything(open_views()) == expected(log)
    assert {status.rebuilt_to is not None for status in runner.status() if status.model == "duties"} == {True}
    monkeypatch.undo()
    runner.rebuild("duties")
    views = open_views()
    assert everything(views) == expected(log)
    with views.snapshot() as connection:
        assert [(each.number, each.state) for each in tracking.every(connection) if each.model == "duties"] == [
            (3, "live")
        ]


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "views.sqlite3"
    views = Views.open(f"sqlite:///{path}", models=MODELS)
    runner_of(views, history(Random(38), 20)).catch_up()
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    views.close()
    assert "views.sqlite3-wal" in modes
    assert set(modes.values()) == {0o600}


def test_postgresql_rows_live_in_a_schema_of_their_own(postgres_url: str) -> None:
    for schema in ("ledger_aaaaaaaa_views", "ledger_bbbbbbbb_views"):
        views = Views.open(postgres_url, models=MODELS, schema=schema)
        runner_of(views, history(Random(39), 20)).catch_up()
        with views.snapshot() as connection:
            found = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = :s"), {"s": schema})
            assert found.scalar_one() > 8
            public = connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
            assert public.scalar_one() == 0
        views.close()


@pytest.mark.parametrize("schema", [None, "", "1views", "views; DROP TABLE x", "Views", "v" * 64])
def test_postgresql_needs_a_schema_with_a_plain_name(schema: str | None) -> None:
    with pytest.raises(ValueError, match="schema"):
        Views.open("postgresql+psycopg:///nowhere", models=MODELS, schema=schema)


def test_a_reading_whose_rows_were_just_replaced_is_begun_again(open_views: OpenViews, backend: str) -> None:
    log = history(Random(40), 100)
    views = open_views()
    runner = runner_of(open_views(), log)
    runner.catch_up()
    begun = 0

    def page(reader: Any) -> int:
        nonlocal begun
        begun += 1
        if begun == 1:
            runner.rebuild("access-journal")
        return len(reader.select(JOURNAL, Filter(), order="position"))

    assert views.read(page) == len(expected(log)[JOURNAL.name])
    assert begun == (1 if backend == "sqlite" else 2)


def test_a_rebuild_goes_to_the_end_of_the_log(open_views: OpenViews) -> None:
    log = history(Random(41), 100)
    views = open_views()
    runner = runner_of(views, log, batch_events=10)
    assert runner.rebuild("tallies").position == len(log.written)
    assert {status.lag for status in runner.status() if status.model == "tallies"} == {0}
