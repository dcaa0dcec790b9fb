"""
Destroying keys: the tombstone, and nothing left of the wrapped key, in one transaction.

The order of a whole destruction is the protocol: the scope is fenced in the event database, then the key is destroyed
here, then boxes and links are deleted with the event that says so. Every step can be done again without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from ledger.aggregates.base import ScopeInstance
from ledger.clock import Clock
from ledger.sealing.index import SealedIndex
from ledger.sealing.instants import instant
from ledger.sealing.keyring import Keyring
from ledger.sealing.schema import keys, stock, tombstones
from ledger.usecases.retention.ports import Doomed, KeyBatch

_AT_ONCE = 500
_DEAD = select(tombstones.c.key_id).where(tombstones.c.key_id.in_(bindparam("key_ids", expanding=True)))
_LIVING = select(keys.c.key_id).distinct().where(keys.c.key_id.in_(bindparam("key_ids", expanding=True)))
_DESTROY = keys.delete().where(keys.c.key_id == bindparam("doomed"))
_OUT_OF_STOCK = stock.delete().where(stock.c.key_id == bindparam("doomed"))


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

    def destroy_all(self, doomed: Sequence[Doomed], *, batch: UUID) -> KeyBatch:
        """
        Destroy several keys in one transaction; those that are neither there nor destroyed are told as lost.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        condemned = {each.key_id: each for each in doomed}
        scopes = [self._scope_of(key_id) for key_id in condemned]
        with self._keyring.database.writing() as connection:
            living, lost = _sorted_out(connection, list(condemned))
            if living:
                at = instant(self._clock.now())
                connection.execute(tombstones.insert(), [
                    {
                        "key_id": key_id.bytes, "batch": batch.bytes, "reason": condemned[key_id].reason,
                        "authority": condemned[key_id].authority, "destroyed_at": at,
                    }
                    for key_id in living
                ])  # fmt: skip
                connection.execute(_DESTROY, [{"doomed": key_id.bytes} for key_id in living])
                connection.execute(_OUT_OF_STOCK, [{"doomed": key_id.bytes} for key_id in living])
            for scope in scopes:
                if scope is not None:
                    self._index.forget_within(connection, scope)
            epoch = self._keyring.tree.epoch(connection)
        self._keyring.forget(list(condemned))
        destroyed = tuple(key_id for key_id in condemned if key_id not in lost)
        return KeyBatch(batch, epoch, destroyed, tuple(lost), log_emptied=self.truncate())

    def truncate(self) -> bool:
        """Empty the key store's write-ahead log; False where a reader holds it and it must be done again."""
        return self._keyring.database.truncate_log()

    def vacuum(self) -> bool:
        """Rewrite the key store, so that no page keeps traces of destroyed keys; False where the log is still held."""
        return self._keyring.database.vacuum()


def _sorted_out(connection: Connection, key_ids: list[UUID]) -> tuple[list[UUID], list[UUID]]:
    """Give those keys that are still to be destroyed, and those that are lost."""
    living: list[UUID] = []
    lost: list[UUID] = []
    for start in range(0, len(key_ids), _AT_ONCE):
        part = key_ids[start : start + _AT_ONCE]
        asked = {"key_ids": [key_id.bytes for key_id in part]}
        there = {bytes(key) for (key,) in connection.execute(_LIVING, asked)}
        gone = {bytes(key) for (key,) in connection.execute(_DEAD, asked)}
        living += [key_id for key_id in part if key_id.bytes in there - gone]
        lost += [key_id for key_id in part if key_id.bytes not in there | gone]
    return living, lost
