"""
What a destruction needs from the store and from the keys, as protocols.

Two databases share no transaction, so the order is the protocol: fence the scope (event and fence row in one
transaction) -> tombstone the key -> delete boxes and links, with the event that completes it, in one transaction.
Each step can be done again without harm, so a run that was cut short is taken up where it stopped.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from ledger.aggregates.base import Aggregate, Event, LinkKind, Scope, ScopeInstance
from ledger.aggregates.epoch import Revival, RootReceipt
from ledger.errors import Conflict
from ledger.translation import mark
from ledger.usecases.ports import Command, Guard, Recorded

WIPED = "wiped"
"""What the store answers when its write-ahead log was cut to nothing."""
PENDING = "pending"
"""What it answers when a reader holds the log, so that it must be tried again."""


class RunInProgress(Conflict):
    """Another run, or another turn of the key tree, is at work."""

    sentence = mark("Another run of retention, or another change of the root key, is at work.")
    advice = mark("Wait until it is over; what it leaves, the next run does.")


class Fenced(Protocol):
    """A scope that is closed and waits for its destruction to be completed."""

    @property
    def key_id(self) -> UUID:
        """The key that is being destroyed."""
        ...

    @property
    def position(self) -> int:
        """Where the event that closed it stands."""
        ...


class Tie(Protocol):
    """One link that hangs on a person's key."""

    @property
    def key_id(self) -> UUID:
        """The key."""
        ...

    @property
    def kind(self) -> LinkKind:
        """What it leads to."""
        ...

    @property
    def stream_id(self) -> UUID:
        """Where it leads."""
        ...


class Fate(Protocol):
    """What became of a scope that had a key."""

    @property
    def fenced(self) -> int | None:
        """Where the event stands that closed it."""
        ...

    @property
    def destroyed(self) -> int | None:
        """Where the event stands that completed its destruction."""
        ...


class Emptied(Protocol):
    """A stream of which nothing is left but its headers."""

    @property
    def stream_id(self) -> UUID:
        """The stream."""
        ...

    @property
    def first_at(self) -> datetime:
        """When its first header was recorded."""
        ...

    @property
    def last_at(self) -> datetime:
        """When its last header was recorded."""
        ...

    @property
    def destroyed_at(self) -> datetime:
        """When the destruction of the last key of it was recorded."""
        ...


class Disposal(Protocol):
    """Destroys what keys sealed, on the event database."""

    def living(self, kind: Scope) -> Iterable[tuple[UUID, ScopeInstance]]:
        """Give every key claimed for this kind of scope whose scope is not fenced, by the name of the scope."""
        ...

    def living_of(self, scopes: Collection[ScopeInstance]) -> Mapping[ScopeInstance, UUID]:
        """Give the keys of those of these scopes that have one and are not fenced."""
        ...

    def ties_of(self, keys: Collection[UUID]) -> Sequence[Tie]:
        """Give what hangs on the keys of people: their procedures, mandates, duplicates, and whom they represent."""
        ...

    def fates(self, scopes: Collection[ScopeInstance]) -> Mapping[ScopeInstance, Fate]:
        """Give what became of those of these scopes that ever had a key."""
        ...

    def agent_months_of(self, streams: Collection[UUID]) -> Set[ScopeInstance]:
        """Give the living agent months in which something of these streams was recorded by that agent."""
        ...

    def head(self) -> int:
        """Give the position of the latest event."""
        ...

    def pending(self) -> Sequence[Fenced]:
        """Give the fences whose destruction is not completed, oldest first."""
        ...

    def fence(
        self, command: Command, *aggregates: Aggregate, scopes: Iterable[ScopeInstance], guards: Iterable[Guard] = ()
    ) -> Recorded:
        """
        Append the fencing events and close the scopes, in one transaction: no key is ever claimed for them again.

        :raises Conflict: if a guard fails, or a scope is closed already
        """
        ...

    def complete(self, command: Command, *aggregates: Aggregate, keys: Iterable[UUID]) -> Recorded:
        """
        Append the destruction events and delete the boxes and links of these keys, in one transaction.

        :raises Conflict: if somebody completed the destruction meanwhile
        """
        ...

    def past_everything(self, *, before: datetime) -> Iterable[Emptied]:
        """Give the streams of which nothing is left but their headers, the last of it destroyed by `before`."""
        ...

    def headers_of(self, streams: Iterable[Any]) -> Iterable[Any]:  # the store's own kinds: given back as they are
        """Put the headers of streams together in batches, without what moved or hangs on one that stays."""
        ...

    def prune(
        self, command: Command, batch: Any, *, authority: UUID, run: UUID, guards: Iterable[Guard] = ()
    ) -> Recorded:
        """
        Append the record of a batch and delete its headers, in one transaction; the leaf hashes stay.

        :raises Conflict: if a stream of it moved, or a guard fails
        """
        ...

    def wipe_log(self) -> str:
        """Cut the write-ahead log to nothing; say PENDING while a reader holds it."""
        ...

    def vacuum(self) -> str:
        """Rewrite the tables, so that no page keeps traces of deleted rows; say what `wipe_log` says."""
        ...


class EventReader(Protocol):
    """Gives events by their place in the log."""

    def at(self, positions: Sequence[int]) -> Sequence[Event]:
        """Give the events at these positions, in their order, their sealed fields being handles."""
        ...


@dataclass(frozen=True)
class Doomed:
    """A key to destroy, and what its tombstone says."""

    key_id: UUID
    reason: str
    authority: str


@dataclass(frozen=True)
class KeyBatch:
    """
    What became of the keys of one batch: unreadable here at once, and for good once every holder gave its receipt.

    It is complete when `pending` is empty; it is backup-proof only if, besides, no holder can be copied back to life.
    """

    batch: UUID
    turn: UUID
    """The stream of the epoch that it stands in."""
    epoch: int
    """The age of the living root after it."""
    destroyed: tuple[UUID, ...]
    """The keys that are gone now, those that an earlier attempt of the same batch had destroyed included."""
    lost: tuple[UUID, ...] = ()
    """The keys that were neither there nor destroyed."""
    receipts: tuple[RootReceipt, ...] = ()
    pending: tuple[str, ...] = ()
    """The holders that could not be reached, and still hold the old root."""
    log_emptied: bool = True
    revives_from_backup: Revival = Revival.YES
    """What the weakest holder answers that ever had a root: what it had may have been copied while it had it."""

    @property
    def backup_proof(self) -> bool:
        """Whether no copy made before the batch, with all that exists after it, gives a value back."""
        return not self.pending and self.revives_from_backup is Revival.NO


class KeyDestroyer(Protocol):
    """Destroys the keys of a batch: new tree, checked, switched to; then the old root, at every holder."""

    def destroy_all(self, doomed: Sequence[Doomed], *, batch: UUID) -> KeyBatch:
        """
        Destroy keys, all in one turn of the tree; doing it again with the same batch goes on where it stopped.

        :raises Unavailable: if the key store, or every holder, can't be reached; do it again
        """
        ...

    def truncate(self) -> bool:
        """Cut the key store's write-ahead log to nothing; False while a reader holds it."""
        ...


class RunLock(Protocol):
    """Lets one run work at a time; the operating system or the server frees it when the process dies."""

    def held(self) -> AbstractContextManager[None]:
        """
        Hold the lock for the length of a block.

        :raises RunInProgress: if another run holds it
        """
        ...
