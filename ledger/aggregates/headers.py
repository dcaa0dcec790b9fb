"""
The record of pruned headers: which positions of the log lost their header, once everything of their streams was gone.

The header of a stream tells when something was done, in which house and under which key, and that too is kept no longer
than it is needed (GDPR 5(1)(e)). What stays is the leaf hash of each, so that the tree still verifies; the ranges stand
in clear, so that an outsider accounts for every missing header without any key. Those of many streams are merged, so
that a record does not tell which positions were one stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Invalid
from ledger.limits import RANGES_IN_HEADER
from ledger.ranges import Ranges
from ledger.translation import mark


class RangesUnfit(Invalid):
    """The ranges are none, too many, or not in their form."""

    sentence = mark("These ranges of positions can't be written down: {count} of them, the limit is {limit}.")


@dataclass(frozen=True)
class StreamsPruned:
    """How many streams of one kind lost their headers."""

    kind: str
    streams: int


class PrunedHeaders(Aggregate):
    """One batch of pruned headers. Every fact of it concerns no person and is kept as long as the ledger."""

    KIND = "headers"

    ranges: Ranges
    by_kind: Fact[tuple[StreamsPruned, ...]]
    oldest: Fact[datetime]
    newest: Fact[datetime]
    authority: Fact[UUID]
    run: Fact[UUID]
    pruned_at: datetime

    @classmethod
    def prune(
        cls,
        ranges: Ranges,
        *,
        by_kind: tuple[StreamsPruned, ...],
        oldest: datetime,
        newest: datetime,
        authority: UUID,
        run: UUID,
    ) -> Self:
        """
        Record which headers go, how many streams they were, and when the first and the last of them was recorded.

        :raises RangesUnfit: if there are no ranges, more than `limits.RANGES_IN_HEADER`, or they are not in order
        """
        if not 0 < len(ranges) <= RANGES_IN_HEADER or not ranges.well_formed:
            raise RangesUnfit(count=len(ranges), limit=RANGES_IN_HEADER)
        return cls.begin(
            HeadersPruned,
            ranges=ranges,
            by_kind=Fact(by_kind),
            oldest=Fact(oldest),
            newest=Fact(newest),
            authority=Fact(authority),
            run=Fact(run),
        )


@stored
class HeadersPruned(Created):
    """The headers at some positions were pruned to their leaf hashes."""

    TOPIC = "headers.pruned.1"
    PAD_TO = 512
    ranges: Ranges
    by_kind: Annotated[Fact[tuple[StreamsPruned, ...]], Scope.REGISTER]
    oldest: Annotated[Fact[datetime], Scope.REGISTER]
    newest: Annotated[Fact[datetime], Scope.REGISTER]
    authority: Annotated[Fact[UUID], Scope.REGISTER]
    run: Annotated[Fact[UUID], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this record."""
        return (Link(REGISTER, LinkKind.HEADERS, self.originator_id),)

    def apply(self, aggregate: PrunedHeaders) -> None:
        """Take what the record says."""
        aggregate.ranges, aggregate.by_kind = self.ranges, self.by_kind
        aggregate.oldest, aggregate.newest = self.oldest, self.newest
        aggregate.authority, aggregate.run, aggregate.pruned_at = self.authority, self.run, self.timestamp
