"""`ledger restore`: put a backup back, with everything destroyed since destroyed in it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session, account
from ledger.commands._words import argument, option, verb
from ledger.errors import IntegrityBroken
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.bootstrap.restoring import Restored


class RestoredKeysLost(IntegrityBroken):
    """The events that came back name keys that are neither there nor destroyed."""

    sentence = mark("The ledger is restored, but {count} keys are lost: what they sealed can't be read any more.")
    advice = mark(
        "Look for a newer copy of the keys. If there is none, this is a breach of availability: tell the data "
        "protection officer."
    )


_LOST = mark("What was recorded from position {first} to {last} is lost.")
_UNKNOWN = mark(
    "The record in place could not be read: what was recorded after the backup was taken, on {taken_at}, is lost, and "
    "nothing says how much that is."
)
_EVIDENCE = mark("The keys say that something was still destroyed on {at}.")
_NEW_KEYS = mark("The keys are those of the backup: the key store in place was absent, damaged or older.")
_NEW_ORIGIN = mark(
    "The record that came back is not known to hold all that was signed: checkpoints are signed under a new origin, "
    "{origin}. Tell whoever follows them."
)
_UNSIGNED = mark("Its first checkpoint could not be signed: run `ledger proof checkpoint`.")
_AGAIN = mark("Other programs that have this ledger open must be started again.")
_WAITING = mark("Waiting for {holders}: connect it, then run `ledger keys settle`.")


@verb(
    "restore",
    help=mark(
        "Put a backup in the place of the ledger of --ledger or LEDGER_HOME, damaged or absent.\n\n"
        "The backup is checked before anything is touched. The newest keys are kept, and what was destroyed since the "
        "backup is destroyed again before anybody can read. A restore that would lose what a sound ledger recorded is "
        "refused, with the positions, unless --accept-loss is given. The controller's delegate restores, or on a new "
        "machine whoever has the ledger's own account. Cut short, it is done again."
    ),
    examples=("ledger restore /mnt/sauvegarde/2026-06-09", "ledger restore /mnt/sauvegarde/2026-06-09 --accept-loss"),
)
@argument(
    "folder", type=click.Path(path_type=Path), metavar=mark("FOLDER"), help=mark("A folder that `ledger backup` wrote.")
)
@option("--accept-loss", is_flag=True, help=mark("Lose what the ledger in place recorded since the backup."))
def command(session: Session, folder: Path, accept_loss: bool) -> None:
    """Put a backup back."""
    from ledger.bootstrap.restoring import Restorer, restore
    from ledger.clock import SystemClock

    who = Restorer(account(), session.acting_as, owns_ledger="SUDO_UID" not in os.environ)
    _tell(session, restore(session.home, folder, who=who, accept_loss=accept_loss, clock=SystemClock()))


def _tell(session: Session, restored: Restored) -> None:
    from ledger.aggregates.restoration import KeysUsed

    keys, lost = restored.keys, restored.replaced.lost if restored.replaced is not None else None
    session.output.done(
        mark("Restored: {size} records, and {redone} destructions done again."),
        size=restored.backup.size, redone=keys.redone, root=restored.backup.root, epoch=keys.epoch, keys=keys.used,
        lost_from=lost[0] if lost else None, lost_to=lost[-1] if lost else None, loss_known=lost is not None,
        keys_lost=keys.lost, by=restored.by, pending=list(restored.pending),
        origin=None if restored.origin is None else restored.origin.name,
    )  # fmt: skip
    if lost:
        session.output.say(_LOST, first=lost[0], last=lost[-1])
    if lost is None:
        session.output.say(_UNKNOWN, taken_at=restored.taken_at)
        if restored.last_known_at is not None and restored.last_known_at > restored.taken_at:
            session.output.say(_EVIDENCE, at=restored.last_known_at)
    if keys.used is KeysUsed.BACKUP:
        session.output.say(_NEW_KEYS)
    if restored.pending:
        session.output.say(_WAITING, holders=", ".join(restored.pending))
    if restored.origin is not None:
        session.output.say(_NEW_ORIGIN, origin=restored.origin.name)
        if not restored.is_signed:
            session.output.say(_UNSIGNED)
    session.output.say(_AGAIN)
    if keys.lost:
        raise RestoredKeysLost(count=keys.lost)
