"""
Tiles and bundles of entries, as C2SP tlog-tiles lays them out (https://c2sp.org/tlog-tiles).

A tile holds 256 consecutive hashes of every eighth level of the tree, or fewer at the right edge; a bundle holds the
entries of a tile of leaves, each behind its length. An entry that is not here (it was pruned, or is left out) stands as
one of length zero: no record is empty, and the leaf beside it still proves what was there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ledger.errors import IntegrityBroken
from ledger.limits import HEADER_BYTES
from ledger.merkle import HASH_BYTES, TILE_HEIGHT, TILE_WIDTH
from ledger.translation import mark

LENGTH_BYTES = 2
_DIGITS = 1_000


class BundleMalformed(IntegrityBroken):
    """What was read is no bundle of so many entries."""

    sentence = mark("This is not a bundle of records: it was altered, or something else was given.")


class Tile(NamedTuple):
    """One tile: `level` counts tiles, not hashes; level 0 are the leaves. It holds `width` hashes, at most 256."""

    level: int
    number: int
    width: int

    @property
    def path(self) -> str:
        """Where it stands below the log."""
        return f"tile/{self.level}/{self._place}"

    @property
    def entries_path(self) -> str:
        """Where the bundle of the entries of a tile of leaves stands."""
        return f"tile/entries/{self._place}"

    @property
    def first(self) -> int:
        """The number of its first hash in its level."""
        return self.number * TILE_WIDTH

    @property
    def _place(self) -> str:
        groups, rest = [f"{self.number % _DIGITS:03}"], self.number // _DIGITS
        while rest:
            groups.append(f"x{rest % _DIGITS:03}")
            rest //= _DIGITS
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return "/".join(reversed(groups)) + partial


def tiles_of(size: int) -> Iterator[Tile]:
    """Give the tiles of a tree of `size` leaves, level by level; the last of a level may be partial."""
    level = 0
    while size:
        for first in range(0, size, TILE_WIDTH):
            yield Tile(level, first // TILE_WIDTH, min(TILE_WIDTH, size - first))
        level, size = level + 1, size >> TILE_HEIGHT


def hashes_of(content: bytes) -> list[bytes]:
    """Cut a tile into its hashes."""
    return [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]


def bundle(entries: Sequence[bytes | None]) -> bytes:
    """Put entries into a bundle; None for one that is not here."""
    return b"".join(len(entry or b"").to_bytes(LENGTH_BYTES) + (entry or b"") for entry in entries)


def entries_of(content: bytes, width: int) -> list[bytes | None]:
    """
    Cut a bundle into its entries; None for one that is not here.

    :raises BundleMalformed: if it is none of so many
    """
    if not 0 < width <= TILE_WIDTH or len(content) > TILE_WIDTH * (LENGTH_BYTES + HEADER_BYTES):
        raise BundleMalformed
    entries: list[bytes | None] = []
    at = 0
    for _ in range(width):
        start = at + LENGTH_BYTES
        end = start + int.from_bytes(content[at:start])
        if end > len(content) or start > len(content):
            raise BundleMalformed
        entries.append(content[start:end] or None)
        at = end
    if at != len(content):
        raise BundleMalformed
    return entries
