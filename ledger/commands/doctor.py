"""`ledger doctor`: whether the ledger is set up as it must be."""

from __future__ import annotations

from ledger.commands._context import Session
from ledger.commands._words import option, verb
from ledger.errors import ExitCode
from ledger.translation import mark


@verb(
    "doctor",
    help=mark(
        "Check folder, permissions, account, disk, databases, record, checkpoints, keys, law, clock, lists and "
        "destructions.\n\n"
        "Every header and every box is read again and the tree computed anew; nothing is opened and nothing is "
        "changed. The exit code is 9 if there is a problem, 7 if the record is not what was written."
    ),
    examples=("ledger doctor", "ledger doctor --quick", "ledger doctor --json"),
)
@option(
    "--quick", is_flag=True, help=mark("Leave out reading the whole record again, which takes long in a large ledger.")
)
def command(session: Session, quick: bool) -> int:
    """Check the set-up and the record; the exit code says whether there is a problem."""
    from ledger.commands._checks import Health, findings
    from ledger.commands._output import Column

    found = list(findings(session, quick=quick))
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
    problems = {one.exit_code for one in found if one.health is Health.PROBLEM}
    if ExitCode.INTEGRITY in problems:
        return int(ExitCode.INTEGRITY)
    return int(ExitCode.MISCONFIGURED if problems else ExitCode.OK)
