"""The severity of a breach: the scale of ENISA in decimals, what is proposed from it, and the examples of the EDPB."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from ledger.policies.severity import (
    Advice,
    Band,
    Because,
    Factor,
    Factors,
    FactorUnexplained,
    Flag,
    Happened,
    OffTheScale,
    check_reasons,
    circumstances,
    prefilled,
    propose,
    severity,
    shown,
)
from ledger.rules.assessment import AvailabilityLoss, ConfidentialityLoss, IntegrityLoss
from ledger.rules.cnil import DataCategory
from ledger.rules.law import load_law

DAY = date(2026, 6, 9)
RULES = load_law().assessment
SCALE, RULE = RULES.scale(on=DAY), RULES.proposal(on=DAY)
EXAMPLES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "data" / "edpb_01_2021.toml").read_text(encoding="utf-8")
)["example"]


def factors(dpc: str, ei: str, cb: str) -> Factors:
    return Factors(Decimal(dpc), Decimal(ei), Decimal(cb))


@pytest.mark.parametrize(
    ("dpc", "ei", "cb", "score", "band"),
    [
        ("1", "0.25", "0", "0.25", Band.LOW),
        ("1", "1", "0.75", "1.75", Band.LOW),
        ("1", "1", "1", "2", Band.MEDIUM),
        ("2", "0.5", "1", "2", Band.MEDIUM),
        ("3", "0.75", "0.5", "2.75", Band.MEDIUM),
        ("2", "1", "1", "3", Band.HIGH),
        ("3", "1", "0.5", "3.5", Band.HIGH),
        ("3", "1", "0.75", "3.75", Band.HIGH),
        ("4", "1", "0", "4", Band.VERY_HIGH),
        ("4", "1", "2", "6", Band.VERY_HIGH),
    ],
)
def test_se_is_dpc_times_ei_plus_cb_and_a_band_begins_at_its_least_score(
    dpc: str, ei: str, cb: str, score: str, band: Band
) -> None:
    found = severity(factors(dpc, ei, cb), scale=SCALE)
    assert (found.shown_score, found.band, found.flags) == (score, band, ())


def test_every_point_of_the_scale_has_an_exact_score() -> None:
    for dpc, ei, cb in product(SCALE.dpc, SCALE.ei, SCALE.cb):
        found = severity(Factors(dpc, ei, cb), scale=SCALE)
        assert found.score * 100 == int(dpc * 100) * int(ei * 100) // 100 + int(cb * 100)
        assert Decimal(found.shown_score) == found.score


@pytest.mark.parametrize(
    ("off", "factor"),
    [
        (("0", "1", "0"), "DPC"), (("5", "1", "0"), "DPC"), (("1.5", "1", "0"), "DPC"), (("1", "0.3", "0"), "EI"),
        (("1", "0", "0"), "EI"), (("1", "1", "0.1"), "CB"), (("1", "1", "2.25"), "CB"), (("1", "1", "-0.25"), "CB"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_on_the_scale_is_refused(off: tuple[str, str, str], factor: str) -> None:
    with pytest.raises(OffTheScale) as refused:
        severity(factors(*off), scale=SCALE)
    assert refused.value.details["factor"] == factor
    assert refused.value.exit_code == 2


def test_a_long_number_typed_in_the_wrong_place_is_not_said_again() -> None:
    with pytest.raises(OffTheScale) as refused:
        severity(factors("1580353000017", "1", "0"), scale=SCALE)
    assert "1580353000017" not in refused.value.explain() + str(refused.value)


def test_the_same_value_with_more_zeros_is_on_the_scale() -> None:
    assert severity(factors("3.0", "1.00", "0.50"), scale=SCALE).shown_score == "3.5"


def test_flags_are_raised_above_a_hundred_people_and_for_unreadable_data() -> None:
    at, few = factors("1", "1", "0"), severity(factors("1", "1", "0"), scale=SCALE, people=100)
    assert few.flags == ()
    assert severity(at, scale=SCALE, people=101).flags == (Flag.MANY_PEOPLE,)
    both = severity(at, scale=SCALE, people=101, unintelligible=True)
    assert both.flags == (Flag.MANY_PEOPLE, Flag.UNINTELLIGIBLE)
    assert both.score == few.score, "a flag never changes the score"


def test_circumstances_add_up() -> None:
    assert circumstances(Happened(), scale=SCALE) == 0
    worst = Happened(
        ConfidentialityLoss.UNKNOWN_RECIPIENTS, IntegrityLoss.NOT_RECOVERABLE, AvailabilityLoss.FULL, malicious=True
    )
    assert circumstances(worst, scale=SCALE) == max(SCALE.cb) == 2
    some = Happened(ConfidentialityLoss.KNOWN_RECIPIENTS, availability=AvailabilityLoss.TEMPORARY)
    assert circumstances(some, scale=SCALE) == Decimal("0.5")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example['number']}: {example['name']}")
def test_examples_of_the_edpb_from_memory_to_be_confirmed(example: dict[str, Any]) -> None:
    """The outcome is the Board's, as remembered; the factors are ours."""
    happened = Happened(
        ConfidentialityLoss(example["confidentiality"]), IntegrityLoss(example["integrity"]),
        AvailabilityLoss(example["availability"]), malicious=example["malicious"],
    )  # fmt: skip
    judged = Factors(Decimal(example["dpc"]), Decimal(example["ei"]), circumstances(happened, scale=SCALE))
    measured = severity(
        judged, scale=SCALE, people=example["people"], unintelligible=example.get("unintelligible", False)
    )
    found = propose(measured, rule=RULE)
    assert measured.band == example["band"]
    assert (found.authority is Advice.NOTIFY) == example["authority"]
    assert (found.people is Advice.TELL_PEOPLE) == example["people_told"]


