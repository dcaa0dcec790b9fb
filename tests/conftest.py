"""What all tests share: a clean environment, both databases, the rows of the convention, the settings of Hypothesis."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.postgres import Server, SharedServer
from tools import traceability

# Derandomised, so that a run says the same today and tomorrow; HYPOTHESIS_PROFILE=explore looks for new cases.
settings.register_profile("repeatable", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

_FOREIGN_VARIABLES = ("LANGUAGE", "LC_ALL", "LANG", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "SUDO_UID", "SUDO_USER", "TZ")

FAULTS = Path(__file__).parent / "faults"

_shared = pytest.StashKey[SharedServer]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `./dev faults` ask for the long runs."""
    parser.addoption("--thorough", action="store_true", help="run the fault tests at their full length")
    parser.addoption("--fuzz-seconds", type=int, default=20, metavar="N", help="how long each parser is fuzzed then")


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


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by the marks that are set here
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what `./dev faults` runs, so that no list of it can go stale; refuse a row that the convention has not."""
    known = {row.id for row in traceability.rows(traceability.ROOT)}
    for item in items:
        if FAULTS in item.path.parents or "thorough" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.fault)
        for marker in item.iter_markers("row"):
            if len(marker.args) != 1 or marker.kwargs or marker.args[0] not in known:
                raise pytest.UsageError(f"{item.nodeid}: no such row of the convention: {marker.args}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that claims a row of the convention without being run: a skip proves nothing."""
    report = yield
    if report.skipped and any(item.iter_markers("row")):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} claims a row of the convention, and was skipped or expected to fail"
    return report


@pytest.fixture(scope="session")
def thorough(request: pytest.FixtureRequest) -> bool:
    """Say whether this is the long run of `./dev faults`; without it, fault tests take a few turns only."""
    return bool(request.config.getoption("--thorough"))


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
