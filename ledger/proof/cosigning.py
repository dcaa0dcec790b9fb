"""
What a ledger asks of a witness, and what it is answered, as texts that travel by stick or mail.

A request is the body of `add-checkpoint` in C2SP tlog-witness (https://c2sp.org/tlog-witness): the line "old SIZE", the
hashes of the proof that the tree of that size is the beginning of the new one, an empty line, and the checkpoint. The
answer is the witness's line of signature; or its size, alone in a line, where it holds a checkpoint of another size.

Under a new origin the request begins with what that specification does not know, for to it each origin is another log:
the line "opening INDEX", the record that opens the origin in base64, the hashes of the proof that it is in the new
tree, an empty line, and the checkpoint that the record goes on from, if the ledger has it, with an empty line after.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from ledger.errors import Invalid
from ledger.limits import HEADER_BYTES, NOTE_BYTES
from ledger.proof.carried import check_unchanged
from ledger.proof.checkpoint import Checkpoint, CheckpointMalformed
from ledger.proof.encoding import NotCanonical, decoded
from ledger.proof.notes import Note, NoteMalformed, NoteSignature
from ledger.proof.tree import PROOF_HASHES
from ledger.translation import mark

_NUMBER = "(0|[1-9][0-9]{0,18})"
_HASHES = f"((?:[A-Za-z0-9+/]{{43}}=\n){{0,{PROOF_HASHES}}})"
_OLD = re.compile(rf"old {_NUMBER}\n{_HASHES}")
_OPENING = re.compile(rf"opening {_NUMBER}\n([A-Za-z0-9+/]+={{0,2}})\n{_HASHES}")
_SIZE = re.compile(rf"{_NUMBER}\n")
_BETWEEN = "\n\nold "


class RequestMalformed(Invalid):
    """What was read asks nothing of a witness."""

    sentence = mark("This is not a request to a witness: it was altered, or something else was given.")
    advice = mark("Ask the ledger for it again: `ledger proof request-cosignature`. Nothing was signed.")


class AnswerMalformed(Invalid):
    """What was read is no answer of a witness."""

    sentence = mark("This is not the answer of a witness: it was altered, or something else was given.")
    advice = mark("Ask the witness for the file as it was made; nothing was kept.")


@dataclass(frozen=True)
class Opening:
    """The record that opens an origin, and the proof that it is in the tree."""

    index: int
    """Its place in the log, from 0."""
    entry: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True)
class CosignatureRequest:
    """A checkpoint to be cosigned, and why it may be."""

    old: int
    """The size of the checkpoint that the witness is thought to hold; 0 for none."""
    proof: tuple[bytes, ...]
    note: Note
    opening: Opening | None = None
    followed: Note | None = None
    """The checkpoint that a new origin goes on from."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What the log says of itself."""
        return Checkpoint.parse(self.note.text)

    def __str__(self) -> str:
        opening = ""
        if self.opening is not None:
            entry = b64encode(self.opening.entry).decode()
            opening = f"opening {self.opening.index}\n{entry}\n{_written(self.opening.proof)}\n"
            opening += "" if self.followed is None else f"{self.followed}\n"
        return f"{opening}old {self.old}\n{_written(self.proof)}\n{self.note}"

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """
        Read a request, exactly as it is written: what is read is written again byte for byte.

        :raises ChangedOnTheWay: if a program rewrote it
        :raises RequestMalformed: if it is none
        """
        check_unchanged(content)
        try:
            text = content.decode()
            request = cls._read(text)
            request.checkpoint  # noqa: B018  # read now, so that what holds no checkpoint is no request
        except (ValueError, NoteMalformed, CheckpointMalformed) as fault:  # NotCanonical and UnicodeError are of it
            raise RequestMalformed from fault
        if str(request) != text or len(content) > NOTE_BYTES:
            raise RequestMalformed
        return request

    @classmethod
    def _read(cls, text: str) -> Self:
        opening = followed = None
        if text.startswith("opening "):
            head, _, rest = text.partition(_BETWEEN)
            text = f"old {rest}"
            first, blank, note = f"{head}\n".partition("\n\n")
            opening = _read_opening(f"{first}\n" if blank else first)
            followed = Note.parse(note) if blank else None
        head, _, note = text.partition("\n\n")
        found = _OLD.fullmatch(f"{head}\n")
        if found is None:
            raise RequestMalformed
        return cls(int(found[1]), _read_hashes(found[2]), Note.parse(note), opening, followed)


@dataclass(frozen=True)
class WitnessAnswer:
    """What a witness answered: its signatures, or the size of the checkpoint that it holds."""

    signatures: tuple[NoteSignature, ...] = ()
    size: int | None = None

    def __str__(self) -> str:
        return "".join(line.line() for line in self.signatures) if self.size is None else f"{self.size}\n"

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """
        Read an answer.

        :raises ChangedOnTheWay: if a program rewrote it
        :raises AnswerMalformed: if it is none
        """
        check_unchanged(content)
        try:
            text = content.decode("utf-8")
            size = _SIZE.fullmatch(text)
            if size is not None:
                return cls(size=int(size[1]))
            answer = cls(tuple(NoteSignature.parse(line) for line in text.removesuffix("\n").split("\n")))
        except (ValueError, NoteMalformed) as fault:
            raise AnswerMalformed from fault
        if str(answer) != text:
            raise AnswerMalformed
        return answer


def _written(hashes: Sequence[bytes]) -> str:
    return "".join(f"{b64encode(each).decode()}\n" for each in hashes)


def _read_hashes(text: str) -> tuple[bytes, ...]:
    return tuple(decoded(line) for line in text.split())


def _read_opening(text: str) -> Opening:
    found = _OPENING.fullmatch(text)
    entry = decoded(found[2]) if found else b""
    if found is None or len(entry) > HEADER_BYTES:
        raise NotCanonical
    return Opening(int(found[1]), entry, _read_hashes(found[3]))
