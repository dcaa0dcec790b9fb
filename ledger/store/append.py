"""
The append protocol: the one way by which anything enters the log.

1. Take the write lock; nothing was read before it.
2. Check the guards, each as a later statement of its own: the id of the command is new, every stream is still where the
   command saw it, no scope it touches is fenced, every key it claims is free.
3. Write the leaves, events, claims, boxes and links, at the positions that follow the head.
4. Write the roots of the tiles of the Merkle tree that this fills, and move the head, with the tree's right edge.
5. Commit. Whoever is told of a position can rely on it.

Positions come from the head row alone, so they are 1, 2, 3 ... without a gap, in the order in which commits became
visible: a reader who has seen position n has seen, or can see, all before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from ledger.aggregates.base import AGGREGATES
from ledger.identifiers import short
from ledger.limits import BATCH_EVENTS
from ledger.merkle import Frontier
from ledger.store.engine import VALUES_AT_ONCE, Question, Row, Rows, marks
from ledger.store.failures import (
    CommandIdReused,
    NotFenced,
    ScopeClosing,
    ScopeStirred,
    StoreCorrupt,
    StreamMovedOn,
    TooManyEvents,
)
from ledger.store.mapper import NewEvent
from ledger.store.setup import on_path

INSERT_LEAF = "INSERT INTO leaves (position, leaf_hash) VALUES (?, ?)"
INSERT_NODE = "INSERT INTO tree_nodes (level, number, hash) VALUES (?, ?, ?)"
INSERT_EVENT = (
    "INSERT INTO events (position, event_id, stream_id, stream_version, topic, recorded_at, header) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
INSERT_CLAIM = "INSERT INTO key_claims (key_id, scope, position) VALUES (?, ?, ?)"
INSERT_BOX = "INSERT INTO boxes (position, box_no, key_id, bytes) VALUES (?, ?, ?, ?)"
INSERT_LINK = "INSERT INTO links (key_id, kind, tag, position, stream_id) VALUES (?, ?, ?, ?, ?)"
INSERT_FENCE = "INSERT INTO fences (scope, key_id, position) VALUES (?, ?, ?)"
INSERT_ANSWER = (
    "INSERT INTO idempotency (command_tag, request_tag, first_position, events, outcome, recorded_at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
MARK_DESTROYED = "UPDATE fences SET destroyed = ? WHERE key_id = ? AND destroyed IS NULL"
DELETE_BOXES = "DELETE FROM boxes WHERE key_id = ?"
DELETE_LINKS = "DELETE FROM links WHERE key_id = ?"
# A destruction notes which streams it empties: their headers go when nothing else of them is left.
NOTE_EMPTIED = (
    "INSERT INTO emptied (stream_id, destroyed) SELECT DISTINCT e.stream_id, ? FROM boxes b "
    "JOIN events e ON e.position = b.position WHERE b.key_id = ? AND ({}) "
    "ON CONFLICT (stream_id) DO UPDATE SET destroyed = excluded.destroyed"
)
PRUNE_HEADERS = "DELETE FROM events WHERE stream_id IN ({})"
FORGET_EMPTIED = "DELETE FROM emptied WHERE stream_id IN ({})"
MOVE_HEAD = "UPDATE log_head SET size = ?, frontier = ? WHERE one = 1"
_IS_DONE = "EXISTS (SELECT 1 FROM idempotency WHERE command_tag = ?)"
# The index gives the latest version in one step; with a GROUP BY, SQLite would read every version.
_VERSION = "(SELECT MAX(stream_version) FROM events WHERE stream_id = ?)"
_IS_FENCED = "EXISTS (SELECT 1 FROM fences WHERE scope IN ({}))"
_IS_CLAIMED = "EXISTS (SELECT 1 FROM key_claims WHERE scope IN ({}))"
_IS_USED = "EXISTS (SELECT 1 FROM key_claims WHERE key_id IN ({}))"
# What hangs on a key as an access does has a box under it too; so only the other kinds, few on any key, are looked at.
_IS_STIRRED = (
    "(EXISTS (SELECT 1 FROM key_claims c JOIN boxes b ON b.key_id = c.key_id WHERE c.scope = ? AND b.position > ?) OR "
    "EXISTS (SELECT 1 FROM key_claims c JOIN links l ON l.key_id = c.key_id WHERE c.scope = ? "
    "AND l.kind IN ('procedure', 'mandate', 'merged', 'represents') AND l.position > ?))"
)
ANSWER = "SELECT request_tag, first_position, events, outcome FROM idempotency WHERE command_tag = ?"


class ClaimTaken(Exception):
    """Another process claimed a scope, or a key, since the look-up: the writer seals again with the key that won."""


class CommandRepeated(Exception):
    """The command was done before: the answer that was kept is the answer."""


@dataclass(frozen=True)
class Answer:
    """What was answered to a command that had been done before."""

    first_position: int
    events: int
    outcome: str

    @property
    def positions(self) -> tuple[int, ...]:
        """The positions of its events."""
        return tuple(range(self.first_position, self.first_position + self.events))


@dataclass(frozen=True)
class AnswerToKeep:
    """The answer to remember for a command."""

    command_tag: UUID
    request_tag: bytes
    outcome: str
    recorded_at: str


@dataclass(frozen=True)
class Batch:
    """All that one append writes, and what must hold for it to be written."""

    events: Sequence[NewEvent]
    claims: Mapping[str, UUID] = field(default_factory=dict)
    """New claims: the scope, and the key that it gets."""
    fences: Mapping[str, UUID] = field(default_factory=dict)
    """Scopes that close with this append, and their keys."""
    open_scopes: Iterable[str] = ()
    """Scopes that must not be fenced."""
    versions: Mapping[UUID, int] = field(default_factory=dict)
    """The version at which each stream must still stand; 0 for a stream that must not exist."""
    quiet: Mapping[str, int] = field(default_factory=dict)
    """Scopes under whose key nothing may have been sealed or linked after a position."""
    destroyed: Sequence[UUID] = ()
    """Fenced keys whose boxes and links are deleted with this append."""
    pruned: Mapping[UUID, int] = field(default_factory=dict)
    """Streams that lose all their headers with this append, and how many that is."""
    answer: AnswerToKeep | None = None


def append(rows: Rows, head: Row, batch: Batch) -> range:
    """
    Check the guards and write the batch, under the lock that `head` was read with; give the positions.

    :raises TooManyEvents: above `limits.BATCH_EVENTS`
    :raises CommandRepeated: if the command was done before
    :raises StreamMovedOn: if a stream is not at the version that the command saw
    :raises ScopeClosing: if a scope is fenced
    :raises ScopeStirred: if something was sealed or linked since, under a key that is to go
    :raises ClaimTaken: if a scope or a key was claimed meanwhile
    :raises NotFenced: if a key is not waiting to be destroyed
    """
    if len(batch.events) > BATCH_EVENTS:
        raise TooManyEvents(count=len(batch.events), limit=BATCH_EVENTS)
    _check(rows, batch)
    first = head[0] + 1
    frontier, full = _tree(head).grow([event.leaf for event in batch.events])
    if batch.destroyed:
        _destroy_contents(rows, batch.destroyed, at=first)
    if batch.pruned:
        _prune_headers(rows, batch.pruned)
    with rows.together():
        _write_events(rows, first, batch.events)
        rows.run_many(INSERT_NODE, full)
        rows.run_many(INSERT_CLAIM, [(key.bytes, scope, first) for scope, key in batch.claims.items()])
        _write_contents(rows, first, batch.events)
        rows.run_many(INSERT_FENCE, [(scope, key.bytes, first) for scope, key in batch.fences.items()])
        if batch.answer is not None:
            rows.run(INSERT_ANSWER, _answer_row(batch.answer, first, len(batch.events)))
        if batch.events:
            rows.run(MOVE_HEAD, (frontier.size, frontier.to_bytes()))
    return range(first, frontier.size + 1)


def _check(rows: Rows, batch: Batch) -> None:
    """Ask all guards in as few statements as fit; the lock is held, so what they answer stays true until the commit."""
    streams = list(batch.versions.items())
    repeated = () if batch.answer is None else ((_IS_DONE, (batch.answer.command_tag.bytes,)),)
    versions = [(_VERSION, (stream.bytes,)) for stream, _ in streams]
    closed = _any_of(_IS_FENCED, list(batch.open_scopes))
    taken = [
        *_any_of(_IS_CLAIMED, list(batch.claims)),
        *_any_of(_IS_USED, [key.bytes for key in batch.claims.values()]),
    ]
    stirred = [(_IS_STIRRED, (scope, upto, scope, upto)) for scope, upto in batch.quiet.items()]
    answers = rows.ask([*repeated, *versions, *closed, *stirred, *taken])
    if any(_next(answers, len(repeated))):
        raise CommandRepeated
    for (stream, expected), found in zip(streams, _next(answers, len(streams)), strict=True):
        if (found or 0) != expected:
            raise StreamMovedOn(reference=short(stream))
    if any(_next(answers, len(closed))):
        raise ScopeClosing
    if any(_next(answers, len(stirred))):
        raise ScopeStirred
    if any(answers):
        raise ClaimTaken


def _next(answers: list[Any], count: int) -> list[Any]:
    """Take the next answers off the list."""
    taken = answers[:count]
    del answers[:count]
    return taken


def _any_of(question: str, values: Sequence[Any]) -> list[Question]:
    """Ask whether there is a row for any of the values."""
    parts = [values[start : start + VALUES_AT_ONCE] for start in range(0, len(values), VALUES_AT_ONCE)]
    return [(question.format(marks(len(part))), part) for part in parts]


def _tree(head: Row) -> Frontier:
    size, edge = head
    try:
        return Frontier.from_bytes(size, bytes(edge))
    except ValueError as fault:
        raise StoreCorrupt(fault="log_head") from fault


def _write_events(rows: Rows, first: int, events: Sequence[NewEvent]) -> None:
    leaves, headers = [], []
    for position, event in enumerate(events, start=first):
        leaves.append((position, event.leaf))
        headers.append(
            (
                position,
                event.event_id.bytes,
                event.stream_id.bytes,
                event.version,
                event.topic,
                event.recorded_at,
                event.header,
            )
        )
    rows.run_many(INSERT_LEAF, leaves)
    rows.run_many(INSERT_EVENT, headers)


def _write_contents(rows: Rows, first: int, events: Sequence[NewEvent]) -> None:
    boxes, links = [], []
    for position, event in enumerate(events, start=first):
        for box_no, box in enumerate(event.boxes):
            boxes.append((position, box_no, box.key_id.bytes, box.content))
        for link in event.links:
            stream = b"" if link.stream_id is None else link.stream_id.bytes
            links.append((link.key_id.bytes, link.kind, link.tag, position, stream))
    rows.run_many(INSERT_BOX, boxes)
    rows.run_many(INSERT_LINK, links)


def _answer_row(kept: AnswerToKeep, first: int, events: int) -> Row:
    return (kept.command_tag.bytes, kept.request_tag, first, events, kept.outcome, kept.recorded_at)


def _destroy_contents(rows: Rows, keys: Sequence[UUID], *, at: int) -> None:
    """Delete the boxes and links of fenced keys, and mark their fences as done by the event at position `at`."""
    kinds = [f"{kind}.%" for kind in prunable_kinds()]
    note = NOTE_EMPTIED.format(" OR ".join(["e.topic LIKE ?"] * len(kinds)))
    with on_path(rows, "destroy"):
        for key in keys:
            if rows.run(MARK_DESTROYED, (at, key.bytes)).rowcount != 1:
                raise NotFenced(key=short(key))
            rows.run(note, (at, key.bytes, *kinds))
            rows.run(DELETE_BOXES, (key.bytes,))
            rows.run(DELETE_LINKS, (key.bytes,))


def prunable_kinds() -> list[str]:
    """Give the kinds of streams whose headers may go once every key of theirs is destroyed."""
    return sorted(kind for kind, aggregate in AGGREGATES.items() if aggregate.DIES_WITH is not None)


def _prune_headers(rows: Rows, pruned: Mapping[UUID, int]) -> None:
    """Delete the headers of streams whose versions were checked; the leaf hashes stay."""
    streams = [stream.bytes for stream in pruned]
    deleted = 0
    with on_path(rows, "prune"):
        for start in range(0, len(streams), VALUES_AT_ONCE):
            part = streams[start : start + VALUES_AT_ONCE]
            deleted += rows.run(PRUNE_HEADERS.format(marks(len(part))), part).rowcount
            rows.run(FORGET_EMPTIED.format(marks(len(part))), part)
    if deleted != sum(pruned.values()):
        raise StoreCorrupt(fault="headers")


def earlier_answer(rows: Rows, command_tag: UUID, request_tag: bytes) -> Answer | None:
    """
    Give the answer to a command that was done before, or None.

    :raises CommandIdReused: if the id came with another request
    """
    found = rows.one(ANSWER, (command_tag.bytes,))
    if found is None:
        return None
    if bytes(found[0]) != request_tag:
        raise CommandIdReused(command=command_tag.hex)
    return Answer(*found[1:])
