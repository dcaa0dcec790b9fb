"""The reference names every key, rule and finding, and the how-to's examples are right."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from ledger.rules import catalogue, clock_packs, cnil, houses, management_table, partners, profile, retention_terms
from ledger.rules.catalogue_file import ModeName
from ledger.rules.clock_packs_file import NUMBERS
from ledger.rules.document import Table
from ledger.rules.law import PACKAGED, Law
from ledger.rules.marks import EntrySource, Mark
from ledger.rules.messages import MESSAGES, TYPE_NAMES
from ledger.rules.profile_file import IDENTITY_METHODS, INFORMATION_TOPICS, RULES, SIGNATURE_MEANS
from ledger.rules.reader import KINDS, check_file
from tests.unit.rules.law_texts import READERS

ROOT = Path(__file__).resolve().parents[3]
REFERENCE = (ROOT / "docs" / "reference" / "catalogue.md").read_text(encoding="utf-8")
HOW_TO = ("howto/edit-the-catalogue.md", "fr/modifier-le-catalogue.md")
LISTS: tuple[type[StrEnum], ...] = (
    catalogue.Nature, catalogue.Protection, catalogue.Mission, catalogue.ExchangeKind, catalogue.Format,
    cnil.DataCategory, houses.Territory, partners.PartnerKind, partners.PartyRole, profile.Capacity,
    profile.Signer, profile.StandardRole, profile.Power, retention_terms.RetentionClass, retention_terms.Counting,
    ModeName, EntrySource, Mark, management_table.FinalFate, clock_packs.ClockKind,
)  # fmt: skip


def _named(word: str) -> bool:
    return bool(re.search(rf"[`\[.]{re.escape(word)}[`\].]", REFERENCE)) or f"`{word}" in REFERENCE


def test_every_key_that_is_read_is_in_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: set[str] = set()
    close = Table.close

    def remember(table: Table) -> None:
        taken.update(table._taken)
        close(table)

    monkeypatch.setattr(Table, "close", remember)
    for text, read in READERS.values():
        read(text)
    weekdays = {"tuesday", "wednesday", "thursday", "friday", "saturday"}  # said as "monday to sunday"
    assert len(taken) > 60
    assert sorted(key for key in taken - weekdays if not _named(key)) == []


def test_every_word_of_every_closed_list_is_in_the_reference() -> None:
    words = {*KINDS, *RULES, *MESSAGES, *SIGNATURE_MEANS, *IDENTITY_METHODS, *INFORMATION_TOPICS}
    words |= {member.value for each in LISTS for member in each}
    words |= {name for numbers in NUMBERS.values() for name in numbers}
    assert sorted(word for word in words if not _named(word)) == []


def test_the_reference_has_no_finding_and_no_rule_that_does_not_exist() -> None:
    assert set(re.findall(r"`([A-Z]+(?:_[A-Z0-9]+)+)`", REFERENCE)) <= {*MESSAGES, *catalogue.ExchangeKind, *ModeName}
    assert set(re.findall(r"`((?:mandate|access|response|opening|figures|committee|logs)\.\w+)`", REFERENCE)) <= set(
        RULES
    )


@pytest.mark.parametrize("page", HOW_TO)
def test_the_examples_of_the_how_to_are_right_when_done_as_it_says(tmp_path: Path, page: str) -> None:
    written = (ROOT / "docs" / page).read_text(encoding="utf-8")
    entry, kept, rule = re.findall(r"```toml\n(.*?)```", written, re.DOTALL)
    text = (PACKAGED / "catalogue.toml").read_text(encoding="utf-8")
    start = text.index('code = "JUS03-conciliateur"')
    day = text.index("valid_from = 2020-01-24\n", start) + len("valid_from = 2020-01-24\n")
    ended = f"{text[:day]}valid_until = 2026-09-01\n{text[day:]}"
    (tmp_path / "catalogue.toml").write_text(ended + entry + kept, encoding="utf-8")
    assert check_file(tmp_path / "catalogue.toml") == []
    law = Law(tmp_path, "mayenne")
    before, after = (law.catalogue.procedure("JUS03", on=on) for on in (date(2026, 8, 31), date(2026, 9, 1)))
    assert "ct.email" not in before.needs
    assert [need.code for need in after.kept] == ["ct.email"]

    (tmp_path / "catalogue.toml").write_text(text + entry, encoding="utf-8")
    assert {problem.rule for problem in check_file(tmp_path / "catalogue.toml")} == {"OVERLAP"}

    (tmp_path / "profiles").mkdir()
    text = (PACKAGED / "profiles" / "mayenne.toml").read_text(encoding="utf-8")
    start = text.index('name = "mandate.grace_days"')
    day = text.index("valid_from = 2020-01-24\n", start) + len("valid_from = 2020-01-24\n")
    own = tmp_path / "profiles" / "mayenne.toml"
    own.write_text(f"{text[:day]}valid_until = 2026-09-01\n{text[day:]}{rule}", encoding="utf-8")
    law = Law(tmp_path, "mayenne")
    assert [law.profile.grace(on).days for on in (date(2026, 8, 31), date(2026, 9, 1))] == [30, 15]


def test_every_finding_has_its_french_sentence() -> None:
    with (ROOT / "ledger" / "locale" / "fr" / "rules.po").open("rb") as file:
        french = {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}
    for said in (*MESSAGES.values(), *TYPE_NAMES.values()):
        assert french[said]
        assert french[said] != said
        assert set(re.findall(r"{\w+}", french[said])) == set(re.findall(r"{\w+}", said))
