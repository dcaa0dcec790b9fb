"""
Checking a file of law for the person who edits it: what kind it says it is, and all that is wrong with it, by line.

A file is checked against the other files in force: a catalogue against the partners, a house against both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ledger.rules.assessment_file import read_assessment
from ledger.rules.catalogue_file import read_catalogue
from ledger.rules.clock_packs_file import read_clock_packs
from ledger.rules.document import Document, read_bytes
from ledger.rules.houses_file import read_house
from ledger.rules.law import Law, load_law
from ledger.rules.management_table import read_management_table
from ledger.rules.partners_file import read_partners
from ledger.rules.problems import LawInvalid, Problem, problem
from ledger.rules.profile_file import read_profile

KINDS: Final = ("archives", "assessment", "catalogue", "clocks", "house", "partners", "profile")
"""What a file of law may say it is, in its key `kind`."""


def check_file(path: Path, *, law: Law | None = None) -> list[Problem]:
    """Give all that is wrong with a file of law, by line; nothing when it can be used."""
    name = str(path)
    try:
        content = read_bytes(path)
    except OSError:
        return [problem("NOT_READABLE", file=name)]
    try:
        _read(content, name, law or load_law())
    except LawInvalid as invalid:
        return list(invalid.problems)
    return []


def _read(content: bytes, name: str, law: Law) -> None:
    document = Document(content, file=name)
    document.finish()
    kind = document.root.text("kind")
    if kind == "partners":
        read_partners(content, file=name)
    elif kind == "catalogue":
        read_catalogue(content, file=name, partners=law.partners)
    elif kind == "profile":
        read_profile(content, file=name, partners=law.partners)
    elif kind == "archives":
        read_management_table(content, file=name)
    elif kind == "assessment":
        read_assessment(content, file=name)
    elif kind == "clocks":
        read_clock_packs(content, file=name)
    elif kind == "house":
        read_house(content, file=name, partners=law.partners, profiles=law.profile_codes)
    else:
        if kind:
            document.report("UNKNOWN_KIND", ("kind",), found=kind, expected=", ".join(KINDS))
        document.finish()


__all__ = ["KINDS", "LawInvalid", "Problem", "check_file", "read_bytes"]
