"""`ledger projection`: the read models, how far they are, and how they are made again."""

from __future__ import annotations

from contextlib import suppress

from ledger.commands._context import Session
from ledger.commands._words import Noun, argument
from ledger.translation import mark

command = Noun("projection", help=mark("See how far the lists are behind the log, and make them again."))


@command.verb(
    "status",
    help=mark("Show where each list stands: how far behind the log, and which events it could not take."),
    examples=("ledger projection status",),
)
def status(session: Session) -> None:
    """Show where each read model stands."""
    from ledger.commands._output import Column
    from ledger.errors import LedgerError

    with suppress(LedgerError):  # what the last reading left on record is not behind; what is wrong shows below
        session.ledger.runner.catch_up()
    columns = [
        Column("model", mark("List")), Column("position", mark("Position")), Column("lag", mark("Behind")),
        Column("parked", mark("Could not take")), Column("rebuilt_to", mark("Being made again, up to")),
        Column("outdated", mark("Of another version")),
    ]  # fmt: skip
    rows = [
        {
            "model": one.model,
            "position": one.position,
            "lag": one.lag,
            "parked": [event.position for event in one.parked],
            "rebuilt_to": one.rebuilt_to,
            "outdated": one.outdated,
        }
        for one in session.ledger.runner.status()
    ]
    session.output.listing(columns, rows)


@command.verb(
    "rebuild",
    help=mark("Make a list again from the first event, beside the one in use, and put it in its place in one step."),
    examples=("ledger projection rebuild", "ledger projection rebuild access-journal"),
)
@argument("model", metavar=mark("LIST"), required=False, help=mark("The list; all of them if none is named."))
def rebuild(session: Session, model: str | None) -> None:
    """Rebuild read models."""
    from ledger.commands._output import Column
    from ledger.errors import UNREPEATED
    from ledger.projections.errors import UnknownModel

    ledger = session.ledger
    if model is not None and model not in ledger.views.models:
        raise UnknownModel(reference=UNREPEATED)  # what was typed may be a name, typed in the wrong place
    names = [model] if model else sorted(ledger.views.models)
    rows = []
    for name in names:
        progress = ledger.runner.rebuild(name)
        parked = [event.position for event in progress.parked]
        rows.append({"model": name, "position": progress.position, "parked": parked})
    columns = [
        Column("model", mark("List")), Column("position", mark("Position")), Column("parked", mark("Could not take")),
    ]  # fmt: skip
    session.output.listing(columns, rows)
