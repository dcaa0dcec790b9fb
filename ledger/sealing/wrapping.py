"""Wrapping one key under another (AES-256-GCM), bound to what it is, where it stands and whose it is."""

from __future__ import annotations

import os
from functools import lru_cache
from struct import Struct
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.sealing.boxes import NONCE_BYTES, decrypt, encrypt
from ledger.sealing.encoding import encoded
from ledger.sealing.failures import KeyStoreTampered

_two, _three = Struct(">IQIQ"), Struct(">IQIQIQ")
"""Numbers as `encoded` writes them: each 8 bytes behind its length."""


def wrap(under: AESGCM, secret: bytes, *, bound_to: bytes) -> bytes:
    """Wrap a secret: nonce | ciphertext | tag."""
    return encrypt(under, secret, nonce=os.urandom(NONCE_BYTES), bound_to=bound_to)


def unwrap(under: AESGCM, wrapped: bytes, *, bound_to: bytes, what: str) -> bytes:
    """
    Give a wrapped secret.

    :raises KeyStoreTampered: if it was wrapped under another key, or as something else, or was altered
    """
    secret = decrypt(under, wrapped, bound_to=bound_to)
    if secret is None:
        raise KeyStoreTampered(what=what)
    return secret


def of_bucket(ledger_id: UUID, *, kind: str, bucket: int, made_in: int, epoch: int) -> bytes:
    """Say what a bucket key is bound to: its ledger, kind, number, the epoch it was made in and that of its root."""
    return _words(ledger_id, "bucket", kind) + _three.pack(8, bucket, 8, made_in, 8, epoch)


def of_contents(ledger_id: UUID, *, kind: str, bucket: int, made_in: int) -> bytes:
    """Say what is in a bucket is bound to: its ledger, kind and number, and the epoch in which its key was made."""
    return _words(ledger_id, "contents", kind) + _two.pack(8, bucket, 8, made_in)


def of_purpose(ledger_id: UUID, *, name: str, epoch: int) -> bytes:
    """Say what a purpose key is bound to."""
    return encoded(ledger_id, "purpose", name, epoch)


@lru_cache(maxsize=64)
def _words(ledger_id: UUID, what: str, kind: str) -> bytes:
    """Give the beginning that all buckets of a kind share; a turn of the tree binds thousands."""
    return encoded(ledger_id, what, kind)
