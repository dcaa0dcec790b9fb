"""Ranges hold exactly the positions that they were made of, and there are as few as there can be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ranges import Ranges

_POSITIONS = st.sets(st.integers(1, 60))


@given(_POSITIONS)
def test_they_hold_exactly_these_positions(positions: set[int]) -> None:
    ranges = Ranges.of(positions)
    assert {position for first, last in ranges for position in range(first, last + 1)} == positions
    assert list(ranges.positions()) == sorted(positions)
    assert ranges.size == len(positions)
    assert ranges.well_formed


@given(_POSITIONS)
def test_two_ranges_never_touch(positions: set[int]) -> None:
    ranges = Ranges.of(positions)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(ranges))


@pytest.mark.parametrize("ranges", [((0, 3),), ((4, 3),), ((1, 4), (5, 6)), ((5, 6), (1, 2)), ((1, 4), (4, 6))])
def test_any_other_form_is_told(ranges: tuple[tuple[int, int], ...]) -> None:
    assert not Ranges(ranges).well_formed
