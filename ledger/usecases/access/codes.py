"""
Codes as they are typed, checked before anything of them is kept.

What is asked is on record even when it is refused, so a name or a number typed in the place of a code would be stored
by the refusal itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from ledger.errors import Invalid, NotFound
from ledger.rules.catalogue import ProcedureEntry
from ledger.rules.personal_numbers import find_nir
from ledger.rules.search import shown_reference
from ledger.translation import mark
from ledger.usecases.ports import Desk


class CodeMalformed(Invalid):
    """Something that is no code was typed where a code is expected; it is not repeated."""

    sentence = mark("What was typed is not a code of the catalogue.")
    advice = mark("See the codes with `ledger catalogue show`; never type a name or a number here.")


class UnknownAct(NotFound):
    """The entry has no such act."""

    sentence = mark("The catalogue has no act {reference} for this procedure.")
    unnamed = mark("The catalogue has no such act for this procedure.")
    advice = mark("See the acts of the procedure with `ledger catalogue show`.")


def check_codes(codes: Iterable[str]) -> None:
    """
    Take only what looks like a code; empty means that none was given.

    :raises CodeMalformed: for anything else
    """
    for code in codes:
        if code and (shown_reference(code) != code or find_nir(code)):
            raise CodeMalformed


def check_fields(desk: Desk, fields: Iterable[str]) -> None:
    """
    Take only fields of the vocabulary.

    :raises CodeMalformed: for what is no code
    :raises UnknownField: for a code that is no field
    """
    for field in fields:
        check_codes([field])
        desk.law.catalogue.field(field)


def check_act(entry: ProcedureEntry, act: str) -> None:
    """
    Take only an act of the entry, or one that it bars to the house and the person may do.

    :raises UnknownAct: for any other
    """
    if entry.act(act) is None and act not in entry.forbidden_acts:
        raise UnknownAct(reference=shown_reference(act))
