"""`ledger drill`: try to bring back what was erased, and show that it fails."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._words import Noun, option
from ledger.errors import IntegrityBroken
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.aggregates.drill import DrillFound


class ErasureFailed(IntegrityBroken):
    """What was erased came back, or what lives did not."""

    sentence = mark("The drill failed: what was erased came back, or what was not erased did not open.")
    advice = mark("Destroy nothing more with this version, and call the person who runs the ledger.")


class DrillProvedNothing(IntegrityBroken):
    """The control could not open what the drill shows not to open."""

    sentence = mark("The drill proves nothing: the control could not bring the value back either.")
    advice = mark("Give the report to the person who runs the ledger.")


command = Noun("drill", help=mark("Try to bring back what was erased, and show that it fails."))

_QUESTIONS = {
    "erased_from_old_keys": mark("A full copy made before, with the root key of today, does not give it back"),
    "erased_after_restore": mark("After that copy is restored, the value is told as destroyed"),
    "living_opened": mark("After that copy is restored, what was not erased opens"),
    "control_opened": mark("Control: the full copy, with the root key of then, gives it back"),
}
_REPORT = mark(
    "Erasure drill of the ledger {ledger}, on {at}.\n"
    "Held in a ledger made for it and thrown away: invented people, the code and the kind of database of this ledger, "
    "a root key in a file so that the control can be held. Nothing of this ledger was copied or opened.\n"
    "Holders of this ledger's own root key, from a backup: {revives}."
)


@command.verb(
    "erasure",
    help=mark(
        "Erase something in a ledger made for it, and try to bring it back from a full backup.\n\n"
        "It must not open with the root key of today, and must open with the root key of then: the control, which "
        "proves that the drill can fail. It ends in a signed report, which is recorded; the code is 7 where it fails. "
        "This ledger itself is not touched."
    ),
    examples=("ledger drill erasure", "ledger drill erasure --to rapport.txt"),
)
@option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    metavar=mark("FILE"),
    help=mark("Write the report into this new file."),
)
def erasure(session: Session, target: Path | None) -> None:
    """Hold an erasure drill."""
    from ledger.aggregates.drill import DrillOutcome
    from ledger.bootstrap.drilling import drill
    from ledger.owned_files import write_durably
    from ledger.usecases.drilling import may_drill, record

    ledger = session.ledger
    may_drill(session.desk, session.reading())
    found = drill(ledger)
    report = ledger.signer.sign(_report(session, found))
    record(session.desk, session.reading(), found=found, report=report)
    if target is not None:
        write_durably(target, report.encode())
    session.output.done(_SAID[found.outcome], outcome=found.outcome, **vars(found), report=report)
    if target is None and session.output.for_people:
        session.output.verbatim(report)
    if found.outcome is DrillOutcome.FAILED:
        raise ErasureFailed
    if found.outcome is DrillOutcome.PROVED_NOTHING:
        raise DrillProvedNothing


_SAID = {
    "PASSED": mark("The drill passed: what was erased does not come back."),
    "FAILED": mark("The drill failed."),
    "PROVED_NOTHING": mark("The drill proves nothing."),
}


def _report(session: Session, found: DrillFound) -> str:
    """Write the report, a line a question."""
    from ledger.commands._labels import label

    ledger = session.ledger
    head = translate(_REPORT).format(
        ledger=ledger.settings.ledger_id, at=session.output.words(session.at),
        revives=label(ledger.holders.revives_from_backup),
    )  # fmt: skip
    yes, no = translate(mark("yes")), translate(mark("no"))
    colon = translate(": ")
    lines = [f"{translate(asked)}{colon}{yes if getattr(found, name) else no}" for name, asked in _QUESTIONS.items()]
    return "\n".join((head, *lines, translate(_SAID[found.outcome]))) + "\n"
