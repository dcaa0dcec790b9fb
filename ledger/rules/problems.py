"""What is wrong with a file of law: each finding with the file, the line and a sentence for the person who edits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger.errors import Invalid
from ledger.rules.messages import MESSAGES
from ledger.translation import mark, translate


class Problem(NamedTuple):
    """One finding. Lines count from 1; line 0 means the file as a whole."""

    file: str
    line: int
    message: str
    rule: str = ""
    """A stable name of the rule that is broken, such as `UNKNOWN_KEY`."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def problem(rule: str, *, file: str, line: int = 0, **values: object) -> Problem:
    """Make a finding under a rule of the closed list, said in the user's language."""
    return Problem(file, line, translate(MESSAGES[rule]).format(**values), rule)


class LawInvalid(Invalid):
    """A file of law breaks the format or contradicts another; all that is wrong is listed at once."""

    sentence = mark("The law files have {count} problem(s). The first: {first}")
    advice = mark("Correct the lines named, then run `ledger catalogue check FILE` until it finds nothing.")

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(count=len(problems), first=str(problems[0]) if problems else "")
