from __future__ import annotations

from uuid import UUID

import pytest

from ledger.aggregates.base import REGISTER, Link, LinkKind
from ledger.aggregates.epoch import (
    EpochSettled,
    EpochState,
    EpochTurned,
    KeyEpoch,
    Revival,
    RootReceipt,
    RootsDestroyed,
    epoch_id,
)
from ledger.errors import ExitCode

LEDGER = UUID("11111111-1111-4111-8111-111111111111")
RECEIPT = RootReceipt("poste", 3, Revival.YES, "ledger root-destroyed/1\n")


def turned(*pending: str) -> KeyEpoch:
    return KeyEpoch.turn(epoch_id(LEDGER, 4), epoch=4, destroyed=12, receipts=(RECEIPT,), pending=pending)


def test_the_stream_of_an_epoch_follows_from_ledger_and_number() -> None:
    assert epoch_id(LEDGER, 4) == UUID("05733663-fb40-5016-8f3c-1655b30dbfdc")
    assert epoch_id(LEDGER, 4) != epoch_id(LEDGER, 5)
    assert epoch_id(UUID(int=1), 4) != epoch_id(LEDGER, 4)


def test_a_turn_is_pending_while_a_holder_is_awaited() -> None:
    assert (turned().state, turned("cle-usb").state) == (EpochState.SETTLED, EpochState.PENDING)
    (event,) = turned("cle-usb").pending_events
    assert isinstance(event, EpochTurned)
    assert (event.receipts.expose(), event.pending.expose(), event.destroyed.expose()) == ((RECEIPT,), ("cle-usb",), 12)
    assert event.links() == (Link(REGISTER, LinkKind.EPOCH, epoch_id(LEDGER, 4)),)


def test_the_receipts_of_who_was_awaited_settle_it_once() -> None:
    epoch = turned("cle-usb")
    epoch.settle(receipts=(RECEIPT,))
    assert epoch.state is EpochState.SETTLED
    assert isinstance(epoch.pending_events[-1], RootsDestroyed)
    with pytest.raises(EpochSettled) as caught:
        epoch.settle(receipts=(RECEIPT,))
    assert caught.value.exit_code is ExitCode.REFUSED
    with pytest.raises(EpochSettled):
        turned().settle(receipts=(RECEIPT,))
