"""What a restore asks the key store: which of the keys that events claim are destroyed, and which are lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, delete, func, select

from ledger.sealing.database import KeyDatabase
from ledger.sealing.failures import KeyStoreDamaged
from ledger.sealing.instants import instant_of
from ledger.sealing.keyring import Tombstone
from ledger.sealing.schema import keyring, keys, stock, tombstones

_AT_ONCE = 500
_THERE = {
    True: "SELECT 1 FROM sqlite_schema WHERE name = 'keyring'",
    False: "SELECT 1 WHERE to_regclass('keyring') IS NOT NULL",
}
"""Whether there are tables, on SQLite or not."""
_IN: BindParameter[list[bytes]] = bindparam("key_ids", expanding=True)
_LIVING = select(keys.c.key_id).where(keys.c.key_id.in_(_IN))
_DEAD = select(tombstones).where(tombstones.c.key_id.in_(_IN))
_USED_UP = delete(stock).where(stock.c.key_id.in_(_IN))


def epoch_in_place(database: KeyDatabase) -> int | None:
    """
    Give the epoch of a key store, or None where there is none, or it is damaged.

    Any other trouble raises: keys that can't be reached just now are not gone, and must not be replaced.

    :raises KeyStoreUnavailable: if it can't be reached
    :raises Misconfigured: if it is another ledger's, or this account may not use it
    """
    if database.is_sqlite and not database.path.exists():
        return None
    try:
        with database.reading() as connection:
            if connection.exec_driver_sql(_THERE[database.is_sqlite]).first() is None:
                return None
            if database.is_sqlite and connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
                return None
            found = connection.execute(select(keyring.c.epoch)).scalar()
            if found is None:
                return None
            database.check(connection)
            return int(found)
    except KeyStoreDamaged:
        return None


def fates(database: KeyDatabase, claimed: Sequence[UUID]) -> tuple[list[Tombstone], list[UUID]]:
    """Give the tombstones of those claimed keys that were destroyed, and the keys that are lost."""
    destroyed: list[Tombstone] = []
    lost: list[UUID] = []
    with database.snapshot() as connection:
        for start in range(0, len(claimed), _AT_ONCE):
            part = claimed[start : start + _AT_ONCE]
            asked = {"key_ids": [key_id.bytes for key_id in part]}
            dead = {bytes(row.key_id): row for row in connection.execute(_DEAD, asked)}
            accounted = {bytes(key) for (key,) in connection.execute(_LIVING, asked)} | set(dead)
            lost += [key_id for key_id in part if key_id.bytes not in accounted]
            destroyed += [
                Tombstone(
                    UUID(bytes=key), UUID(bytes=bytes(row.batch)), row.reason, row.authority,
                    instant_of(row.destroyed_at),
                )
                for key, row in dead.items()
            ]  # fmt: skip
    return destroyed, lost


def last_destruction(database: KeyDatabase) -> datetime | None:
    """Give the instant of the latest tombstone, or None."""
    with database.reading() as connection:
        found: str | None = connection.execute(select(func.max(tombstones.c.destroyed_at))).scalar()
    return None if found is None else instant_of(found)


def use_up(database: KeyDatabase, claimed: Sequence[UUID]) -> None:
    """Take off the stock what events claim: an older key store may hold such a key as one that nobody was given."""
    with database.writing() as connection:
        for start in range(0, len(claimed), _AT_ONCE):
            connection.execute(_USED_UP, {"key_ids": [key_id.bytes for key_id in claimed[start : start + _AT_ONCE]]})
