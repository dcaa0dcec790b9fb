"""The ledger that tests of use cases work on, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.usecases.workbench import Workbench, make_workbench


@pytest.fixture
def bench(
    backend: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Workbench]:
    """Give a fresh ledger with a house, a delegate, an agent and a job."""
    if backend == "postgresql":
        monkeypatch.setenv("LEDGER_DATABASE_URL", request.getfixturevalue("postgres_url"))
    made = make_workbench(tmp_path / "ledger")
    yield made
    made.close()
