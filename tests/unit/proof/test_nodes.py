"""Nodes worked out from kept tiles are those of the definition, read in logarithmic pieces; so says another program."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency  # type: ignore[import-untyped]  # it has no types

from ledger.merkle import TILE_WIDTH, Frontier, leaf_hash, node_hash
from ledger.proof.nodes import KeptNodes, NodesMissing
from ledger.proof.tree import check_consistency, check_inclusion, consistency_proof, inclusion_proof, root_of

ENTRIES = [number.to_bytes(4) for number in range(70_000)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


@dataclass
class Kept:
    """What a store of some leaves keeps of their tree; `reads` are the rows of each reading."""

    size: int
    reads: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.head, full = Frontier().grow(LEAVES[: self.size])
        self.levels = {0: LEAVES[: self.size]}
        for level, number, root in full:
            assert len(self.levels.setdefault(level, [])) == number, "they are completed in their order"
            self.levels[level].append(root)

    def hashes(self, level: int, first: int, count: int) -> list[bytes]:
        found = self.levels.get(level, [])[first : first + count]
        self.reads.append(len(found))
        return found


def defined(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, of a perfect subtree."""
    while len(leaves) > 1:
        leaves = [node_hash(left, right) for left, right in zip(leaves[::2], leaves[1::2], strict=True)]
    return leaves[0]


LARGE = Kept(70_000)


@given(st.integers(0, 16), st.data())
def test_every_node_is_that_of_the_definition(level: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, (70_000 >> level) - 1))
    assert KeptNodes(LARGE).node(level, number) == defined(LEAVES[number << level : (number + 1) << level])


@pytest.mark.parametrize("size", [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000])
def test_the_root_follows_from_what_is_kept_whatever_the_size(size: int) -> None:
    kept = Kept(size)
    assert root_of(KeptNodes(kept), size) == kept.head.root()
    assert root_of(KeptNodes(LARGE), size) == kept.head.root(), "the tree has grown since"


@pytest.mark.parametrize(("level", "number"), [(0, 300), (4, 18), (8, 1), (9, 0)])
def test_a_node_that_is_not_kept_is_told(level: int, number: int) -> None:
    with pytest.raises(NodesMissing):
        KeptNodes(Kept(300)).node(level, number)


def test_a_proof_reads_a_handful_of_tiles() -> None:
    for index in (0, 255, 256, 40_000, 69_999):
        kept = Kept(70_000)
        proof = inclusion_proof(KeptNodes(kept), index, 70_000)
        assert len(kept.reads) <= 6  # tiles of three heights, twice where the right edge is another
        assert max(kept.reads) <= TILE_WIDTH
        check_inclusion(LEAVES[index], index=index, size=70_000, proof=proof, root=kept.head.root())


@given(st.integers(1, 1_500), st.data())
def test_another_implementation_makes_the_same_proofs(size: int, data: st.DataObject) -> None:
    kept, other = Kept(size), InmemoryTree(algorithm="sha256")
    other.append_entries(ENTRIES[:size])
    nodes = KeptNodes(kept)
    assert other.get_root() == root_of(nodes, size)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert other.prove_inclusion(index + 1, size).path == [LEAVES[index], *inclusion_proof(nodes, index, size)]
    verify_consistency(root_of(nodes, old), root_of(nodes, size), other.prove_consistency(old, size))
    proof = consistency_proof(nodes, old, size)
    check_consistency(
        old=old, old_root=other.get_root(old), new=size, new_root=other.get_root(size), proof=proof
    )  # fmt: skip
