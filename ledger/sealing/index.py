"""
The blind index: finding a person by name and birth date without storing who is known.

A token is HMAC-SHA256 under a key of its own. Tokens too would tell: who has an old copy of them and the living index
key can try names, so they are never in clear either. They stand in sealed blobs, one a bucket, wrapped like the keys.

What a blob shows is how many entries it holds, in steps of 4 KiB, and its number, which is the first bits of its
tokens. So there is one bucket until it is full, then two, then four: a number is never more than a few bits about
hundreds of people, and that somebody was filed between two copies does not tell who.

Each filing makes two entries: token -> scope, to find; and tag of the scope -> token, to forget it again.
"""

from __future__ import annotations

from collections.abc import Collection
from hmac import digest as hmac_digest

import msgspec
from sqlalchemy import Connection, bindparam, select

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.sealing import wrapping
from ledger.sealing.boxes import PaddingBroken, padded, unpadded
from ledger.sealing.encoding import encoded
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.names import normalised
from ledger.sealing.schema import TOKEN_BUCKETS, buckets, keyring, tokens
from ledger.sealing.tree import KeyTree

BLIND_INDEX = "blind-index"
ENTRIES_IN_BUCKET = 1_024
BLOB_STEP_BYTES = 4_096
AGENT_MONTH = "agent-month"
EXACT_KINDS = frozenset({"account", AGENT_MONTH})
"""What is no name, and must not be taken for another that looks like it."""

_TAG_BITS = 32
_BITS = select(keyring.c.token_bits).where(keyring.c.one == 1)
_BLOB = select(tokens.c.sealed).where(tokens.c.bucket == bindparam("number"), tokens.c.made_in == bindparam("epoch"))
_REPLACE = tokens.update().where(tokens.c.bucket == bindparam("number"), tokens.c.made_in == bindparam("epoch"))
_DROP_BLOB = tokens.delete().where(tokens.c.bucket == bindparam("number"), tokens.c.made_in == bindparam("epoch"))
_DROP_BUCKETS = buckets.delete().where(buckets.c.kind == TOKEN_BUCKETS, buckets.c.epoch == bindparam("living"))
_MORE_BITS = keyring.update().where(keyring.c.one == 1).values(token_bits=keyring.c.token_bits + 1)

Entry = tuple[bytes, bytes]
"""A tag of 32 bytes and what it leads to."""
_entries = msgspec.msgpack.Decoder(list[Entry])


