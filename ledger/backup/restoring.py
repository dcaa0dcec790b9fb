"""Reading a backup back: what it is, whether it is whole, and its tables into a database beside the one in place."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import create_engine

from ledger.aggregates.restoration import LogEnd, Replaced
from ledger.backup.failures import BackupAbsent, BackupAltered, EventsWouldBeLost
from ledger.backup.manifest import Manifest, Part, checked
from ledger.backup.places import of_copy
from ledger.backup.replacing import Held
from ledger.backup.tables import copy_tables, filling, frozen
from ledger.sealing import schema as keys_schema
from ledger.sealing.database import KeyDatabase
from ledger.sealing.database import meaning_of as meaning_of_keys
from ledger.store import schema as events_schema
from ledger.store.engine import Database
from ledger.store.failures import meaning_of as meaning_of_store
from ledger.store.setup import lay_tables, lay_triggers, open_store
from ledger.store.verification import check_log

_LEAF = "SELECT leaf_hash FROM leaves WHERE position = ?"
_CLAIMS = (
    "SELECT key_id FROM key_claims k "
    "WHERE NOT EXISTS (SELECT 1 FROM fences f WHERE f.key_id = k.key_id AND f.destroyed IS NOT NULL)"
)
_OWN_TOPICS = ("restoration.", "destruction.", "epoch.", "origin.opened.")
"""What a restore itself appends: repeating one that was cut short after its swap loses nobody's work."""
_FIRST_TOPICS = ("restoration.", "origin.opened.")


@dataclass(frozen=True)
class Backup:
    """A backup that was found whole; keys are None where it holds none."""

    folder: Path
    events: Manifest
    keys: Manifest | None

    @property
    def end(self) -> LogEnd:
        """Where its log ends."""
        return LogEnd(self.events.size or 0, self.events.root or "")


def examined(folder: Path, *, ledger_id: UUID | None) -> Backup:
    """
    Read both manifests, hash every file, and check the record against itself; nothing is written.

    :raises BackupAbsent: if the folder holds no finished copy of the events
    :raises BackupAltered: if a file, or the record, is not what the manifest says
    :raises ForeignBackup: if the ledger is another
    """
    events = checked(folder / Part.EVENTS, Part.EVENTS, ledger_id=ledger_id)
    keys: Manifest | None = None
    try:
        keys = checked(folder / Part.KEYS, Part.KEYS, ledger_id=events.ledger_id)
    except BackupAbsent:
        if (folder / Part.KEYS).exists():
            raise
    with closing(Database(f"sqlite:///{folder / Part.EVENTS / Part.EVENTS.database_file}")) as copy:
        check = check_log(copy)
    if not check.whole or (check.size, check.root.hex()) != (events.size, events.root):
        raise BackupAltered(file=f"{Part.EVENTS}/{Part.EVENTS.database_file}")
    return Backup(folder, events, keys)


def load_events(backup: Backup, draft: Database) -> None:
    """Fill an empty database with the events of a backup, and bring its tables up to this version."""
    with draft.reading() as rows:
        if rows.dialect == "sqlite":
            rows.run("PRAGMA journal_mode = WAL")
        lay_tables(rows)
    with closing(Database(f"sqlite:///{backup.folder / Part.EVENTS / Part.EVENTS.database_file}")) as copy:
        copy_tables(
            frozen(copy.engine, meaning=of_copy), filling(draft.engine, meaning=meaning_of_store),
            events_schema.metadata,
        )  # fmt: skip
    with draft.reading() as rows:
        lay_triggers(rows)
    open_store(draft, backup.events.ledger_id)


def load_keys(backup: Backup, draft: KeyDatabase) -> None:
    """Fill an empty key store with the keys of a backup."""
    draft.create()
    copy = create_engine(
        f"sqlite:///{backup.folder / Part.KEYS / Part.KEYS.database_file}", isolation_level="AUTOCOMMIT"
    )
    try:
        copy_tables(frozen(copy, meaning=of_copy), filling(draft.engine, meaning=meaning_of_keys), keys_schema.metadata)
    finally:
        copy.dispose()


def claimed_keys(database: Database) -> list[UUID]:
    """Give the keys that the events claim and do not record as destroyed."""
    with database.reading() as rows:
        return [UUID(bytes=bytes(key)) for (key,) in rows.all(_CLAIMS)]


def what_is_replaced(held: Held, draft: Database, backup: Backup) -> Replaced | None:
    """
    Say where the log in place ends, and up to where it is the one of the backup; None where it can't be read.

    :raises ForeignStore: if it is another ledger's
    """
    held.check_owner(backup.events.ledger_id)
    end = held.end()
    if end is None:
        return None
    with draft.reading() as rows:

        def leaf(position: int) -> bytes:
            return bytes((rows.one(_LEAF, (position,)) or (b"",))[0])

        shorter = min(end.size, backup.end.size)
        return Replaced(LogEnd(end.size, end.root().hex()), _common(held.leaf, leaf, shorter))


def refuse_loss(held: Held, replaced: Replaced) -> None:
    """
    Refuse to lose what people recorded; what an earlier restore itself appended is nobody's work.

    :raises EventsWouldBeLost: with the positions
    """
    lost = replaced.lost
    topics = held.topics_after(replaced.common) if lost else []
    if topics and not (topics[0].startswith(_FIRST_TOPICS) and all(each.startswith(_OWN_TOPICS) for each in topics)):
        raise EventsWouldBeLost(first=lost[0], last=lost[-1])


def _common(one: Callable[[int], bytes], other: Callable[[int], bytes], size: int) -> int:
    """Give how many leaves two logs share; once they differ they never meet again, as every event has a random id."""
    return bisect_left(range(1, size + 1), True, key=lambda position: one(position) != other(position))
