"""A store on each database, and the example classes that its tests write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.store.example import Store, registered

SCHEMA = "ledger_0123abcd"


@pytest.fixture(autouse=True)
def _example_classes() -> Iterator[None]:
    with registered():
        yield


@pytest.fixture
def store(database_url: str, backend: str) -> Iterator[Store]:
    """Give a fresh store on each database."""
    made = Store(database_url, SCHEMA if backend == "postgresql" else None).create()
    yield made
    made.close()


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Store]:
    """Give a fresh store in a SQLite file."""
    made = Store(f"sqlite:///{tmp_path}/events.sqlite3").create()
    yield made
    made.close()
