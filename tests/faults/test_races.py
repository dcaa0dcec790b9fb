"""The race of a revocation against a grant, thousands of times; the ordinary tests run it hundreds of times."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.store.conftest import SCHEMA
from tests.integration.store.example import Store, registered
from tests.integration.store.workers import race


@pytest.fixture
def store(database_url: str, backend: str) -> Iterator[Store]:
    with registered():
        made = Store(database_url, SCHEMA if backend == "postgresql" else None).create()
        yield made
        made.close()


@pytest.mark.row("S-4.6.18")
def test_no_grant_ever_stands_after_the_revocation(store: Store, thorough: bool) -> None:
    race(store, times=5_000 if thorough else 50)
