"""`ledger keys`: the key store, the holders of the root key, and a new root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.commands._context import Session
from ledger.commands._words import Noun, argument, option
from ledger.errors import Invalid
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

_ONE_MORE = mark(
    "Keep it apart from the machine, and connect it when the root key changes: until then one waits for it."
)
_AFTER_LOSS = mark(
    "Whoever finds it, and has a copy of the key store, opens what it held. Run `ledger keys rotate`: it makes what "
    "the holder had useless for the copies to come. Consider whether the loss is a breach: `ledger loss declare`."
)
_AFTER_DESTRUCTION = mark("Run `ledger keys settle`: what waited for it is completed.")


class HowMissing(Invalid):
    """A holder retired without saying what became of it, or saying both."""

    sentence = mark("Say what became of the holder: lost, or destroyed.")
    advice = mark("Give --lost or --destroyed.")


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
        "revives_from_backup": found.revives_from_backup,
        "verifier_key": session.ledger.signer.verifier_key(),
    }
    session.output.listing(columns, [row])


@command.verb(
    "holders",
    help=mark(
        "List who holds the root key, and whether an old copy of what they hold brings destroyed data back.\n\n"
        "Holders are named in the file ledger.toml; the retired ones are listed too. Have at least two: without the "
        "root key nothing opens any more."
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
        Column("revives_from_backup", mark("Revives from a backup")), Column("retired", mark("Retired as")),
    ]  # fmt: skip
    rows = [
        {
            "holder": one.name,
            "reachable": one.reachable,
            "holds_living": one.holds_living,
            "owes": list(one.owes),
            "revives_from_backup": one.revives_from_backup,
            "retired": one.retired,
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
    from ledger.usecases.retention.certificates import raise_status

    batch, repeated = settle(session.desk, session.command, destruction_of(session.ledger))
    if not batch.pending and not repeated:
        raise_status(session.desk, session.reading(), session.ledger.signer, batch=batch)
    _told(session, batch, repeated)


@command.verb(
    "export",
    writes=True,
    help=mark(
        "Give the root key to a new holder: a folder on a stick, or on a disk in a safe.\n\n"
        "It is a holder as any other from then on: each later change of the root key destroys the old one there too, "
        "or waits for it. Don't copy the file by hand: a copy that nobody tracks brings destroyed data back."
    ),
    examples=("ledger keys export /media/cle/ledger --holder cle-usb",),
)
@argument("place", metavar=mark("FOLDER"), help=mark("A folder that is empty, or that is to be made."))
@option(
    "--holder",
    default="copie",
    show_default=True,
    metavar=mark("NAME"),
    help=mark("What the holder is called."),
)
def export_(session: Session, place: str, holder: str) -> None:
    """Make another holder."""
    from pathlib import Path

    from ledger.bootstrap.retaining import root_holders_of
    from ledger.usecases.keys.holders import export

    where = Path(place).expanduser().absolute()
    kept, repeated = export(session.desk, session.command, root_holders_of(session.ledger), name=holder, place=where)
    session.output.done(
        mark("{holder} holds the root key of epoch {epoch}."), holder=holder, epoch=kept.epoch,
        revives_from_backup=kept.revives, repeated=repeated,
    )  # fmt: skip
    session.output.say(_ONE_MORE)


@command.verb(
    "retire",
    writes=True,
    help=mark(
        "Take a holder of the root key off for good, because it is lost or was destroyed.\n\n"
        "It is no longer awaited; with --destroyed, what can still be reached of it is destroyed first. The record "
        "says who decided, and that it is a statement and no receipt. What was "
        "lost may have been copied: nothing destroyed while it had a root key is called backup-proof."
    ),
    examples=(
        'ledger keys retire cle-usb --lost --reason "perdue au marché"',
        'ledger keys retire cle-usb --destroyed --reason "broyée, procès-verbal 2026-12"',
    ),
)
@argument("name", metavar=mark("NAME"), help=mark("The name of the holder."))
@option("--lost", is_flag=True, help=mark("Nobody knows who has it."))
@option("--destroyed", is_flag=True, help=mark("It was destroyed, and you vouch for it."))
@option(
    "--reason", required=True, metavar=mark("TEXT"), help=mark("Why; name nobody, it is kept as long as the ledger.")
)
def retire_(session: Session, name: str, lost: bool, destroyed: bool, reason: str) -> None:
    """Take a holder off."""
    from ledger.aggregates.holder import Retirement
    from ledger.bootstrap.retaining import root_holders_of
    from ledger.usecases.keys.holders import retire

    if lost == destroyed:
        raise HowMissing
    how = Retirement.LOST if lost else Retirement.DESTROYED
    gone, repeated = retire(
        session.desk, session.command, root_holders_of(session.ledger), name, how=how, reason=reason
    )
    session.output.done(
        mark("{holder} is no longer a holder of the root key."), holder=name, epochs=list(gone.epochs),
        revives_from_backup=gone.revives, repeated=repeated,
    )  # fmt: skip
    session.output.say(_AFTER_LOSS if lost else _AFTER_DESTRUCTION)


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
