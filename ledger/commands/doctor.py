"""`ledger doctor`: whether the ledger is set up as it must be."""

from __future__ import annotations

from ledger.commands._context import Session
from ledger.commands._words import verb
from ledger.errors import ExitCode
from ledger.translation import mark


@verb(
    "doctor",
    help=mark(
        "Check folder, permissions, account, disk, databases, keys, law, clock, lists and destructions.\n\n"
        "Nothing is opened and nothing is changed. The exit code is 9 if there is a problem."
    ),
    examples=("ledger doctor", "ledger doctor --json"),
)
def command(session: Session) -> int:
    """Check the set-up; the exit code says whether there is a problem."""
    from ledger.commands._checks import Health, findings
    from ledger.commands._output import Column

    found = list(findings(session))
    columns = [
        Column("code", mark("Code"), for_people=False), Column("check", mark("Check")),
        Column("health", mark("Found")), Column("said", mark("What it means")),
        Column("advice", mark("What to do")),
    ]  # fmt: skip
    rows = [
        {"code": one.code, "check": one.check, "health": one.health, "said": one.said, "advice": one.advice}
        for one in found
    ]
    session.output.listing(columns, rows)
    problem = any(one.health is Health.PROBLEM for one in found)
    return int(ExitCode.MISCONFIGURED if problem else ExitCode.OK)
