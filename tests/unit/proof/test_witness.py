"""A witness signs what goes on from what it signed before, refuses everything else, and keeps the evidence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from ledger.errors import ExitCode, LedgerError
from ledger.merkle import EMPTY_ROOT
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.cosigning import CosignatureRequest, RequestMalformed
from ledger.proof.following import (
    Continuity,
    GrowthNotShown,
    LogForked,
    LogWentBack,
    OpeningNotShown,
    OriginForgets,
    OtherSizeHeld,
    RecordsMayBeLost,
)
from ledger.proof.notes import Algorithm, NoteForged, NoteSignature, VerifierKey, cosigned_at
from ledger.proof.signing import SigningKeyExposed, SigningKeyMalformed
from ledger.proof.witness import (
    CheckpointUnsigned,
    ClockWentBack,
    LogUntrusted,
    NotKeyOfLog,
    Witness,
    WitnessAbsent,
    WitnessFolderUnwritable,
    WitnessMemoryBroken,
    WitnessNameInvalid,
    WitnessPresent,
)
from tests.unit.proof.logs import LEDGER, MadeLog

NOW = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)


@pytest.fixture
def log() -> MadeLog:
    return MadeLog().grow(5)


@pytest.fixture
def witness(tmp_path: Path, log: MadeLog) -> Witness:
    made = Witness(tmp_path / "witness")
    made.create("prefecture.example")
    made.trust(log.key())
    return made


def evidence(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "witness" / "evidence").glob("*"))


def test_the_first_checkpoint_is_taken_and_the_signature_holds(witness: Witness, log: MadeLog) -> None:
    done = witness.cosign(log.request(0), at=NOW)
    assert (done.continuity, done.checkpoint.size) == (Continuity.FIRST, 5)
    assert witness.key().algorithm is Algorithm.COSIGNATURE
    assert log.checkpoint().with_signature(done.signature).signed_by(witness.key()) == done.signature
    assert cosigned_at(done.signature) == NOW
    [followed] = witness.followed()
    assert (followed.ledger, followed.checkpoint, followed.cosigned_at) == (LEDGER.hex, done.checkpoint, NOW)


def test_what_grew_is_signed_and_the_same_again_too(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    request = log.grow(8).request(5)
    assert witness.cosign(request, at=NOW).continuity is Continuity.GROWN
    later = witness.cosign(request, at=NOW + timedelta(hours=1))
    assert later.continuity is Continuity.SAME, "an answer that was lost is asked for with the same file"
    assert cosigned_at(later.signature) == NOW + timedelta(hours=1)


def test_the_size_that_is_held_is_told_where_the_proof_begins_elsewhere(witness: Witness, log: MadeLog) -> None:
    with pytest.raises(OtherSizeHeld) as told:
        witness.cosign(log.request(3), at=NOW)
    assert told.value.details["size"] == 0
    witness.cosign(log.request(0), at=NOW)
    log.grow(2)
    for old in (0, 3, 6):
        with pytest.raises(OtherSizeHeld) as told:
            witness.cosign(log.request(old), at=NOW)
        assert (told.value.details["size"], told.value.exit_code) == (5, ExitCode.CONFLICT)
        assert "--since 5" in told.value.next_step()


def test_two_histories_over_one_size_are_refused_with_both_notes(
    witness: Witness, log: MadeLog, tmp_path: Path
) -> None:
    held = log.checkpoint()
    witness.cosign(log.request(0), at=NOW)
    other = log.fork(4, 1).request(5)
    with pytest.raises(LogForked) as told:
        witness.cosign(other, at=NOW)
    assert told.value.exit_code is ExitCode.INTEGRITY
    [kept] = evidence(tmp_path)
    text = kept.read_text(encoding="utf-8")
    assert kept.name in told.value.next_step()
    assert held.text in text
    assert held.signatures[0].line() in text, "signed by the log"
    assert str(other) in text
    with pytest.raises(LogForked):
        witness.cosign(other, at=NOW + timedelta(days=1))
    assert evidence(tmp_path) == [kept], "the same again is kept once"
    assert witness.cosign(log.grow().request(5), at=NOW).continuity is Continuity.GROWN, "it still follows the first"


@pytest.mark.parametrize("common", [0, 3, 4])
def test_another_history_that_is_longer_is_refused(witness: Witness, log: MadeLog, tmp_path: Path, common: int) -> None:
    witness.cosign(log.request(0), at=NOW)
    fork = log.fork(common, 9)
    for request in (fork.request(5), replace(fork.request(5), proof=log.grow(4 + common).request(5).proof)):
        with pytest.raises(GrowthNotShown):
            witness.cosign(request, at=NOW)
    assert len(evidence(tmp_path)) == 2


def test_less_than_is_held_is_refused(witness: Witness, log: MadeLog, tmp_path: Path) -> None:
    early = log.request(0)
    log.grow(3)
    witness.cosign(log.request(0), at=NOW)
    with pytest.raises(LogWentBack):
        witness.cosign(early, at=NOW)
    assert len(evidence(tmp_path)) == 1
    assert witness.followed()[0].checkpoint == log.request(0).checkpoint


def test_a_new_origin_that_shows_that_nothing_is_lost_is_signed(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    log.open_origin(log.checkpoint())
    assert witness.cosign(log.grow(2).request(5), at=NOW).continuity is Continuity.NEW_ORIGIN
    with pytest.raises(LogWentBack):
        witness.cosign(back_under_first(log), at=NOW)


def back_under_first(log: MadeLog) -> CosignatureRequest:
    """Ask, under the first origin again, for more than is held."""
    return MadeLog(log.ledger, list(log.entries), 1, log.private).grow(9).request(5)


def lossy(log: MadeLog, *, followed: bool = True) -> MadeLog:
    """Have the log come back with three of its records, under a new origin that says so."""
    last = log.checkpoint()
    back = MadeLog(log.ledger, log.entries[:3], log.number, log.private)
    back.open_origin(last if followed else back.checkpoint())
    return back.grow(1)


def test_a_new_origin_that_lost_records_is_signed_once_a_person_accepts_it(
    witness: Witness, log: MadeLog, tmp_path: Path
) -> None:
    witness.cosign(log.request(0), at=NOW)
    request = lossy(log).request(0)
    with pytest.raises(RecordsMayBeLost) as told:
        witness.cosign(request, at=NOW)
    assert told.value.exit_code is ExitCode.REFUSED
    assert witness.cosign(request, at=NOW, accepts_loss=True).continuity is Continuity.RECORDS_LOST
    assert [path.stem.rpartition("-")[2] for path in evidence(tmp_path)] == ["loss", "lost"]


def test_a_new_origin_that_forgot_what_is_held_is_told_as_such(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    with pytest.raises(OriginForgets):
        witness.cosign(lossy(log, followed=False).request(0), at=NOW)


def test_a_new_origin_may_go_on_from_a_later_checkpoint_that_is_shown(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    log.grow(4)
    shown = log.checkpoint()
    back = lossy(log)
    with pytest.raises(OriginForgets):
        witness.cosign(back.request(0), at=NOW)
    with pytest.raises(RecordsMayBeLost):
        witness.cosign(back.request(0, followed=shown), at=NOW)
    forged = MadeLog(log.ledger, log.entries, 1).checkpoint()
    with pytest.raises(OriginForgets):
        witness.cosign(back.request(0, followed=forged), at=NOW)


def test_a_fork_that_a_new_origin_goes_on_from_is_a_fork(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    fork = log.fork(2, 3)
    shown = fork.checkpoint()
    fork.open_origin(shown)
    with pytest.raises(LogForked):
        witness.cosign(fork.request(0, followed=shown), at=NOW)


OPENINGS: dict[str, Callable[[CosignatureRequest, MadeLog], CosignatureRequest]] = {
    "none": lambda request, log: replace(request, opening=None),
    "another record": lambda request, log: replace(
        request, opening=replace(request.opening, entry=b"{}") if request.opening else None
    ),
    "another place": lambda request, log: replace(
        request, opening=replace(request.opening, index=0) if request.opening else None
    ),
    "no proof": lambda request, log: replace(
        request, opening=replace(request.opening, proof=()) if request.opening else None
    ),
}


@pytest.mark.parametrize("change", OPENINGS)
def test_a_new_origin_that_does_not_show_its_opening_is_refused(witness: Witness, log: MadeLog, change: str) -> None:
    witness.cosign(log.request(0), at=NOW)
    log.open_origin(log.checkpoint())
    with pytest.raises(OpeningNotShown):
        witness.cosign(OPENINGS[change](log.grow(2).request(5), log), at=NOW, accepts_loss=True)


@pytest.mark.parametrize("entry", [b"", b"[]", b"\xff", b'{"topic":"origin.opened.1"}', b'"text"'])
def test_a_record_in_the_tree_that_opens_nothing_is_no_opening(witness: Witness, log: MadeLog, entry: bytes) -> None:
    witness.cosign(log.request(0), at=NOW)
    log.number = 2
    log.opened[2] = 5
    log.entries.append(entry)
    with pytest.raises((OpeningNotShown, RequestMalformed)):
        witness.cosign(log.request(5), at=NOW, accepts_loss=True)
    log.open_origin(None, number=3, topic="house.registered.1")
    with pytest.raises(OpeningNotShown):
        witness.cosign(log.request(5), at=NOW, accepts_loss=True)


def test_the_opening_of_another_origin_is_none(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    log.open_origin(log.checkpoint())
    log.opened[3] = log.opened[2]
    log.number = 3
    with pytest.raises(OpeningNotShown):
        witness.cosign(log.request(5), at=NOW)


def test_a_checkpoint_that_nobody_trusted_signed_is_refused(witness: Witness, log: MadeLog) -> None:
    other = MadeLog(LEDGER, log.entries)
    with pytest.raises(CheckpointUnsigned):
        witness.cosign(other.request(0), at=NOW)
    [line] = other.checkpoint().signatures
    own = log.key()
    forged = NoteSignature(own.name, own.key_id, line.signature)
    with pytest.raises(NoteForged):
        witness.cosign(replace(log.request(0), note=replace(log.checkpoint(), signatures=(forged,))), at=NOW)
    assert witness.followed()[0].held is None


def test_another_key_of_a_log_is_trusted_once_somebody_says_so(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    rotated = MadeLog(LEDGER, log.entries).grow()
    with pytest.raises(CheckpointUnsigned):
        witness.cosign(rotated.request(5), at=NOW)
    assert witness.trust(rotated.key(f"{LEDGER.hex}"))
    assert not witness.trust(rotated.key())
    assert witness.cosign(rotated.request(5), at=NOW).continuity is Continuity.GROWN
    with pytest.raises(LogForked):
        witness.cosign(log.fork(5, 1).request(5), at=NOW)


def test_logs_are_kept_apart(witness: Witness, log: MadeLog, tmp_path: Path) -> None:
    from uuid import UUID

    other = MadeLog(UUID(int=2)).grow(2)
    with pytest.raises(LogUntrusted) as told:
        witness.cosign(other.request(0), at=NOW)
    assert told.value.exit_code is ExitCode.NOT_FOUND
    witness.trust(other.key())
    witness.cosign(log.request(0), at=NOW)
    witness.cosign(other.request(0), at=NOW)
    assert [each.checkpoint.size for each in witness.followed() if each.checkpoint] == [2, 5]


@pytest.mark.parametrize(
    "origin", ["../../etc/e1", "log.example", f"{LEDGER.hex}/e0", f"{LEDGER.hex}/e1/e2", "x" * 200]
)
def test_an_origin_that_is_no_ledgers_is_not_followed(witness: Witness, log: MadeLog, origin: str) -> None:
    note = log.sign(Checkpoint(origin, 0, EMPTY_ROOT).text())
    with pytest.raises(LogUntrusted):
        witness.cosign(CosignatureRequest(0, (), note), at=NOW)
    with pytest.raises(NotKeyOfLog):
        witness.trust(VerifierKey(origin.replace(LEDGER.hex, "x"), Algorithm.ED25519, log.key().public))


def test_the_key_of_a_witness_is_no_key_of_a_log(witness: Witness) -> None:
    with pytest.raises(NotKeyOfLog):
        witness.trust(witness.key())


def test_signatures_never_bear_an_earlier_time_than_those_before(witness: Witness, log: MadeLog) -> None:
    witness.cosign(log.request(0), at=NOW)
    request = log.grow().request(5)
    with pytest.raises(ClockWentBack) as told:
        witness.cosign(request, at=NOW - timedelta(seconds=1))
    assert told.value.exit_code is ExitCode.MISCONFIGURED
    assert witness.cosign(request, at=NOW).continuity is Continuity.GROWN


BROKEN: dict[str, Callable[[Path], object]] = {
    "gone": lambda held: held.unlink(),
    "empty": lambda held: held.write_bytes(b""),
    "another witness's": lambda held: held.write_text(held.read_text().replace("prefecture", "somebody")),
    "altered": lambda held: held.write_text(held.read_text().replace("/e1\n5\n", "/e1\n4\n")),
    "cut short": lambda held: held.write_bytes(held.read_bytes()[:-20]),
    "no text": lambda held: held.write_bytes(b"\xff\xfe"),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_memory_that_was_changed_is_not_taken_for_nothing(
    witness: Witness, log: MadeLog, tmp_path: Path, how: str
) -> None:
    witness.cosign(log.request(0), at=NOW)
    BROKEN[how](tmp_path / "witness" / "logs" / f"{LEDGER.hex}.held")
    for attempt in (lambda: witness.cosign(log.grow().request(5), at=NOW), witness.followed):
        with pytest.raises(WitnessMemoryBroken) as told:
            attempt()
        assert told.value.exit_code is ExitCode.INTEGRITY


def test_the_held_checkpoint_of_another_log_is_not_this_ones(witness: Witness, log: MadeLog, tmp_path: Path) -> None:
    from uuid import UUID

    other = MadeLog(UUID(int=2)).grow(2)
    witness.trust(other.key())
    witness.cosign(other.request(0), at=NOW)
    logs = tmp_path / "witness" / "logs"
    shutil.copy(logs / f"{other.ledger.hex}.held", logs / f"{LEDGER.hex}.held")
    with pytest.raises(WitnessMemoryBroken):
        witness.cosign(log.request(0), at=NOW)


def test_keys_that_are_lost_are_given_again_and_what_is_held_stays(
    witness: Witness, log: MadeLog, tmp_path: Path
) -> None:
    witness.cosign(log.request(0), at=NOW)
    (tmp_path / "witness" / "logs" / f"{LEDGER.hex}.keys").unlink()
    with pytest.raises(LogUntrusted):
        witness.cosign(log.request(0), at=NOW)
    witness.trust(log.key())
    with pytest.raises(LogForked):
        witness.cosign(log.fork(2, 3).request(0), at=NOW)


def test_keys_that_were_changed_are_not_taken(witness: Witness, log: MadeLog, tmp_path: Path) -> None:
    (tmp_path / "witness" / "logs" / f"{LEDGER.hex}.keys").write_text("nothing\n")
    with pytest.raises(WitnessMemoryBroken):
        witness.cosign(log.request(0), at=NOW)


def test_there_is_one_witness_in_a_folder(witness: Witness, tmp_path: Path) -> None:
    key = witness.key()
    with pytest.raises(WitnessPresent):
        witness.create("other.example")
    assert witness.key() == key
    for name in ("", "two words", "a+b", "x" * 101):
        with pytest.raises(WitnessNameInvalid):
            Witness(tmp_path / "elsewhere").create(name)
    absent = Witness(tmp_path / "nowhere")
    for attempt in (absent.key, absent.followed, lambda: absent.cosign(MadeLog().grow().request(0), at=NOW)):
        with pytest.raises(WitnessAbsent):
            attempt()


def test_the_key_of_a_witness_is_for_its_own_account_only(witness: Witness, log: MadeLog, tmp_path: Path) -> None:
    key = tmp_path / "witness" / "witness.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(SigningKeyExposed):
        witness.cosign(log.request(0), at=NOW)
    key.chmod(0o600)
    key.write_text("nothing\n")
    with pytest.raises(SigningKeyMalformed):
        witness.cosign(log.request(0), at=NOW)


def test_a_folder_that_cant_be_written_loses_nothing(
    witness: Witness, log: MadeLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ledger.proof.witness as module

    witness.cosign(log.request(0), at=NOW)
    request = log.grow().request(5)

    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(module, "replace_durably", full)
    with pytest.raises(WitnessFolderUnwritable) as told:
        witness.cosign(request, at=NOW)
    assert told.value.exit_code is ExitCode.UNAVAILABLE
    monkeypatch.undo()
    assert witness.followed()[0].checkpoint != request.checkpoint
    assert witness.cosign(request, at=NOW).continuity is Continuity.GROWN


def _cosign(folder: Path, asked: bytes, told: Path) -> None:
    try:
        done = Witness(folder).cosign(CosignatureRequest.parse(asked), at=NOW)
        told.write_text(f"{done.checkpoint.size} {done.checkpoint.root.hex()}")
    except LedgerError as fault:
        told.write_text(f"refused {fault.code}")


def test_two_processes_that_are_shown_two_histories_sign_one(witness: Witness, log: MadeLog, tmp_path: Path) -> None:
    witness.cosign(log.request(0), at=NOW)
    asked = [str(log.fork(5, 4).request(5)).encode(), str(log.fork(5, 3).grow(1).request(5)).encode()] * 3
    context = get_context("fork")
    running = [
        context.Process(target=_cosign, args=(tmp_path / "witness", each, tmp_path / f"told-{number}"))
        for number, each in enumerate(asked)
    ]
    for each in running:
        each.start()
    for each in running:
        each.join()
    told = [(tmp_path / f"told-{number}").read_text() for number in range(len(asked))]
    signed = {each for each in told if not each.startswith("refused")}
    assert len(signed) == 1
    assert set(told) - signed == {"refused LOG_FORKED"}
