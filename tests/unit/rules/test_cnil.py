"""The words of the CNIL's form."""

from __future__ import annotations

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.commands._labels import LABELS
from ledger.rules import cnil
from ledger.rules.cnil import BreachCause, BreachOrigin, Consequence, DataCategory, PeopleBand, always

LISTS = [each for each in vars(cnil).values() if isinstance(each, type) and issubclass(each, StrEnum)]


@pytest.mark.parametrize(
    ("count", "band"),
    [
        (0, "0-5"), (5, "0-5"), (6, "6-50"), (50, "6-50"), (51, "51-300"), (300, "51-300"), (301, "301-5000"),
        (5000, "301-5000"), (5001, "over-5000"), (67_000_000, "over-5000"),
    ],
)  # fmt: skip
def test_the_band_of_a_number_of_people(count: int, band: str) -> None:
    assert PeopleBand.of(count) == band


def test_a_number_of_people_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        PeopleBand.of(-1)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_more_people_are_never_in_a_lower_band(one: int, other: int) -> None:
    order = list(PeopleBand)
    low, high = sorted((one, other))
    assert order.index(PeopleBand.of(low)) <= order.index(PeopleBand.of(high))


def test_the_form_has_as_many_choices_as_the_cnil_gives() -> None:
    assert {each.__name__: len(each) for each in LISTS if each is not StrEnum} == {
        "BreachNature": 3, "BreachOrigin": 11, "BreachCause": 6, "PeopleBand": 5, "Gravity": 4, "Consequence": 10,
        "DataCategory": 18, "FormType": 3, "InformationOfPeople": 4,
    }  # fmt: skip


def test_the_special_categories_are_those_of_article_9() -> None:
    assert {each.value for each in DataCategory if each.is_sensitive()} == {
        "origin", "political", "religious", "union", "sexual-orientation", "health", "biometric", "genetic"
    }  # fmt: skip


def test_loss_of_professional_secrecy_is_always_a_consequence() -> None:
    assert always([]) == (Consequence.LOSS_OF_SECRECY,)
    assert always([Consequence.OTHER, Consequence.FRAUD, Consequence.FRAUD]) == (
        Consequence.FRAUD, Consequence.LOSS_OF_SECRECY, Consequence.OTHER
    )  # fmt: skip


def test_only_hacking_is_an_attack_on_a_system_and_malice_is_known_by_its_cause() -> None:
    assert [each for each in BreachOrigin if each.is_attack()] == [BreachOrigin.HACKING]
    assert {each.value for each in BreachCause if each.is_malicious()} == {"internal-malicious", "external-malicious"}


@pytest.mark.parametrize("words", [each for each in LISTS if each is not StrEnum])
def test_every_choice_has_words_for_people(words: type[StrEnum]) -> None:
    assert [each.name for each in words if f"{words.__name__}.{each.name}" not in LABELS] == []
