"""
Puts a backup back in the place of a ledger.

The order is the protocol: the backup is checked before anything is touched -> the newest key store is in place -> the
events are prepared beside -> writers are locked out of those in place -> the restore is recorded in the prepared ones,
and what was destroyed since the backup is destroyed in them again -> they take their place in one step. Nobody can read
what came back before that. Cut short anywhere, it is done again from the beginning.

The archive of what was signed never goes back: the one in place stays, and only where it is gone or damaged does the
copy of the backup come. Where the events that come back are not what was signed, grown, or more may have been signed
than is known, the first thing recorded in them is the new origin under which they are signed from then on.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url

from ledger.aggregates.loss import FoundBy, Loss, LossKind
from ledger.aggregates.restoration import KeysFound, KeysUsed, LogEnd, Replaced, Restoration, RestoredBy
from ledger.backup.failures import BackupKeysMissing, BackupKeysTooOld, RestoreInProgress
from ledger.backup.manifest import Part
from ledger.backup.replacing import COMPANIONS, FilePlace, Place, place_of
from ledger.backup.restoring import (
    Backup,
    claimed_keys,
    examined,
    load_events,
    load_keys,
    refuse_loss,
    what_is_replaced,
)
from ledger.bootstrap import ARCHIVE_FILE, SIGNING_KEY_FILE, Ledger, schema_of
from ledger.bootstrap.backing_up import LAW_FOLDER
from ledger.bootstrap.making import FolderUnusable
from ledger.bootstrap.proving import begin_again, sign_restored
from ledger.bootstrap.retaining import destruction_of, lock_of
from ledger.clock import Clock
from ledger.identifiers import new_id
from ledger.limits import LOSS_KEYS
from ledger.owned_files import make_durable, place_once
from ledger.proof.archive import Origin
from ledger.proof.archive_failures import ArchiveAbsent, ArchiveDamaged
from ledger.sealing.backup import epoch_in_place, fates, last_destruction, use_up
from ledger.sealing.database import KeyDatabase
from ledger.sealing.failures import RootKeyAbsent
from ledger.sealing.keyring import REPEATED_COMMANDS, Keyring, Tombstone
from ledger.settings import SETTINGS_FILE, LedgerAbsent, Locations, Settings, read_settings
from ledger.store.disposal import LedgerDisposal
from ledger.store.engine import SQLITE, Database
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.gate import reading
from ledger.usecases.keys.turning import record_turn
from ledger.usecases.loss.record import losses, told_before
from ledger.usecases.ports import Command
from ledger.usecases.restoring import Gone, destroy_again, operator_id, record
from ledger.usecases.retention.ports import RunInProgress

ORIGIN_TOPIC = "origin.opened."
_LOST_NAMED = 200
"""How many lost keys the record of a restore names; how many there are it says in any case."""


@dataclass(frozen=True)
class Restorer:
    """Who restores: an account, whom it acts as in a sandbox, and whether it is the ledger's own."""

    account: str
    acting_as: str | None = None
    owns_ledger: bool = False


@dataclass(frozen=True)
class Restored:
    """What a restore did."""

    backup: LogEnd
    taken_at: datetime
    last_known_at: datetime | None
    """The latest instant at which the keys say that something was destroyed."""
    replaced: Replaced | None
    """None where the log in place could not be read, or there was none."""
    keys: KeysFound
    by: RestoredBy
    pending: tuple[str, ...]
    """Holders of an old root key that could not be reached."""
    origin: Origin | None = None
    """The new origin that the events are signed under from now on; None where they go on under the one before."""
    is_signed: bool = False
    """Whether a checkpoint of what came back was signed."""


def restore(home: Path, folder: Path, *, who: Restorer, accept_loss: bool, clock: Clock) -> Restored:
    """
    Put the backup in `folder` in the place of the ledger in `home`, which may be damaged or absent.

    :raises BackupAbsent: or another error of the backup, before anything is touched
    :raises EventsWouldBeLost: if the ledger in place recorded more, unless that is accepted
    :raises RestoreInProgress: if another restore, or a run of retention, is at work
    :raises RefusedByRule: ROLE_NOT_ALLOWED, if whoever restores does not decide for the controller
    """
    locations = Locations.of(home, os.environ)
    settings, backup = _examined(locations, folder)
    _make_folders(locations)
    ledger = Ledger(locations, settings, clock=clock)
    with closing(ledger), _alone(ledger):
        used = _keys_in_place(ledger, backup)
        _archive_in_place(ledger, backup)
        place = place_of(ledger.database)
        try:
            restored = _events_in_place(ledger, backup, place, used, who=who, accept_loss=accept_loss)
        finally:
            place.clear()
        _drop_views(ledger)
        _put_settings(locations, backup)
    with closing(Ledger(locations, settings, clock=clock)) as fresh:
        return replace(restored, is_signed=sign_restored(fresh, restored.origin, destroyed=restored.keys.redone > 0))


