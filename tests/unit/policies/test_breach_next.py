"""What comes next in a breach, the most pressing first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.policies.breach_next import NextStep, Progress, next_steps
from ledger.policies.breach_vocabulary import DUTY_LINES, Line, Risk
from ledger.rules.cnil import FormType, InformationOfPeople

AWARE = Progress(aware=True, unanswered=True, open_lines=DUTY_LINES)
DONE = replace(
    AWARE, unanswered=False, sent=(FormType.COMPLETE,), described=True, measured=True, risk=Risk.LIKELY, advised=True,
    information=InformationOfPeople.NO, remedied=True,
)  # fmt: skip


def test_whoever_is_not_aware_finds_out_first() -> None:
    assert next_steps(Progress()) == (NextStep.BECOME_AWARE,)
    assert next_steps(Progress(open_lines=(Line.INSURANCE,))) == (NextStep.BECOME_AWARE, NextStep.COMPLAIN)


def test_a_house_that_its_processor_told_has_nothing_to_find_out() -> None:
    assert next_steps(Progress(told=True)) == (NextStep.RECORD_AWARENESS,)
    assert next_steps(replace(AWARE, told=True)) == next_steps(AWARE)


def test_the_authority_comes_first_and_what_it_asks_next() -> None:
    assert next_steps(AWARE) == (
        NextStep.NOTIFY, NextStep.DESCRIBE, NextStep.MEASURE, NextStep.ASSESS, NextStep.ASK_OFFICER,
        NextStep.DECIDE_ON_PEOPLE, NextStep.REMEDY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"sent": (FormType.INITIAL,)}, NextStep.COMPLEMENT),
        ({"information": InformationOfPeople.WILL_BE}, NextStep.TELL_PEOPLE),
        ({"information": InformationOfPeople.UNDETERMINED}, NextStep.DECIDE_ON_PEOPLE),
        ({"remedied": False}, NextStep.REMEDY), ({"risk": None}, NextStep.ASSESS),
        ({"advised": False}, NextStep.ASK_OFFICER), ({"unanswered": True}, NextStep.NOTIFY),
        ({}, NextStep.CLOSE_LINES), ({"open_lines": ()}, NextStep.CLOSE), ({"closed": True}, NextStep.LEARN),
        ({"open_lines": (Line.PREFECT,)}, NextStep.TELL_PREFECT),
    ],
)  # fmt: skip
def test_one_thing_left_is_the_one_step(change: dict[str, object], step: NextStep) -> None:
    assert next_steps(replace(DONE, **change)) == (step,)  # type: ignore[arg-type]  # one field of any type


def test_people_who_were_told_need_no_decision_any_more() -> None:
    assert next_steps(replace(DONE, information=None, people_told=True)) == (NextStep.CLOSE_LINES,)
