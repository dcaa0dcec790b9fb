"""Sealing, and the tags that hang on keys: what the writer of events needs."""

from __future__ import annotations

import os
from hmac import digest as hmac_digest
from uuid import UUID

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.identifiers import new_id
from ledger.sealing.boxes import NONCE_BYTES, seal
from ledger.sealing.index import AGENT_MONTH, SealedIndex
from ledger.sealing.keyring import REPEATED_COMMANDS, Keyring
from ledger.usecases.ports import BoxPlace, SealedBox

TAG_BYTES = 16
_MONTHS_REMEMBERED = 4_096


class KeyringSealer:
    """Seals with the keys of one ledger. Every method may raise what `Keyring.key_set` raises."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._index = SealedIndex(keyring.tree)
        self._months: dict[tuple[UUID, str], ScopeInstance] = {}

    def reserve(self) -> UUID:
        """
        Give a minted key that nothing has claimed yet.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        return self._keyring.reserve()

    def seal(self, place: BoxPlace, plaintext: bytes, *, pad_to: int) -> SealedBox:
        """
        Seal a plaintext under the key that `place` names, padded to `pad_to` and to the next step.

        :raises KeyErased: if that key was destroyed
        """
        keys = self._keyring.key_set(place.key_id)
        content, committed = seal(keys, place, plaintext, pad_to=pad_to, nonce=os.urandom(NONCE_BYTES))
        return SealedBox(place.key_id, place.algorithm, committed, content)

    def link_tag(self, key_id: UUID, kind: str) -> bytes:
        """
        Give the tag (16 bytes) under which links of this kind hang on a key.

        :raises KeyErased: if the key was destroyed, and the links with it
        """
        return self._keyring.key_set(key_id).link(kind.encode())[:TAG_BYTES]

    def actor_tag(self, key_id: UUID, event_id: UUID) -> bytes:
        """
        Give the actor tag (16 bytes) of one event under an agent month's key.

        :raises KeyErased: if the key was destroyed: nobody can tell any more who acted
        """
        return self._keyring.key_set(key_id).actor(event_id.bytes)[:TAG_BYTES]

    def agent_month(self, actor: UUID, month: str) -> ScopeInstance:
        """
        Give the scope of an agent's month ("2026-06", UTC), made and filed the first time.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        known = self.known_agent_month(actor, month)
        if known is None:
            fresh = ScopeInstance(Scope.AGENT_MONTH, f"{new_id().hex}:{month}")
            known = next(iter(self._index.file_new(AGENT_MONTH, actor.hex, month, scope=fresh, seen=())), fresh)
            self._remember(actor, month, known)
        return known

    def known_agent_month(self, actor: UUID, month: str) -> ScopeInstance | None:
        """
        Give the scope of an agent's month, or None where there is none, or none any more.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        if (actor, month) in self._months:
            return self._months[actor, month]
        found = next(iter(self._index.find(AGENT_MONTH, actor.hex, month)), None)
        if found is not None:
            self._remember(actor, month, found)
        return found

    def _remember(self, actor: UUID, month: str, scope: ScopeInstance) -> None:
        if len(self._months) >= _MONTHS_REMEMBERED:
            self._months.clear()
        self._months[actor, month] = scope

    def request_tag(self, request: bytes) -> bytes:
        """Give the keyed hash (32 bytes) that tells whether a repeated command asks the same."""
        return hmac_digest(self._keyring.purpose_key(REPEATED_COMMANDS), request, "sha256")
