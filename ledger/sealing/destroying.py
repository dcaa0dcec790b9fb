"""
Destroying keys: noted as doomed, then the tree is turned without them, and the old root is destroyed.

The order of a whole destruction is the protocol: the scope is fenced in the event database, then the key is destroyed
here, then boxes and links are deleted with the event that says so. Every step can be done again without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import BindParameter, Connection, bindparam, select

from ledger.aggregates.base import ScopeInstance
from ledger.aggregates.epoch import epoch_id
from ledger.clock import Clock
from ledger.sealing.index import SealedIndex, scope_named
from ledger.sealing.keyring import Keyring
from ledger.sealing.new_tree import Losses, buckets_of
from ledger.sealing.schema import KEY_BUCKETS, TOKEN_BUCKETS, doomed, keys, tombstones
from ledger.sealing.turning import Turning
from ledger.usecases.ports import Signer
from ledger.usecases.retention.ports import Doomed, KeyBatch, RunLock

_AT_ONCE = 500
_IN: BindParameter[list[bytes]] = bindparam("key_ids", expanding=True)
_DEAD = select(tombstones.c.key_id).where(tombstones.c.key_id.in_(_IN))
_LIVING = select(keys.c.key_id).where(keys.c.key_id.in_(_IN))
_NOTED = select(doomed.c.key_id).where(doomed.c.key_id.in_(_IN))
_DOOMED = select(doomed.c.key_id, doomed.c.scope)


class KeyDestruction:
    """Destroys keys of one ledger, and what the blind index says of their scopes."""

    def __init__(
        self,
        keyring: Keyring,
        index: SealedIndex,
        *,
        clock: Clock,
        scopes_of: Callable[[Collection[UUID]], Mapping[UUID, ScopeInstance]],
        signer: Signer,
        lock: RunLock,
    ) -> None:
        self._keyring = keyring
        self._index = index
        self._scopes_of = scopes_of
        self._lock = lock
        self._turning = Turning(keyring, clock=clock, signer=signer, losses=self._losses)

    def destroy_all(self, doomed: Sequence[Doomed], *, batch: UUID) -> KeyBatch:
        """
        Destroy several keys in one turn of the tree; those that are neither there nor destroyed are told as lost.

        :raises RunInProgress: if another turn is at work
        :raises KeyStoreUnavailable: if the key store, or every holder of the root, can't be reached
        """
        condemned = {each.key_id: each for each in doomed}
        with self._lock.held():
            lost = self._note(condemned, batch)
            self._turning.turn()
            told = self._told(batch, tuple(key_id for key_id in condemned if key_id not in lost), tuple(lost))
        self._keyring.forget(list(condemned))
        return told

    def rotate(self, *, batch: UUID) -> KeyBatch:
        """
        Turn the tree although nothing is to be destroyed: a new root, and the old one gone.

        Raises what `destroy_all` raises.
        """
        with self._lock.held():
            self._turning.turn(anyway=True)
            return self._told(batch, (), ())

    def settle(self, *, batch: UUID) -> KeyBatch:
        """Finish what waits for a holder; raises what `destroy_all` raises."""
        with self._lock.held():
            self._turning.turn()
            return self._told(batch, (), ())

    def truncate(self) -> bool:
        """Empty the key store's write-ahead log; False where a reader holds it and it must be done again."""
        return self._keyring.database.truncate_log()

    def vacuum(self) -> bool:
        """Rewrite the key store, so that no page keeps traces of destroyed keys; False where the log is still held."""
        return self._keyring.database.vacuum()

    def _told(self, batch: UUID, destroyed: tuple[UUID, ...], lost: tuple[UUID, ...]) -> KeyBatch:
        pending = self._turning.settle()
        with self._keyring.database.reading() as connection:
            epoch = self._keyring.tree.epoch(connection)
        turn = epoch_id(self._keyring.database.ledger_id, epoch)
        return KeyBatch(
            batch,
            turn,
            epoch,
            destroyed,
            lost,
            self._turning.receipts(),
            pending,
            self.truncate(),
            self._turning.revival(),
        )

    def _note(self, condemned: Mapping[UUID, Doomed], batch: UUID) -> set[UUID]:
        """Note durably which keys are to go; give those that are lost."""
        scopes = self._scopes_of(list(condemned))
        with self._keyring.database.writing() as connection:
            living, lost = _sorted_out(connection, list(condemned))
            if living:
                connection.execute(doomed.insert(), [
                    {
                        "key_id": key_id.bytes, "batch": batch.bytes, "scope": _text(scopes.get(key_id)),
                        "reason": condemned[key_id].reason, "authority": condemned[key_id].authority,
                    }
                    for key_id in living
                ])  # fmt: skip
        return lost

    def _losses(self, connection: Connection) -> Losses:
        """Say what the next tree is to be without, within the write that copies it."""
        rows = connection.execute(_DOOMED).all()
        key_ids = [bytes(row.key_id) for row in rows]
        filed = self._index.tags_of(scope_named(row.scope) for row in rows if row.scope is not None)
        touched = {(TOKEN_BUCKETS, number) for number in self._index.buckets_of(connection, filed)}
        for start in range(0, len(key_ids), _AT_ONCE):
            touched |= {(KEY_BUCKETS, number) for number in buckets_of(connection, key_ids[start : start + _AT_ONCE])}
        return Losses(frozenset(key_ids), filed, frozenset(touched))


def _text(scope: ScopeInstance | None) -> str | None:
    return None if scope is None else str(scope)


def _sorted_out(connection: Connection, key_ids: list[UUID]) -> tuple[list[UUID], set[UUID]]:
    """Give those keys that are still to be noted, and those that are lost."""
    living: list[UUID] = []
    lost: set[UUID] = set()
    for start in range(0, len(key_ids), _AT_ONCE):
        part = key_ids[start : start + _AT_ONCE]
        asked = {"key_ids": [key_id.bytes for key_id in part]}
        there, gone, noted = (
            {bytes(key) for (key,) in connection.execute(query, asked)} for query in (_LIVING, _DEAD, _NOTED)
        )
        living += [key_id for key_id in part if key_id.bytes in there - gone - noted]
        lost |= {key_id for key_id in part if key_id.bytes not in there | gone}
    return living, lost
