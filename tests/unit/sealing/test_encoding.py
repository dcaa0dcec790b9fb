from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sealing.encoding import encoded

NUMBERS = st.integers(min_value=0, max_value=2**64 - 1)


def test_the_form_is_length_then_content() -> None:
    identifier = UUID("22222222-2222-4222-8222-222222222222")
    assert encoded(identifier, "né", 7) == (
        b"\x00\x00\x00\x10" + identifier.bytes + b"\x00\x00\x00\x03n\xc3\xa9" + b"\x00\x00\x00\x08" + bytes(7) + b"\x07"
    )


@given(st.lists(st.text()), st.lists(st.text()))
def test_no_two_lists_of_words_give_the_same_bytes(one: list[str], other: list[str]) -> None:
    assert (encoded(*one) == encoded(*other)) == (one == other)


@given(NUMBERS, NUMBERS)
def test_no_two_numbers_give_the_same_bytes(one: int, other: int) -> None:
    assert (encoded(one) == encoded(other)) == (one == other)


def test_words_can_not_slide_from_one_part_into_the_next() -> None:
    assert encoded("ab", "c") != encoded("a", "bc") != encoded("abc")


@pytest.mark.parametrize("number", [-1, 2**64])
def test_a_number_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(OverflowError):
        encoded(number)
