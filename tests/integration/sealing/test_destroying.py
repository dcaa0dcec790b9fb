from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.sealing.destroying import KeyDestruction
from ledger.sealing.failures import KeyErased
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring, Tombstone
from ledger.sealing.sealer import KeyringSealer
from ledger.usecases.retention.ports import Doomed, KeyBatch, KeyDestroyer
from tests.integration.sealing.conftest import Opening
from tests.unit.sealing.keystores import destruction_in, place_of

NIGHT = datetime(2026, 6, 10, 2, 30, tzinfo=UTC)


@pytest.fixture
def scopes() -> dict[UUID, ScopeInstance]:
    return {}


@pytest.fixture
def destruction(keyring: Keyring, scopes: dict[UUID, ScopeInstance], tmp_path: Path) -> KeyDestruction:
    return destruction_in(keyring, tmp_path, scopes=scopes, at=NIGHT)


def _has(keyring: Keyring, key_id: UUID) -> bool:
    with keyring.database.reading() as connection:
        return key_id in keyring.tree.key_sets(connection, [key_id])


def _secrets(keyring: Keyring) -> list[bytes]:
    """Give what is stored of keys and tokens: the wrapped keys of buckets, and the beginnings of what is in them."""
    with keyring.database.reading() as connection:
        wrapped = [bytes(row[0]) for row in connection.execute(text("SELECT wrapped FROM buckets"))]
        return wrapped + [bytes(row[0])[:64] for row in connection.execute(text("SELECT sealed FROM contents"))]


def _destroy(destruction: KeyDestruction, *key_ids: UUID) -> KeyBatch:
    return destruction.destroy_all(condemned(*key_ids), batch=uuid4())


def condemned(*key_ids: UUID, reason: str = "resolved", authority: str = "standing") -> list[Doomed]:
    return [Doomed(key_id, reason, authority) for key_id in key_ids]


def test_a_destroyed_key_leaves_a_tombstone_and_nothing_else(keyring: Keyring, destruction: KeyDestruction) -> None:
    doomed, kept = keyring.reserve(), keyring.reserve()
    port: KeyDestroyer = destruction
    batch = uuid4()
    port.destroy_all(condemned(doomed, authority="AD53/2026/7"), batch=batch)
    assert keyring.tombstone(doomed) == Tombstone(doomed, batch, "resolved", "AD53/2026/7", NIGHT)
    assert not _has(keyring, doomed)
    assert keyring.tombstone(kept) is None
    assert _has(keyring, kept)


@pytest.mark.parametrize("same_process", [True, False])
def test_a_destroyed_key_serves_nothing_any_more(
    keyring: Keyring, destruction: KeyDestruction, another_process: Opening, *, same_process: bool
) -> None:
    doomed, kept = keyring.reserve(), keyring.reserve()
    _destroy(destruction, doomed)
    sealer = KeyringSealer(keyring if same_process else another_process())
    with pytest.raises(KeyErased):
        sealer.seal(place_of(doomed), b"text", pad_to=256)
    with pytest.raises(KeyErased):
        sealer.link_tag(doomed, "procedure")
    with pytest.raises(KeyErased):
        sealer.actor_tag(doomed, uuid4())
    assert sealer.seal(place_of(kept), b"text", pad_to=256).key_id == kept


def test_destroying_again_changes_nothing(keyring: Keyring, destruction: KeyDestruction) -> None:
    doomed = keyring.reserve()
    assert _destroy(destruction, doomed).destroyed == (doomed,)
    before = keyring.tombstone(doomed)
    again = destruction.destroy_all(condemned(doomed, reason="term", authority="another"), batch=uuid4())
    assert (again.destroyed, again.lost, again.log_emptied) == ((doomed,), (), True)
    assert keyring.tombstone(doomed) == before


def test_a_lost_key_is_told_and_does_not_stop_the_others(keyring: Keyring, destruction: KeyDestruction) -> None:
    keys, lost = [keyring.reserve() for _ in range(5)], uuid4()
    batch = _destroy(destruction, *keys, lost)
    assert (set(batch.destroyed), batch.lost) == (set(keys), (lost,))
    assert not any(_has(keyring, key_id) for key_id in keys)
    assert keyring.tombstone(lost) is None


