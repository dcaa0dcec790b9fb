"""Files that only the account that made them reads, written whole and durable, or not at all."""

from __future__ import annotations

import os
import stat
from binascii import hexlify
from errno import EDQUOT, ENOSPC
from pathlib import Path

FULL = frozenset({ENOSPC, EDQUOT})
"""What the operating system says where there is no room left."""


def remedy_for(found: os.stat_result, place: str, *, mode: int) -> str | None:
    """Give the command that closes what belongs to another account or is open to others; None where it is closed."""
    if found.st_uid != os.geteuid():
        return f"chown {os.geteuid()} {place}"
    if stat.S_IMODE(found.st_mode) & ~mode:
        return f"chmod {mode:o} {place}"
    return None


def write_durably(path: Path, content: bytes) -> None:
    """
    Write a new file.

    :raises FileExistsError: if there is one
    :raises OSError: whatever else the operating system says; what is there then is not whole
    """
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        if os.write(descriptor, content) < len(content):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place_once(path: Path, content: bytes) -> None:
    """
    Make a file that is whole from the first moment, beside its place and then linked into it.

    :raises FileExistsError: if there is one; it is left as it is
    """
    draft = path.with_name(f".{path.name}.{hexlify(os.urandom(8)).decode()}")
    try:
        write_durably(draft, content)
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    make_durable(path.parent)


def replace_durably(path: Path, content: bytes) -> None:
    """Put a new content in the place of a file, in one step; the draft that a crash left is overwritten."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    try:
        write_durably(draft, content)
        draft.rename(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    make_durable(path.parent)


def make_durable(folder: Path) -> None:
    """Have what was made, renamed or taken away in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
