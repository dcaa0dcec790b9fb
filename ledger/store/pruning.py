"""
Which streams are past everything, and how their headers go together.

A destruction notes the streams that it takes something from, in the table `emptied`; so what is past everything is
found without a search through the log. Whether all of a stream is gone is told by its headers, which name their keys.

An access stands under the trail of its procedure, and the read models show it there: it is pruned with its procedure or
after it, never before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import msgspec

from ledger.aggregates.base import AGGREGATES
from ledger.aggregates.headers import PrunedHeaders, StreamsPruned
from ledger.limits import RANGES_IN_HEADER, STREAMS_PRUNED_AT_ONCE
from ledger.ranges import Ranges
from ledger.store.engine import Database, Rows
from ledger.store.header import HeaderMalformed, instant, instant_of
from ledger.store.reading import scope_named
from ledger.usecases.ports import StreamAt

_AT_ONCE = 1_000
_EMPTIED = (
    "SELECT m.stream_id, d.recorded_at FROM emptied m JOIN events d ON d.position = m.destroyed "
    "WHERE m.stream_id > ? AND d.recorded_at <= ? ORDER BY m.stream_id LIMIT ?"
)
_HEADERS = (
    "SELECT stream_id, position, topic, recorded_at, header FROM events WHERE stream_id IN ({}) "
    "ORDER BY stream_id, stream_version"
)
_DESTROYED = "SELECT f.key_id, f.scope FROM fences f WHERE f.key_id IN ({}) AND f.destroyed IS NOT NULL"
_STANDING = "SELECT stream_id FROM events WHERE stream_id IN ({}) AND stream_version = 1"


class _Box(msgspec.Struct, gc=False):
    key: UUID


class _Keys(msgspec.Struct, gc=False):
    """The members of a header that name keys."""

    boxes: tuple[_Box, ...] = ()


_decode_keys = msgspec.json.Decoder(_Keys).decode


class EmptiedStream(NamedTuple):
    """A stream of which nothing is left but its headers."""

    stream_id: UUID
    kind: str
    version: int
    first_at: datetime
    """When its first header was recorded."""
    last_at: datetime
    """When its last header was recorded."""
    destroyed_at: datetime
    """When the destruction of the last key of it was recorded."""


@dataclass
class _Stream:
    """The headers of one stream: where they stand, which keys they name, when they were recorded."""

    stream_id: UUID
    kind: str
    positions: list[int] = field(default_factory=list)
    keys: set[bytes] = field(default_factory=set)
    instants: list[str] = field(default_factory=list)
    owners: frozenset[UUID] = frozenset()
    """The other streams whose keys it stands under."""

    def take(self, position: int, recorded_at: str, content: bytes) -> None:
        """Take one more header."""
        try:
            self.keys.update(box.key.bytes for box in _decode_keys(content).boxes)
        except (msgspec.DecodeError, ValueError) as fault:
            raise HeaderMalformed(position=position) from fault
        self.positions.append(position)
        self.instants = [recorded_at] if not self.instants else [self.instants[0], recorded_at]


@dataclass(frozen=True)
class HeaderBatch:
    """Headers that go together, with the record of it."""

    streams: tuple[StreamAt, ...]
    ranges: Ranges
    by_kind: tuple[StreamsPruned, ...]
    oldest: datetime
    newest: datetime
    owners: frozenset[UUID] = frozenset()
    """Streams that must have been pruned before."""

    @property
    def pruned(self) -> dict[UUID, int]:
        """How many headers each stream loses; versions have no gaps."""
        return {stream.stream_id: stream.version for stream in self.streams}

    @property
    def guards(self) -> list[StreamAt]:
        """What must hold when the lock is held."""
        return [*self.streams, *(StreamAt(owner, 0) for owner in sorted(self.owners))]

    def records(self, *, authority: UUID, run: UUID) -> list[PrunedHeaders]:
        """Make the record: one event, or several where one person's stream alone has too many ranges for one."""
        return [
            PrunedHeaders.prune(
                Ranges(self.ranges[start : start + RANGES_IN_HEADER]), by_kind=() if start else self.by_kind,
                oldest=self.oldest, newest=self.newest, authority=authority, run=run,
            )
            for start in range(0, len(self.ranges), RANGES_IN_HEADER)
        ]  # fmt: skip


def past_everything(database: Database, *, before: datetime) -> Iterator[EmptiedStream]:
    """Give the streams of which nothing is left but their headers, the last of it destroyed by `before`."""
    after = b""
    while True:
        with database.reading() as rows:
            emptied = rows.all(_EMPTIED, (after, instant(before), _AT_ONCE))
            streams = _emptied(rows, [stream for stream, _ in emptied])
        destroyed_at = {UUID(bytes=bytes(stream)): recorded_at for stream, recorded_at in emptied}
        for stream in streams:
            first_at, last_at = instant_of(stream.instants[0]), instant_of(stream.instants[-1])
            when = instant_of(destroyed_at[stream.stream_id])
            yield EmptiedStream(stream.stream_id, stream.kind, len(stream.positions), first_at, last_at, when)
        if len(emptied) < _AT_ONCE:
            return
        after = bytes(emptied[-1][0])


