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

from collections.abc import Collection, Iterable
from hmac import digest as hmac_digest
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.sealing.boxes import PaddingBroken, padded, unpadded
from ledger.sealing.encoding import encoded
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.names import normalised
from ledger.sealing.schema import TOKEN_BUCKETS, buckets, contents, keyring
from ledger.sealing.tree import KeyTree

BLIND_INDEX = "blind-index"
ENTRIES_IN_BUCKET = 1_024
BLOB_STEP_BYTES = 4_096
AGENT_MONTH = "agent-month"
EXACT_KINDS = frozenset({"account", AGENT_MONTH})
"""What is no name, and must not be taken for another that looks like it."""

_TAG_BITS = 32
_BITS = select(keyring.c.token_bits).where(keyring.c.one == 1)
_DROP_CONTENTS = contents.delete().where(
    contents.c.kind == TOKEN_BUCKETS, contents.c.bucket == bindparam("number"), contents.c.made_in == bindparam("made")
)
_DROP_BUCKETS = buckets.delete().where(buckets.c.kind == TOKEN_BUCKETS, buckets.c.epoch == bindparam("living"))
_MORE_BITS = keyring.update().where(keyring.c.one == 1).values(token_bits=keyring.c.token_bits + 1)

Entry = tuple[bytes, bytes]
"""A tag of 32 bytes and what it leads to."""
_entries = msgspec.msgpack.Decoder(list[Entry])


class Filed(NamedTuple):
    """What marks the entries of some scopes: the tags under which their tokens are filed, and their own names."""

    tags: frozenset[bytes]
    names: frozenset[bytes]

    def without(self, entries: list[Entry]) -> list[Entry]:
        """Give the entries that are not theirs."""
        return [(tag, found) for tag, found in entries if tag not in self.tags and found not in self.names]


class SealedIndex:
    """The blind index of one ledger."""

    def __init__(self, tree: KeyTree) -> None:
        self._tree = tree

    def find(self, kind: str, *parts: str) -> list[ScopeInstance]:
        """
        Give the scopes filed under these parts, in the order of their filing.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        return self._tree.retried(lambda: self._found(self._token(kind, parts)))

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
            held = [scope_named(found.decode()) for tag, found in entries if tag == token]
            since = [each for each in held if each not in seen]
            if not since:
                self._add(connection, (token, str(scope).encode()))
                self._add(connection, (filed, token))
        return since

    def tags_of(self, scopes: Iterable[ScopeInstance]) -> Filed:
        """Give what marks the entries of some scopes, to take them out."""
        named = list(scopes)
        return Filed(frozenset(map(self._tag_of, named)), frozenset(str(scope).encode() for scope in named))

    def buckets_of(self, connection: Connection, filed: Filed) -> set[int]:
        """Give the numbers of the buckets that hold an entry of some scopes."""
        numbers: set[int] = set()
        for tag in filed.tags:
            number = self._bucket_of(connection, tag)
            tokens = [found for known, found in self._read(connection, number) if known == tag]
            if tokens:
                numbers |= {number, *(self._bucket_of(connection, token) for token in tokens)}
        return numbers

    def _found(self, token: bytes) -> list[ScopeInstance]:
        with self._tree.database.snapshot() as connection:
            entries = self._read(connection, self._bucket_of(connection, token))
        return [scope_named(found.decode()) for tag, found in entries if tag == token]

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
        return entries_in(self._tree.bucket(connection, TOKEN_BUCKETS, number).content)

    def _write(self, connection: Connection, number: int, entries: list[Entry]) -> None:
        self._tree.put(connection, self._tree.bucket(connection, TOKEN_BUCKETS, number), blob_of(entries))

    def _split(self, connection: Connection) -> None:
        """Make twice as many buckets, and deal all entries out to them anew."""
        bits = int(connection.execute(_BITS).scalar_one())
        entries: list[Entry] = []
        for number in range(1 << bits):
            bucket = self._tree.bucket(connection, TOKEN_BUCKETS, number)
            entries += entries_in(bucket.content)
            connection.execute(_DROP_CONTENTS, {"number": number, "made": bucket.made_in})
        connection.execute(_DROP_BUCKETS, {"living": self._tree.epoch(connection)})
        connection.execute(_MORE_BITS)
        dealt: dict[int, list[Entry]] = {number: [] for number in range(2 << bits)}
        for entry in entries:
            dealt[_number(entry[0], bits=bits + 1)].append(entry)
        for number, held in dealt.items():
            self._tree.add_bucket(connection, TOKEN_BUCKETS, number, blob_of(held))


def create_index(tree: KeyTree, connection: Connection) -> None:
    """Make the first, empty bucket of tokens, within a write."""
    tree.add_bucket(connection, TOKEN_BUCKETS, 0, blob_of([]))


def entries_in(content: bytes) -> list[Entry]:
    """
    Read the entries of an opened bucket of tokens.

    :raises KeyStoreTampered: if it does not hold such
    """
    try:
        return _entries.decode(unpadded(content, step=BLOB_STEP_BYTES))
    except (PaddingBroken, msgspec.DecodeError):
        raise KeyStoreTampered(what="tokens") from None


def blob_of(entries: list[Entry]) -> bytes:
    """Write the content of a bucket of tokens, padded so that it hardly tells how many there are."""
    return padded(msgspec.msgpack.encode(entries), step=BLOB_STEP_BYTES)


def _number(tag: bytes, *, bits: int) -> int:
    return int.from_bytes(tag[:4], "big") >> (_TAG_BITS - bits)


def scope_named(text: str) -> ScopeInstance:
    """Read a scope as it is written."""
    kind, _, of = text.partition(":")
    return ScopeInstance(Scope(kind), of)
