"""
One signing key after another: the note by which the one names the other.

Its text has four lines: "ledger/1 key succession", the id of the ledger, the key that ends ("-" where it is not
known) and the one that begins, both under the ledger's own name. It is signed by both, so that whoever trusts the one
can trust the other; where the one is lost, by the other alone, and nothing but the record of the ledger leads to it.

The order is the protocol: the new key is durable beside the old one -> the archive has its note -> it is on record ->
it takes the place of the old one, which is gone then. Cut short anywhere, the next attempt goes on with the same key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from ledger.errors import IntegrityBroken
from ledger.proof.archive import LogKey, ProofArchive
from ledger.proof.custody import SigningCustody
from ledger.proof.notes import Note, NoteForged, VerifierKey
from ledger.proof.signing import SigningKeyAbsent, SigningKeyMalformed
from ledger.translation import mark

_TITLE = "ledger/1 key succession"


@dataclass(frozen=True)
class KeyChange:
    """A change of the signing key; names are the ledger's own."""

    old: VerifierKey | None
    """None where it is not known, since nothing was ever signed with it."""
    new: VerifierKey
    note: Note
    is_signed_by_old: bool


class SuccessionForged(IntegrityBroken):
    """A key of the log is not the one that the key before it named."""

    sentence = mark("The change of the signing key is not what was signed.")


def named_by_the_key_before(keys: Sequence[LogKey], ledger: str) -> list[bool]:
    """
    Say of each key but the first whether the one before it signed for it; else only the record leads to it.

    :raises SuccessionForged: if a note is not there, or is not signed by just the keys that are there
    """
    if keys and keys[0].succession is not None:  # nothing was signed with a key before it
        _is_named(keys[0], None, ledger)
    return [_is_named(key, before, ledger) for before, key in pairwise(keys)]


def _is_named(key: LogKey, before: LogKey | None, ledger: str) -> bool:
    note, new = key.succession, key.verifier(ledger)
    old = None if before is None else before.verifier(ledger)
    try:
        signers = [each for each in (old, new) if note and each and note.signed_by(each)]
    except NoteForged as fault:
        raise SuccessionForged from fault
    if note is None or note.text != _text(ledger, old, new) or new not in signers:
        raise SuccessionForged
    if len(signers) < len(note.signatures):
        raise SuccessionForged
    return old in signers


def _text(ledger: str, old: VerifierKey | None, new: VerifierKey) -> str:
    return f"{_TITLE}\n{ledger}\n{old or '-'}\n{new}\n"


class KeySuccession:
    """Changes the signing key of one ledger."""

    def __init__(self, *, ledger_id: UUID, archive: ProofArchive, signer: SigningCustody) -> None:
        self._name = ledger_id.hex
        self._archive = archive
        self._signer = signer

    def prepare(self, *, is_lost: bool, at: datetime) -> KeyChange:
        """
        Make the new key, and have the archive know it; the old one still signs.

        :raises SigningKeyAbsent: if the old key is not there, and is not said to be lost
        """
        following = self._signer.prepare_next(self._name)
        new = VerifierKey.parse(following.verifier_key())
        standing = self._archive.standing()
        if standing.key is not None and standing.key.public == new.public:
            return self.last()
        old = None if standing.key is None else standing.key.verifier(self._name)
        present = self._present(is_lost=is_lost)
        if old is None and present is not None:
            old = present
        text = _text(self._name, old, new)
        note = Note.parse(following.sign(text))
        is_signed = present is not None and present == old
        if is_signed:
            [line] = Note.parse(self._signer.sign(text, name=self._name)).signatures
            note = Note(text, (line, *note.signatures))
        self._enter(standing.key, old, new, note, at=at)
        return KeyChange(old, new, note, is_signed)

    def complete(self) -> None:
        """Put the new key in the place of the old one; where that was done already, nothing happens."""
        self._signer.give_way()

    def last(self) -> KeyChange:
        """Give the last change that the archive knows; there must have been one."""
        *before, last = self._archive.signing_keys()
        old = before[-1].verifier(self._name) if before else None
        assert last.succession is not None, "it was entered with its note"
        is_signed = old is not None and last.succession.signed_by(old) is not None
        return KeyChange(old, last.verifier(self._name), last.succession, is_signed)

    def _present(self, *, is_lost: bool) -> VerifierKey | None:
        """Give the key that is in place; None where it is not, and is said to be lost."""
        try:
            return VerifierKey.parse(self._signer.verifier_key(name=self._name))
        except (SigningKeyAbsent, SigningKeyMalformed):
            if is_lost:
                return None
            raise

    def _enter(
        self, known: LogKey | None, old: VerifierKey | None, new: VerifierKey, note: Note, *, at: datetime
    ) -> None:
        with self._archive.deciding() as memory:
            if known is None and old is not None:
                memory.enter_key(old.public, at=at)
            memory.enter_key(new.public, at=at, succession=str(note))
