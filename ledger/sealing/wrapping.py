"""Wrapping one key under another (AES-256-GCM), bound to what it is, where it stands and whose it is."""

from __future__ import annotations

import os
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.sealing.boxes import NONCE_BYTES, decrypt, encrypt
from ledger.sealing.encoding import encoded
from ledger.sealing.failures import KeyStoreTampered


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
    return encoded(ledger_id, "bucket", kind, bucket, made_in, epoch)


def of_key(ledger_id: UUID, *, key_id: UUID, bucket: int, made_in: int) -> bytes:
    """Say what a key is bound to: its ledger, id and bucket, and the epoch in which the key of that bucket was made."""
    return encoded(ledger_id, "key", key_id, bucket, made_in)


def of_tokens(ledger_id: UUID, *, bucket: int, made_in: int) -> bytes:
    """Say what the tokens of a bucket are bound to."""
    return encoded(ledger_id, "tokens", bucket, made_in)


def of_purpose(ledger_id: UUID, *, name: str, epoch: int) -> bytes:
    """Say what a purpose key is bound to."""
    return encoded(ledger_id, "purpose", name, epoch)
