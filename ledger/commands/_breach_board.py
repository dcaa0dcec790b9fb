"""`ledger breach board`: every clock that runs, nearest first, for people, for a screen, for monitoring."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import click

from ledger.commands._breach_noun import command
from ledger.commands._context import Session
from ledger.commands._words import option
from ledger.errors import Unavailable
from ledger.limits import REMINDER_LONGEST_WAIT, WATCH_LEAST
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from datetime import timedelta

    from ledger.policies.breach_deadlines import Urgency
    from ledger.usecases.breach.remind import OnBoard, Trouble

_REFRESH = 60
"""Seconds between two refreshes where nothing else is said."""
_CLEAR = "\x1b[2J\x1b[H"
"""Empties the screen of a terminal, and goes back to its upper left corner."""


class BoardCode(IntEnum):
    """The exit codes of `ledger breach board`, beside those of every command."""

    IN_TIME = 0
    DUE_SOON = 10
    """Something is due soon or should have been done, or a reminder calls for somebody."""
    LATE = 11
    """A legal end is past."""


@dataclass(frozen=True)
class _Board:
    """The board at one instant."""

    at: datetime
    rows: Sequence[OnBoard]
    soon: timedelta
    trouble: Trouble | None
    has_channel: bool

    def urgency(self, row: OnBoard) -> Urgency:
        """Say how near the end of a row is."""
        return row.deadline.urgency(at=self.at, soon=self.soon)

    @property
    def code(self) -> BoardCode:
        """What the exit code tells whoever looks on."""
        urgencies = {str(self.urgency(row)) for row in self.rows}
        if "late" in urgencies:
            return BoardCode.LATE
        calls = urgencies != {"running"} and bool(urgencies)
        return BoardCode.DUE_SOON if calls or self.unheard() or self.trouble else BoardCode.IN_TIME

    def unheard(self) -> int:
        """Count the reminders that call for somebody: to be checked, or waiting longer than a run should take."""
        from ledger.policies.breach_deadlines import Delivery

        if not self.has_channel:
            return 0
        distinct = {row.reminder.reminder: row for row in self.rows if row.reminder.reminder is not None}
        return sum(
            row.reminder.standing is Delivery.TO_CHECK
            or (row.reminder.standing is Delivery.WAITS and _since(row) + REMINDER_LONGEST_WAIT < self.at)
            for row in distinct.values()
        )


def _since(row: OnBoard) -> datetime:
    assert row.reminder.reminder is not None, "it waits"
    return max(row.reminder.reminder.point_at, row.deadline.recorded_at)


@command.verb(
    "board",
    help=mark(
        "Show every clock that runs, the nearest end first: what is to be done, by when, how long is left.\n\n"
        "The notification of the CNIL by both its lines, the complementary one, telling the people, the controller and "
        "the prefect, the complaint for the insurance, and whether the reminders went out. The exit code is 0, or 10 "
        "where something is due soon or calls for somebody, or 11 where a legal end is past; --check says no more than "
        "one line, for monitoring. Each look is recorded."
    ),
    examples=("ledger breach board", "ledger breach board --watch 60", "ledger breach board --check"),
)
@option(
    "--watch",
    is_flag=False,
    flag_value=_REFRESH,
    type=click.IntRange(min=int(WATCH_LEAST.total_seconds())),
    metavar=mark("SECONDS"),
    help=mark("Show it again and again, every so many seconds (60 if you don't say); Ctrl-C ends it."),
)
@option("--check", is_flag=True, help=mark("For monitoring: one line, and an exit code that tells."))
def board(session: Session, watch: int | None, check: bool) -> int:
    """Show the board."""
    if watch is not None:
        return _watch(session, watch, _check if check else _show)
    found = _board(session, session.at)
    return int(_check(session, found) if check else _show(session, found))


def _board(session: Session, at: datetime) -> _Board:
    from ledger.bootstrap.reminding import board_now, waiting_of

    ledger = session.ledger
    rows = board_now(ledger, replace(session.reading(), at=at), page="breach.board")
    return _Board(
        at=at,
        rows=rows,
        soon=session.desk.law.profile.soon(at.date()),
        trouble=waiting_of(ledger).trouble(),
        has_channel=ledger.settings.reminders is not None,
    )


def _watch(session: Session, seconds: int, show: Callable[[Session, _Board], BoardCode]) -> int:
    """Show the board until Ctrl-C; what is out of reach for a moment is said, and looked at again."""
    clear = session.output.for_people and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    try:
        while True:
            if clear:
                click.echo(_CLEAR, nl=False, color=True)  # it is no colour: NO_COLOR does not take it away
            try:
                show(session, _board(session, session.now()))
            except Unavailable as trouble:
                session.output.verbatim(trouble.explain())
            sys.stdout.flush()
            time.sleep(seconds)
    except KeyboardInterrupt:
        return int(BoardCode.IN_TIME)


def _show(session: Session, found: _Board) -> BoardCode:
    from ledger.commands._output import Column

    output = session.output
    columns = [
        Column("left", mark("Time left")), Column("urgency", mark("State")), Column("what", mark("To be done")),
        Column("breach", mark("Breach")), Column("due_at", mark("By")), Column("late_from", mark("Legal end")),
        Column("reminder", mark("Reminder")), Column("house", mark("House")),
        Column("deadline", mark("Deadline"), for_people=False), Column("line", mark("Line"), for_people=False),
        Column("seconds_left", mark("Seconds left"), for_people=False),
        Column("soft", mark("No legal end"), for_people=False),
        Column("runs_from", mark("Runs from"), for_people=False),
        Column("point_at", mark("Reminder of"), for_people=False), Column("todo", mark("What to do"), for_people=False),
    ]  # fmt: skip
    rows = [_row(found, row, for_people=output.for_people) for row in found.rows]
    output.listing(columns, rows, empty=mark("No clock runs."), tint=_tint)
    if output.for_people:
        _say_more(session, found)
    return found.code


def _row(found: _Board, row: OnBoard, *, for_people: bool) -> Mapping[str, Any]:
    from ledger.commands._breach_words import left_in_words, todo, what
    from ledger.policies.breach_deadlines import Delivery

    one, reminder = row.deadline, row.reminder
    standing = None if reminder.standing is Delivery.NONE_YET or not found.has_channel else reminder.standing
    return {
        "left": left_in_words(one, at=found.at),
        "urgency": found.urgency(row),
        "what": what(one),
        "breach": one.breach,
        "due_at": one.due_at,
        "late_from": None if one.soft and for_people else one.late_from,
        "reminder": standing,
        "house": one.house,
        "deadline": one.deadline,
        "line": one.line,
        "seconds_left": int((one.due_at - found.at).total_seconds()),
        "soft": one.soft,
        "runs_from": one.runs_from,
        "point_at": reminder.reminder.point_at if reminder.reminder else None,
        "todo": todo(one),
    }


def _tint(row: Mapping[str, Any]) -> str | None:
    """Give the colour of a line; its state says the same in words."""
    return {"late": "red", "overdue": "red", "past-target": "yellow", "soon": "yellow"}.get(str(row["urgency"]))


def _say_more(session: Session, found: _Board) -> None:
    """Tell a person what to do first, and what is wrong with the reminders."""
    from ledger.commands._breach_words import todo

    say = session.output.say
    if found.rows:
        say(mark("First: {step}"), step=todo(found.rows[0].deadline))
    if not found.has_channel and found.rows:
        say(mark("Nobody is reminded: ledger.toml has no table [reminders]."))
    if found.trouble is not None:
        say(
            mark("Reminders can't be sent since {since} ({failures} tries); next try at {next_try_at}."),
            since=found.trouble.since, failures=found.trouble.failures, next_try_at=found.trouble.next_try_at,
        )  # fmt: skip
    if unheard := found.unheard():
        say(
            mark("{count} reminders call for somebody. To send again what may have arrived: {command}."),
            count=unheard, command="`ledger breach remind --again`",
        )  # fmt: skip


def _check(session: Session, found: _Board) -> BoardCode:
    """Say how it stands in one line."""
    counts = Counter(str(found.urgency(row)) for row in found.rows)
    first = found.rows[0].deadline if found.rows else None
    words = {
        BoardCode.IN_TIME: mark("In time"),
        BoardCode.DUE_SOON: mark("Due soon"),
        BoardCode.LATE: mark("Late"),
    }
    session.output.done(
        mark("{state}: {late} late, {near} near, {running} running, {reminders} reminders to look at; next: {next_at}"),
        state=translate(words[found.code]), late=counts["late"],
        near=counts["soon"] + counts["past-target"] + counts["overdue"], running=counts["running"],
        reminders=found.unheard(), next_at=first.due_at if first else "-", exit_code=int(found.code),
    )  # fmt: skip
    return found.code
