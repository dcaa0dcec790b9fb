"""How many columns a text takes."""

from __future__ import annotations

import unicodedata

import pytest

from ledger.commands._layout import _LAST_PLAIN, width_of


@pytest.mark.parametrize(
    ("text", "columns"), [("", 0), ("abc", 3), ("à échéance…", 11), ("L’été", 5), ("日本", 4), ("e\u0301te\u0301", 3)]
)
def test_columns_are_counted_and_not_letters(text: str, columns: int) -> None:
    assert width_of(text) == columns


def test_every_letter_that_is_not_looked_at_takes_one_column() -> None:
    plain = [chr(code) for code in range(ord(_LAST_PLAIN) + 1)]
    assert [each for each in plain if unicodedata.combining(each) or unicodedata.east_asian_width(each) in "WF"] == []
