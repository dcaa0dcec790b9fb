"""The ledger that the worked cases are played on: the house of Loiron, on SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.usecases.workbench import Workbench, make_workbench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    """Give a fresh ledger with a house, a delegate, an agent and a job."""
    made = make_workbench(tmp_path / "ledger")
    yield made
    made.close()
