from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from ledger.errors import ExitCode, LedgerError
from ledger.sealing.database import KeyDatabase, meaning_of
from ledger.sealing.failures import (
    KeyStoreAddressUnknown,
    KeyStoreBusy,
    KeyStoreDamaged,
    KeyStoreFull,
    KeyStoreReadOnly,
    KeyStoreUnavailable,
)
from tests.unit.sealing.keystores import LEDGER


@pytest.mark.parametrize("address", ["", "keys.sqlite3", "mysql://server/keys", "postgresql://server:port/keys", "://"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(KeyStoreAddressUnknown) as caught:
        KeyDatabase(address, ledger_id=LEDGER)
    assert caught.value.exit_code is ExitCode.MISCONFIGURED
    assert caught.value.details == {}, "an address can hold a password"


def _sqlite(code: str) -> sqlite3.Error:
    fault = sqlite3.OperationalError("near 'Clotilde': a message that is never shown")
    fault.sqlite_errorname = code
    return fault


class _Postgres(Exception):  # what the driver's own look like
    def __init__(self, state: str | None) -> None:
        super().__init__("a message that is never shown: Clotilde")
        self.sqlstate = state


MEANINGS: list[tuple[Exception, type[LedgerError]]] = [
    (_sqlite("SQLITE_BUSY"), KeyStoreBusy),
    (_sqlite("SQLITE_BUSY_SNAPSHOT"), KeyStoreBusy),
    (_sqlite("SQLITE_FULL"), KeyStoreFull),
    (_sqlite("SQLITE_READONLY_DBMOVED"), KeyStoreReadOnly),
    (_sqlite("SQLITE_CORRUPT_INDEX"), KeyStoreDamaged),
    (_sqlite("SQLITE_NOTADB"), KeyStoreDamaged),
    (_sqlite("SQLITE_IOERR_WRITE"), KeyStoreUnavailable),
    (_sqlite("SQLITE_CANTOPEN"), KeyStoreUnavailable),
    (_Postgres("55P03"), KeyStoreBusy),
    (_Postgres("40P01"), KeyStoreBusy),
    (_Postgres("53100"), KeyStoreFull),
    (_Postgres("53300"), KeyStoreUnavailable),
    (_Postgres("42501"), KeyStoreReadOnly),
    (_Postgres("28P01"), KeyStoreReadOnly),
    (_Postgres("42P01"), KeyStoreUnavailable),
    (_Postgres("XX001"), KeyStoreDamaged),
    (_Postgres("57P01"), KeyStoreUnavailable),
    (_Postgres(None), KeyStoreUnavailable),
    (OperationalError("SELECT 1", {}, Exception()), KeyStoreUnavailable),
]


@pytest.mark.parametrize(("fault", "kind"), MEANINGS)
def test_what_the_code_of_a_driver_means(fault: Exception, kind: type[LedgerError]) -> None:
    meaning = meaning_of(fault)
    assert type(meaning) is kind
    assert "Clotilde" not in f"{meaning} {meaning!r} {meaning.explain()} {meaning.next_step()}"
