"""`ledger keys`: the key store, the holders of the root key, and a new root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.commands._words import Noun
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.usecases.retention.ports import KeyBatch

command = Noun("keys", help=mark("See how the keys stand and who holds the root key, and change the root key."))

_WAITING = mark(
    "Waiting for {holders}: an old root key may still be there. Connect it, then run `ledger keys settle`; until then "
    "nothing of this is complete."
)
_COPIES = mark(
    "A holder of the root key can be copied: old copies of the root key, together with old copies of the key store, "
    "bring destroyed data back. Destroy those copies yourself."
)


@command.verb(
    "status",
    help=mark("Show the age of the key tree, how many keys it holds, and what waits for a holder."),
    examples=("ledger keys status",),
)
def status(session: Session) -> None:
    """Show how the key store stands."""
    from ledger.commands._output import Column
    from ledger.sealing.status import key_status

    found = key_status(session.ledger.keyring)
    columns = [
        Column("epoch", mark("Epoch")), Column("keys", mark("Keys")), Column("unused", mark("Made ahead")),
        Column("doomed", mark("Waiting to be destroyed")), Column("pending", mark("Waiting for")),
        Column("revives_from_backup", mark("Revives from a backup")),
        Column("verifier_key", mark("What checks its receipts")),
    ]  # fmt: skip
    row = {
        "epoch": found.epoch,
        "keys": found.keys,
        "unused": found.unused,
        "doomed": found.doomed,
        "pending": [holder.name for holder in found.holders if holder.owes],
        "revives_from_backup": session.ledger.holders.revives_from_backup,
        "verifier_key": session.ledger.signer.verifier_key(),
    }
    session.output.listing(columns, [row])


@command.verb(
    "holders",
    help=mark(
        "List who holds the root key, and whether an old copy of what they hold brings destroyed data back.\n\n"
        "Holders are named in the file ledger.toml. Have at least two: without the root key nothing opens any more."
    ),
    examples=("ledger keys holders",),
)
def holders(session: Session) -> None:
    """List the holders of the root key."""
    from ledger.commands._output import Column
    from ledger.sealing.status import key_status

    columns = [
        Column("holder", mark("Holder")), Column("reachable", mark("Reachable")),
        Column("holds_living", mark("Holds the root key")), Column("owes", mark("May still hold old ones")),
        Column("revives_from_backup", mark("Revives from a backup")),
    ]  # fmt: skip
    rows = [
        {
            "holder": one.name,
            "reachable": one.reachable,
            "holds_living": one.holds_living,
            "owes": list(one.owes),
            "revives_from_backup": one.revives_from_backup,
        }
        for one in key_status(session.ledger.keyring).holders
    ]
    session.output.listing(columns, rows)


@command.verb(
    "rotate",
    writes=True,
    help=mark(
        "Make a new root key, and destroy the old one at every holder.\n\n"
        "Nothing is lost: every key is wrapped again and compared before the old root key goes. Cut short, it is "
        "finished by the next one."
    ),
    examples=("ledger keys rotate",),
)
def rotate_(session: Session) -> None:
    """Turn the tree."""
    from ledger.bootstrap.retaining import destruction_of
    from ledger.usecases.keys.turning import rotate

    _told(session, *rotate(session.desk, session.command, destruction_of(session.ledger)))


@command.verb(
    "settle",
    writes=True,
    help=mark("Finish what waits for a holder of the root key that was absent, and record its receipt."),
    examples=("ledger keys settle",),
)
def settle_(session: Session) -> None:
    """Finish what waits."""
    from ledger.bootstrap.retaining import destruction_of
    from ledger.usecases.keys.turning import settle

    _told(session, *settle(session.desk, session.command, destruction_of(session.ledger)))


def _told(session: Session, batch: KeyBatch, repeated: bool) -> None:
    session.output.done(
        mark("The key tree is at epoch {epoch}."), epoch=batch.epoch, pending=list(batch.pending),
        backup_proof=batch.backup_proof, receipts=[receipt.text for receipt in batch.receipts],
        repeated=repeated,
    )  # fmt: skip
    if batch.pending:
        session.output.say(_WAITING, holders=", ".join(batch.pending))
    elif not batch.backup_proof:
        session.output.say(_COPIES)
