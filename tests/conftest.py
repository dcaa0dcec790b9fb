"""What all tests share: a clean environment, both databases, and the settings of Hypothesis."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Server, SharedServer

# Derandomised, so that a run says the same today and tomorrow; HYPOTHESIS_PROFILE=explore looks for new cases.
settings.register_profile("repeatable", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

_FOREIGN_VARIABLES = ("LANGUAGE", "LC_ALL", "LANG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "SUDO_UID", "SUDO_USER", "TZ")

_shared = pytest.StashKey[SharedServer]()


def pytest_configure(config: pytest.Config) -> None:
    """Forget what the caller's shell says to the ledger; make the place for the run's PostgreSQL server."""
    if not hasattr(config, "workerinput"):
        config.stash[_shared] = SharedServer.prepare()
    for name in list(os.environ):
        if name in _FOREIGN_VARIABLES or (name.startswith("LEDGER_") and name != SharedServer.VARIABLE):
            del os.environ[name]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the PostgreSQL server, in the process that controls the run."""
    shared = config.stash.get(_shared, None)
    if shared is not None:
        shared.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Server:
    """Give the PostgreSQL server of this run; every test makes a database of its own on it."""
    return SharedServer.server()


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """Give the address of a fresh, empty PostgreSQL database."""
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest) -> str:
    """Run the test once on each database."""
    return str(request.param)


@pytest.fixture
def database_url(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Give the address of a fresh, empty database of the kind that `backend` says."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'events.sqlite3'}"
    url: str = request.getfixturevalue("postgres_url")
    return url