def test_many_are_destroyed_at_once(keyring: Keyring, destruction: KeyDestruction) -> None:
    keys = [keyring.reserve() for _ in range(1_200)]
    _destroy(destruction, keys[0])
    assert set(_destroy(destruction, *keys).destroyed) == set(keys)
    with keyring.database.reading() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM tombstones")).scalar() == 1_200


def test_a_key_destroyed_in_stock_is_not_given_out(
    keyring: Keyring, destruction: KeyDestruction, another_process: Opening
) -> None:
    other = another_process()
    other.reserve()
    other.close()
    with keyring.database.reading() as connection:
        stock = [UUID(bytes=bytes(row[0])) for row in connection.execute(text("SELECT key_id FROM stock"))]
    _destroy(destruction, *stock[:10])
    assert not {keyring.reserve() for _ in range(len(stock))} & set(stock[:10])


def test_who_is_destroyed_is_found_no_more(
    keyring: Keyring, destruction: KeyDestruction, scopes: dict[UUID, ScopeInstance]
) -> None:
    index = SealedIndex(keyring.tree)
    aline, bob = (ScopeInstance(Scope.IDENTITY, uuid4().hex) for _ in range(2))
    scopes.update({keyring.reserve(): aline, keyring.reserve(): bob})
    for person in (aline, bob):
        index.file("subject", "Exemple", "Aline", "1980-06-09", scope=person)
    _destroy(destruction, next(iter(scopes)))
    assert index.find("subject", "Exemple", "Aline", "1980-06-09") == [bob]


def _stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


@pytest.mark.parametrize("backend", ["sqlite"])
def test_after_a_destruction_and_a_rewriting_no_byte_of_the_tree_before_is_left(
    keyring: Keyring, destruction: KeyDestruction, scopes: dict[UUID, ScopeInstance], tmp_path: Path
) -> None:
    index = SealedIndex(keyring.tree)
    keys = [keyring.reserve() for _ in range(400)]
    aline = ScopeInstance(Scope.IDENTITY, uuid4().hex)
    scopes[keys[7]] = aline
    index.file("subject", "Exemple", "Aline", "1980-06-09", scope=aline)
    before = _secrets(keyring)
    assert len(before) >= 4
    assert all(secret in _stored(tmp_path) for secret in before), "the control: the scan finds them before"
    assert _destroy(destruction, *keys[3:300:2]).log_emptied
    assert destruction.vacuum()
    stored = _stored(tmp_path)
    assert [secret for secret in before if secret in stored or secret[12:44] in stored] == []
    assert all(secret in stored for secret in _secrets(keyring)), "the control: what lives is there"


@pytest.mark.parametrize("backend", ["sqlite"])
def test_rewriting_leaves_no_page_that_is_not_in_use(keyring: Keyring, destruction: KeyDestruction) -> None:
    _destroy(destruction, *[keyring.reserve() for _ in range(1_200)])
    assert _free_pages(keyring) > 0, "the control: the destruction alone leaves some"
    assert destruction.vacuum()
    assert _free_pages(keyring) == 0


def _free_pages(keyring: Keyring) -> int:
    with keyring.database.reading() as connection:
        count: int = connection.exec_driver_sql("PRAGMA freelist_count").scalar_one()
    return count


@pytest.fixture
def reader(keyring: Keyring) -> Iterator[sqlite3.Connection]:
    """A process that keeps reading, as a backup would."""
    connection = sqlite3.connect(keyring.database.path, isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_reader_that_keeps_the_log_is_said_and_not_waited_for(
    keyring: Keyring, destruction: KeyDestruction, reader: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.sealing.database._PRAGMAS", ("PRAGMA busy_timeout = 50", "PRAGMA secure_delete = ON"))
    doomed = keyring.reserve()
    keyring.database.close()
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM keys").fetchone()
    batch = _destroy(destruction, doomed)
    assert (batch.destroyed, batch.log_emptied) == ((doomed,), False)
    assert not destruction.truncate()
    reader.execute("COMMIT")
    assert destruction.truncate()
    wal = keyring.database.path.with_name("keys.sqlite3-wal")
    assert wal.stat().st_size == 0


def test_rewriting_keeps_what_lives(keyring: Keyring, destruction: KeyDestruction, another_process: Opening) -> None:
    doomed, kept = keyring.reserve(), keyring.reserve()
    tag = KeyringSealer(keyring).link_tag(kept, "procedure")
    _destroy(destruction, doomed)
    assert destruction.vacuum()
    assert KeyringSealer(another_process()).link_tag(kept, "procedure") == tag
