"""Sealing, and the tags that hang on keys: what the writer of events needs."""

from __future__ import annotations

import os
from hmac import digest as hmac_digest
from uuid import UUID

from ledger.sealing.boxes import NONCE_BYTES, seal
from ledger.sealing.keyring import REPEATED_COMMANDS, Keyring
from ledger.usecases.ports import BoxPlace, SealedBox

TAG_BYTES = 16


class KeyringSealer:
    """Seals with the keys of one ledger. Every method may raise what `Keyring.key_set` raises."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

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
        return hmac_digest(self._keyring.key_set(key_id).link, kind.encode(), "sha256")[:TAG_BYTES]

    def actor_tag(self, key_id: UUID, event_id: UUID) -> bytes:
        """
        Give the actor tag (16 bytes) of one event under an agent month's key.

        :raises KeyErased: if the key was destroyed: nobody can tell any more who acted
        """
        return hmac_digest(self._keyring.key_set(key_id).actor, event_id.bytes, "sha256")[:TAG_BYTES]

    def request_tag(self, request: bytes) -> bytes:
        """Give the keyed hash (32 bytes) that tells whether a repeated command asks the same."""
        return hmac_digest(self._keyring.purpose_key(REPEATED_COMMANDS), request, "sha256")
