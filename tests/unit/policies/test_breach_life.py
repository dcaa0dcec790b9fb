"""What may follow what in the life of a breach."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ledger.clock import UTC
from ledger.errors import ExitCode, LedgerError
from ledger.policies.breach_life import (
    check_awareness,
    check_ending,
    check_occurrence,
    check_reasons,
    check_signal,
    check_type,
    initial_number,
)
from ledger.policies.breach_vocabulary import UNKNOWN_OCCURRENCE, Line, LineEnding, Occurrence, OccurrenceKind, Risk
from ledger.rules.cnil import FormType

NOON = datetime(2026, 6, 9, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
OVER, ONGOING, UNKNOWN = OccurrenceKind.OVER, OccurrenceKind.ONGOING, OccurrenceKind.UNKNOWN


def refused(check: object, *what: object, **how: object) -> str:
    """Give the code of the refusal, which is of one of the two families."""
    with pytest.raises(LedgerError) as caught:
        check(*what, **how)  # type: ignore[operator]  # a function of the module
    assert caught.value.exit_code in {ExitCode.USAGE, ExitCode.REFUSED}
    return caught.value.code


@pytest.mark.parametrize(
    "occurrence",
    [
        Occurrence(OVER, NOON, NOON), Occurrence(OVER, NOON - HOUR, NOON), Occurrence(ONGOING, NOON),
        Occurrence(ONGOING), UNKNOWN_OCCURRENCE,
    ],
)  # fmt: skip
def test_an_occurrence_is_over_or_goes_on_or_is_not_known(occurrence: Occurrence) -> None:
    check_occurrence(occurrence, at=NOON)


@pytest.mark.parametrize(
    "occurrence",
    [
        Occurrence(OVER), Occurrence(OVER, NOON), Occurrence(OVER, None, NOON), Occurrence(OVER, NOON, NOON - HOUR),
        Occurrence(ONGOING, NOON, NOON), Occurrence(UNKNOWN, NOON), Occurrence(ONGOING, NOON + HOUR),
        Occurrence(OVER, NOON, NOON + HOUR),
    ],
)  # fmt: skip
def test_an_occurrence_that_contradicts_itself_or_lies_ahead_is_refused(occurrence: Occurrence) -> None:
    assert refused(check_occurrence, occurrence, at=NOON) == "OCCURRENCE_UNCLEAR"


def test_the_four_instants_may_be_the_same_one() -> None:
    occurrence = Occurrence(OVER, NOON, NOON)
    check_signal(NOON, occurrence=occurrence, at=NOON)
    check_awareness(NOON, occurrence=occurrence, signalled_at=NOON, told_at=NOON, at=NOON)


@pytest.mark.parametrize(
    ("aware_at", "began_at", "signalled_at", "told_at", "code"),
    [
        (NOON + HOUR, None, NOON, None, "IN_THE_FUTURE"),
        (NOON - HOUR, NOON, NOON - HOUR, None, "AWARE_BEFORE_OCCURRENCE"),
        (NOON - HOUR, None, NOON, None, "AWARE_BEFORE_SIGNAL"),
        (NOON, None, NOON - HOUR, NOON - HOUR, "AWARE_AFTER_TOLD"),
    ],
)
def test_an_awareness_that_can_not_be_is_refused(
    aware_at: datetime, began_at: datetime | None, signalled_at: datetime, told_at: datetime | None, code: str
) -> None:
    occurrence = Occurrence(ONGOING, began_at)
    found = refused(
        check_awareness, aware_at, occurrence=occurrence, signalled_at=signalled_at, told_at=told_at, at=NOON
    )
    assert found == code


@pytest.mark.parametrize(
    ("form_type", "sent", "code"),
    [
        ("complete", ["complete"], "COMPLETE_ALREADY_SENT"), ("initial", ["complete"], "COMPLETE_ALREADY_SENT"),
        ("initial", ["initial"], "INITIAL_ALREADY_SENT"), ("complete", ["initial"], "INITIAL_ALREADY_SENT"),
    ],
)  # fmt: skip
def test_a_second_first_notification_is_refused(form_type: str, sent: list[str], code: str) -> None:
    assert refused(check_type, FormType(form_type), sent=[FormType(each) for each in sent]) == code


def test_a_complementary_one_takes_the_number_on_record_or_the_one_given() -> None:
    complementary = FormType.COMPLEMENTARY
    check_type(complementary, sent=[FormType.COMPLETE, complementary])
    assert initial_number(complementary, given="", on_record="1") == "1"
    assert initial_number(complementary, given="2", on_record=None) == "2"
    assert initial_number(FormType.INITIAL, given="2", on_record="1") == ""
    assert refused(initial_number, complementary, given="2", on_record="1") == "INITIAL_NUMBER_DIFFERS"
    assert refused(initial_number, complementary, given="", on_record="") == "INITIAL_NUMBER_MISSING"


def test_reasons_are_due_from_the_very_instant_of_the_legal_end() -> None:
    check_reasons(NOON - timedelta(microseconds=1), legal_end=NOON, reasons="")
    check_reasons(NOON, legal_end=NOON, reasons="Panne")
    assert refused(check_reasons, NOON, legal_end=NOON, reasons="  ") == "LATE_WITHOUT_REASONS"


@pytest.mark.parametrize("line", Line)
@pytest.mark.parametrize("ending", LineEnding)
def test_every_line_has_reasons_of_its_own(line: Line, ending: LineEnding) -> None:
    duty = line in (Line.GDPR_33, Line.CONVENTION)
    allowed = {
        LineEnding.NOTIFIED: duty,
        LineEnding.RISK_UNLIKELY: line is Line.GDPR_33,
        LineEnding.CONTROLLER_NOTIFIES: line is Line.GDPR_33,
        LineEnding.NOT_APPLIED: line is not Line.GDPR_33,
        LineEnding.DONE: not duty,
        LineEnding.NOT_A_BREACH: True,
    }[ending]
    on_record = {"sent": [FormType.COMPLETE], "risk": Risk.UNLIKELY, "controller_told": True}
    if allowed:
        check_ending(line, ending, reason="Motif", **on_record)  # type: ignore[arg-type]  # one dict of several types
    else:
        assert refused(check_ending, line, ending, reason="Motif", **on_record) == "ENDING_NOT_OF_LINE"
