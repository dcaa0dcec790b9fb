"""
The folder of a pack of proof, while it is written.

It is made beside its place, as a hidden folder, and renamed in one step: a pack that is there is whole. What a killed
process left is made again from the start. Nothing is forced to the disk: a pack can always be made again.
"""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from ledger.errors import Invalid, Unavailable
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


class PackFolder:
    """A pack that is being written; `listed` are its files, with the SHA-256 of each."""

    def __init__(self, place: Path) -> None:
        """
        Begin in a new folder.

        :raises PackThere: if the place is taken
        :raises PackUnwritten: if it can't be made
        """
        if place.exists() or place.is_symlink():
            raise PackThere
        self._place = place
        self._draft = place.with_name(f".{place.name}{_PART}")
        self._made: set[Path] = set()
        self.listed: dict[str, str] = {}
        try:
            self.discard()  # what a process left that was killed
            self._draft.mkdir(mode=0o700)
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

        :raises PackUnwritten: if it can't be
        """
        try:
            self._draft.rename(self._place)
        except OSError:
            raise PackUnwritten from None

    def discard(self) -> None:
        """
        Take away what is not finished.

        :raises OSError: if it can't be
        """
        if self._draft.is_dir() and not self._draft.is_symlink():
            shutil.rmtree(self._draft)
