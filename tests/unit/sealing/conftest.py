"""A key store of one's own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.sealing.keyring import Keyring
from tests.unit.sealing.keystores import new_keyring


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Keyring]:
    """Give a fresh key store in a file."""
    made = new_keyring(tmp_path)
    yield made
    made.close()
