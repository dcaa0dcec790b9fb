"""
The folder of a pack of proof, while it is written.

It is made beside its place, as a hidden folder, and renamed in one step: a pack that is there is whole. One process at
a time writes in that folder: two that mixed their files would report a pack as made that is not whole. What a killed
process left is made again from the start. Nothing is forced to the disk: a pack can always be made again.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from hashlib import sha256
from pathlib import Path

from ledger.errors import Conflict, Invalid, Unavailable
from ledger.proof.carried import is_taken
from ledger.translation import mark

_PART = ".part"


class PackThere(Invalid):
    """The folder is there already."""

    sentence = mark("This folder is there already; it was left as it is.")
    advice = mark("Give the name of a new folder.")


class PackUnwritten(Unavailable):
    """The pack can't be written."""

    sentence = mark("The pack can't be written in this place.")
    advice = mark("Give a place with enough room where this account may write, and make it again.")


class PackBeingMade(Conflict):
    """Another process is making a pack in this place."""

    sentence = mark("A pack is being made in this very place by another command.")
    advice = mark("Wait until it is done and look at it, or give the name of another folder.")


def check_place(place: Path) -> None:
    """
    See that a pack may be made in a place, before anything is signed or put on record for it.

    :raises PackThere: if the place is taken
    :raises PackUnwritten: if it is not in a folder where this account may write
    """
    if is_taken(place):
        raise PackThere
    if not os.access(place.parent, os.W_OK | os.X_OK):
        raise PackUnwritten


class PackFolder:
    """A pack that is being written; `listed` are its files, with the SHA-256 of each."""

    def __init__(self, place: Path) -> None:
        """
        Begin in a new folder.

        :raises PackThere: if the place is taken
        :raises PackBeingMade: if another process is writing there
        :raises PackUnwritten: if it can't be made
        """
        check_place(place)
        self._place = place
        self._draft = place.with_name(f".{place.name}{_PART}")
        self._made: set[Path] = set()
        self.listed: dict[str, str] = {}
        try:
            self._held = _hold(self._draft)
            for left in self._draft.iterdir():  # by a process that was killed
                shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
        except OSError:
            raise PackUnwritten from None

    def add(self, path: str, content: bytes) -> None:
        """
        Write a file, and list it.

        :raises PackUnwritten: if it can't be
        """
        self.write(path, content)
        self.listed[path] = sha256(content).hexdigest()

    def write(self, path: str, content: bytes) -> None:
        """
        Write a file that is vouched for in another way than by the list.

        :raises PackUnwritten: if it can't be
        """
        file = self._draft / path
        try:
            if file.parent not in self._made:
                file.parent.mkdir(parents=True, exist_ok=True)
                self._made.add(file.parent)
            file.write_bytes(content)
        except OSError:
            raise PackUnwritten from None

    def finish(self) -> None:
        """
        Put the folder in its place.

        :raises PackThere: if the place was taken meanwhile
        :raises PackUnwritten: if it can't be
        """
        if is_taken(self._place):
            raise PackThere
        try:
            self._draft.rename(self._place)
        except OSError:
            raise PackUnwritten from None

    def discard(self) -> None:
        """
        Take away what is not finished, and let others write here.

        :raises OSError: if it can't be
        """
        try:
            if self._draft.is_dir() and not self._draft.is_symlink():
                shutil.rmtree(self._draft)
        finally:
            os.close(self._held)


def _hold(draft: Path) -> int:
    """
    Make a folder, or take the one that is there, for this process alone; give what holds it until it is closed.

    :raises PackBeingMade: if another process holds it
    """
    draft.mkdir(mode=0o700, exist_ok=True)
    held = os.open(draft, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if draft.stat().st_ino != os.fstat(held).st_ino:  # it was put in its place between the two
            raise BlockingIOError
    except OSError as fault:
        os.close(held)
        if isinstance(fault, (BlockingIOError, FileNotFoundError)):
            raise PackBeingMade from None
        raise
    return held
