"""Runners of read models that are killed anywhere: each event is taken once, and every rebuild comes out whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ledger.projections import tracking
from ledger.projections.filters import Filter
from ledger.projections.model import Model, Rows, Scopes
from ledger.projections.models import MODELS
from ledger.projections.ports import Entry
from ledger.projections.retrying import Patience
from ledger.projections.runner import Runner
from ledger.projections.tables import Table
from ledger.projections.views import Views
from tests.unit.projections.histories import START, MemoryLog, history
from tests.unit.projections.rows_in_memory import projected

ROOT = Path(__file__).parents[2]
SCHEMA = "ledger_0123abcd_views"
EVENTS = 2_000


@dataclass(frozen=True)
class TakenRow:
    position: int
    times: int


TAKEN = Table("taken", "taken", TakenRow, key=("position",))


class Taken(Model):
    """Counts how often it was given each event; it can't hide a second time."""

    name = "taken"
    tables = (TAKEN,)
    topics = frozenset()

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        row = rows.get(TAKEN, entry.position)
        rows.put(TAKEN, TakenRow(entry.position, 1 if row is None else row.times + 1))


def the_log() -> MemoryLog:
    return history(Random(77), EVENTS)


def open_views(url: str) -> Views:
    schema = None if url.startswith("sqlite") else SCHEMA
    return Views.open(url, models=(*MODELS, Taken()), schema=schema)


def runner_of(views: Views, log: MemoryLog, batch_events: int) -> Runner:
    return Runner(views, log, now=lambda: START, patience=Patience(pause=time.sleep), batch_events=batch_events)


class ToldLog(MemoryLog):
    """A log that tells whenever a portion of it is read."""

    def entries(self, *, after: int, upto: int) -> Sequence[Entry]:
        print(after, flush=True)
        return super().entries(after=after, upto=upto)


def work_until_killed(url: str) -> None:
    """Catch up in small portions, then make models again, for ever."""
    log = the_log()
    runner = runner_of(open_views(url), ToldLog(log.written, log.claims), batch_events=8)
    random = Random(time.monotonic_ns())
    while True:
        runner.catch_up()
        runner.rebuild(random.choice(MODELS).name)


def kill_one(url: str, *, after_portions: int) -> None:
    """Start a runner, and kill it when it has read so many portions of the log."""
    command = [sys.executable, "-m", "tests.faults.test_kill_projections", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(after_portions):
            assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
        child.stdout.read()


def rows_of(views: Views, table: Table[Any]) -> list[Any]:
    rows = views.read(lambda reader: reader.select(table, Filter(), order=", ".join(table.key)))
    return sorted(rows, key=table.key_of)


def test_a_runner_that_is_killed_anywhere_takes_every_event_once(database_url: str, thorough: bool) -> None:
    random, log = Random(5), the_log()
    views = open_views(database_url)
    positions = []
    for _ in range(60 if thorough else 8):
        kill_one(database_url, after_portions=random.randrange(1, 100))
        with views.snapshot() as connection:
            live = {each.model: each.position for each in tracking.live(connection)}
        taken = rows_of(views, TAKEN)
        positions.append(live["taken"])
        assert [(row.position, row.times) for row in taken] == [(each, 1) for each in range(1, live["taken"] + 1)]
    assert positions == sorted(positions)
    assert positions[0] < len(log.written), "the first runner was killed in the midst of its work"
    assert runner_of(views, log, 500).catch_up().parked == ()
    for model in MODELS:
        for table in model.tables:
            assert rows_of(views, table) == sorted(projected(model, log).all(table), key=table.key_of)
    for model in MODELS:
        runner_of(views, log, 500).rebuild(model.name)
        for table in model.tables:
            assert rows_of(views, table) == sorted(projected(model, log).all(table), key=table.key_of)
    with views.snapshot() as connection:
        assert {each.state for each in tracking.every(connection)} == {tracking.State.LIVE}
    views.close()


@pytest.mark.parametrize("portions", [1, 40])
def test_readers_beside_a_killed_runner_see_whole_rows(database_url: str, portions: int) -> None:
    log = the_log()
    views = open_views(database_url)
    runner_of(views, log, 500).catch_up()
    whole = {table.name: rows_of(views, table) for model in MODELS for table in model.tables}
    kill_one(database_url, after_portions=portions)
    assert {table.name: rows_of(views, table) for model in MODELS for table in model.tables} == whole
    views.close()


if __name__ == "__main__":
    work_until_killed(sys.argv[1])
