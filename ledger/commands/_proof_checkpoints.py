"""`ledger proof`: checkpoints, and the origins under which they are signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._proof_noun import REASON_HELP, command
from ledger.commands._words import option
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.proof.archive import SignedCheckpoint

_NOT_DUE = mark("No checkpoint is due.")
_TELL = mark("Tell whoever follows the checkpoints of this ledger, and why.")
_SIGNED = mark("Checkpoint signed: {size} records, under the origin {origin}.")


@command.verb(
    "checkpoint",
    help=mark(
        "Sign a checkpoint: how many records there are, and the root of the tree over them.\n\n"
        "Give it to whoever may want to check the record later: from then on nothing before it can be changed unseen. "
        "Nothing is signed where the record is not what was signed before, grown; the code is then 7. With --if-due, "
        "for a timer, nothing happens before so many records or minutes (see ledger.toml)."
    ),
    examples=(
        "ledger proof checkpoint",
        "ledger proof checkpoint --to checkpoint.txt",
        "ledger proof checkpoint --if-due",
    ),
)
@option("--if-due", is_flag=True, help=mark("Only if one is due."))
@option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    metavar=mark("FILE"),
    help=mark("Write the checkpoint into this new file."),
)
def checkpoint(session: Session, if_due: bool, target: Path | None) -> None:
    """Sign a checkpoint."""
    from ledger.proof.archive import CheckpointReason
    from ledger.proof.carried import CarriedFileThere, is_taken, write_new

    if target is not None and is_taken(target):
        raise CarriedFileThere  # before anything is signed for it
    issuer, at = session.ledger.issuer, session.at
    signed = issuer.issue_if_due(at=at) if if_due else issuer.issue(CheckpointReason.DEMAND, at=at)
    if signed is None:
        session.output.done(_NOT_DUE, **dict.fromkeys(_FIELDS))
        return
    if target is not None:
        write_new(target, str(signed.note))
    if session.output.for_people and target is None:
        session.output.say(_SIGNED, **_shown(signed))
        session.output.verbatim(str(signed.note).removesuffix("\n"))  # what writes it ends the line
    else:
        session.output.done(_SIGNED, **_shown(signed))


_FIELDS = ("origin", "size", "root", "issued_at", "why", "note")


def _shown(signed: SignedCheckpoint) -> dict[str, object]:
    found = signed.checkpoint
    return dict(
        zip(
            _FIELDS,
            (found.origin, found.size, found.root.hex(), signed.issued_at, signed.why, str(signed.note)),
            strict=True,
        )
    )


@command.verb(
    "origins",
    help=mark(
        "List the origins under which this ledger signs, and what it signed under each.\n\n"
        "A new one begins where a record came back that does not hold all that was signed; it goes on from the last "
        "checkpoint before, whose digest stands in the record."
    ),
    examples=("ledger proof origins", "ledger proof origins --json"),
)
def origins(session: Session) -> None:
    """List the origins."""
    from ledger.commands._output import Column

    archive = session.ledger.archive
    columns = [
        Column("origin", mark("Origin")), Column("opened_at", mark("Opened")), Column("reason", mark("Why")),
        Column("position", mark("At")), Column("follows", mark("Goes on from"), for_people=False),
        Column("checkpoints", mark("Checkpoints")), Column("last_size", mark("Last over")),
        Column("last_at", mark("Last signed")),
    ]  # fmt: skip
    rows = []
    for origin in archive.origins() if archive.exists else ():
        signed = archive.all(origin.name)
        rows.append(
            {
                "origin": origin.name,
                "opened_at": origin.opened_at,
                "reason": origin.reason,
                "position": origin.position,
                "follows": origin.follows,
                "checkpoints": len(signed),
                "last_size": signed[-1].checkpoint.size if signed else None,
                "last_at": signed[-1].issued_at if signed else None,
            }
        )
    session.output.listing(columns, rows, empty=mark("Nothing was ever signed."))


@command.verb(
    "new-origin",
    writes=True,
    help=mark(
        "Go on signing under a new origin, and sign a checkpoint under it.\n\n"
        "`ledger restore` does it by itself. It is for a record, or an archive of what was signed, that was put back "
        "in another way, or is lost. The new origin says in the record which checkpoint it goes on from. The "
        "controller's delegate decides it; whoever follows the checkpoints must be told."
    ),
    examples=('ledger proof new-origin --reason "archive perdue avec le disque du 3 décembre"',),
)
@option("--reason", required=True, metavar=mark("TEXT"), help=REASON_HELP)
def new_origin(session: Session, reason: str) -> None:
    """Open a new origin."""
    from ledger.bootstrap.proving import go_on_under_new_origin

    signed, repeated = go_on_under_new_origin(session.ledger, session.command, why=reason)
    session.output.done(_SIGNED, **_shown(signed), repeated=repeated)
    session.output.say(_TELL)
