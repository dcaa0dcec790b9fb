"""
The tree of wrapped keys: one root, about as many buckets as keys in a bucket, and the keys, a bucket sealed as a whole.

What is unwrapped is kept in memory for one epoch only: when the root has changed, everything unwrapped under the old
one is forgotten, and the new root is asked of its holders.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, and_, bindparam, func, select

from ledger.identifiers import new_id
from ledger.sealing import wrapping
from ledger.sealing.custody.holders import Holders
from ledger.sealing.database import KeyDatabase
from ledger.sealing.failures import KeyStoreTampered, RootKeyAbsent
from ledger.sealing.kdf import KEY_BYTES, KeySet, Mac, commitment_key, new_key
from ledger.sealing.schema import KEY_BUCKETS, buckets, contents, keyring, keys, purposes

T = TypeVar("T")

KEYS_IN_BUCKET = 1_000
ENTRY_BYTES = 16 + KEY_BYTES
"""A key in its bucket: its id, then itself."""
_BUCKETS_REMEMBERED = 64
_TURNS_MET = 3

_EPOCH = select(keyring.c.epoch).where(keyring.c.one == 1)
_BUCKET = (
    select(keyring.c.epoch, buckets.c.made_in, buckets.c.wrapped, contents.c.revision, contents.c.sealed)
    .join_from(keyring, buckets, buckets.c.epoch == keyring.c.epoch)
    .outerjoin(
        contents,
        and_(
            contents.c.kind == buckets.c.kind,
            contents.c.bucket == buckets.c.bucket,
            contents.c.made_in == buckets.c.made_in,
        ),
    )
    .where(buckets.c.kind == bindparam("kind"), buckets.c.bucket == bindparam("number"))
)
_BUCKET_OF = select(keys.c.key_id, keys.c.bucket).where(keys.c.key_id.in_(bindparam("key_ids", expanding=True)))
_REVISIONS = (
    select(keyring.c.epoch, contents.c.bucket, contents.c.made_in, contents.c.revision)
    .join_from(keyring, buckets, and_(buckets.c.epoch == keyring.c.epoch, buckets.c.kind == KEY_BUCKETS))
    .join(
        contents,
        and_(
            contents.c.kind == KEY_BUCKETS,
            contents.c.bucket == buckets.c.bucket,
            contents.c.made_in == buckets.c.made_in,
        ),
    )
    .where(buckets.c.bucket.in_(bindparam("numbers", expanding=True)))
)
_LAST = select(func.max(buckets.c.bucket)).where(buckets.c.kind == KEY_BUCKETS, buckets.c.epoch == bindparam("epoch"))
_PUT = (
    contents.update()
    .where(
        contents.c.kind == bindparam("of_kind"),
        contents.c.bucket == bindparam("number"),
        contents.c.made_in == bindparam("made"),
    )
    .values(revision=contents.c.revision + 1)
)
_PURPOSE = select(purposes.c.wrapped).where(
    purposes.c.name == bindparam("name"), purposes.c.epoch == bindparam("epoch")
)


@dataclass(frozen=True, repr=False)
class Bucket:
    """One bucket of the living tree, opened; a traceback that shows local variables shows nothing of it."""

    kind: str
    number: int
    made_in: int
    revision: int
    cipher: AESGCM
    content: bytes


class KeyTree:
    """The living tree of one key store."""

    def __init__(self, database: KeyDatabase, holders: Holders) -> None:
        self.database = database
        self.holders = holders
        self._epoch = 0
        self._asked = 0
        self._root: AESGCM | None = None
        self._buckets: dict[int, Bucket] = {}
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

    def retried(self, read: Callable[[], T]) -> T:
        """
        Read, and again where the tree was turned, and its old root destroyed, after the reading of its epoch.

        :raises RootKeyAbsent: if the root of the living tree is absent
        """
        for _ in range(_TURNS_MET):
            try:
                return read()
            except RootKeyAbsent:
                with self.database.reading() as connection:
                    if connection.execute(_EPOCH).scalar_one_or_none() == self._asked:
                        raise
        return read()

    def key_sets(self, connection: Connection, key_ids: Sequence[UUID]) -> dict[UUID, KeySet]:
        """
        Unwrap keys; one that is not in the tree is left out.

        :raises KeyStoreTampered: if a bucket does not open, or a key is not in its own
        """
        return self._split(connection, key_ids, KeySet)

    def commitment_keys(self, connection: Connection, key_ids: Sequence[UUID]) -> dict[UUID, Mac]:
        """Derive of keys what makes commitments, and nothing that opens a box; else as `key_sets`."""
        return self._split(connection, key_ids, commitment_key)

    def _split(self, connection: Connection, key_ids: Sequence[UUID], split: Callable[[bytes], T]) -> dict[UUID, T]:
        if self._root is None:
            self.epoch(connection)
        asked = {"key_ids": [key_id.bytes for key_id in key_ids]}
        placed = {bytes(key_id): number for key_id, number in connection.execute(_BUCKET_OF, asked)}
        opened = self._opened(connection, set(placed.values()))
        found = {key_id: _key_in(opened[number].content, key_id, split) for key_id, number in placed.items()}
        missing = [key_id for key_id, key in found.items() if key is None]
        # One that was destroyed since the first statement is in neither.
        if missing and connection.execute(_BUCKET_OF, {"key_ids": missing}).first() is not None:
            raise KeyStoreTampered(what="key")
        return {UUID(bytes=key_id): key for key_id, key in found.items() if key is not None}

    def bucket(self, connection: Connection, kind: str, number: int) -> Bucket:
        """
        Open a bucket of the living tree.

        :raises KeyStoreTampered: if it is not there, or does not open
        """
        row = connection.execute(_BUCKET, {"kind": kind, "number": number}).one_or_none()
        if row is None or row.sealed is None:
            raise KeyStoreTampered(what=kind)
        self._turn_to(row.epoch)
        return self._open(kind, number, row)

    def add_bucket(self, connection: Connection, kind: str, number: int, content: bytes = b"") -> Bucket:
        """Make a bucket of the living tree, within a write."""
        epoch, key = self.epoch(connection), new_key()
        bound_to = wrapping.of_bucket(self.ledger_id, kind=kind, bucket=number, made_in=epoch, epoch=epoch)
        wrapped = wrapping.wrap(self._held_root(), key, bound_to=bound_to)
        made = {"kind": kind, "bucket": number, "epoch": epoch, "made_in": epoch, "wrapped": wrapped}
        connection.execute(buckets.insert(), {**made, "stamp": new_id().bytes})
        sealed = self._sealed(AESGCM(key), kind, number, epoch, content)
        row = {"kind": kind, "bucket": number, "made_in": epoch, "revision": 1, "held": 0, "sealed": sealed}
        connection.execute(contents.insert(), row)
        return Bucket(kind, number, epoch, 1, AESGCM(key), content)

    def put(self, connection: Connection, bucket: Bucket, content: bytes, *, held: int = 0) -> None:
        """Replace what is in a bucket, within a write; `held` is how many keys that is."""
        sealed = self._sealed(bucket.cipher, bucket.kind, bucket.number, bucket.made_in, content)
        of = {"of_kind": bucket.kind, "number": bucket.number, "made": bucket.made_in}
        connection.execute(_PUT, {**of, "sealed": sealed, "held": held})

    def mint(self, connection: Connection, count: int) -> list[UUID]:
        """Make keys, within a write; they are durable once it is committed."""
        minted: list[UUID] = []
        last = connection.execute(_LAST, {"epoch": self.epoch(connection)}).scalar()
        while len(minted) < count:
            bucket = self._with_room(connection, last)
            last = bucket.number
            room = KEYS_IN_BUCKET - len(bucket.content) // ENTRY_BYTES
            key_ids = [new_id() for _ in range(min(room, count - len(minted)))]
            content = bucket.content + b"".join([key_id.bytes + new_key() for key_id in key_ids])
            self.put(connection, bucket, content, held=len(content) // ENTRY_BYTES)
            connection.execute(keys.insert(), [{"key_id": key_id.bytes, "bucket": last} for key_id in key_ids])
            minted += key_ids
        return minted

    def purpose(self, name: str) -> bytes:
        """Give the key of one purpose of the ledger's own, such as the blind index."""
        if name not in self._purposes:
            self._purposes[name] = self.retried(lambda: self._read_purpose(name))
        return self._purposes[name]

    def add_purpose(self, connection: Connection, name: str) -> None:
        """Make the key of a purpose, within a write."""
        epoch = self.epoch(connection)
        bound_to = wrapping.of_purpose(self.ledger_id, name=name, epoch=epoch)
        wrapped = wrapping.wrap(self._held_root(), new_key(), bound_to=bound_to)
        connection.execute(purposes.insert(), {"name": name, "epoch": epoch, "wrapped": wrapped})

    def _read_purpose(self, name: str) -> bytes:
        with self.database.snapshot() as connection:
            epoch = self.epoch(connection)
            wrapped = connection.execute(_PURPOSE, {"name": name, "epoch": epoch}).scalar_one_or_none()
        if wrapped is None:
            raise KeyStoreTampered(what="purpose")
        bound_to = wrapping.of_purpose(self.ledger_id, name=name, epoch=epoch)
        return wrapping.unwrap(self._held_root(), bytes(wrapped), bound_to=bound_to, what="purpose")

    def _turn_to(self, epoch: int) -> None:
        """Hold the root of this epoch, and nothing that was unwrapped under another."""
        if self._root is None or epoch != self._epoch:
            self._asked = epoch
            self._root, self._epoch = AESGCM(self.holders.load(epoch)), epoch
            self._buckets.clear()
            self._purposes.clear()

    def _held_root(self) -> AESGCM:
        if self._root is None:
            raise AssertionError("the epoch was not read")
        return self._root

    def _opened(self, connection: Connection, numbers: set[int]) -> dict[int, Bucket]:
        """Open buckets of keys; what is in memory is used while the key store says that nothing changed."""
        opened: dict[int, Bucket] = {}
        for epoch, number, made_in, revision in connection.execute(_REVISIONS, {"numbers": sorted(numbers)}):
            self._turn_to(epoch)
            known = self._buckets.get(number)
            if known is not None and (known.made_in, known.revision) == (made_in, revision):
                opened[number] = known
        for number in numbers - opened.keys():
            if len(self._buckets) >= _BUCKETS_REMEMBERED:
                self._buckets.clear()
            opened[number] = self._buckets[number] = self.bucket(connection, KEY_BUCKETS, number)
        return opened

    def _open(self, kind: str, number: int, row: Any) -> Bucket:
        of = {"kind": kind, "bucket": number, "made_in": row.made_in}
        bound_to = wrapping.of_bucket(self.ledger_id, **of, epoch=self._epoch)
        cipher = AESGCM(wrapping.unwrap(self._held_root(), bytes(row.wrapped), bound_to=bound_to, what="bucket"))
        bound_to = wrapping.of_contents(self.ledger_id, **of)
        content = wrapping.unwrap(cipher, bytes(row.sealed), bound_to=bound_to, what=kind)
        return Bucket(kind, number, row.made_in, row.revision, cipher, content)

    def _sealed(self, cipher: AESGCM, kind: str, number: int, made_in: int, content: bytes) -> bytes:
        bound_to = wrapping.of_contents(self.ledger_id, kind=kind, bucket=number, made_in=made_in)
        return wrapping.wrap(cipher, content, bound_to=bound_to)

    def _with_room(self, connection: Connection, last: int | None) -> Bucket:
        """Give the last bucket if it has room for a key, else a new one."""
        if last is not None:
            bucket = self.bucket(connection, KEY_BUCKETS, last)
            if len(bucket.content) < KEYS_IN_BUCKET * ENTRY_BYTES:
                return bucket
        return self.add_bucket(connection, KEY_BUCKETS, 0 if last is None else last + 1)


def _key_in(content: bytes, key_id: bytes, split: Callable[[bytes], T]) -> T | None:
    """Find a key in an opened bucket by its id, and split it; None where it is not in it."""
    at = content.find(key_id)
    while at >= 0 and at % ENTRY_BYTES:
        at = content.find(key_id, at + 1)
    return None if at < 0 else split(content[at + len(key_id) : at + ENTRY_BYTES])
