"""
The folder in which an extract goes to the archives: a file for each item, under a random name, and a list of them.

It is made beside its place, as a hidden folder that only this account reads, and renamed in one step: a folder that is
there is whole. What a killed process left is made again from the start. The list has the SHA-256 of every file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from ledger.errors import Invalid, Unavailable
from ledger.identifiers import new_id
from ledger.owned_files import make_durable, write_durably
from ledger.translation import mark
from ledger.usecases.retention.extracting import Extract

FORMAT = 1
MANIFEST = "manifest.json"
_PART = ".part"


class ExtractThere(Invalid):
    """The folder is there already."""

    sentence = mark("This folder is there already; it was left as it is.")
    advice = mark("Give the name of a new folder.")


class ExtractUnwritten(Unavailable):
    """The extract can't be written."""

    sentence = mark("The extract can't be written in this place.")
    advice = mark("Give a place with enough room where this account may write, and make it again.")


class ExtractBroken(Invalid):
    """The folder is not, or no longer, a whole extract."""

    sentence = mark("This folder is not a whole extract, or was altered since.")
    advice = mark("Make the extract again with `ledger slip extract`, in a new folder.")


@dataclass(frozen=True)
class _Listed:
    name: str
    sha256: str
    bytes: int
    line: int


@dataclass(frozen=True)
class _Manifest:
    format: int
    slip: str
    one_in: int
    files: tuple[_Listed, ...]


@dataclass(frozen=True)
class _Written:
    reference: str
    line: int


class ExtractFolder:
    """An extract that is being written."""

    def __init__(self, place: Path) -> None:
        """
        Begin in a new folder.

        :raises ExtractThere: if the place is taken
        :raises ExtractUnwritten: if it can't be made
        """
        if place.exists() or place.is_symlink():
            raise ExtractThere
        self._place = place
        self._draft = place.with_name(f".{place.name}{_PART}")
        self._files: list[_Listed] = []
        try:
            self.discard()  # what a process left that was killed
            self._draft.mkdir(mode=0o700)
        except OSError:
            raise ExtractUnwritten from None

    def add(self, record: Mapping[str, Any], *, line: int) -> None:
        """
        Write one item.

        :raises ExtractUnwritten: if it can't be
        """
        content, name = _encoded(record), f"{new_id().hex}.json"
        self._write(name, content)
        self._files.append(_Listed(name, sha256(content).hexdigest(), len(content), line))

    def finish(self, head: Mapping[str, Any]) -> str:
        """
        Write the list, put the folder in its place, and give the digest of the list.

        :raises ExtractUnwritten: if it can't be
        """
        files = sorted(self._files, key=lambda each: each.name)
        content = _encoded({"format": FORMAT, **head, "count": len(files), "files": files})
        self._write(MANIFEST, content)
        try:
            make_durable(self._draft)
            self._draft.rename(self._place)
            make_durable(self._place.parent)
        except OSError:
            raise ExtractUnwritten from None
        return sha256(content).hexdigest()

    def discard(self) -> None:
        """
        Take away what is not finished: our own files, and the folder only where it holds nothing else.

        :raises OSError: if something else is in it
        """
        if self._draft.is_dir() and not self._draft.is_symlink():
            for file in self._draft.glob("*.json"):
                file.unlink()
            self._draft.rmdir()

    def _write(self, name: str, content: bytes) -> None:
        try:
            write_durably(self._draft / name, content)
        except OSError:
            raise ExtractUnwritten from None


def read_extract(place: Path) -> Extract:
    """
    Read an extract again, every byte of it.

    :raises ExtractBroken: if a file is missing, altered or one too many
    """
    try:
        content = (place / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(content, type=_Manifest)
        if manifest.format != FORMAT or {path.name for path in place.iterdir()} != {
            MANIFEST, *(each.name for each in manifest.files)
        }:  # fmt: skip
            raise ExtractBroken
        items = [_read(place, each) for each in manifest.files]
        return Extract(UUID(hex=manifest.slip), sha256(content).hexdigest(), manifest.one_in, items)
    except (OSError, ValueError, msgspec.DecodeError):
        raise ExtractBroken from None


def _read(place: Path, listed: _Listed) -> tuple[int, UUID]:
    content = (place / listed.name).read_bytes()
    written = msgspec.json.decode(content, type=_Written)
    if sha256(content).hexdigest() != listed.sha256 or written.line != listed.line:
        raise ExtractBroken
    return written.line, UUID(hex=written.reference)


def _encoded(record: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
