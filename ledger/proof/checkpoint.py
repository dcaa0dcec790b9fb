"""
Checkpoints, as C2SP tlog-checkpoint writes them (https://c2sp.org/tlog-checkpoint): what a log said of itself.

The text of the note is three lines: the origin (which log), the size of its tree, and the base64 of its root.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Self

from ledger.errors import IntegrityBroken
from ledger.merkle import HASH_BYTES
from ledger.proof.encoding import NotCanonical, decoded
from ledger.translation import mark

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_ORIGIN = re.compile(r"[^\s+]{1,255}")
_LARGEST = 2**63 - 1
_LINES = 3


class CheckpointMalformed(IntegrityBroken):
    """What was read is no checkpoint."""

    sentence = mark("This is not a checkpoint of a log: it was altered, or something else was given.")
    advice = mark("Ask whoever gave it for the file as it was made; mail programs change line ends.")


@dataclass(frozen=True)
class Checkpoint:
    """The tree of one log at one size."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Give the text that is signed; it ends with a line feed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read the text of a note as a checkpoint; this product writes no extension lines and takes none.

        :raises CheckpointMalformed: for anything else, even if it means the same
        """
        lines = text.split("\n")
        if len(lines) != _LINES + 1 or lines[-1]:
            raise CheckpointMalformed
        origin, size, root = lines[:-1]
        if not _ORIGIN.fullmatch(origin) or not _SIZE.fullmatch(size) or int(size) > _LARGEST:
            raise CheckpointMalformed
        try:
            content = decoded(root)
        except NotCanonical as fault:
            raise CheckpointMalformed from fault
        if len(content) != HASH_BYTES:
            raise CheckpointMalformed
        return cls(origin, int(size), content)
