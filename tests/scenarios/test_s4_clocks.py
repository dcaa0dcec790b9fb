"""Convention, articles 4.2 and 4.6, and GDPR 12(3) and 33: the worked cases of every clock, as people ask them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.commands._program import run


@pytest.fixture
def clock(capsys: pytest.CaptureFixture[str]) -> Any:
    """Give what asks a clock, without any ledger."""

    def ask(*line: str) -> dict[str, Any]:
        assert run(["clock", *line, "--json"]) == 0, capsys.readouterr().err
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    return ask


@pytest.mark.row("S-4.6.13")
@pytest.mark.parametrize(
    ("line", "target", "legal_end", "contested_end"),
    [
        (
            ["2026-06-09T14:20+02:00"], "2026-06-12T14:20:00+02:00", "2026-06-12T15:00:00+02:00",
            "2026-06-12T15:00:00+02:00",
        ),
        (
            ["2026-06-09T13:59:59+02:00"], "2026-06-12T13:59:59+02:00", "2026-06-12T14:00:00+02:00",
            "2026-06-12T14:00:00+02:00",
        ),
        (
            ["2026-03-27T10:17+01:00"], "2026-03-30T11:17:00+02:00", "2026-03-30T12:00:00+02:00",
            "2026-04-01T00:00:00+02:00",
        ),
        (
            ["2026-07-10T17:40+02:00"], "2026-07-13T17:40:00+02:00", "2026-07-13T18:00:00+02:00",
            "2026-07-16T00:00:00+02:00",
        ),
        (
            ["2026-12-18T09:05", "--zone", "Indian/Reunion", "--territory", "la-reunion"],
            "2026-12-21T09:05:00+04:00", "2026-12-21T10:00:00+04:00", "2026-12-23T00:00:00+04:00",
        ),
    ],
)  # fmt: skip
def test_a_breach_is_told_within_72_hours_of_knowing_it(
    clock: Any, line: list[str], target: str, legal_end: str, contested_end: str
) -> None:
    found = clock("breach", *line)
    assert list(found) == ["aware_at", "target", "legal_end", "contested_end", "rule_pack"]
    assert (found["target"], found["legal_end"], found["contested_end"]) == (target, legal_end, contested_end)
    assert found["rule_pack"] == "rgpd-33-72h"


@pytest.mark.row("S-4.6.13")
def test_an_hour_that_happens_twice_is_refused_as_ambiguous(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["clock", "breach", "2026-10-25T02:30", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"] == "HOUR_REPEATED"


@pytest.mark.row("S-4.2.5")
@pytest.mark.parametrize(
    ("received_at", "due_at"),
    [
        ("2026-06-08T10:00", "2026-06-11T10:00:00+02:00"),
        ("2026-06-13T11:00", "2026-06-18T00:00:00+02:00"),
        ("2026-12-24T09:00", "2026-12-30T09:00:00+01:00"),
        ("2026-05-07T15:15", "2026-05-13T15:15:00+02:00"),
    ],
)
def test_a_request_is_answered_within_72_worked_hours(clock: Any, received_at: str, due_at: str) -> None:
    found = clock("answer", received_at)
    assert list(found) == ["received_at", "due_at", "reading"]
    assert (found["due_at"], found["reading"]) == (due_at, "A")
    assert clock("answer", received_at, "--house", "loiron") == found, "Loiron works from Monday to Friday"


@pytest.mark.row("S-4.2.5")
def test_the_reading_of_72_worked_hours_is_chosen_and_stands_with_the_result(clock: Any) -> None:
    by_reading = {each: clock("answer", "2026-06-08T10:00", "--house", "loiron", "--reading", each) for each in "ABC"}
    assert {each: found["reading"] for each, found in by_reading.items()} == {"A": "A", "B": "B", "C": "C"}
    assert by_reading["A"]["due_at"] == "2026-06-11T10:00:00+02:00"
    assert by_reading["B"]["due_at"] == "2026-06-12T00:00:00+02:00", "the end of Thursday"
    assert by_reading["C"]["due_at"] == "2026-06-22T14:30:00+02:00", "two weeks of 34.5 h, then three hours"


def test_a_right_is_answered_within_a_month_of_receipt(clock: Any) -> None:
    assert clock("rights", "2026-04-08") == {
        "received_on": "2026-04-08", "due_on": "2026-05-11", "extended_due_on": None,
    }  # fmt: skip
    assert clock("rights", "2026-03-31")["due_on"] == "2026-04-30"
    assert clock("rights", "2026-06-01", "--suspended", "2026-06-03", "2026-06-15")["due_on"] == "2026-07-13"
    assert clock("rights", "2026-04-08", "--extended")["extended_due_on"] == "2026-07-08", "three months from receipt"


@pytest.mark.row("S-4.6.11")
def test_a_term_counts_days_and_ends_at_midnight(clock: Any) -> None:
    assert clock("retention", "mandate-proof", "2026-06-15T16:20+02:00") == {
        "class": "mandate-proof",
        "from": "2026-06-15T16:20:00+02:00",
        "last_day": "2031-06-15",
        "eligible_at": "2031-06-16T00:00:00+02:00",
        "source": "Code civil 2224",
    }
    logs = clock("retention", "logs", "2026-06-15")
    assert (logs["from"], logs["last_day"], logs["eligible_at"]) == (
        "2026-06-15", "2027-06-30", "2027-07-01T00:00:00+02:00",
    )  # fmt: skip
    slips = clock("retention", "elimination-slips", "2026-06-15")
    assert (slips["last_day"], slips["eligible_at"]) == (None, None)


@pytest.mark.row("S-4.2.1")
def test_the_regular_week_is_measured_against_24_hours_over_five_days(clock: Any) -> None:
    assert clock("opening", "--house", "loiron") == {
        "house": "loiron", "week_hours": 34.5, "days": 5, "holds": True,
    }  # fmt: skip
    assert clock("opening", "--house", "bonneuil-matours") == {
        "house": "bonneuil-matours", "week_hours": 24.0, "days": 5, "holds": True,
    }  # fmt: skip
