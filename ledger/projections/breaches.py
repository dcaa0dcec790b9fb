"""
What runs in breaches: lines of duty, notifications to complete, people to tell, and the reminders that were given.

Ids, instants and codes of headers only. By which place a clock counts, and until when the people are to be told, are
facts: a row says where their event stands, and who shows or reminds opens them. A line is kept while it runs; a
reminder, while its breach is open.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.policies.breach_deadlines import Reminder, Told
from ledger.policies.breach_vocabulary import DUTY_LINES, Deadline, Line, ReminderState, Risk
from ledger.projections.filters import Filter
from ledger.projections.model import Model, Rows, Scopes, begun, happened, known
from ledger.projections.ports import Entry
from ledger.projections.tables import Table
from ledger.projections.views import Reader, Views
from ledger.rules.cnil import FormType, InformationOfPeople
from ledger.usecases.breach.running import Board, Running


@dataclass(frozen=True)
class BreachRow:
    """One breach; what is said of the latest clock begins anew with the next."""

    breach: UUID
    house: UUID | None
    position: int
    """Of its declaration."""
    changed_position: int
    closed_at: datetime | None = None
    clock: int = -1
    """The number of the latest clock, from 0."""
    clock_position: int | None = None
    """Of the awareness that it runs from, whose facts say the place."""
    answered: int = -1
    """The number of the latest clock for which something was sent."""
    has_controller: bool = False
    """Whether the controller's line ever ran: it runs again with every new clock."""
    sent: str | None = None
    """What was sent for the latest clock: the type that settles most."""
    initial_at: datetime | None = None
    initial_position: int | None = None
    risk: str | None = None
    risk_at: datetime | None = None
    risk_position: int | None = None
    people: str | None = None
    """What was decided on telling the people."""
    people_at: datetime | None = None
    people_position: int | None = None
    people_told: bool = False


@dataclass(frozen=True)
class LineRow:
    """One run of a line that is open."""

    breach: UUID
    line: str
    clock: int
    position: int
    """Of the event that it began with."""
    runs_from: datetime
    recorded_at: datetime
    beside: bool = False
    """Whether it was opened, and does not run with a clock."""


@dataclass(frozen=True)
class ReminderRow:
    """One reminder, as the log last tells of it."""

    breach: UUID
    deadline: str
    due_at: datetime
    point_at: datetime
    position: int
    state: str
    told_at: datetime


BREACHES = Table("breaches", "breaches", BreachRow, key=("breach",), indexes=(("closed_at", "position"), ("position",)))
LINES = Table("breaches", "breaches_lines", LineRow, key=("breach", "line", "clock"), indexes=(("position",),))
REMINDERS = Table(
    "breaches",
    "breaches_reminders",
    ReminderRow,
    key=("breach", "deadline", "due_at", "point_at"),
    indexes=(("position",),),
)

_STATES = {
    "breach.reminded.1": ReminderState.CLAIMED,
    "breach.reminder-sent.1": ReminderState.SENT,
    "breach.reminder-failed.1": ReminderState.FAILED,
}
_STARTS = frozenset({"breach.aware.1", "breach.reopened.1"})