class SealedIndex:
    """The blind index of one ledger."""

    def __init__(self, tree: KeyTree) -> None:
        self._tree = tree

    def find(self, kind: str, *parts: str) -> list[ScopeInstance]:
        """
        Give the scopes filed under these parts, in the order of their filing.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        token = self._token(kind, parts)
        with self._tree.database.snapshot() as connection:
            entries = self._read(connection, self._bucket_of(connection, token))
        return [_scope(found) for tag, found in entries if tag == token]

    def file(self, kind: str, *parts: str, scope: ScopeInstance) -> None:
        """
        File a scope under these parts, durably; doing it again changes nothing.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        token, filed = self._token(kind, parts), self._tag_of(scope)
        with self._tree.database.writing() as connection:
            self._add(connection, (token, str(scope).encode()))
            self._add(connection, (filed, token))

    def file_new(
        self, kind: str, *parts: str, scope: ScopeInstance, seen: Collection[ScopeInstance]
    ) -> list[ScopeInstance]:
        """
        File a scope under these parts, durably, unless somebody filed another one since `seen` was read.

        Give those that were filed since; nothing is filed then. Looking and filing are one write: of several who find
        nobody at the same moment one files, and the others are given what that one filed.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        token, filed = self._token(kind, parts), self._tag_of(scope)
        with self._tree.database.writing() as connection:
            entries = self._read(connection, self._bucket_of(connection, token))
            held = [_scope(found) for tag, found in entries if tag == token]
            since = [each for each in held if each not in seen]
            if not since:
                self._add(connection, (token, str(scope).encode()))
                self._add(connection, (filed, token))
        return since

    def forget(self, scope: ScopeInstance) -> None:
        """Take a scope out of the index."""
        with self._tree.database.writing() as connection:
            self.forget_within(connection, scope)

    def forget_within(self, connection: Connection, scope: ScopeInstance) -> None:
        """Take a scope out of the index, within a write."""
        filed, name = self._tag_of(scope), str(scope).encode()
        number = self._bucket_of(connection, filed)
        entries = self._read(connection, number)
        held = [found for tag, found in entries if tag == filed]
        if not held:
            return
        self._write(connection, number, [entry for entry in entries if entry[0] != filed])
        for token in held:
            number = self._bucket_of(connection, token)
            left = [entry for entry in self._read(connection, number) if entry != (token, name)]
            self._write(connection, number, left)

    def _token(self, kind: str, parts: tuple[str, ...]) -> bytes:
        told = [part.strip() for part in parts] if kind in EXACT_KINDS else [normalised(part) for part in parts]
        return hmac_digest(self._tree.purpose(BLIND_INDEX), encoded("find", kind, *told), "sha256")

    def _tag_of(self, scope: ScopeInstance) -> bytes:
        return hmac_digest(self._tree.purpose(BLIND_INDEX), encoded("filed", str(scope)), "sha256")

    def _bucket_of(self, connection: Connection, tag: bytes) -> int:
        self._tree.epoch(connection)
        return _number(tag, bits=int(connection.execute(_BITS).scalar_one()))

    def _add(self, connection: Connection, entry: Entry) -> None:
        number = self._bucket_of(connection, entry[0])
        entries = self._read(connection, number)
        if entry in entries:
            return
        self._write(connection, number, [*entries, entry])
        if len(entries) >= ENTRIES_IN_BUCKET:
            self._split(connection)

    def _read(self, connection: Connection, number: int) -> list[Entry]:
        bucket = self._tree.bucket(connection, TOKEN_BUCKETS, number)
        sealed = connection.execute(_BLOB, {"number": number, "epoch": bucket.made_in}).scalar_one_or_none()
        if sealed is None:
            raise KeyStoreTampered(what="tokens")
        bound_to = wrapping.of_tokens(self._tree.ledger_id, bucket=number, made_in=bucket.made_in)
        blob = wrapping.unwrap(bucket.cipher, bytes(sealed), bound_to=bound_to, what="tokens")
        try:
            return _entries.decode(unpadded(blob, step=BLOB_STEP_BYTES))
        except (PaddingBroken, msgspec.DecodeError):
            raise KeyStoreTampered(what="tokens") from None

    def _write(self, connection: Connection, number: int, entries: list[Entry]) -> None:
        bucket = self._tree.bucket(connection, TOKEN_BUCKETS, number)
        bound_to = wrapping.of_tokens(self._tree.ledger_id, bucket=number, made_in=bucket.made_in)
        sealed = wrapping.wrap(bucket.cipher, _blob(entries), bound_to=bound_to)
        connection.execute(_REPLACE, {"number": number, "epoch": bucket.made_in, "sealed": sealed})

    def _split(self, connection: Connection) -> None:
        """Make twice as many buckets, and deal all entries out to them anew."""
        bits = int(connection.execute(_BITS).scalar_one())
        entries: list[Entry] = []
        for number in range(1 << bits):
            entries += self._read(connection, number)
            made_in = self._tree.bucket(connection, TOKEN_BUCKETS, number).made_in
            connection.execute(_DROP_BLOB, {"number": number, "epoch": made_in})
        connection.execute(_DROP_BUCKETS, {"living": self._tree.epoch(connection)})
        connection.execute(_MORE_BITS)
        dealt: dict[int, list[Entry]] = {number: [] for number in range(2 << bits)}
        for entry in entries:
            dealt[_number(entry[0], bits=bits + 1)].append(entry)
        for number, held in dealt.items():
            create_token_bucket(self._tree, connection, number)
            self._write(connection, number, held)


def create_token_bucket(tree: KeyTree, connection: Connection, number: int) -> None:
    """Make an empty bucket of tokens, within a write."""
    bucket = tree.add_bucket(connection, TOKEN_BUCKETS, number)
    bound_to = wrapping.of_tokens(tree.ledger_id, bucket=number, made_in=bucket.made_in)
    sealed = wrapping.wrap(bucket.cipher, _blob([]), bound_to=bound_to)
    connection.execute(tokens.insert(), {"bucket": number, "made_in": bucket.made_in, "sealed": sealed})


def _blob(entries: list[Entry]) -> bytes:
    return padded(msgspec.msgpack.encode(entries), step=BLOB_STEP_BYTES)


def _number(tag: bytes, *, bits: int) -> int:
    return int.from_bytes(tag[:4], "big") >> (_TAG_BITS - bits)


def _scope(found: bytes) -> ScopeInstance:
    kind, _, of = found.decode().partition(":")
    return ScopeInstance(Scope(kind), of)
