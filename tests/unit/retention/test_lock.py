"""One run at a time on one machine; the lock is free again however its holder ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ledger.retention.lock import FileLock
from ledger.usecases.retention.ports import RunInProgress

HOLDER = """
import os, signal, sys
from pathlib import Path
from ledger.retention.lock import FileLock
with FileLock(Path(sys.argv[1]), name="retention.lock").held():
    print("held", flush=True)
    sys.stdin.read()
"""


def lock_in(folder: Path) -> FileLock:
    return FileLock(folder, name="retention.lock")


def test_who_comes_second_is_told(tmp_path: Path) -> None:
    with (
        lock_in(tmp_path).held(),
        pytest.raises(RunInProgress),
        lock_in(tmp_path).held(),
    ):
        raise AssertionError
    with lock_in(tmp_path).held():
        pass


def test_an_error_in_the_block_frees_the_lock(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock_in(tmp_path).held():
        raise ZeroDivisionError
    with lock_in(tmp_path).held():
        pass


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunInProgress), lock_in(tmp_path).held():
            raise AssertionError
        holder.kill()
        holder.wait()
    with lock_in(tmp_path).held():
        pass


def test_the_lock_is_for_its_owner_only(tmp_path: Path) -> None:
    with lock_in(tmp_path).held():
        assert (tmp_path / "retention.lock").stat().st_mode & 0o777 == 0o600
