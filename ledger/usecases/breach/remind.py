"""
The run that reminds: look at what is due, give each reminder once, and leave what can't be given for the next run.

One run at a time. When the channel can't be reached, the run stops there: the others would fail too. It is tried again
after longer and longer waits, up to half an hour. What waits is shown on the board; a run that is killed leaves a claim
behind at most, which is shown there too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.errors import LedgerError, Misconfigured, Unavailable
from ledger.limits import REMINDER_LONGEST_WAIT
from ledger.policies.breach_deadlines import BreachDeadline, Delivery, Reminder, ReminderStanding, standing_of
from ledger.usecases.breach.deadlines import LoggedFacts, deadlines_of, last_restore
from ledger.usecases.breach.reminding import (
    Channel,
    Letter,
    Outcome,
    give_reminder,
    give_up_knowing,
    settle_by_channel,
)
from ledger.usecases.breach.running import Board
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk

Writer = Callable[[BreachDeadline], Letter]


@dataclass(frozen=True)
class Trouble:
    """Since when the channel fails, how often it did, and when it is tried again."""

    since: datetime
    failures: int
    next_try_at: datetime


class Waiting(Protocol):
    """Remembers, outside the log, that the channel fails; what is forgotten here only makes a run try at once."""

    def trouble(self) -> Trouble | None:
        """Give what is remembered."""
        ...

    def failed(self, *, at: datetime) -> Trouble:
        """Remember one more failure; each makes the next try wait longer."""
        ...

    def mended(self) -> None:
        """Forget it."""
        ...


@dataclass(frozen=True)
class OnBoard:
    """One deadline and how its reminder stands."""

    deadline: BreachDeadline
    reminder: ReminderStanding


@dataclass(frozen=True)
class Reminded:
    """What a run did: reminders sent, those that nobody knows the end of, and when a channel that fails is tried."""

    sent: int = 0
    to_check: int = 0
    waiting: int = 0
    trouble: Trouble | None = None
    refusal: LedgerError | None = None
    """What the channel said when it failed in this run."""


def board_of(desk: Desk, command: Command, board: Board, events: LoggedFacts, *, page: str) -> list[OnBoard]:
    """
    Give every deadline that the actor may see, nearest first, with its reminder; the look is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may see none
    """
    found = deadlines_of(desk, command, board.running, events, page=page)
    restored_at = last_restore(desk)
    points = desk.law.profile.reminders(day_of(command.at))
    return [
        OnBoard(each, standing_of(each, points, board.told, restored_at=restored_at, at=command.at)) for each in found
    ]


def remind(
    desk: Desk,
    command: Command,
    found: Sequence[OnBoard],
    *,
    channel: Channel,
    waiting: Waiting,
    write: Writer,
    again: bool = False,
) -> Reminded:
    """
    Give every reminder that is due; with `again`, those too that may have gone out before.

    It is for one run at a time: whoever calls holds the lock.
    """
    wanted = _each_once(found)
    due = [each for each in wanted if _is_due(desk, command, each, channel=channel, again=again)]
    to_check = sum(each.reminder.standing is Delivery.TO_CHECK for each in wanted if each not in due)
    trouble = waiting.trouble()
    if due and trouble is not None and _is_early(trouble, at=command.at) and not again:
        return Reminded(0, to_check, len(due), trouble)
    sent = failed = 0
    for number, each in enumerate(due):
        try:
            outcome = give_reminder(desk, command, _reminder(each), write(each.deadline), channel=channel)
        except (Unavailable, Misconfigured) as refusal:
            return Reminded(sent, to_check, failed + len(due) - number, waiting.failed(at=command.at), refusal)
        sent += outcome is Outcome.SENT
        failed += outcome is Outcome.FAILED
        to_check += outcome is Outcome.UNKNOWN
    if failed:
        return Reminded(sent, to_check, failed, waiting.failed(at=command.at))
    if trouble is not None and (sent or not due):  # it gave one, or nothing waits for it any more
        waiting.mended()
    return Reminded(sent, to_check)


def _is_early(trouble: Trouble, *, at: datetime) -> bool:
    """Say whether a failing channel is not tried yet; a try further off than any wait was set by a wrong clock."""
    return at < trouble.next_try_at <= at + REMINDER_LONGEST_WAIT


def _each_once(found: Sequence[OnBoard]) -> list[OnBoard]:
    """Keep one of the deadlines that share a reminder: the two lines of duty run together."""
    seen: dict[Reminder, OnBoard] = {}
    for each in found:
        if each.reminder.reminder is not None:
            seen.setdefault(each.reminder.reminder, each)
    return list(seen.values())


def _is_due(desk: Desk, command: Command, each: OnBoard, *, channel: Channel, again: bool) -> bool:
    """Say whether a reminder is to be given now, once the channel or a person has said how a doubtful one ended."""
    if each.reminder.standing is not Delivery.TO_CHECK:
        return each.reminder.standing is Delivery.WAITS
    reminder = _reminder(each)
    outcome = settle_by_channel(desk, command, reminder, channel=channel, replaced=each.reminder.replaced)
    if outcome is None and again:
        give_up_knowing(desk, command, reminder)
        return True
    return outcome is Outcome.FAILED


def _reminder(each: OnBoard) -> Reminder:
    assert each.reminder.reminder is not None, "its point has come"
    return each.reminder.reminder
