"""
The deadlines of a breach: how near each is, and of which of them somebody is to be reminded; pure functions.

A reminder belongs to a point: so long before the end that is planned on. Once a later point has come the earlier ones
are not made up for: of one deadline, one reminder at most is due at any time, that of the latest point. A reminder that
may have gone out is never given again unasked, and one that may not have is shown until its deadline is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from ledger.policies.breach_vocabulary import Deadline, Line, ReminderState


class Urgency(StrEnum):
    """How near the end of a term is, nearest last."""

    RUNNING = "running"
    SOON = "soon"
    PAST_TARGET = "past-target"
    """What is planned on is past, the legal end is not."""
    OVERDUE = "overdue"
    """No text makes it late at an hour, but it should have been done."""
    LATE = "late"


@dataclass(frozen=True)
class BreachDeadline:
    """One thing to be done about a breach, and by when."""

    breach: UUID
    house: UUID | None
    deadline: Deadline
    line: Line | None
    """The line of duty that it belongs to; None for what is on no line."""
    runs_from: datetime
    recorded_at: datetime
    """When it was recorded that it runs."""
    due_at: datetime
    """What is planned on, and reminded of."""
    late_from: datetime
    """From when on it is late, or should have been done."""
    soft: bool = False
    """Whether no text makes it late at an hour."""
    began: int = 0
    """Where the event stands from which it runs."""
    changed_position: int = 0
    """Where the last event of the breach stands."""

    def urgency(self, *, at: datetime, soon: timedelta) -> Urgency:
        """Say how near its end is."""
        if at >= self.late_from:
            return Urgency.OVERDUE if self.soft else Urgency.LATE
        if at >= self.due_at:
            return Urgency.PAST_TARGET
        return Urgency.SOON if self.due_at - at <= soon else Urgency.RUNNING

    @property
    def reference(self) -> UUID:
        """A name for ever: the same deadline has the same one, whatever becomes of its end."""
        return uuid5(self.breach, f"{self.deadline}|{self.line or ''}|{self.began}")


@dataclass(frozen=True)
class Reminder:
    """One reminder: of what, for which end, and for which point before it."""

    breach: UUID
    deadline: Deadline
    due_at: datetime
    point_at: datetime

    @property
    def reference(self) -> UUID:
        """A name for ever, by which whoever delivers it can know it again."""
        return uuid5(self.breach, f"{self.deadline}|{self.due_at.timestamp():.6f}|{self.point_at.timestamp():.6f}")


class Delivery(StrEnum):
    """How the reminder of a deadline stands."""

    NONE_YET = "none-yet"
    WAITS = "waits"
    """It is due, and was not given yet."""
    TO_CHECK = "to-check"
    """It may have gone out, or not: somebody has to look."""
    GIVEN = "given"


@dataclass(frozen=True)
class Told:
    """What the log last says of a reminder, and since when."""

    state: ReminderState
    at: datetime


@dataclass(frozen=True)
class ReminderStanding:
    """The reminder of one deadline that is due or was given; `reminder` is None where no point has come."""

    standing: Delivery
    reminder: Reminder | None = None
    replaced: bool = False
    """Whether a backup was put back since: what the log does not tell, the log that it replaced may have known."""


def due_reminder(found: BreachDeadline, points: Sequence[timedelta], *, at: datetime) -> Reminder | None:
    """Give the reminder of the latest point that has come since the term runs, or None."""
    come = [found.due_at - before for before in points if found.runs_from < found.due_at - before <= at]
    return Reminder(found.breach, found.deadline, found.due_at, max(come)) if come else None


def standing_of(
    found: BreachDeadline,
    points: Sequence[timedelta],
    told: Mapping[Reminder, Told],
    *,
    restored_at: datetime | None,
    at: datetime,
) -> ReminderStanding:
    """
    Say how the reminder of a deadline stands.

    What the log does not tell of since a backup was put back may have been given by the log that it replaced: such a
    reminder is not given again, it is to be checked.
    """
    reminder = due_reminder(found, points, at=at)
    if reminder is None:
        return ReminderStanding(Delivery.NONE_YET)
    last = told.get(reminder)
    known_until = last.at if last is not None else max(reminder.point_at, found.recorded_at)
    replaced = restored_at is not None and known_until < restored_at
    if last is not None and last.state is ReminderState.SENT:
        return ReminderStanding(Delivery.GIVEN, reminder)
    if replaced or (last is not None and last.state is ReminderState.CLAIMED):
        return ReminderStanding(Delivery.TO_CHECK, reminder, replaced)
    return ReminderStanding(Delivery.WAITS, reminder)
