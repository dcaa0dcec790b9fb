"""
What happens to the reminders of a breach, as it is stored.

Three header fields name one reminder in each of these events: `decision` says what of, `effective_at` is the end of the
term, and `known_at` the point before it at which one is reminded. Nothing is sealed: there is nothing of a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ledger.aggregates.base import Event, stored
from ledger.aggregates.breach_records import Reminded
from ledger.policies.breach_vocabulary import Deadline, ReminderState


@stored
class BreachReminded(Event):
    """A reminder is about to be given; this is durable before anything of it goes out, so that it is given once."""

    TOPIC = "breach.reminded.1"
    effective_at: datetime
    known_at: datetime
    decision: Deadline

    def apply(self, aggregate: Any) -> None:
        """Keep it; one that had failed is tried again."""
        aggregate.put_reminder(Reminded(self.decision, self.effective_at, self.known_at, self.timestamp))


@stored
class BreachReminderSent(Event):
    """What was to be given was taken over by whoever delivers it."""

    TOPIC = "breach.reminder-sent.1"
    effective_at: datetime
    known_at: datetime
    decision: Deadline

    def apply(self, aggregate: Any) -> None:
        """Keep that it was."""
        aggregate.put_reminder(
            Reminded(self.decision, self.effective_at, self.known_at, self.timestamp, ReminderState.SENT)
        )


@stored
class BreachReminderFailed(Event):
    """What was to be given certainly was not, or somebody decided to give it again: the next run does."""

    TOPIC = "breach.reminder-failed.1"
    effective_at: datetime
    known_at: datetime
    decision: Deadline

    def apply(self, aggregate: Any) -> None:
        """Keep that it failed."""
        aggregate.put_reminder(
            Reminded(self.decision, self.effective_at, self.known_at, self.timestamp, ReminderState.FAILED)
        )
