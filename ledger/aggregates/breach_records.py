"""What a breach keeps of each thing that happened; what is sealed stays a handle."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from ledger.aggregates.base import Fact, Personal
from ledger.aggregates.confirmation import Opinion
from ledger.policies.breach_vocabulary import (
    Assessment,
    BreachLink,
    BreachText,
    Deadline,
    Line,
    LineEnding,
    OpinionOn,
    ReminderState,
    Risk,
    ScopeFigures,
    WhyNotTold,
)
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin, FormType, InformationOfPeople


class ClockStart(NamedTuple):
    """One awareness, from which a clock runs; `corrected` are the instants taken for it before, oldest first."""

    aware_at: datetime
    recorded_at: datetime
    zone: Fact[str]
    territory: Fact[str]
    grounds: Personal[str]
    corrected: tuple[datetime, ...] = ()


class LineRun(NamedTuple):
    """One run of a line of duty, from `runs_from` until it was closed."""

    line: Line
    runs_from: datetime
    clock: int
    """The number of the clock it belongs to, from 0."""
    about: Fact[str] | None = None
    """What it is about, for a line that was opened; None for those that run with a clock."""
    closed_at: datetime | None = None
    """When what closed it happened or was decided."""
    ending: Fact[LineEnding] | None = None
    reason: Personal[str] | None = None
    reference: Fact[str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it still runs."""
        return self.closed_at is None


class Described(NamedTuple):
    """What was violated, how it came about and through whom, in the words of the CNIL's form."""

    natures: Fact[tuple[BreachNature, ...]]
    origins: Fact[tuple[BreachOrigin, ...]]
    causes: Fact[tuple[BreachCause, ...]]
    recorded_at: datetime


class Narrated(NamedTuple):
    """A narrative of one part."""

    part: Fact[BreachText]
    text: Personal[str]
    recorded_at: datetime


class ScopeAttached(NamedTuple):
    """The scope as it was measured or estimated."""

    figures: Fact[ScopeFigures]
    recorded_at: datetime


class Assessed(NamedTuple):
    """One assessment; `risk` is what the delegate decided."""

    clock: int
    risk: Risk
    assessment: Fact[Assessment]
    reason: Personal[str]
    recorded_at: datetime


class OpinionGiven(NamedTuple):
    """What the data protection officer said, or that the officer could not be reached."""

    clock: int
    on: OpinionOn
    opinion: Fact[Opinion]
    officer: Fact[UUID | None]
    note: Personal[str]
    given_at: datetime


class NotificationSent(NamedTuple):
    """One notification of the CNIL."""

    clock: int
    form_type: FormType
    sent_at: datetime
    receipt: Fact[str]
    initial: Fact[str]
    reasons: Personal[str]
    recorded_at: datetime


class PeopleDecided(NamedTuple):
    """What was decided on telling the people (GDPR 34)."""

    clock: int
    information: InformationOfPeople
    why: Fact[WhyNotTold | None]
    reason: Personal[str]
    due_at: Fact[datetime | None]
    recorded_at: datetime


class PeopleTold(NamedTuple):
    """That people were told."""

    clock: int
    told_at: datetime
    people: Fact[int]
    means: Fact[tuple[ContactMeans, ...]]


class Remedied(NamedTuple):
    """What was done against the breach."""

    done_at: datetime
    measures: Personal[str]


class ProcessorTold(NamedTuple):
    """That a processor of the house told of it: the house is aware from `told_at` on."""

    told_at: datetime
    processor: Fact[str]
    aware_at: Fact[datetime | None]
    """Since when the processor itself was aware; its own delay is flagged apart."""


class LinkedBreach(NamedTuple):
    """A breach that this one is tied to."""

    other: Fact[UUID]
    kind: Fact[BreachLink]


class Reminded(NamedTuple):
    """A reminder: what of, for which end, for which point before it, and what became of it."""

    deadline: Deadline
    due_at: datetime
    point_at: datetime
    recorded_at: datetime
    state: ReminderState

    def is_of(self, deadline: Deadline, *, due_at: datetime, point_at: datetime) -> bool:
        """Say whether it is this very one."""
        return (self.deadline, self.due_at, self.point_at) == (deadline, due_at, point_at)
