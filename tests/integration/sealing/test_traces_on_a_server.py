"""
What a PostgreSQL server keeps of a destroyed key, in dead rows and in its write-ahead log, does not open any more.

Nobody can have a server forget at once what it wrote. The claim is therefore not that nothing is found; it is that what
is found opens with no key that is left. The controls: the scan finds it before, and the old root would open it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.sealing import wrapping
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.sealing.schema import KEY_BUCKETS, TOKEN_BUCKETS, buckets, contents
from ledger.usecases.retention.ports import Doomed
from tests.integration.commands.leaks_places import files_of_server
from tests.postgres import Server
from tests.unit.sealing.keystores import LEDGER, destruction_in

ALINE = ("Exemple", "Aline", "1980-06-09")
_SLICE = slice(12, 44)
"""Of a blob: what stands after the nonce, short enough to be whole in one piece wherever a long blob is cut."""


def rows(keyring: Keyring, epoch: int) -> list[Any]:
    """Give the buckets of an epoch, each with its wrapped key and what is sealed in it."""
    of = (contents.c.kind == buckets.c.kind) & (contents.c.bucket == buckets.c.bucket)
    of &= contents.c.made_in == buckets.c.made_in
    asked = select(buckets, contents.c.sealed).join_from(buckets, contents, of).where(buckets.c.epoch == epoch)
    with keyring.database.reading() as connection:
        return list(connection.execute(asked))


def bucket_key(root: bytes, row: Any, *, epoch: int) -> bytes:
    bound_to = wrapping.of_bucket(LEDGER, kind=row.kind, bucket=row.bucket, made_in=row.made_in, epoch=epoch)
    return wrapping.unwrap(AESGCM(root), bytes(row.wrapped), bound_to=bound_to, what="bucket")


def opened(key: bytes, row: Any) -> bytes:
    bound_to = wrapping.of_contents(LEDGER, kind=row.kind, bucket=row.bucket, made_in=row.made_in)
    return wrapping.unwrap(AESGCM(key), bytes(row.sealed), bound_to=bound_to, what="contents")


def found(server: Server, blobs: list[bytes]) -> list[bytes]:
    kept = files_of_server(server).values()
    return [blob for blob in blobs if any(blob[_SLICE] in content for content in kept)]


@pytest.fixture
def doomed_keys(keyring: Keyring, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    monkeypatch.setattr("ledger.sealing.tree.KEYS_IN_BUCKET", 60)
    return [keyring.reserve() for _ in range(150)][::50]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_what_a_server_keeps_of_a_destroyed_key_opens_with_no_key_that_is_left(
    keyring: Keyring, doomed_keys: list[UUID], postgres_server: Server, tmp_path: Path
) -> None:
    aline = ScopeInstance(Scope.IDENTITY, uuid4().hex)
    SealedIndex(keyring.tree).file("subject", *ALINE, scope=aline)
    old_root, before = keyring.holders.load(1), rows(keyring, 1)
    blobs = [bytes(blob) for row in before for blob in (row.wrapped, row.sealed)]
    assert found(postgres_server, blobs) == blobs, "the control: the scan finds wrapped keys and sealed buckets before"

    destruction = destruction_in(keyring, tmp_path, scopes={doomed_keys[0]: aline})
    batch = destruction.destroy_all([Doomed(key, "TERM", "AD53/2026/7") for key in doomed_keys], batch=uuid4())
    assert (batch.epoch, batch.pending) == (2, ())
    destruction.vacuum()

    assert found(postgres_server, blobs), (
        "the control: the server still has some of it, so that there is something to try"
    )
    root, now = keyring.holders.load(2), rows(keyring, 2)
    living = [bucket_key(root, row, epoch=2) for row in now]
    held = {key.bytes for key in doomed_keys}
    touched = {(row.kind, row.bucket) for row in now if row.made_in == 2}
    assert {kind for kind, _ in touched} == {KEY_BUCKETS, TOKEN_BUCKETS}, "keys, and the tokens of whose they were"
    for row in before:
        old_key = bucket_key(old_root, row, epoch=1)
        content = opened(old_key, row)  # the control: with the old root, which is destroyed, all of it opens
        for epoch in (1, 2):
            with pytest.raises(KeyStoreTampered):
                bucket_key(root, row, epoch=epoch)
        assert (row.kind, row.bucket) in touched or not any(key in content for key in held)
        if (row.kind, row.bucket) in touched:
            assert old_key not in living
            assert [key for key in living if opens(key, row)] == []
    assert any(key in opened(bucket_key(old_root, row, epoch=1), row) for row in before for key in held)
    assert not any(key in opened(bucket_key(root, row, epoch=2), row) for row in now for key in held)


def opens(key: bytes, row: Any) -> bool:
    try:
        return bool(opened(key, row))
    except KeyStoreTampered:
        return False
