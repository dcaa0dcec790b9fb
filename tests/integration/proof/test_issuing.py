"""Checkpoints are signed over what is durable, never over a smaller or another tree under the same origin."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from ledger.aggregates.origin import origin_name, origin_stream
from ledger.aggregates.reading import Reading
from ledger.bootstrap import open_ledger
from ledger.bootstrap.proving import change_signing_key, keys_of
from ledger.errors import ExitCode, LedgerError
from ledger.identifiers import new_id
from ledger.merkle import Frontier
from ledger.proof.archive import CheckpointReason
from ledger.proof.archive_failures import ArchiveAbsent, ForeignArchive
from ledger.proof.issuing import HeadContradictsTree, OtherSigningKey
from ledger.proof.notes import check_note_by
from ledger.proof.origins import ArchiveIsCopy, LogContradictsCheckpoint
from ledger.proof.signing import SigningKeyAbsent
from ledger.store.failures import StoreOnStandby
from tests.integration.proof.desk import DEMAND, copied, grow, issue, put_back, reopened
from tests.integration.proof.followers import Follower
from tests.integration.usecases.workbench import Workbench, make_workbench
from tests.postgres import running


def test_a_checkpoint_says_the_size_and_the_root_of_the_log(bench: Workbench) -> None:
    signed = bench.ledger.issuer.issue(DEMAND, at=bench.clock.now())
    leaves = bench.ledger.log.leaf_hashes(upto=bench.ledger.log.size())
    tree = Frontier().extend(leaves)
    assert (signed.checkpoint.size, signed.checkpoint.root) == (tree.size, tree.root())
    assert signed.checkpoint.origin == origin_name(bench.ledger.settings.ledger_id, 1)
    assert (signed.issued_at, signed.why) == (bench.clock.now(), DEMAND)
    assert check_note_by(str(signed.note), bench.ledger.archive.verifier_keys()) == signed.checkpoint.text()


def test_the_first_origin_is_on_record_with_nothing_before_it(bench: Workbench) -> None:
    size = bench.ledger.log.size()
    assert issue(bench) == size + 1
    [opened] = bench.ledger.log.at([size + 1])
    assert (opened.header.topic, opened.header.decision, opened.header.follows) == ("origin.opened.1", "FIRST", None)
    assert opened.header.stream == origin_stream(bench.ledger.settings.ledger_id, 1)


def test_the_same_log_gives_the_same_checkpoint_and_a_grown_one_another(bench: Workbench) -> None:
    follower, sizes = Follower(), []
    for _ in range(3):
        for _ in range(2):
            signed = bench.ledger.issuer.issue(DEMAND, at=bench.later(minutes=1))
            follower.follow(bench.ledger, signed)
            sizes.append(signed.checkpoint.size)
        grow(bench)
    assert sizes == sorted(sizes)
    assert len(bench.ledger.archive.all()) == len(set(sizes)) == 3


def test_what_is_recorded_after_the_head_was_read_waits_for_the_next_checkpoint(bench: Workbench) -> None:
    before = issue(bench)
    with bench.ledger.tree.held() as state:
        root = state.head.root()
        grow(bench)
        assert state.head.root() == root
    assert issue(bench) > before


def test_a_log_that_lost_its_end_is_not_signed(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    old = copied(bench, tmp_path)
    grow(bench)
    signed = issue(bench)
    put_back(bench, old)
    for attempt in (lambda: issue(bench), bench.ledger.issuer.check, bench.ledger.issuer.compare):
        with pytest.raises(LogContradictsCheckpoint) as told:
            attempt()
        assert told.value.exit_code is ExitCode.INTEGRITY
        assert str(signed) in told.value.explain()
    grow(bench, 3)
    assert bench.ledger.log.size() > signed, "it is as long again, and another"
    with pytest.raises(LogContradictsCheckpoint):
        issue(bench)
    assert [each.checkpoint.size for each in bench.ledger.archive.all()][-1] == signed


CUTS: dict[str, tuple[str, type[LedgerError]]] = {
    "a leaf is another": ("UPDATE leaves SET leaf_hash = {blob} WHERE position = 2", LogContradictsCheckpoint),
    "the head is another": ("UPDATE log_head SET frontier = {edge}", HeadContradictsTree),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_tree_that_does_not_fit_what_was_signed_is_not_signed(bench: Workbench, cut: str) -> None:
    issue(bench)
    statement, expected = CUTS[cut]
    edge = bench.ledger.log.head().to_bytes()
    altered = bytes([edge[0] ^ 1]) + edge[1:]
    with bench.ledger.database.reading() as rows:
        sqlite = rows.dialect == "sqlite"
        if sqlite:
            rows.run("DROP TRIGGER leaves_update")
            rows.run("DROP TRIGGER log_head_forward")
        else:
            rows.run("DROP TRIGGER leaves_update ON leaves")
            rows.run("DROP TRIGGER log_head_update ON log_head")
        blob = "zeroblob(32)" if sqlite else "decode(repeat('00', 32), 'hex')"
        rows.run(
            statement.format(blob=blob, edge=f"x'{altered.hex()}'" if sqlite else f"decode('{altered.hex()}', 'hex')")
        )
    with pytest.raises((expected, HeadContradictsTree)):
        issue(bench)
    assert len(bench.ledger.archive.all()) == 1


def test_an_archive_that_is_lost_is_not_taken_for_one_that_never_was(bench: Workbench) -> None:
    issue(bench)
    bench.ledger.archive.path.unlink()
    for attempt in (lambda: issue(bench), bench.ledger.issuer.check):
        with pytest.raises(ArchiveAbsent) as told:
            attempt()
        assert told.value.exit_code is ExitCode.INTEGRITY
    assert not bench.ledger.archive.exists


def test_an_archive_of_before_the_first_signature_is_not_taken_for_the_last_one(
    bench: Workbench, tmp_path: Path
) -> None:
    shutil.copy(bench.ledger.archive.path, tmp_path / "old")
    issue(bench)
    shutil.copy(tmp_path / "old", bench.ledger.archive.path)
    with pytest.raises(ArchiveIsCopy):
        issue(bench)


def test_the_archive_of_another_ledger_is_refused(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LEDGER_DATABASE_URL", raising=False)
    other = make_workbench(tmp_path / "other")
    issue(other)
    issue(bench)
    shutil.copy(other.ledger.archive.path, bench.ledger.archive.path)
    other.close()
    with pytest.raises(ForeignArchive):
        issue(bench)


def test_a_ledger_of_before_the_archive_gets_one_with_its_first_checkpoint(bench: Workbench) -> None:
    bench.ledger.archive.path.unlink()
    assert bench.ledger.issuer.check() is None
    assert not bench.ledger.archive.exists, "looking changes nothing"
    assert issue(bench) == bench.ledger.log.size()


def test_without_its_key_or_with_another_one_nothing_is_signed(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    grow(bench)
    key = bench.ledger.locations.keys_folder / "signing.key"
    key.rename(tmp_path / "away")
    with pytest.raises(SigningKeyAbsent):
        issue(bench)
    bench.ledger.signer.create("another")
    with pytest.raises(OtherSigningKey):
        issue(bench)
    assert bench.ledger.archive.standing().last == bench.ledger.archive.standing().last
    (tmp_path / "away").replace(key)
    assert issue(bench) == bench.ledger.log.size()


DUE: list[tuple[int, float, CheckpointReason | None]] = [
    (0, 600, None),
    (1, 59, None),
    (1, 60, CheckpointReason.TIME),
    (9, 1, None),
    (10, 1, CheckpointReason.EVENTS),
    (30, 600, CheckpointReason.EVENTS),
]


@pytest.mark.parametrize(("events", "minutes", "expected"), DUE)
def test_one_is_due_after_so_many_events_or_after_so_much_time_with_any(
    bench: Workbench, events: int, minutes: float, expected: CheckpointReason | None
) -> None:
    settings = replace(bench.ledger.settings, checkpoint_events=10, checkpoint_minutes=60)
    bench.ledger.settings = settings
    issue(bench)
    for _ in range(events):
        grow(bench)
    issuer, at = bench.ledger.issuer, bench.later(minutes=minutes)
    assert issuer.due(at=at) is expected
    signed = issuer.issue_if_due(at=at)
    assert (signed and signed.why) == expected
    assert issuer.due(at=at) is None
    assert not issuer.is_late(at=at + timedelta(minutes=59))


def test_one_that_could_not_be_signed_for_a_whole_interval_is_late(bench: Workbench) -> None:
    issue(bench)
    grow(bench)
    issuer, at = bench.ledger.issuer, bench.clock.now()
    assert [issuer.is_late(at=at + timedelta(minutes=minutes)) for minutes in (61, 119, 120)] == [False, False, True]


def test_whoever_was_cut_short_before_the_signature_has_the_same_text_signed_later(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(*_: object, **__: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(bench.ledger.signer), "sign", power_cut)
        with pytest.raises(KeyboardInterrupt):
            issue(bench)
    assert bench.ledger.archive.latest() is None
    claimed = bench.ledger.archive.standing().last
    assert claimed is not None
    assert bench.ledger.issuer.due(at=bench.clock.now()) is DEMAND
    bench.later(days=1)
    signed = reopened(bench).ledger.issuer.issue(CheckpointReason.TIME, at=bench.clock.now())
    assert (signed.checkpoint.size, signed.checkpoint.root) == (claimed.size, claimed.root)
    assert (signed.why, signed.issued_at) == (DEMAND, claimed.issued_at), "it is the one that was begun"


def test_what_was_meant_to_be_signed_binds_as_if_it_had_been(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(bench)
    old = copied(bench, tmp_path)
    grow(bench)
    with monkeypatch.context() as patched:
        patched.setattr(type(bench.ledger.archive), "keep", _stop)
        with pytest.raises(KeyboardInterrupt):
            issue(bench)
    put_back(bench, old)
    with pytest.raises(LogContradictsCheckpoint):
        issue(bench)


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


def _issue_at_once(home: Path, number: int) -> tuple[int, str]:
    with closing(open_ledger(home)) as ledger:
        page = Reading.of_page(house=None, page=f"page {number}", rows=0, about=())
        ledger.streams.commit(ledger.command_of(new_id(), at=ledger.clock.now()), page)
        signed = ledger.issuer.issue(DEMAND, at=ledger.clock.now())
        return signed.checkpoint.size, signed.checkpoint.root.hex()


def test_several_at_once_sign_one_history(bench: Workbench) -> None:
    home = bench.ledger.locations.home
    with get_context("spawn").Pool(4) as pool:
        found = pool.starmap(_issue_at_once, [(home, number) for number in range(12)])
    by_size = {size: {root for other, root in found if other == size} for size, _ in found}
    assert all(len(roots) == 1 for roots in by_size.values())
    follower = Follower()
    for signed in bench.ledger.archive.all():
        follower.follow(bench.ledger, signed)
    assert [origin.number for origin in bench.ledger.archive.origins()] == [1]
    assert {signed.checkpoint.size for signed in bench.ledger.archive.all()} >= set(by_size)


def test_a_standby_signs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(fsync=False) as server:
        monkeypatch.setenv("LEDGER_DATABASE_URL", server.url())
        bench = make_workbench(tmp_path / "ledger")
        issue(bench)
        bench.close()
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        with closing(open_ledger(tmp_path / "ledger")) as standby, pytest.raises(StoreOnStandby) as told:
            standby.issuer.issue(DEMAND, at=standby.clock.now())
        assert told.value.exit_code is ExitCode.UNAVAILABLE


def test_receipts_of_a_key_that_was_changed_stay_checkable(bench: Workbench) -> None:
    ledger = bench.ledger
    receipt = ledger.signer.sign("a receipt\n")
    change, repeated = change_signing_key(ledger, bench.command(bench.delegate), is_lost=False, why="essai")
    assert (repeated, change.is_signed_by_old) == (False, True)
    assert check_note_by(receipt, keys_of(ledger)) == "a receipt\n"
    assert check_note_by(ledger.signer.sign("another\n"), keys_of(ledger)) == "another\n"
