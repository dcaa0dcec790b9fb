"""
Receipts: that one record is in the log, as C2SP tlog-proof writes it (https://c2sp.org/tlog-proof).

The record itself stands in the line "extra": whoever has the receipt needs nothing else. That line is not signed, but
its bytes hash to the leaf, from which the proof leads to the root that is signed.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from ledger.errors import IntegrityBroken
from ledger.limits import HEADER_BYTES, NOTE_BYTES
from ledger.merkle import leaf_hash
from ledger.proof.checkpoint import Checkpoint, CheckpointMalformed
from ledger.proof.encoding import NotCanonical, decoded
from ledger.proof.notes import Note, NoteMalformed, VerifierKey, keys_under
from ledger.proof.tree import PROOF_HASHES, Nodes, ProofWrong, check_inclusion, inclusion_proof
from ledger.translation import mark

FIRST_LINE = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
_HEAD = re.compile(
    rf"{re.escape(FIRST_LINE)}\n(?:extra ([A-Za-z0-9+/=]+)\n)?index (0|[1-9][0-9]{{0,18}})\n"
    rf"((?:[A-Za-z0-9+/]{{43}}=\n){{0,{PROOF_HASHES}}})"
)


class ReceiptMalformed(IntegrityBroken):
    """What was read is no receipt."""

    sentence = mark("This is not a receipt: it was altered, or something else was given.")
    advice = mark("Ask whoever gave it for the file as it was made; mail programs change line ends.")


class ReceiptUntrusted(IntegrityBroken):
    """The checkpoint of a receipt is not signed by any key that is trusted."""

    sentence = mark("This receipt is not signed with the key of the ledger that you gave.")
    advice = mark("Compare the key with the one that the ledger publishes; it may have been replaced since.")


class ReceiptProvesNothing(ProofWrong):
    """The record of a receipt is not the one from which its proof leads to the root."""

    sentence = mark("This receipt does not prove that its record is in the log: one of the two was altered.")
    advice = mark("Don't rely on it; ask whoever gave it for the file as it was made.")


@dataclass(frozen=True)
class Receipt:
    """A proof that an entry is in a log."""

    entry: bytes
    """The record as it was written; empty where the proof is about one that whoever checks has already."""
    index: int
    """Its place in the log, from 0: the position less one."""
    proof: tuple[bytes, ...]
    note: Note
    """The checkpoint, as the log signed it, with the signatures of witnesses."""

    def __str__(self) -> str:
        extra = f"extra {b64encode(self.entry).decode()}\n" if self.entry else ""
        hashes = "".join(f"{b64encode(each).decode()}\n" for each in self.proof)
        return f"{FIRST_LINE}\n{extra}index {self.index}\n{hashes}\n{self.note}"

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log says of itself."""
        return Checkpoint.parse(self.note.text)

    @classmethod
    def made(cls, nodes: Nodes, note: Note, *, position: int, entry: bytes) -> Self:
        """Prove that an entry stands at a position (from 1) of the tree that a checkpoint is about."""
        size = Checkpoint.parse(note.text).size
        return cls(entry, position - 1, tuple(inclusion_proof(nodes, position - 1, size)), note)

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """
        Read a receipt, exactly as it is written: what is read is written again byte for byte.

        :raises ReceiptMalformed: if it is none
        """
        head, blank, rest = content.partition(b"\n\n")
        try:
            found = _HEAD.fullmatch((head + b"\n").decode("ascii")) if blank and len(content) <= NOTE_BYTES else None
            if found is None:
                raise ReceiptMalformed
            entry = decoded(found[1] or "")
            proof = tuple(decoded(line) for line in found[3].split())
            receipt = cls(entry, int(found[2]), proof, Note.parse(rest))
            receipt.checkpoint  # noqa: B018  # read now, so that what is no checkpoint is no receipt
        except (NotCanonical, UnicodeDecodeError, NoteMalformed, CheckpointMalformed) as fault:
            raise ReceiptMalformed from fault
        if len(entry) > HEADER_BYTES:
            raise ReceiptMalformed
        return receipt

    def check(self, keys: Collection[VerifierKey]) -> VerifierKey:
        """
        Check that the entry is in the log of one of these keys, which is given back.

        A key signs under the name of each origin of its log: its name is taken for the ledger's, up to the stroke.

        :raises ReceiptUntrusted: if none of them signed the checkpoint
        :raises NoteForged: if a signature claims to be of one and is not
        :raises ReceiptProvesNothing: if the proof does not lead from the entry to the root
        """
        checkpoint = self.checkpoint
        signers = [key for key in keys_under(checkpoint.origin, keys) if self.note.signed_by(key) is not None]
        if not signers:
            raise ReceiptUntrusted
        self._check_proof(checkpoint)
        return signers[0]

    def _check_proof(self, checkpoint: Checkpoint) -> None:
        leaf, size, root = leaf_hash(self.entry), checkpoint.size, checkpoint.root
        try:
            check_inclusion(leaf, index=self.index, size=size, proof=self.proof, root=root)
        except ProofWrong as fault:
            raise ReceiptProvesNothing from fault
        if not self.entry:  # the leaf of nothing: no record is empty
            raise ReceiptProvesNothing
