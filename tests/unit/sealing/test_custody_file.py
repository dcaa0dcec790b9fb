from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.aggregates.epoch import Revival
from ledger.errors import ExitCode, LedgerError
from ledger.sealing.custody import RootHolder
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.failures import (
    KeyStoreFull,
    RootKeyAbsent,
    RootKeyExposed,
    RootKeyMalformed,
    RootKeyPresent,
    RootKeyUnreadable,
)

EPOCH = 3
KEY = bytes(range(32))


def holder_at(path: Path) -> FileHolder:
    return FileHolder(path.parent, name="poste")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "root-3.key"


@pytest.fixture
def custody(path: Path) -> FileHolder:
    made = holder_at(path)
    made.keep(EPOCH, KEY)
    return made


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_root_key_is_made_for_its_owner_alone(custody: FileHolder, path: Path) -> None:
    assert _mode(path) == 0o600
    assert _mode(path.parent) == 0o700
    assert list(path.parent.iterdir()) == [path], "nothing else is left of the making"


def test_the_rights_do_not_depend_on_the_umask(path: Path) -> None:
    before = os.umask(0)
    try:
        holder_at(path).keep(EPOCH, KEY)
    finally:
        os.umask(before)
    assert (_mode(path), _mode(path.parent)) == (0o600, 0o700)


def test_the_same_key_comes_back_each_time(custody: FileHolder, path: Path) -> None:
    key = custody.load(EPOCH)
    assert len(key) == 32
    assert key == custody.load(EPOCH) == holder_at(path).load(EPOCH)
    assert key.hex() in path.read_text(encoding="ascii")


def test_another_key_in_its_place_is_never_overwritten(custody: FileHolder, path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(RootKeyPresent) as caught:
        custody.keep(EPOCH, bytes(32))
    assert caught.value.exit_code is ExitCode.CONFLICT
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_keeping_the_same_again_has_no_effect(custody: FileHolder, path: Path) -> None:
    before = path.read_bytes()
    custody.keep(EPOCH, KEY)
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def test_whoever_is_quicker_by_a_moment_is_never_overwritten(
    custody: FileHolder, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "lexists", lambda _: False)  # it was not there yet when it was looked for
    before = path.read_bytes()
    custody.keep(EPOCH, KEY)
    with pytest.raises(RootKeyPresent):
        custody.keep(EPOCH, bytes(32))
    assert (path.read_bytes(), list(path.parent.iterdir())) == (before, [path])


def test_each_epoch_has_a_root_of_its_own(custody: FileHolder) -> None:
    custody.keep(12, bytes(32))
    assert (custody.load(EPOCH), custody.load(12), custody.epochs()) == (KEY, bytes(32), (EPOCH, 12))


def test_destroying_takes_every_older_root_and_what_a_killed_keeping_left(custody: FileHolder, path: Path) -> None:
    custody.keep(4, bytes(32))
    draft = path.with_name(f".{path.name}.0123456789abcdef")
    draft.write_bytes(path.read_bytes())
    custody.destroy(EPOCH)
    custody.destroy(EPOCH)
    assert [left.name for left in path.parent.iterdir()] == ["root-4.key"]
    with pytest.raises(RootKeyAbsent):
        custody.load(EPOCH)


def test_a_destroyed_root_is_overwritten_before_its_name_goes(custody: FileHolder, path: Path) -> None:
    same_file = path.with_name("the-same-bytes")
    same_file.hardlink_to(path)
    custody.destroy(EPOCH)
    assert set(same_file.read_bytes()) == {0}


def test_a_disk_that_is_not_mounted_is_absent_and_not_an_empty_one(tmp_path: Path) -> None:
    holder = FileHolder(tmp_path / "disk" / "keys", name="cle-usb")
    for use in (lambda: holder.keep(1, KEY), lambda: holder.load(1), holder.epochs, lambda: holder.destroy(1)):
        with pytest.raises(RootKeyAbsent):
            use()
    assert not (tmp_path / "disk").exists()


def test_a_file_says_that_old_copies_revive(custody: FileHolder, monkeypatch: pytest.MonkeyPatch) -> None:
    port: RootHolder = custody
    assert port.revives_from_backup is Revival.YES
    monkeypatch.setenv("LANGUAGE", "en")
    assert "old copy" in port.describe()
    assert "bring destroyed data back" in port.describe()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o666, 0o644, 0o700, 0o601])
def test_a_key_that_others_could_read_or_replace_is_refused(custody: FileHolder, path: Path, mode: int) -> None:
    path.chmod(mode)
    with pytest.raises(RootKeyExposed) as caught:
        custody.load(EPOCH)
    assert caught.value.exit_code is ExitCode.MISCONFIGURED
    assert "chmod 600 keys/root-3.key" in caught.value.next_step()


