"""
What a destruction needs from the store and from the keys, as protocols.

Two databases share no transaction, so the order is the protocol: fence the scope (event and fence row in one
transaction) -> tombstone the key -> delete boxes and links, with the event that completes it, in one transaction.
Each step can be done again without harm, so a run that was cut short is taken up where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from ledger.aggregates.base import Aggregate, Scope, ScopeInstance
from ledger.usecases.ports import Command, Guard, Recorded


@dataclass(frozen=True)
class ClaimedKey:
    """A key and the scope that it was claimed for."""

    scope: ScopeInstance
    key_id: UUID


class Claims(Protocol):
    """Which scopes hold something that could be destroyed, as the event database knows it."""

    def living(self, kind: Scope) -> Iterator[ClaimedKey]:
        """Give every claimed key of this kind of scope that is not fenced, in the order of the claims."""
        ...

    def unfinished(self) -> Iterator[UUID]:
        """Give the streams of the destructions that were fenced and are not completed, oldest first."""
        ...


class FenceWriter(Protocol):
    """Closes a scope for ever, in the transaction of the event that says so."""

    def fence(
        self, command: Command, destruction: Aggregate, *, scope: ScopeInstance, guards: Iterable[Guard] = ()
    ) -> Recorded:
        """
        Append the pending events of `destruction` and fence `scope`: no key is ever claimed for it again.

        :raises Conflict: if a guard fails, or the scope is fenced already
        """
        ...


class KeyDestroyer(Protocol):
    """Destroys one key: the tombstone first, so that a key once condemned never comes back."""

    def destroy(self, key_id: UUID, *, batch: UUID, reason: str, authority: str) -> None:
        """
        Destroy a key; doing it again changes nothing.

        :raises Unavailable: if the key store can't be reached; the key may or may not be gone, do it again
        """
        ...


class BoxRemover(Protocol):
    """Deletes what a destroyed key sealed, in the transaction of the event that says so."""

    def remove(self, command: Command, destruction: Aggregate, *, key_id: UUID) -> Recorded:
        """Append the pending events of `destruction` and delete the boxes and links of the key."""
        ...

    def truncate(self) -> bool:
        """Truncate the write-ahead log; False where a reader holds it and it must be tried again later."""
        ...

    def vacuum(self) -> None:
        """Rewrite the database files, so that no page keeps traces of deleted rows."""
        ...

    def files(self) -> list[Path]:
        """Give every file of the event and view databases, write-ahead logs included."""
        ...


class RunLock(Protocol):
    """Lets one run work at a time; the operating system or the server frees it when the process dies."""

    def held(self) -> AbstractContextManager[None]:
        """
        Hold the lock for the length of a block.

        :raises RunInProgress: if another run holds it
        """
        ...
