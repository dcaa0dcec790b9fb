"""Receipts and packs of a real ledger, checked by the stand-alone verifier, on both databases."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from msgspec import structs

from ledger.aggregates.reading import Reading
from ledger.bootstrap.packing import (
    LogMovedOn,
    PolicyUnread,
    PositionUnknown,
    RecordPruned,
    Wanted,
    check_receipt,
    pack_of,
    receipt_at,
)
from ledger.bootstrap.proving import change_signing_key, go_on_under_new_origin
from ledger.errors import IntegrityBroken
from ledger.merkle import leaf_hash
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import Note, VerifierKey
from ledger.proof.pack import Packed
from ledger.proof.pack_folder import PackBeingMade, PackFolder, PackThere, PackUnwritten
from ledger.proof.receipt import Receipt, ReceiptProvesNothing
from ledger.store.header import encode
from ledger.usecases.retention.certificates import show_all
from tests.integration.proof.desk import copied, grow, issue, put_back
from tests.integration.usecases.test_retention_classes import at, authorities
from tests.integration.usecases.workbench import Workbench
from tests.unit.proof.made_packs import Answer, MadeWitness, verified

EVERYTHING = Wanted()


def log_key(bench: Workbench) -> str:
    ledger = bench.ledger
    origin = ledger.archive.standing().origin
    assert origin is not None
    return ledger.signer.verifier_key(name=origin.name)


def pack(bench: Workbench, place: Path, wanted: Wanted = EVERYTHING) -> Packed:
    return pack_of(bench.ledger, bench.command(bench.delegate), place, wanted=wanted, progress=lambda _done, _of: None)


def checked(bench: Workbench, place: Path, *more: str | Path) -> Answer:
    return verified(place, "--log-key", log_key(bench), *more)


def years_of_retention(bench: Workbench) -> None:
    """Have everything destroyed, and pruned, that falls due."""
    for day in ("2027-07-02", "2027-09-02", "2028-07-15", "2028-10-01", "2029-10-01"):
        at(bench, f"{day}T10:00+02:00")
        bench.ledger.retention.run(bench.command(bench.job))


def test_a_pack_of_a_ledger_that_destroyed_and_pruned_is_whole(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    authorities(bench)
    bench.resolve(bench.procedure(bench.person()))
    years_of_retention(bench)
    packed = pack(bench, tmp_path / "pack")
    assert packed.shown < packed.records
    answer = checked(bench, tmp_path / "pack")
    assert answer.code == 0, answer.said
    certificates = show_all(bench.desk, bench.command(bench.delegate))
    assert certificates
    assert packed.certificates == len(certificates)
    assert f"{packed.records - packed.shown} pruned when their term was over, 0 left out" in answer.said


def test_it_holds_no_word_of_what_is_sealed(bench: Workbench, tmp_path: Path) -> None:
    bench.resolve(bench.procedure(bench.person()))
    pack(bench, tmp_path / "pack")
    for file in (tmp_path / "pack").rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not [word for word in (b"Aline", b"AB-123-CD", b"ANTS01", b"france-titres") if word in content]


def test_every_record_has_a_receipt_that_both_readers_accept(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    size = grow(bench)
    for position in range(1, size + 1):
        receipt, header = receipt_at(bench.ledger, position, at=bench.clock.now())
        assert header.event == bench.ledger.log.at([position])[0].header.event
        content = str(receipt).encode()
        Receipt.parse(content).check([VerifierKey.parse(log_key(bench))])
        (tmp_path / "a.tlog-proof").write_bytes(content)
        assert checked(bench, tmp_path / "a.tlog-proof").code == 0
    assert len(bench.ledger.archive.all()) == 2, "signed once more, for what no checkpoint held yet"


@pytest.mark.parametrize("entry", [b"no record", b"of another ledger"])
def test_neither_reader_takes_for_a_record_what_is_none_though_the_log_signed_it(
    bench: Workbench, tmp_path: Path, entry: bytes
) -> None:
    issue(bench)
    receipt, header = receipt_at(bench.ledger, 1, at=bench.clock.now())
    if entry == b"of another ledger":
        entry = encode(structs.replace(header, ledger=uuid4()))
    origin = receipt.checkpoint.origin
    note = Note.parse(bench.ledger.signer.sign(Checkpoint(origin, 1, leaf_hash(entry)).text(), name=origin))
    false = Receipt(entry, 0, (), note)
    keys = [VerifierKey.parse(log_key(bench))]
    false.check(keys)
    with pytest.raises(ReceiptProvesNothing):
        check_receipt(false, keys)
    (tmp_path / "a.tlog-proof").write_text(str(false))
    assert checked(bench, tmp_path / "a.tlog-proof").code == 7


def test_a_receipt_takes_the_last_checkpoint_that_a_witness_signed(bench: Workbench) -> None:
    first = issue(bench)
    witness = MadeWitness("prefecture")
    grow(bench)
    second = issue(bench)
    signed = bench.ledger.archive.latest()
    assert signed is not None
    assert receipt_at(bench.ledger, 3, at=bench.clock.now())[0].checkpoint.size == second
    archive, origin = bench.ledger.archive, signed.checkpoint.origin
    archive.attach_cosignature(origin, first, witness.cosign(archive.signed(origin, first).note.text))
    receipt, _ = receipt_at(bench.ledger, 3, at=bench.clock.now())
    assert receipt.checkpoint.size == first
    assert receipt.note.signed_by(witness.key) is not None
    assert receipt_at(bench.ledger, second, at=bench.clock.now())[0].checkpoint.size == second


@pytest.mark.parametrize("position", [0, -1, 10_000])
def test_there_is_no_receipt_for_what_is_not_there(bench: Workbench, position: int) -> None:
    with pytest.raises(PositionUnknown):
        receipt_at(bench.ledger, position, at=bench.clock.now())


def test_there_is_no_receipt_for_what_was_pruned_but_one_given_before_stays_good(bench: Workbench) -> None:
    authorities(bench)
    before = bench.ledger.log.size()
    bench.resolve(bench.procedure(bench.person()))
    positions = range(before + 1, bench.ledger.log.size() + 1)
    given = {position: receipt_at(bench.ledger, position, at=bench.clock.now())[0] for position in positions}
    years_of_retention(bench)
    pruned = set(positions) - {logged.position for logged in bench.ledger.log.at(positions)}
    assert pruned
    for position in pruned:
        with pytest.raises(RecordPruned):
            receipt_at(bench.ledger, position, at=bench.clock.now())
        given[position].check([VerifierKey.parse(log_key(bench))])


def test_no_receipt_is_given_by_a_log_that_is_not_the_one_that_was_signed(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    old = copied(bench, tmp_path)
    grow(bench)
    issue(bench)
    put_back(bench, old)
    grow(bench, 2)
    with pytest.raises(IntegrityBroken):
        receipt_at(bench.ledger, bench.ledger.log.size() - 1, at=bench.clock.now())
    with pytest.raises(IntegrityBroken):
        pack(bench, tmp_path / "pack")
    assert not (tmp_path / "pack").exists()


def test_a_pack_of_a_log_that_came_back_tells_what_was_lost(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    old = copied(bench, tmp_path)
    grow(bench)
    lost = issue(bench)
    put_back(bench, old)
    go_on_under_new_origin(bench.ledger, bench.command(bench.delegate), why="essai")
    pack(bench, tmp_path / "pack")
    answer = checked(bench, tmp_path / "pack")
    assert answer.code == 0, answer.said
    assert (
        f"WARNING: 1 checkpoints of {bench.ledger.settings.ledger_id.hex}/e1 ({lost} to {lost} records)" in answer.said
    )


def test_the_key_of_before_leads_to_the_key_of_now_and_back(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    old = log_key(bench)
    change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="annuel")
    assert log_key(bench) != old
    pack(bench, tmp_path / "pack")
    for key in (old, log_key(bench)):
        answer = verified(tmp_path / "pack", "--log-key", key)
        assert answer.code == 0, answer.said
        assert "vouched for by the one before or after it" in answer.said


def test_a_key_that_was_lost_leads_to_no_other(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    old = log_key(bench)
    (bench.ledger.locations.keys_folder / "signing.key").unlink()
    change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=True, why="perdue")
    pack(bench, tmp_path / "pack")
    for keys in ((old,), (log_key(bench),)):
        answer = verified(tmp_path / "pack", *(word for key in keys for word in ("--log-key", key)))
        assert answer.code == 7
        assert "is not signed by a key of this log that is trusted" in answer.said
    assert verified(tmp_path / "pack", "--log-key", old, "--log-key", log_key(bench)).code == 0


def test_a_period_and_a_house(bench: Workbench, tmp_path: Path) -> None:
    bench.later(days=40)
    begun = bench.clock.now()
    bench.procedure()
    first = bench.ledger.log.size()
    bench.later(days=1)
    until = bench.clock.now()
    bench.procedure(bench.person(homonym=True))
    wanted = Wanted(begun, until)
    packed = pack(bench, tmp_path / "day", wanted)
    answer = checked(bench, tmp_path / "day")
    assert answer.code == 0, answer.said
    assert 0 < packed.shown < first
    assert f"{packed.records - packed.shown} left out" in answer.said
    house = pack(bench, tmp_path / "house", Wanted(begun, until, bench.house))
    assert 0 < house.shown <= packed.shown
    assert checked(bench, tmp_path / "house").code == 0
    nothing = pack(bench, tmp_path / "nothing", Wanted(until + timedelta(days=9), until + timedelta(days=10)))
    assert nothing.shown == 1, "the record that opens the origin is always shown"
    assert checked(bench, tmp_path / "nothing").code == 0


def test_who_neither_decides_nor_audits_makes_no_pack(bench: Workbench, tmp_path: Path) -> None:
    auditor = bench.enrol("Odile Fictive", Role.DPO, secrecy=False)
    pack_of(
        bench.ledger, bench.command(auditor), tmp_path / "hers", wanted=EVERYTHING, progress=lambda _done, _of: None
    )
    size = bench.ledger.log.size()
    with pytest.raises(RefusedByRule):
        pack_of(bench.ledger, bench.command(), tmp_path / "pack", wanted=EVERYTHING, progress=lambda _done, _of: None)
    assert not (tmp_path / "pack").exists()
    assert bench.ledger.log.size() == size + 1, "that it was refused is on record"


def test_a_folder_that_is_there_is_left_as_it_is(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "mine.txt").write_text("mine", encoding="utf-8")
    size = bench.ledger.log.size()
    with pytest.raises(PackThere):
        pack(bench, tmp_path / "pack")
    assert [file.name for file in (tmp_path / "pack").iterdir()] == ["mine.txt"]
    with pytest.raises(PackUnwritten):
        pack(bench, tmp_path / "no" / "such" / "place")
    assert bench.ledger.log.size() == size, "nothing is put on record of a pack that can't be made"
    assert bench.ledger.archive.all() == [], "and nothing is signed for it"


def test_two_that_make_a_pack_in_one_place_do_not_mix_their_files(bench: Workbench, tmp_path: Path) -> None:
    first = PackFolder(tmp_path / "pack")
    first.write("log/checkpoint", b"of the first")
    with pytest.raises(PackBeingMade):
        pack(bench, tmp_path / "pack")
    assert (tmp_path / ".pack.part" / "log" / "checkpoint").read_bytes() == b"of the first"
    first.discard()
    pack(bench, tmp_path / "pack")
    assert checked(bench, tmp_path / "pack").code == 0


def test_a_place_that_was_taken_meanwhile_is_left_to_who_took_it(tmp_path: Path) -> None:
    folder = PackFolder(tmp_path / "pack")
    (tmp_path / "pack").mkdir()
    with pytest.raises(PackThere):
        folder.finish()
    folder.discard()
    assert [file.name for file in tmp_path.iterdir()] == ["pack"]


def test_what_a_killed_process_left_is_made_again(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / ".pack.part" / "log").mkdir(parents=True)
    (tmp_path / ".pack.part" / "log" / "checkpoint").write_text("cut short", encoding="utf-8")
    pack(bench, tmp_path / "pack")
    assert checked(bench, tmp_path / "pack").code == 0
    assert sorted(file.name for file in tmp_path.glob("*pack*")) == ["pack"]


def test_a_run_that_prunes_meanwhile_has_the_pack_begun_again(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, times = bench.ledger.issuer, []
    genuine = issuer.issue

    def slow(*args: object, **more: object) -> object:
        times.append(1)
        found = genuine(*args, **more)  # type: ignore[arg-type]
        if len(times) < fast_after:
            bench.ledger.retention.run(bench.command(bench.job))  # a run of retention issues certificates
        return found

    authorities(bench)
    for _ in range(8):
        bench.resolve(bench.procedure(bench.person(homonym=True)))
    monkeypatch.setattr(issuer, "issue", slow)
    fast_after = 2
    pack(bench, tmp_path / "pack")
    assert len(times) == 2
    assert checked(bench, tmp_path / "pack").code == 0


def test_a_run_that_never_ends_is_told_and_nothing_is_left(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, genuine = bench.ledger.issuer, bench.ledger.issuer.issue

    def busy(*args: object, **more: object) -> object:
        found = genuine(*args, **more)  # type: ignore[arg-type]
        bench.resolve(bench.procedure(bench.person(homonym=True)))
        bench.ledger.retention.run(bench.command(bench.job))
        return found

    authorities(bench)
    monkeypatch.setattr(issuer, "issue", busy)
    with pytest.raises(LogMovedOn):
        pack(bench, tmp_path / "pack")
    assert list(tmp_path.glob("*pack*")) == []


def test_readings_that_go_on_meanwhile_are_in_nobodys_way(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer, genuine = bench.ledger.issuer, bench.ledger.issuer.issue

    def busy(*args: object, **more: object) -> object:
        found = genuine(*args, **more)  # type: ignore[arg-type]
        page = Reading.of_page(house=None, page="audit.trail", rows=0, about=())
        bench.ledger.streams.commit(bench.command(), page)
        return found

    monkeypatch.setattr(issuer, "issue", busy)
    packed = pack(bench, tmp_path / "pack")
    assert packed.records == bench.ledger.log.size() - 1
    assert checked(bench, tmp_path / "pack").code == 0


def test_the_policy_of_the_ledger_goes_into_the_pack(bench: Workbench, tmp_path: Path) -> None:
    size, witness = issue(bench), MadeWitness("prefecture")
    archive, origin = bench.ledger.archive, f"{bench.ledger.settings.ledger_id.hex}/e1"
    archive.attach_cosignature(origin, size, witness.cosign(archive.signed(origin, size).note.text))
    policy = bench.ledger.locations.home / "policy.txt"
    policy.write_text(f"witness prefecture {witness.key}\nquorum prefecture\n", encoding="utf-8")
    pack(bench, tmp_path / "pack")
    answer = checked(bench, tmp_path / "pack")
    assert answer.code == 0, answer.said
    assert f"by the policy in the pack itself: {size} records are attested by enough of them" in answer.said
    policy.write_bytes(b"\xff")
    with pytest.raises(PolicyUnread):
        pack(bench, tmp_path / "second")
