from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.errors import ExitCode, LedgerError
from ledger.sealing.failures import (
    KeyStoreBusy,
    KeyStoreDamaged,
    KeyStoreFull,
    KeyStoreReadOnly,
    KeyStoreUnavailable,
    RootKeyAbsent,
)
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.sealing.sealer import KeyringSealer
from tests.integration.sealing.conftest import Opening
from tests.unit.sealing.keystores import open_keyring

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


def _file_somebody(keyring: Keyring) -> None:
    SealedIndex(keyring.tree).file("subject", "Exemple", scope=ScopeInstance(Scope.IDENTITY, uuid4().hex))


USES: dict[str, Callable[[Keyring], Any]] = {
    "reserve": lambda keyring: keyring.reserve(),
    "open": lambda keyring: keyring.key_set(uuid4()),
    "request": lambda keyring: KeyringSealer(keyring).request_tag(b""),
    "find": lambda keyring: SealedIndex(keyring.tree).find("subject", "Exemple"),
    "file": _file_somebody,
}


@pytest.fixture(params=list(USES.values()), ids=list(USES))
def use(request: pytest.FixtureRequest) -> Callable[[Keyring], Any]:
    chosen: Callable[[Keyring], Any] = request.param
    return chosen


def _on_connect(keyring: Keyring, statement: str) -> None:
    event.listen(keyring.database.engine, "connect", lambda connection, _: connection.execute(statement))


def _fault(keyring: Keyring, use: Callable[[Keyring], Any]) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        use(keyring)
    assert "SELECT" not in str(caught.value)
    assert "INSERT" not in str(caught.value)
    return caught.value


def test_a_key_store_that_is_gone(keyring: Keyring, another_process: Opening, use: Callable[[Keyring], Any]) -> None:
    keyring.close()
    keyring.database.path.rename(keyring.database.path.with_name("elsewhere"))
    fault = _fault(another_process(), use)
    assert type(fault) is KeyStoreUnavailable
    assert fault.exit_code is ExitCode.UNAVAILABLE
    assert not keyring.database.path.exists(), "no empty one is made in its place"


def test_a_root_key_that_is_gone(keyring: Keyring, another_process: Opening, use: Callable[[Keyring], Any]) -> None:
    keyring.database.path.with_name("root-1.key").unlink()
    assert isinstance(_fault(another_process(), use), RootKeyAbsent)


def test_a_file_that_is_no_key_store(keyring: Keyring, another_process: Opening, use: Callable[[Keyring], Any]) -> None:
    keyring.close()
    for file in keyring.database.files():
        file.unlink()
    keyring.database.path.write_bytes(b"this is no database at all " * 100)
    fault = _fault(another_process(), use)
    assert isinstance(fault, KeyStoreDamaged)
    assert fault.exit_code is ExitCode.INTEGRITY


def test_an_empty_file_is_no_key_store(
    keyring: Keyring, another_process: Opening, use: Callable[[Keyring], Any]
) -> None:
    keyring.close()
    for file in keyring.database.files():
        file.unlink()
    keyring.database.path.touch()
    assert isinstance(_fault(another_process(), use), KeyStoreUnavailable)


@pytest.mark.parametrize("use", [USES["reserve"], USES["file"]])
def test_a_key_store_that_another_holds(
    keyring: Keyring, use: Callable[[Keyring], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.sealing.database._PRAGMAS", ("PRAGMA busy_timeout = 50",))
    keyring.database.close()
    holder = sqlite3.connect(keyring.database.path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    fault = _fault(keyring, use)
    assert type(fault) is KeyStoreBusy
    assert fault.exit_code is ExitCode.UNAVAILABLE
    holder.execute("ROLLBACK")
    holder.close()
    use(keyring)


@pytest.mark.parametrize("use", [USES["reserve"], USES["file"]])
def test_a_full_disk(keyring: Keyring, another_process: Opening, use: Callable[[Keyring], Any]) -> None:
    used = {keyring.reserve() for _ in range(64)}
    other = another_process()
    _on_connect(other, "PRAGMA max_page_count = 1")
    fault = _until_it_fails(other, use)
    assert type(fault) is KeyStoreFull
    assert fault.exit_code is ExitCode.UNAVAILABLE
    other.database.close()
    assert not {keyring.reserve() for _ in range(200)} & used
    use(keyring)


def _until_it_fails(keyring: Keyring, use: Callable[[Keyring], Any]) -> LedgerError:
    with pytest.raises(LedgerError) as caught:  # noqa: PT012  # how often it goes well is the file's affair
        for _ in range(5_000):
            use(keyring)
    return caught.value


@pytest.mark.parametrize("use", [USES["reserve"], USES["file"]])
def test_a_key_store_that_may_not_be_written(
    keyring: Keyring, another_process: Opening, use: Callable[[Keyring], Any]
) -> None:
    other = another_process()
    _on_connect(other, "PRAGMA query_only = ON")
    fault = _fault(other, use)
    assert type(fault) is KeyStoreReadOnly
    assert fault.exit_code is ExitCode.MISCONFIGURED
    keyring.reserve()


def test_a_server_that_does_not_answer(tmp_path: Path, keyring: Keyring, use: Callable[[Keyring], Any]) -> None:
    keyring.reserve()
    away = open_keyring(tmp_path, url="postgresql://nobody@127.0.0.1:1/keys")
    fault = _fault(away, use)
    assert type(fault) is KeyStoreUnavailable
    away.close()


def test_a_failed_write_leaves_nothing_half_done(keyring: Keyring) -> None:
    before = _counts(keyring)
    with pytest.raises(ZeroDivisionError):
        _mint_and_fail(keyring)
    assert _counts(keyring) == before
    keyring.reserve()


def _mint_and_fail(keyring: Keyring) -> None:
    with keyring.database.writing() as connection:
        keyring.tree.mint(connection, 10)
        raise ZeroDivisionError


def _counts(keyring: Keyring) -> list[int]:
    with keyring.database.reading() as connection:
        return [
            connection.exec_driver_sql(f"SELECT COUNT(*) FROM {table}").scalar_one()
            for table in ("keys", "buckets", "stock")
        ]
