"""
Taking a backup: both databases as they are, while people work.

Invariants: every artefact is copied from one state of its database; the events are copied before the keys; what is in
place is whole, was read again and has its manifest; no root key is in it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine, select

from ledger.backup.failures import BackupOfBrokenLog
from ledger.backup.manifest import MANIFEST_FORMAT, Manifest, Part, finish
from ledger.backup.places import of_copy, unfinished
from ledger.backup.tables import copy_tables, filling, frozen
from ledger.owned_files import make_durable, write_durably
from ledger.sealing import schema as keys_schema
from ledger.sealing.database import KeyDatabase
from ledger.sealing.database import meaning_of as meaning_of_keys
from ledger.store import schema as events_schema
from ledger.store.engine import Database
from ledger.store.failures import meaning_of as meaning_of_store
from ledger.store.setup import lay_tables, lay_triggers
from ledger.store.verification import check_log


@dataclass(frozen=True)
class Source:
    """What is copied: a database for each part, and the files that go beside each, by their path in the artefact."""

    ledger_id: UUID
    events: Database
    keys: KeyDatabase
    beside: Mapping[Part, Mapping[str, Path]]
    copied: Mapping[Part, Mapping[str, Callable[[Path], None]]]
    """The same for what is written while it is copied: what puts a copy of it into an empty file."""


def take(source: Source, folder: Path, *, parts: Sequence[Part], now: datetime) -> list[Manifest]:
    """
    Write a backup into a new or empty folder; give what its parts hold, events first.

    :raises BackupFolderInUse: if the folder is not empty
    :raises BackupDiskFull: if there is no room
    :raises BackupOfBrokenLog: if the record is not what was written
    :raises Unavailable: if a database can't be reached
    """
    wanted = [part for part in Part if part in parts]  # events first, whatever was asked for
    with unfinished(folder, wanted) as draft:
        return [_TAKERS[part](source, _begun(source, part, draft / part), now) for part in wanted]


def _begun(source: Source, part: Part, folder: Path) -> Path:
    """Make the folder of an artefact, with an empty database and what goes beside it."""
    folder.mkdir(mode=0o700)
    os.close(os.open(folder / part.database_file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    for name, path in source.beside[part].items():
        target = folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_durably(target, path.read_bytes())
        make_durable(target.parent)
    for name, copy_to in source.copied[part].items():
        write_durably(folder / name, b"")
        copy_to(folder / name)
    return folder


def _take_events(source: Source, folder: Path, now: datetime) -> Manifest:
    copy = Database(f"sqlite:///{folder / Part.EVENTS.database_file}")
    try:
        with copy.reading() as rows:
            lay_tables(rows)
        copy_tables(
            frozen(source.events.engine, meaning=meaning_of_store),
            filling(copy.engine, meaning=of_copy),
            events_schema.metadata,
        )
        with copy.reading() as rows:
            lay_triggers(rows)
        check = check_log(copy)
    finally:
        copy.close()
    if not check.whole:
        raise BackupOfBrokenLog
    return finish(
        folder,
        Manifest(MANIFEST_FORMAT, Part.EVENTS, source.ledger_id, now, size=check.size, root=check.root.hex()),
    )


def _take_keys(source: Source, folder: Path, now: datetime) -> Manifest:
    with source.keys.reading() as connection:
        source.keys.check(connection)
    copy = create_engine(f"sqlite:///{folder / Part.KEYS.database_file}", isolation_level="AUTOCOMMIT")
    try:
        keys_schema.metadata.create_all(copy)
        copy_tables(
            frozen(source.keys.engine, meaning=meaning_of_keys),
            filling(copy, meaning=of_copy),
            keys_schema.metadata,
        )
        with copy.connect() as connection:
            epoch = connection.execute(select(keys_schema.keyring.c.epoch)).scalar_one()
    finally:
        copy.dispose()
    return finish(folder, Manifest(MANIFEST_FORMAT, Part.KEYS, source.ledger_id, now, epoch=epoch))


_TAKERS = {Part.EVENTS: _take_events, Part.KEYS: _take_keys}
