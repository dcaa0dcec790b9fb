"""What a scope reads of the log: positions by instant, events by window, parts that are fair."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bootstrap.scoping import LedgerScopeLog
from ledger.store.scoping import _stretches
from ledger.usecases.breach.scope_ports import WHOLE, Window
from tests.integration.usecases.workbench import MORNING, Workbench, make_workbench


@pytest.fixture
def bench(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workbench]:
    if backend == "postgresql":
        monkeypatch.setenv("LEDGER_DATABASE_URL", request.getfixturevalue("postgres_url"))
    made = make_workbench(tmp_path / "ledger")
    yield made
    made.close()


def test_a_copy_is_all_that_was_recorded_by_an_instant(bench: Workbench) -> None:
    log, sizes = LedgerScopeLog(bench.ledger), []
    for _ in range(5):
        bench.later(hours=1)
        bench.procedure(bench.person(homonym=True))
        sizes.append((bench.clock.now(), bench.ledger.log.size()))
    for at, size in sizes:
        assert log.position_at(at) == size
        assert log.position_at(at + timedelta(minutes=59)) == size
        assert log.position_at(at - timedelta(microseconds=1)) < size
    assert log.position_at(MORNING - timedelta(days=400)) == 0
    assert log.position_at(MORNING + timedelta(days=400)) == sizes[-1][1]


def test_a_command_that_waited_longer_than_its_neighbours_is_found(bench: Workbench) -> None:
    began = bench.clock.now()
    bench.later(hours=3)
    bench.person()
    bench.clock.instant = began + timedelta(minutes=1)
    late = bench.procedure(bench.person(homonym=True))
    bench.later(hours=5)
    bench.person(homonym=True)
    log = LedgerScopeLog(bench.ledger)
    window = Window(bench.ledger.log.size(), since=began, until=began + timedelta(hours=1))
    assert late in {touch.stream for touch in log.touched(window, ["procedure.opened.1"], share=WHOLE)}


def test_a_window_is_half_open_and_of_one_house(bench: Workbench) -> None:
    log, upto = LedgerScopeLog(bench.ledger), 0
    start = bench.later(hours=1)
    procedure = bench.procedure()
    end = bench.later(hours=1)
    bench.procedure(bench.person(homonym=True))
    upto = bench.ledger.log.size()
    topics = ["procedure.opened.1"]
    assert [touch.stream for touch in log.touched(Window(upto, start, end), topics, share=WHOLE)] == [procedure]
    assert len(log.touched(Window(upto, start), topics, share=WHOLE)) == 2
    assert len(log.touched(Window(upto, start, house=bench.house), topics, share=WHOLE)) == 2
    assert log.touched(Window(upto, start, house=bench.agent), topics, share=WHOLE) == []
    assert log.touched(Window(upto, start), [], share=WHOLE) == []


def test_streams_are_given_once_and_events_counted(bench: Workbench) -> None:
    bench.procedure(values=("AB-123-CD", "EF-456-GH"))
    log, window = LedgerScopeLog(bench.ledger), Window(bench.ledger.log.size())
    of_streams, of_events = ["procedure.opened.1", "subject.registered.1"], ["procedure.data-kept.1"]
    for agent in (None, bench.agent):
        streams, counts = log.summed(window._replace(agent=agent), of_streams=of_streams, of_events=of_events)
        assert sorted(touch.topic for touch in streams) == of_streams
        assert counts["procedure.data-kept.1"] == len(
            log.touched(window._replace(agent=agent), of_events, share=WHOLE)
        ) >= 2  # fmt: skip
    assert log.summed(window._replace(agent=bench.job), of_streams=of_streams, of_events=of_events) == ([], {})


def test_a_share_gives_some_of_the_events_and_no_other(bench: Workbench) -> None:
    for _ in range(8):
        bench.procedure(bench.person(homonym=True))
    log, window = LedgerScopeLog(bench.ledger), Window(bench.ledger.log.size())
    for agent in (None, bench.agent):
        asked = window._replace(agent=agent)
        whole = set(log.touched(asked, ["procedure.opened.1"], share=WHOLE))
        part = set(log.touched(asked, ["procedure.opened.1"], share=WHOLE // 2))
        assert part < whole
        assert log.touched(asked, ["procedure.opened.1"], share=0) == []


def test_months_without_a_key_are_counted(bench: Workbench) -> None:
    log = LedgerScopeLog(bench.ledger)
    window = Window(bench.ledger.log.size(), agent=bench.agent, until=MORNING + timedelta(days=70))
    assert log.forgotten_months(window) == 3, "June, July and August: the agent did nothing yet"
    bench.person()
    assert log.forgotten_months(window) == 2


@settings(max_examples=300)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, WHOLE))
def test_stretches_are_in_order_within_their_limits_and_about_the_share(low: int, length: int, share: int) -> None:
    high = low + length
    found = list(_stretches(low, high, share))
    assert all(low <= after < upto <= high for after, upto in found) or share == WHOLE
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(found))
    assert sum(upto - after for after, upto in found) == length * share // WHOLE
