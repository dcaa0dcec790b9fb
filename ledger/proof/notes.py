"""
Signed notes, as C2SP signed-note writes them (https://c2sp.org/signed-note), with Ed25519.

A note is a text that ends with a line feed, an empty line, and a line for each signature:
"— name base64(key id | signature)". The key id is the first 4 bytes of SHA-256(name | 0x0A | 0x01 | public key).
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ledger.errors import IntegrityBroken, Misconfigured, Unavailable
from ledger.owned_files import place_once, remedy_for
from ledger.translation import mark

_ED25519 = b"\x01"
_DASH = "\N{EM DASH} "
_NAME = re.compile(r"[^\s+]+")
_KEY = re.compile(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\n")
_ID_BYTES = 4


class SigningKeyAbsent(Unavailable):
    """The signing key is not where it is kept."""

    sentence = mark("The signing key of the ledger is not in its place.")
    advice = mark("Put it back from the copy that you keep of it, then try again; nothing was signed.")


class SigningKeyMalformed(Misconfigured):
    """The file of the signing key does not hold one."""

    sentence = mark("The file of the signing key does not hold a signing key.")
    advice = mark("Put back the copy that you keep of it, then try again; nothing was signed.")


class SigningKeyUnwritten(Unavailable):
    """The signing key could not be made."""

    sentence = mark("The signing key of the ledger could not be written.")
    advice = mark("Free some space, or mend the rights of the folder, then try again.")


class SigningKeyExposed(Misconfigured):
    """Others than the ledger's own account could sign in its name."""

    sentence = mark("Other accounts could read or replace the signing key of the ledger.")
    advice = mark("Give it to the account that runs the ledger and to nobody else ({remedy}), then try again.")


class NoteForged(IntegrityBroken):
    """A note does not bear the signature that it must bear."""

    sentence = mark("This signed text was altered, or somebody else signed it.")


class NoteSigner:
    """Signs notes with the key in a file that only the ledger's own account reads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, name: str) -> None:
        """
        Make the key, for notes under this name, durably; one that is there is left as it is.

        :raises SigningKeyUnwritten: if it can't be
        """
        if not _NAME.fullmatch(name):
            raise ValueError("a key name has neither spaces nor plus signs")
        private = Ed25519PrivateKey.generate()
        seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        key_id = _key_id(name, _raw(private.public_key())).hex()
        text = f"PRIVATE+KEY+{name}+{key_id}+{b64encode(_ED25519 + seed).decode()}\n"
        try:
            place_once(self._path, text.encode())
        except FileExistsError:
            return
        except OSError as fault:
            raise SigningKeyUnwritten from fault

    def sign(self, text: str) -> str:
        """
        Give a text, which ends with a line feed, as a signed note.

        :raises SigningKeyAbsent: if the key is not there
        :raises SigningKeyExposed: if another account could read or replace it
        :raises SigningKeyMalformed: if what is there is no key
        """
        if not text.endswith("\n"):
            raise ValueError("a note ends with a line feed")
        name, private = self._key()
        signature = _key_id(name, _raw(private.public_key())) + private.sign(text.encode())
        return f"{text}\n{_DASH}{name} {b64encode(signature).decode()}\n"

    def verifier_key(self) -> str:
        """Give what others need to check the notes: "name+key id+base64(0x01 | public key)"."""
        name, private = self._key()
        public = _raw(private.public_key())
        return f"{name}+{_key_id(name, public).hex()}+{b64encode(_ED25519 + public).decode()}"

    def _key(self) -> tuple[str, Ed25519PrivateKey]:
        try:
            remedy = remedy_for(self._path.lstat(), self._path.name, mode=0o600)
            if remedy is not None:
                raise SigningKeyExposed(remedy=remedy)
            found = _KEY.fullmatch(self._path.read_text(encoding="utf-8"))
            seed = b64decode(found[3], validate=True) if found else b""
        except (FileNotFoundError, NotADirectoryError) as fault:
            raise SigningKeyAbsent from fault
        except PermissionError as fault:
            raise SigningKeyExposed(remedy=f"chmod 600 {self._path.name}") from fault
        except (UnicodeDecodeError, NotBase64) as fault:
            raise SigningKeyMalformed from fault
        if not found or seed[:1] != _ED25519 or len(seed) != 1 + 32:
            raise SigningKeyMalformed
        return found[1], Ed25519PrivateKey.from_private_bytes(seed[1:])


def check_note(note: str, *, verifier_key: str) -> str:
    """
    Give the text of a note that this key signed.

    :raises NoteForged: if the key did not sign it
    """
    name, _, rest = verifier_key.partition("+")
    public = b64decode(rest.partition("+")[2])[1:]
    text, blank, signatures = note.rpartition(f"\n\n{_DASH}")
    for line in f"{_DASH}{signatures}".splitlines() if blank else ():
        signer, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            signature = b64decode(encoded, validate=True)
            if signer == name and signature[:_ID_BYTES] == _key_id(name, public):
                Ed25519PublicKey.from_public_bytes(public).verify(signature[_ID_BYTES:], f"{text}\n".encode())
                return f"{text}\n"
        except (NotBase64, InvalidSignature):
            break
    raise NoteForged


def _raw(public: Ed25519PublicKey) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:_ID_BYTES]
