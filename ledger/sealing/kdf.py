"""Splitting one key into keys that each do one thing (HKDF-SHA256, RFC 5869; empty salt, one info text per use)."""

from __future__ import annotations

import os
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
BOX_INFO = b"ledger/1 box"
COMMITMENT_INFO = b"ledger/1 commitment"
LINK_INFO = b"ledger/1 link"
ACTOR_INFO = b"ledger/1 actor"
_BLOCK_BYTES = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))


def new_key() -> bytes:
    """Make a random 256-bit key."""
    return os.urandom(KEY_BYTES)


def hkdf_sha256(key: bytes, *, info: bytes, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """
    Derive `length` bytes from a key.

    :raises ValueError: above 8,160 bytes (255 blocks of the hash)
    """
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(key)


class Mac:
    """HMAC-SHA256 (RFC 2104) under one key, of which both blocks are hashed once and not for every message."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")
        block = key.ljust(_BLOCK_BYTES, b"\x00")
        self._inner = sha256(block.translate(_INNER))
        self._outer = sha256(block.translate(_OUTER))

    def __call__(self, message: bytes) -> bytes:
        """Give the tag (32 bytes) of a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()

    def __repr__(self) -> str:
        return "<mac>"

    def __reduce_ex__(self, protocol: object, /) -> str:
        raise TypeError("keys are not copied or pickled")


def commitment_key(key: bytes) -> Mac:
    """
    Derive the part of a key that makes commitments. It opens nothing, and the key does not follow from it.

    :raises ValueError: if it is no key
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return Mac(hkdf_sha256(key, info=COMMITMENT_INFO))


class KeySet:
    """What one key of the tree is split into, ready for use: made once and kept while the key is in the cache."""

    __slots__ = ("actor", "box", "commitment", "link")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError("a key has 32 bytes")
        self.box = AESGCM(hkdf_sha256(key, info=BOX_INFO))
        self.commitment = commitment_key(key)
        self.link = Mac(hkdf_sha256(key, info=LINK_INFO))
        self.actor = Mac(hkdf_sha256(key, info=ACTOR_INFO))

    def __repr__(self) -> str:
        return "<keys>"

    def __reduce_ex__(self, protocol: object, /) -> str:
        raise TypeError("keys are not copied or pickled")
