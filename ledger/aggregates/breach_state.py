"""
What a breach is on record: its clocks, its lines of duty and the rest, and what follows from them.

A clock runs from every awareness; what is decided for one decides nothing for the next. What events change stands here
too, since it runs again on every load and checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Aggregate, Fact, Personal
from ledger.aggregates.breach_records import (
    Assessed,
    ClockStart,
    Described,
    LineRun,
    LinkedBreach,
    Narrated,
    NotificationSent,
    OpinionGiven,
    PeopleDecided,
    PeopleTold,
    ProcessorTold,
    Remedied,
    Reminded,
    ScopeAttached,
)
from ledger.policies.breach_refusals import (
    BreachIsClosed,
    NotAwareYet,
)
from ledger.policies.breach_vocabulary import (
    DUTY_LINES,
    BreachEnding,
    Deadline,
    Declarant,
    Line,
    LineEnding,
    Occurrence,
    OpinionOn,
    Risk,
)
from ledger.rules.cnil import FormType


class BreachState(Aggregate):
    """One breach as far as it is recorded; nothing here decides."""

    house: UUID | None
    signalled_at: datetime
    recorded_at: datetime
    occurrence: Fact[Occurrence]
    account: Personal[str]
    declarant: Personal[Declarant]
    loss: Fact[UUID | None]
    clocks: list[ClockStart]
    lines: list[LineRun]
    descriptions: list[Described]
    narratives: list[Narrated]
    scopes: list[ScopeAttached]
    assessments: list[Assessed]
    opinions: list[OpinionGiven]
    notifications: list[NotificationSent]
    people_decisions: list[PeopleDecided]
    people_told: list[PeopleTold]
    remedies: list[Remedied]
    processors: list[ProcessorTold]
    linked: list[LinkedBreach]
    reminders: list[Reminded]
    ending: BreachEnding | None
    closed_at: datetime | None

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and not reopened since."""
        return self.closed_at is not None

    @property
    def clock_number(self) -> int:
        """The number of the clock that runs, from 0; -1 before the first awareness."""
        return len(self.clocks) - 1

    @property
    def aware_at(self) -> datetime | None:
        """Since when the latest clock runs; None before the first awareness."""
        return self.clocks[-1].aware_at if self.clocks else None

    @property
    def told_at(self) -> datetime | None:
        """When a processor of the house first told of it; None if none did."""
        return min((each.told_at for each in self.processors), default=None)

    @property
    def risk(self) -> Risk | None:
        """What risk the latest clock's last assessment says; None where there is none."""
        return next((each.risk for each in reversed(self.assessments) if each.clock == self.clock_number), None)

    @property
    def sent_types(self) -> tuple[FormType, ...]:
        """The types of what was sent to the CNIL for the latest clock, in order."""
        return tuple(each.form_type for each in self.notifications if each.clock == self.clock_number)

    @property
    def unanswered(self) -> Sequence[ClockStart]:
        """The clocks for which nothing was sent to the CNIL yet, oldest first."""
        answered = max((each.clock for each in self.notifications), default=-1)
        return self.clocks[answered + 1 :]

    @property
    def last_initial(self) -> NotificationSent | None:
        """The first notification that a complementary one completes; None if none was sent."""
        first = (each for each in reversed(self.notifications) if each.form_type is not FormType.COMPLEMENTARY)
        return next(first, None)

    @property
    def people_decision(self) -> PeopleDecided | None:
        """What was last decided, since the latest awareness, on telling the people."""
        decided = (each for each in reversed(self.people_decisions) if each.clock == self.clock_number)
        return next(decided, None)

    @property
    def are_people_told(self) -> bool:
        """Whether people were told since the latest awareness."""
        return any(each.clock == self.clock_number for each in self.people_told)

    @property
    def open_lines(self) -> tuple[Line, ...]:
        """The lines of duty that run, in the order of their list."""
        running = {each.line for each in self.lines if each.is_open}
        return tuple(line for line in Line if line in running)

    def opinion_on(self, subject: OpinionOn) -> OpinionGiven | None:
        """Give the last opinion on this since the latest awareness."""
        given = (each for each in reversed(self.opinions) if (each.clock, each.on) == (self.clock_number, subject))
        return next(given, None)

    def runs_of(self, line: Line) -> Iterator[LineRun]:
        """Give every run of a line, oldest first."""
        return (each for each in self.lines if each.line is line)

    def start_clock(self, clock: ClockStart) -> None:
        """Let a clock run, and with it the two duties, and the controller's line where there is one; for events."""
        again = (Line.CONTROLLER,) if self.clocks and any(self.runs_of(Line.CONTROLLER)) else ()
        self.clocks.append(clock)
        self.lines += [LineRun(line, clock.aware_at, self.clock_number) for line in (*DUTY_LINES, *again)]

    def restart_clock(self, aware_at: datetime) -> None:
        """Let the latest clock, and the lines that run with it, run from another instant; for events."""
        wrong = self.clocks[-1]
        self.clocks[-1] = wrong._replace(aware_at=aware_at, corrected=(*wrong.corrected, wrong.aware_at))
        for number, run in enumerate(self.lines):
            if run.clock == self.clock_number and run.about is None:
                self.lines[number] = run._replace(runs_from=aware_at)

    def run_line(self, line: Line, runs_from: datetime, about: Fact[str]) -> None:
        """Let a line run; for events."""
        self.lines.append(LineRun(line, runs_from, self.clock_number, about))

    def end_line(
        self, line: Line, *, closed_at: datetime, ending: Fact[LineEnding], reason: Personal[str], reference: Fact[str]
    ) -> None:
        """End every open run of a line; for events."""
        for number, run in enumerate(self.lines):
            if run.line is line and run.is_open:
                self.lines[number] = run._replace(
                    closed_at=closed_at, ending=ending, reason=reason, reference=reference
                )

    def reminder(self, deadline: Deadline, *, due_at: datetime, point_at: datetime) -> Reminded | None:
        """Give what is on record of one reminder; None where it was never about to be given."""
        same = (each for each in self.reminders if each.is_of(deadline, due_at=due_at, point_at=point_at))
        return next(same, None)

    def put_reminder(self, reminded: Reminded) -> None:
        """Keep where a reminder stands, in the place of where it stood before; for events."""
        of = {"due_at": reminded.due_at, "point_at": reminded.point_at}
        others = [each for each in self.reminders if not each.is_of(reminded.deadline, **of)]
        self.reminders = [*others, reminded]

    def _must_be_open(self) -> None:
        if self.is_closed:
            raise BreachIsClosed

    def _must_be_aware(self) -> None:
        if not self.clocks:
            raise NotAwareYet
