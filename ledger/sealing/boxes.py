"""
Boxes, as pure functions: padding, sealing, and opening with every check.

A box is nonce (12 bytes) | ciphertext | tag (16 bytes), AES-256-GCM. Its plaintext is a length (4 bytes, big-endian),
the content, and zeros up to a multiple of 256 bytes. The place of the box is its additional data, so that a moved box
does not open; the commitment, an HMAC of the place under a key of its own, ties the box to one key, since AES-GCM alone
would let a ciphertext be made that opens under two.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.limits import BOX_BYTES, BOX_STEP_BYTES
from ledger.sealing.failures import AlgorithmUnknown, BoxTampered
from ledger.sealing.kdf import KeySet
from ledger.usecases.ports import BoxPlace

ALGORITHM = "A256GCM.1"
NONCE_BYTES = 12
TAG_BYTES = 16
LENGTH_BYTES = 4
_ID, _NUMBER = (16).to_bytes(4, "big"), (8).to_bytes(4, "big")
_LEAST_BYTES = NONCE_BYTES + BOX_STEP_BYTES + TAG_BYTES


class PaddingBroken(ValueError):
    """The padding is not the one that `padded` writes."""


def additional_data(place: BoxPlace) -> bytes:
    """Give the bytes that bind a box to its place: its parts in their order, each behind its length (see `encoded`)."""
    ledger_id, event_id, topic, stream_id, version, key_id, algorithm = place
    said, way = topic.encode(), algorithm.encode()
    return b"".join((
        _ID, ledger_id.bytes, _ID, event_id.bytes, len(said).to_bytes(4, "big"), said, _ID, stream_id.bytes,
        _NUMBER, version.to_bytes(8, "big"), _ID, key_id.bytes, len(way).to_bytes(4, "big"), way,
    ))  # fmt: skip


def padded(content: bytes, *, pad_to: int = 0, step: int = BOX_STEP_BYTES) -> bytes:
    """Put content behind its length and fill up with zeros to `pad_to`, and to the next multiple of `step` bytes."""
    size = max(LENGTH_BYTES + len(content), pad_to)
    size += -size % step
    return (len(content).to_bytes(LENGTH_BYTES, "big") + content).ljust(size, b"\x00")


def unpadded(plaintext: bytes, *, step: int = BOX_STEP_BYTES) -> bytes:
    """
    Give the content back.

    :raises PaddingBroken: unless length, zeros and size are exactly as `padded` writes them
    """
    end, size = LENGTH_BYTES + int.from_bytes(plaintext[:LENGTH_BYTES], "big"), len(plaintext)
    if not size or size % step or end > size or plaintext[end:] != bytes(size - end):
        raise PaddingBroken
    return plaintext[LENGTH_BYTES:end]


def encrypt(cipher: AESGCM, plaintext: bytes, *, nonce: bytes, bound_to: bytes) -> bytes:
    """Give nonce | ciphertext | tag."""
    return nonce + cipher.encrypt(nonce, plaintext, bound_to)


def decrypt(cipher: AESGCM, content: bytes, *, bound_to: bytes) -> bytes | None:
    """Give the plaintext, or None for anything but what `encrypt` gave for the same key and the same `bound_to`."""
    if len(content) < NONCE_BYTES + TAG_BYTES:
        return None
    try:
        return cipher.decrypt(content[:NONCE_BYTES], content[NONCE_BYTES:], bound_to)
    except InvalidTag:
        return None


def commitment(keys: KeySet, place: BoxPlace) -> bytes:
    """Give the commitment (32 bytes) of a box at a place to a key."""
    return keys.commitment(additional_data(place))


def seal(keys: KeySet, place: BoxPlace, content: bytes, *, pad_to: int, nonce: bytes) -> tuple[bytes, bytes]:
    """
    Give the bytes of a box and its commitment; the nonce is random and never used again.

    :raises ValueError: if the content is longer than `limits.BOX_BYTES`, or is to be sealed in another way than this
    """
    if len(content) > BOX_BYTES or place.algorithm != ALGORITHM:
        raise ValueError("more than a box holds, or not in this way")
    bound_to = additional_data(place)
    box = encrypt(keys.box, padded(content, pad_to=pad_to), nonce=nonce, bound_to=bound_to)
    return box, keys.commitment(bound_to)


def check_digest(box: bytes, *, place: BoxPlace, digest: bytes) -> None:
    """
    Compare a box with what its header says of it; needs no key.

    :raises AlgorithmUnknown: if it was sealed in another way than this version's
    :raises BoxTampered: if it is not the box that was written
    """
    if place.algorithm != ALGORITHM:
        raise AlgorithmUnknown(algorithm=place.algorithm)
    if not compare_digest(sha256(box).digest(), digest):
        raise BoxTampered(fault="sha256", event=place.event_id.hex)
    if len(box) < _LEAST_BYTES or (len(box) - _LEAST_BYTES) % BOX_STEP_BYTES:
        raise BoxTampered(fault="length", event=place.event_id.hex)


def unseal(keys: KeySet, place: BoxPlace, box: bytes, *, committed: bytes) -> bytes:
    """
    Give the content of a box whose digest was checked.

    :raises BoxTampered: if it was sealed under another key, for another place, or was altered
    """
    bound_to = additional_data(place)
    if not compare_digest(keys.commitment(bound_to), committed):
        raise BoxTampered(fault="commitment", event=place.event_id.hex)
    content = _content(keys.box, box, bound_to)
    if content is None:
        raise BoxTampered(fault="seal", event=place.event_id.hex)
    return content


def _content(cipher: AESGCM, box: bytes, bound_to: bytes) -> bytes | None:
    """Decrypt and unpad; None where either fails, so that no error is raised where a plaintext is a local variable."""
    plaintext = decrypt(cipher, box, bound_to=bound_to)
    if plaintext is None:
        return None
    try:
        return unpadded(plaintext)
    except PaddingBroken:
        return None
