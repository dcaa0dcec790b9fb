from __future__ import annotations

import random
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import IntegrityBroken
from ledger.limits import HEADER_BYTES
from ledger.proof.nodes import KeptNodes
from ledger.proof.notes import NoteForged, VerifierKey
from ledger.proof.receipt import Receipt, ReceiptMalformed, ReceiptUntrusted
from ledger.proof.tree import ProofWrong
from tests.unit.proof.made_packs import MadeLedger, MadeWitness, verified


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> MadeLedger:
    made = MadeLedger(tmp_path_factory.mktemp("ledger"))
    made.log.grow(300)
    made.sign()
    return made


def receipt_of(ledger: MadeLedger, position: int) -> Receipt:
    entry = ledger.log.records[position - 1]
    assert entry is not None
    note = ledger.archive.note(ledger.origin, 300)
    return Receipt.made(KeptNodes(ledger.log), note, position=position, entry=entry)


@pytest.fixture
def receipt(ledger: MadeLedger) -> Receipt:
    return receipt_of(ledger, 170)


def keys(ledger: MadeLedger) -> list[VerifierKey]:
    return [VerifierKey.parse(ledger.log_key)]


def test_a_receipt_is_written_as_the_specification_says(ledger: MadeLedger, receipt: Receipt) -> None:
    lines = str(receipt).split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == f"extra {b64encode(receipt.entry).decode()}"
    assert lines[2] == "index 169"
    assert [len(line) for line in lines[3:12]] == [44] * 9
    assert lines[12] == ""
    assert str(receipt).endswith(f"\n\n{ledger.archive.note(ledger.origin, 300)}")


@pytest.mark.parametrize("position", [1, 2, 255, 256, 257, 299, 300])
def test_what_is_written_is_read_and_proves_itself(ledger: MadeLedger, position: int, tmp_path: Path) -> None:
    content = str(receipt_of(ledger, position)).encode()
    read = Receipt.parse(content)
    assert str(read).encode() == content
    assert read.check(keys(ledger)) == VerifierKey.parse(ledger.log_key)
    (tmp_path / "a.tlog-proof").write_bytes(content)
    answer = verified(tmp_path / "a.tlog-proof", "--log-key", ledger.log_key)
    assert answer.code == 0, answer.said
    assert f"Position {position} of 300" in answer.said


def test_a_proof_without_the_record_is_read_and_proves_nothing_alone(ledger: MadeLedger, receipt: Receipt) -> None:
    bare = Receipt.parse(str(replace(receipt, entry=b"")).encode())
    with pytest.raises(ProofWrong):
        bare.check(keys(ledger))


def test_the_log_of_one_record_needs_no_hash(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path, certificate=False)
    note = made.sign().note
    entry = made.log.records[0]
    assert entry is not None
    alone = Receipt.made(KeptNodes(made.log), note, position=1, entry=entry)
    assert alone.proof == ()
    Receipt.parse(str(alone).encode()).check(keys(made))


def test_the_ledgers_own_name_is_as_good_as_that_of_an_origin(ledger: MadeLedger, receipt: Receipt) -> None:
    receipt.check([VerifierKey.parse(ledger.signer.verifier_key())])


def test_a_key_of_another_ledger_or_another_key_is_not_trusted(
    ledger: MadeLedger, receipt: Receipt, tmp_path: Path
) -> None:
    own = VerifierKey.parse(ledger.log_key)
    other = VerifierKey.parse(MadeLedger(tmp_path).log_key)
    for key in (other, VerifierKey("ab" * 16 + "/e1", own.algorithm, own.public)):
        with pytest.raises(ReceiptUntrusted):
            receipt.check([key])
    with pytest.raises(ReceiptUntrusted):
        receipt.check([])


def test_the_signatures_of_witnesses_come_with_it(ledger: MadeLedger, receipt: Receipt) -> None:
    witness = MadeWitness("prefecture")
    cosigned = replace(receipt, note=receipt.note.with_signature(witness.cosign(receipt.note.text)))
    read = Receipt.parse(str(cosigned).encode())
    read.check(keys(ledger))
    assert read.note.signed_by(witness.key) is not None


