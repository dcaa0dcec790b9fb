"""
The root key in a file that only the ledger's own account can read.

The honest label: a file can be copied, so whoever has an old copy of this file and an old copy of the key store has
every key that they held, destroyed since or not. What is promised, and what is not, is said by `describe`.
"""

from __future__ import annotations

import os
import re
import stat
from binascii import hexlify, unhexlify
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ELOOP, ENOSPC
from pathlib import Path

from ledger.errors import LedgerError
from ledger.sealing.custody import Revival
from ledger.sealing.failures import (
    KeyStoreFull,
    KeyStoreUnavailable,
    RootKeyAbsent,
    RootKeyExposed,
    RootKeyMalformed,
    RootKeyPresent,
    RootKeyUnreadable,
)
from ledger.sealing.kdf import KEY_BYTES, new_key
from ledger.translation import mark, translate

_MAGIC = b"ledger-root-key/1 "
_CONTENT = re.compile(_MAGIC + rb"([0-9a-f]{64})\n")
_FILE_BYTES = len(_MAGIC) + 2 * KEY_BYTES + 1
_LABEL = mark(
    "The root key is a file ({place}). Whoever holds an old copy of this file and an old copy of the key store can "
    "bring destroyed data back: keep them on different media, and destroy the old copies yourself when data are "
    "destroyed."
)


class FileCustody:
    """Keeps the root key in one file: folder 0700, file 0600, both of the account that runs the ledger."""

    revives_from_backup: Revival = "yes"

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place = _place(path)

    def load(self) -> bytes:
        """
        Give the root key.

        :raises RootKeyAbsent: if the file is not there
        :raises RootKeyExposed: if another account could read or replace it
        :raises RootKeyUnreadable: if this account may not read it
        :raises RootKeyMalformed: if it is not a root key
        """
        with self._failures_named():
            _check_folder(self._path.parent)
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _check_file(os.fstat(descriptor), self._path)
                content = os.read(descriptor, _FILE_BYTES + 1)
            finally:
                os.close(descriptor)
        key = _key_in(content)
        if key is None:
            raise RootKeyMalformed(place=self._place)
        return key

    def create(self) -> None:
        """
        Make the file: written whole and durable beside its place, then linked into it, which fails if one is there.

        :raises RootKeyPresent: if there is one already
        """
        draft = self._path.with_name(f".{self._path.name}.{hexlify(os.urandom(8)).decode()}")
        with self._failures_named():
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            _check_folder(self._path.parent)
            try:
                _write_durably(draft, _MAGIC + hexlify(new_key()) + b"\n")
                os.link(draft, self._path)
            except FileExistsError as fault:
                raise RootKeyPresent(place=self._place) from fault
            finally:
                draft.unlink(missing_ok=True)
            _make_durable(self._path.parent)
            _make_durable(self._path.parent.parent)

    def describe(self) -> str:
        """Say where the root key is and that a copied file revives what was destroyed."""
        return translate(_LABEL).format(place=self._path)

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        """Turn what the operating system says into what the user must do."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as fault:
            raise RootKeyAbsent(place=self._place) from fault
        except PermissionError as fault:
            raise RootKeyUnreadable(place=self._place) from fault
        except OSError as fault:
            raise _meaning_of(fault, self._place) from fault


def _place(path: Path) -> str:
    """Name a path by its last two steps: the rest of it can hold the name of a person's account."""
    return f"{path.parent.name}/{path.name}"


def _check_folder(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise RootKeyExposed(place=folder.name, remedy=f"mkdir -m 700 {folder.name}")
    _check_rights(found, folder.name, mode=0o700)


def _check_file(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise RootKeyMalformed(place=_place(path))
    _check_rights(found, _place(path), mode=0o600)


def _check_rights(found: os.stat_result, place: str, *, mode: int) -> None:
    """Refuse what belongs to another account, or is open to others."""
    if found.st_uid != os.geteuid():
        raise RootKeyExposed(place=place, remedy=f"chown {os.geteuid()} {place}")
    if stat.S_IMODE(found.st_mode) & ~mode:
        raise RootKeyExposed(place=place, remedy=f"chmod {mode:o} {place}")


def _key_in(content: bytes) -> bytes | None:
    """Read what `create` wrote, or None; no error is raised where the key is a local variable."""
    found = _CONTENT.fullmatch(content)
    return unhexlify(found[1]) if found else None


def _write_durably(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        if os.write(descriptor, content) < len(content):
            raise OSError(ENOSPC, os.strerror(ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _meaning_of(fault: OSError, place: str) -> LedgerError:
    if fault.errno == ELOOP:  # a link leads elsewhere: nobody knows whose that is
        return RootKeyExposed(place=place, remedy=f'mv -- "$(readlink -f {place})" {place}')
    if fault.errno in {ENOSPC, EDQUOT}:
        return KeyStoreFull(fault="root key")
    return KeyStoreUnavailable(fault=type(fault).__name__)
