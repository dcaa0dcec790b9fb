"""The management table: one row for every class that a slip can list, on every day."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.rules.law import PACKAGED, load_law
from ledger.rules.management_table import ON_SLIPS, NoTableRow, read_management_table
from ledger.rules.problems import LawInvalid
from ledger.rules.retention_terms import RetentionClass

TEXT = (PACKAGED / "archives.toml").read_text(encoding="utf-8")
LAST = TEXT[TEXT.rindex("[[row]]") :]


def problems(text: str) -> list[str]:
    with pytest.raises(LawInvalid) as found:
        read_management_table(text.encode(), file="archives.toml")
    return [problem.rule for problem in found.value.problems]


@pytest.mark.parametrize("retention_class", ON_SLIPS)
def test_every_class_has_a_row_with_a_title_and_a_source(retention_class: RetentionClass) -> None:
    row = load_law().archives.row(retention_class, on=date(2026, 6, 9))
    assert row.title
    assert row.source
    assert row.mark == "DEF"


def test_references_and_titles_are_told_apart() -> None:
    rows = [load_law().archives.row(each, on=date(2026, 6, 9)) for each in ON_SLIPS]
    assert len({row.reference for row in rows}) == len({row.title for row in rows}) == len(ON_SLIPS)


def test_a_day_before_the_table_has_no_row() -> None:
    with pytest.raises(NoTableRow):
        load_law().archives.row(RetentionClass.LOGS, on=date(2019, 12, 31))
    with pytest.raises(NoTableRow):
        load_law().archives.row(RetentionClass.ELIMINATION_SLIPS, on=date(2026, 6, 9))


def test_a_class_that_is_missing_is_said() -> None:
    assert problems(TEXT.replace(LAST, "")) == ["MISSING_RULE"]


def test_slips_have_no_row_of_their_own() -> None:
    more = LAST.replace('"house-contact"', '"elimination-slips"')
    assert problems(f"{TEXT}\n{more}") == ["NOT_IN_LIST"]


def test_two_rows_of_one_day_and_a_day_without_row_are_said() -> None:
    assert problems(f"{TEXT}\n{LAST}") == ["OVERLAP"]
    ended = LAST.replace("valid_from = 2020-01-24", "valid_from = 2020-01-24\nvalid_until = 2026-01-01")
    assert problems(TEXT.replace(LAST, ended)) == ["GAP"]


def test_a_row_that_follows_another_holds_from_its_day() -> None:
    ended = LAST.replace("valid_from = 2020-01-24", "valid_from = 2020-01-24\nvalid_until = 2026-01-01")
    after = LAST.replace("2020-01-24", "2026-01-01").replace('"eliminate"', '"transfer"')
    table = read_management_table(TEXT.replace(LAST, f"{ended}\n{after}").encode(), file="archives.toml")
    fates = [table.row(RetentionClass.HOUSE_CONTACT, on=on).fate for on in (date(2025, 12, 31), date(2026, 1, 1))]
    assert fates == ["eliminate", "transfer"]
