"""What holds of the TPM custody where there is no TPM; the rest runs on a chip's program, in tests/faults."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ledger.aggregates.epoch import Revival
from ledger.errors import ExitCode
from ledger.sealing.custody.tpm2 import Tpm2Holder, _decoded, _encoded, _Root, _Roots, counter_index
from ledger.sealing.custody.tpm2_chip import PolicyRefused, Sealed, _meaning_of
from ledger.sealing.custody.tpm2_failures import (
    TpmLocked,
    TpmRefusal,
    TpmReplaced,
    TpmToolsMissing,
    TpmUnavailable,
)
from ledger.sealing.failures import RootKeyAbsent, RootKeyExposed, RootKeyMalformed

LEDGER = "0f6f8a52-3c6f-4f0e-9a39-3f3d5f1f2c11"
KEPT = {"format": 1, "ledger": LEDGER, "chip": "00", "passed": 0, "held": {}}
ROOT = {"limit": 7, "public": "", "private": ""}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "tpm"
    made.mkdir(mode=0o700)
    return made


@pytest.fixture
def custody(folder: Path) -> Tpm2Holder:
    return Tpm2Holder(folder, name="tpm", ledger_id=LEDGER)


def _kept(folder: Path, content: str, mode: int = 0o600) -> None:
    file = folder / "roots.json"
    file.write_text(content)
    file.chmod(mode)


def test_a_folder_that_holds_nothing_needs_no_chip(custody: Tpm2Holder, tmp_path: Path) -> None:
    for each in (custody, Tpm2Holder(tmp_path / "nowhere", name="tpm", ledger_id=LEDGER)):
        assert each.epochs() == ()
        each.destroy(3)
        with pytest.raises(RootKeyAbsent):
            each.load(1)


@pytest.mark.parametrize(
    "changed",
    [
        {"ledger": "another"},
        {"format": 2},
        {"held": {"1": ROOT, "2": ROOT}},
        {"held": {"one": ROOT}},
        {"held": {"1": {"limit": 7}}},
        {"held": []},
    ],
)
def test_a_file_that_is_not_what_was_written_is_named(
    custody: Tpm2Holder, folder: Path, changed: dict[str, object]
) -> None:
    _kept(folder, json.dumps(KEPT | changed))
    with pytest.raises(RootKeyMalformed):
        custody.load(1)


@pytest.mark.parametrize("cut", range(0, 80, 7))
def test_a_file_that_was_cut_short_is_named(custody: Tpm2Holder, folder: Path, cut: int) -> None:
    _kept(folder, json.dumps(KEPT)[:cut])
    with pytest.raises(RootKeyMalformed):
        custody.load(1)


def test_what_others_can_read_is_refused(custody: Tpm2Holder, folder: Path) -> None:
    _kept(folder, json.dumps(KEPT), mode=0o640)
    with pytest.raises(RootKeyExposed):
        custody.load(1)
    folder.chmod(0o750)
    with pytest.raises(RootKeyExposed):
        custody.epochs()


def test_without_the_programs_one_is_told_what_to_install(
    custody: Tpm2Holder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _kept(folder, json.dumps(KEPT))
    monkeypatch.setenv("PATH", os.fspath(folder))
    with pytest.raises(TpmToolsMissing) as found:
        custody.load(1)
    assert found.value.exit_code is ExitCode.MISCONFIGURED


@pytest.mark.parametrize(
    ("printed", "meaning"),
    [
        (b'ERROR: Could not load tcti, got: "device:/dev/tpmrm0"', TpmUnavailable),
        (b"ERROR: Esys_NV_Read(0xA000A) - tcti:IO failure", TpmUnavailable),
        (b"ERROR: Esys_PolicyNV(0x126) - tpm:error(2.0): policy failure", PolicyRefused),
        (b"ERROR: Esys_Unseal(0x99D) - tpm:session(1):a policy check failed", PolicyRefused),
        (b"ERROR: Esys_Unseal(0x921) - tpm:warn(2.0): lockout", TpmLocked),
        (b"ERROR: Esys_Load(0x1DF) - tpm:parameter(1):integrity check failed", TpmReplaced),
        (b"ERROR: Esys_NV_Read(0xC014A) - rmt:error(2.0): not initialized", TpmRefusal),
    ],
)
def test_each_answer_of_the_chip_has_a_name(printed: bytes, meaning: type[Exception]) -> None:
    assert type(_meaning_of(printed, "tpm2_unseal")) is meaning


def test_the_counters_place_is_the_owners_and_its_own_for_each_ledger() -> None:
    places = {counter_index(f"{LEDGER}{number}") for number in range(200)}
    assert len(places) > 195
    assert all(0x01800000 <= place <= 0x01BFFFFF for place in places)


def test_it_is_proof_against_backups_and_says_its_limits(custody: Tpm2Holder) -> None:
    assert custody.revives_from_backup is Revival.NO
    assert "second" in custody.describe()


WRITTEN = """{
 "format": 1,
 "ledger": "%s",
 "chip": "00ff",
 "passed": 2,
 "held": {
  "3": {
   "limit": 9,
   "public": "AQI=",
   "private": "Aw=="
  }
 }
}
"""


def test_the_file_is_written_and_read_as_it_always_was() -> None:
    roots = _Roots(chip="00ff", passed=2, held={3: _Root(9, Sealed(b"\x01\x02", b"\x03"))})
    content = (WRITTEN % LEDGER).encode()
    assert _encoded(roots, LEDGER) == content
    assert _decoded(content, LEDGER) == roots
