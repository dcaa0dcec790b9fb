"""
Destroying what is due: fence, delete with the record of it, and wipe the traces that a database keeps of dead rows.

The order is the protocol. A fence is appended first: from then on nothing can be added to the scope, and its key reads
as being destroyed. Then the key itself goes, in the key store, which is another database. Then boxes and links are
deleted in the very transaction that appends the destruction event. A crash between two steps leaves a fence that
`pending` shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from ledger.aggregates.base import Aggregate, LinkKind, Scope, ScopeInstance
from ledger.limits import IDEMPOTENCY_LIFE
from ledger.store.engine import SQLITE, Database
from ledger.store.header import instant
from ledger.store.pruning import EmptiedStream, HeaderBatch, header_batches, past_everything
from ledger.store.reading import scope_named
from ledger.store.setup import on_path
from ledger.store.streams import LedgerStreams
from ledger.usecases.ports import Command, Guard, Recorded

_PENDING = "SELECT scope, key_id, position FROM fences WHERE destroyed IS NULL ORDER BY position"
_LIVING = (
    "SELECT c.key_id, c.scope FROM key_claims c LEFT JOIN fences f ON f.scope = c.scope "
    "WHERE c.scope > ? AND c.scope < ? AND f.scope IS NULL ORDER BY c.scope LIMIT ?"
)
_LIVING_OF = (
    "SELECT c.key_id, c.scope FROM key_claims c LEFT JOIN fences f ON f.scope = c.scope "
    "WHERE c.scope IN ({}) AND f.scope IS NULL"
)
_LINKS_OF = (
    "SELECT l.key_id, l.kind, l.stream_id FROM links l WHERE l.key_id IN ({}) "
    "AND l.kind IN ('procedure', 'mandate', 'merged', 'represents') "
    "AND EXISTS (SELECT 1 FROM events e WHERE e.stream_id = l.stream_id AND e.stream_version = 1) ORDER BY l.position"
)
_FATES = (
    "SELECT c.scope, f.position, f.destroyed FROM key_claims c LEFT JOIN fences f ON f.scope = c.scope "
    "WHERE c.scope IN ({})"
)
_POSITIONS_OF = "SELECT position, recorded_at FROM events WHERE stream_id IN ({})"
_ACTS_OF = "SELECT position FROM links WHERE key_id = ? AND kind = 'actor'"
_AT_ONCE = 5_000
_FORGET = "DELETE FROM idempotency WHERE recorded_at < ?"


class Traces(StrEnum):
    """What became of the copies that the database keeps in its write-ahead log."""

    WIPED = "wiped"
    PENDING = "pending"
    """A reader still needs them: ask again once it is gone."""
    WITH_THE_SERVER = "with-the-server"
    """The server recycles its own log; its files and archives are for whoever runs it."""


@dataclass(frozen=True)
class Fence:
    """A scope that is closed and waits for its destruction to be completed."""

    scope: ScopeInstance
    key_id: UUID
    position: int


class Tie(NamedTuple):
    """One link that hangs on a person's key."""

    key_id: UUID
    kind: LinkKind
    stream_id: UUID


class Fate(NamedTuple):
    """Where the event stands that closed a scope, and the one that completed its destruction; None where none is."""

    fenced: int | None
    destroyed: int | None


