from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.merkle import EMPTY_ROOT, TILE_HEIGHT, TILE_WIDTH, Frontier, leaf_hash, node_hash

# The test inputs and roots that implementations of RFC 6962 share (certificate-transparency-go, merkle tree tests).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _hashed(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + _hashed(leaves[:split]) + _hashed(leaves[split:])).digest()


@pytest.mark.parametrize("size", range(9))
def test_the_roots_of_rfc_6962(size: int) -> None:
    leaves = LEAVES[:size]
    assert Frontier().extend(leaf_hash(leaf) for leaf in leaves).root().hex() == ROOTS[size]
    assert _hashed(leaves).hex() == ROOTS[size], "the definition itself, which the next tests compare with"


def test_leaves_and_nodes_are_hashed_apart() -> None:
    left, right = bytes(32), bytes([1]) * 32
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"\x01" + left + right) != node_hash(left, right)


def test_the_empty_tree() -> None:
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()
    assert Frontier().to_bytes() == b""


@given(st.lists(st.binary(max_size=8), max_size=200))
def test_any_tree_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    frontier = Frontier().extend(leaf_hash(leaf) for leaf in leaves)
    assert frontier.root() == _hashed(leaves)
    assert frontier.size == len(leaves)
    assert len(frontier.edge) == len(leaves).bit_count()


@given(st.lists(st.lists(st.binary(max_size=4), max_size=9), max_size=20))
def test_how_the_leaves_come_in_batches_changes_nothing(batches: list[list[bytes]]) -> None:
    frontier = Frontier()
    for batch in batches:
        frontier = frontier.extend(leaf_hash(leaf) for leaf in batch)
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
    assert frontier.root() == _hashed([leaf for batch in batches for leaf in batch])


@given(st.lists(st.integers(0, 700), max_size=6))
def test_the_full_tiles_that_batches_complete_are_those_of_the_definition(counts: list[int]) -> None:
    hashes, frontier, tiles = [leaf_hash(bytes([n % 256, n // 256])) for n in range(sum(counts))], Frontier(), []
    for count in counts:
        frontier, full = frontier.grow(hashes[frontier.size : frontier.size + count])
        tiles += full
    for number, tile in enumerate(tiles):
        whole = Frontier().extend(hashes[number * TILE_WIDTH : (number + 1) * TILE_WIDTH])
        assert tile == (TILE_HEIGHT, number, whole.root())
    assert len(tiles) == len(hashes) // TILE_WIDTH


@given(st.lists(st.binary(max_size=4), min_size=1, max_size=40), st.data())
def test_another_leaf_gives_another_root(leaves: list[bytes], data: st.DataObject) -> None:
    changed = list(leaves)
    position = data.draw(st.integers(min_value=0, max_value=len(leaves) - 1))
    changed[position] += b"x"
    one, other = (Frontier().extend(map(leaf_hash, told)).root() for told in (leaves, changed))
    assert one != other


def test_extending_leaves_the_frontier_before_as_it_was() -> None:
    before = Frontier().extend([leaf_hash(b"a")])
    edge = before.edge
    before.extend([leaf_hash(b"b")])
    assert (before.size, before.edge) == (1, edge)


@pytest.mark.parametrize(
    ("size", "edge"),
    [
        (0, bytes(32)),
        (1, b""),
        (1, bytes(31)),
        (1, bytes(33)),
        (1, bytes(64)),
        (3, bytes(32)),
        (4, bytes(64)),
        (-1, b""),
    ],
)
def test_what_can_not_be_an_edge_is_refused(size: int, edge: bytes) -> None:
    with pytest.raises(ValueError, match="frontier"):
        Frontier.from_bytes(size, edge)
