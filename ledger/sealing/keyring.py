"""
The keys of one ledger: giving them out, finding them again, and saying of a missing one whether it was destroyed.

Unwrapped keys are kept in memory, so that a busy counter doesn't unwrap them at each look. That a key is in memory
never opens anything by itself: the openers ask the event database first whether the scope is being destroyed, and the
append checks it again under its lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from ledger.clock import Clock
from ledger.errors import LedgerError
from ledger.sealing import schema
from ledger.sealing.custody.holders import Holders
from ledger.sealing.database import KeyDatabase
from ledger.sealing.failures import KeyErased, KeyStorePresent, KeyUnknown, RootKeyAbsent
from ledger.sealing.index import BLIND_INDEX, create_index
from ledger.sealing.instants import instant_of
from ledger.sealing.kdf import KeySet, Mac, new_key
from ledger.sealing.stock import Stock
from ledger.sealing.tree import KeyTree

FIRST_EPOCH = 1
REPEATED_COMMANDS = "repeated-commands"
_KEYS_REMEMBERED = 4_096

_TOMBSTONE = select(schema.tombstones).where(schema.tombstones.c.key_id == bindparam("key_id"))

_TOMBSTONED = select(schema.tombstones.c.key_id).where(
    schema.tombstones.c.key_id.in_(bindparam("key_ids", expanding=True))
)


class RootState(StrEnum):
    """What a holder has had of one root."""

    GIVEN = "given"
    """It is to have it; whether it does is not known."""
    HELD = "held"
    DESTROYED = "destroyed"
    """It signed that the root is gone."""
    LOST = "lost"
    """It was given up for good, and whoever has it may have the root."""
    VOUCHED = "vouched"
    """A person said that what held the root was destroyed; there is no receipt."""

    def owed(self) -> bool:
        """Say whether the holder may have the root, and is awaited."""
        return self in (RootState.GIVEN, RootState.HELD)


@dataclass(frozen=True)
class Tombstone:
    """What is left of a key: when, why and under whose authority it was destroyed, and with which batch."""

    key_id: UUID
    batch: UUID
    reason: str
    authority: str
    destroyed_at: datetime


def create_keyring(database: KeyDatabase, holders: Holders) -> None:
    """
    Make the root key and the key store of a new ledger; can be done again after it was cut short.

    :raises KeyStorePresent: if there is a key store with keys already
    """
    database.create()
    with database.reading() as connection:
        if connection.execute(schema.keyring.select()).first() is not None:
            raise KeyStorePresent
    try:
        root = holders.load(FIRST_EPOCH)  # left by an attempt that was cut short before it wrapped anything
    except RootKeyAbsent:
        root = new_key()
    kept = holders.keep(FIRST_EPOCH, root, among=holders.names)
    tree = KeyTree(database, holders)
    with database.writing() as connection:
        identity = {"one": 1, "version": schema.SCHEMA_VERSION, "ledger_id": database.ledger_id.bytes}
        connection.execute(schema.keyring.insert(), {**identity, "epoch": FIRST_EPOCH, "token_bits": 0})
        connection.execute(schema.roots.insert(), [
            {"epoch": FIRST_EPOCH, "holder": name, "state": RootState.HELD if name in kept else RootState.GIVEN}
            for name in holders.names
        ])  # fmt: skip
        for purpose in (BLIND_INDEX, REPEATED_COMMANDS):
            tree.add_purpose(connection, purpose)
        create_index(tree, connection)


class Keyring:
    """The keys of one ledger, as one process uses them."""

    def __init__(self, database: KeyDatabase, holders: Holders, *, clock: Clock) -> None:
        self.database = database
        self.holders = holders
        self.tree = KeyTree(database, holders)
        self.stock = Stock(self.tree, clock=clock, on_taken=self._remember)
        self._known: dict[UUID, KeySet] = {}
        self._epoch = 0

    def reserve(self) -> UUID:
        """
        Give a durable key that nobody else was given.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        return self.stock.reserve()

    def key_set(self, key_id: UUID) -> KeySet:
        """
        Give a key, split and ready for use.

        :raises KeyErased: if it was destroyed
        :raises KeyUnknown: if it is not there and was not destroyed: it is lost
        :raises KeyStoreUnavailable: if the key store can't be reached
        :raises KeyStoreTampered: if it does not unwrap
        """
        known = self._known.get(key_id)
        if known is not None:
            return known
        self._look_up([key_id])
        if key_id in self._known:
            return self._known[key_id]
        if self.tombstone(key_id) is not None:
            raise KeyErased(key=key_id.hex)
        raise KeyUnknown(key=key_id.hex)

    def prepare(self, key_ids: Sequence[UUID]) -> None:
        """Unwrap several keys in one reading; those that are not there are left for `key_set` to tell."""
        wanted = [key_id for key_id in key_ids if key_id not in self._known]
        if wanted:
            self._look_up(list(dict.fromkeys(wanted)))

    def must_be_there(self) -> None:
        """
        See that the key store and the root key can be reached, before something long that needs them.

        :raises KeyStoreUnavailable: if one of them can't
        """

        def look() -> None:
            with self.database.reading() as connection:
                self.tree.epoch(connection)

        self.tree.retried(look)

    def commitment_keys(self, key_ids: Sequence[UUID]) -> dict[UUID, Mac]:
        """
        Give of each key what makes commitments, and nothing that opens a box; one that is not there is left out.

        :raises KeyStoreUnavailable: if the key store can't be reached
        :raises KeyStoreTampered: if a key does not unwrap
        """

        def derive() -> dict[UUID, Mac]:
            with self.database.reading() as connection:
                return self.tree.commitment_keys(connection, key_ids)

        return self.tree.retried(derive)

    def tombstoned(self, key_ids: Sequence[UUID]) -> set[UUID]:
        """Say which of these keys were destroyed, as the key store has it."""
        with self.database.reading() as connection:
            found = connection.execute(_TOMBSTONED, {"key_ids": [key_id.bytes for key_id in key_ids]})
            return {UUID(bytes=bytes(key_id)) for (key_id,) in found}

    def tombstone(self, key_id: UUID) -> Tombstone | None:
        """Give what is left of a destroyed key, or None where it was not destroyed."""
        with self.database.reading() as connection:
            found = connection.execute(_TOMBSTONE, {"key_id": key_id.bytes}).one_or_none()
        if found is None:
            return None
        return Tombstone(
            key_id, UUID(bytes=bytes(found.batch)), found.reason, found.authority, instant_of(found.destroyed_at)
        )

    def purpose_key(self, name: str) -> bytes:
        """Give the key of one purpose of the ledger's own."""
        return self.tree.purpose(name)

    def forget(self, key_ids: Sequence[UUID]) -> None:
        """Drop keys from memory."""
        for key_id in key_ids:
            self._known.pop(key_id, None)

    def close(self) -> None:
        """Give back the keys that were not used, and close every connection."""
        with suppress(LedgerError):  # what can't be given back now is found by `Stock.reuse_abandoned`
            self.stock.give_back()
        self._known.clear()
        self.database.close()

    def _look_up(self, key_ids: Sequence[UUID]) -> None:
        def look_up() -> None:
            with self.database.reading() as connection:
                self._remember(connection, key_ids)

        self.tree.retried(look_up)

    def _remember(self, connection: Connection, key_ids: Sequence[UUID]) -> None:
        unwrapped = self.tree.key_sets(connection, key_ids)
        if self.tree.held_epoch != self._epoch or len(self._known) + len(key_ids) > _KEYS_REMEMBERED:
            self._known.clear()
            self._epoch = self.tree.held_epoch
        self._known.update(unwrapped)
