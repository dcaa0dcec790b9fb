"""The read model of what runs against the breach itself: whatever is tried in whatever order, both say the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hypothesis.stateful import initialize, invariant

from ledger.policies.breach_vocabulary import DUTY_LINES, Deadline, Line, Risk
from ledger.projections.breaches import BREACHES, LINES, REMINDERS, Breaches, running_in
from ledger.projections.ports import Entry
from ledger.rules.cnil import FormType, InformationOfPeople
from tests.properties.test_breach_machine import START, BreachMachine
from tests.unit.projections.rows_in_memory import RowsInMemory

OF_LINE = {
    Line.CONTROLLER: (Deadline.CONTROLLER,), Line.INSURANCE: (Deadline.INSURANCE,), Line.PREFECT: (Deadline.PREFECT,),
    Line.NIS2: (Deadline.NIS2_WARNING, Deadline.NIS2_NOTIFY),
}  # fmt: skip
Thing = tuple[Deadline, Line | None, datetime | None]


class BoardMachine(BreachMachine):
    """Every step of a breach goes through the model as the header that would be written of it."""

    @initialize()
    def begun(self) -> None:
        self.model = Breaches()
        self.rows = RowsInMemory()
        self.taken_in = 0

    def _take_in(self) -> None:
        for event in self._events()[self.taken_in :]:
            self.taken_in += 1
            header = {name: value for name, _ in event.SHAPE.header if (value := getattr(event, name)) is not None}
            entry = Entry(
                self.taken_in, UUID(int=self.taken_in), self.breach.id, self.taken_in, event.TOPIC, START, **header
            )
            if self.model.concerns(entry.topic):
                self.model.take(entry, self.rows, {})

    def _events(self) -> list[Any]:
        return [*self.breach.pending_events]

    @invariant()
    def the_board_shows_what_runs_and_nothing_else(self) -> None:
        self._take_in()
        (row,) = self.rows.all(BREACHES)
        lines = sorted(self.rows.all(LINES), key=lambda each: (each.clock, each.position, each.line))
        shown = [] if row.closed_at is not None else list(running_in(row, lines))
        found: list[Thing] = [
            (each.deadline, each.line, each.runs_from if each.line is not None else None) for each in shown
        ]
        assert sorted(found, key=repr) == sorted(self._expected(), key=repr)
        assert all(each.began and each.breach == self.breach.id for each in shown)
        assert {(each.deadline, each.due_at, each.point_at, each.state) for each in self.rows.all(REMINDERS)} == (
            set()
            if self.breach.is_closed
            else {
                (each.deadline, each.due_at, each.point_at, each.state)
                for each in self.breach.reminders
                if each in self._since_last_closing()
            }
        )

    def _since_last_closing(self) -> list[Any]:
        """Give the reminders after the last closing: what was told before it is asked for no more."""
        topics = [event.TOPIC for event in self._events()]
        last = max((number for number, topic in enumerate(topics) if topic == "breach.closed.1"), default=-1)
        later = self._events()[last + 1 :]
        keys = {
            (event.decision, event.effective_at, event.known_at)
            for event in later
            if event.TOPIC == "breach.reminded.1"
        }
        return [each for each in self.breach.reminders if (each.deadline, each.due_at, each.point_at) in keys]

    def _expected(self) -> list[Thing]:
        breach = self.breach
        if breach.is_closed:
            return []
        answered = max((each.clock for each in breach.notifications), default=-1)
        found: list[Thing] = []
        for line in DUTY_LINES:
            waiting = [run for run in breach.runs_of(line) if run.is_open and run.clock > answered]
            found += [(Deadline.NOTIFY, line, run.runs_from) for run in waiting[:1]]
        if breach.sent_types == (FormType.INITIAL,) and set(DUTY_LINES) & set(breach.open_lines):
            found.append((Deadline.COMPLEMENTARY, None, None))
        for line, deadlines in OF_LINE.items():
            runs = [run for run in breach.runs_of(line) if run.is_open]
            found += [(deadline, line, run.runs_from) for run in runs for deadline in deadlines]
        decided = breach.people_decision
        information = decided.information if decided else None
        wanted = information in (InformationOfPeople.YES, InformationOfPeople.WILL_BE)
        undecided = information in (None, InformationOfPeople.UNDETERMINED)
        if not breach.are_people_told and (wanted or (undecided and breach.risk is Risk.HIGH)):
            found.append((Deadline.PEOPLE, None, None))
        return found


TestBoardMachine = BoardMachine.TestCase
