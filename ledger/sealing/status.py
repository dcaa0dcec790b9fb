"""How the key store stands: its epoch, how many keys it holds, and what each holder of the root has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from ledger.aggregates.epoch import Revival
from ledger.aggregates.holder import Retirement
from ledger.sealing.keyring import Keyring, RootState
from ledger.sealing.schema import doomed, keyring, keys, roots, stock
from ledger.sealing.turning import revival_of


@dataclass(frozen=True)
class HolderStatus:
    """One holder of the root key."""

    name: str
    reachable: bool
    revives_from_backup: Revival | None
    """None for a holder that the settings no longer name."""
    holds_living: bool
    owes: tuple[int, ...]
    """The epochs of older roots that it may still have: no receipt says that they are gone."""
    retired: Retirement | None = None
    """What a person said became of it, where it was taken off for good."""


@dataclass(frozen=True)
class KeyStatus:
    """The key store as it stands."""

    epoch: int
    keys: int
    unused: int
    doomed: int
    """Keys noted to go, that are still in the tree: a turn was begun and not finished."""
    holders: tuple[HolderStatus, ...]
    revives_from_backup: Revival
    """What the weakest holder answers that ever had a root, the retired ones included."""


def key_status(of: Keyring) -> KeyStatus:
    """
    Look at the key store and ask every holder.

    :raises KeyStoreUnavailable: if the key store can't be reached
    """
    with of.database.snapshot() as connection:
        of.database.check(connection)
        epoch = connection.execute(select(keyring.c.epoch)).scalar_one()
        held, unused, waiting = (
            int(connection.execute(select(func.count()).select_from(table)).scalar_one())
            for table in (keys, stock, doomed)
        )
        rows = connection.execute(select(roots)).all()
    owed: dict[str, list[int]] = {name: [] for name in of.holders.names}
    for row in rows:
        if row.epoch < epoch and RootState(row.state).owed():
            owed.setdefault(row.holder, []).append(row.epoch)
    holders = tuple(_holder(of, name, epoch, owes) for name, owes in owed.items())
    return KeyStatus(epoch, held, unused, waiting, holders + _retired(rows), revival_of(of.holders, rows))


def kept_receipts(of: Keyring) -> list[str]:
    """Give every receipt for roots that holders destroyed, each once."""
    with of.database.reading() as connection:
        found = connection.execute(select(roots.c.receipt).where(roots.c.receipt.is_not(None)).distinct())
        return [receipt for (receipt,) in found]


def _retired(rows: Sequence[Row[Any]]) -> tuple[HolderStatus, ...]:
    """Give the holders that were taken off, each once."""
    said = {RootState.LOST: Retirement.LOST, RootState.VOUCHED: Retirement.DESTROYED}
    found = {row.holder: row for row in rows if RootState(row.state) in said}
    return tuple(
        HolderStatus(
            name, reachable=False, revives_from_backup=Revival(row.revives), holds_living=False, owes=(),
            retired=said[RootState(row.state)],
        )
        for name, row in found.items()
    )  # fmt: skip


def _holder(of: Keyring, name: str, epoch: int, owes: list[int]) -> HolderStatus:
    held = of.holders.epochs_at(name) if name in of.holders.names else None
    return HolderStatus(
        name,
        reachable=held is not None,
        revives_from_backup=of.holders.revival_at(name) if name in of.holders.names else None,
        holds_living=epoch in (held or ()),
        owes=tuple(sorted(owes)),
    )