def _examined(locations: Locations, folder: Path) -> tuple[Settings, Backup]:
    """Check the backup; the settings in place say whose it must be, and where there are none its own hold."""
    try:
        settings = read_settings(locations)
    except LedgerAbsent:
        backup = examined(folder, ledger_id=None)
        return read_settings(Locations(folder / Part.EVENTS)), backup
    return settings, examined(folder, ledger_id=settings.ledger_id)


def _make_folders(locations: Locations) -> None:
    try:
        locations.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        locations.keys_folder.mkdir(mode=0o700, exist_ok=True)
        if not locations.settings_file.exists():
            locations.home.chmod(0o700)  # it may have been there before, and open to others
    except OSError as fault:
        raise FolderUnusable from fault


@contextmanager
def _alone(ledger: Ledger) -> Iterator[None]:
    try:
        with lock_of(ledger, "retention").held():
            yield
    except RunInProgress as fault:
        raise RestoreInProgress from fault


def _keys_in_place(ledger: Ledger, backup: Backup) -> KeysUsed:
    """Go on with the newest key store: the one in place, or where that is gone, damaged or older, the backup's."""
    signing_key = backup.folder / Part.KEYS / SIGNING_KEY_FILE
    if backup.keys is not None and signing_key.is_file():
        _put(signing_key, ledger.locations.keys_folder / SIGNING_KEY_FILE)
    standing = epoch_in_place(ledger.keyring.database)
    if standing is not None and (backup.keys is None or standing >= (backup.keys.epoch or 0)):
        return KeysUsed.IN_PLACE
    if backup.keys is None:
        raise BackupKeysMissing
    try:
        ledger.holders.load(backup.keys.epoch or 0)
    except RootKeyAbsent as fault:
        raise BackupKeysTooOld(epoch=backup.keys.epoch) from fault
    with lock_of(ledger, "keys").held():
        _replace_keys(ledger, backup)
    return KeysUsed.BACKUP


def _archive_in_place(ledger: Ledger, backup: Backup) -> None:
    """Keep the archive that is in place; the copy of the backup comes where there is none, or none that can be read."""
    archive = ledger.archive
    try:
        archive.check_owner(ledger.settings.ledger_id)
    except ArchiveDamaged:
        archive.path.replace(archive.path.with_name(f"{archive.path.stem}.damaged{archive.path.suffix}"))
    except ArchiveAbsent:
        pass
    copy = backup.folder / Part.EVENTS / ARCHIVE_FILE
    if copy.is_file():
        _put(copy, archive.path)


def _replace_keys(ledger: Ledger, backup: Backup) -> None:
    """Prepare the key store beside, see that the root key opens it, and put it in its place in one step."""
    standing = ledger.keyring.database
    if not standing.is_sqlite:
        _replace_keys_on_server(ledger, backup)
        return
    place = FilePlace(standing.path)
    place.clear()
    try:
        draft = KeyDatabase(f"sqlite:///{place.draft}", ledger_id=standing.ledger_id)
        _load_and_try(ledger, backup, draft)
        standing.close()
        place.exchange()
    finally:
        place.clear()


def _replace_keys_on_server(ledger: Ledger, backup: Backup) -> None:
    standing = ledger.keyring.database
    draft = KeyDatabase(standing.address, ledger_id=standing.ledger_id)
    draft.schema = f"{standing.schema}_restoring"
    with standing.reading() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {draft.schema} CASCADE")
    _load_and_try(ledger, backup, draft)
    with standing.reading() as connection:
        connection.exec_driver_sql("BEGIN")
        connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {standing.schema} CASCADE")
        connection.exec_driver_sql(f"ALTER SCHEMA {draft.schema} RENAME TO {standing.schema}")
        connection.exec_driver_sql("COMMIT")


def _load_and_try(ledger: Ledger, backup: Backup, draft: KeyDatabase) -> None:
    """Load the keys of the backup, and open one of them with the root key that is held."""
    try:
        load_keys(backup, draft)
        Keyring(draft, ledger.holders, clock=ledger.clock).purpose_key(REPEATED_COMMANDS)
    finally:
        draft.close()


