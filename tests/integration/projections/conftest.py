"""Read models on both databases, fed from a log in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from ledger.projections.model import Model
from ledger.projections.models import MODELS
from ledger.projections.ports import EventSource
from ledger.projections.retrying import Patience
from ledger.projections.runner import Runner
from ledger.projections.views import Views
from tests.unit.projections.histories import START

OpenViews = Callable[..., Views]
MakeRunner = Callable[..., Runner]


def no_wait(seconds: float) -> None:
    """Wait for nothing."""


@pytest.fixture
def open_views(database_url: str, backend: str) -> Iterator[OpenViews]:
    """Open the read models' database, as often as a test wants: each is as good as another process."""
    opened: list[Views] = []

    def open_(models: Sequence[Model] = MODELS, **options: timedelta) -> Views:
        schema = None if backend == "sqlite" else "ledger_0123abcd_views"
        views = Views.open(database_url, models=models, schema=schema, **options)
        opened.append(views)
        return views

    yield open_
    for views in opened:
        views.close()


@pytest.fixture
def views(open_views: OpenViews) -> Views:
    return open_views()


def runner_of(views: Views, source: EventSource, *, batch_events: int = 50) -> Runner:
    return Runner(views, source, now=lambda: START, patience=Patience(pause=no_wait), batch_events=batch_events)
