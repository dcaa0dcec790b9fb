"""Ledgers to run commands on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.commands.shell import Shell, staffed


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Give a shell on a folder in which no ledger is yet; everything is SQLite."""
    return Shell(tmp_path / "ledger", capsys, monkeypatch)


@pytest.fixture
def anywhere(backend: str, shell: Shell, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Shell:
    """Give a shell on a folder in which no ledger is yet, on each database."""
    if backend == "postgresql":
        monkeypatch.setenv("LEDGER_DATABASE_URL", request.getfixturevalue("postgres_url"))
    return shell


@pytest.fixture
def office(shell: Shell) -> Shell:
    """Give a shell on a sandbox in which people can be received, on SQLite."""
    staffed(shell)
    return shell
