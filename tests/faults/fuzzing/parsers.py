"""
The targets that are parsers of proofs: each is given any bytes, and fails by raising.

Most formats are read by two programs, the product and the stand-alone verifier, which share no code: both must read the
same bytes and refuse the same bytes, and what is read is written again byte for byte.
"""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Callable
from hashlib import sha256

from ledger.errors import LedgerError
from ledger.merkle import HASH_BYTES, TILE_WIDTH
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import WitnessAnswer
from ledger.proof.notes import Note, VerifierKey
from ledger.proof.policy import Policy
from ledger.proof.receipt import Receipt
from ledger.proof.tiles import bundle, entries_of
from ledger.proof.timestamp import Authority, nonce_of, read_timestamp, said_by
from ledger.proof.tree import ProofWrong, check_inclusion
from ledger.proof.verifier import verify
from ledger.store.header import encode, parse
from tests.faults.fuzzing.made import PACK_RECORDS, STAMPED, a_succession, authority, signed
from tests.unit.proof.made_packs import LEDGER

Read = Callable[[], object]

_NUMBER_BYTES = 8
_SIGNATURES = 64


def or_none(read: Read) -> object:
    """Give what a reader of the product gives; None where it refuses in the way that it says."""
    try:
        return read()
    except LedgerError:
        return None


def verifier_or_none(read: Read) -> object:
    """Give what the verifier gives; None where it refuses in the way that it says."""
    try:
        return read()
    except (verify.Fault, ValueError, IndexError):
        return None


def check_same(ours: object, theirs: object) -> None:
    """Let neither reader take what the other refuses."""
    assert (ours is None) is (theirs is None), f"one reads what the other refuses: {ours!r} {theirs!r}"


def notes(content: bytes) -> None:
    """Signed notes."""
    ours = or_none(lambda: Note.parse(content))
    check_same(ours, verifier_or_none(lambda: verify.read_note(content, "note")))
    assert ours is None or str(ours).encode() == content


def keys(content: bytes) -> None:
    """Verifier keys."""
    text = content.decode("utf-8", "replace").strip()
    ours = or_none(lambda: VerifierKey.parse(text))
    check_same(ours, verifier_or_none(lambda: verify.read_key(text)))
    assert ours is None or str(ours) == text


def checkpoints(content: bytes) -> None:
    """The text of checkpoints."""
    text = content.decode("utf-8", "replace")
    ours = or_none(lambda: Checkpoint.parse(text))
    check_same(ours, verifier_or_none(lambda: verify.read_checkpoint(verify.Note("note", text, []))))
    assert not isinstance(ours, Checkpoint) or ours.text() == text


def receipts(content: bytes) -> None:
    """Receipts."""
    ours = or_none(lambda: Receipt.parse(content))
    check_same(ours, verifier_or_none(lambda: verify.read_receipt(content, "receipt")))
    assert ours is None or str(ours).encode() == content


def bundles(content: bytes) -> None:
    """Bundles of entries; the first byte says how many there are."""
    width, rest = (content[0] + 1, content[1:]) if content else (TILE_WIDTH, b"")
    ours = or_none(lambda: entries_of(rest, width))
    check_same(ours, verifier_or_none(lambda: verify.read_bundle(rest, width)))
    assert not isinstance(ours, list) or bundle(ours) == rest


def headers(content: bytes) -> None:
    """Records."""
    ours = or_none(lambda: parse(content))
    check_same(ours, verifier_or_none(lambda: verify.read_header(content)))
    assert ours is None or encode(ours) == content  # type: ignore[arg-type]  # it is what `parse` gave


