"""
The signing key of the ledger: an Ed25519 key in a file that only the ledger's own account reads.

The file holds one line as Go's `note` package writes it: "PRIVATE+KEY+name+key id+base64(0x01 | seed)".
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ledger.errors import Misconfigured, Unavailable
from ledger.owned_files import make_durable, place_once, remedy_for
from ledger.proof.notes import (
    KEY_NAME,
    SEED_BYTES,
    TIME_BYTES,
    Algorithm,
    NoteSignature,
    VerifierKey,
    cosigned_message,
)
from ledger.translation import mark

_KEY = re.compile(r"PRIVATE\+KEY\+([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)\n")
_ED25519 = bytes([Algorithm.ED25519])


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

    sentence = mark("The signing key could not be written.")
    advice = mark("Free some space, or mend the rights of the folder, then try again.")


class SigningKeyExposed(Misconfigured):
    """Others than the ledger's own account could sign in its name."""

    sentence = mark("Other accounts could read or replace the signing key.")
    advice = mark("Give it to the account that signs and to nobody else ({remedy}), then try again.")


class NoteSigner:
    """Signs notes with the key in a file that only the ledger's own account reads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self, name: str) -> None:
        """
        Make the key, for notes under this name, durably; one that is there is left as it is.

        :raises SigningKeyUnwritten: if it can't be
        """
        if not KEY_NAME.fullmatch(name):
            raise ValueError("a key name has neither spaces nor plus signs")
        private = Ed25519PrivateKey.generate()
        seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        key_id = _verifier(name, private).key_id.hex()
        text = f"PRIVATE+KEY+{name}+{key_id}+{b64encode(_ED25519 + seed).decode()}\n"
        try:
            place_once(self._path, text.encode())
        except FileExistsError:
            return
        except OSError as fault:
            raise SigningKeyUnwritten from fault

    def prepare_next(self, name: str) -> NoteSigner:
        """
        Make the key that is to come after this one, durably, beside it; one that is there is taken.

        :raises SigningKeyUnwritten: if it can't be
        """
        following = NoteSigner(self._path.with_name(f"{self._path.name}.next"))
        following.create(name)
        return following

    def give_way(self) -> None:
        """
        Put the key that was prepared, if there is one, in the place of this one, which is gone then; durable.

        :raises SigningKeyUnwritten: if it can't be
        """
        try:
            self._path.with_name(f"{self._path.name}.next").replace(self._path)
            make_durable(self._path.parent)
        except FileNotFoundError:
            return
        except OSError as fault:
            raise SigningKeyUnwritten from fault

    def sign(self, text: str, *, name: str | None = None) -> str:
        """
        Give a text, which ends with a line feed, as a signed note, under the key's own name or another.

        :raises SigningKeyAbsent: if the key is not there
        :raises SigningKeyExposed: if another account could read or replace it
        :raises SigningKeyMalformed: if what is there is no key
        """
        if not text.endswith("\n"):
            raise ValueError("a note ends with a line feed")
        own_name, private = self._key()
        verifier = _verifier(name or own_name, private)
        return f"{text}\n{NoteSignature(verifier.name, verifier.key_id, private.sign(text.encode())).line()}"

    def verifier_key(self, *, name: str | None = None) -> str:
        """Give what others need to check the notes: "name+key id+base64(0x01 | public key)"."""
        own_name, private = self._key()
        return str(_verifier(name or own_name, private))

    def cosign(self, text: str, *, at: int) -> NoteSignature:
        """Give the signature of a witness over a text, at a second of POSIX time; raises what `sign` raises."""
        own_name, private = self._key()
        verifier = _verifier(own_name, private, Algorithm.COSIGNATURE)
        made = private.sign(cosigned_message(text, at=at))
        return NoteSignature(verifier.name, verifier.key_id, at.to_bytes(TIME_BYTES) + made)

    def cosigner_key(self) -> VerifierKey:
        """Give what checks the signatures that this key makes as a witness's."""
        own_name, private = self._key()
        return _verifier(own_name, private, Algorithm.COSIGNATURE)

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
        if not found or seed[:1] != _ED25519 or len(seed) != 1 + SEED_BYTES:
            raise SigningKeyMalformed
        return found[1], Ed25519PrivateKey.from_private_bytes(seed[1:])


def _verifier(name: str, private: Ed25519PrivateKey, algorithm: Algorithm = Algorithm.ED25519) -> VerifierKey:
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return VerifierKey(name, algorithm, public)
