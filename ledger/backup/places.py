"""Where a backup is written: beside its place, and renamed last, so that one that was cut short is taken for none."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from errno import EFBIG
from pathlib import Path

from ledger.backup.failures import (
    BackupDiskFailing,
    BackupDiskFull,
    BackupFolderInUse,
    BackupFolderUnusable,
    BackupInProgress,
)
from ledger.backup.manifest import Part
from ledger.errors import LedgerError
from ledger.owned_files import FULL, make_durable

UNFINISHED = ".unfinished"
"""While this stands in the folder, nothing in it is a backup: the next attempt clears it all away."""


@contextmanager
def unfinished(folder: Path, parts: Collection[Part]) -> Iterator[Path]:
    """
    Give a folder to write the parts into; at the end of the block they come to their places, or all goes on a failure.

    :raises BackupFolderInUse: if the folder holds something else than a backup that was cut short
    :raises BackupFolderUnusable: if it can't be made or written
    :raises BackupInProgress: if another process writes a backup into it
    """
    made = not folder.exists()
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as fault:
        raise of_operating_system(fault) from fault
    try:
        draft = _emptied(handle, folder)
        try:
            yield draft
            _put_in_place(folder, draft, parts)
        except BaseException as fault:
            shutil.rmtree(draft, ignore_errors=True)
            if made:
                with suppress(OSError):
                    folder.rmdir()
            if isinstance(fault, OSError):
                raise of_operating_system(fault) from fault
            raise
    finally:
        os.close(handle)


def of_operating_system(fault: OSError) -> LedgerError:
    """Give the error of a backup for what the operating system says of its folder."""
    if fault.errno in FULL | {EFBIG}:
        return BackupDiskFull()
    if isinstance(fault, PermissionError | FileNotFoundError | NotADirectoryError | FileExistsError):
        return BackupFolderUnusable()
    return BackupDiskFailing(fault=type(fault).__name__)


def of_copy(fault: BaseException) -> LedgerError:
    """Give the error of a backup for what SQLite says of the file of a copy."""
    name = str(getattr(fault, "sqlite_errorname", None) or type(fault).__name__)
    return BackupDiskFull() if name == "SQLITE_FULL" else BackupDiskFailing(fault=name)


def _emptied(handle: int, folder: Path) -> Path:
    """Take the folder for this process alone, and clear away what was cut short, its mark last of all."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as fault:
        raise BackupInProgress from fault
    draft = folder / UNFINISHED
    try:
        if draft.exists():
            for name in (*Part, UNFINISHED):
                shutil.rmtree(folder / name, ignore_errors=name != UNFINISHED)
        if any(folder.iterdir()):
            raise BackupFolderInUse
        draft.mkdir(mode=0o700)
    except OSError as fault:
        raise of_operating_system(fault) from fault
    return draft


def _put_in_place(folder: Path, draft: Path, parts: Collection[Part]) -> None:
    for part in parts:
        (draft / part).rename(folder / part)
    make_durable(folder)
    draft.rmdir()
    make_durable(folder)