def _events_in_place(
    ledger: Ledger, backup: Backup, place: Place, used: KeysUsed, *, who: Restorer, accept_loss: bool
) -> Restored:
    """Prepare the events beside; then, with writers locked out, record, destroy again, and swap."""
    draft = place.emptied()
    with closing(draft):
        load_events(backup, draft)
    with closing(_beside(ledger, draft)) as prepared:
        command, by = _command(prepared, who)
        batch = destruction_of(prepared).settle(batch=command.id)
        claimed = claimed_keys(prepared.database)
        if used is KeysUsed.BACKUP:
            use_up(prepared.keyring.database, claimed)
        destroyed, lost = fates(prepared.keyring.database, claimed)
        keys = KeysFound(used, batch.epoch, len(destroyed), len(lost), tuple(lost[:_LOST_NAMED]))
        last_known_at = last_destruction(prepared.keyring.database)
        with place.held() as held:
            replaced = None if held is None else what_is_replaced(held, prepared.database, backup)
            if held is not None and replaced is not None and not accept_loss:
                refuse_loss(held, replaced)
            origin = begin_again(prepared, was_signed=None if held is None else held.has(ORIGIN_TOPIC), at=command.at)
            restoration = Restoration.perform(
                backup=backup.end,
                taken_at=backup.events.taken_at,
                replaced=replaced,
                last_known_at=last_known_at,
                keys=keys,
                by=by,
            )
            record(prepared.desk, command, restoration, by=by)
            record_turn(prepared.desk, replace(command, id=new_id()), batch)
            _destroy_again(prepared, command, destroyed)
            _tell_losses(prepared, command, lost)
            prepared.close()
            if held is not None:
                held.swap()
        if held is None:
            place.exchange()
    return Restored(backup.end, backup.events.taken_at, last_known_at, replaced, keys, by, batch.pending, origin)


def _tell_losses(prepared: Ledger, command: Command, lost: Sequence[UUID]) -> None:
    """Have what can't be opened any more qualified as a breach of availability, once, whoever restores."""
    if not lost:
        return
    with reading(prepared.desk, command, page="loss.record", rows=0) as opener:
        told = told_before(opener, losses(prepared.desk), LossKind.LOST_KEY)
    new = [key for key in lost if key not in told]
    for start in range(0, len(new), LOSS_KEYS):
        part = tuple(new[start : start + LOSS_KEYS])
        loss = Loss.found(
            kind=LossKind.LOST_KEY, keys=part, count=len(part), found_by=FoundBy.RESTORE, aware_at=command.at
        )
        prepared.streams.commit(replace(command, id=new_id(), request=b""), loss)


def _beside(ledger: Ledger, draft: Database) -> Ledger:
    """Open the prepared events with the keys in place."""
    address = draft.url.render_as_string(hide_password=False)
    locations = replace(ledger.locations, database_url=address)
    return Ledger(locations, ledger.settings, clock=ledger.clock, schema=draft.schema)


def _command(prepared: Ledger, who: Restorer) -> tuple[Command, RestoredBy]:
    """
    Make the command of whoever restores, as the events that came back know them.

    :raises NotEnrolled: if they do not, and it is not the ledger's own account
    """
    at = prepared.clock.now()
    try:
        command = prepared.command(id=new_id(), at=at, account=who.account, acting_as=who.acting_as)
    except NotEnrolled:
        if not who.owns_ledger:
            raise
        return prepared.command_of(operator_id(prepared.settings.ledger_id), at=at), RestoredBy.OPERATOR
    return command, RestoredBy.DELEGATE


def _destroy_again(prepared: Ledger, command: Command, destroyed: list[Tombstone]) -> None:
    scopes = prepared.log.scopes_of([each.key_id for each in destroyed])
    gone = [Gone(each.key_id, scopes[each.key_id], each.reason, each.authority, each.batch) for each in destroyed]
    disposal = LedgerDisposal(prepared.database, prepared.streams)
    destroy_again(prepared.desk, command, gone, disposal=disposal, events=prepared.events)


def _drop_views(ledger: Ledger) -> None:
    """Drop the lists, which may be ahead of the log; they are made again by the first who reads one."""
    url = make_url(ledger.locations.views())
    if url.get_backend_name() == SQLITE:
        for ending in COMPANIONS:
            Path(f"{url.database}{ending}").unlink(missing_ok=True)
        return
    with ledger.database.reading() as rows:
        rows.run(f"DROP SCHEMA IF EXISTS {schema_of(ledger.settings.ledger_id)}_views CASCADE")


def _put_settings(locations: Locations, backup: Backup) -> None:
    """Put the law and the settings where there are none, the settings last: a half-made ledger is no ledger."""
    if locations.settings_file.exists():
        return
    source = backup.folder / Part.EVENTS
    for path in sorted((source / LAW_FOLDER).rglob("*.toml")):
        target = locations.home / path.relative_to(source)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _put(path, target)
    _put(source / SETTINGS_FILE, locations.settings_file)


def _put(source: Path, target: Path) -> None:
    """Copy a file to where none is."""
    if not target.exists():
        place_once(target, source.read_bytes())
        make_durable(target.parent)
