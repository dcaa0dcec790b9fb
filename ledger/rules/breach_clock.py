"""
The clocks of a breach: when the authority is to be told, and the terms that run beside.

Regulation 1182/71 art. 3 counts a term in hours from the hour that follows the one of the event; holidays and week-ends
count, and never extend it. All results are shown by the clock of the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from ledger.clock import in_utc
from ledger.rules.clock_packs import ClockKind, RulePacks
from ledger.rules.holidays import MONDAY_TO_FRIDAY, WorkingDays
from ledger.rules.houses import Territory
from ledger.rules.local_time import begins, check_year, elapsed, in_zone, next_full_hour
from ledger.rules.periods import local_day


@dataclass(frozen=True)
class BreachClock:
    """
    The ends of the term that runs from one awareness, as the clock of the place shows them.

    Compare them in UTC: Python compares two times of one zone by what the clock shows, which repeats an hour a year.
    """

    aware_at: datetime
    target: datetime
    """What is planned on: the hours of the term, elapsed from the awareness itself."""
    legal_end: datetime
    """From this instant on a notification is late, and must say why (GDPR 33(1))."""
    contested_end: datetime
    """What Regulation 1182/71 art. 3(5) would give; some authorities refuse it, and nothing is planned on it."""
    rule_pack: str

    def is_late(self, sent_at: datetime) -> bool:
        """Say whether what was sent then must give the reasons for the delay (GDPR 33(1))."""
        return in_utc(sent_at) >= in_utc(self.legal_end)

    def is_past_target(self, sent_at: datetime) -> bool:
        """Say whether what was sent then was sent after the target, so that one asks why, late or not."""
        return in_utc(sent_at) > in_utc(self.target)


@dataclass(frozen=True)
class Nis2Clock:
    """The two ends of an incident that must be told under directive 2022/2555 (art. 23(4))."""

    early_warning: datetime
    notification: datetime
    rule_pack: str


def breach_clock(aware_at: datetime, *, zone: tzinfo, territory: Territory, packs: RulePacks) -> BreachClock:
    """
    Give the ends of the term for telling the authority of a breach (GDPR 33; Regulation 1182/71 art. 3).

    The pack is the one that holds on the local day of the awareness. Awareness at 14:20 on 9 June 2026 in Paris: target
    12 June 14:20, legal end 15:00.

    :raises ValueError: if `aware_at` carries no offset
    :raises DayOutOfReach: if nothing can be counted from it
    """
    day = _checked_day(aware_at, zone)
    pack = packs.pack(ClockKind.BREACH, on=day)
    hours = pack.whole("notify_hours")
    counted_from = next_full_hour(aware_at, zone) if pack.flag("from_next_full_hour") else aware_at
    legal_end = elapsed(counted_from, hours, zone)
    local = territory if pack.flag("local_holidays") else None
    working = WorkingDays(MONDAY_TO_FRIDAY, packs.holidays, territory=local)
    last_day = working.after(day, pack.whole("least_working_days"))
    return BreachClock(
        aware_at=in_zone(aware_at, zone),
        target=elapsed(aware_at, hours, zone),
        legal_end=legal_end,
        contested_end=max(legal_end, begins(last_day + timedelta(days=1), zone), key=in_utc),
        rule_pack=pack.id,
    )


def complementary_due(initial_sent_at: datetime, *, zone: tzinfo, packs: RulePacks) -> datetime:
    """
    Give when what an initial notification left open is softly due (GDPR 33(4)); nothing makes it late.

    :raises ValueError: if `initial_sent_at` carries no offset
    :raises DayOutOfReach: if nothing can be counted from it
    """
    pack = packs.pack(ClockKind.COMPLEMENTARY, on=_checked_day(initial_sent_at, zone))
    return elapsed(initial_sent_at, pack.whole("complete_hours"), zone)


def insurance_complaint_due(known_at: datetime, *, zone: tzinfo, packs: RulePacks) -> datetime | None:
    """
    Give by when a complaint keeps the cyber-insurance, from the knowledge of the attack (Code des assurances L12-10-1).

    None for an attack that was known before the article was in force.

    :raises ValueError: if `known_at` carries no offset
    :raises DayOutOfReach: if nothing can be counted from it
    """
    day = _checked_day(known_at, zone)
    pack = packs.pack(ClockKind.INSURANCE, on=day)
    return elapsed(known_at, pack.whole("complaint_hours"), zone) if pack.period.covers(day) else None


def nis2_clock(aware_at: datetime, *, zone: tzinfo, packs: RulePacks) -> Nis2Clock | None:
    """
    Give the ends under directive 2022/2555 (art. 23(4)), or None where the pack does not switch this line on.

    :raises ValueError: if `aware_at` carries no offset
    :raises DayOutOfReach: if nothing can be counted from it
    """
    day = _checked_day(aware_at, zone)
    pack = packs.pack(ClockKind.NIS2, on=day)
    if not pack.flag("in_use") or not pack.period.covers(day):
        return None
    return Nis2Clock(
        early_warning=elapsed(aware_at, pack.whole("early_warning_hours"), zone),
        notification=elapsed(aware_at, pack.whole("notify_hours"), zone),
        rule_pack=pack.id,
    )


def _checked_day(instant: datetime, zone: tzinfo) -> date:
    check_year(instant)
    return local_day(instant, zone)