class LedgerDisposal:
    """Destroys boxes and links, prunes headers, and wipes what deletion leaves behind."""

    def __init__(self, database: Database, streams: LedgerStreams) -> None:
        self._database = database
        self._streams = streams

    def fence(
        self, command: Command, *aggregates: Aggregate, scopes: Iterable[ScopeInstance], guards: Iterable[Guard] = ()
    ) -> Recorded:
        """
        Append the fencing events and close the scopes, in one transaction.

        :raises ScopeClosing: if one of them is closed already
        """
        return self._streams.commit(command, *aggregates, guards=guards, outcome="FENCED", fences=scopes)

    def complete(self, command: Command, *aggregates: Aggregate, keys: Iterable[UUID]) -> Recorded:
        """
        Append the destruction events and delete the boxes and links of these keys, in one transaction.

        :raises NotFenced: if a key is not fenced, or its destruction was completed already
        """
        return self._streams.commit(command, *aggregates, outcome="DESTROYED", destroyed=keys)

    def living(self, kind: Scope) -> Iterator[tuple[UUID, ScopeInstance]]:
        """Give every key claimed for this kind of scope whose scope is not fenced, by the name of the scope."""
        after, end = f"{kind}:", f"{kind};"  # ';' is the character after ':'
        while True:
            with self._database.reading() as rows:
                found = rows.all(_LIVING, (after, end, _AT_ONCE))
            for key, scope in found:
                yield UUID(bytes=bytes(key)), scope_named(scope)
            if len(found) < _AT_ONCE:
                return
            after = found[-1][1]

    def living_of(self, scopes: Collection[ScopeInstance]) -> dict[ScopeInstance, UUID]:
        """Give the keys of those of these scopes that have one and are not fenced."""
        with self._database.reading() as rows:
            found = rows.all_in(_LIVING_OF, [str(scope) for scope in scopes])
        return {scope_named(scope): UUID(bytes=bytes(key)) for key, scope in found}

    def ties_of(self, keys: Collection[UUID]) -> list[Tie]:
        """Give what hangs on the keys of people: their procedures, mandates, duplicates, and whom they represent."""
        with self._database.reading() as rows:
            found = rows.all_in(_LINKS_OF, [key.bytes for key in keys])
        return [Tie(UUID(bytes=bytes(key)), LinkKind(kind), UUID(bytes=bytes(stream))) for key, kind, stream in found]

    def fates(self, scopes: Collection[ScopeInstance]) -> dict[ScopeInstance, Fate]:
        """Give what became of those of these scopes that ever had a key."""
        with self._database.reading() as rows:
            found = rows.all_in(_FATES, [str(scope) for scope in scopes])
        return {scope_named(scope): Fate(fenced, destroyed) for scope, fenced, destroyed in found}

    def agent_months_of(self, streams: Collection[UUID]) -> set[ScopeInstance]:
        """Give the living agent months in which something of these streams was recorded by that agent."""
        with self._database.reading() as rows:
            found = rows.all_in(_POSITIONS_OF, [stream.bytes for stream in streams])
        positions, months = {position for position, _ in found}, {recorded[:7] for _, recorded in found}
        return {
            scope
            for key, scope in (self.living(Scope.AGENT_MONTH) if positions else ())
            if scope.of[-7:] in months and self._acted(key, positions)
        }

    def _acted(self, key: UUID, positions: Set[int]) -> bool:
        with self._database.reading() as rows:
            return any(position in positions for (position,) in rows.all(_ACTS_OF, (key.bytes,)))

    def head(self) -> int:
        """Give the position of the latest event."""
        with self._database.reading() as rows:
            found = rows.one("SELECT size FROM log_head")
        return int(found[0]) if found else 0

    def pending(self) -> list[Fence]:
        """Give the fences whose destruction is not completed, oldest first."""
        with self._database.reading() as rows:
            found = rows.all(_PENDING)
        return [Fence(scope_named(scope), UUID(bytes=bytes(key)), position) for scope, key, position in found]

    def wipe_log(self) -> Traces:
        """Move the write-ahead log into the database and cut it to nothing; pending while somebody reads."""
        if self._database.dialect != SQLITE:
            return Traces.WITH_THE_SERVER
        with self._database.reading() as rows:
            busy = (rows.one("PRAGMA wal_checkpoint(TRUNCATE)") or (1,))[0]
        return Traces.PENDING if busy else Traces.WIPED

    def vacuum(self) -> Traces:
        """
        Rewrite the tables, so that no page keeps traces of dead rows (secure deletion misses what rebalancing copies).

        :raises LedgerBusy: if somebody is using the ledger for longer than a writer waits
        """
        with self._database.reading() as rows:
            if self._database.dialect == SQLITE:
                rows.run("VACUUM")
            else:
                rows.run("VACUUM (FULL) boxes")
                rows.run("VACUUM (FULL) links")
                rows.run("VACUUM (FULL) events")
        return self.wipe_log()

    def past_everything(self, *, before: datetime) -> Iterator[EmptiedStream]:
        """
        Give the streams of which nothing is left but their headers, the last of it destroyed by `before`.

        :raises HeaderMalformed: if a header can't be read
        """
        return past_everything(self._database, before=before)

    def headers_of(self, streams: Iterable[EmptiedStream]) -> Iterator[HeaderBatch]:
        """
        Put the headers of streams together in batches that one record each accounts for.

        A stream that moved since it was looked at, or of which anything is left, is left out; so is one that hangs on
        another (an access on its procedure) that still has its headers and is not among these.
        """
        return header_batches(self._database, streams)

    def prune(
        self, command: Command, batch: HeaderBatch, *, authority: UUID, run: UUID, guards: Iterable[Guard] = ()
    ) -> Recorded:
        """
        Append the record of a batch and delete its headers, in one transaction; the leaf hashes stay.

        :raises StreamMovedOn: if a stream of it gained an event, or was pruned by somebody else
        :raises Conflict: if a guard fails
        """
        return self._streams.commit(
            command, *batch.records(authority=authority, run=run), guards=[*batch.guards, *guards], outcome="PRUNED",
            pruned=batch.pruned,
        )  # fmt: skip

    def forget_answers(self, *, now: datetime) -> int:
        """Forget the answers to commands that are older than `limits.IDEMPOTENCY_LIFE`; give how many."""
        with self._database.writing() as (rows, _), on_path(rows, "prune"):
            return rows.run(_FORGET, (instant(now - IDEMPOTENCY_LIFE),)).rowcount
