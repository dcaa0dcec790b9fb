"""`ledger hold`: keep something from being destroyed, for a litigation or an inquiry."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._shared import from_option, note_of
from ledger.commands._words import Noun, argument, option
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID

command = Noun(
    "hold",
    help=mark("Keep something from being destroyed: a litigation, an inquiry, the person's own rights."),
)


@command.verb(
    "set",
    writes=True,
    help=mark(
        "Keep a procedure, a mandate or all of a person's file from being destroyed, with all that this needs.\n\n"
        "A hold blocks destruction and elimination slips, and gives nobody access. The reason is asked for, or read "
        "with --from: note."
    ),
    examples=(
        "ledger hold set procedure 1a2b3c4d --kind litigation --review 01/06/2027",
        "ledger hold set subject 1a2b3c4d --kind inquiry --review 01/06/2027",
    ),
)
@argument("target", type=Word("ledger.aggregates.hold:HoldTarget"), help=mark("What is held."))
@argument("held", metavar=mark("REFERENCE"), help=mark("Its reference."))
@option("--kind", type=Word("ledger.aggregates.hold:HoldKind"), required=True, help=mark("Why it is held."))
@option("--review", "review_on", type=Day(), required=True, help=mark("The day by which the hold is looked at again."))
@from_option()
def set_(session: Session, target: Any, held: str, kind: Any, review_on: date, source: str | None) -> None:
    """Set a hold."""
    from ledger.usecases.retention.holds import TARGETS, set_hold

    reason = note_of(session, source, ask=mark("Why must it be kept?"), required=True)
    reference = session.reference(TARGETS[target], held, name="reference")
    done = set_hold(
        session.desk, session.command, kind=kind, target=target, held=reference, review_on=review_on, reason=reason
    )
    session.output.done(
        mark("Hold set: {hold}. Nothing of it is destroyed until it is released."),
        hold=done.hold, repeated=done.recorded.repeated,
    )  # fmt: skip


@command.verb(
    "review",
    writes=True,
    help=mark("Record that a hold was looked at and goes on, until the next review."),
    examples=("ledger hold review 1a2b3c4d --next 01/12/2027",),
)
@argument("hold", metavar=mark("HOLD"), help=mark("The reference of the hold."))
@option("--next", "review_on", type=Day(), required=True, help=mark("The day by which it is looked at again."))
def review_(session: Session, hold: str, review_on: date) -> None:
    """Let a hold go on."""
    from ledger.usecases.retention.holds import review

    reference = _hold_of(session, hold)
    recorded = review(session.desk, session.command, reference, review_on=review_on)
    session.output.done(mark("The hold goes on until its next review."), hold=reference, repeated=recorded.repeated)


@command.verb(
    "release",
    writes=True,
    help=mark("End a hold: what it held falls due as if it had never stood, with no new term."),
    examples=("ledger hold release 1a2b3c4d",),
)
@argument("hold", metavar=mark("HOLD"), help=mark("The reference of the hold."))
def release_(session: Session, hold: str) -> None:
    """End a hold."""
    from ledger.usecases.retention.holds import release

    reference = _hold_of(session, hold)
    recorded = release(session.desk, session.command, reference)
    session.output.done(mark("The hold is released."), hold=reference, repeated=recorded.repeated)


@command.verb(
    "list",
    help=mark("List the holds, the released ones included, with those whose review is past."),
    examples=("ledger hold list",),
)
def list_(session: Session) -> None:
    """List the holds."""
    from ledger.commands._output import Column
    from ledger.usecases.house.days import day_of
    from ledger.usecases.retention.holds import show

    columns = [
        Column("hold", mark("Reference")), Column("kind", mark("Why")), Column("target", mark("On")),
        Column("held", mark("Held")), Column("set_at", mark("Set")), Column("review_on", mark("Review")),
        Column("overdue", mark("Review past")), Column("released_at", mark("Released")),
    ]  # fmt: skip
    command = session.reading()
    rows = [
        {
            "hold": one.id,
            "kind": one.kind,
            "target": one.target,
            "held": one.held,
            "set_at": one.set_at,
            "review_on": one.review_on,
            "overdue": one.is_overdue(today=day_of(command.at)),
            "released_at": one.released_at,
        }
        for one in show(session.desk, command)
    ]
    session.output.listing(columns, rows, empty=mark("Nothing is held."))


def _hold_of(session: Session, typed: str) -> UUID:
    """Give the hold whose reference begins so; what was done already is found again by the command itself."""
    from ledger.usecases.retention.holds import named

    return named(session.desk, session.reading(), typed)
