"""The retention schedule: each class, its term, and the instant at which it falls due."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from ledger.rules.law import load_law
from ledger.rules.retention_terms import Counting, RetentionClass

LAW = load_law()
PARIS = ZoneInfo("Europe/Paris")


def _due(retention_class: RetentionClass, runs_from: str, zone: tzinfo = PARIS) -> str | None:
    due = LAW.profile.term_end(retention_class, runs_from=datetime.fromisoformat(runs_from), zone=zone)
    return due.isoformat() if due else None


def test_the_proof_of_a_mandate_ended_on_15_june_2026_is_due_on_16_june_2031() -> None:
    assert _due(RetentionClass.MANDATE_PROOF, "2026-06-15T16:20:00+02:00") == "2031-06-16T00:00:00+02:00"


def test_working_data_are_due_at_the_resolution() -> None:
    assert _due(RetentionClass.WORKING_DATA, "2026-06-15T16:20:00+02:00") == "2026-06-15T16:20:00+02:00"


def test_a_dormant_procedure_is_due_two_years_after_the_last_contact() -> None:
    assert _due(RetentionClass.DORMANT_PROCEDURE, "2026-06-15T16:20:00+02:00") == "2028-06-16T00:00:00+02:00"


def test_logs_of_june_2026_are_due_on_1_july_2027() -> None:
    assert _due(RetentionClass.LOGS, "2026-06-15T14:20:00+00:00", UTC) == "2027-07-01T00:00:00+00:00"
    assert _due(RetentionClass.ACTOR_NAME, "2026-06-15T14:20:00+00:00", UTC) == "2027-07-01T00:00:00+00:00"


def test_an_identity_is_due_with_the_last_thing_that_needs_it_and_slips_never() -> None:
    for retention_class in (RetentionClass.IDENTITY, RetentionClass.ELIMINATION_SLIPS):
        assert _due(retention_class, "2026-06-15T16:20:00+02:00") is None


def test_the_schedule_of_the_mayenne() -> None:
    day = datetime(2026, 6, 15, tzinfo=UTC).date()
    rows = {each: LAW.profile.retention_term(each, on=day) for each in RetentionClass}
    assert {each: (row.counting, row.years, row.months) for each, row in rows.items()} == {
        RetentionClass.WORKING_DATA: (Counting.AT_ONCE, 0, 0),
        RetentionClass.DORMANT_PROCEDURE: (Counting.FROM_DAY, 2, 0),
        RetentionClass.MANDATE_PROOF: (Counting.FROM_DAY, 5, 0),
        RetentionClass.LOGS: (Counting.FROM_MONTH_END, 0, 12),
        RetentionClass.BREACH_REGISTER: (Counting.FROM_DAY, 5, 0),
        RetentionClass.REQUEST_FILE: (Counting.FROM_DAY, 5, 0),
        RetentionClass.IDENTITY: (Counting.WITH_LAST, 0, 0),
        RetentionClass.ACTOR_NAME: (Counting.FROM_MONTH_END, 0, 12),
        RetentionClass.STREAM_HEADERS: (Counting.FROM_DAY, 1, 0),
        RetentionClass.ELIMINATION_SLIPS: (Counting.PERMANENT, 0, 0),
        RetentionClass.HOLD_FILE: (Counting.FROM_DAY, 5, 0),
        RetentionClass.AGENT: (Counting.FROM_MONTH_END, 0, 12),
        RetentionClass.HOUSE_CONTACT: (Counting.FROM_MONTH_END, 0, 12),
    }
