"""
What the targets are tried on: an invented ledger, a pack of it, and one that began to sign under a second origin.

Everything here is the same bytes in every run, keys included: what fuzzing kept would otherwise stop at the signature.
"""

from __future__ import annotations

import shutil
from base64 import b64encode
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.aggregates.origin import OriginReason
from ledger.merkle import Frontier, leaf_hash
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import CosignatureRequest, Opening
from ledger.proof.nodes import KeptNodes
from ledger.proof.notes import Algorithm, Note, NoteSignature, VerifierKey
from ledger.proof.timestamp import Authority
from ledger.proof.tree import consistency_proof, inclusion_proof
from ledger.proof.witness import Witness
from tests.unit.proof.made_packs import LEDGER, MadeLedger, MadeWitness, made_token

PACK_RECORDS = 270
PRUNED_AT = 201
"""Where the record stands that accounts for the positions 20 to 22."""
STAMPED = "a text that was stamped\n"
"""What the genuine timestamp among the seeds is about; `authority.pem` answers for it."""
_SEED, _NEXT_SEED = bytes(range(32)), bytes(range(32, 64))
_AUTHORITY = Path(__file__).with_name("authority.pem")


def _made(folder: Path) -> MadeLedger:
    """Make a ledger whose key is always the same."""
    public = Ed25519PrivateKey.from_private_bytes(_SEED).public_key().public_bytes_raw()
    key_id = VerifierKey(LEDGER.hex, Algorithm.ED25519, public).key_id.hex()
    file = folder / "signing.key"
    file.touch(mode=0o600)
    file.write_text(f"PRIVATE+KEY+{LEDGER.hex}+{key_id}+{b64encode(bytes([Algorithm.ED25519]) + _SEED).decode()}\n")
    return MadeLedger(folder)


@cache
def signed() -> MadeLedger:
    """Give an invented ledger, made once: two checkpoints, a witness, a timestamp, a certificate, pruned records."""
    made = _made(Path(mkdtemp()))
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


class Reopened(NamedTuple):
    """A ledger that signed twice under its first origin and once under a second, and what witnesses are asked."""

    ledger: MadeLedger
    notes: tuple[Note, ...]
    roots: tuple[bytes, ...]
    """The root of every size, from 0."""
    requests: tuple[CosignatureRequest, ...]
    """For a witness that holds nothing, the first note, the second one; and one that lost its memory."""


@cache
def reopened() -> Reopened:
    """Give it, made once."""
    made = _made(Path(mkdtemp()))
    made.log.grow(7)
    notes = [made.sign().note]
    made.log.grow(11)
    notes.append(made.sign().note)
    made.open_origin(OriginReason.LOG_CAME_BACK)
    made.log.grow(20)
    notes.append(made.sign().note)
    nodes, size, entry = KeptNodes(made.log), made.log.head.size, made.log.records[11]
    assert entry is not None
    opening = Opening(11, entry, tuple(inclusion_proof(nodes, 11, size)))
    requests = (
        CosignatureRequest(0, (), notes[0]),
        CosignatureRequest(7, tuple(consistency_proof(nodes, 7, 11)), notes[1]),
        CosignatureRequest(11, tuple(consistency_proof(nodes, 11, size)), notes[2], opening, notes[1]),
        CosignatureRequest(0, (), notes[2], opening, notes[1]),
    )
    roots = tuple(Frontier().extend(made.log.leaves[:upto]).root() for upto in range(size + 1))
    return Reopened(made, tuple(notes), roots, requests)


@cache
def a_succession() -> Note:
    """Give the note by which the key of these ledgers names the next one, signed by both."""
    private = [Ed25519PrivateKey.from_private_bytes(seed) for seed in (_SEED, _NEXT_SEED)]
    keys = [VerifierKey(LEDGER.hex, Algorithm.ED25519, each.public_key().public_bytes_raw()) for each in private]
    text = "\n".join(["ledger/1 key succession", LEDGER.hex, *map(str, keys), ""])
    lines = (NoteSignature(key.name, key.key_id, by.sign(text.encode())) for key, by in zip(keys, private, strict=True))
    return Note(text, tuple(lines))


class Remembering(NamedTuple):
    """A witness that holds the second note of that ledger, and the three files of its memory."""

    folder: Path
    files: tuple[str, ...]


@cache
def a_witness() -> Remembering:
    """Give it, made once; whoever changes a file puts it back."""
    folder = Path(mkdtemp()) / "witness"
    found, own = reopened(), MadeWitness("prefecture")
    witness = Witness(folder)
    witness.create(own.name)
    witness.trust(VerifierKey.parse(found.ledger.log_key))
    seed = b64encode(bytes([Algorithm.ED25519]) + leaf_hash(own.name.encode())).decode()
    (folder / "witness.key").write_text(f"PRIVATE+KEY+{own.name}+00000000+{seed}\n")
    note = found.notes[1]
    (folder / f"logs/{LEDGER.hex}.held").write_text(str(note.with_signature(own.cosign(note.text))))
    return Remembering(folder, ("witness.key", f"logs/{LEDGER.hex}.held", f"logs/{LEDGER.hex}.keys"))


@cache
def authority() -> Authority:
    """Give the authority that stamped `STAMPED`."""
    return Authority.parse(_AUTHORITY.read_bytes())


def held() -> tuple[Checkpoint | None, ...]:
    """Give what a witness can hold of that ledger, before it is asked."""
    return (None, *(Checkpoint.parse(note.text) for note in reopened().notes[:2]))


def forget() -> None:
    """Take away what was made for the targets."""
    if a_witness.cache_info().currsize:
        shutil.rmtree(a_witness().folder.parent)
    if reopened.cache_info().currsize:
        shutil.rmtree(reopened().ledger.folder)
    if a_pack.cache_info().currsize:
        shutil.rmtree(a_pack()[0].parent)
    if signed.cache_info().currsize:
        shutil.rmtree(signed().folder)
    for made in (a_witness, reopened, a_pack, signed):
        made.cache_clear()
