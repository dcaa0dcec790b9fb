"""
Keys made ahead: minted in batches, taken in lots, given out one by one.

Two processes must never hold the same key, and a key must be durable before anything is sealed with it. So a process
takes a lot by marking its rows in one transaction, and gives out only what it took. What it did not give out goes back
when it closes; what a killed process left is found by `reuse_abandoned`, which asks the event database what was
claimed. A key that was given out for a command that came to nothing is not given out again: it seals nothing, and costs
a row.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from threading import Lock
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from ledger.clock import Clock
from ledger.identifiers import new_id
from ledger.limits import KEYS_MINTED_AT_ONCE
from ledger.sealing.instants import instant
from ledger.sealing.schema import stock
from ledger.sealing.tree import KeyTree

FIRST_LOT = 8
"""A command at the counter needs few keys, and starts quickly; a long-lived process takes twice as many each time."""
LARGEST_LOT = 256
_MINTED_PER_TAKEN = 8

_FREE = select(stock.c.key_id).where(stock.c.lot.is_(None)).limit(bindparam("most"))
_TAKE = stock.update().where(stock.c.key_id == bindparam("taken"))
_GIVEN = stock.delete().where(stock.c.key_id == bindparam("given"))
_BACK = stock.update().where(stock.c.key_id == bindparam("back")).values(lot=None, taken_at=None)
_ABANDONED = select(stock.c.key_id).where(stock.c.lot.is_not(None), stock.c.taken_at < bindparam("before"))


class Stock:
    """The keys that this process may give out."""

    def __init__(self, tree: KeyTree, *, clock: Clock, on_taken: Callable[[Connection, Sequence[UUID]], None]) -> None:
        self._tree = tree
        self._clock = clock
        self._on_taken = on_taken
        self._turn = Lock()
        self._start()

    def reserve(self) -> UUID:
        """
        Give a durable key that nobody else was given.

        :raises KeyStoreUnavailable: if more are needed and the key store can't be reached
        """
        with self._turn:
            if self._process != os.getpid():
                self._start()  # a forked process: what is ready here is its parent's
            if not self._ready:
                self._take()
            key_id = self._ready.popleft()
            self._given.append(key_id)
            return key_id

    def give_back(self) -> None:
        """Return what was taken and not given out."""
        with self._turn:
            if self._process != os.getpid() or not (self._ready or self._given):
                return
            with self._tree.database.writing() as connection:
                self._settle(connection)
                if self._ready:
                    connection.execute(_BACK, [{"back": key_id.bytes} for key_id in self._ready])
            self._start()

    def reuse_abandoned(self, *, taken_before: datetime, claimed: Callable[[Sequence[UUID]], Collection[UUID]]) -> int:
        """
        Give back what processes took before an instant, and left unclaimed when they were killed; give how many keys.

        `claimed` says which of these keys the event database knows. Should a process live longer than that, nothing is
        lost: the event database lets one scope only claim a key.
        """
        database, before = self._tree.database, instant(taken_before)
        with database.writing() as connection:
            left = [UUID(bytes=bytes(key)) for (key,) in connection.execute(_ABANDONED, {"before": before})]
            used = set(claimed(left)) if left else set()
            free = [{"back": key_id.bytes} for key_id in left if key_id not in used]
            if used:
                connection.execute(_GIVEN, [{"given": key_id.bytes} for key_id in used])
            if free:
                connection.execute(_BACK, free)
        return len(free)

    def _start(self) -> None:
        self._process = os.getpid()
        self._ready: deque[UUID] = deque()
        self._given: list[UUID] = []
        self._lot_size = FIRST_LOT

    def _take(self) -> None:
        """Take the next lot, minting more where the stock runs out; all in one transaction."""
        wanted = self._lot_size
        lot = {"lot": new_id().bytes, "taken_at": instant(self._clock.now())}
        with self._tree.database.writing() as connection:
            self._settle(connection)
            taken = [UUID(bytes=bytes(key)) for (key,) in connection.execute(_FREE, {"most": wanted})]
            if not taken:
                taken = self._minted(connection, wanted)
            connection.execute(_TAKE, [{"taken": key_id.bytes, **lot} for key_id in taken])
            self._on_taken(connection, taken)
        self._given.clear()
        self._ready.extend(taken)
        self._lot_size = min(2 * wanted, LARGEST_LOT)

    def _minted(self, connection: Connection, wanted: int) -> list[UUID]:
        count = max(wanted, min(_MINTED_PER_TAKEN * self._lot_size, KEYS_MINTED_AT_ONCE))
        minted = self._tree.mint(connection, count)
        connection.execute(stock.insert(), [{"key_id": key_id.bytes} for key_id in minted])
        return minted[:wanted]

    def _settle(self, connection: Connection) -> None:
        """Take off the list what was given out: it is in use, or was used up by a command that failed."""
        if self._given:
            connection.execute(_GIVEN, [{"given": key_id.bytes} for key_id in self._given])