def policies(content: bytes) -> None:
    """Policies on witnesses: both say the same of who is trusted, and of what is met."""
    text = content.decode("utf-8", "replace")
    ours = or_none(lambda: Policy.parse(text))
    theirs = verifier_or_none(lambda: verify.Policy(text.encode(), "policy"))
    check_same(ours, theirs)
    if isinstance(ours, Policy) and isinstance(theirs, verify.Policy):
        named = {name: str(key) for name, key in theirs.witnesses.items()}
        assert {name: str(key) for name, key in ours.witnesses.items()} == named
        assert [str(key) for key in ours.logs] == [str(key) for key in theirs.logs]
        note = signed().archive.note(signed().origin, PACK_RECORDS)
        assert ours.is_met(note) is theirs.is_met(verify.read_note(str(note).encode(), "note"))


def answers(content: bytes) -> None:
    """Answers of witnesses: their lines, put below a checkpoint, are read by the verifier as the same lines."""
    ours = or_none(lambda: WitnessAnswer.parse(content))
    text = signed().archive.note(signed().origin, PACK_RECORDS).text
    theirs = verifier_or_none(lambda: verify.read_note(text.encode() + b"\n" + content, "note"))
    read = theirs.lines if isinstance(theirs, verify.Note) and theirs.text == text else None
    if isinstance(ours, WitnessAnswer):
        assert str(ours).encode() == content
        if ours.size is None and len(ours.signatures) <= _SIGNATURES:
            assert read == [(line.name, line.key_id, line.signature) for line in ours.signatures]
    else:
        assert read is None


def timestamps(content: bytes) -> None:
    """Timestamps: one that the product takes is about the text, for the verifier too, at the instant that it says."""
    for read in (read_timestamp, said_by, nonce_of):
        or_none(lambda read=read: read(content))  # type: ignore[misc]  # mypy takes no default in a lambda
    checked = or_none(lambda: authority().check(content, text=STAMPED))
    theirs = verifier_or_none(lambda: verify.read_stamp(content))
    if checked is not None:
        assert isinstance(theirs, verify.Stamp)
        assert theirs.imprint == sha256(STAMPED.encode()).digest()
        assert theirs.at[:14] == f"{checked.at:%Y%m%d%H%M%S}"  # type: ignore[attr-defined]  # it is a `Stamped`


def authorities(content: bytes) -> None:
    """Certificates of authorities: the bytes of one, put in PEM."""
    pem = b"-----BEGIN CERTIFICATE-----\n" + encodebytes(content) + b"-----END CERTIFICATE-----\n"
    or_none(lambda: Authority.parse(pem))
    or_none(lambda: Authority.parse(content))


class _Telling(verify.Voice):
    """A voice that keeps the keys which it would tell of."""

    def __init__(self) -> None:
        super().__init__(french=False)
        self.trusted: list[str] = []

    def say(self, what: str, **values: object) -> None:
        self.trusted.append(str(values["key"]))


def successions(content: bytes) -> None:
    """Successions of keys: the verifier trusts one key for another only by what both of them signed."""
    genuine, voice = a_succession().text, _Telling()
    trust = verify.Trust(voice)
    trust.add(verify.read_key(genuine.split("\n")[2]), "Log key, as you gave it: {key}")
    verifier_or_none(lambda: trust.follow([verify.read_note(content, "note")], LEDGER.hex))
    assert len(voice.trusted) == 1 or Note.parse(content).text == genuine, voice.trusted


def proofs(content: bytes) -> None:
    """Proofs of inclusion: 8 bytes each of index and size, the leaf, the root, then the hashes of the proof."""
    index, size = (int.from_bytes(content[at : at + _NUMBER_BYTES]) for at in (0, _NUMBER_BYTES))
    rest = content[2 * _NUMBER_BYTES :]
    leaf, root, *proof = (
        rest[at : at + HASH_BYTES].ljust(HASH_BYTES) for at in range(0, max(len(rest), 33), HASH_BYTES)
    )
    leads = verify.leads_to(root, leaf=leaf, index=index, size=size, proof=proof)
    try:
        check_inclusion(leaf, index=index, size=size, proof=proof, root=root)
    except ProofWrong:
        assert not leads
    else:
        assert leads
    if leads and (size, root) == (PACK_RECORDS, signed().log.head.root()):
        assert leaf == signed().log.leaves[index], "a leaf that is not in the tree"
