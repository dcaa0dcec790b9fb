"""
Readings and refusals: the record that facts were opened to judge a command, or to show a page.

Whose facts they were is sealed under the reader's month: it is a log of accesses, and goes when its term is over.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from ledger.aggregates.base import Aggregate, Created, Fact, Scope, stored


class Reading(Aggregate):
    """One page shown, one run, or one command refused: a stream of a single event."""

    KIND = "reading"

    @classmethod
    def of_page(cls, *, house: UUID | None, page: str, rows: int, about: tuple[UUID, ...]) -> Self:
        """
        Record that facts are opened for the `rows` rows of a page, and those of which streams.

        A run over all of a kind names none: its page says which kind.
        """
        return cls.begin(PageRead, house=house, page=Fact(page), rows=Fact(rows), about=Fact(about))

    @classmethod
    def of_refusal(cls, *, house: UUID | None, decision: StrEnum, about: tuple[UUID, ...]) -> Self:
        """Record that facts of these streams were opened to judge a command, and that it was refused."""
        return cls.begin(CommandRefused, house=house, decision=decision, about=Fact(about))


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
    about: Annotated[Fact[tuple[UUID, ...]], Scope.AGENT_MONTH]

    def apply(self, aggregate: Any) -> None:
        """Keep nothing: a reading has no further life."""


@stored
class CommandRefused(Created):
    """Facts were opened to judge a command that was then refused."""

    TOPIC = "reading.refused.1"
    house: UUID | None
    decision: StrEnum
    about: Annotated[Fact[tuple[UUID, ...]], Scope.AGENT_MONTH]

    def apply(self, aggregate: Any) -> None:
        """Keep nothing: a refusal has no further life."""
