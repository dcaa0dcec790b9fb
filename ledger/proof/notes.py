"""
Signed notes, as C2SP signed-note writes them (https://c2sp.org/signed-note), with Ed25519.

A note is a text that ends with a line feed, an empty line, and a line for each signature:
"— name base64(key id | signature)". The key id is the first 4 bytes of SHA-256(name | 0x0A | algorithm | public key).
A *cosignature* (https://c2sp.org/tlog-cosignature) is the signature of a witness, with the second at which it was made.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.clock import UTC
from ledger.errors import IntegrityBroken, Invalid
from ledger.limits import NOTE_BYTES, NOTE_SIGNATURES
from ledger.proof.encoding import NotCanonical, decoded
from ledger.translation import mark

KEY_NAME = re.compile(r"[^\s+]+")
SEED_BYTES = 32
TIME_BYTES = 8
_DASH = "\N{EM DASH} "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_ID_BYTES = 4
_SIGNATURE_BYTES = 64
_LATEST = 253_402_300_799
"""The last second of the year 9999: what is later is no date here."""


class NoteMalformed(IntegrityBroken):
    """What was read is no signed note."""

    sentence = mark("This is not a signed text: it was altered, or something else was given.")
    advice = mark("Ask whoever gave it for the file as it was made; mail programs change line ends.")


class NoteForged(IntegrityBroken):
    """A note does not bear the signature that it must bear."""

    sentence = mark("This signed text was altered, or somebody else signed it.")


class VerifierKeyMalformed(Invalid):
    """What was given is no public key of signed notes."""

    sentence = mark("This is not a public key for signed texts.")
    advice = mark(
        "It is one line: a name, 8 digits or letters from a to f, and a code, joined by plus signs. Copy it whole."
    )


class Algorithm(IntEnum):
    """How a line of a note is signed; the values are those that C2SP assigns."""

    ED25519 = 0x01
    """The signature of the text."""
    COSIGNATURE = 0x04
    """The signature of a witness, over the text and the time."""


@dataclass(frozen=True)
class VerifierKey:
    """A public key: whose, how it signs, and its 32 bytes."""

    name: str
    algorithm: Algorithm
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The 4 bytes by which a signature says that it is this key's."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([self.algorithm]) + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read "name+key id+base64(algorithm | public key)".

        :raises VerifierKeyMalformed: if it is anything else
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        try:
            content = decoded(encoded)
            key = cls(name, Algorithm(content[0]), content[1:])
            well_formed = KEY_NAME.fullmatch(name) and _KEY_ID.fullmatch(key_id) and key.key_id.hex() == key_id
        except (NotCanonical, ValueError, IndexError) as fault:
            raise VerifierKeyMalformed from fault
        if not well_formed or len(key.public) != SEED_BYTES:
            raise VerifierKeyMalformed
        return key


def ledger_of(name: str) -> str:
    """Give the ledger that the name of a key, or an origin, is of: what stands before the stroke."""
    return name.partition("/")[0]


def keys_under(origin: str, keys: Iterable[VerifierKey]) -> list[VerifierKey]:
    """Give those keys that are of the ledger of an origin, as they sign under it: one key signs under each origin."""
    signing = (key for key in keys if key.algorithm is Algorithm.ED25519)
    own = {key.public for key in signing if ledger_of(key.name) == ledger_of(origin)}
    return [VerifierKey(origin, Algorithm.ED25519, public) for public in sorted(own)]


@dataclass(frozen=True)
class NoteSignature:
    """One line of a note. `signature` of a cosignature begins with 8 bytes of time."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """Give the line as it stands in a note."""
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}\n"

    @classmethod
    def parse(cls, line: str) -> Self:
        """
        Read a line, without its line feed.

        :raises NoteMalformed: if it is none
        """
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            content = decoded(encoded)
        except NotCanonical as fault:
            raise NoteMalformed from fault
        if not line.startswith(_DASH) or not KEY_NAME.fullmatch(name) or len(content) <= _ID_BYTES:
            raise NoteMalformed
        return cls(name, content[:_ID_BYTES], content[_ID_BYTES:])

    def is_by(self, key: VerifierKey) -> bool:
        """Say whether the line claims to be of this key."""
        return self.name == key.name and self.key_id == key.key_id


@dataclass(frozen=True)
class Note:
    """A text and the lines that sign it, none of them checked yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        return f"{self.text}\n" + "".join(each.line() for each in self.signatures)

    @classmethod
    def parse(cls, content: bytes | str) -> Self:
        """
        Read a note, exactly as it is written: what is read is written again byte for byte.

        :raises NoteMalformed: if it is none, has control characters, or is above `limits.NOTE_BYTES`
        """
        try:
            raw = content.encode() if isinstance(content, str) else content
            whole = raw.decode()
        except UnicodeError as fault:
            raise NoteMalformed from fault
        text, blank, lines = whole.rpartition(f"\n\n{_DASH}")
        if not blank or len(raw) > NOTE_BYTES or _CONTROL.search(whole) or not lines.endswith("\n"):
            raise NoteMalformed
        signed = f"{_DASH}{lines}"[:-1].split("\n")
        if len(signed) > NOTE_SIGNATURES:
            raise NoteMalformed
        return cls(f"{text}\n", tuple(NoteSignature.parse(line) for line in signed))

    def signed_by(self, key: VerifierKey) -> NoteSignature | None:
        """
        Give the signature of this key, checked, or None where it has signed nothing.

        :raises NoteForged: if a line claims to be of this key and is not, or two do
        """
        lines = [line for line in self.signatures if line.is_by(key)]
        if len(lines) > 1:
            raise NoteForged
        if lines:
            _check(key, lines[0].signature, self.text)
        return lines[0] if lines else None

    def with_signature(self, added: NoteSignature) -> Note:
        """Give the note with a signature more; one of the same key is replaced."""
        others = (each for each in self.signatures if (each.name, each.key_id) != (added.name, added.key_id))
        return Note(self.text, (*others, added))


