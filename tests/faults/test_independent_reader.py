"""
Packs and receipts are read by the code that the C2SP formats were made from: Go's packages tlog and note.

The reader is `independent/reader.go`. It is built here where Go and these packages are (Debian's `golang-go` and
`golang-golang-x-mod-dev`); `./dev faults` installs them where it may, and these tests are skipped elsewhere.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.aggregates.origin import OriginReason
from ledger.proof.nodes import KeptNodes
from ledger.proof.pack import Selection
from ledger.proof.receipt import Receipt
from tests.faults.fuzzing import targets
from tests.faults.test_flipped_packs import SEED, flipped
from tests.unit.proof.made_packs import MadeLedger, MadeWitness, accounts_for_others, verified

SOURCE = Path(__file__).parent / "independent" / "reader.go"
PACKAGES = Path("/usr/share/gocode")
"""Where Debian puts the source of Go packages."""
WITNESS = str(MadeWitness("prefecture").key)


@dataclass
class Reader:
    """The program, built."""

    program: Path

    def says(self, *arguments: str | Path) -> str:
        """Give what it says; a program that crashed ends with another code."""
        command = [str(self.program), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == (0 if done.stdout.endswith("\nOK\n") else 1), done.stdout + done.stderr
        assert done.returncode == 0 or done.stdout.splitlines()[-1].startswith("NOT OK: "), done.stdout + done.stderr
        return done.stdout

    def accepts(self, *arguments: str | Path) -> bool:
        return self.says(*arguments).endswith("\nOK\n")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    go = shutil.which("go")
    if go is None or not (PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go and its package tlog are not here; ./dev faults installs them where it may")
    folder = tmp_path_factory.mktemp("reader")
    offline = {"GO111MODULE": "off", "GOPATH": str(PACKAGES), "GOCACHE": str(folder / "cache"), "CGO_ENABLED": "0"}
    subprocess.run([go, "build", "-o", folder / "reader", SOURCE], env={**os.environ, **offline}, check=True)
    yield Reader(folder / "reader")
    targets.forget()


def test_a_pack_of_everything_with_witness_pruned_records_and_two_checkpoints(reader: Reader) -> None:
    folder, _ = targets.a_pack()
    said = reader.says("pack", folder, targets.signed().log_key, WITNESS)
    assert "270 records, signed by" in said
    assert "/e1, prefecture\n" in said, "it verified the cosignature too"
    assert "267 records hash to their leaves; 3 are not here\n" in said
    assert "2 checkpoints that this log goes on from\nOK\n" in said


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 1025])
def test_packs_of_every_shape_of_tree(reader: Reader, tmp_path: Path, size: int) -> None:
    made = MadeLedger(tmp_path / "ledger", certificate=size > 2)
    made.log.grow(size)
    made.sign()
    made.pack(tmp_path / "pack")
    assert f"{size} records hash to their leaves; 0 are not here\n" in reader.says(
        "pack", tmp_path / "pack", made.log_key
    )


def test_a_tree_with_a_third_level_of_tiles(reader: Reader, tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    for size in (65_300, 65_600):
        made.log.grow(size)
        made.sign()
    made.pack(tmp_path / "pack")
    assert reader.accepts("pack", tmp_path / "pack", made.log_key)


def test_a_pack_of_some_days_or_a_house_and_a_log_that_went_on_under_another_origin(
    reader: Reader, tmp_path: Path
) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(300)
    made.sign()
    first = made.log_key
    made.open_origin(OriginReason.LOG_CAME_BACK)
    made.log.grow(520)
    made.sign()
    made.pack(tmp_path / "part", selection=Selection(200, 400, always=accounts_for_others))
    said = reader.says("pack", tmp_path / "part", first, made.log_key)
    assert "/e2: 520 records" in said
    assert "2 checkpoints that this log goes on from\n" in said
    assert not reader.accepts("pack", tmp_path / "part", made.log_key), "the first origin has a key of another name"
    assert not reader.accepts("pack", tmp_path / "part", first)


def counts(content: bytes, place: int, name: str) -> bool:
    """Say whether a byte is one that the log signed: a cosignature that it makes unknown is none to this reader."""
    if "checkpoint" not in name:
        return True
    text, _, signatures = content.partition(b"\n\n")
    return place < len(text) + 2 + signatures.index(b"\n") + 1


def test_what_it_refuses_our_own_verifier_refuses_too_and_no_flip_is_missed(reader: Reader, thorough: bool) -> None:
    chance, (folder, files), key = random.Random(SEED), targets.a_pack(), targets.signed().log_key
    read = [name for name in files if name.startswith(("log/", "checkpoints/"))]
    assert len(read) == 8
    missed, tried = [], 0
    while tried < (2_000 if thorough else 60):
        name = chance.choice(read)
        genuine = (folder / name).read_bytes()
        changed, place = flipped(genuine, chance)
        if not counts(genuine, place, name):
            continue
        tried += 1
        (folder / name).write_bytes(changed)
        answers = reader.accepts("pack", folder, key, WITNESS), verified(folder, "--log-key", key).code == 0
        (folder / name).write_bytes(genuine)
        if any(answers):
            missed.append((name, place, answers))
    assert missed == []
    assert reader.accepts("pack", folder, key, WITNESS)


def test_a_receipt_is_a_proof_to_it_and_one_with_a_flip_is_not(reader: Reader, tmp_path: Path, thorough: bool) -> None:
    chance, ledger, file = random.Random(SEED), targets.signed(), tmp_path / "a.tlog-proof"
    entry = ledger.log.records[100]
    assert entry is not None
    note = ledger.archive.note(ledger.origin, ledger.log.head.size)
    note = note.__class__(note.text, note.signatures[:1])  # a witness that nobody asks for may say what it likes
    genuine = str(Receipt.made(KeptNodes(ledger.log), note, position=101, entry=entry)).encode()
    file.write_bytes(genuine)
    assert "record 101 of 270" in reader.says("receipt", file, ledger.log_key)
    for _ in range(2_000 if thorough else 60):
        changed, place = flipped(genuine, chance)
        file.write_bytes(changed)
        assert not reader.accepts("receipt", file, ledger.log_key), place


def test_the_pack_and_a_receipt_of_a_ledger_that_worked_for_a_day(reader: Reader, tmp_path: Path) -> None:
    """With the program itself, from `ledger demo` on."""

    def ledger(*arguments: str | Path) -> str:
        command = [str(Path(sys.executable).with_name("ledger")), *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return done.stdout

    environment = {**os.environ, "LEDGER_HOME": str(tmp_path / "home"), "LANGUAGE": "en"}
    ledger("demo", "--folder", tmp_path / "home")
    key = ledger("proof", "log-key").strip()
    ledger("proof", "pack", tmp_path / "pack")
    assert reader.accepts("pack", tmp_path / "pack", key)
    ledger("proof", "receipt", "5", "--to", tmp_path / "five.tlog-proof")
    assert "record 5 of" in reader.says("receipt", tmp_path / "five.tlog-proof", key)
