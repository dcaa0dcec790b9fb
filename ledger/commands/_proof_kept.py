"""`ledger proof`: the checkpoints that were signed, and each as it is handed to somebody."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._proof_noun import command
from ledger.commands._words import argument, option
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.proof.listing import HeldCheckpoint


@command.verb(
    "checkpoints",
    help=mark(
        "List the checkpoints that this ledger signed, with the witnesses who signed them too and their timestamps.\n\n"
        "What stands here was checked when it came in; `ledger proof verify` checks it again. `ledger proof show` "
        "gives one of them as a file."
    ),
    examples=(
        "ledger proof checkpoints",
        "ledger proof checkpoints --last 5",
        "ledger proof checkpoints --origin e2 --json",
    ),
)
@option("--origin", metavar=mark("NAME"), help=mark("Only those under this origin; the end of its name is enough."))
@option("--last", type=click.IntRange(min=1), metavar=mark("NUMBER"), help=mark("Only so many, the last ones."))
def checkpoints(session: Session, origin: str | None, last: int | None) -> None:
    """List the checkpoints."""
    from ledger.bootstrap.checkpoints import kept_checkpoints
    from ledger.commands._output import Column

    columns = [
        Column("origin", mark("Origin")), Column("size", mark("Records")), Column("issued_at", mark("Signed")),
        Column("why", mark("Why")), Column("cosigned", mark("Witnesses")), Column("timestamps", mark("Timestamps")),
        Column("root", mark("Root")),
    ]  # fmt: skip
    rows = [_row(held) for held in kept_checkpoints(session.ledger, origin=origin, last=last)]
    session.output.listing(columns, rows, empty=mark("Nothing was ever signed."))


@command.verb(
    "show",
    help=mark(
        "Give one checkpoint as a signed text, with the signatures of witnesses that came in for it.\n\n"
        "It can be handed to whoever checks the record; together with a witness's key it says more than the ledger's "
        "own word. Without --origin, it is that of the last one."
    ),
    examples=(
        "ledger proof show 4711",
        "ledger proof show 4711 --to checkpoint.txt",
        "ledger proof show 4711 --origin e1 --json",
    ),
)
@argument("size", type=click.IntRange(min=0), metavar=mark("SIZE"))
@option("--origin", metavar=mark("NAME"), help=mark("The origin it is under; the end of its name is enough."))
@option(
    "--to", "target", type=click.Path(path_type=Path), metavar=mark("FILE"),
    help=mark("Write the checkpoint into this file."),
)  # fmt: skip
def show(session: Session, size: int, origin: str | None, target: Path | None) -> None:
    """Show a checkpoint."""
    from ledger.bootstrap.checkpoints import kept_checkpoint
    from ledger.proof.carried import write_carried

    held = kept_checkpoint(session.ledger, size=size, origin=origin)
    note = str(held.signed.note)
    if target is not None:
        write_carried(target, note)
    elif session.output.for_people:
        session.output.verbatim(note.removesuffix("\n"))  # what writes it ends the line
        return
    session.output.done(
        mark("Written: the checkpoint over {size} records under the origin {origin}, with its witnesses: {witnesses}."),
        **_row(held), note=note, witnesses=len(held.cosigned),
    )  # fmt: skip


def _row(held: HeldCheckpoint) -> dict[str, object]:
    found = held.signed.checkpoint
    return {
        "origin": found.origin, "size": found.size, "root": found.root.hex(), "issued_at": held.signed.issued_at,
        "why": held.signed.why, "cosigned": [each._asdict() for each in held.cosigned],
        "timestamps": [each._asdict() for each in held.timestamps],
    }  # fmt: skip
