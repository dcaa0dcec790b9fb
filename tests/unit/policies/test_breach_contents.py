"""Which data a record holds: by its fields, and by the very name of its procedure."""

from __future__ import annotations

from datetime import date

from ledger.policies.breach_contents import Contents
from ledger.rules.cnil import DataCategory
from ledger.rules.law import load_law

LAW = load_law()
CONTENTS = Contents(LAW.catalogue, LAW.assessment.content(on=date(2026, 6, 9)))


def test_a_field_says_its_own_category() -> None:
    assert CONTENTS.of_fields(["id.civil", "inc.3m", "nir"]) == {
        DataCategory.CIVIL_STATUS, DataCategory.FINANCIAL, DataCategory.NIR,
    }  # fmt: skip
    assert CONTENTS.of_fields([]) == frozenset()


def test_a_field_that_the_catalogue_lost_is_other_data() -> None:
    assert CONTENTS.of_fields(["no.longer"]) == {DataCategory.OTHER}


def test_a_name_that_tells_of_a_disability_is_health_data_and_most_names_tell_nothing() -> None:
    assert CONTENTS.of_entries(["CNAF06-aah"]) == {DataCategory.HEALTH}
    assert CONTENTS.of_entries(["CNAF01-rsa", "no-such-entry"]) == frozenset()
    assert DataCategory.OFFENCES in CONTENTS.of_entries(["JUS02-casier"])


def test_every_entry_that_says_why_it_touches_special_data_counts_as_such() -> None:
    for entry in LAW.catalogue.all_versions():
        told = CONTENTS.of_entries([entry.code])
        assert any(each.is_sensitive() for each in told) == bool(entry.art9), entry.code
        assert (DataCategory.OFFENCES in told) == bool(entry.art10), entry.code


def test_some_fields_tell_of_others() -> None:
    assert CONTENTS.of_others(["id.civil", "inc.3m", "hh.composition"]) == {DataCategory.CIVIL_STATUS}
    assert CONTENTS.of_others(["id.civil", "inc.3m"]) == frozenset()
    assert CONTENTS.rule.others <= LAW.catalogue.vocabulary.keys(), "each is a field of the vocabulary"
