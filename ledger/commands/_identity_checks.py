"""What is typed of a person's identity, checked while it can still be asked again."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.commands._input import Question

_WRITTEN = re.compile(r"\s*(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}-\d{1,2}-\d{1,2})\s*")


class DateNotThere(Invalid):
    """A date is written as one, and no calendar has it."""

    sentence = mark("This date does not exist: read it again, as day/month/year.")


class NotADate(Invalid):
    """What was typed is not written as a date."""

    sentence = mark("This is not a date: type it as 31/12/1980.")


class NameUnreadable(Invalid):
    """What was typed can't be a name."""

    sentence = mark("This can't be a name: a name has no figures.")


def checked_at_once(question: Question, *, on: date) -> Question:
    """Let a question about somebody's identity be asked again until its answer can be; `on` is the day of today."""
    return replace(question, check=lambda text: _check(question.name, text, on=on))


def _check(name: str, text: str, *, on: date) -> None:
    from ledger.rules.formats import ValueMalformed
    from ledger.usecases.subject.typed import NAME, birth_date, checked

    if name != "birth_date":
        try:
            checked(NAME, text)
        except ValueMalformed:
            raise NameUnreadable from None
        return
    try:
        birth_date(text, on=on)
    except ValueMalformed:
        raise (DateNotThere if _WRITTEN.fullmatch(text) else NotADate) from None
