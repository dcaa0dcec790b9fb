"""
Search files for byte strings: what a destruction left behind, in free pages, write-ahead logs and copies.

Only what was really written can be found: box bytes, tokens, wrapped keys. A search that finds nothing proves something
only beside the same search before the destruction, which found it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CHUNK_BYTES = 4 * 1024 * 1024
PIECE_BYTES = 32
PIECES = 5


@dataclass(frozen=True)
class Trace:
    """One of the byte strings, by its number in the list asked for, and the file that holds it."""

    file: Path
    number: int


def scan(files: Iterable[Path], needles: Sequence[bytes]) -> list[Trace]:
    """
    Give which of these byte strings stand anywhere in which files; a file that went away meanwhile holds none.

    :raises ValueError: for an empty byte string, which stands everywhere
    """
    if not all(needles):
        raise ValueError("an empty byte string stands everywhere")
    return [Trace(file, number) for file in files for number in sorted(_found_in(file, needles))]


def pieces(content: bytes) -> list[bytes]:
    """Give pieces from all over a long byte string: a database may cut it over several pages, and lose only some."""
    if len(content) <= PIECE_BYTES:
        return [content]
    last = len(content) - PIECE_BYTES
    starts = sorted({last * number // (PIECES - 1) for number in range(PIECES)})
    return [content[start : start + PIECE_BYTES] for start in starts]


def files_below(*folders: Path) -> list[Path]:
    """Give every file below these folders."""
    return sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()})


def _found_in(file: Path, needles: Sequence[bytes]) -> set[int]:
    overlap = max(map(len, needles), default=1) - 1
    found: set[int] = set()
    try:
        with file.open("rb") as content:
            window = b""
            while chunk := content.read(CHUNK_BYTES):
                window += chunk
                found |= {number for number, needle in enumerate(needles) if number not in found and needle in window}
                window = window[-overlap:] if overlap else b""
    except FileNotFoundError:
        return found
    return found