def header_batches(database: Database, streams: Iterable[EmptiedStream]) -> Iterator[HeaderBatch]:
    """Put the headers of streams together in batches that one record each accounts for."""
    left = iter(streams)
    while part := list(islice(left, STREAMS_PRUNED_AT_ONCE)):
        versions = {stream.stream_id: stream.version for stream in part}
        with database.reading() as rows:
            found = _emptied(rows, [stream.bytes for stream in versions])
            unmoved = [stream for stream in found if len(stream.positions) == versions[stream.stream_id]]
            going = _with_their_owners(rows, unmoved)
        yield from _in_batches(going)


def _emptied(rows: Rows, streams: Sequence[bytes]) -> list[_Stream]:
    """Read the headers of streams; give those that may be pruned and all of whose keys are destroyed."""
    found: dict[bytes, _Stream] = {}
    for start in range(0, len(streams), _AT_ONCE):
        for stream, position, topic, recorded_at, content in rows.all_in(_HEADERS, streams[start : start + _AT_ONCE]):
            key, kind = bytes(stream), topic.partition(".")[0]
            if key not in found:
                found[key] = _Stream(UUID(bytes=key), kind)
            found[key].take(position, recorded_at, bytes(content))
    keys = {key for stream in found.values() for key in stream.keys}
    scopes = {bytes(key): scope_named(scope) for key, scope in rows.all_in(_DESTROYED, list(keys))}
    gone = [stream for stream in found.values() if _may_go(stream) and stream.keys and stream.keys <= scopes.keys()]
    for stream in gone:
        owners = {scopes[key].of for key in stream.keys} - {stream.stream_id.hex}
        stream.owners = frozenset(UUID(hex=owner) for owner in owners if len(owner) == len(stream.stream_id.hex))
    return gone


def _may_go(stream: _Stream) -> bool:
    aggregate = AGGREGATES.get(stream.kind)
    return aggregate is not None and aggregate.DIES_WITH is not None


def _with_their_owners(rows: Rows, streams: Collection[_Stream]) -> list[_Stream]:
    """Leave out what hangs on a stream that stays; put each after what it hangs on, in the order of the log."""
    going = {stream.stream_id: stream for stream in streams}
    elsewhere = {owner for stream in streams for owner in stream.owners} - going.keys()
    found = rows.all_in(_STANDING, [owner.bytes for owner in elsewhere])
    standing = {UUID(bytes=bytes(stream)) for (stream,) in found}

    def place(stream: _Stream) -> tuple[int, bool, int]:
        first = stream.positions[0]
        theirs = [going[owner].positions[0] for owner in stream.owners if owner in going]
        return max([first, *theirs]) if theirs else first, bool(theirs), first

    return sorted((stream for stream in streams if not stream.owners & standing), key=place)


def _in_batches(streams: Sequence[_Stream]) -> Iterator[HeaderBatch]:
    """Cut a list of streams into batches of about the same size, none of more ranges than one record names."""
    ranges = len(Ranges.of(position for stream in streams for position in stream.positions))
    batches = ranges * 10 // (RANGES_IN_HEADER * 9) + 1
    batch, counted = list[_Stream](), _RunCount()
    for stream in streams:
        full = batches > 1 and counted.runs * batches >= ranges
        if batch and (full or counted.after(stream.positions) > RANGES_IN_HEADER):
            yield _batch(batch)
            batch, counted = [], _RunCount()
        batch.append(stream)
        counted.add(stream.positions)
    if batch:
        yield _batch(batch)


class _RunCount:
    """Counts the ranges that positions make, as they are added."""

    def __init__(self) -> None:
        self.runs = 0
        self._positions: set[int] = set()

    def after(self, positions: Sequence[int]) -> int:
        """Give an upper bound of the ranges that there would be with these too."""
        return self.runs + len(Ranges.of(positions))

    def add(self, positions: Sequence[int]) -> None:
        """Take positions in."""
        for position in positions:
            self.runs += 1 - (position - 1 in self._positions) - (position + 1 in self._positions)
            self._positions.add(position)


def _batch(streams: Sequence[_Stream]) -> HeaderBatch:
    kinds = Counter(stream.kind for stream in streams)
    own = {stream.stream_id for stream in streams}
    return HeaderBatch(
        streams=tuple(StreamAt(stream.stream_id, len(stream.positions)) for stream in streams),
        ranges=Ranges.of(position for stream in streams for position in stream.positions),
        by_kind=tuple(StreamsPruned(kind, kinds[kind]) for kind in sorted(kinds)),
        oldest=instant_of(min(stream.instants[0] for stream in streams)),
        newest=instant_of(max(stream.instants[-1] for stream in streams)),
        owners=frozenset[UUID]().union(*(stream.owners for stream in streams)) - own,
    )
