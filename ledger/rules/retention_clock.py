"""When a record falls due, as the schedule of a profile counts it, with the row that says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ledger.rules.local_time import check_year, in_zone
from ledger.rules.periods import holding_or_first, local_day
from ledger.rules.profile import NoRuleOnDay, Profile
from ledger.rules.retention_terms import Counting, RetentionClass, RetentionTerm


@dataclass(frozen=True)
class RetentionClock:
    """The end of one term: its last whole day, and the instant from which the record may go."""

    term: RetentionTerm
    runs_from: datetime
    last_day: date | None
    """None where no whole day belongs to a term, or no date follows from this event."""
    eligible_at: datetime | None


def retention_clock(
    retention_class: RetentionClass, runs_from: datetime, *, profile: Profile, zone: tzinfo
) -> RetentionClock:
    """
    Give when a record falls due (Code civil 2228, 2229: days count, not hours).

    A mandate ended on 15 June 2026 at 16:20, kept 5 years: last day 15 June 2031, eligible on 16 June 2031 at 00:00. A
    day before the first version of the row is counted by that first one.

    :raises ValueError: if `runs_from` carries no offset
    :raises NoRuleOnDay: if the last version ended before that day
    :raises DayOutOfReach: if nothing can be counted from it
    """
    check_year(runs_from)
    day = local_day(runs_from, zone)
    term = holding_or_first(profile.retention[retention_class], on=day)
    if term is None:
        raise NoRuleOnDay(reference=retention_class.value, day=day.isoformat())
    eligible = term.due(runs_from=runs_from, zone=zone)
    shown = in_zone(eligible, zone) if eligible is not None else None
    whole_days = shown is not None and term.counting is not Counting.AT_ONCE
    last_day = shown.date() - timedelta(days=1) if shown is not None and whole_days else None
    return RetentionClock(term, in_zone(runs_from, zone), last_day, shown)