def test_there_are_eighteen_examples() -> None:
    assert [example["number"] for example in EXAMPLES] == list(range(1, 19))
    assert len({example["name"] for example in EXAMPLES}) == 18


def test_people_are_not_told_of_data_that_nobody_can_read() -> None:
    measured = severity(factors("4", "1", "0.5"), scale=SCALE, unintelligible=True)
    found = propose(measured, rule=RULE)
    assert found.authority is Advice.NOTIFY
    assert found.people is Advice.NO_NEED_TO_TELL
    assert Because.UNINTELLIGIBLE in found.reasons


def test_many_people_at_a_low_score_ask_to_look_twice() -> None:
    measured = severity(factors("1", "0.25", "0"), scale=SCALE, people=5000)
    found = propose(measured, rule=RULE)
    assert found.authority is Advice.DOCUMENT_ONLY
    assert found.reasons == (Because.RISK_UNLIKELY, Because.NO_HIGH_RISK, Because.MANY_PEOPLE)


def test_a_worse_factor_never_proposes_less() -> None:
    def strength(dpc: Decimal, ei: Decimal, cb: Decimal) -> int:
        found = propose(severity(Factors(dpc, ei, cb), scale=SCALE), rule=RULE)
        return (found.authority is Advice.NOTIFY) + (found.people is Advice.TELL_PEOPLE)

    for dpc, ei, cb in product(SCALE.dpc, SCALE.ei, SCALE.cb):
        worse = [strength(next_, ei, cb) for next_ in SCALE.dpc if next_ > dpc]
        worse += [strength(dpc, ei, next_) for next_ in SCALE.cb if next_ > cb]
        assert all(strength(dpc, ei, cb) <= other for other in worse)


def test_factors_are_proposed_from_the_gravest_category() -> None:
    def proposed(*categories: DataCategory, unintelligible: bool = False) -> tuple[str, str]:
        dpc, ei = prefilled(categories, unintelligible=unintelligible, rules=RULES, on=DAY)
        return shown(dpc), shown(ei)

    assert proposed(DataCategory.CIVIL_STATUS) == ("1", "1")
    assert proposed(DataCategory.CIVIL_STATUS, DataCategory.FINANCIAL) == ("3", "1")
    assert proposed(DataCategory.HEALTH, DataCategory.OTHER) == ("4", "0.25")
    assert proposed(DataCategory.HEALTH, DataCategory.CIVIL_STATUS, unintelligible=True) == ("4", "0.25")
    assert proposed() == proposed(DataCategory.UNKNOWN)


def test_every_category_proposes_values_of_the_scale_and_the_special_ones_the_highest() -> None:
    for category in DataCategory:
        rule = RULES.category(category, on=DAY)
        assert rule.dpc in SCALE.dpc
        assert rule.ei in SCALE.ei
        assert rule.mark == "DEF"
        assert rule.dpc == 4 or not category.is_sensitive()


def test_another_value_than_the_proposed_one_needs_a_reason() -> None:
    proposed, chosen = factors("3", "1", "0.5"), factors("2", "1", "0.5")
    assert check_reasons(proposed, proposed=proposed, reasons={}) == ()
    with pytest.raises(FactorUnexplained) as refused:
        check_reasons(chosen, proposed=proposed, reasons={Factor.EI: "of another factor", Factor.DPC: "  "})
    assert refused.value.details == {"factor": "DPC", "proposed": "3"}
    assert check_reasons(chosen, proposed=proposed, reasons={Factor.DPC: "only amounts"}) == (Factor.DPC,)
