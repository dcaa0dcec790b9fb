"""
The roots of perfect subtrees, worked out from what is kept of the tree: the leaves, and the roots of full tiles.

A root takes one reading of at most a tile (256 hashes). A proof asks for nodes that stand in a handful of tiles, one or
two for every eight levels, each of which is read once.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from ledger.errors import IntegrityBroken
from ledger.merkle import TILE_HEIGHT, TILE_WIDTH, Frontier, node_hash
from ledger.translation import mark


class NodesMissing(IntegrityBroken):
    """A part of the tree that was written is not there."""

    sentence = mark("A part of the tree of the record is missing (level {level}, number {number}).")


class TreeState(Protocol):
    """The tree in one state of the log."""

    @property
    def head(self) -> Frontier:
        """The right edge of the tree, as the log says it."""
        ...

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        """Give up to `count` hashes of a kept level (0 for the leaves, 8, 16 ...), from the `first` on, from 0."""
        ...


class LogTree(Protocol):
    """Where the tree of a log is read."""

    def held(self) -> AbstractContextManager[TreeState]:
        """Give the tree in one state, whatever is appended meanwhile."""
        ...

    def must_be_primary(self) -> None:
        """
        Go on only where the log is written.

        :raises Unavailable: on a copy that follows it
        """
        ...


class KeptNodes:
    """The nodes of a tree in one state; tiles that were read are remembered."""

    def __init__(self, state: TreeState) -> None:
        self._state = state
        self._tiles: dict[tuple[int, int], list[bytes]] = {}

    def node(self, level: int, number: int) -> bytes:
        """
        Give the root of the `number`-th perfect subtree of `2**level` leaves.

        :raises NodesMissing: if the log does not have it
        """
        inside = level % TILE_HEIGHT
        first = number << inside
        start, count = first % TILE_WIDTH, 1 << inside
        found = self._tile(level - inside, first // TILE_WIDTH)[start : start + count]
        if len(found) < count:
            raise NodesMissing(level=level, number=number)
        while len(found) > 1:
            found = [node_hash(left, right) for left, right in zip(found[::2], found[1::2], strict=True)]
        return found[0]

    def _tile(self, level: int, number: int) -> list[bytes]:
        place = level, number
        if place not in self._tiles:
            self._tiles[place] = self._state.hashes(level, number * TILE_WIDTH, TILE_WIDTH)
        return self._tiles[place]
