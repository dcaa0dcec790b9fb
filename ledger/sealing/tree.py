"""
The tree of wrapped keys: one root, about as many buckets as keys in a bucket, and the keys.

What is unwrapped is kept in memory for one epoch only: when the root has changed, everything unwrapped under the old
one is forgotten, and the new root is asked of its custody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, and_, bindparam, func, select

from ledger.identifiers import new_id
from ledger.sealing import wrapping
from ledger.sealing.custody import Custody
from ledger.sealing.database import KeyDatabase
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.kdf import KeySet, new_key
from ledger.sealing.schema import KEY_BUCKETS, buckets, keyring, keys, purposes

KEYS_IN_BUCKET = 1_000
_BUCKETS_REMEMBERED = 4_096

_EPOCH = select(keyring.c.epoch).where(keyring.c.one == 1)
_BUCKET = (
    select(keyring.c.epoch, buckets.c.made_in, buckets.c.wrapped)
    .join_from(keyring, buckets, buckets.c.epoch == keyring.c.epoch)
    .where(buckets.c.kind == bindparam("kind"), buckets.c.bucket == bindparam("bucket"))
)
_KEYS = (
    select(keyring.c.epoch, *keys.c, buckets.c.wrapped.label("above"))
    .select_from(keyring)
    .join(buckets, and_(buckets.c.epoch == keyring.c.epoch, buckets.c.kind == KEY_BUCKETS))
    .join(keys, and_(keys.c.bucket == buckets.c.bucket, keys.c.made_in == buckets.c.made_in))
    .where(keys.c.key_id.in_(bindparam("key_ids", expanding=True)))
)
_LAST = select(func.max(buckets.c.bucket)).where(buckets.c.kind == KEY_BUCKETS, buckets.c.epoch == bindparam("epoch"))
_FILLED = select(func.count()).select_from(keys).where(keys.c.bucket == bindparam("bucket"))
_PURPOSE = select(purposes.c.wrapped).where(
    purposes.c.name == bindparam("name"), purposes.c.epoch == bindparam("epoch")
)


@dataclass(frozen=True, repr=False)
class Bucket:
    """One bucket of the living tree, its key unwrapped."""

    number: int
    made_in: int
    cipher: AESGCM


class KeyTree:
    """The living tree of one key store."""

    def __init__(self, database: KeyDatabase, custody: Custody) -> None:
        self.database = database
        self._custody = custody
        self._epoch = 0
        self._root: AESGCM | None = None
        self._buckets: dict[tuple[str, int, int, bytes], Bucket] = {}
        self._purposes: dict[str, bytes] = {}

    @property
    def ledger_id(self) -> UUID:
        """The ledger that the keys belong to."""
        return self.database.ledger_id

    @property
    def held_epoch(self) -> int:
        """The epoch whose root is held in memory; 0 before the first use."""
        return self._epoch

    def epoch(self, connection: Connection) -> int:
        """Give the epoch of the living tree, as this transaction sees it; forget what belongs to another."""
        epoch = connection.execute(_EPOCH).scalar_one_or_none()
        if epoch is None or self._root is None:
            self.database.check(connection)
        self._turn_to(int(epoch or 0))
        return self._epoch

    def key_sets(self, connection: Connection, key_ids: Sequence[UUID]) -> dict[UUID, KeySet]:
        """
        Unwrap keys; one that is not in the tree is left out.

        :raises KeyStoreTampered: if a key does not unwrap
        """
        if self._root is None:
            self.epoch(connection)
        return {
            UUID(bytes=bytes(row.key_id)): self._key_set(row)
            for row in connection.execute(_KEYS, {"key_ids": [key_id.bytes for key_id in key_ids]})
        }

    def bucket(self, connection: Connection, kind: str, number: int) -> Bucket:
        """
        Give a bucket of the living tree.

        :raises KeyStoreTampered: if it is not there, or does not unwrap
        """
        row = connection.execute(_BUCKET, {"kind": kind, "bucket": number}).one_or_none()
        if row is None:
            raise KeyStoreTampered(what="bucket")
        self._turn_to(row.epoch)
        return self._bucket(kind, number, row.made_in, bytes(row.wrapped))

    def add_bucket(self, connection: Connection, kind: str, number: int) -> Bucket:
        """Make a bucket of the living tree, within a write."""
        epoch, key = self.epoch(connection), new_key()
        bound_to = wrapping.of_bucket(self.ledger_id, kind=kind, bucket=number, made_in=epoch, epoch=epoch)
        wrapped = wrapping.wrap(self._held_root(), key, bound_to=bound_to)
        row = {"kind": kind, "bucket": number, "epoch": epoch, "made_in": epoch, "wrapped": wrapped}
        connection.execute(buckets.insert(), row)
        return Bucket(number, epoch, AESGCM(key))

    def mint(self, connection: Connection, count: int) -> list[UUID]:
        """Make keys, within a write; they are durable once it is committed."""
        minted: list[UUID] = []
        epoch = self.epoch(connection)
        last = connection.execute(_LAST, {"epoch": epoch}).scalar()
        while len(minted) < count:
            bucket = self._with_room(connection, last)
            last = bucket.number
            room = KEYS_IN_BUCKET - int(connection.execute(_FILLED, {"bucket": bucket.number}).scalar_one())
            minted += self._minted(connection, bucket, min(room, count - len(minted)))
        return minted

    def purpose(self, name: str) -> bytes:
        """Give the key of one purpose of the ledger's own, such as the blind index."""
        if name not in self._purposes:
            with self.database.snapshot() as connection:
                epoch = self.epoch(connection)
                wrapped = connection.execute(_PURPOSE, {"name": name, "epoch": epoch}).scalar_one_or_none()
            if wrapped is None:
                raise KeyStoreTampered(what="purpose")
            bound_to = wrapping.of_purpose(self.ledger_id, name=name, epoch=epoch)
            self._purposes[name] = wrapping.unwrap(self._held_root(), bytes(wrapped), bound_to=bound_to, what="purpose")
        return self._purposes[name]

    def add_purpose(self, connection: Connection, name: str) -> None:
        """Make the key of a purpose, within a write."""
        epoch = self.epoch(connection)
        bound_to = wrapping.of_purpose(self.ledger_id, name=name, epoch=epoch)
        wrapped = wrapping.wrap(self._held_root(), new_key(), bound_to=bound_to)
        connection.execute(purposes.insert(), {"name": name, "epoch": epoch, "wrapped": wrapped})

    def _turn_to(self, epoch: int) -> None:
        """Hold the root of this epoch, and nothing that was unwrapped under another."""
        if self._root is None or epoch != self._epoch:
            self._root, self._epoch = AESGCM(self._custody.load()), epoch
            self._buckets.clear()
            self._purposes.clear()

    def _held_root(self) -> AESGCM:
        if self._root is None:
            raise AssertionError("the epoch was not read")
        return self._root

    def _key_set(self, row: Any) -> KeySet:
        self._turn_to(row.epoch)
        key_id = UUID(bytes=bytes(row.key_id))
        bucket = self._bucket(KEY_BUCKETS, row.bucket, row.made_in, bytes(row.above))
        bound_to = wrapping.of_key(self.ledger_id, key_id=key_id, bucket=row.bucket, made_in=row.made_in)
        return KeySet(wrapping.unwrap(bucket.cipher, bytes(row.wrapped), bound_to=bound_to, what="key"))

    def _bucket(self, kind: str, number: int, made_in: int, wrapped: bytes) -> Bucket:
        known = self._buckets.get((kind, number, made_in, wrapped))
        if known is None:
            if len(self._buckets) >= _BUCKETS_REMEMBERED:
                self._buckets.clear()
            bound_to = wrapping.of_bucket(self.ledger_id, kind=kind, bucket=number, made_in=made_in, epoch=self._epoch)
            cipher = AESGCM(wrapping.unwrap(self._held_root(), wrapped, bound_to=bound_to, what="bucket"))
            known = self._buckets[kind, number, made_in, wrapped] = Bucket(number, made_in, cipher)
        return known

    def _with_room(self, connection: Connection, last: int | None) -> Bucket:
        """Give the last bucket if it has room for a key, else a new one."""
        if last is not None and connection.execute(_FILLED, {"bucket": last}).scalar_one() < KEYS_IN_BUCKET:
            return self.bucket(connection, KEY_BUCKETS, last)
        return self.add_bucket(connection, KEY_BUCKETS, 0 if last is None else last + 1)

    def _minted(self, connection: Connection, bucket: Bucket, count: int) -> list[UUID]:
        key_ids = [new_id() for _ in range(count)]
        rows = [
            {
                "key_id": key_id.bytes, "made_in": bucket.made_in, "bucket": bucket.number,
                "wrapped": wrapping.wrap(
                    bucket.cipher, new_key(),
                    bound_to=wrapping.of_key(
                        self.ledger_id, key_id=key_id, bucket=bucket.number, made_in=bucket.made_in
                    ),
                ),
            }
            for key_id in key_ids
        ]  # fmt: skip
        connection.execute(keys.insert(), rows)
        return key_ids
