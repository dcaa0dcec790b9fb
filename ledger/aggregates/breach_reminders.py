"""
What happens to the reminders of a breach, as it is stored.

Three header fields name one reminder in each of these events: `decision` says what of, `effective_at` is the end of the
term, and `known_at` the point before it at which one is reminded. Nothing is sealed: there is nothing of a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from ledger.aggregates.base import Event, stored
from ledger.aggregates.breach_records import Reminded
from ledger.policies.breach_vocabulary import Deadline, ReminderState


class _OfReminder(Event):
    """Something that happened to one reminder."""

    STATE: ClassVar[ReminderState]
    effective_at: datetime
    known_at: datetime
    decision: Deadline

    def apply(self, aggregate: Any) -> None:
        """Keep how the reminder stands; one that had failed is tried again."""
        reminded = Reminded(self.decision, self.effective_at, self.known_at, self.timestamp, self.STATE)
        aggregate.put_reminder(reminded)


@stored
class BreachReminded(_OfReminder):
    """A reminder is about to be given; this is durable before anything of it goes out, so that it is given once."""

    TOPIC = "breach.reminded.1"
    STATE = ReminderState.CLAIMED


@stored
class BreachReminderSent(_OfReminder):
    """What was to be given was taken over by whoever delivers it."""

    TOPIC = "breach.reminder-sent.1"
    STATE = ReminderState.SENT


@stored
class BreachReminderFailed(_OfReminder):
    """What was to be given certainly was not, or somebody decided to give it again: the next run does."""

    TOPIC = "breach.reminder-failed.1"
    STATE = ReminderState.FAILED
