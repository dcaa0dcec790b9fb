from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.limits import HEADER_BYTES
from ledger.proof.tiles import BundleMalformed, Tile, bundle, entries_of, hashes_of, tiles_of

ENTRIES = st.lists(st.none() | st.binary(min_size=1, max_size=300), min_size=1, max_size=256)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0, 256), "tile/0/000"),
        (Tile(0, 273, 112), "tile/0/273.p/112"),
        (Tile(1, 1_234_067, 256), "tile/1/x001/x234/067"),  # the example of the specification
        (Tile(2, 1_000, 1), "tile/2/x001/000.p/1"),
        (Tile(0, 999, 256), "tile/0/999"),
    ],
)
def test_tiles_stand_where_the_specification_says(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert tile.entries_path == path.replace(f"tile/{tile.level}/", "tile/entries/")


def test_the_tree_of_70_000_of_the_specification() -> None:
    tiles = list(tiles_of(70_000))
    leaves = [tile for tile in tiles if tile.level == 0]
    assert (len(leaves), leaves[-1]) == (274, Tile(0, 273, 112))
    assert [tile for tile in tiles if tile.level > 0] == [Tile(1, 0, 256), Tile(1, 1, 17), Tile(2, 0, 1)]


def test_a_tree_of_256_has_a_full_tile_and_a_partial_one_above() -> None:
    assert list(tiles_of(256)) == [Tile(0, 0, 256), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(st.integers(1, 2**40))
def test_each_level_has_the_width_that_the_specification_says(size: int) -> None:
    # floor(s / 256**l) mod 256 hashes in the partial tile of each level; only the last tiles are looked at
    level, hashes = 0, size
    while hashes:
        last = Tile(level, (hashes - 1) // 256, (hashes - 1) % 256 + 1)
        assert last.width % 256 == size // 256**level % 256
        level, hashes = level + 1, hashes >> 8


@given(ENTRIES)
def test_what_is_bundled_is_read(entries: list[bytes | None]) -> None:
    assert entries_of(bundle(entries), len(entries)) == entries


def test_lengths_are_two_bytes_the_larger_first() -> None:
    assert bundle([b"a" * 258, None, b"bc"]) == b"\x01\x02" + b"a" * 258 + b"\x00\x00" + b"\x00\x02bc"
    assert entries_of(b"\xff\xff" + b"x" * HEADER_BYTES, 1) == [b"x" * HEADER_BYTES]


@given(ENTRIES, st.data())
def test_a_bundle_that_is_cut_or_longer_is_refused(entries: list[bytes | None], data: st.DataObject) -> None:
    content = bundle(entries)
    cut = data.draw(st.integers(0, len(content) - 1))
    for wrong, width in ((content[:cut], len(entries)), (content + b"\0", len(entries)), (content, len(entries) + 1)):
        with pytest.raises(BundleMalformed):
            entries_of(wrong, width)


@pytest.mark.parametrize("width", [-1, 0, 257])
def test_no_bundle_has_another_width(width: int) -> None:
    with pytest.raises(BundleMalformed):
        entries_of(b"\0\0" * max(width, 0), width)


def test_a_tile_is_cut_into_hashes() -> None:
    assert hashes_of(b"a" * 32 + b"b" * 32) == [b"a" * 32, b"b" * 32]
