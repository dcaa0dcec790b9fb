"""What people type about people: dates as the French write them, each value by its own format, nothing repeated."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.formats import ValueMalformed
from ledger.usecases.subject.typed import (
    FAMILY_NAME,
    OLDEST_YEARS,
    BirthDateImpossible,
    birth_date,
    checked,
    contact,
    optional,
)

TODAY = date(2026, 6, 9)


@pytest.mark.parametrize("typed", ["17/03/1958", "17.03.1958", "1958-03-17", " 17/3/1958 "])
def test_a_birth_date_is_read_as_it_is_written(typed: str) -> None:
    assert birth_date(typed, on=TODAY) == date(1958, 3, 17)


@pytest.mark.parametrize("typed", ["", "17/03/58", "03/17/1958", "yesterday", "1958-02-30"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(ValueMalformed):
        birth_date(typed, on=TODAY)


def test_a_newborn_and_a_very_old_person_are_possible() -> None:
    assert birth_date("09/06/2026", on=TODAY) == TODAY
    assert birth_date(f"01/01/{TODAY.year - OLDEST_YEARS}", on=TODAY).year == TODAY.year - OLDEST_YEARS
    for impossible in ("10/06/2026", f"31/12/{TODAY.year - OLDEST_YEARS - 1}"):
        with pytest.raises(BirthDateImpossible):
            birth_date(impossible, on=TODAY)


def test_a_contact_may_be_empty_and_is_kept_without_blanks() -> None:
    assert vars(contact(phone=" ", email="", address="")) == {"phone": "", "email": "", "address": ""}
    kept = contact(phone="02 43 00 00 01", email=" a@exemple.fr ", address="1  rue du\tTest ")
    assert (kept.phone, kept.email, kept.address) == ("0243000001", "a@exemple.fr", "1 rue du Test")


@given(st.text(max_size=120))
def test_a_refused_value_is_never_repeated(text: str) -> None:
    for attempt in (checked, optional):
        try:
            kept = attempt(FAMILY_NAME, text)
        except ValueMalformed as refused:
            said = f"{refused} {refused.explain()} {refused.next_step()}"
            assert len(text.strip()) < 4 or text.strip() not in said
        else:
            assert kept == " ".join(text.split())
