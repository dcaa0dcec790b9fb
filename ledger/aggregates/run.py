"""One run of retention: what it set out to do, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Self

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Refused
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class RunCompleted(Refused):
    """The run is over."""

    sentence = mark("This run is over.")
    advice = mark("Start another one; what was done is not done again.")


@dataclass(frozen=True)
class Planned:
    """What a run set out to do."""

    to_destroy: int = 0
    to_restrict: int = 0
    to_finish: int = 0
    """Destructions that an earlier run fenced and did not complete."""
    to_close: int = 0
    confirmed: bool = False
    """Whether a person confirmed that more goes at once than the share that the profile allows unasked."""


@dataclass(frozen=True)
class Done:
    """What a run did."""

    destroyed: int = 0
    restricted: int = 0
    finished: int = 0
    passed_over: int = 0
    """Changed since the plan was made, by somebody who was faster: looked at again by the next run."""
    truncated: bool = True
    """Whether the write-ahead log was truncated; False means that a reader held it and the next run tries again."""
    lost: int = 0
    """Keys that should have been destroyed and were not there: neither destroyed nor living. Each stays fenced."""
    awaited: tuple[str, ...] = ()
    """Holders of an old root that could not be reached: what is destroyed here is complete once they gave receipts."""
    closed: int = 0
    """Procedures that slept, and were ended."""
    by_class: tuple[tuple[RetentionClass, int], ...] = ()
    """How many keys of each class were destroyed."""
    pruned: int = 0
    """Streams whose headers were pruned."""


class Run(Aggregate):
    """One run. A run without an end was interrupted; the next one finishes what it began."""

    KIND = "run"

    on: Fact[date]
    planned: Fact[Planned]
    done: Fact[Done] | None
    started_at: datetime
    completed_at: datetime | None

    @classmethod
    def start(cls, *, on: date, planned: Planned) -> Self:
        """Record what is about to be done."""
        return cls.begin(RunStarted, on=Fact(on), planned=Fact(planned))

    def complete(self, done: Done) -> None:
        """
        Record what was done.

        :raises RunCompleted: if the run is over
        """
        if self.completed_at is not None:
            raise RunCompleted
        self.trigger_event(RunHasCompleted, done=Fact(done))


@stored
class RunStarted(Created):
    """A run began."""

    TOPIC = "run.started.1"
    on: Annotated[Fact[date], Scope.REGISTER]
    planned: Annotated[Fact[Planned], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this run."""
        return (Link(REGISTER, LinkKind.RUN, self.originator_id),)

    def apply(self, aggregate: Run) -> None:
        """Begin."""
        aggregate.on, aggregate.planned, aggregate.started_at = self.on, self.planned, self.timestamp
        aggregate.done, aggregate.completed_at = None, None


@stored
class RunHasCompleted(Event):
    """A run came to its end."""

    TOPIC = "run.completed.1"
    done: Annotated[Fact[Done], Scope.REGISTER]

    def apply(self, aggregate: Run) -> None:
        """Keep the counts."""
        aggregate.done, aggregate.completed_at = self.done, self.timestamp
