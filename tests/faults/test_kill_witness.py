"""
A witness that is killed at any point: nothing that it signed is forgotten, and the next one answers the same file.

Each attempt runs in a process of its own that SIGKILL ends just before, or just after, one of its steps.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.commands._program import run
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import CosignatureRequest, WitnessAnswer
from ledger.proof.following import Continuity, LogForked
from ledger.proof.witness import Witness
from tests.faults.test_kill_backups import MOMENTS, _deadly, _killed
from tests.unit.proof.logs import MadeLog

NOW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
STEPS = (
    "ledger.proof.signing:NoteSigner.cosign",
    "ledger.proof.witness:replace_durably",
    "ledger.owned_files:make_durable",
    "pathlib:Path.rename",
    "ledger.proof.carried:write_carried",
    "ledger.proof.carried:replace_durably",
)


def _cosign(folder: Path, file: Path, step: str, moment: str) -> None:
    _deadly(step, moment)
    run(["witness", "cosign", str(folder), str(file)])


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", STEPS)
def test_a_witness_that_is_killed_forgets_nothing_and_answers_next_time(tmp_path: Path, step: str, moment: str) -> None:
    log, witness = MadeLog().grow(5), Witness(tmp_path / "witness")
    witness.create("witness.example")
    witness.trust(log.key())
    witness.cosign(log.request(0), at=NOW)
    fork = log.fork(5, 4).request(5)
    file = tmp_path / "asked.txt"
    file.write_text(str(log.grow(4).request(5)), encoding="utf-8")
    assert _killed(_cosign, tmp_path / "witness", file, step, moment)
    [held] = witness.followed()
    assert held.checkpoint is not None
    assert held.checkpoint.size in {5, 9}
    answer = tmp_path / "asked.txt.cosignature"
    if answer.exists():
        assert held.checkpoint.size == 9, "what was answered is held"
    assert run(["witness", "cosign", str(tmp_path / "witness"), str(file)]) == 0
    [line] = WitnessAnswer.parse(answer.read_bytes()).signatures
    assert log.checkpoint().with_signature(line).signed_by(witness.key()) == line
    with pytest.raises(LogForked):
        witness.cosign(fork, at=datetime(2030, 1, 1, tzinfo=UTC))
    request = CosignatureRequest.parse(file.read_bytes())
    assert witness.cosign(request, at=datetime(2030, 1, 1, tzinfo=UTC)).continuity is Continuity.SAME
    assert Checkpoint.parse(log.checkpoint().text) == request.checkpoint
