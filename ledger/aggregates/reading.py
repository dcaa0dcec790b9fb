"""Readings and refusals: the record that facts were opened to judge a command, or to show a page."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Created, Fact, Scope, stored


class Reading(Aggregate):
    """One page shown, one run, or one command refused: a stream of a single event."""

    KIND = "reading"

    @classmethod
    def of_page(cls, *, house: UUID | None, page: str, rows: int) -> Self:
        """Record that the facts of `rows` rows of a page are about to be opened for display."""
        return cls.begin(PageRead, house=house, page=Fact(page), rows=Fact(rows))

    @classmethod
    def of_refusal(cls, *, house: UUID | None, decision: StrEnum) -> Self:
        """Record that facts were opened to judge a command, and that it was refused."""
        return cls.begin(CommandRefused, house=house, decision=decision)


class ReadingDecision(StrEnum):
    """What was decided where no code of the gate fits."""

    READ = "READ"
    REFUSED = "REFUSED"
    CONFLICT = "CONFLICT"
    FAILED = "FAILED"


@stored
class PageRead(Created):
    """Facts are about to be opened for a page, a report or a run."""

    TOPIC = "reading.recorded.1"
    house: UUID | None
    page: Annotated[Fact[str], Scope.REGISTER]
    rows: Annotated[Fact[int], Scope.REGISTER]

    def apply(self, aggregate: Any) -> None:
        """Keep nothing: a reading has no further life."""


@stored
class CommandRefused(Created):
    """Facts were opened to judge a command that was then refused."""

    TOPIC = "reading.refused.1"
    house: UUID | None
    decision: StrEnum

    def apply(self, aggregate: Any) -> None:
        """Keep nothing: a refusal has no further life."""
