"""
The seeds of the corpus: one genuine text of every format; `python -m tests.faults.fuzzing.seeds` writes them.

The corpus is kept in `tests/faults/corpus`: what fuzzing found worth keeping goes beside the seeds, as SHA-1.bin.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path

from ledger.proof.nodes import KeptNodes
from ledger.proof.receipt import Receipt
from ledger.proof.tiles import bundle
from tests.faults.fuzzing.targets import a_pack, forget, signed
from tests.unit.proof.made_packs import MadeWitness, made_token

CORPUS = Path(__file__).parent.parent / "corpus"


def seeds() -> Iterator[tuple[str, bytes]]:
    """Give each target with a genuine input of it."""
    ledger = signed()
    note = ledger.archive.note(ledger.origin, ledger.log.head.size)
    entries = ledger.log.records[:24]
    entry = entries[4]
    assert entry is not None
    receipt = Receipt.made(KeptNodes(ledger.log), note, position=5, entry=entry)
    yield "notes", str(note).encode()
    yield "notes", next(iter(ledger.certificates.values())).encode()
    yield "keys", ledger.log_key.encode()
    yield "keys", str(MadeWitness("prefecture").key).encode()
    yield "checkpoints", note.text.encode()
    yield "receipts", str(receipt).encode()
    yield "verifier-of-receipts", str(receipt).encode()
    yield "bundles", bytes([len(entries) - 1]) + bundle(entries)
    for record in ledger.log.records[:5]:
        yield "headers", record or b""
    pruned = next(each for each in ledger.log.records if each is not None and b"headers.pruned" in each)
    yield "headers", pruned
    yield "timestamps", made_token(note.text.encode())
    yield "policies", f"log {ledger.log_key}\nwitness a {MadeWitness('a').key}\ngroup g 1 a\nquorum g\n".encode()
    folder, files = a_pack()
    for number, file in enumerate(files):
        content = (folder / file).read_bytes()
        if file not in ("verify.py", "README.txt", "LISEZMOI.txt"):
            yield "verifier", bytes([number]) + content


def main() -> None:
    for target, content in seeds():
        file = CORPUS / target / f"{sha1(content, usedforsecurity=False).hexdigest()}.bin"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            sys.stdout.write(f"{file.relative_to(CORPUS)}\n")
    forget()


if __name__ == "__main__":
    main()
