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


def rotate(desk: Desk, command: Command, keys: KeyTurner) -> tuple[KeyBatch, bool]:
    """
    Make a new root for the key tree, destroy the old one at every holder that can be reached, and record it.

    Give how the keys stand then, and whether that had been done before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    if desk.streams.recall(command) is not None:
        return keys.settle(batch=command.id), True
    judge(desk, another(command), page="keys.rotate")
    batch = keys.rotate(batch=command.id)
    record_turn(desk, command, batch)  # under the command's own id: it stands for the turn
    return batch, False


def settle(desk: Desk, command: Command, keys: KeyTurner) -> tuple[KeyBatch, bool]:
    """
    Finish what waits for a holder that was absent, and record its receipt.

    Give how the keys stand then, and whether the command had been done before.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    """
    repeated = desk.streams.recall(command) is not None
    if not repeated:
        judge(desk, command, page="keys.settle")
    batch = keys.settle(batch=command.id)
    record_turn(desk, another(command), batch)
    return batch, repeated


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
        desk.streams.commit(command, epoch)
    except Conflict:
        return  # somebody else recorded the same


def another(command: Command) -> Command:
    """Give a command of its own to what is recorded beside what was asked."""
    return replace(command, id=new_id(), request=b"")


def judge(desk: Desk, command: Command, *, page: str) -> None:
    """
    Let only who decides for the controller go on; that they asked is on record, and so is a refusal.

    :raises RefusedByRule: ROLE_NOT_ALLOWED
    """
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        judgement.read(page, rows=0)
