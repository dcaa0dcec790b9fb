"""
Opening boxes: the value, or `Erased`, or `Withheld`; and an error of its own for each thing that must never happen.

What is asked, in this order, and what the answer is:

1. Is the scope being destroyed? Then `Erased` once the log or a tombstone says that the key is gone, else `Withheld`.
2. Is the box there? Where it is gone without a destruction: `BoxMissing`.
3. Is it the box that its header describes? Else `BoxTampered`.
4. Is its key there? Destroyed: `Erased`. Neither there nor destroyed: `KeyUnknown`. Nobody to ask:
   `KeyStoreUnavailable`.
5. Was it sealed with that key, at that place? Else `BoxTampered`.

Plaintexts live as long as one call, and no error is raised where one is a local variable: a traceback that shows local
variables shows none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

import msgspec

from ledger.personal import Erased, Sealed, Withheld
from ledger.sealing.boxes import check_digest, unseal
from ledger.sealing.failures import BoxMissing, ContentUnreadable, KeyErased
from ledger.sealing.keyring import Keyring
from ledger.usecases.ports import BoxRef, BoxSource, FoundBox

T = TypeVar("T")

BEING_DESTROYED = "being-destroyed"

_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_NULL = msgspec.Raw(b"null")


class _Unreadable:
    """Stands for a content that does not decode."""


_UNREADABLE = _Unreadable()

BoxAt = tuple[int, int]


class _Opened:
    """The fields of one box while a call lasts; a traceback that shows local variables shows nothing of them."""

    __slots__ = ("_fields",)

    def __init__(self, fields: dict[str, Any]) -> None:
        self._fields = fields

    @classmethod
    def all_are(cls, outcome: Any, fields: Sequence[str]) -> _Opened:
        """Say the same of every field."""
        return cls(dict.fromkeys(fields, outcome))

    def of(self, field: str) -> Any:
        """Give the content of a field."""
        return self._fields[field]

    def unreadable(self) -> list[str]:
        """Name the fields that did not decode."""
        return [name for name, content in self._fields.items() if content is _UNREADABLE]

    def __repr__(self) -> str:
        return "<opened>"


class KeyringOpener:
    """Opens boxes of one ledger. Held by the gate and nobody else."""

    def __init__(self, keyring: Keyring, source: BoxSource) -> None:
        self._keyring = keyring
        self._source = source

    def open(self, sealed: Sealed[T]) -> T | Erased | Withheld:
        """
        Give the content of one sealed field, or why it can't be given.

        :raises BoxTampered: if the box was altered or moved
        :raises BoxMissing: if the box is gone and nothing accounts for it
        :raises KeyUnknown: if its key is lost
        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        return cast("T | Erased | Withheld", self.open_many([sealed])[0])

    def open_many(self, sealed: Sequence[Sealed[Any]]) -> list[Any]:
        """Open several fields, in their order; the fields of one box are decrypted once. Raises what `open` raises."""
        asked: dict[BoxAt, tuple[BoxRef, list[str]]] = {}
        for handle in sealed:
            ref = _ref(handle)
            asked.setdefault((ref.position, ref.box_no), (ref, []))[1].append(handle.field)
        looked_up = self._source.look_up([ref for ref, _ in asked.values()])
        found = [
            (ref, fields, self._found(ref, box)) for (ref, fields), box in zip(asked.values(), looked_up, strict=True)
        ]
        self._keyring.prepare([ref.place.key_id for ref, _, box in found if isinstance(box, bytes)])
        opened = dict(zip(asked, [self._opened(ref, box, fields) for ref, fields, box in found], strict=True))
        return [opened[ref.position, ref.box_no].of(handle.field) for handle in sealed for ref in (_ref(handle),)]

    def destroyed(self, sealed: Sealed[Any]) -> Erased | None:
        """
        Say when and why one sealed field was destroyed, or None where it is still there; no box is unsealed for it.

        :raises BoxTampered: if the box was altered or moved
        :raises BoxMissing: if the box is gone and nothing accounts for it
        """
        ref = _ref(sealed)
        (box,) = self._source.look_up([ref])
        found = self._found(ref, box)
        return found if isinstance(found, Erased) else None

    def _found(self, ref: BoxRef, box: FoundBox) -> bytes | Erased | Withheld:
        """Give the box as its header describes it, or say why it is not to be opened; needs no key."""
        if box.fenced:
            return self._erased(ref.place.key_id) or Withheld(BEING_DESTROYED)
        if box.content is None:
            return self._erased_or_missing(ref)
        check_digest(box.content, place=ref.place, digest=ref.sha256)
        return box.content

    def _opened(self, ref: BoxRef, found: bytes | Erased | Withheld, fields: Sequence[str]) -> _Opened:
        opened = self._decrypted(ref, found, fields) if isinstance(found, bytes) else _Opened.all_are(found, fields)
        unreadable = opened.unreadable()
        if unreadable:
            raise ContentUnreadable(topic=ref.place.topic, position=ref.position, fields=",".join(unreadable))
        return opened

    def _decrypted(self, ref: BoxRef, box: bytes, fields: Sequence[str]) -> _Opened:
        try:
            keys = self._keyring.key_set(ref.place.key_id)
        except KeyErased:
            return _Opened.all_are(self._erased_or_missing(ref), fields)
        return _decoded(unseal(keys, ref.place, box, committed=ref.commitment), fields, ref.contents)

    def _erased(self, key_id: UUID) -> Erased | None:
        """Give the destruction of a key, as the log has it, else as the key store has it."""
        recorded = self._source.destruction(key_id)
        if recorded is not None:
            return Erased(recorded.when, recorded.why)
        tombstone = self._keyring.tombstone(key_id)
        return None if tombstone is None else Erased(tombstone.destroyed_at, tombstone.reason)

    def _erased_or_missing(self, ref: BoxRef) -> Erased:
        erased = self._erased(ref.place.key_id)
        if erased is None:
            raise BoxMissing(position=ref.position, box=ref.box_no)
        return erased


def _ref(handle: Sealed[Any]) -> BoxRef:
    return cast(BoxRef, handle.box)


def _decoded(content: bytes, fields: Sequence[str], types: Any) -> _Opened:
    """Read some fields; one that does not decode is marked, since the decoder's own error would quote it."""
    try:
        members = _members.decode(content)
    except msgspec.DecodeError:
        return _Opened.all_are(_UNREADABLE, fields)
    return _Opened({name: _field(members.get(name, _NULL), _type_of(types, name)) for name in fields})


def _type_of(types: Any, name: str) -> Any:
    return Any if types is None else types.get(name, Any)


def _field(raw: msgspec.Raw, content: Any) -> Any:
    """Read one field; one that the event class gained later is absent, and reads as None where that is allowed."""
    try:
        return _decoder_of(content).decode(raw)
    except (msgspec.DecodeError, TypeError):
        return _UNREADABLE


@lru_cache(maxsize=1024)
def _decoder_of(content: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(content)
