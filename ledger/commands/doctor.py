"""`ledger doctor`: whether the ledger is set up as it must be."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.commands._words import option, verb
from ledger.errors import ExitCode
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.commands._checks import Finding

_STOPPED = mark(
    "Stopped: {checks} checks were made, and {done} of {of} records read again; nothing of the record was changed."
)
_GO_ON = mark("Give the same command again; with --quick it leaves out reading the whole record again.")


@verb(
    "doctor",
    help=mark(
        "Check folder, permissions, account, disk, databases, record, checkpoints, keys, law, clock, lists and "
        "destructions.\n\n"
        "Every header and every box is read again and the tree computed anew; nothing is opened and nothing is "
        "changed. The exit code is 9 if there is a problem, 7 if the record is not what was written. Stopped with "
        "Ctrl-C, it says what it found by then; the code is then 130."
    ),
    examples=("ledger doctor", "ledger doctor --quick", "ledger doctor --json"),
)
@option(
    "--quick", is_flag=True, help=mark("Leave out reading the whole record again, which takes long in a large ledger.")
)
def command(session: Session, quick: bool) -> int:
    """Check the set-up and the record; the exit code says whether there is a problem."""
    from ledger.commands._checks import Health, findings
    from ledger.commands._stopping import Reached

    found: list[Finding] = []
    reached = Reached(session)
    try:
        for each in findings(session, quick=quick, progress=partial(reached, "verify")):
            found.append(each)  # noqa: PERF402  # one by one: what was found before a stop is shown
    except KeyboardInterrupt:
        reached.leave_line()
        _show(session, found)
        return reached.stopped(_STOPPED, _GO_ON, checks=len(found))
    _show(session, found)
    problems = {one.exit_code for one in found if one.health is Health.PROBLEM}
    if ExitCode.INTEGRITY in problems:
        return int(ExitCode.INTEGRITY)
    return int(ExitCode.MISCONFIGURED if problems else ExitCode.OK)


def _show(session: Session, found: list[Finding]) -> None:
    from ledger.commands._output import Column

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
