"""Whatever happens, in whatever portions it is taken: the rows are those of a projection in one go."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.projections.models import MODELS
from ledger.projections.views import Views
from tests.integration.projections.conftest import runner_of
from tests.integration.projections.test_runner import everything, expected
from tests.unit.projections.histories import history

PORTIONS = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 40), st.booleans()), min_size=1, max_size=6)


@contextmanager
def fresh_views(postgres_url: str | None) -> Iterator[list[Views]]:
    """Open an empty database twice: as two processes would."""
    with tempfile.TemporaryDirectory() as folder:
        url = postgres_url or f"sqlite:///{Path(folder) / 'views.sqlite3'}"
        schema = None if postgres_url is None else f"v_{uuid4().hex}"
        opened = [Views.open(url, models=MODELS, schema=schema) for _ in range(2)]
        try:
            yield opened
        finally:
            for views in opened:
                views.close()


def check(random: Random, portions: list[tuple[int, int, bool]], postgres_url: str | None) -> None:
    log = history(random, sum(size for size, _, _ in portions), prunes=True)
    with fresh_views(postgres_url) as (first, second):
        log.visible = 0
        for number, (size, batch, rebuilds) in enumerate(portions):
            log.visible += size
            runner = runner_of((first, second)[number % 2], log, batch_events=batch)
            runner.catch_up()
            if rebuilds:
                runner.rebuild(MODELS[size % len(MODELS)].name)
        log.visible = None
        assert runner_of(first, log).catch_up().parked == ()
        assert everything(second) == expected(log)
        for model in MODELS:
            runner_of(second, log, batch_events=7).rebuild(model.name)
        assert everything(first) == expected(log)


@given(random=st.randoms(use_true_random=False), portions=PORTIONS)
@settings(max_examples=25)
def test_rebuilt_rows_are_the_live_ones_on_sqlite(random: Random, portions: list[tuple[int, int, bool]]) -> None:
    check(random, portions, None)


@pytest.mark.usefixtures("postgres_server")
@given(random=st.randoms(use_true_random=False), portions=PORTIONS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rebuilt_rows_are_the_live_ones_on_postgresql(
    postgres_url: str, random: Random, portions: list[tuple[int, int, bool]]
) -> None:
    check(random, portions, postgres_url)
