"""A driver's error becomes one of ours, which names its code and nothing that was written."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest

from ledger.errors import ExitCode, IntegrityBroken, LedgerError
from ledger.store import failures
from ledger.store.failures import (
    ChangeRefused,
    LedgerBusy,
    StoreCorrupt,
    StoreFailing,
    StoreFull,
    StoreMissing,
    StoreReadOnly,
    StoreUnreachable,
    UniqueBroken,
    meaning_of,
)


def _sqlite(name: str) -> sqlite3.Error:
    fault = sqlite3.OperationalError("disk I/O error near 'Aline Exemple'")
    fault.sqlite_errorname = name
    return fault


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("SQLITE_BUSY", LedgerBusy),
        ("SQLITE_BUSY_SNAPSHOT", LedgerBusy),
        ("SQLITE_LOCKED_SHAREDCACHE", LedgerBusy),
        ("SQLITE_FULL", StoreFull),
        ("SQLITE_IOERR_SHMSIZE", StoreFull),
        ("SQLITE_READONLY_DBMOVED", StoreReadOnly),
        ("SQLITE_CANTOPEN", StoreReadOnly),
        ("SQLITE_NOTADB", StoreCorrupt),
        ("SQLITE_CORRUPT_INDEX", StoreCorrupt),
        ("SQLITE_CONSTRAINT_TRIGGER", ChangeRefused),
        ("SQLITE_CONSTRAINT_PRIMARYKEY", UniqueBroken),
        ("SQLITE_CONSTRAINT_FOREIGNKEY", IntegrityBroken),
        ("SQLITE_IOERR_FSYNC", StoreFailing),
        ("SQLITE_NOMEM", StoreFailing),
        ("", StoreFailing),
    ],
)
def test_errors_of_sqlite(name: str, meaning: type[LedgerError]) -> None:
    failure = meaning_of(_sqlite(name))
    assert type(failure) is meaning
    assert "Exemple" not in f"{failure} {failure.explain()}"


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("55P03", LedgerBusy),
        ("40001", LedgerBusy),
        ("40P01", LedgerBusy),
        ("53100", StoreFull),
        ("53300", StoreUnreachable),
        ("42501", StoreReadOnly),
        ("25006", StoreReadOnly),
        ("28P01", StoreReadOnly),
        ("3D000", StoreMissing),
        ("42P01", StoreMissing),
        ("23505", UniqueBroken),
        ("23503", IntegrityBroken),
        ("P0001", ChangeRefused),
        ("XX001", StoreCorrupt),
        ("08006", StoreUnreachable),
        ("57P01", StoreUnreachable),
        ("42601", StoreFailing),
        (None, StoreUnreachable),
    ],
)
def test_errors_of_postgresql(state: str | None, meaning: type[LedgerError]) -> None:
    fault = psycopg.errors.lookup(state)("Aline Exemple") if state else psycopg.OperationalError("Aline Exemple")
    failure = meaning_of(fault)
    assert type(failure) is meaning
    assert "Exemple" not in f"{failure} {failure.explain()}"


def test_every_failure_of_the_store_tells_the_user_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    details = {"fault": "X", "found": 2, "known": 1, "count": 2, "limit": 1, "size": 2, "reference": "ab", "key": "ab"}
    for language in ("fr", "en"):
        monkeypatch.setenv("LANGUAGE", language)
        for kind in vars(failures).values():
            if isinstance(kind, type) and issubclass(kind, LedgerError) and kind.__module__ == failures.__name__:
                failure = kind(**details)
                assert failure.explain()
                assert failure.next_step()
                assert failure.exit_code is not ExitCode.UNEXPECTED
