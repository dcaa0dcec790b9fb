"""
What is fuzzed: every parser of proofs, given any bytes, and the verifier, given any file in the place of another.

A target fails by raising. Most formats are read by two programs, the product and the stand-alone verifier, which share
no code: both must read the same bytes and refuse the same bytes, and what is read is written again byte for byte.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from ledger.errors import LedgerError
from ledger.merkle import TILE_WIDTH
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import Note, VerifierKey
from ledger.proof.receipt import Receipt
from ledger.proof.tiles import bundle, entries_of
from ledger.proof.verifier import verify
from ledger.store.header import encode, parse
from tests.unit.proof.made_packs import MadeLedger, MadeWitness, made_token, verified

Target = Callable[[bytes], None]
Read = Callable[[], object]

PACK_RECORDS = 270
PRUNED_AT = 201
"""Where the record stands that accounts for the positions 20 to 22."""


def _or_none(read: Read) -> object:
    """Give what a reader of the product gives; None where it refuses in the way that it says."""
    try:
        return read()
    except LedgerError:
        return None


def _verifier_or_none(read: Read) -> object:
    try:
        return read()
    except (verify.Fault, ValueError, IndexError):
        return None


def _same(ours: object, theirs: object) -> None:
    assert (ours is None) is (theirs is None), f"one reads what the other refuses: {ours!r} {theirs!r}"


def notes(content: bytes) -> None:
    """Signed notes."""
    ours = _or_none(lambda: Note.parse(content))
    _same(ours, _verifier_or_none(lambda: verify.read_note(content, "note")))
    assert ours is None or str(ours).encode() == content


def keys(content: bytes) -> None:
    """Verifier keys."""
    text = content.decode("utf-8", "replace").strip()
    ours = _or_none(lambda: VerifierKey.parse(text))
    _same(ours, _verifier_or_none(lambda: verify.read_key(text)))
    assert ours is None or str(ours) == text


def checkpoints(content: bytes) -> None:
    """The text of checkpoints."""
    text = content.decode("utf-8", "replace")
    ours = _or_none(lambda: Checkpoint.parse(text))
    _same(ours, _verifier_or_none(lambda: verify.read_checkpoint(verify.Note("note", text, []))))
    assert not isinstance(ours, Checkpoint) or ours.text() == text


def receipts(content: bytes) -> None:
    """Receipts."""
    ours = _or_none(lambda: Receipt.parse(content))
    _same(ours, _verifier_or_none(lambda: verify.read_receipt(content, "receipt")))
    assert ours is None or str(ours).encode() == content


def bundles(content: bytes) -> None:
    """Bundles of entries; the first byte says how many there are."""
    width, rest = (content[0] + 1, content[1:]) if content else (TILE_WIDTH, b"")
    ours = _or_none(lambda: entries_of(rest, width))
    _same(ours, _verifier_or_none(lambda: verify.read_bundle(rest, width)))
    assert not isinstance(ours, list) or bundle(ours) == rest


def headers(content: bytes) -> None:
    """Records."""
    ours = _or_none(lambda: parse(content))
    _same(ours, _verifier_or_none(lambda: verify.read_header(content)))
    assert ours is None or encode(ours) == content  # type: ignore[arg-type]  # it is what `parse` gave


def timestamps(content: bytes) -> None:
    """Timestamps, as far as the stand-alone verifier reads them."""
    _verifier_or_none(lambda: verify.read_stamp(content))


def policies(content: bytes) -> None:
    """Policies on witnesses."""
    _verifier_or_none(lambda: verify.Policy(content, "policy"))


@cache
def signed() -> MadeLedger:
    """Give an invented ledger, made once: two checkpoints, a witness, a timestamp, a certificate, pruned records."""
    made = MadeLedger(Path(mkdtemp()))
    made.log.grow(200)
    first = made.sign()
    assert made.log.prune((20, 22)) == PRUNED_AT
    made.log.grow(PACK_RECORDS)
    text = made.sign().note.text
    made.archive.attach_cosignature(made.origin, PACK_RECORDS, MadeWitness("prefecture").cosign(text))
    made.archive.attach_token(made.origin, first.checkpoint.size, made_token(first.note.text.encode()))
    return made


@cache
def a_pack() -> tuple[Path, tuple[str, ...]]:
    """Give a pack of it, and the names of its files; whoever changes one puts it back."""
    folder = Path(mkdtemp()) / "pack"
    signed().pack(folder, policy=f"witness prefecture {MadeWitness('prefecture').key}\nquorum prefecture\n")
    return folder, tuple(sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()))


def verifier(content: bytes) -> None:
    """The verifier on a pack with any content in the place of one file; the first byte says which."""
    folder, files = a_pack()
    file = folder / files[content[0] % len(files) if content else 0]
    genuine = file.read_bytes()
    file.write_bytes(content[1:])
    try:
        answer = verified(folder, "--log-key", signed().log_key)
    finally:
        file.write_bytes(genuine)
    assert answer.code == (0 if content[1:] == genuine else 7), answer.said


def verifier_of_receipts(content: bytes) -> None:
    """The verifier on any receipt: it says yes to one that the product says yes to, and to no other."""
    folder, _ = a_pack()
    file = folder.with_name("a.tlog-proof")
    file.write_bytes(content)
    key = VerifierKey.parse(signed().log_key)
    ours = _or_none(lambda: Receipt.parse(content).check([key]))
    assert verified(file, "--log-key", signed().log_key).code == (7 if ours is None else 0)


TARGETS: dict[str, Target] = {
    "notes": notes, "keys": keys, "checkpoints": checkpoints, "receipts": receipts, "bundles": bundles,
    "headers": headers, "timestamps": timestamps, "policies": policies, "verifier": verifier,
    "verifier-of-receipts": verifier_of_receipts,
}  # fmt: skip


def forget() -> None:
    """Take away what was made for the targets."""
    if a_pack.cache_info().currsize:
        shutil.rmtree(a_pack()[0].parent)
    if signed.cache_info().currsize:
        shutil.rmtree(signed().folder)
    a_pack.cache_clear()
    signed.cache_clear()
