"""
The root keys sealed to a TPM: once its counter has moved, no copy of what lies outside the chip opens again.

The chip has one counter for each ledger, which only goes up. The root of each epoch is sealed under the policy "the
counter is at most L", L being its *limit*; the file `roots.json` keeps, for each epoch, the limit and the sealed blob.
The chip chooses the counter's first value, so limits and epochs are only tied by that file.

The invariant: **limits grow strictly with the epochs, and the counter never passes the limit of an epoch that was not
to be destroyed.** It holds at every step, so that a crash between any two leaves each root that is needed openable:

* `keep`: (1) counter defined and moved once, if new -> (2) sealed to L = max(counter, newest limit + 1) -> (3) opened
  again and compared -> (4) file replaced, durably. Before (4) nothing was kept and nothing has changed for the others.
* `destroy`: (1) each doomed blob seen to be sealed to the limit that the file says -> (2) counter read, and moved while
  it is below T = newest doomed limit + 1; younger roots have limits of at least T -> (3) the chip asked to open each
  doomed blob, and it must refuse -> (4) file replaced without them. Killed within (2), the next call reads the counter
  again and never overshoots; killed before (4), the doomed are refused by the chip already, and the next call only
  tidies up.

An old file put back brings back limits that the counter has passed: its blobs are refused.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from ledger.aggregates.epoch import Revival
from ledger.errors import LedgerError
from ledger.owned_files import FULL, make_durable, remedy_for, replace_durably
from ledger.sealing.custody.tpm2_chip import Chip, PolicyRefused, Sealed, chip
from ledger.sealing.custody.tpm2_failures import RootEpochPassed, RootStillOpens, TpmRefusal, TpmReplaced
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

DEFAULT_TCTI = "device:/dev/tpmrm0"

_FILE, _FORMAT = "roots.json", 1
_OWNERS_PLACES, _HOW_MANY = 0x01800000, 0x400000
_LABEL = mark(
    "The root key is sealed to the TPM of this machine ({place}). Once it is destroyed, no copy of the files brings it "
    "back. Two limits: whoever is root on this machine can take the key while it is in use, and a TPM that breaks or "
    "is cleared takes the key with it, so keep a second holder."
)


def counter_index(ledger_id: str) -> int:
    """Give the place of this ledger's counter in the chip, among those that belong to the chip's owner."""
    return _OWNERS_PLACES + int.from_bytes(hashlib.sha256(ledger_id.encode()).digest()[:4], "big") % _HOW_MANY


@dataclass(frozen=True)
class _Root:
    limit: int
    sealed: Sealed


@dataclass(frozen=True)
class _Roots:
    """What the file says: on which chip, which epochs, and up to which they were destroyed."""

    chip: str
    passed: int = 0
    held: Mapping[int, _Root] = field(default_factory=dict)

    def next_limit(self, count: int) -> int:
        return max(count, *(root.limit + 1 for root in self.held.values())) if self.held else count

    def doomed(self, upto: int) -> dict[int, _Root]:
        return {epoch: root for epoch, root in self.held.items() if epoch <= upto}


class Tpm2Holder:
    """Keeps the root keys of one ledger on one TPM; the folder is 0700, its files 0600."""

    revives_from_backup = Revival.NO

    def __init__(
        self, folder: Path, *, name: str, ledger_id: str, tcti: str = DEFAULT_TCTI, index: int | None = None
    ) -> None:
        self.name = name
        self._folder, self._tcti, self._ledger_id = folder, tcti, ledger_id
        self._index = counter_index(ledger_id) if index is None else index
        self._label = hashlib.sha256(b"ledger root counter/1 " + ledger_id.encode()).digest()
        self._place = f"{folder.name}/{_FILE}"

    def load(self, epoch: int) -> bytes:
        """
        Give the root of an epoch.

        :raises RootKeyAbsent: if it was never kept here, or was destroyed
        :raises TpmReplaced: if the chip is not the one that sealed it
        """
        with self._opened() as (roots, tpm):
            if roots is None or epoch not in roots.held:
                raise RootKeyAbsent(place=self._place)
            key = self._open(tpm, roots.held[epoch])
        if key is None:
            raise RootKeyAbsent(place=self._place)
        return key

    def keep(self, epoch: int, key: bytes) -> None:
        """
        Seal the root of an epoch, younger than those held; durable, and seen to open, when this returns.

        :raises RootKeyPresent: if another key is kept for it
        :raises RootEpochPassed: if it was destroyed, or a younger one is held
        """
        self._make_folder()
        with self._opened() as (found, tpm):
            roots = found or _Roots(chip=tpm.identity())
            if epoch in roots.held:
                self._compare(epoch, key, self._open(tpm, roots.held[epoch]))
                return
            if epoch <= max([roots.passed, *roots.held]):
                raise RootEpochPassed(epoch=epoch)
            limit = roots.next_limit(self._count(tpm) if found else self._first_count(tpm))
            made = _Root(limit, tpm.seal(key, limit=limit))
            if not hmac.compare_digest(self._open(tpm, made) or b"", key):
                raise TpmRefusal(program="tpm2_unseal", answer="-")
            self._write(replace(roots, held={**roots.held, epoch: made}))

    def destroy(self, upto: int) -> None:
        """
        Move the counter past every root up to this epoch, see that the chip refuses them, and forget them.

        :raises RootStillOpens: if the chip gives one of them all the same
        """
        if not self._folder.exists():  # never held any
            return
        with self._opened() as (roots, tpm):
            if roots is None:
                return
            doomed = roots.doomed(upto)
            if not all(tpm.bound(root.sealed, limit=root.limit) for root in doomed.values()):
                raise RootKeyMalformed(place=self._place)
            target = max((root.limit + 1 for root in doomed.values()), default=0)
            while self._count(tpm) < target:
                tpm.increment()
            for epoch, root in doomed.items():
                if self._open(tpm, root) is not None:
                    raise RootStillOpens(epoch=epoch)
            left = {epoch: root for epoch, root in roots.held.items() if epoch not in doomed}
            if doomed or upto > roots.passed:
                self._write(replace(roots, passed=max(upto, roots.passed), held=left))

    def epochs(self) -> tuple[int, ...]:
        """Give the epochs whose root the chip opens, oldest first."""
        if not self._folder.exists():
            return ()
        with self._opened() as (roots, tpm):
            if roots is None:
                return ()
            count = self._count(tpm)
            return tuple(epoch for epoch, root in roots.held.items() if count <= root.limit)

    def check_chip(self) -> None:
        """
        See that the chip answers and that the counter's place is free, or this ledger's; nothing is changed.

        :raises TpmUnavailable: if there is no chip
        :raises TpmCounterTaken: if something else stands in the counter's place
        """
        with chip(tcti=self._tcti, index=self._index) as tpm:
            tpm.identity()
            tpm.has_counter(self._label)

    def describe(self) -> str:
        """Say what a TPM promises, and its two limits."""
        return translate(_LABEL).format(place=f"{self._index:#010x}")

    @contextmanager
    def _opened(self) -> Iterator[tuple[_Roots | None, Chip]]:
        """Give what is kept and its chip, seen to be the right one; one process at a time."""
        with self._failures_named():
            _check(self._folder.lstat(), self._folder.name, directory=True)
            with _locked(self._folder), chip(tcti=self._tcti, index=self._index) as tpm:
                roots = self._read()
                if roots and (tpm.identity() != roots.chip or not tpm.has_counter(self._label)):
                    raise TpmReplaced
                yield roots, tpm

    def _open(self, tpm: Chip, root: _Root) -> bytes | None:
        """Give the key, or None if the chip refuses because the counter has passed its limit."""
        with suppress(PolicyRefused):
            key = tpm.released(root.sealed, limit=root.limit)
            if len(key) == KEY_BYTES:
                return key
            raise RootKeyMalformed(place=self._place)
        if self._count(tpm) <= root.limit:  # refused for another reason: blob and limit don't belong together
            raise RootKeyMalformed(place=self._place)
        return None

    def _compare(self, epoch: int, key: bytes, held: bytes | None) -> None:
        if held is None:
            raise RootEpochPassed(epoch=epoch)
        if not hmac.compare_digest(held, key):
            raise RootKeyPresent(place=self._place)

    def _first_count(self, tpm: Chip) -> int:
        """Define the counter where a crash has not left it already, and give its first value."""
        if not tpm.has_counter(self._label):
            tpm.define_counter(self._label)
        if tpm.count() is None:  # it has no value, and no lasting name, until it has moved
            tpm.increment()
        return self._count(tpm)

    def _count(self, tpm: Chip) -> int:
        count = tpm.count()
        if count is None:
            raise TpmReplaced
        return count

    def _make_folder(self) -> None:
        with self._failures_named():
            self._folder.mkdir(mode=0o700, exist_ok=True)
            make_durable(self._folder.parent)

    def _read(self) -> _Roots | None:
        try:
            descriptor = os.open(self._folder / _FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            _check(os.fstat(descriptor), self._place, directory=False)
            content = file.read()
        try:
            return _decoded(content, self._ledger_id)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise RootKeyMalformed(place=self._place) from None

    def _write(self, roots: _Roots) -> None:
        """Replace the file in one step; a draft that a crash left is overwritten."""
        replace_durably(self._folder / _FILE, _encoded(roots, self._ledger_id))

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except (FileNotFoundError, NotADirectoryError) as fault:
            raise RootKeyAbsent(place=self._place) from fault
        except PermissionError as fault:
            raise RootKeyUnreadable(place=self._place) from fault
        except OSError as fault:
            raise _meaning_of(fault) from fault


def _encoded(roots: _Roots, ledger_id: str) -> bytes:
    held = {
        str(epoch): {
            "limit": root.limit,
            "public": b64encode(root.sealed.public).decode(),
            "private": b64encode(root.sealed.private).decode(),
        }
        for epoch, root in roots.held.items()
    }
    whole = {"format": _FORMAT, "ledger": ledger_id, "chip": roots.chip, "passed": roots.passed, "held": held}
    return json.dumps(whole, indent=1).encode() + b"\n"


def _decoded(content: bytes, ledger_id: str) -> _Roots:
    """Read what `_encoded` wrote; a ValueError if it is of another ledger, or its limits break the invariant."""
    whole = json.loads(content)
    held = {
        int(epoch): _Root(
            int(root["limit"]),
            Sealed(b64decode(root["public"], validate=True), b64decode(root["private"], validate=True)),
        )
        for epoch, root in sorted(whole["held"].items(), key=lambda item: int(item[0]))
    }
    roots = _Roots(chip=str(whole["chip"]), passed=int(whole["passed"]), held=held)
    growing = all(old.limit < new.limit for old, new in pairwise(held.values()))
    if whole["format"] != _FORMAT or whole["ledger"] != ledger_id or not growing:
        raise ValueError
    return roots


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _check(found: os.stat_result, place: str, *, directory: bool) -> None:
    """Refuse what is not what it should be, belongs to another account, or is open to others."""
    if stat.S_ISDIR(found.st_mode) != directory:
        raise RootKeyMalformed(place=place)
    remedy = remedy_for(found, place, mode=0o700 if directory else 0o600)
    if remedy is not None:
        raise RootKeyExposed(place=place, remedy=remedy)


def _meaning_of(fault: OSError) -> LedgerError:
    if fault.errno in FULL:
        return KeyStoreFull(fault="root key")
    return KeyStoreUnavailable(fault=type(fault).__name__)
