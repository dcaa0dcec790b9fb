"""When a class of record falls due, as the schedule of a profile says."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.law import load_law
from ledger.rules.local_time import DayOutOfReach
from ledger.rules.profile import NoRuleOnDay
from ledger.rules.retention_clock import RetentionClock, retention_clock
from ledger.rules.retention_terms import RetentionClass
from tests.unit.rules.law_texts import profile, profile_text

PROFILE = load_law().profile
PARIS = ZoneInfo("Europe/Paris")


def clock(retention_class: RetentionClass, runs_from: str) -> RetentionClock:
    return retention_clock(retention_class, datetime.fromisoformat(runs_from), profile=PROFILE, zone=PARIS)


def test_days_are_counted_and_not_hours() -> None:
    found = clock(RetentionClass.MANDATE_PROOF, "2026-06-15T16:20+02:00")
    assert found.last_day == date(2031, 6, 15)
    assert found.eligible_at == datetime.fromisoformat("2031-06-16T00:00+02:00")
    assert found.term.source == "Code civil 2224"
    late = clock(RetentionClass.MANDATE_PROOF, "2026-06-15T22:30Z")
    assert late.last_day == date(2031, 6, 16), "it is the 16th in Paris"


def test_logs_fall_due_by_whole_months() -> None:
    for day in ("2026-06-01T00:00+02:00", "2026-06-15T12:00+02:00", "2026-06-30T23:59+02:00"):
        found = clock(RetentionClass.LOGS, day)
        assert (found.last_day, found.eligible_at) == (date(2027, 6, 30), datetime(2027, 7, 1, tzinfo=PARIS))


@pytest.mark.parametrize("retention_class", [RetentionClass.IDENTITY, RetentionClass.ELIMINATION_SLIPS])
def test_no_date_is_given_where_none_follows(retention_class: RetentionClass) -> None:
    found = clock(retention_class, "2026-06-15T16:20+02:00")
    assert (found.last_day, found.eligible_at) == (None, None)


def test_what_has_no_term_is_due_at_once() -> None:
    found = clock(RetentionClass.WORKING_DATA, "2026-06-15T16:20+02:00")
    assert (found.last_day, found.eligible_at) == (None, datetime.fromisoformat("2026-06-15T16:20+02:00"))


def test_a_day_before_the_profile_is_counted_by_its_first_rule() -> None:
    found = clock(RetentionClass.MANDATE_PROOF, "2015-06-15T16:20+02:00")
    assert found.last_day == date(2020, 6, 15)
    assert found.term.period.start > date(2015, 6, 15)


def test_a_day_after_the_last_rule_has_none() -> None:
    ended = profile_text().replace("valid_from = 2020-01-24", "valid_from = 2020-01-24\nvalid_until = 2021-01-01")
    day = datetime(2021, 1, 1, tzinfo=PARIS)
    with pytest.raises(NoRuleOnDay):
        retention_clock(RetentionClass.LOGS, day, profile=profile(ended), zone=PARIS)


def test_days_out_of_reach_are_refused() -> None:
    with pytest.raises(DayOutOfReach):
        clock(RetentionClass.LOGS, "9999-12-31T12:00Z")
