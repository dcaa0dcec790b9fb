"""A key store of one's own for each test, on SQLite and on PostgreSQL; the root key is in a file in both cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.sealing.keyring import Keyring
from tests.unit.sealing.keystores import new_keyring, open_keyring

Opening = Callable[[], Keyring]


@pytest.fixture
def keys_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database for keys."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'keys' / 'keys.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def keyring(tmp_path: Path, keys_url: str) -> Iterator[Keyring]:
    """Give a fresh key store."""
    made = new_keyring(tmp_path, url=keys_url)
    yield made
    made.close()


@pytest.fixture
def another_process(keyring: Keyring, tmp_path: Path, keys_url: str) -> Iterator[Opening]:
    """Open the same key store again, with nothing in memory, as another process would."""
    opened: list[Keyring] = []

    def open_it() -> Keyring:
        opened.append(open_keyring(tmp_path, url=keys_url))
        return opened[-1]

    yield open_it
    for each in opened:
        each.close()