class Breaches(Model):
    """Keeps what runs."""

    name = "breaches"
    tables = (BREACHES, LINES, REMINDERS)
    topics = frozenset(
        {
            "breach.signalled.1", "breach.awareness-corrected.1", "breach.notified.1", "breach.assessed.1",
            "breach.people-decided.1", "breach.people-informed.1", "breach.line-opened.1", "breach.line-closed.1",
            "breach.closed.1", *_STARTS, *_STATES,
        }
    )  # fmt: skip

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Write down what an event changes."""
        if entry.topic == "breach.signalled.1":
            rows.put(BREACHES, BreachRow(entry.stream_id, entry.house, entry.position, entry.position))
            return
        row = replace(begun(rows.get(BREACHES, entry.stream_id)), changed_position=entry.position)
        match entry.topic:
            case topic if topic in _STATES:
                _remind(entry, row, rows)
            case topic if topic in _STARTS:
                row = _start(entry, row, rows)
            case "breach.awareness-corrected.1":
                _restart(entry, row, rows)
            case "breach.line-opened.1":
                row = _open(entry, row, rows)
            case "breach.line-closed.1":
                for run in rows.where(LINES, _of(entry).equal("line", entry.decision)):
                    rows.remove(LINES, run)
            case "breach.closed.1":
                row = replace(row, closed_at=entry.recorded_at)
                for reminder in rows.where(REMINDERS, _of(entry)):
                    rows.remove(REMINDERS, reminder)
            case _:
                row = _decided(entry, row)
        rows.put(BREACHES, row)


def _of(entry: Entry) -> Filter:
    return Filter().equal("breach", entry.stream_id)


def _start(entry: Entry, row: BreachRow, rows: Rows) -> BreachRow:
    """Start a clock, and the lines that run with it; what was decided for the one before decides nothing for it."""
    clock = row.clock + 1
    again = (Line.CONTROLLER,) if clock and row.has_controller else ()
    for line in (*DUTY_LINES, *again):
        rows.put(
            LINES, LineRow(entry.stream_id, line, clock, entry.position, happened(entry), entry.recorded_at)
        )  # fmt: skip
    return BreachRow(
        row.breach, row.house, row.position, entry.position, clock=clock, clock_position=entry.position,
        answered=row.answered, has_controller=row.has_controller,
    )  # fmt: skip


def _restart(entry: Entry, row: BreachRow, rows: Rows) -> None:
    for run in rows.where(LINES, _of(entry).equal("clock", row.clock)):
        if not run.beside:
            rows.put(LINES, replace(run, runs_from=happened(entry)))


def _open(entry: Entry, row: BreachRow, rows: Rows) -> BreachRow:
    line = Line(entry.decision or "")
    opened = LineRow(
        entry.stream_id, line, row.clock, entry.position, happened(entry), entry.recorded_at, beside=True
    )  # fmt: skip
    rows.put(LINES, opened)
    return replace(row, has_controller=row.has_controller or line is Line.CONTROLLER)


def _decided(entry: Entry, row: BreachRow) -> BreachRow:
    match entry.topic:
        case "breach.notified.1":
            return _notified(entry, row)
        case "breach.assessed.1":
            return replace(row, risk=entry.decision, risk_at=entry.recorded_at, risk_position=entry.position)
        case "breach.people-decided.1":
            return replace(
                row, people=entry.decision, people_at=entry.recorded_at, people_position=entry.position
            )  # fmt: skip
        case _:
            return replace(row, people_told=True)


def _notified(entry: Entry, row: BreachRow) -> BreachRow:
    """Keep what was sent: a complementary one is awaited while an initial one is all there is for the clock."""
    answered = replace(row, answered=row.clock)
    if entry.decision == FormType.INITIAL and row.sent is None:
        return replace(answered, sent=FormType.INITIAL, initial_at=happened(entry), initial_position=entry.position)
    return replace(answered, sent=entry.decision if row.sent is None else FormType.COMPLETE)


def _remind(entry: Entry, row: BreachRow, rows: Rows) -> None:
    """Keep how a reminder stands; of a breach that is closed nobody asks any more."""
    if row.closed_at is None:
        rows.put(
            REMINDERS,
            ReminderRow(
                entry.stream_id, entry.decision or "", happened(entry), known(entry), entry.position,
                _STATES[entry.topic], entry.recorded_at,
            ),
        )  # fmt: skip


def breach_board(views: Views) -> Board:
    """Give everything that runs in the breaches that are open, and how their reminders stand."""

    def query(reader: Reader) -> Board:
        still_open = reader.select(BREACHES, Filter().empty("closed_at", True), order="position")
        lines = reader.select(LINES, Filter(), order="clock, position, line")
        by_breach: dict[UUID, list[LineRow]] = {}
        for line in lines:
            by_breach.setdefault(line.breach, []).append(line)
        running = [each for row in still_open for each in running_in(row, by_breach.get(row.breach, []))]
        told = reader.select(REMINDERS, Filter(), order="position")
        return Board(
            running,
            {
                Reminder(each.breach, Deadline(each.deadline), each.due_at, each.point_at): Told(
                    ReminderState(each.state), each.told_at
                )
                for each in told
            },
        )

    return views.read(query)


def running_in(row: BreachRow, lines: Sequence[LineRow]) -> Iterator[Running]:
    """Give what is to be done about one breach."""
    clocks = {run.clock: run.position for run in lines if not run.beside}
    open_duties = [line for line in DUTY_LINES if any(run.line == line for run in lines)]
    for line in open_duties:
        waiting = [run for run in lines if run.line == line and run.clock > row.answered]
        if waiting:  # the oldest clock for which nothing was sent is the one that ends first
            first = waiting[0]
            yield _line(row, first, Deadline.NOTIFY, position=clocks[first.clock])
    if open_duties and row.sent == FormType.INITIAL and row.initial_at is not None:
        yield Running(
            row.breach, row.house, Deadline.COMPLEMENTARY, None, row.initial_at, row.initial_at,
            row.initial_position or 0, row.clock_position, row.changed_position,
        )  # fmt: skip
    for run in lines:
        if run.line not in DUTY_LINES:
            yield from (_line(row, run, deadline) for deadline in _OF_LINE[Line(run.line)])
    yield from _people(row)


_OF_LINE = {
    Line.CONTROLLER: (Deadline.CONTROLLER,),
    Line.INSURANCE: (Deadline.INSURANCE,),
    Line.PREFECT: (Deadline.PREFECT,),
    Line.NIS2: (Deadline.NIS2_WARNING, Deadline.NIS2_NOTIFY),
}


def _line(row: BreachRow, run: LineRow, deadline: Deadline, *, position: int | None = None) -> Running:
    return Running(
        row.breach, row.house, deadline, Line(run.line), run.runs_from, run.recorded_at, run.position, position,
        row.changed_position,
    )  # fmt: skip


def _people(row: BreachRow) -> Iterator[Running]:
    """Give that people are to be told: it was decided so, or the risk is high and nothing was decided (GDPR 34)."""
    if row.people_told or row.people == InformationOfPeople.NO:
        return
    decided = row.people in (InformationOfPeople.YES, InformationOfPeople.WILL_BE)
    since, began = (row.people_at, row.people_position) if decided else (row.risk_at, row.risk_position)
    if (decided or row.risk == Risk.HIGH) and since is not None:
        yield Running(
            row.breach, row.house, Deadline.PEOPLE, None, since, since, began or 0,
            began if decided else None, row.changed_position,
        )  # fmt: skip
