"""
The append protocol: the one way by which anything enters the log.

1. Take the write lock; nothing was read before it.
2. Check the guards, each as a later statement of its own: the id of the command is new, every stream is still where the
   command saw it, no scope it touches is fenced, every key it claims is free.
3. Write the leaves, events, claims, boxes and links, at the positions that follow the head.
4. Move the head, with the right edge of the Merkle tree.
5. Commit. Whoever is told of a position can rely on it.

Positions come from the head row alone, so they are 1, 2, 3 ... without a gap, in the order in which commits became
visible: a reader who has seen position n has seen, or can see, all before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from ledger.identifiers import short
from ledger.limits import BATCH_EVENTS
from ledger.merkle import Frontier
from ledger.store.engine import Row, Rows
from ledger.store.failures import CommandIdReused, NotFenced, ScopeClosing, StoreCorrupt, StreamMovedOn, TooManyEvents
from ledger.store.mapper import NewEvent
from ledger.store.setup import on_path

INSERT_LEAF = "INSERT INTO leaves (position, leaf_hash) VALUES (?, ?)"
INSERT_EVENT = (
    "INSERT INTO events (position, event_id, stream_id, stream_version, topic, recorded_at, header) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
INSERT_CLAIM = "INSERT INTO key_claims (key_id, scope, position) VALUES (?, ?, ?)"
INSERT_BOX = "INSERT INTO boxes (position, box_no, key_id, bytes) VALUES (?, ?, ?, ?)"
INSERT_LINK = "INSERT INTO links (key_id, kind, tag, position, stream_id) VALUES (?, ?, ?, ?, ?)"
INSERT_FENCE = "INSERT INTO fences (scope, key_id, position) VALUES (?, ?, ?)"
INSERT_ANSWER = (
    "INSERT INTO idempotency (command_id, request_tag, first_position, events, outcome, recorded_at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
STREAMS_AT_ONCE = 500
MARK_DESTROYED = "UPDATE fences SET destroyed = ? WHERE key_id = ? AND destroyed IS NULL"
DELETE_BOXES = "DELETE FROM boxes WHERE key_id = ?"
DELETE_LINKS = "DELETE FROM links WHERE key_id = ?"
MOVE_HEAD = "UPDATE log_head SET size = ?, frontier = ? WHERE one = 1"
ANSWER = "SELECT request_tag, first_position, events, outcome FROM idempotency WHERE command_id = ?"


class ClaimTaken(Exception):  # not an error of the user's: the writer seals again with the keys that won
    """Another process claimed a scope, or a key, between the look-up and the lock."""


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

    command_id: UUID
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
    destroyed: Sequence[UUID] = ()
    """Fenced keys whose boxes and links are deleted with this append."""
    answer: AnswerToKeep | None = None


def append(rows: Rows, head: Row, batch: Batch) -> range:
    """
    Check the guards and write the batch, under the lock that `head` was read with; give the positions.

    :raises TooManyEvents: above `limits.BATCH_EVENTS`
    :raises StreamMovedOn: if a stream is not at the version that the command saw
    :raises ScopeClosing: if a scope is fenced
    :raises ClaimTaken: if a scope or a key was claimed meanwhile
    """
    if len(batch.events) > BATCH_EVENTS:
        raise TooManyEvents(count=len(batch.events), limit=BATCH_EVENTS)
    _check_versions(rows, batch.versions)
    _check_open(rows, batch.open_scopes)
    _check_free(rows, batch.claims)
    frontier = write_events(rows, head, batch.events)
    first = head[0] + 1
    rows.run_many(INSERT_CLAIM, [(key.bytes, scope, first) for scope, key in batch.claims.items()])
    _write_contents(rows, first, batch.events)
    rows.run_many(INSERT_FENCE, [(scope, key.bytes, first) for scope, key in batch.fences.items()])
    if batch.destroyed:
        destroy_contents(rows, batch.destroyed, at=first)
    if batch.answer is not None:
        kept = batch.answer
        rows.run(
            INSERT_ANSWER,
            (kept.command_id.bytes, kept.request_tag, first, len(batch.events), kept.outcome, kept.recorded_at),
        )
    return move_head(rows, head, frontier)


def write_events(rows: Rows, head: Row, events: Sequence[NewEvent]) -> Frontier:
    """Write leaves and headers after the head; give the tree that the head must move to."""
    size, edge = head
    try:
        frontier = Frontier.from_bytes(size, bytes(edge)).extend(event.leaf for event in events)
    except ValueError as fault:
        raise StoreCorrupt(fault="log_head") from fault
    positions = range(size + 1, frontier.size + 1)
    rows.run_many(INSERT_LEAF, [(position, event.leaf) for position, event in zip(positions, events, strict=True)])
    rows.run_many(
        INSERT_EVENT,
        [
            (
                position, event.event_id.bytes, identifier_bytes(event.originator_id), event.originator_version,
                event.topic, event.recorded_at, event.state,
            )
            for position, event in zip(positions, events, strict=True)
        ],
    )  # fmt: skip
    return frontier


def move_head(rows: Rows, head: Row, frontier: Frontier) -> range:
    """Move the head over what was written, as the last statement before the commit; give the positions."""
    if frontier.size > head[0]:
        rows.run(MOVE_HEAD, (frontier.size, frontier.to_bytes()))
    return range(head[0] + 1, frontier.size + 1)


def identifier_bytes(identifier: UUID | str) -> bytes:
    """Give the stored form of an identifier."""
    return identifier.bytes if isinstance(identifier, UUID) else UUID(identifier).bytes


def destroy_contents(rows: Rows, keys: Sequence[UUID], *, at: int) -> None:
    """
    Delete the boxes and links of fenced keys, and mark their fences as done by the event at position `at`.

    :raises NotFenced: if a key is not fenced, or was destroyed already
    """
    with on_path(rows, "destroy"):
        for key in keys:
            if rows.run(MARK_DESTROYED, (at, key.bytes)).rowcount != 1:
                raise NotFenced(key=short(key))
            rows.run(DELETE_BOXES, (key.bytes,))
            rows.run(DELETE_LINKS, (key.bytes,))


def earlier_answer(rows: Rows, command_id: UUID, request_tag: bytes) -> Answer | None:
    """
    Give the answer to a command that was done before, or None.

    :raises CommandIdReused: if the id came with another request
    """
    found = rows.one(ANSWER, (command_id.bytes,))
    if found is None:
        return None
    if bytes(found[0]) != request_tag:
        raise CommandIdReused(command=command_id.hex)
    return Answer(*found[1:])


def _check_versions(rows: Rows, versions: Mapping[UUID, int]) -> None:
    """Compare each stream's latest version, which its index gives in one step (a GROUP BY would read every version)."""
    streams = list(versions)
    for start in range(0, len(streams), STREAMS_AT_ONCE):
        part = streams[start : start + STREAMS_AT_ONCE]
        found = rows.one(_latest_versions(len(part)), [stream.bytes for stream in part])
        for stream, version in zip(part, found or (), strict=True):
            if (version or 0) != versions[stream]:
                raise StreamMovedOn(reference=short(stream))


@lru_cache(maxsize=256)
def _latest_versions(count: int) -> str:
    return "SELECT " + ", ".join(["(SELECT MAX(stream_version) FROM events WHERE stream_id = ?)"] * count)


def _check_open(rows: Rows, scopes: Iterable[str]) -> None:
    if rows.all_in("SELECT 1 FROM fences WHERE scope IN ({})", tuple(scopes)):
        raise ScopeClosing


def _check_free(rows: Rows, claims: Mapping[str, UUID]) -> None:
    taken = rows.all_in("SELECT 1 FROM key_claims WHERE scope IN ({})", tuple(claims)) or rows.all_in(
        "SELECT 1 FROM key_claims WHERE key_id IN ({})", [key.bytes for key in claims.values()]
    )
    if taken:
        raise ClaimTaken


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