def check_note(note: bytes | str, *, verifier_key: str) -> str:
    """
    Give the text of a note that this key signed.

    :raises NoteForged: if the key did not sign it, or it is no note
    """
    key = VerifierKey.parse(verifier_key)
    try:
        read = Note.parse(note)
    except NoteMalformed as fault:
        raise NoteForged from fault
    if read.signed_by(key) is None:
        raise NoteForged
    return read.text


def check_note_by(note: bytes | str, keys: Sequence[VerifierKey]) -> str:
    """
    Give the text of a note that any of these keys signed: the ledger's own keys come one after another.

    :raises NoteForged: if none did, or it is no note
    """
    try:
        read = Note.parse(note)
    except NoteMalformed as fault:
        raise NoteForged from fault
    if not any(read.signed_by(key) for key in keys):
        raise NoteForged
    return read.text


def cosigned_message(text: str, *, at: int) -> bytes:
    """Give what a witness signs at a second of POSIX time: a header line, the time and the text."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def cosigned_at(signature: NoteSignature) -> datetime:
    """
    Give the instant that a cosignature bears; whether it is genuine is checked apart.

    :raises NoteForged: if it bears none
    """
    at = int.from_bytes(signature.signature[:TIME_BYTES])
    if len(signature.signature) != TIME_BYTES + _SIGNATURE_BYTES or at > _LATEST:
        raise NoteForged
    return datetime.fromtimestamp(at, UTC)


def _check(key: VerifierKey, signature: bytes, text: str) -> None:
    message = text.encode()
    if key.algorithm is Algorithm.COSIGNATURE:
        at, signature = int.from_bytes(signature[:TIME_BYTES]), signature[TIME_BYTES:]
        message = cosigned_message(text, at=at)
        if at > _LATEST:
            raise NoteForged
    if len(signature) != _SIGNATURE_BYTES:
        raise NoteForged
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except (InvalidSignature, ValueError) as fault:
        raise NoteForged from fault
