"""
The seeds of the corpus: one genuine text of every format; `python -m tests.faults.fuzzing.seeds` writes them.

The corpus is kept in `tests/faults/corpus`, as SHA-1.bin: beside the seeds stands what fuzzing found worth keeping
(`tests.faults.fuzzing.grow`). Two seeds are not made again, since an authority makes no timestamp twice: the genuine
timestamp, and the certificates of its authority, which `authority.pem` holds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from ledger.proof.cosigning import WitnessAnswer
from ledger.proof.nodes import KeptNodes
from ledger.proof.receipt import Receipt
from ledger.proof.tiles import bundle
from ledger.proof.tree import inclusion_proof
from tests.faults.fuzzing.made import PACK_RECORDS, a_pack, a_succession, a_witness, authority, forget, reopened, signed
from tests.faults.fuzzing.packs import STEPS
from tests.unit.proof.made_packs import MadeWitness, made_token

CORPUS = Path(__file__).parent.parent / "corpus"


def seeds() -> Iterator[tuple[str, bytes]]:
    """Give each target with a genuine input of it."""
    yield from _of_logs()
    yield from _of_witnesses()
    yield from _of_packs()


def name_of(content: bytes) -> str:
    """Give the name under which an input is kept."""
    return f"{sha1(content, usedforsecurity=False).hexdigest()}.bin"


def _of_logs() -> Iterator[tuple[str, bytes]]:
    ledger = signed()
    note = ledger.archive.note(ledger.origin, ledger.log.head.size)
    entries = ledger.log.records[:24]
    entry = entries[4]
    assert entry is not None
    receipt = Receipt.made(KeptNodes(ledger.log), note, position=5, entry=entry)
    yield "notes", str(note).encode()
    yield "notes", next(iter(ledger.certificates.values())).encode()
    yield "keys", ledger.log_key.encode()
    yield "checkpoints", note.text.encode()
    for target in ("receipts", "verifier-of-receipts", "receipts-signed-again"):
        yield target, str(receipt).encode()
    yield "successions", str(a_succession()).encode()
    yield "bundles", bytes([len(entries) - 1]) + bundle(entries)
    for record in ledger.log.records[:5]:
        yield "headers", record or b""
    yield "headers", next(each for each in ledger.log.records if each is not None and b"headers.pruned" in each)
    yield "timestamps", made_token(note.text.encode())
    for certificate in (*authority().roots, *authority().services):
        yield "authorities", certificate.public_bytes(Encoding.DER)
    for index in (0, 99, PACK_RECORDS - 1):
        proof = inclusion_proof(KeptNodes(ledger.log), index, PACK_RECORDS)
        numbers = index.to_bytes(8) + PACK_RECORDS.to_bytes(8)
        yield "proofs", numbers + b"".join([ledger.log.leaves[index], ledger.log.head.root(), *proof])


def _of_witnesses() -> Iterator[tuple[str, bytes]]:
    ledger, witness = signed(), MadeWitness("prefecture")
    yield "keys", str(witness.key).encode()
    yield "policies", f"log {ledger.log_key}\nwitness a {MadeWitness('a').key}\ngroup g 1 a\nquorum g\n".encode()
    two = "".join(f"witness {name} {MadeWitness(name).key}\n" for name in ("prefecture", "b"))
    yield "policies", f"{two}group g any prefecture b\ngroup h all prefecture g\nquorum h # both\n".encode()
    text = ledger.archive.latest().note.text  # type: ignore[union-attr]  # it was signed
    yield "answers", str(WitnessAnswer((witness.cosign(text), MadeWitness("b").cosign(text)))).encode()
    yield "answers", str(WitnessAnswer(size=200)).encode()
    for request in reopened().requests:
        yield "requests", str(request).encode()
    folder, files = a_witness()
    for number, file in enumerate(files):
        yield "witness-memory", bytes([number]) + (folder / file).read_bytes()


def _of_packs() -> Iterator[tuple[str, bytes]]:
    folder, files = a_pack()
    manifest = (folder / "manifest.txt").read_bytes()
    yield "manifests", manifest[: manifest.rindex(b"\n\n") + 1]
    yield "packs", bytes(1)
    for step in range(len(STEPS)):
        yield "packs", bytes([1, step, *range(4, 8)])
    for number, file in enumerate(files):
        content = (folder / file).read_bytes()
        if file not in ("verify.py", "README.txt", "LISEZMOI.txt"):
            yield "verifier", bytes([number]) + content


def main() -> None:
    for target, content in seeds():
        file = CORPUS / target / name_of(content)
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            sys.stdout.write(f"{file.relative_to(CORPUS)}\n")
    forget()


if __name__ == "__main__":
    main()
