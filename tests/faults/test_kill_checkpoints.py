"""
Signing that is killed at any point: nothing is signed twice in two ways, and the next one ends right.

Each attempt runs in a process of its own that SIGKILL ends just before, or just after, one of its steps.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.bootstrap import open_ledger
from ledger.bootstrap.proving import change_signing_key, keys_of
from ledger.clock import SystemClock
from ledger.proof.archive import CheckpointReason
from ledger.proof.notes import check_note_by
from ledger.store.verification import check_log
from tests.faults.test_kill_backups import MOMENTS, _deadly, _killed
from tests.integration.proof.desk import grow, reopened
from tests.integration.proof.followers import Follower
from tests.integration.usecases.conftest import bench
from tests.integration.usecases.workbench import Workbench

__all__ = ["bench"]

SIGNING_STEPS = (
    "ledger.proof.archive:ProofArchive.create",
    "ledger.proof.archive:Memory.enter_origin",
    "ledger.bootstrap.proving:open_origin",
    "ledger.proof.archive:ProofArchive.opened",
    "ledger.proof.archive:Memory.enter_key",
    "ledger.proof.archive:Memory.claim",
    "ledger.proof.signing:NoteSigner.sign",
    "ledger.proof.archive:ProofArchive.keep",
)
ROTATING_STEPS = (
    "ledger.proof.signing:NoteSigner.prepare_next",
    "ledger.proof.archive:Memory.enter_key",
    "ledger.bootstrap.proving:record_key",
    "ledger.proof.signing:NoteSigner.give_way",
)


def _sign(home: Path, step: str, moment: str) -> None:
    ledger = open_ledger(home)
    _deadly(step, moment)
    ledger.issuer.issue(CheckpointReason.DEMAND, at=SystemClock().now())


def _rotate(home: Path, delegate: object, step: str, moment: str) -> None:
    ledger = open_ledger(home)
    command = ledger.command_of(delegate, at=SystemClock().now())  # type: ignore[arg-type]  # a UUID that was pickled
    _deadly(step, moment)
    change_signing_key(ledger, command, is_lost=False, why="essai")


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", SIGNING_STEPS)
def test_a_signature_that_is_killed_is_made_by_the_next_one(bench: Workbench, step: str, moment: str) -> None:
    bench.ledger.archive.path.unlink()  # as a ledger of before the archive: every step is there
    assert _killed(_sign, bench.ledger.locations.home, step, moment)
    meant = bench.ledger.archive.standing().last if bench.ledger.archive.exists else None
    follower = Follower()
    signed = reopened(bench).ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now())
    follower.follow(bench.ledger, signed)
    if meant is not None:
        assert (signed.checkpoint.size, signed.checkpoint.root) == (meant.size, meant.root)
    grow(bench)
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    assert [origin.number for origin in bench.ledger.archive.origins()] == [1]
    assert [topic for topic in _topics(bench) if topic.startswith("origin.")] == ["origin.opened.1"]
    assert check_log(bench.ledger.database).whole


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", ROTATING_STEPS)
def test_a_change_of_key_that_is_killed_is_finished_by_the_next_one(bench: Workbench, step: str, moment: str) -> None:
    follower = Follower()
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    old = bench.ledger.signer.verifier_key()
    receipt = bench.ledger.signer.sign("a receipt\n")
    assert _killed(_rotate, bench.ledger.locations.home, bench.delegate, step, moment)
    whole = (step, moment) == (ROTATING_STEPS[-1], "after")
    if not whole:
        assert reopened(bench).ledger.signer.verifier_key() == old
        change_signing_key(bench.ledger, bench.command(bench.delegate), is_lost=False, why="essai")
    assert reopened(bench).ledger.signer.verifier_key() != old
    assert len(bench.ledger.archive.signing_keys()) == 2
    assert [topic for topic in _topics(bench) if topic.startswith("origin.s")] == ["origin.signing-key-rotated.1"]
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    assert check_note_by(receipt, keys_of(bench.ledger)) == "a receipt\n"
    assert not list(bench.ledger.locations.keys_folder.glob("*.next"))


def _topics(bench: Workbench) -> list[str]:
    return [logged.header.topic for logged in bench.ledger.log.each()]
