"""
Inclusion and consistency proofs of RFC 6962 (section 2.1), for any size, and their checks (RFC 9162, section 2.1).

Whoever proves needs the roots of *perfect subtrees* only: `node(level, number)` is the root of the leaves from
`number * 2**level` up to, and without, `(number + 1) * 2**level`; level 0 are the leaf hashes. A proof asks for a
logarithmic number of them. Whoever verifies needs nothing but the proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from ledger.errors import IntegrityBroken
from ledger.merkle import EMPTY_ROOT, HASH_BYTES, node_hash
from ledger.translation import mark

PROOF_HASHES = 64
"""No proof is longer: a tree of 2**63 leaves has paths of 63 hashes; a proof of consistency begins with one more."""


class ProofWrong(IntegrityBroken):
    """A proof does not lead from what it is about to the root."""

    sentence = mark("This proof does not show what it should: it was altered, or belongs to another log.")


class Nodes(Protocol):
    """Where the roots of perfect subtrees are read."""

    def node(self, level: int, number: int) -> bytes:
        """Give the root of the `number`-th perfect subtree of `2**level` leaves."""
        ...


def root_of(nodes: Nodes, size: int) -> bytes:
    """Give the root of the first `size` leaves."""
    return subtree_root(nodes, 0, size) if size else EMPTY_ROOT


def subtree_root(nodes: Nodes, start: int, end: int) -> bytes:
    """Give the root of the leaves from `start` up to `end`, where `start` is a multiple of the largest part."""
    parts = [nodes.node(level, number) for level, number in _perfect_parts(start, end)]
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root


def _perfect_parts(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a range of leaves in perfect subtrees, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def inclusion_proof(nodes: Nodes, index: int, size: int) -> list[bytes]:
    """
    Prove that leaf `index` (from 0) is in the tree of `size` leaves: siblings, from the leaf's up to the root's child.

    :raises ValueError: if there is no such leaf in that tree
    """
    if not 0 <= index < size:
        raise ValueError("no such leaf in a tree of this size")
    siblings: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _largest_power_below(end - start)
        left = index < split
        siblings.append(subtree_root(nodes, *((split, end) if left else (start, split))))
        start, end = (start, split) if left else (split, end)
    return siblings[::-1]


def consistency_proof(nodes: Nodes, old: int, new: int) -> list[bytes]:
    """
    Prove that the tree of `old` leaves is the beginning of that of `new` leaves (RFC 6962, section 2.1.2).

    From nothing, and from a tree to itself, the proof is empty.

    :raises ValueError: if the old tree is the larger one
    """
    if not 0 <= old <= new:
        raise ValueError("a tree grows")
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    if old in (0, new):
        return proof
    while old != end:
        split = start + _largest_power_below(end - start)
        if old <= split:
            proof.append(subtree_root(nodes, split, end))
            end = split
        else:
            proof.append(subtree_root(nodes, start, split))
            start, whole = split, False
    return ([] if whole else [subtree_root(nodes, start, end)]) + proof[::-1]


def _largest_power_below(count: int) -> int:
    return 1 << (count - 1).bit_length() - 1


def check_inclusion(leaf: bytes, *, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """
    Check that the leaf hash stands at `index` of the tree with this size and root (RFC 9162, section 2.1.3.2).

    :raises ProofWrong: if the proof doesn't show it
    """
    _check_form(proof)
    if not 0 <= index < size:
        raise ProofWrong
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofWrong
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last or found != root:
        raise ProofWrong


def check_consistency(*, old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """
    Check that the old tree is the beginning of the new one (RFC 9162, section 2.1.4.2).

    Anything follows from the empty tree, whose root is known; a tree follows from itself.

    :raises ProofWrong: if the proof doesn't show it
    """
    _check_form(proof)
    if not 0 <= old <= new:
        raise ProofWrong
    if old in (0, new):
        begun = EMPTY_ROOT if old == 0 else new_root
        if proof or old_root != begun or (new == 0 and new_root != EMPTY_ROOT):
            raise ProofWrong
        return
    _check_growth(old, old_root, new, new_root, proof)


def _check_growth(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        raise ProofWrong
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofWrong
        if place & 1 or place == last:
            first, second = node_hash(sibling, first), node_hash(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, sibling)
        place, last = place >> 1, last >> 1
    if last or first != old_root or second != new_root:
        raise ProofWrong


def _check_form(proof: Sequence[bytes]) -> None:
    if len(proof) > PROOF_HASHES or any(len(each) != HASH_BYTES for each in proof):
        raise ProofWrong
