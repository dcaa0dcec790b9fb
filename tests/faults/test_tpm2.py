"""
The root key in a TPM, on a real chip's program (swtpm): what moved past does not open, and a kill loses nothing.

Where swtpm or tpm2-tools are not installed these tests are skipped, with the reason.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from ledger.bootstrap.holding import first_holders
from ledger.bootstrap.making import Founder, create_ledger
from ledger.bootstrap.retaining import destruction_of
from ledger.errors import ExitCode, LedgerError
from ledger.sealing.custody.holders import Holders
from ledger.sealing.custody.tpm2 import Tpm2Holder, counter_index
from ledger.sealing.custody.tpm2_failures import RootEpochPassed, TpmCounterTaken, TpmReplaced, TpmUnavailable
from ledger.sealing.failures import RootKeyAbsent, RootKeyMalformed, RootKeyPresent
from ledger.sealing.keyring import Keyring, create_keyring
from ledger.usecases.keys.turning import rotate
from ledger.usecases.retention.ports import Doomed
from tests.unit.sealing.keystores import LEDGER as LEDGER_ID
from tests.unit.sealing.keystores import destruction_in, open_keyring

LEDGER = "0f6f8a52-3c6f-4f0e-9a39-3f3d5f1f2c11"
ONE, TWO, THREE = (bytes([number]) * 32 for number in (1, 2, 3))
MOST_STEPS = 200
DRIVER = """
import os, signal, sys
from pathlib import Path
from ledger.sealing.custody.tpm2 import Tpm2Holder
folder, tcti, ledger, verb, epoch, fatal = sys.argv[1:]
left = [int(fatal)]
def watch(event, arguments):
    if event in ("subprocess.Popen", "os.rename", "os.remove", "fcntl.flock", "os.mkdir"):
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(watch)
custody = Tpm2Holder(Path(folder), name="tpm", ledger_id=ledger, tcti=tcti)
if verb == "keep":
    custody.keep(int(epoch), bytes([int(epoch)]) * 32)
else:
    custody.destroy(int(epoch))
