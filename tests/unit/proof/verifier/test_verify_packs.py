"""The stand-alone verifier, on whole packs and on packs that somebody changed."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from pymerkle import InmemoryTree  # type: ignore[import-untyped]  # it has no types

from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import Note
from ledger.proof.pack import Selection
from ledger.proof.tiles import bundle, entries_of
from ledger.proof.verifier import verify
from ledger.store.header import parse
from tests.unit.proof.made_packs import (
    HOUSES,
    LEDGER,
    Answer,
    MadeLedger,
    MadeWitness,
    accounts_for_others,
    an_id,
    verified,
)


@pytest.fixture
def ledger(tmp_path: Path) -> MadeLedger:
    """A log of 700 records with three checkpoints, a certificate, and twelve records that were pruned."""
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(300)
    made.sign()
    made.log.grow(520)
    made.sign()
    made.log.prune((40, 45), (250, 255))
    made.log.grow(700)
    made.sign()
    return made


@pytest.fixture
def pack(ledger: MadeLedger, tmp_path: Path) -> Path:
    ledger.pack(tmp_path / "pack")
    return tmp_path / "pack"


def checked(pack: Path, ledger: MadeLedger, *more: str | Path) -> Answer:
    return verified(pack, "--log-key", ledger.log_key, *more)


def test_a_whole_pack_is_what_the_ledger_signed(pack: Path, ledger: MadeLedger) -> None:
    answer = checked(pack, ledger)
    assert answer.code == 0, answer.said
    assert "700 records, 688 of them here; 12 pruned when their term was over, 0 left out" in answer.said
    assert "3 checkpoints, each the beginning of this log: from 300 to 700 records" in answer.said
    assert "1 certificates of destruction, each signed" in answer.said
    assert "1 keys recorded as destroyed" in answer.said
    assert f"Log key, as you gave it: {ledger.log_key}" in answer.said


def test_it_runs_alone_with_the_standard_library_and_without_anything_of_ours(pack: Path, ledger: MadeLedger) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", pack / "verify.py", "--log-key", ledger.log_key, "--lang", "fr"],
        capture_output=True, check=False, cwd="/", env={"PATH": os.environ["PATH"], "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "OK\u00a0: ce dossier est bien ce que le registre a signé.".encode() in done.stdout


def test_without_a_key_from_outside_it_says_that_this_proves_nothing_of_who_signed(pack: Path) -> None:
    answer = verified(pack)
    assert answer.code == 0
    assert "Log key, taken from the pack itself" in answer.said
    assert "anybody can make such a pack" in answer.said


def test_a_key_of_somebody_else_does_not_fit(pack: Path, tmp_path: Path) -> None:
    other = MadeLedger(tmp_path / "other")
    answer = checked(pack, other)
    assert answer.code == 7
    assert "is not signed by a key of this log that is trusted" in answer.said


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 513, 1025])
def test_packs_of_every_shape_of_tree(tmp_path: Path, size: int) -> None:
    made = MadeLedger(tmp_path / "ledger", certificate=size > 2)
    made.log.grow(size)
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert answer.code == 0, answer.said


def test_a_tree_with_a_third_level(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(65_600)
    made.sign()
    made.pack(tmp_path / "pack")
    assert (tmp_path / "pack" / "log" / "tile" / "2" / "000.p" / "1").stat().st_size == 32
    assert checked(tmp_path / "pack", made).code == 0


def rewrite_record(pack: Path, position: int, change: Callable[[bytes], bytes | None]) -> None:
    """Change one record in its bundle."""
    number, place = divmod(position - 1, 256)
    [file] = [
        each for each in (pack / "log" / "tile" / "entries").rglob("*")
        if each.is_file() and each.relative_to(pack / "log" / "tile" / "entries").parts[0][:3] == f"{number:03}"
    ]  # fmt: skip
    width = int(file.name) if file.parent.suffix == ".p" else 256
    entries = entries_of(file.read_bytes(), width)
    entry = entries[place]
    assert entry is not None
    entries[place] = change(entry)
    file.write_bytes(bundle(entries))


def test_the_first_altered_record_is_named(pack: Path, ledger: MadeLedger) -> None:
    rewrite_record(pack, 600, lambda entry: entry.replace(b"access.granted.1", b"access.refused.1"))
    rewrite_record(pack, 301, lambda entry: entry.replace(b"access.granted.1", b"access.refused.1"))
    answer = checked(pack, ledger)
    assert (answer.code, answer.first_bad) == (7, 301)
    assert "The record was altered" in answer.said


def test_a_record_that_is_taken_out_is_missing(pack: Path, ledger: MadeLedger) -> None:
    rewrite_record(pack, 77, lambda _: None)
    answer = checked(pack, ledger)
    assert (answer.code, answer.first_bad) == (7, 77)
    assert "The record is missing, and nothing accounts for it." in answer.said


def test_a_record_that_means_the_same_in_other_bytes_is_refused(pack: Path, ledger: MadeLedger) -> None:
    rewrite_record(pack, 50, lambda entry: entry.replace(b'"v":1,', b'"v": 1,'))
    answer = checked(pack, ledger)
    assert answer.first_bad == 50
    assert "not in the form in which records are written" in answer.said


def test_a_record_and_its_leaf_changed_together_are_found_between_two_checkpoints(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(300)
    made.sign()
    made.log.grow(500)
    made.sign()
    forged = MadeLedger(tmp_path / "forged")
    forged.log.records, forged.log.leaves = list(made.log.records), list(made.log.leaves)
    forged.log.records[399], forged.log.leaves[399] = forged.log.records[398], forged.log.leaves[398]
    forged.signer, forged.archive, forged.certificates = made.signer, made.archive, made.certificates
    forged.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert (answer.code, answer.first_bad) == (7, 301)
    assert "the fault is between here and position 500" in answer.said


def test_the_tail_cut_off_contradicts_the_last_checkpoint(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(300)
    signed = made.sign()
    made.log.grow(400)
    made.sign()
    made.pack(tmp_path / "pack")
    kept = tmp_path / "kept.txt"
    kept.write_text(str(made.archive.note(made.origin, 400)), encoding="utf-8")
    del made.log.records[300:], made.log.leaves[300:]
    older = MadeLedger(tmp_path / "older")
    older.log, older.signer, older.certificates = made.log, made.signer, made.certificates
    with older.archive.deciding() as memory:
        origin = memory.standing().origin
        assert origin is not None
        claimed = memory.claim(origin, size=300, root=signed.checkpoint.root, at=signed.issued_at, why=signed.why)
    older.archive.keep(claimed, str(signed.note))
    older.pack(tmp_path / "cut")
    assert checked(tmp_path / "cut", made).code == 0, "the ledger denies what it signed, and alone one can't tell"
    answer = checked(tmp_path / "cut", made, "--checkpoint", kept)
    assert (answer.code, answer.first_bad) == (7, 301)
    assert "kept.txt: this checkpoint is over more records than the log here has" in answer.said


def test_a_checkpoint_that_was_kept_is_the_beginning_of_the_log(pack: Path, ledger: MadeLedger, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(str(ledger.archive.note(ledger.origin, 300)), encoding="utf-8")
    assert checked(pack, ledger, "--checkpoint", kept).code == 0


def test_what_a_restore_lost_is_told_where_the_new_origin_says_so(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(300)
    made.sign()
    backup = (list(made.log.records), list(made.log.leaves))
    made.log.grow(350)
    made.sign()
    made.log.records, made.log.leaves = backup
    made.log.append("restore.done.1")
    made.open_origin()
    made.log.grow(400)
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert answer.code == 0, answer.said
    assert f"WARNING: 1 checkpoints of {LEDGER.hex}/e1 (350 to 350 records)" in answer.said
    assert "stands at position 302" in answer.said


def test_another_history_that_no_record_speaks_of_is_a_fault(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(300)
    made.sign()
    backup = (list(made.log.records), list(made.log.leaves))
    made.log.grow(350)
    made.sign()
    made.log.records, made.log.leaves = backup
    position = made.log.append("origin.opened.1", stream=an_id("origin 2"))  # it does not say after what
    made.number = 2
    with made.archive.deciding() as memory:
        first = memory.standing().origin
        assert first is not None
        memory.enter_origin(first._replace(number=2, name=made.origin, position=position))
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert answer.code == 7
    assert "is of another history, and no record says that one was lost" in answer.said


def test_an_origin_that_no_record_opens_is_a_fault(pack: Path, ledger: MadeLedger, tmp_path: Path) -> None:
    ledger.number = 2
    with ledger.archive.deciding() as memory:
        first = memory.standing().origin
        assert first is not None
        memory.enter_origin(first._replace(number=2, name=ledger.origin, position=3))
    ledger.log.grow(720)
    ledger.sign()
    ledger.pack(tmp_path / "second")
    answer = checked(tmp_path / "second", ledger)
    assert answer.code == 7
    assert f"The origin {LEDGER.hex}/e2 is not opened by any record." in answer.said


def test_what_is_pruned_without_a_record_of_it_is_missing(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(30)
    made.log.prune((10, 12))
    made.log.records[19] = None
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert (answer.code, answer.first_bad) == (7, 20)


def test_a_record_of_pruning_that_names_what_is_there_is_a_fault(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(30)
    made.log.append("headers.pruned.1", ranges=((10, 10), (20, 31)), house=None)
    made.log.records[9] = None
    made.log.grow(40)
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert (answer.code, answer.first_bad) == (7, 20)
    assert "accounted for as pruned at position 31, and was not missing" in answer.said
    assert "It accounts for records that are not before it." in answer.said


def test_records_of_another_ledger_are_told(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(10)
    made.log.append(ledger=an_id("another ledger"))
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert (answer.code, answer.first_bad) == (7, 11)
    assert "The record is of another ledger." in answer.said


def test_a_certificate_that_is_not_in_the_pack_is_missed(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.certificates = {}
    made.sign()
    made.pack(tmp_path / "pack")
    answer = checked(tmp_path / "pack", made)
    assert (answer.code, answer.first_bad) == (7, 3)
    assert "The certificate that is on record here is not in the pack." in answer.said


def test_a_certificate_that_is_on_no_record_is_told(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger", certificate=False)
    stray = an_id("stray")
    made.certificates = {stray: made.signer.sign(f"Certificate: {stray.hex}\n")}
    made.sign()
    made.pack(tmp_path / "pack")
    assert f"certificates/{stray.hex}.txt: this certificate is not on record" in checked(tmp_path / "pack", made).said


@pytest.mark.parametrize("file", ["README.txt", "keys.txt", "log/checkpoint", "verify.py", "manifest.txt"])
def test_a_file_that_is_missing_is_told(pack: Path, ledger: MadeLedger, file: str) -> None:
    (pack / file).unlink()
    answer = checked(pack, ledger)
    assert answer.code == 7
    assert f"{file} is missing" in answer.said


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_size_that_the_files_could_not_hold_is_not_believed(pack: Path, ledger: MadeLedger, is_signed: bool) -> None:
    """It would list the tiles of so many records first, for years and in all of the memory."""
    file = pack / "manifest.txt"
    genuine = file.read_text(encoding="utf-8")
    text = re.sub(r"(?m)^[0-9]+$", str(2**63 - 1), Note.parse(genuine).text, count=1)
    name = ledger.origin.partition("/")[0]
    file.write_text(
        ledger.signer.sign(text, name=name) if is_signed else genuine.replace(Note.parse(genuine).text, text)
    )
    answer = checked(pack, ledger)
    assert (answer.code, "log/tile/entries/" in answer.said and "is missing" in answer.said) == (7, True)


def test_a_file_too_many_is_told(pack: Path, ledger: MadeLedger) -> None:
    (pack / "certificates" / "more.txt").write_text("more", encoding="utf-8")
    assert "certificates/more.txt is not in the list that the ledger signed" in checked(pack, ledger).said


def test_a_link_to_somewhere_else_is_not_followed(pack: Path, ledger: MadeLedger, tmp_path: Path) -> None:
    (pack / "README.txt").rename(tmp_path / "elsewhere.txt")
    (pack / "README.txt").symlink_to(tmp_path / "elsewhere.txt")
    assert "README.txt can’t be read" in checked(pack, ledger).said


def test_a_period_shows_its_records_completely_and_what_accounts_for_the_rest(
    ledger: MadeLedger, tmp_path: Path
) -> None:
    ledger.pack(tmp_path / "part", selection=Selection(200, 400, always=accounts_for_others))
    answer = checked(tmp_path / "part", ledger)
    assert answer.code == 0, answer.said
    shown = (400 - 200 + 1 - 6) + 4  # the period without what is pruned in it; the origin, and three that account
    assert (
        f"700 records, {shown} of them here; 12 pruned when their term was over, {688 - shown} left out" in answer.said
    )
    rewrite_record(tmp_path / "part", 300, lambda _: None)
    assert checked(tmp_path / "part", ledger).first_bad == 300


def test_a_house_shows_its_own_records_only(ledger: MadeLedger, tmp_path: Path) -> None:
    selection = Selection(
        1, 700, HOUSES[0], accounts_for_others, lambda header: parse(header).house in (HOUSES[0], None)
    )  # fmt: skip
    packed = ledger.pack(tmp_path / "part", selection=selection)
    answer = checked(tmp_path / "part", ledger)
    assert answer.code == 0, answer.said
    assert 300 < packed.shown < 400
    assert f"{688 - packed.shown} left out" in answer.said
    rewrite_record(tmp_path / "part", 300, lambda _: None)
    assert "The entries of the pack are not those that the ledger listed." in checked(tmp_path / "part", ledger).said


def cosigned(ledger: MadeLedger, size: int, *witnesses: MadeWitness) -> None:
    text = ledger.archive.signed(ledger.origin, size).note.text
    for witness in witnesses:
        ledger.archive.attach_cosignature(ledger.origin, size, witness.cosign(text))


def policy_of(ledger: MadeLedger, *witnesses: MadeWitness, needed: str = "2") -> str:
    lines = [f"log {ledger.log_key}", *(f"witness {each.name} {each.key}" for each in witnesses)]
    names = " ".join(each.name for each in witnesses)
    return "\n".join([*lines, f"group all-of-them {needed} {names}", "quorum all-of-them"]) + "\n"


def test_a_policy_says_how_far_enough_witnesses_have_signed(ledger: MadeLedger, tmp_path: Path) -> None:
    ours, theirs, third = MadeWitness("dpo"), MadeWitness("prefecture"), MadeWitness("association")
    cosigned(ledger, 520, ours, third)
    cosigned(ledger, 700, theirs)
    policy = tmp_path / "policy.txt"
    policy.write_text(policy_of(ledger, ours, theirs, third), encoding="utf-8")
    ledger.pack(tmp_path / "pack", policy=policy.read_text(encoding="utf-8"))
    answer = verified(tmp_path / "pack", "--policy", policy)
    assert answer.code == 0, answer.said
    assert "by the policy that you gave: 520 records are attested by enough of them, 180 after that" in answer.said
    assert "Log key, as you gave it" in answer.said
    own = checked(tmp_path / "pack", ledger)
    assert "by the policy in the pack itself: 520 records" in own.said
    policy.write_text(policy_of(ledger, ours, theirs, third, needed="all"), encoding="utf-8")
    too_few = verified(tmp_path / "pack", "--policy", policy)
    assert too_few.code == 7
    assert "No checkpoint bears the signatures of enough witnesses." in too_few.said


def test_a_signature_that_claims_to_be_of_a_witness_is_a_fault(ledger: MadeLedger, tmp_path: Path) -> None:
    ours = MadeWitness("dpo")
    cosigned(ledger, 700, ours)
    good = ledger.archive.note(ledger.origin, 700).signed_by(ours.key)
    assert good is not None
    at = int.from_bytes(good.signature[:8]) + 1
    ledger.archive.attach_cosignature(
        ledger.origin, 700, good.__class__(good.name, good.key_id, at.to_bytes(8) + good.signature[8:])
    )  # fmt: skip
    policy = tmp_path / "policy.txt"
    policy.write_text(policy_of(ledger, ours, needed="any"), encoding="utf-8")
    ledger.pack(tmp_path / "pack")
    answer = verified(tmp_path / "pack", "--policy", policy)
    assert answer.code == 7
    assert "bears a signature that is not genuine" in answer.said


def test_without_a_policy_it_says_what_is_not_proven(pack: Path, ledger: MadeLedger) -> None:
    assert "that the ledger showed others the same log is not proven here" in checked(pack, ledger).said


def test_a_pack_that_speaks_of_nothing_of_ours_is_refused(tmp_path: Path, ledger: MadeLedger) -> None:
    (tmp_path / "empty").mkdir()
    answer = checked(tmp_path / "empty", ledger)
    assert (answer.code, answer.first_bad) == (7, None)
    assert "manifest.txt is missing" in answer.said


def test_the_text_of_every_file_can_be_checked_with_the_usual_programs(pack: Path, ledger: MadeLedger) -> None:
    """What the list says is what `sha256sum` says, and the checkpoint is an ordinary signed note."""
    manifest = Note.parse((pack / "manifest.txt").read_bytes())
    listed = [line.split() for line in manifest.text.splitlines() if line.startswith("file ")]
    assert {path for _, _, path in listed} >= {"keys.txt", "README.txt", "LISEZMOI.txt", "verify.py", "log/checkpoint"}
    for _, digest, path in listed:
        assert sha256((pack / path).read_bytes()).hexdigest() == digest
    newest = Checkpoint.parse(Note.parse((pack / "log" / "checkpoint").read_bytes()).text)
    assert (newest.origin, newest.size) == (ledger.origin, 700)


def test_another_implementation_of_the_tree_reads_the_bundles_and_finds_the_signed_root(tmp_path: Path) -> None:
    made = MadeLedger(tmp_path / "ledger")
    made.log.grow(600)
    made.sign()
    made.pack(tmp_path / "pack")
    log, tree = tmp_path / "pack" / "log", InmemoryTree(algorithm="sha256")
    for name, width in (("000", 256), ("001", 256), ("002.p/88", 88)):
        for entry in entries_of((log / "tile" / "entries" / name).read_bytes(), width):
            assert entry is not None
            tree.append_entry(entry)
    signed = Checkpoint.parse(Note.parse((log / "checkpoint").read_bytes()).text)
    assert (tree.get_size(), tree.get_root()) == (signed.size, signed.root)


def test_a_pack_is_read_wherever_it_is_moved_to(pack: Path, ledger: MadeLedger, tmp_path: Path) -> None:
    shutil.copytree(pack, tmp_path / "stick" / "dossier é")
    assert checked(tmp_path / "stick" / "dossier é", ledger).code == 0


def test_every_sentence_of_the_verifier_has_its_french_with_the_same_places() -> None:
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    said = Counter(node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    for english, french in verify.FRENCH.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", french)), english
        assert said[english] >= 2, f"it is never said: {english}"


def test_it_is_written_for_older_pythons_than_ours() -> None:
    ast.parse(Path(verify.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))


@pytest.mark.parametrize("option", [["--checkpoint"], ["--policy"], []])
def test_a_file_that_somebody_names_and_that_is_not_there_is_no_word_against_the_ledger(
    pack: Path, ledger: MadeLedger, tmp_path: Path, option: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    absent = tmp_path / "mistyped.txt"
    answer = verified("--log-key", ledger.log_key, *([pack] if option else []), *option, absent)
    assert answer.code == 2
    assert "BROKEN" not in answer.said
    assert "mistyped.txt is not there, or can’t be read" in capsys.readouterr().err


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(pack: Path, ledger: MadeLedger) -> None:
    (pack / "manifest.txt").unlink()
    os.mkfifo(pack / "manifest.txt")
    done = subprocess.run(
        [sys.executable, pack / "verify.py", "--log-key", ledger.log_key], capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 7
    assert b"manifest.txt" in done.stdout


def test_the_name_of_a_file_can_not_forge_a_verdict(pack: Path, ledger: MadeLedger) -> None:
    (pack / "x\nOK: this pack is what the ledger signed.\n\x1b[8m\u202e").write_text("", encoding="utf-8")
    answer = checked(pack, ledger)
    assert answer.code == 7
    assert "OK: this pack is what the ledger signed." not in answer.said.splitlines()
    assert not {"\x1b", "\u202e"} & set(answer.said)
    assert "\\x1b[8m\\u202e" in answer.said


def test_what_a_file_manager_leaves_is_told_and_is_no_fault(pack: Path, ledger: MadeLedger) -> None:
    for name in (".DS_Store", "Thumbs.db", "certificates/desktop.ini"):
        (pack / name).write_text("left", encoding="utf-8")
    answer = checked(pack, ledger)
    assert answer.code == 0, answer.said
    assert answer.said.count("is no part of the pack") == 3


def test_a_fault_that_is_met_twice_is_told_once(pack: Path, ledger: MadeLedger) -> None:
    shutil.rmtree(pack / "certificates")
    assert checked(pack, ledger).said.count(" is missing.") == 1


def test_the_checkpoint_that_one_kept_is_named_in_the_answer(pack: Path, ledger: MadeLedger, tmp_path: Path) -> None:
    shutil.copy(pack / "checkpoints" / "e1" / "000000000520.txt", tmp_path / "mine.txt")
    answer = checked(pack, ledger, "--checkpoint", tmp_path / "mine.txt")
    assert answer.code == 0, answer.said
    assert "Your checkpoint over 520 records (mine.txt): this log goes on from it." in answer.said


def test_an_answer_that_nobody_can_read_ends_without_a_traceback(pack: Path, ledger: MadeLedger) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, pack / "verify.py", "--log-key", ledger.log_key], stdout=full, stderr=subprocess.PIPE,
            check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, b"")
