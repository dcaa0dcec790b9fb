"""The measure of breaches: exact decimals, one version on every day, every category provided for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ledger.rules.assessment import Band, NoMeasureOnDay
from ledger.rules.assessment_file import read_assessment
from ledger.rules.law import PACKAGED, load_law
from ledger.rules.problems import LawInvalid

TEXT = (PACKAGED / "assessment.toml").read_text(encoding="utf-8")
DAY = date(2026, 6, 9)


def problems(text: str) -> list[str]:
    with pytest.raises(LawInvalid) as found:
        read_assessment(text.encode(), file="assessment.toml")
    return [problem.rule for problem in found.value.problems]


def test_the_scale_is_that_of_enisa() -> None:
    scale = load_law().assessment.scale(on=DAY)
    assert scale.dpc == tuple(map(Decimal, "1234"))
    assert scale.ei == tuple(map(Decimal, ("0.25", "0.5", "0.75", "1")))
    assert scale.cb == tuple(Decimal(quarter) / 4 for quarter in range(9))
    assert scale.many_people == 100
    assert scale.source
    assert scale.mark == "2ND"


@pytest.mark.parametrize(
    ("score", "band"),
    [("1.99", Band.LOW), ("2", Band.MEDIUM), ("2.99", Band.MEDIUM), ("3", Band.HIGH), ("4", Band.VERY_HIGH)],
)
def test_a_band_begins_with_its_least_score(score: str, band: Band) -> None:
    assert load_law().assessment.scale(on=DAY).band(Decimal(score)) is band


def test_bands_are_in_order() -> None:
    assert [band.reaches(Band.HIGH) for band in Band] == [False, False, True, True]


def test_a_day_before_the_method_has_no_measure() -> None:
    rules = load_law().assessment
    for asked in (rules.scale, rules.proposal, rules.content):
        with pytest.raises(NoMeasureOnDay):
            asked(on=date(2013, 11, 30))


def test_numbers_are_decimals_in_quotes_and_rise() -> None:
    assert problems(TEXT.replace('malicious = "0.5"', 'malicious = "half"')) == ["NOT_DECIMAL"]
    assert problems(TEXT.replace('malicious = "0.5"', 'malicious = "0.125"')) == ["NOT_DECIMAL"]
    assert problems(TEXT.replace('malicious = "0.5"', 'malicious = "-0.5"')) == ["NOT_DECIMAL"]
    assert problems(TEXT.replace('bands = ["2", "3", "4"]', 'bands = ["2", "4", "3"]')) == ["NOT_RISING"]
    assert problems(TEXT.replace('bands = ["2", "3", "4"]', 'bands = ["2", "3"]')) == ["TOO_FEW"]


def test_a_category_without_factors_and_two_versions_of_one_day_are_said() -> None:
    last = TEXT[TEXT.rindex("[[category]]") :]
    assert problems(TEXT.replace(last, "")) == ["MISSING_RULE"]
    assert problems(f"{TEXT}\n{last}") == ["OVERLAP"]
    ended = last.replace("valid_from = 2013-12-01", "valid_from = 2013-12-01\nvalid_until = 2026-01-01")
    assert problems(TEXT.replace(last, ended)) == ["GAP"]


def test_a_version_that_follows_another_holds_from_its_day() -> None:
    scale = TEXT[TEXT.index("[[scale]]") : TEXT.index("[[proposal]]")]
    ended = scale.replace("valid_from = 2013-12-01", "valid_from = 2013-12-01\nvalid_until = 2027-01-01")
    after = scale.replace("many_people = 100", "many_people = 50").replace("2013-12-01", "2027-01-01")
    rules = read_assessment(TEXT.replace(scale, f"{ended}\n{after}").encode(), file="assessment.toml")
    assert rules.scale(on=date(2026, 12, 31)).many_people == 100
    assert rules.scale(on=date(2027, 1, 1)).many_people == 50
