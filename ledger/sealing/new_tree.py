"""
A new tree beside the living one: made, compared with it, and ready to be switched to.

Every bucket key is wrapped again under the new root. A bucket that loses something gets a new key, and what stays in it
is sealed again; what others hold is not touched. Nothing here changes the living tree. A bucket that was changed, added
or dealt out anew after it was copied is *stale*: it is copied again before the switch.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, and_, bindparam, or_, select

from ledger.identifiers import new_id
from ledger.sealing import wrapping
from ledger.sealing.failures import KeyStoreTampered
from ledger.sealing.index import Filed, blob_of, entries_in
from ledger.sealing.kdf import new_key
from ledger.sealing.schema import KEY_BUCKETS, TOKEN_BUCKETS, buckets, contents, keys, purposes
from ledger.sealing.tree import ENTRY_BYTES

Place = tuple[str, int]
"""The kind and the number of a bucket."""

_ROWS_AT_ONCE = 64
_old, _new = buckets.alias("old"), buckets.alias("new")
_of = and_(contents.c.kind == _old.c.kind, contents.c.bucket == _old.c.bucket, contents.c.made_in == _old.c.made_in)
_pair = and_(_new.c.kind == _old.c.kind, _new.c.bucket == _old.c.bucket, _new.c.epoch == bindparam("after"))
_LIVING = (
    select(_old.c.kind, _old.c.bucket, _old.c.made_in, _old.c.wrapped, _old.c.stamp, contents.c.revision)
    .join_from(_old, contents, _of)
    .where(_old.c.epoch == bindparam("before"))
)
_STALE = _LIVING.outerjoin(_new, _pair).where(
    or_(_new.c.kind.is_(None), _new.c.copied_from != _old.c.stamp, _new.c.copied_revision != contents.c.revision)
)
_RESEALED = select(buckets.c.kind, buckets.c.bucket).where(
    buckets.c.epoch == bindparam("after"), buckets.c.copied_revision.is_not(None)
)
_same = and_(_old.c.kind == _new.c.kind, _old.c.bucket == _new.c.bucket, _old.c.epoch == bindparam("before"))
_SURPLUS = (
    select(_new.c.kind, _new.c.bucket)
    .outerjoin(_old, _same)
    .where(_new.c.epoch == bindparam("after"), _old.c.kind.is_(None))
)
_SEALED = select(contents.c.sealed).where(
    contents.c.kind == bindparam("kind"),
    contents.c.bucket == bindparam("bucket"),
    contents.c.made_in == bindparam("made"),
)
_PAIRS = (
    select(
        _old.c.kind, _old.c.bucket, _old.c.made_in.label("old_made"), _old.c.wrapped.label("old_wrapped"),
        _new.c.made_in.label("new_made"), _new.c.wrapped.label("new_wrapped"), _new.c.copied_revision,
        contents.c.held, contents.c.sealed, contents.c.revision,
    )
    .join_from(_old, contents, _of)
    .join(_new, _pair)
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


_NOBODY = Filed(frozenset(), frozenset())


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

    def stale(self, connection: Connection, *, anew: bool = False) -> list[Any]:
        """
        Give the living buckets of which there is no copy, or not one of how they are now.

        `anew`: a copy with losses that an earlier attempt left may have been made for other losses; it counts as none.
        """
        asked = {"before": self.before, "after": self.after}
        stale = {(row.kind, row.bucket): row for row in connection.execute(_STALE, asked)}
        resealed = {(kind, number) for kind, number in connection.execute(_RESEALED, {"after": self.after})}
        doubtful = resealed | self.losses.touched if anew else resealed ^ self.losses.touched
        for kind, number in doubtful - stale.keys():
            of = _LIVING.where(_old.c.kind == kind, _old.c.bucket == number)
            stale.update({(row.kind, row.bucket): row for row in connection.execute(of, {"before": self.before})})
        return list(stale.values())

    def surplus(self, connection: Connection) -> set[Place]:
        """Give the copies of buckets that are no more."""
        asked = {"before": self.before, "after": self.after}
        return {(kind, number) for kind, number in connection.execute(_SURPLUS, asked)}

    def copy(self, connection: Connection, *, anew: bool = False) -> set[Place]:
        """Copy what is stale, within a write, and give which buckets that was."""
        stale = self.stale(connection, anew=anew)
        self._drop(connection, {(row.kind, row.bucket) for row in stale} | self.surplus(connection))
        copied: list[dict[str, Any]] = []
        for row in stale:
            touched = (row.kind, row.bucket) in self.losses.touched
            copied.append(self._copied_with_losses(connection, row) if touched else self._copied(row))
        if copied:
            connection.execute(buckets.insert(), copied)
        if not connection.execute(_PURPOSES, {"of": self.after}).first():
            connection.execute(purposes.insert(), [
                {"name": name, "epoch": self.after, "wrapped": wrapping.wrap(
                    self.new_root, key, bound_to=wrapping.of_purpose(self.ledger_id, name=name, epoch=self.after)
                )}
                for name, key in self._purposes(connection, self.before, self.old_root).items()
            ])  # fmt: skip
        return {(row.kind, row.bucket) for row in stale}

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
            for row in pairs:
                same = self._is_copy(row) if row.copied_revision is None else self._is_remnant(connection, row)
                if not same:  # said here, where no key is a local variable
                    raise KeyStoreTampered(what="copy")

    def _pairs(self, connection: Connection, only: Collection[Place] | None) -> Generator[Any]:
        asked = {"before": self.before, "after": self.after}
        if only is None:
            with connection.execute(_PAIRS, asked, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
                yield from rows
            return
        for kind, number in only:
            yield from connection.execute(_PAIRS.where(_old.c.kind == kind, _old.c.bucket == number), asked)

    def _is_copy(self, row: Any) -> bool:
        """Say of a bucket that loses nothing whether its key is the same and opens it, and every key in it is there."""
        key = self._key(row.kind, row.bucket, row.old_made, row.old_wrapped, epoch=self.before, root=self.old_root)
        again = self._key(row.kind, row.bucket, row.new_made, row.new_wrapped, epoch=self.after, root=self.new_root)
        content = self._content(AESGCM(again), row.kind, row.bucket, row.new_made, row.sealed)
        whole = row.kind != KEY_BUCKETS or _count(content) == row.held
        return whole and compare_digest(key, again) and row.old_made == row.new_made

    def _is_remnant(self, connection: Connection, row: Any) -> bool:
        """Say of a bucket that loses something whether what is in the copy is what was in it, without that."""
        if row.copied_revision != row.revision:
            return True  # changed since, so it is stale, and is copied again
        key = self._key(row.kind, row.bucket, row.old_made, row.old_wrapped, epoch=self.before, root=self.old_root)
        again = self._key(row.kind, row.bucket, row.new_made, row.new_wrapped, epoch=self.after, root=self.new_root)
        asked = {"kind": row.kind, "bucket": row.bucket, "made": row.new_made}
        sealed = connection.execute(_SEALED, asked).scalar_one_or_none()
        if sealed is None or compare_digest(key, again):
            return False
        content = self._content(AESGCM(key), row.kind, row.bucket, row.old_made, row.sealed)
        left = self._content(AESGCM(again), row.kind, row.bucket, row.new_made, sealed)
        return compare_digest(left, self._without(row.kind, content))

    def _drop(self, connection: Connection, places: set[Place]) -> None:
        """Take away copies, within a write."""
        gone = [{"of_kind": kind, "number": number, "of": self.after} for kind, number in places]
        if gone:
            connection.execute(_DROP_BUCKET, gone)
            connection.execute(_DROP_CONTENTS, gone)

    def _copied(self, row: Any) -> dict[str, Any]:
        key = self._key(row.kind, row.bucket, row.made_in, row.wrapped, epoch=self.before, root=self.old_root)
        return self._row(row, key, made_in=row.made_in, revision=None)

    def _copied_with_losses(self, connection: Connection, row: Any) -> dict[str, Any]:
        old = AESGCM(self._key(row.kind, row.bucket, row.made_in, row.wrapped, epoch=self.before, root=self.old_root))
        asked = {"kind": row.kind, "bucket": row.bucket, "made": row.made_in}
        sealed = connection.execute(_SEALED, asked).scalar_one()
        content = self._without(row.kind, self._content(old, row.kind, row.bucket, row.made_in, sealed))
        key = new_key()
        bound_to = wrapping.of_contents(self.ledger_id, kind=row.kind, bucket=row.bucket, made_in=self.after)
        connection.execute(contents.insert(), {
            "kind": row.kind, "bucket": row.bucket, "made_in": self.after, "revision": 1,
            "held": _count(content) if row.kind == KEY_BUCKETS else 0,
            "sealed": wrapping.wrap(AESGCM(key), content, bound_to=bound_to),
        })  # fmt: skip
        return self._row(row, key, made_in=self.after, revision=row.revision)

    def _row(self, row: Any, key: bytes, *, made_in: int, revision: int | None) -> dict[str, Any]:
        of = {"kind": row.kind, "bucket": row.bucket, "made_in": made_in}
        bound_to = wrapping.of_bucket(self.ledger_id, **of, epoch=self.after)
        wrapped = wrapping.wrap(self.new_root, key, bound_to=bound_to)
        return {
            **of,
            "epoch": self.after,
            "wrapped": wrapped,
            "stamp": new_id().bytes,
            "copied_from": row.stamp,
            "copied_revision": revision,
        }

    def _key(self, kind: str, number: int, made_in: int, wrapped: bytes, *, epoch: int, root: AESGCM) -> bytes:
        bound_to = wrapping.of_bucket(self.ledger_id, kind=kind, bucket=number, made_in=made_in, epoch=epoch)
        return wrapping.unwrap(root, bytes(wrapped), bound_to=bound_to, what="bucket")

    def _content(self, cipher: AESGCM, kind: str, number: int, made_in: int, sealed: bytes) -> bytes:
        bound_to = wrapping.of_contents(self.ledger_id, kind=kind, bucket=number, made_in=made_in)
        return wrapping.unwrap(cipher, bytes(sealed), bound_to=bound_to, what=kind)

    def _without(self, kind: str, content: bytes) -> bytes:
        if kind == TOKEN_BUCKETS:
            return blob_of(self.losses.filed.without(entries_in(content)))
        entries = (content[at : at + ENTRY_BYTES] for at in range(0, len(content), ENTRY_BYTES))
        return b"".join([entry for entry in entries if entry[:16] not in self.losses.key_ids])

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
