"""From the everyday words that somebody says to one entry of the catalogue."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from ledger.errors import Invalid, NotFound
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.rules.catalogue import ProcedureEntry
    from ledger.rules.law import Law

_SUGGESTIONS = 5


class WordsUnclear(Invalid):
    """The words mean several procedures."""

    sentence = mark("Several procedures come near these words: {codes}.")
    advice = mark("Give the code of the one that is meant; `ledger catalogue show WORDS` tells them apart.")


class WordsUnknown(NotFound):
    """The words mean no procedure."""

    sentence = mark("No procedure comes near these words.")
    advice = mark("Try other words, or see them all with `ledger catalogue show`.")


def entry_meant(law: Law, words: str, *, on: date) -> ProcedureEntry:
    """
    Give the entry that a code, or everyday words, mean.

    :raises WordsUnclear: if they mean several
    :raises WordsUnknown: if they mean none
    """
    from ledger.rules.catalogue import UnknownProcedure

    try:
        return law.catalogue.procedure(words.strip(), on=on)
    except UnknownProcedure:
        found = law.catalogue.search(words, on=on)
    if not found:
        raise WordsUnknown
    if len(found) > 1:
        raise WordsUnclear(codes=", ".join(entry.code for entry in found[:_SUGGESTIONS]))
    return found[0]
