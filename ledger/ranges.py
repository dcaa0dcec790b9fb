"""Ranges of positions in the log: sorted, disjoint, inclusive, and as few as there can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Self


class Ranges(tuple[tuple[int, int], ...]):
    """Positions of the log as ranges [first, last]; between two of them at least one position is left out."""

    __slots__ = ()

    @classmethod
    def of(cls, positions: Iterable[int]) -> Self:
        """Give the ranges that hold exactly these positions."""
        return cls(_runs(sorted(positions)))

    def positions(self) -> Iterator[int]:
        """Give each position, in order."""
        for first, last in self:
            yield from range(first, last + 1)

    @property
    def size(self) -> int:
        """How many positions they hold."""
        return sum(last - first + 1 for first, last in self)

    @property
    def well_formed(self) -> bool:
        """Whether they are what `of` gives: from 1 on, in order, none empty, none touching the next."""
        before = -1
        for first, last in self:
            if first < max(before + 2, 1) or last < first:
                return False
            before = last
        return True


def _runs(positions: list[int]) -> Iterator[tuple[int, int]]:
    start = end = None
    for position in positions:
        if start is not None and end is not None and position <= end + 1:
            end = position
            continue
        if start is not None and end is not None:
            yield start, end
        start = end = position
    if start is not None and end is not None:
        yield start, end
