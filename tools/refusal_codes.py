"""
The reference page of the refusal codes, written from the code: `python tools/refusal_codes.py`.

A test compares the page with the closed list, so that neither can change alone.
"""

from __future__ import annotations

import os
from pathlib import Path

from ledger.policies.refusals import REFUSALS
from ledger.policies.vocabulary import RefusalCode
from ledger.translation import translate

ROOT = Path(__file__).resolve().parent.parent
PAGE = Path("docs/reference/refusal-codes.md")

_INTRODUCTION = """\
# Refusal codes

<!-- Written by tools/refusal_codes.py from ledger/policies/refusals.py: change that, then run it. -->

Why a rule says no. The list is closed: whatever is refused bears one of these codes, with the article that says so, a
sentence for the person at the counter and what to do next (here in French; `LANGUAGE=en` gives the English). A refused
access is recorded under its code, like a granted one; a refused command leaves a reading under its code.

The header of a record is not sealed. Few entries of the catalogue bar an act, ask for express consent or touch data
that are never stored: in clear, such a code would tell which procedure a case is about. The last column says which code
the header then shows; the exact one is sealed with the rest.

| code | meaning | what to do | article | in the header |
|---|---|---|---|---|
"""


def rendered() -> str:
    """Give the page as it should be."""
    before = os.environ.get("LANGUAGE")
    os.environ["LANGUAGE"] = "fr"
    try:
        return _INTRODUCTION + "".join(_row(code) for code in RefusalCode)
    finally:
        if before is None:
            del os.environ["LANGUAGE"]
        else:
            os.environ["LANGUAGE"] = before


def _row(code: RefusalCode) -> str:
    meaning = REFUSALS[code]
    cells = (
        f"`{code}`",
        translate(meaning.sentence),
        translate(meaning.advice),
        meaning.article,
        "" if code.shown is code else f"`{code.shown}`",
    )
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    (ROOT / PAGE).write_text(rendered(), encoding="utf-8")
