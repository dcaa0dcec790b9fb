"""
A new tree beside the living one: made, compared with it, and ready to be switched to.

Every bucket key is wrapped again under the new root. A bucket that loses something gets a new key, and what stays in it
is sealed again; what others hold is not touched. Nothing here changes the living tree. A bucket that was changed, added
or dealt out anew after it was copied is *stale*: it is copied again before the switch.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hmac import compare_digest
from itertools import islice
from typing import Any, NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from ledger.sealing import wrapping
from ledger.sealing.database import Values, insert_rows
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.index import Filed, blob_of, entries_in
from ledger.sealing.kdf import KEY_BYTES, new_key
from ledger.sealing.schema import KEY_BUCKETS, STAMP_BYTES, TOKEN_BUCKETS, buckets, contents, keys, purposes
from ledger.sealing.tree import ENTRY_BYTES

Place = tuple[str, int]
"""The kind and the number of a bucket."""

_ROWS_AT_ONCE = 16
"""So few that what one bucket took in memory is warm when the next is read."""
_old, _new = buckets.alias("old"), buckets.alias("new")
_left = contents.alias("remnant")
_of = and_(contents.c.kind == _old.c.kind, contents.c.bucket == _old.c.bucket, contents.c.made_in == _old.c.made_in)
_pair = and_(_new.c.kind == _old.c.kind, _new.c.bucket == _old.c.bucket, _new.c.epoch == bindparam("after"))
_resealed = _new.c.copied_revision.is_not(None)
_remnant = and_(
    _left.c.kind == _new.c.kind, _left.c.bucket == _new.c.bucket, _left.c.made_in == _new.c.made_in, _resealed
)  # fmt: skip
_LIVING = select(_old.c.kind, _old.c.bucket, _old.c.made_in, _old.c.wrapped, _old.c.stamp).where(
    _old.c.epoch == bindparam("before")
)
_STALE = (
    _LIVING.outerjoin(_new, _pair)
    .outerjoin(contents, and_(_of, _resealed))
    .where(
        or_(_new.c.kind.is_(None), _new.c.copied_from != _old.c.stamp, _new.c.copied_revision != contents.c.revision)
    )
)
_COPIES = select(buckets.c.kind, buckets.c.bucket).where(buckets.c.epoch == bindparam("after"))
_RESEALED = _COPIES.where(buckets.c.copied_revision.is_not(None))
_same = and_(_old.c.kind == _new.c.kind, _old.c.bucket == _new.c.bucket, _old.c.epoch == bindparam("before"))
_SURPLUS = (
    select(_new.c.kind, _new.c.bucket)
    .outerjoin(_old, _same)
    .where(_new.c.epoch == bindparam("after"), _old.c.kind.is_(None))
)
_SEALED = select(contents.c.revision, contents.c.sealed).where(
    contents.c.kind == bindparam("kind"),
    contents.c.bucket == bindparam("bucket"),
    contents.c.made_in == bindparam("made"),
)
_PAIRS = (
    select(
        _old.c.kind, _old.c.bucket, _old.c.made_in, _old.c.wrapped, _new.c.made_in, _new.c.wrapped,
        _new.c.copied_revision, contents.c.revision, contents.c.held, contents.c.sealed, _left.c.sealed,
    )
    .join_from(_old, _new, _pair)
    .outerjoin(contents, _of)
    .outerjoin(_left, _remnant)
    .where(_old.c.epoch == bindparam("before"))
)  # fmt: skip
_HELD_BY = select(keys.c.bucket).where(keys.c.key_id.in_(bindparam("key_ids", expanding=True)))
_DROP_BUCKET = buckets.delete().where(
    buckets.c.kind == bindparam("of_kind"), buckets.c.bucket == bindparam("number"), buckets.c.epoch == bindparam("of")
)
_DROP_CONTENTS = contents.delete().where(
    contents.c.kind == bindparam("of_kind"),
    contents.c.bucket == bindparam("number"),
    contents.c.made_in == bindparam("of"),
)
_PURPOSES = select(purposes.c.name, purposes.c.wrapped).where(purposes.c.epoch == bindparam("of"))


_ID_BYTES = ENTRY_BYTES - KEY_BYTES
_NOBODY = Filed(frozenset(), frozenset())


class _Living(NamedTuple):
    """A bucket of the living tree."""

    kind: str
    bucket: int
    made_in: int
    wrapped: bytes
    stamp: bytes


class _Pair(NamedTuple):
    """A bucket of the living tree and its copy."""

    kind: str
    bucket: int
    old_made: int
    old_wrapped: bytes
    new_made: int
    new_wrapped: bytes
    copied_revision: int | None
    revision: int | None
    held: int | None
    sealed: bytes | None
    """What the living bucket holds; None where it is gone, which no copy makes good."""
    remnant: bytes | None
    """What the copy holds, where it was sealed again."""


@dataclass(frozen=True)
class Losses:
    """What the new tree is to be without."""

    key_ids: frozenset[bytes] = frozenset()
    filed: Filed = _NOBODY
    touched: frozenset[Place] = frozenset()
    """The buckets that hold any of it."""


@dataclass(frozen=True, repr=False)
class NewTree:
    """A new tree in the making: two epochs, their roots, and what is not to come along."""

    ledger_id: UUID
    before: int
    after: int
    old_root: AESGCM
    new_root: AESGCM
    losses: Losses

    def stale(self, connection: Connection, *, anew: bool = False) -> list[_Living]:
        """
        Give the living buckets of which there is no copy, or not one of how they are now.

        `anew`: a copy with losses that an earlier attempt left may have been made for other losses; it counts as none.
        """
        asked = {"before": self.before, "after": self.after}
        stale = {row[:2]: row for row in map(_Living._make, connection.execute(_STALE, asked))}
        resealed = {(kind, number) for kind, number in connection.execute(_RESEALED, {"after": self.after})}
        doubtful = resealed | self.losses.touched if anew else resealed ^ self.losses.touched
        for kind, number in doubtful - stale.keys():
            of = _LIVING.where(_old.c.kind == kind, _old.c.bucket == number)
            rows = connection.execute(of, {"before": self.before})
            stale.update({row[:2]: row for row in map(_Living._make, rows)})
        return list(stale.values())

    def surplus(self, connection: Connection) -> set[Place]:
        """Give the copies of buckets that are no more."""
        asked = {"before": self.before, "after": self.after}
        return {(kind, number) for kind, number in connection.execute(_SURPLUS, asked)}

    def copy(self, connection: Connection, *, anew: bool = False) -> set[Place]:
        """Copy what is stale, within a write, and give which buckets that was."""
        stale = self.stale(connection, anew=anew)
        places = {row[:2] for row in stale}
        self._drop(connection, places | self.surplus(connection))
        touched = places & self.losses.touched
        insert_rows(connection, buckets, [self._copied(row) for row in stale if row[:2] not in touched])
        losing = (self._copied_with_losses(connection, row) for row in stale if row[:2] in touched)
        while some := list(islice(losing, _ROWS_AT_ONCE)):
            insert_rows(connection, buckets, [copied for copied, _ in some])
            insert_rows(connection, contents, [content for _, content in some])
        if not connection.execute(_PURPOSES, {"of": self.after}).first():
            connection.execute(purposes.insert(), [
                {"name": name, "epoch": self.after, "wrapped": wrapping.wrap(
                    self.new_root, key, bound_to=wrapping.of_purpose(self.ledger_id, name=name, epoch=self.after)
                )}
                for name, key in self._purposes(connection, self.before, self.old_root).items()
            ])  # fmt: skip
        return places

    def verify(self, connection: Connection, *, only: Collection[Place] | None = None) -> None:
        """
        Open every bucket of the new tree (or `only` some) and compare it, key for key, with the living one.

        What has no copy yet, because it is new, is stale.

        :raises KeyStoreTampered: if anything differs from what it must be
        """
        living, copied = ((self.before, self.old_root), (self.after, self.new_root))
        if self._purposes(connection, *living) != self._purposes(connection, *copied):
            raise KeyStoreTampered(what="purposes")
        with closing(self._pairs(connection, only)) as pairs:
            for pair in pairs:
                same = self._is_copy(pair) if pair.copied_revision is None else self._is_remnant(pair)
                if not same:  # said here, where no key is a local variable
                    raise KeyStoreTampered(what="copy")

    def _pairs(self, connection: Connection, only: Collection[Place] | None) -> Generator[_Pair]:
        asked = {"before": self.before, "after": self.after}
        queries: Iterable[Select[Any]] = (_PAIRS,)
        if only is not None:
            queries = (_PAIRS.where(_old.c.kind == kind, _old.c.bucket == number) for kind, number in only)
        for query in queries:
            with connection.execute(query, asked, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
                yield from map(_Pair._make, rows)

    def _is_copy(self, pair: _Pair) -> bool:
        """Say of a bucket that loses nothing whether its key is the same and opens it, and every key in it is there."""
        if pair.sealed is None:
            return False
        key, again = self._keys(pair)
        content = self._content(AESGCM(again), pair.kind, pair.bucket, pair.new_made, pair.sealed)
        whole = pair.kind != KEY_BUCKETS or _count(content) == pair.held
        return whole and compare_digest(key, again) and pair.old_made == pair.new_made

    def _is_remnant(self, pair: _Pair) -> bool:
        """Say of a bucket that loses something whether what is in the copy is what was in it, without that."""
        if pair.sealed is None or pair.remnant is None:
            return False
        if pair.copied_revision != pair.revision:
            return True  # changed since, so it is stale, and is copied again
        key, again = self._keys(pair)
        if compare_digest(key, again):
            return False
        content = self._content(AESGCM(key), pair.kind, pair.bucket, pair.old_made, pair.sealed)
        left = self._content(AESGCM(again), pair.kind, pair.bucket, pair.new_made, pair.remnant)
        return compare_digest(left, self._without(pair.kind, content))

    def _keys(self, pair: _Pair) -> tuple[bytes, bytes]:
        """Unwrap the key of a bucket, and that of its copy."""
        of = pair.kind, pair.bucket
        return (
            self._key(*of, pair.old_made, pair.old_wrapped, epoch=self.before, root=self.old_root),
            self._key(*of, pair.new_made, pair.new_wrapped, epoch=self.after, root=self.new_root),
        )

    def _drop(self, connection: Connection, places: set[Place]) -> None:
        """Take away copies, within a write; of most buckets there is none."""
        there = {(kind, number) for kind, number in connection.execute(_COPIES, {"after": self.after})}
        gone = [{"of_kind": kind, "number": number, "of": self.after} for kind, number in places & there]
        if gone:
            connection.execute(_DROP_BUCKET, gone)
            connection.execute(_DROP_CONTENTS, gone)

    def _copied(self, row: _Living) -> Values:
        key = self._key(row.kind, row.bucket, row.made_in, row.wrapped, epoch=self.before, root=self.old_root)
        return self._row(row, key, made_in=row.made_in, revision=None)

    def _copied_with_losses(self, connection: Connection, row: _Living) -> tuple[Values, Values]:
        """Give the rows of a bucket and of its contents, in the order of the tables' columns."""
        asked = {"kind": row.kind, "bucket": row.bucket, "made": row.made_in}
        held_now = connection.execute(_SEALED, asked).one_or_none()
        if held_now is None:
            raise KeyStoreTampered(what=row.kind)
        revision, sealed = held_now
        old = AESGCM(self._key(row.kind, row.bucket, row.made_in, row.wrapped, epoch=self.before, root=self.old_root))
        content = self._without(row.kind, self._content(old, row.kind, row.bucket, row.made_in, sealed))
        key = new_key()
        bound_to = wrapping.of_contents(self.ledger_id, kind=row.kind, bucket=row.bucket, made_in=self.after)
        held = _count(content) if row.kind == KEY_BUCKETS else 0
        again = (row.kind, row.bucket, self.after, 1, held, wrapping.wrap(AESGCM(key), content, bound_to=bound_to))
        return self._row(row, key, made_in=self.after, revision=revision), again

    def _row(self, row: _Living, key: bytes, *, made_in: int, revision: int | None) -> Values:
        bound_to = wrapping.of_bucket(
            self.ledger_id, kind=row.kind, bucket=row.bucket, made_in=made_in, epoch=self.after
        )
        wrapped = wrapping.wrap(self.new_root, key, bound_to=bound_to)
        return (row.kind, row.bucket, self.after, made_in, wrapped, os.urandom(STAMP_BYTES), row.stamp, revision)

    def _key(self, kind: str, number: int, made_in: int, wrapped: bytes, *, epoch: int, root: AESGCM) -> bytes:
        bound_to = wrapping.of_bucket(self.ledger_id, kind=kind, bucket=number, made_in=made_in, epoch=epoch)
        return wrapping.unwrap(root, wrapped, bound_to=bound_to, what="bucket")

    def _content(self, cipher: AESGCM, kind: str, number: int, made_in: int, sealed: bytes) -> bytes:
        bound_to = wrapping.of_contents(self.ledger_id, kind=kind, bucket=number, made_in=made_in)
        return wrapping.unwrap(cipher, sealed, bound_to=bound_to, what=kind)

    def _without(self, kind: str, content: bytes) -> bytes:
        if kind == TOKEN_BUCKETS:
            return blob_of(self.losses.filed.without(entries_in(content)))
        gone = self.losses.key_ids
        places = [at for at in range(0, len(content), ENTRY_BYTES) if content[at : at + _ID_BYTES] in gone]
        left = bytearray(content)
        for at in reversed(places):
            del left[at : at + ENTRY_BYTES]
        return bytes(left)

    def _purposes(self, connection: Connection, epoch: int, root: AESGCM) -> dict[str, bytes]:
        return {
            name: wrapping.unwrap(
                root, bytes(wrapped), what="purpose",
                bound_to=wrapping.of_purpose(self.ledger_id, name=name, epoch=epoch),
            )
            for name, wrapped in connection.execute(_PURPOSES, {"of": epoch})
        }  # fmt: skip


def buckets_of(connection: Connection, key_ids: Sequence[bytes]) -> set[int]:
    """Give the numbers of the buckets that hold these keys."""
    return {number for (number,) in connection.execute(_HELD_BY, {"key_ids": key_ids})}


def _count(content: bytes) -> int:
    """Say how many keys stand in an opened bucket."""
    count, rest = divmod(len(content), ENTRY_BYTES)
    return -1 if rest else count
