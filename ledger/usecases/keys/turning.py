"""Turn the key tree on demand, and put every turn on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol
from uuid import UUID

from ledger.aggregates.epoch import EpochState, KeyEpoch
from ledger.errors import Conflict, NotFound
from ledger.identifiers import new_id
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk
from ledger.usecases.retention.ports import KeyBatch


class KeyTurner(Protocol):
    """Turns the tree although nothing is to be destroyed, or finishes what waits."""

    def rotate(self, *, batch: UUID) -> KeyBatch:
        """
        Make a new root and destroy the old one.

        :raises Unavailable: if the key store, or every holder, can't be reached; do it again
        """
        ...

    def settle(self, *, batch: UUID) -> KeyBatch:
        """Finish the turn that was begun, and have the holders that came back destroy what they still keep."""
        ...


def rotate(desk: Desk, command: Command, keys: KeyTurner) -> KeyBatch:
    """
    Make a new root for the key tree, destroy the old one at every holder that can be reached, and record it.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    _judged(desk, command, page="keys.rotate")
    return _recorded(desk, command, keys.rotate(batch=command.id))


def settle(desk: Desk, command: Command, keys: KeyTurner) -> KeyBatch:
    """
    Finish what waits for a holder that was absent, and record its receipt.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    _judged(desk, command, page="keys.settle")
    return _recorded(desk, command, keys.settle(batch=command.id))


def record_turn(desk: Desk, command: Command, batch: KeyBatch) -> None:
    """Record the turn that a batch stands in, once; and its receipts, once the last holder gave one."""
    try:
        epoch = desk.streams.load(KeyEpoch, batch.turn)
    except NotFound:
        if not batch.receipts and not batch.pending:
            return  # the first epoch: nothing was ever turned
        epoch = KeyEpoch.turn(
            batch.turn, epoch=batch.epoch, destroyed=len(batch.destroyed), receipts=batch.receipts,
            pending=batch.pending,
        )  # fmt: skip
    else:
        if epoch.state is EpochState.SETTLED or batch.pending:
            return
        epoch.settle(receipts=batch.receipts)
    try:
        desk.streams.commit(replace(command, id=new_id(), request=b""), epoch)
    except Conflict:
        return  # somebody else recorded the same


def _judged(desk: Desk, command: Command, *, page: str) -> None:
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        judgement.read(page, rows=0)


def _recorded(desk: Desk, command: Command, batch: KeyBatch) -> KeyBatch:
    record_turn(desk, command, batch)
    return batch
