"""
The append-only Merkle tree of RFC 6962, as pure functions over its right edge.

The *frontier* is the list of roots of the perfect subtrees that make up a tree of `size` leaves, largest first: one
hash per bit set in `size`. It is all that appending needs, and it fits in one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
TILE_HEIGHT = 8
"""Every so many levels of the tree are kept or published together: a tile of 256 hashes (C2SP tlog-tiles)."""
TILE_WIDTH = 1 << TILE_HEIGHT


def leaf_hash(entry: bytes) -> bytes:
    """Hash one log entry: SHA-256(0x00 | entry), RFC 6962 section 2.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into their parent: SHA-256(0x01 | left | right), RFC 6962 section 2.1."""
    return sha256(b"\x01" + left + right).digest()


class TreeNode(NamedTuple):
    """The root of a perfect subtree: of the `2**level` leaves from index `number * 2**level` on."""

    level: int
    number: int
    hash: bytes


@dataclass(frozen=True)
class Frontier:
    """The right edge of a tree of `size` leaves: the roots of its perfect subtrees, largest first."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.edge) != self.size.bit_count() or any(len(h) != HASH_BYTES for h in self.edge):
            raise ValueError("a frontier holds one 32-byte hash per bit set in its size")

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """Append leaf hashes, in order; each costs as many hashes as subtrees it completes."""
        return self.grow(leaves)[0]

    def grow(self, leaves: Iterable[bytes]) -> tuple[Frontier, list[TreeNode]]:
        """Append leaf hashes, in order; give also the roots of the full tiles, of every height, that this completes."""
        # Level by level, and without a call of `node_hash` for each: appending and verifying wait for this.
        nodes, first, level = list(leaves), self.size, 0
        size, waiting, edge, full = self.size + len(nodes), list(self.edge), [], []
        while nodes:
            if first & 1:  # the left sibling of the first one is there
                nodes.insert(0, waiting.pop())
            if len(nodes) & 1:
                edge.append(nodes.pop())
            pairs = zip(nodes[::2], nodes[1::2], strict=True)
            nodes = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
            first >>= 1
            level += 1
            if not level % TILE_HEIGHT:
                full += [TreeNode(level, number, node) for number, node in enumerate(nodes, first)]
        return Frontier(size, (*waiting, *reversed(edge))), full

    def root(self) -> bytes:
        """Give the Merkle tree hash: SHA-256 of nothing for the empty tree."""
        if not self.edge:
            return EMPTY_ROOT
        root = self.edge[-1]
        for subtree in reversed(self.edge[:-1]):
            root = node_hash(subtree, root)
        return root

    def to_bytes(self) -> bytes:
        """Give the edge as one string of bytes, 32 a hash; the size is stored beside it."""
        return b"".join(self.edge)

    @classmethod
    def from_bytes(cls, size: int, edge: bytes) -> Frontier:
        """
        Read back what `to_bytes` gave.

        :raises ValueError: if the bytes can't be the edge of a tree of this size
        """
        hashes: Sequence[bytes] = [edge[i : i + HASH_BYTES] for i in range(0, len(edge), HASH_BYTES)]
        return cls(size, tuple(hashes))
