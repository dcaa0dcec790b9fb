"""
Destroying keys: the tombstone, and nothing left of the wrapped key, in one transaction.

The order of a whole destruction is the protocol: the scope is fenced in the event database, then the key is destroyed
here, then boxes and links are deleted with the event that says so. Every step can be done again without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from ledger.aggregates.base import ScopeInstance
from ledger.clock import Clock
from ledger.sealing.failures import KeyUnknown
from ledger.sealing.index import SealedIndex
from ledger.sealing.instants import instant
from ledger.sealing.keyring import Keyring
from ledger.sealing.schema import keys, stock, tombstones

_AT_ONCE = 500
_DEAD = select(tombstones.c.key_id).where(tombstones.c.key_id.in_(bindparam("key_ids", expanding=True)))
_LIVING = select(keys.c.key_id).distinct().where(keys.c.key_id.in_(bindparam("key_ids", expanding=True)))
_DESTROY = keys.delete().where(keys.c.key_id == bindparam("doomed"))
_OUT_OF_STOCK = stock.delete().where(stock.c.key_id == bindparam("doomed"))


@dataclass(frozen=True)
class Destroyed:
    """
    What a destruction did, and what it still has to wait for.

    `log_emptied` is False where another reader kept the write-ahead log from being emptied: `truncate` must be called
    again. Pages of the file keep traces of deleted rows until `vacuum`.
    """

    keys: tuple[UUID, ...]
    """The keys that were destroyed now; those that were already are left out."""
    log_emptied: bool


class KeyDestruction:
    """Destroys keys of one ledger, and what the blind index says of their scopes."""

    def __init__(
        self,
        keyring: Keyring,
        index: SealedIndex,
        *,
        clock: Clock,
        scope_of: Callable[[UUID], ScopeInstance | None],
    ) -> None:
        self._keyring = keyring
        self._index = index
        self._clock = clock
        self._scope_of = scope_of

    def destroy(self, key_id: UUID, *, batch: UUID, reason: str, authority: str) -> None:
        """
        Destroy one key; doing it again changes nothing.

        :raises KeyUnknown: if there is no such key and none was destroyed: a lost key is not an erased one
        :raises KeyStoreUnavailable: if the key store can't be reached; the key may or may not be gone, do it again
        """
        self.destroy_all([key_id], batch=batch, reason=reason, authority=authority)

    def destroy_all(self, key_ids: Sequence[UUID], *, batch: UUID, reason: str, authority: str) -> Destroyed:
        """
        Destroy several keys in one transaction: all of them, or none.

        :raises KeyUnknown: if one of them does not exist and was not destroyed
        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        scopes = {key_id: self._scope_of(key_id) for key_id in key_ids}
        with self._keyring.database.writing() as connection:
            living = _living(connection, list(scopes))
            said = {
                "batch": batch.bytes, "reason": reason, "authority": authority,
                "destroyed_at": instant(self._clock.now()),
            }  # fmt: skip
            if living:
                connection.execute(tombstones.insert(), [{"key_id": key_id.bytes, **said} for key_id in living])
                connection.execute(_DESTROY, [{"doomed": key_id.bytes} for key_id in living])
                connection.execute(_OUT_OF_STOCK, [{"doomed": key_id.bytes} for key_id in living])
            for scope in scopes.values():
                if scope is not None:
                    self._index.forget_within(connection, scope)
        self._keyring.forget(key_ids)
        return Destroyed(tuple(living), self.truncate())

    def truncate(self) -> bool:
        """Empty the key store's write-ahead log; False where a reader holds it and it must be done again."""
        return self._keyring.database.truncate_log()

    def vacuum(self) -> bool:
        """Rewrite the key store, so that no page keeps traces of destroyed keys; False where the log is still held."""
        return self._keyring.database.vacuum()


def _living(connection: Connection, key_ids: list[UUID]) -> list[UUID]:
    """Give those keys that are still to be destroyed."""
    living: list[UUID] = []
    for start in range(0, len(key_ids), _AT_ONCE):
        part = key_ids[start : start + _AT_ONCE]
        asked = {"key_ids": [key_id.bytes for key_id in part]}
        there = {bytes(key) for (key,) in connection.execute(_LIVING, asked)}
        gone = {bytes(key) for (key,) in connection.execute(_DEAD, asked)}
        for key_id in part:
            if key_id.bytes not in there | gone:
                raise KeyUnknown(key=key_id.hex)
        living += [key_id for key_id in part if key_id.bytes not in gone]
    return living
