"""`ledger backup`: copy the ledger while people work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.commands._context import Session
from ledger.commands._words import argument, option, verb
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.backup.manifest import Manifest


class OnePart(Invalid):
    """Both parts are what one gets without saying so."""

    sentence = mark("--events-only and --keys-only can't be asked for together.")
    advice = mark("Leave both out to copy events and keys.")


_NO_ROOT = mark(
    "No root key is in it, on purpose: keep those with their holders (`ledger keys holders`). Without one nothing of "
    "this backup opens."
)
_OLD_KEYS = mark(
    "Keep the folder `keys` a few days only, and destroy its older copies: with an old root key they would bring back "
    "what was destroyed since. The folder `events` says nothing without keys and may be kept longer."
)


@verb(
    "backup",
    help=mark(
        "Copy the ledger into a new folder while people work: events, then keys, each in a folder of its own.\n\n"
        "Every header and box of the copy is read again before it counts as a backup. The root key is never in it. "
        "`ledger restore` puts it back, on SQLite or on PostgreSQL, whichever it came from."
    ),
    examples=("ledger backup /mnt/sauvegarde/2026-06-09", "ledger backup /mnt/sauvegarde/cles-9 --keys-only"),
)
@argument("folder", type=click.Path(path_type=Path), metavar=mark("FOLDER"), help=mark("A new or empty folder."))
@option("--events-only", is_flag=True, help=mark("Copy the events only."))
@option("--keys-only", is_flag=True, help=mark("Copy the keys only."))
def command(session: Session, folder: Path, events_only: bool, keys_only: bool) -> None:
    """Take a backup."""
    from ledger.backup.manifest import Part
    from ledger.bootstrap.backing_up import back_up

    if events_only and keys_only:
        raise OnePart
    parts = [Part.EVENTS] if events_only else [Part.KEYS] if keys_only else list(Part)
    taken = {manifest.holds: manifest for manifest in back_up(session.ledger, folder, parts=parts)}
    _tell(session, taken.get(Part.EVENTS), taken.get(Part.KEYS))


def _tell(session: Session, events: Manifest | None, keys: Manifest | None) -> None:
    said = mark("Backup written: {size} records and the keys of epoch {epoch}.")
    if keys is None:
        said = mark("Events written: {size} records, and no keys.")
    elif events is None:
        said = mark("Keys written: epoch {epoch}, and no events.")
    session.output.done(
        said, size=None if events is None else events.size,
        root=None if events is None else events.root, epoch=None if keys is None else keys.epoch,
        parts=[manifest.holds for manifest in (events, keys) if manifest is not None],
    )  # fmt: skip
    session.output.say(_NO_ROOT)
    if keys is not None:
        session.output.say(_OLD_KEYS)
