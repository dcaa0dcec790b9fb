"""The root key is changed on demand, by whoever decides, and every turn is on record once."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.epoch import EpochState, KeyEpoch
from ledger.bootstrap.retaining import destruction_of
from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.proof.notes import check_note
from ledger.sealing.custody.file import FileHolder
from ledger.usecases.keys.turning import record_turn, rotate, settle
from tests.integration.usecases.workbench import Workbench


def epochs(bench: Workbench) -> list[KeyEpoch]:
    ids = bench.desk.streams.linked(REGISTER, LinkKind.EPOCH)
    return [bench.desk.streams.load(KeyEpoch, id_) for id_ in ids]


def topics(bench: Workbench) -> list[str]:
    return [entry.header.topic for entry in bench.ledger.log.each()]


def test_a_rotation_is_on_record_with_the_receipts(bench: Workbench) -> None:
    command = bench.command(bench.delegate)
    batch, repeated = rotate(bench.desk, command, destruction_of(bench.ledger))
    assert (batch.epoch, batch.pending, repeated) == (2, (), False)
    (epoch,) = epochs(bench)
    assert (epoch.state, epoch.id) == (EpochState.SETTLED, batch.turn)
    (receipt,) = batch.receipts
    assert check_note(receipt.text, verifier_key=bench.ledger.signer.verifier_key()).splitlines() == [
        "ledger root-destroyed/1",
        f"ledger {bench.ledger.settings.ledger_id.hex}",
        "holder poste",
        "epochs up to 1",
        "revives from backup yes",
        f"at {bench.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}",
    ]


def test_a_rotation_sent_twice_is_made_once(bench: Workbench) -> None:
    command = bench.command(bench.delegate)
    rotate(bench.desk, command, destruction_of(bench.ledger))
    batch, repeated = rotate(bench.desk, command, destruction_of(bench.ledger))
    assert (batch.epoch, repeated, len(epochs(bench))) == (2, True, 1)


@pytest.mark.parametrize("what", [rotate, settle])
def test_only_who_decides_changes_the_root_key_and_a_refusal_is_on_record(bench: Workbench, what: object) -> None:
    for actor in (bench.agent, bench.job):
        with pytest.raises(RefusedByRule):
            what(bench.desk, bench.command(actor), destruction_of(bench.ledger))  # type: ignore[operator]
        assert topics(bench)[-1] == "reading.refused.1"
    assert (epochs(bench), bench.ledger.holders.latest()) == ([], 1)


def test_a_turn_whose_record_was_cut_short_is_recorded_by_the_next(bench: Workbench) -> None:
    destruction_of(bench.ledger).rotate(batch=new_id())  # and the process dies before it writes that down
    assert epochs(bench) == []
    settle(bench.desk, bench.command(bench.delegate), destruction_of(bench.ledger))
    settle(bench.desk, bench.command(bench.delegate), destruction_of(bench.ledger))
    (epoch,) = epochs(bench)
    assert epoch.state is EpochState.SETTLED


def test_a_ledger_whose_key_tree_never_turned_has_no_epoch_on_record(bench: Workbench) -> None:
    settle(bench.desk, bench.command(bench.delegate), destruction_of(bench.ledger))
    assert epochs(bench) == []


def test_the_receipt_of_a_holder_that_comes_back_settles_the_epoch(bench: Workbench, tmp_path: Path) -> None:
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    bench.ledger.holders._holders["cle-usb"] = FileHolder(disk / "keys", name="cle-usb")
    keys = destruction_of(bench.ledger)
    settle(bench.desk, bench.command(bench.delegate), keys)
    disk.rename(away)
    batch, _ = rotate(bench.desk, bench.command(bench.delegate), keys)
    assert (batch.pending, [epoch.state for epoch in epochs(bench)]) == (("cle-usb",), [EpochState.PENDING])
    settle(bench.desk, bench.command(bench.delegate), keys)
    assert [epoch.state for epoch in epochs(bench)] == [EpochState.PENDING]
    away.rename(disk)
    batch, _ = settle(bench.desk, bench.command(bench.delegate), keys)
    assert (batch.pending, [epoch.state for epoch in epochs(bench)]) == ((), [EpochState.SETTLED])
    record_turn(bench.desk, bench.command(bench.delegate), batch)
    assert topics(bench).count("epoch.roots-destroyed.1") == 1
