"""
How long each class of record is kept, and the midnight at which it falls due.

Terms count days (Code civil 2228, 2229): the day of the event is not counted, the last day belongs to the term in full.
Logs fall due by whole months, because the key of an agent's month dies as one; some profiles count proofs from the
1 January that follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from ledger.rules.periods import Period, local_day, midnight, plus_months


class RetentionClass(StrEnum):
    """What is kept for the same time and destroyed together."""

    WORKING_DATA = "working-data"
    DORMANT_PROCEDURE = "dormant-procedure"
    MANDATE_PROOF = "mandate-proof"
    LOGS = "logs"
    BREACH_REGISTER = "breach-register"
    REQUEST_FILE = "request-file"
    IDENTITY = "identity"
    ACTOR_NAME = "actor-name"
    STREAM_HEADERS = "stream-headers"
    ELIMINATION_SLIPS = "elimination-slips"
    HOLD_FILE = "hold-file"
    AGENT = "agent"
    HOUSE_CONTACT = "house-contact"


class Counting(StrEnum):
    """From where a term counts."""

    FROM_DAY = "from-day"
    """From the day of the event, which is not counted."""
    FROM_MONTH_END = "from-month-end"
    """From the end of the event's month: what falls due together is a whole month."""
    FROM_NEXT_YEAR = "from-next-year"
    """From the 1 January that follows the event."""
    AT_ONCE = "at-once"
    """No term: due as soon as it starts to run."""
    WITH_LAST = "with-last"
    """Due with the last thing that depends on it; no date can be computed from one event."""
    PERMANENT = "permanent"
    """Never due."""


@dataclass(frozen=True)
class RetentionTerm:
    """One row of the schedule, as it holds during a period."""

    retention_class: RetentionClass
    counting: Counting
    years: int
    months: int
    days: int
    runs_from: str
    """What it runs from, in words."""
    source: str
    mark: str
    period: Period

    def due(self, *, runs_from: datetime, zone: tzinfo) -> datetime | None:
        """
        Give the first instant at which the term is over, or None where no date follows from this event.

        Ended 2026-06-15T16:20+02:00, 5 years: the last day is 2031-06-15, due 2031-06-16T00:00+02:00.

        :raises ValueError: if `runs_from` carries no offset
        """
        day = local_day(runs_from, zone)
        if self.counting in (Counting.WITH_LAST, Counting.PERMANENT):
            return None
        if self.counting is Counting.AT_ONCE:
            return runs_from
        return midnight(self._first_day_after(day), zone)

    def _first_day_after(self, day: date) -> date:
        months = self.years * 12 + self.months
        if self.counting is Counting.FROM_MONTH_END:
            return plus_months(plus_months(day.replace(day=1), 1), months) + timedelta(days=self.days)
        if self.counting is Counting.FROM_NEXT_YEAR:
            return plus_months(date(day.year + 1, 1, 1), months) + timedelta(days=self.days)
        return plus_months(day, months) + timedelta(days=self.days + 1)
