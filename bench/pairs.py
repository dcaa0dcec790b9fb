"""Measures two pieces of work in turn, so that what else the machine does falls on both; the ratio is what counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

ROUNDS = 15


@dataclass(frozen=True)
class Ratio:
    """Throughput of ours over theirs, as the median of the rounds, with the extremes."""

    name: str
    ours_per_second: float
    theirs_per_second: float
    median: float
    lowest: float
    highest: float
    wanted: str

    def __str__(self) -> str:
        return (
            f"{self.name:<58} {self.median:6.2f}  ({self.lowest:.2f} to {self.highest:.2f})  wanted {self.wanted:<8}"
            f" ours {self.ours_per_second:,.0f}/s, peer {self.theirs_per_second:,.0f}/s"
        )


def compare(
    name: str,
    ours: Callable[[], object],
    theirs: Callable[[], object],
    *,
    times: int,
    wanted: str,
    rounds: int = ROUNDS,
) -> Ratio:
    """Run both `times` times a round, in turn, after one round that does not count."""
    _seconds(ours, times), _seconds(theirs, times)
    pairs = [(_seconds(ours, times), _seconds(theirs, times)) for _ in range(rounds)]
    ratios = [theirs_ / ours_ for ours_, theirs_ in pairs]
    return Ratio(
        name, times / median(ours_ for ours_, _ in pairs), times / median(theirs_ for _, theirs_ in pairs),
        median(ratios), min(ratios), max(ratios), wanted,
    )  # fmt: skip


def _seconds(work: Callable[[], object], times: int) -> float:
    begun = perf_counter()
    for _ in range(times):
        work()
    return perf_counter() - begun