CHANGES: dict[str, Callable[[Receipt], Receipt]] = {
    "another place": lambda it: replace(it, index=it.index + 1),
    "a place beyond": lambda it: replace(it, index=300),
    "another record": lambda it: replace(it, entry=it.entry.replace(b"granted", b"refused")),
    "a hash too few": lambda it: replace(it, proof=it.proof[:-1]),
    "a hash too many": lambda it: replace(it, proof=(*it.proof, it.proof[0])),
    "hashes turned round": lambda it: replace(it, proof=it.proof[::-1]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_receipt_for_something_else_proves_nothing(
    ledger: MadeLedger, receipt: Receipt, change: str, tmp_path: Path
) -> None:
    changed = CHANGES[change](receipt)
    with pytest.raises(ProofWrong):
        Receipt.parse(str(changed).encode()).check(keys(ledger))
    (tmp_path / "a.tlog-proof").write_text(str(changed), encoding="utf-8")
    assert verified(tmp_path / "a.tlog-proof", "--log-key", ledger.log_key).code == 7


def spoilt(receipt: Receipt) -> dict[str, bytes]:
    """Texts that are no receipts."""
    text = str(receipt)
    entry, hash_line = b64encode(receipt.entry).decode(), f"{b64encode(bytes(32)).decode()}\n"
    return {
        "nothing": b"",
        "the first line only": b"c2sp.org/tlog-proof@v1\n",
        "another version": text.replace("proof@v1", "proof@v2", 1).encode(),
        "line ends of another system": text.replace("\n", "\r\n").encode(),
        "a byte order mark": b"\xef\xbb\xbf" + text.encode(),
        "a space more": text.replace("index ", "index  ").encode(),
        "a leading zero": text.replace("index 1", "index 01").encode(),
        "a negative index": text.replace("index ", "index -").encode(),
        "another digit": text.replace("index 169", "index ١٦٩").encode(),
        "an endless index": text.replace("index 169", "index " + "9" * 5000).encode(),
        "the index first": text.replace(f"extra {entry}\nindex 169\n", f"index 169\nextra {entry}\n").encode(),
        "extra twice": text.replace(f"extra {entry}\n", f"extra {entry}\n" * 2).encode(),
        "extra that is empty": text.replace(f"extra {entry}\n", "extra \n").encode(),
        "base64 that is not canonical": text.replace("=\n", "\n", 1).encode(),
        "no empty line": text.replace("\n\n", "\n", 1).encode(),
        "two empty lines": text.replace("\n\n", "\n\n\n", 1).encode(),
        "no signature": text[: text.rindex("\n\u2014")].encode() + b"\n",
        "cut short": text[:-10].encode(),
        "not UTF-8": text.encode() + b"\xff",
        "too many hashes": text.replace("index 169\n", "index 169\n" + hash_line * 65).encode(),
        "a hash of another length": text.replace("index 169\n", f"index 169\n{'A' * 44}\n").encode(),
        "a record that is too long": str(replace(receipt, entry=b"x" * (HEADER_BYTES + 1))).encode(),
        "huge": b"c2sp.org/tlog-proof@v1\nextra " + b"A" * 2_000_000,
    }  # fmt: skip


def test_what_is_no_receipt_is_refused_by_both_readers(ledger: MadeLedger, receipt: Receipt, tmp_path: Path) -> None:
    for name, content in spoilt(receipt).items():
        with pytest.raises(ReceiptMalformed):
            pytest.fail(f"{name}: {Receipt.parse(content)}")
        (tmp_path / "a.tlog-proof").write_bytes(content)
        answer = verified(tmp_path / "a.tlog-proof", "--log-key", ledger.log_key)
        assert answer.code == 7, f"{name}: {answer.said}"


def test_every_single_byte_that_is_changed_is_found_by_both_readers(
    ledger: MadeLedger, receipt: Receipt, tmp_path: Path
) -> None:
    content, chance = str(receipt).encode(), random.Random(4)
    file = tmp_path / "a.tlog-proof"
    for _ in range(500):
        place = chance.randrange(len(content))
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        with pytest.raises(IntegrityBroken):
            Receipt.parse(bytes(changed)).check(keys(ledger))
        file.write_bytes(changed)
        assert verified(file, "--log-key", ledger.log_key).code == 7, (place, content[place - 20 : place + 20])


def test_a_forged_signature_is_told_apart_from_an_unknown_one(ledger: MadeLedger, receipt: Receipt) -> None:
    [line] = receipt.note.signatures
    forged = replace(line, signature=bytes(64))
    with pytest.raises(NoteForged):
        replace(receipt, note=replace(receipt.note, signatures=(forged,))).check(keys(ledger))


@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: f"c2sp.org/tlog-proof@v1\n{text}".encode()))
def test_whatever_is_given_is_refused_in_the_same_way(content: bytes) -> None:
    with pytest.raises(ReceiptMalformed):
        Receipt.parse(content)


def test_without_a_key_the_verifier_asks_for_one(receipt: Receipt, tmp_path: Path) -> None:
    (tmp_path / "a.tlog-proof").write_text(str(receipt), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        verified(tmp_path / "a.tlog-proof")
    assert ended.value.code == 2
