"""Logs that tests make: any leaves, signed under any origin, and what is asked of a witness about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ledger.aggregates.origin import OriginOpened, origin_stream
from ledger.digests import Digest
from ledger.merkle import leaf_hash
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import CosignatureRequest, Opening
from ledger.proof.notes import Algorithm, Note, NoteSignature, VerifierKey
from ledger.proof.tree import consistency_proof, inclusion_proof, root_of
from tests.unit.proof.test_tree import Forest

LEDGER = UUID(int=0x11111111111111111111111111111111)


@dataclass
class MadeLog:
    """One log with its signing key; `entries` are what it holds now."""

    ledger: UUID = LEDGER
    entries: list[bytes] = field(default_factory=list)
    number: int = 1
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    opened: dict[int, int] = field(default_factory=dict)
    """The index of the record that opens an origin."""

    @property
    def origin(self) -> str:
        return f"{self.ledger.hex}/e{self.number}"

    @property
    def forest(self) -> Forest:
        return Forest([leaf_hash(each) for each in self.entries])

    def key(self, name: str | None = None) -> VerifierKey:
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return VerifierKey(name or self.origin, Algorithm.ED25519, public)

    def grow(self, count: int = 1, *, word: str = "entry") -> MadeLog:
        self.entries += [f"{word} {len(self.entries) + each}".encode() for each in range(count)]
        return self

    def sign(self, text: str) -> Note:
        key = self.key()
        return Note(text, (NoteSignature(key.name, key.key_id, self.private.sign(text.encode())),))

    def checkpoint(self) -> Note:
        size = len(self.entries)
        return self.sign(Checkpoint(self.origin, size, root_of(self.forest, size)).text())

    def open_origin(self, follows: Note | None, *, number: int | None = None, topic: str = OriginOpened.TOPIC) -> None:
        """Go on under another origin, after a checkpoint."""
        self.number = number or self.number + 1
        header = {
            "v": 1,
            "ledger": self.ledger.hex,
            "stream": origin_stream(self.ledger, self.number).hex,
            "topic": topic,
        }
        if follows is not None:
            header["follows"] = "".join(Digest.of(follows.text.encode()))
        self.opened[self.number] = len(self.entries)
        self.entries.append(msgspec.json.encode(header))

    def request(self, old: int, *, followed: Note | None = None) -> CosignatureRequest:
        size = len(self.entries)
        proof = tuple(consistency_proof(self.forest, old, size)) if 0 <= old <= size else ()
        return CosignatureRequest(old, proof, self.checkpoint(), self._opening(size), followed)

    def _opening(self, size: int) -> Opening | None:
        index = self.opened.get(self.number)
        if index is None or index >= size:
            return None
        return Opening(index, self.entries[index], tuple(inclusion_proof(self.forest, index, size)))

    def fork(self, size: int, count: int) -> MadeLog:
        """Make another history that has the first entries in common with this one, signed with the same key."""
        other = MadeLog(self.ledger, self.entries[:size], self.number, self.private, dict(self.opened))
        return other.grow(count, word="other")


def key_line(name: str, private: Ed25519PrivateKey, algorithm: Algorithm) -> str:
    """Give a verifier key as it is printed."""
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return str(VerifierKey(name, algorithm, public))
