"""
The answer to a person who uses a right (GDPR 12(3)): one month from receipt, three where it is extended.

Months end on the same date, or on the last day of a month that has none (Regulation 1182/71 art. 3(2)(c)); a term that
ends on a Saturday, a Sunday or a holiday ends with the next working day (art. 3(4)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.errors import Invalid
from ledger.rules.clock_packs import ClockKind, RulePacks
from ledger.rules.holidays import MONDAY_TO_FRIDAY, WorkingDays
from ledger.rules.houses import Territory
from ledger.rules.local_time import check_year
from ledger.rules.periods import Period, plus_months
from ledger.translation import mark


class SuspensionReversed(Invalid):
    """A suspension that would end before it begins."""

    sentence = mark("The suspension from {start} to {end} ends before it begins.")
    advice = mark("Give the day on which identity was asked first, then the day on which it was proven.")


class SuspensionBeforeReceipt(Invalid):
    """A suspension of a term that has not begun."""

    sentence = mark("On {start} the term does not run yet: the request was received on {received}.")
    advice = mark("Check the two dates; identity can't be asked for before the request is there.")


class SuspensionOutside(Invalid):
    """A suspension of a term that is over."""

    sentence = mark("On {start} the term is over: it ran from {received} to {due}.")
    advice = mark("Check the dates; identity that is asked for once the term is over suspends nothing.")


@dataclass(frozen=True)
class RightsClock:
    """By when the person is answered, and by when at the latest if the term was extended within the first month."""

    received_on: date
    due_on: date
    extended_due_on: date | None
    """None where the term was not extended."""
    rule_pack: str


def rights_clock(
    received_on: date,
    *,
    packs: RulePacks,
    extended: bool = False,
    suspended: Sequence[tuple[date, date]] = (),
    local_holidays_of: Territory | None = None,
) -> RightsClock:
    """
    Give by when a person who uses a right is answered (GDPR 12(3), 12(6)).

    Received 1 June 2026, identity asked on 3 June and proven on 15 June: due 13 July. A suspension begins on the day
    that is named first, and the term runs again on the day that is named last. Where the term is extended, one that
    begins after the first month moves the later end only.

    :raises SuspensionReversed: if a suspension ends before it begins
    :raises SuspensionBeforeReceipt: if one begins before the request was there
    :raises SuspensionOutside: if one begins once the term is over
    :raises DayOutOfReach: if nothing can be counted from a day
    """
    pack = packs.pack(ClockKind.RIGHTS, on=received_on)
    stops = _joined(received_on, suspended)
    working = WorkingDays(MONDAY_TO_FRIDAY, packs.holidays, territory=local_holidays_of)
    rolls = pack.flag("roll_forward")
    ends = [
        _end(plus_months(received_on, pack.whole(name)), stops, working, rolls=rolls)
        for name in ("reply_months", *(["extended_months"] if extended else []))
    ]
    last, counted = ends[-1]
    if counted < len(stops):
        raise SuspensionOutside(
            start=stops[counted].start.isoformat(), received=received_on.isoformat(), due=last.isoformat()
        )
    return RightsClock(received_on, ends[0][0], last if extended else None, pack.id)


def _joined(received_on: date, suspended: Sequence[tuple[date, date]]) -> list[Period]:
    """Check the suspensions and join those that overlap: a day is suspended once."""
    check_year(received_on)
    joined: list[Period] = []
    for start, end in sorted(suspended):
        check_year(start)
        check_year(end)
        if end < start:
            raise SuspensionReversed(start=start.isoformat(), end=end.isoformat())
        if start < received_on:
            raise SuspensionBeforeReceipt(start=start.isoformat(), received=received_on.isoformat())
        last = joined[-1] if joined else None
        if last is not None and last.end is not None and start <= last.end:
            joined[-1] = Period(last.start, max(last.end, end))
        else:
            joined.append(Period(start, end))
    return joined


def _end(end: date, stops: Sequence[Period], working: WorkingDays, *, rolls: bool) -> tuple[date, int]:
    """Move an end by the suspensions that begin while the term runs, then to a working day; and say how many did."""
    counted = 0
    rolled = working.first_from(end) if rolls else end
    for stop in stops:
        if stop.start > rolled or stop.end is None:
            break
        end += stop.end - stop.start
        rolled = working.first_from(end) if rolls else end
        counted += 1
    return rolled, counted
