"""
Which data a record holds, in the words of the CNIL's form: by the fields that were seen, and by a procedure's name.

A field says its own category. A procedure whose very name tells of health is health data, whichever fields were seen
(GDPR 9): that somebody asks for the allowance for disabled adults says that they are disabled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ledger.rules.assessment import ContentRule
from ledger.rules.catalogue import Catalogue, Nature
from ledger.rules.cnil import DataCategory

IDENTITY = frozenset({DataCategory.CIVIL_STATUS})
"""What every stored identity holds."""
CASE = frozenset({DataCategory.OTHER})
"""What every procedure and mandate tells: that the person has it, with whom, since when."""
PAPER = frozenset({DataCategory.CIVIL_STATUS, DataCategory.CONTACT, DataCategory.OTHER})
"""What stands on the paper of a mandate."""
UNTYPED = frozenset({DataCategory.OTHER})
"""What a note, or a field that the catalogue does not have any more, is counted as."""


@dataclass(frozen=True)
class Contents:
    """Says what codes of the catalogue tell."""

    catalogue: Catalogue
    rule: ContentRule

    def of_fields(self, codes: Iterable[str]) -> frozenset[DataCategory]:
        """Give the categories of some fields."""
        return frozenset(self._of_field(code) for code in codes)

    def of_entries(self, codes: Iterable[str]) -> frozenset[DataCategory]:
        """Give what the names of some procedures tell: special categories and offences; of most, nothing."""
        return frozenset(category for code in codes for category in self._by_name.get(code, ()))

    def of_others(self, codes: Iterable[str]) -> frozenset[DataCategory]:
        """Give the categories of those of some fields that tell of somebody else than the person."""
        return self.of_fields(self.rule.others.intersection(codes))

    def _of_field(self, code: str) -> DataCategory:
        entry = self.catalogue.vocabulary.get(code)
        return DataCategory.OTHER if entry is None else entry.cnil

    @cached_property
    def _by_name(self) -> dict[str, frozenset[DataCategory]]:
        """By entry, what its versions say that it touches; where no field says which, what the rule says."""
        found: dict[str, frozenset[DataCategory]] = {}
        for entry in self.catalogue.all_versions():
            told: set[DataCategory] = set()
            fields = [self.catalogue.vocabulary[need.code] for need in entry.fields]
            if entry.art9:
                told |= {each.cnil for each in fields if each.nature is Nature.ART9} or {self.rule.by_name}
            if entry.art10:
                told.add(DataCategory.OFFENCES)
            found[entry.code] = found.get(entry.code, frozenset()) | told
        return found
