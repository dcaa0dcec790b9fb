"""
The root key in files, one an epoch, that only the ledger's own account can read.

The honest label: a file can be copied, so whoever has an old copy of this file and an old copy of the key store has
every key that they held, destroyed since or not. What is promised, and what is not, is said by `describe`.
"""

from __future__ import annotations

import os
import re
import stat
from binascii import hexlify, unhexlify
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import ELOOP
from hmac import compare_digest
from pathlib import Path

from ledger.aggregates.epoch import Revival
from ledger.errors import LedgerError
from ledger.owned_files import FULL, make_durable, place_once, remedy_for
from ledger.sealing.failures import (
    KeyStoreFull,
    KeyStoreUnavailable,
    RootKeyAbsent,
    RootKeyExposed,
    RootKeyMalformed,
    RootKeyPresent,
    RootKeyUnreadable,
)
from ledger.sealing.kdf import KEY_BYTES
from ledger.translation import mark, translate

_MAGIC = b"ledger-root-key/1 "
_CONTENT = re.compile(_MAGIC + rb"([0-9a-f]{64})\n")
_FILE_NAME = re.compile(r"(?:\.)?root-([1-9][0-9]{0,17})\.key(?:\.[0-9a-f]{16})?")
_FILE_BYTES = len(_MAGIC) + 2 * KEY_BYTES + 1
_LABEL = mark(
    "The root key is a file (in {place}). Whoever holds an old copy of this file and an old copy of the key store can "
    "bring destroyed data back: keep them on different media, and destroy the old copies yourself when data are "
    "destroyed."
)


class FileHolder:
    """Keeps each root key in a file of one folder: folder 0700, files 0600, all of the account that runs the ledger."""

    revives_from_backup = Revival.YES

    def __init__(self, folder: Path, *, name: str) -> None:
        self.name = name
        self._folder = folder

    def load(self, epoch: int) -> bytes:
        """
        Give the root key of an epoch.

        :raises RootKeyAbsent: if the file is not there
        :raises RootKeyExposed: if another account could read or replace it
        :raises RootKeyUnreadable: if this account may not read it
        :raises RootKeyMalformed: if it is not a root key
        """
        path = self._path(epoch)
        with self._failures_named(path):
            _check_folder(self._folder)
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _check_file(os.fstat(descriptor), path)
                content = os.read(descriptor, _FILE_BYTES + 1)
            finally:
                os.close(descriptor)
        key = _key_in(content)
        if key is None:
            raise RootKeyMalformed(place=_place(path))
        return key

    def keep(self, epoch: int, key: bytes) -> None:
        """
        Write the file: whole and durable beside its place, then linked into it, which fails if one is there.

        :raises RootKeyPresent: if another key is there
        """
        path = self._path(epoch)
        with self._failures_named(path):
            self._make_folder()
            if not _placed(path, _MAGIC + hexlify(key) + b"\n"):
                if not compare_digest(self.load(epoch), key):
                    raise RootKeyPresent(place=_place(path))
                make_durable(self._folder)
            make_durable(self._folder.parent)

    def destroy(self, upto: int) -> None:
        """Overwrite the files of these epochs, and what a killed `keep` left, and take them away; durable."""
        with self._failures_named(self._path(upto)):
            _check_folder(self._folder)
            for path in self._folder.iterdir():
                found = _FILE_NAME.fullmatch(path.name)
                if found and int(found[1]) <= upto:
                    _wipe(path)
            make_durable(self._folder)

    def epochs(self) -> tuple[int, ...]:
        """Give the epochs of which a file is there."""
        with self._failures_named(self._folder / "root-0.key"):
            found = [_FILE_NAME.fullmatch(path.name) for path in self._folder.iterdir()]
        return tuple(sorted(int(each[1]) for each in found if each and not each.string.startswith(".")))

    def contents(self) -> set[int]:
        """
        Give the epochs of the roots in the folder, what a killed `keep` left included; 0 for anything else there.

        :raises RootKeyAbsent: if the folder above it is not there
        :raises RootKeyExposed: if it is not this account's own
        """
        with self._failures_named(self._path(0)):
            if not self._folder.exists():
                _writable(self._folder.parent)
                return set()
            _check_folder(self._folder)
            _writable(self._folder)
            found = [_FILE_NAME.fullmatch(path.name) for path in self._folder.iterdir()]
        return {int(each[1]) if each else 0 for each in found}

    def describe(self) -> str:
        """Say where the root key is and that a copied file revives what was destroyed."""
        return translate(_LABEL).format(place=self._folder)

    def _path(self, epoch: int) -> Path:
        return self._folder / f"root-{epoch}.key"

    def _make_folder(self) -> None:
        """Make the folder, never those above it: a disk that is not mounted must not be taken for an empty one."""
        with suppress(FileExistsError):
            self._folder.mkdir(mode=0o700)
        _check_folder(self._folder)

    @contextmanager
    def _failures_named(self, path: Path) -> Iterator[None]:
        """Turn what the operating system says into what the user must do."""
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as fault:
            raise RootKeyAbsent(place=_place(path)) from fault
        except PermissionError as fault:
            raise RootKeyUnreadable(place=_place(path)) from fault
        except OSError as fault:
            raise _meaning_of(fault, _place(path)) from fault


def _place(path: Path) -> str:
    """Name a path by its last two steps: the rest of it can hold the name of a person's account."""
    return f"{path.parent.name}/{path.name}"


def _writable(folder: Path) -> None:
    folder.stat()
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError


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
    remedy = remedy_for(found, place, mode=mode)
    if remedy is not None:
        raise RootKeyExposed(place=place, remedy=remedy)


def _key_in(content: bytes) -> bytes | None:
    """Read what `create` wrote, or None; no error is raised where the key is a local variable."""
    found = _CONTENT.fullmatch(content)
    return unhexlify(found[1]) if found else None


def _placed(path: Path, content: bytes) -> bool:
    """Place a file once; False where there is one. No draft is written for what is seen to be there."""
    if os.path.lexists(path):
        return False
    try:
        place_once(path, content)
    except FileExistsError:
        return False
    return True


def _wipe(path: Path) -> None:
    """Overwrite a file in place, durably, and take it away."""
    descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.write(descriptor, bytes(_FILE_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.unlink(missing_ok=True)


def _meaning_of(fault: OSError, place: str) -> LedgerError:
    if fault.errno == ELOOP:  # a link leads elsewhere: nobody knows whose that is
        return RootKeyExposed(place=place, remedy=f'mv -- "$(readlink -f {place})" {place}')
    if fault.errno in FULL:
        return KeyStoreFull(fault="root key")
    return KeyStoreUnavailable(fault=type(fault).__name__)