"""

pytestmark = pytest.mark.skipif(
    not (shutil.which("swtpm") and shutil.which("tpm2_unseal")),
    reason="swtpm and tpm2-tools are not installed: the TPM custody was NOT tried (apt-get install swtpm tpm2-tools)",
)


@contextmanager
def _chip(state: Path) -> Iterator[str]:
    """Run a TPM whose sockets have a short path of their own; give its address."""
    state.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="swtpm-") as place:
        socket = Path(place) / "s"
        command = ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", "--flags", "not-need-init,startup-clear"]
        command += ["--server", f"type=unixio,path={socket}", "--ctrl", f"type=unixio,path={socket}.ctrl"]
        process = subprocess.Popen(command)
        try:
            while not Path(f"{socket}.ctrl").exists():
                assert process.poll() is None
                time.sleep(0.01)
            yield f"swtpm:path={socket}"
        finally:
            process.terminate()
            process.wait()


@pytest.fixture
def tcti(tmp_path: Path) -> Iterator[str]:
    with _chip(tmp_path / "chip") as address:
        yield address


@pytest.fixture
def custody(tmp_path: Path, tcti: str) -> Tpm2Holder:
    return _custody(tmp_path, tcti)


def _custody(place: Path, tcti: str, ledger: str = LEDGER, index: int | None = None) -> Tpm2Holder:
    return Tpm2Holder(place / ledger[:4], name="tpm", ledger_id=ledger, tcti=tcti, index=index)


def _tool(tcti: str, *command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "TPM2TOOLS_TCTI": tcti})


def _absent(custody: Tpm2Holder, *epochs: int) -> None:
    for epoch in epochs:
        with pytest.raises(RootKeyAbsent):
            custody.load(epoch)


def test_roots_are_kept_given_back_and_destroyed_by_epoch(custody: Tpm2Holder) -> None:
    assert custody.epochs() == ()
    _absent(custody, 1)
    for epoch, key in ((1, ONE), (2, TWO), (3, THREE)):
        custody.keep(epoch, key)
        custody.keep(epoch, key)
    assert custody.epochs() == (1, 2, 3)
    assert [custody.load(epoch) for epoch in (1, 2, 3)] == [ONE, TWO, THREE]
    for _again in range(2):
        custody.destroy(2)
        _absent(custody, 1, 2)
        assert (custody.epochs(), custody.load(3)) == ((3,), THREE)
    custody.destroy(3)
    assert custody.epochs() == ()
    custody.keep(4, ONE)
    assert custody.load(4) == ONE


def test_another_key_for_an_epoch_and_a_passed_epoch_are_refused(custody: Tpm2Holder) -> None:
    custody.keep(2, TWO)
    with pytest.raises(RootKeyPresent):
        custody.keep(2, ONE)
    with pytest.raises(RootEpochPassed):
        custody.keep(1, ONE)
    custody.destroy(2)
    with pytest.raises(RootEpochPassed):
        custody.keep(2, TWO)


def test_an_old_file_put_back_is_refused_by_the_chip_after_one_increment(custody: Tpm2Holder, tmp_path: Path) -> None:
    custody.keep(1, ONE)
    shutil.copytree(tmp_path / LEDGER[:4], tmp_path / "backup")
    custody.keep(2, TWO)
    _put_back(tmp_path)
    assert custody.load(1) == ONE, "the control: until the root is destroyed the copy opens"
    custody.keep(2, TWO)
    custody.destroy(1)
    _put_back(tmp_path)
    _absent(custody, 1, 2)
    assert custody.epochs() == ()
    with pytest.raises(RootEpochPassed):
        custody.keep(1, ONE)


def _put_back(place: Path) -> None:
    shutil.rmtree(place / LEDGER[:4])
    shutil.copytree(place / "backup", place / LEDGER[:4])


def test_an_old_blob_under_a_higher_limit_does_not_open(custody: Tpm2Holder, tmp_path: Path) -> None:
    custody.keep(1, ONE)
    file = tmp_path / LEDGER[:4] / "roots.json"
    old = file.read_text()
    custody.keep(2, TWO)
    custody.destroy(1)
    file.write_text(old.replace('"limit": 1', '"limit": 9'))
    with pytest.raises(RootKeyMalformed):
        custody.load(1)


def test_a_limit_that_was_lowered_in_the_file_does_not_pass_for_a_destruction(
    custody: Tpm2Holder, tmp_path: Path
) -> None:
    custody.keep(1, ONE)
    custody.keep(2, TWO)
    file = tmp_path / LEDGER[:4] / "roots.json"
    file.write_text(file.read_text().replace('"limit": 1', '"limit": 0'))
    with pytest.raises(RootKeyMalformed):
        custody.destroy(1)


def test_a_restart_of_the_chip_changes_nothing(tmp_path: Path) -> None:
    with _chip(tmp_path / "chip") as tcti:
        _custody(tmp_path, tcti).keep(1, ONE)
    with pytest.raises(TpmUnavailable) as absent:
        _custody(tmp_path, tcti).load(1)
    assert absent.value.exit_code is ExitCode.UNAVAILABLE
    with _chip(tmp_path / "chip") as tcti:
        assert _custody(tmp_path, tcti).load(1) == ONE


def test_two_ledgers_on_one_chip_do_not_touch_each_other(tmp_path: Path, tcti: str) -> None:
    here, there = _custody(tmp_path, tcti), _custody(tmp_path, tcti, "a9c1" + LEDGER[4:])
    for each, key in ((here, ONE), (there, TWO)):
        each.keep(1, key)
    here.destroy(1)
    _absent(here, 1)
    assert there.load(1) == TWO


def test_two_ledgers_never_share_a_counter(tmp_path: Path, tcti: str) -> None:
    _custody(tmp_path, tcti).keep(1, ONE)
    with pytest.raises(TpmCounterTaken):
        _custody(tmp_path, tcti, "a9c1" + LEDGER[4:], counter_index(LEDGER)).keep(1, TWO)


def test_a_cleared_chip_is_named_as_such(custody: Tpm2Holder, tcti: str) -> None:
    custody.keep(1, ONE)
    _tool(tcti, "tpm2_clear", "-c", "p")
    for step in (lambda: custody.load(1), custody.epochs, lambda: custody.keep(2, TWO), lambda: custody.destroy(1)):
        with pytest.raises(TpmReplaced):
            step()


def test_a_counter_that_was_made_anew_never_revives(custody: Tpm2Holder, tcti: str) -> None:
    custody.keep(1, ONE)
    _tool(tcti, "tpm2_nvundefine", "-C", "o", f"{counter_index(LEDGER):#x}")
    with pytest.raises(TpmReplaced):
        custody.load(1)


def test_killed_at_every_step_of_keeping_the_old_root_opens_and_the_next_call_ends_right(
    tmp_path: Path, thorough: bool
) -> None:
    for fatal in range(0, MOST_STEPS, 1 if thorough else 5):
        place = tmp_path / str(fatal)
        place.mkdir()
        with _chip(place / "chip") as tcti:
            custody = _custody(place, tcti)
            if fatal % 2:  # on an odd step there is an older root already
                custody.keep(1, ONE)
            ended = _drive(place, tcti, "keep", 2, fatal)
            assert not fatal % 2 or custody.load(1) == ONE
            custody.keep(2, TWO)
            assert custody.load(2) == TWO
            custody.destroy(1)
            assert custody.load(2) == TWO
        if ended:
            return
    pytest.fail("the driver never came to its end")


def test_killed_at_every_step_of_destroying_the_new_root_opens_and_the_next_call_ends_right(
    tmp_path: Path, thorough: bool
) -> None:
    for fatal in range(0, MOST_STEPS, 1 if thorough else 5):
        place = tmp_path / str(fatal)
        place.mkdir()
        with _chip(place / "chip") as tcti:
            custody = _custody(place, tcti)
            for epoch, key in ((1, ONE), (2, TWO), (3, THREE)):
                custody.keep(epoch, key)
            ended = _drive(place, tcti, "destroy", 2, fatal)
            assert custody.load(3) == THREE
            if ended:
                _absent(custody, 1, 2)
            custody.destroy(2)
            _absent(custody, 1, 2)
            assert (custody.load(3), custody.epochs()) == (THREE, (3,))
        if ended:
            return
    pytest.fail("the driver never came to its end")


def _drive(place: Path, tcti: str, verb: str, epoch: int, fatal: int) -> bool:
    """Let a process of its own do it and be killed before its n-th step; say whether it came to its end."""
    words = [sys.executable, "-c", DRIVER, str(place / LEDGER[:4]), tcti, LEDGER, verb, str(epoch), str(fatal)]
    code = subprocess.run(words, check=False, env={**os.environ, "TMPDIR": str(place)}).returncode
    assert code in {0, -signal.SIGKILL}
    return code == 0


def test_no_key_is_on_the_disk_or_in_an_error(custody: Tpm2Holder, tmp_path: Path) -> None:
    custody.keep(1, ONE)
    with pytest.raises(LedgerError) as found:
        custody.keep(1, TWO)
    assert ONE.hex() not in str(found.value)
    for file in (tmp_path / LEDGER[:4]).iterdir():
        assert ONE not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_what_only_a_chip_holds_is_backup_proof_and_a_whole_old_copy_opens_nothing(tmp_path: Path, tcti: str) -> None:
    """The same copy opens the key before the destruction: the control."""

    def opened(folder: Path) -> Keyring:
        chip = Tpm2Holder(folder / "keys", name="puce", ledger_id=LEDGER_ID.hex, tcti=tcti)
        return open_keyring(folder, holders=Holders([chip]))

    ledger, copy = tmp_path / "ledger", tmp_path / "copy"
    ledger.mkdir()
    keyring = opened(ledger)
    create_keyring(keyring.database, keyring.holders)
    doomed, kept = keyring.reserve(), keyring.reserve()
    keyring.close()
    shutil.copytree(ledger, copy)
    control = opened(copy)
    control.key_set(doomed)
    control.close()
    keyring = opened(ledger)
    batch = destruction_in(keyring, ledger).destroy_all([Doomed(doomed, "TERM", "x")], batch=uuid4())
    assert (batch.destroyed, batch.pending, batch.backup_proof) == ((doomed,), (), True)
    keyring.key_set(kept)
    keyring.close()
    for key_id in (doomed, kept):
        old = opened(copy)
        with pytest.raises(RootKeyAbsent):
            old.key_set(key_id)
        old.close()


def test_a_ledger_made_with_a_chip_only_has_no_root_in_a_file_and_erases_for_good(tmp_path: Path, tcti: str) -> None:
    founder = Founder("Dominique Décideur", "uid:1000")
    holders = first_holders(["tpm2"], device=tcti)
    ledger, delegate = create_ledger(tmp_path / "ledger", founder=founder, sandbox=True, holders=holders)
    try:
        assert ledger.holders.names == ("tpm2",)
        assert not list((tmp_path / "ledger").rglob("root-*.key"))
        command = ledger.command_of(delegate, at=ledger.clock.now())
        batch, _ = rotate(ledger.desk, command, destruction_of(ledger))
        assert (batch.pending, batch.backup_proof) == ((), True)
    finally:
        ledger.close()
