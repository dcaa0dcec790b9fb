"""
The targets that judge: the verifier of packs and receipts, and witnesses, on genuine things of which some were changed.

None of them may say yes to anything that the ledger did not sign. Where the signature alone would refuse everything,
the log is taken for dishonest: what was changed is signed again with its key, and must still not pass for another tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ledger.bootstrap.packing import check_receipt
from ledger.errors import LedgerError
from ledger.merkle import node_hash
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import CosignatureRequest
from ledger.proof.following import Continuity, is_signed_by_log, judge
from ledger.proof.notes import Note, VerifierKey
from ledger.proof.receipt import Receipt
from ledger.proof.witness import Followed, Witness
from tests.faults.fuzzing.made import PACK_RECORDS, a_pack, a_witness, held, reopened, signed
from tests.faults.fuzzing.parsers import or_none
from tests.unit.proof.made_packs import LEDGER, verified

_OK, _BROKEN = 0, 7


@contextmanager
def _one_replaced(folder: Path, files: Sequence[str], content: bytes) -> Iterator[bytes]:
    """Have one file hold something else for a while, and give what it held; the first byte of `content` says which."""
    file = folder / files[content[0] % len(files) if content else 0]
    genuine = file.read_bytes()
    file.write_bytes(content[1:])
    try:
        yield genuine
    finally:
        file.write_bytes(genuine)


def verifier(content: bytes) -> None:
    """The verifier on a pack with any content in the place of one file; the first byte says which."""
    folder, files = a_pack()
    with _one_replaced(folder, files, content) as genuine:
        answer = verified(folder, "--log-key", signed().log_key)
    assert answer.code == (_OK if content[1:] == genuine else _BROKEN), answer.said


def manifests(content: bytes) -> None:
    """The verifier on a pack whose list the log signed anew: it may say something else of itself, not of the files."""
    text = content.decode("utf-8", "replace").rstrip("\n") + "\n"
    folder, _ = a_pack()
    file = folder / "manifest.txt"
    genuine = file.read_text()
    file.write_text(signed().signer.sign(text, name=LEDGER.hex), newline="")
    try:
        answer = verified(folder, "--log-key", signed().log_key)
    finally:
        file.write_text(genuine)
    assert answer.code in (_OK, _BROKEN)
    if answer.code == _OK:
        assert _listed(text) == _listed(Note.parse(genuine).text)


def _listed(text: str) -> tuple[list[str], set[str]]:
    """Give what a list says of the log, and of files."""
    lines = text.split("\n")
    return lines[:3], {line for line in lines[3:] if line.startswith(("file ", "bundles "))}


def verifier_of_receipts(content: bytes) -> None:
    """The verifier on any receipt: it says yes to one that the product says yes to, and to no other."""
    receipt = _judged(content)
    if receipt is not None:
        genuine = {each.note.text for each in signed().archive.all()}
        assert receipt.note.text in genuine
        assert receipt.entry == signed().log.records[receipt.index]


def receipts_signed_again(content: bytes) -> None:
    """The same, on a receipt whose checkpoint the log signed as it was changed; no other record passes for its own."""
    read = or_none(lambda: Receipt.parse(content))
    if not isinstance(read, Receipt):
        return
    note = Note.parse(signed().signer.sign(read.note.text, name=read.checkpoint.origin))
    receipt = _judged(str(Receipt(read.entry, read.index, read.proof, note)).encode())
    if receipt is not None and _tree(receipt.checkpoint) == (PACK_RECORDS, signed().log.head.root()):
        assert receipt.entry == signed().log.records[receipt.index]


def _tree(checkpoint: Checkpoint) -> tuple[int, bytes]:
    return checkpoint.size, checkpoint.root


def _judged(content: bytes) -> Receipt | None:
    """Give a receipt that both readers say yes to."""
    key = VerifierKey.parse(signed().log_key)
    try:
        ours: Receipt | None = Receipt.parse(content)
        assert ours is not None
        check_receipt(ours, [key])
    except LedgerError:
        ours = None
    file = a_pack()[0].with_name("a.tlog-proof")
    file.write_bytes(content)
    assert verified(file, "--log-key", str(key)).code == (_BROKEN if ours is None else _OK)
    return ours


def requests(content: bytes) -> None:
    """Requests to a witness, whatever it holds: as they are, and signed by the log as they were changed."""
    request = or_none(lambda: CosignatureRequest.parse(content))
    if not isinstance(request, CosignatureRequest):
        return
    assert str(request).encode() == content
    made, origin = reopened(), request.checkpoint.origin
    key = VerifierKey.parse(made.ledger.log_key)
    try:
        if is_signed_by_log(request.note, origin, [key]):
            assert request.note.text in {note.text for note in made.notes}
    except LedgerError:
        pass
    note = Note.parse(made.ledger.signer.sign(request.note.text, name=origin))
    again = CosignatureRequest(request.old, request.proof, note, request.opening, request.followed)
    for before in held():
        _judge(before, again, key)


def _judge(before: Checkpoint | None, request: CosignatureRequest, key: VerifierKey) -> None:
    """Let a witness take no tree for one that grew out of what it holds, unless it did."""
    origin, _, number = request.checkpoint.origin.rpartition("/e")
    if origin != LEDGER.hex or not number.isdecimal() or len(number) > 18:  # refused before it is judged
        return
    try:
        continuity = judge(before, request, [key])
    except LedgerError:
        return
    if continuity in (Continuity.GROWN, Continuity.NEW_ORIGIN):
        assert before is not None
        hashes = list(request.proof)
        assert _grown(before.size, request.checkpoint.size, hashes, whole=before.root) == (
            before.root, request.checkpoint.root,
        )  # fmt: skip
        assert not hashes, "a proof with hashes to spare"


def _grown(old: int, new: int, hashes: list[bytes], *, whole: bytes | None) -> tuple[bytes, bytes]:
    """
    Give the roots of both trees by the recursion of RFC 6962, section 2.1.2; the product works from the leaf upwards.

    `whole` is the root of the old tree where it is a perfect part of the new one.
    """
    if old == new:
        root = hashes.pop(0) if whole is None else whole
        return root, root
    split = 1 << (new - 1).bit_length() - 1
    if old <= split:
        before, after = _grown(old, split, hashes, whole=whole)
        return before, node_hash(after, hashes.pop(0))
    before, after = _grown(old - split, new - split, hashes, whole=None)
    left = hashes.pop(0)
    return node_hash(left, before), node_hash(left, after)


def witness_memory(content: bytes) -> None:
    """The memory of a witness with any content in the place of one file of it: what it holds is what it signed."""
    folder, files = a_witness()
    followed: list[Followed] = []
    with _one_replaced(folder, files, content), suppress(LedgerError):
        followed = Witness(folder).followed()
    known = {note.text for note in reopened().notes}
    assert all(each.held is None or each.held.text in known for each in followed)