def test_a_key_that_may_only_be_read_is_accepted(custody: FileHolder, path: Path) -> None:
    path.chmod(0o400)
    assert len(custody.load(EPOCH)) == 32


@pytest.mark.parametrize("mode", [0o750, 0o755, 0o701, 0o770, 0o777])
def test_a_folder_that_others_could_enter_is_refused(custody: FileHolder, path: Path, mode: int) -> None:
    path.parent.chmod(mode)
    with pytest.raises(RootKeyExposed) as caught:
        custody.load(EPOCH)
    assert "chmod 700 keys" in caught.value.next_step()


def test_a_key_is_not_made_in_a_folder_that_others_could_enter(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    with pytest.raises(RootKeyExposed):
        holder_at(path).keep(EPOCH, KEY)
    assert list(path.parent.iterdir()) == []


def test_a_key_of_another_account_is_refused(custody: FileHolder, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(RootKeyExposed) as caught:
        custody.load(EPOCH)
    assert f"chown {stranger} keys" in caught.value.next_step()


def test_an_absent_key_makes_the_ledger_unavailable(custody: FileHolder, path: Path) -> None:
    path.unlink()
    with pytest.raises(RootKeyAbsent) as caught:
        custody.load(EPOCH)
    assert caught.value.exit_code is ExitCode.UNAVAILABLE
    path.parent.rmdir()
    with pytest.raises(RootKeyAbsent):
        custody.load(EPOCH)


def test_a_link_to_somewhere_else_is_refused(custody: FileHolder, path: Path) -> None:
    elsewhere = path.with_name("elsewhere")
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    with pytest.raises(RootKeyExposed):
        custody.load(EPOCH)


def test_a_folder_in_the_place_of_the_key_is_refused(custody: FileHolder, path: Path) -> None:
    path.unlink()
    path.mkdir()
    with pytest.raises(RootKeyMalformed):
        custody.load(EPOCH)


GOOD = b"ledger-root-key/1 " + b"0" * 64 + b"\n"
MALFORMED = {
    "empty": b"",
    "cut": GOOD[:-2],
    "without its end": GOOD[:-1],
    "longer": GOOD + b"\n",
    "two lines": GOOD + GOOD,
    "not hexadecimal": GOOD.replace(b"00\n", b"0g\n"),
    "upper case": GOOD.replace(b"00\n", b"0A\n"),
    "another form": GOOD.replace(b"/1 ", b"/2 "),
    "raw bytes": bytes(32),
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED)
def test_a_file_that_is_no_key_is_refused(custody: FileHolder, path: Path, content: bytes) -> None:
    path.write_bytes(GOOD)
    assert custody.load(EPOCH) == bytes(32), "the form that the others differ from"
    path.write_bytes(content)
    with pytest.raises(RootKeyMalformed) as caught:
        custody.load(EPOCH)
    assert caught.value.exit_code is ExitCode.INTEGRITY


def test_who_may_not_read_the_key_is_told_so(custody: FileHolder, path: Path) -> None:
    if os.geteuid() == 0:
        assert _loaded_by_nobody(path) == RootKeyUnreadable.__name__
    else:
        path.chmod(0o000)
        with pytest.raises(RootKeyUnreadable) as caught:
            custody.load(EPOCH)
        assert caught.value.exit_code is ExitCode.MISCONFIGURED


def _loaded_by_nobody(path: Path) -> str:
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from ledger.sealing.custody.file import FileHolder\n"
        "os.setuid(65534)\n"
        "try:\n"
        "    FileHolder(Path(sys.argv[1]).parent, name='poste').load(3)\n"
        "except Exception as fault:\n"
        "    print(type(fault).__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    return done.stdout.strip()


def test_a_full_disk_leaves_no_half_written_key(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: whole(descriptor, content[:10]))
    with pytest.raises(KeyStoreFull) as caught:
        holder_at(path).keep(EPOCH, KEY)
    assert caught.value.exit_code is ExitCode.UNAVAILABLE
    assert list(path.parent.iterdir()) == []


def test_no_error_says_the_key_or_the_whole_path(custody: FileHolder, path: Path) -> None:
    key = custody.load(EPOCH).hex()
    path.chmod(0o644)
    with pytest.raises(LedgerError) as caught:
        custody.load(EPOCH)
    for said in (str(caught.value), repr(caught.value), caught.value.explain(), caught.value.next_step()):
        assert key not in said
        assert str(path.parent.parent) not in said
