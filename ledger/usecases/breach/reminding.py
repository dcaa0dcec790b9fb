"""
Give one reminder, once: what must be durable before anything goes out, and what is known after.

The order is the protocol: the channel is made ready up to the point of no return -> the reminder is claimed in the log
-> it is handed over -> the log says that it went out, or that it certainly did not. Invariants:

1. Nothing is handed over before its claim is durable, and one claim stands for one handing over: whoever is killed, is
   second, or comes after a rebuild finds the claim and gives nothing.
2. What stops before the claim leaves nothing on record: the reminder is due as before, and the next run tries again.
3. A claim whose end nobody recorded may have gone out or not. It is never given again unasked: it is to be checked,
   unless the channel itself can tell.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.errors import Conflict
from ledger.identifiers import new_id
from ledger.policies.breach_deadlines import Reminder, Urgency
from ledger.policies.breach_refusals import BreachIsClosed, ReminderGiven, ReminderSettled
from ledger.usecases.ports import Command, Desk

_TURNS = 5
"""How often an outcome is recorded again because somebody else recorded a step of the breach meanwhile."""


class NotGiven(Exception):
    """The channel certainly gave nothing: it can be tried again."""


class OutcomeUnknown(Exception):
    """Nobody can tell whether the channel gave it."""


@dataclass(frozen=True)
class Letter:
    """What a reminder says; it names nobody."""

    reference: UUID
    breach: UUID
    deadline: str
    urgency: Urgency
    due_at: datetime
    late_from: datetime
    subject: str
    text: str


class Handover(Protocol):
    """A channel that is ready for one letter."""

    def give(self) -> None:
        """
        Hand the letter over.

        :raises NotGiven: if it certainly was not
        :raises OutcomeUnknown: if nobody can tell
        """
        ...


class Channel(Protocol):
    """A way by which reminders leave: mail, a program, a file."""

    def ready(self, letter: Letter) -> AbstractContextManager[Handover]:
        """
        Go as far as one can with nothing given.

        :raises Unavailable: if it can't be reached, or does not take the letter now
        """
        ...

    def was_given(self, reference: UUID) -> bool | None:
        """Say whether a letter was given; None where this channel can't tell."""
        ...


class Outcome(StrEnum):
    """How the giving of a reminder ended."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    """Somebody else gives it, or it is not wanted any more."""


def give_reminder(desk: Desk, command: Command, reminder: Reminder, letter: Letter, *, channel: Channel) -> Outcome:
    """
    Give a reminder, unless it was given.

    :raises Unavailable: if the channel can't be made ready; nothing is recorded then
    """
    with channel.ready(letter) as handover:
        if not _claim(desk, command, reminder):
            return Outcome.TAKEN
        try:
            handover.give()
        except NotGiven:
            record_end(desk, command, reminder, sent=False)
            return Outcome.FAILED
        except OutcomeUnknown:
            return Outcome.UNKNOWN
        record_end(desk, command, reminder, sent=True)  # before the channel takes its leave, which may last
    return Outcome.SENT


def _claim(desk: Desk, command: Command, reminder: Reminder) -> bool:
    try:
        breach = desk.streams.load(Breach, reminder.breach)
        breach.remind(reminder.deadline, due_at=reminder.due_at, point_at=reminder.point_at)
        desk.streams.commit(_step(command), breach)
    except (BreachIsClosed, ReminderGiven, Conflict):
        return False
    return True


def record_end(desk: Desk, command: Command, reminder: Reminder, *, sent: bool) -> None:
    """
    Record that a claimed reminder went out, or that it certainly did not.

    :raises Conflict: if others go on recording steps of the breach
    """
    for turn in range(_TURNS):
        breach = desk.streams.load(Breach, reminder.breach)
        try:
            breach.settle_reminder(reminder.deadline, due_at=reminder.due_at, point_at=reminder.point_at, sent=sent)
            desk.streams.commit(_step(command), breach)
        except ReminderSettled:
            return
        except Conflict:
            if turn == _TURNS - 1:
                raise
        else:
            return


def settle_by_channel(
    desk: Desk, command: Command, reminder: Reminder, *, channel: Channel, replaced: bool
) -> Outcome | None:
    """
    Ask the channel how a reminder ended that is to be checked, and record it; None where it can't tell.

    Where a backup was put back since, the channel's yes is taken, and its no is not: it may be another machine's.
    """
    given = channel.was_given(reminder.reference)
    if given is None or (replaced and not given):
        return None
    _claim(desk, command, reminder)
    record_end(desk, command, reminder, sent=given)
    return Outcome.SENT if given else Outcome.FAILED


def give_up_knowing(desk: Desk, command: Command, reminder: Reminder) -> None:
    """Record that a reminder to be checked is to be given again, though it may have gone out: somebody decided so."""
    _claim(desk, command, reminder)
    record_end(desk, command, reminder, sent=False)


def _step(command: Command) -> Command:
    return replace(command, id=new_id(), request=b"")
