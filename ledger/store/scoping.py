"""
What the scope of a breach reads: events by period, house, account and stream, and what keys were claimed for.

Positions are the order in which things were written, so a copy of the database is all positions up to one. Instants are
those of the commands, which may wait for their turn: an instant is looked for a little around where it should stand.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Event, LinkKind, Scope
from ledger.limits import RECORDED_OUT_OF_ORDER
from ledger.store.engine import SQLITE, VALUES_AT_ONCE, Database, Row, Rows, marks
from ledger.store.header import instant
from ledger.store.rebuilding import read_event
from ledger.usecases.breach.scope_ports import WHOLE, Holding, Touch, Window

_FIRST_FROM = "SELECT position, recorded_at FROM events WHERE position >= ? ORDER BY position LIMIT 1"
_LAST_BY = "SELECT position FROM events WHERE position <= ? AND recorded_at <= ? ORDER BY position DESC LIMIT 1"
_SIZE = "SELECT size FROM log_head WHERE one = 1"
_EVENTS = "FROM events e WHERE e.position > ? AND e.position <= ?"
_EVENTS_BY = (
    "FROM links l JOIN events e ON e.position = l.position "
    "WHERE l.key_id = ? AND l.kind = ? AND e.position > ? AND e.position <= ?"
)
_WITHIN = "{events} AND e.recorded_at >= ? AND e.recorded_at < ? AND e.topic IN ({topics}){house}"
_TOUCHED = f"SELECT e.position, e.topic, e.stream_id {_WITHIN}"
_BY_ID = " AND e.event_id < ?"
_COUNTED = f"SELECT {{counts}} {_WITHIN}"
_COUNT = "COUNT(CASE WHEN e.topic = ? THEN 1 END)"
_HOLDINGS = (
    "SELECT c.scope, f.destroyed FROM key_claims c LEFT JOIN fences f ON f.key_id = c.key_id "
    "WHERE c.scope >= ? AND c.scope < ? AND c.position > ? AND c.position <= ?"
)
_FATES = "SELECT c.scope, f.destroyed FROM key_claims c LEFT JOIN fences f ON f.key_id = c.key_id WHERE c.scope IN ({})"
_BEGAN = "SELECT e.stream_id FROM events e WHERE e.stream_version = 1 AND e.stream_id IN ({streams}){house}"
_AT = "SELECT position, stream_id, stream_version, header FROM events WHERE position IN ({})"
_TOUCHES_OF = (
    "SELECT position, topic, stream_id FROM events WHERE stream_id IN ({streams}) AND position > ? AND position <= ? "
    "AND topic IN ({topics}) ORDER BY stream_id, stream_version"
)
_OF_STREAMS = (
    "SELECT position, stream_id, stream_version, header FROM events WHERE stream_id IN ({streams}) "
    "AND position <= ? AND topic IN ({topics}) ORDER BY stream_id, stream_version"
)
# The header is canonical JSON: these bytes stand in it where the house does, and can't stand anywhere else.
_OF_HOUSE = {SQLITE: " AND instr(e.header, ?) > 0", "postgresql": " AND position(CAST(? AS bytea) IN e.header) > 0"}

_AFTER_ANY_INSTANT = "a"  # instants begin with a digit, and digits come before letters
_GOLDEN = 2_654_435_761
"""The golden ratio of 32 bits, by which consecutive numbers are spread (Knuth)."""
_SHARE_BYTES = 2
_STRETCHES = 2_000
"""Into how many stretches a part of the log is cut."""


class ScopeReader(ABC):
    """Reads one event database for the scope of a breach; nothing is opened."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def position_at(self, at: datetime) -> int:
        """Give the position of the last event recorded by an instant; 0 where there is none."""
        with self._database.reading() as rows:
            after = _first_after(rows, instant(at + RECORDED_OUT_OF_ORDER))
            found = rows.one(_LAST_BY, (after, instant(at)))
        return 0 if found is None else int(found[0])

    def touched(self, window: Window, topics: Collection[str], *, share: int) -> Sequence[Touch]:
        """Give the events of these topics, or a share of them, of `WHOLE`, taken evenly along the log."""
        if not topics:
            return []
        with self._database.reading() as rows:
            low, high, *instants = _bounds(rows, window)
            if (
                window.agent is not None and share < WHOLE
            ):  # links have no order of their own: by the events' random ids
                least_left_out = share.to_bytes(_SHARE_BYTES, "big")
                bounds = (low, high, *instants)
                return _touches(self._within(rows, _TOUCHED + _BY_ID, window, bounds, topics, least_left_out))
            found = [
                row
                for after, upto in _stretches(low, high, share)
                for row in self._within(rows, _TOUCHED, window, (after, upto, *instants), topics)
            ]
        return _touches(found)

    def summed(
        self, window: Window, *, of_streams: Collection[str], of_events: Collection[str]
    ) -> tuple[Sequence[Touch], Mapping[str, int]]:
        """
        Give, of some topics, the first event of each stream; of others, how many events there are by topic.

        To read everything twice costs less than to sort it; a house or an account is read once, having less to count.
        """
        with self._database.reading() as rows:
            bounds, counts = _bounds(rows, window), Counter[str]()
            if window.house is None and window.agent is None:
                found = self._within(rows, _TOUCHED, window, bounds, of_streams)
                sql = _COUNTED.replace("{counts}", ", ".join([_COUNT] * len(of_events)))
                for row in self._within(rows, sql, window, bounds, of_events, before=of_events):
                    counts.update(dict(zip(of_events, row, strict=True)))
            else:
                both = self._within(rows, _TOUCHED, window, bounds, (*of_streams, *of_events))
                counts.update(row[1] for row in both if row[1] in of_events)
                found = [row for row in both if row[1] not in of_events]
        return _touches([*{row[2]: row for row in reversed(found)}.values()]), +counts

    @abstractmethod
    def keys_of(self, window: Window) -> Sequence[UUID | None]:
        """
        Give the keys of the months of the window's agent; None for each that there is not, or not any more.

        Whoever joins the log to the keys says it.
        """

    def holdings(self, kind: Scope, *, after: int, upto: int) -> Sequence[Holding]:
        """Give every key of a kind of scope that was claimed after a position and up to another."""
        with self._database.reading() as rows:
            found = rows.all(_HOLDINGS, (f"{kind}:", f"{kind};", after, upto))  # ';' follows ':'
        return [Holding(_owner(scope), destroyed) for scope, destroyed in found]

    def fates(self, kind: Scope, streams: Collection[UUID]) -> Mapping[UUID, int | None]:
        """Give, for those of these streams that have a key of this kind, where its destruction was completed."""
        with self._database.reading() as rows:
            found = rows.all_in(_FATES, [f"{kind}:{stream.hex}" for stream in streams])
        return {_owner(scope): destroyed for scope, destroyed in found}

    def of_house(self, streams: Collection[UUID], house: UUID) -> Collection[UUID]:
        """Give those of these streams that began in a house."""
        found: set[UUID] = set()
        with self._database.reading() as rows:
            for part in _parts(list(streams)):
                sql = _BEGAN.format(streams=marks(len(part)), house=_OF_HOUSE[rows.dialect])
                values = [*(stream.bytes for stream in part), _house_in_header(house)]
                found |= {UUID(bytes=bytes(stream)) for (stream,) in rows.all(sql, values)}
        return found

    def touches_of(
        self, streams: Collection[UUID], topics: Collection[str], *, after: int, upto: int
    ) -> Iterator[Touch]:
        """Give the events of these topics in these streams, after a position and up to another, unread."""
        for part in _parts(list(streams)):
            sql = _TOUCHES_OF.format(streams=marks(len(part)), topics=marks(len(topics)))
            with self._database.reading() as rows:
                found = rows.all(sql, [*(stream.bytes for stream in part), after, upto, *topics])
            yield from (Touch(position, topic, UUID(bytes=bytes(stream))) for position, topic, stream in found)

    def events(self, positions: Sequence[int]) -> Iterator[tuple[int, Event]]:
        """Give the events at these positions, sealed, with where they stand; a pruned one is left out."""
        with self._database.reading() as rows:
            found = rows.all_in(_AT, positions)
        return ((row[0], _event(*row)) for row in found)

    def of_streams(self, streams: Collection[UUID], topics: Collection[str], *, upto: int) -> Iterator[Event]:
        """Give the events of these topics in these streams, sealed, each stream in its order."""
        for part in _parts(list(streams)):
            sql = _OF_STREAMS.format(streams=marks(len(part)), topics=marks(len(topics)))
            with self._database.reading() as rows:
                found = rows.all(sql, [*(stream.bytes for stream in part), upto, *topics])
            yield from (_event(*row) for row in found)

    def _within(
        self,
        rows: Rows,
        sql: str,
        window: Window,
        bounds: Sequence[object],
        topics: Collection[str],
        *more: object,
        before: Collection[object] = (),
    ) -> list[Row]:
        """Run a query over a window: over all events, or over what the agent's months lead to."""
        if not topics:
            return []
        values = (*bounds, *topics)
        if window.house is not None:
            values = (*values, _house_in_header(window.house))
        of_house = "" if window.house is None else _OF_HOUSE[rows.dialect]
        events = _EVENTS if window.agent is None else _EVENTS_BY
        asked = sql.format(events=events, topics=marks(len(topics)), house=of_house)
        if window.agent is None:
            return rows.all(asked, (*before, *values, *more))
        keys = [key.bytes for key in self.keys_of(window) if key is not None]
        return [row for key in keys for row in rows.all(asked, (*before, key, LinkKind.ACTOR.value, *values, *more))]


def _bounds(rows: Rows, window: Window) -> tuple[int, int, str, str]:
    """Give the positions and the instants between which a window lies."""
    since = "" if window.since is None else instant(window.since)
    until = _AFTER_ANY_INSTANT if window.until is None else instant(window.until)
    low, high = 0, window.upto
    if window.since is not None:
        low = _first_after(rows, instant(window.since - RECORDED_OUT_OF_ORDER)) - 1
    if window.until is not None:
        high = min(high, _first_after(rows, instant(window.until + RECORDED_OUT_OF_ORDER)))
    return low, high, since, until


def _stretches(low: int, high: int, share: int) -> Iterator[tuple[int, int]]:
    """Cut positions (after, up to) into short stretches that make up a share of all, evenly; one for the whole."""
    if share >= WHOLE:
        yield low, high
        return
    step = max(1, (high - low) // _STRETCHES)
    for after in range(low, high, step):
        upto = min(high, after + step)
        taken = (upto - low) * share // WHOLE - (after - low) * share // WHOLE
        if taken:
            begin = after + _shuffled(after) % (upto - after - taken + 1)
            yield begin, begin + taken


def _shuffled(number: int) -> int:
    """Give a number that looks random: else a part could fall in step with a rhythm of the log."""
    return (number * _GOLDEN >> 16) & 0xFFFF


def _touches(found: Sequence[Row]) -> list[Touch]:
    return [Touch(position, topic, UUID(bytes=bytes(stream))) for position, topic, stream in found]


def _first_after(rows: Rows, said: str) -> int:
    """Give about the first position recorded after an instant, by halves; one beyond the last where there is none."""
    (size,) = rows.one(_SIZE) or (0,)
    low, high = 1, int(size) + 1
    while low < high:
        middle = (low + high) // 2
        found = rows.one(_FIRST_FROM, (middle,))
        if found is None or found[1] > said:
            high = middle
        else:
            low = found[0] + 1
    return low


def _house_in_header(house: UUID) -> bytes:
    return f'"house":"{house.hex}"'.encode()


def _owner(scope: str) -> UUID:
    return UUID(int=int(scope.partition(":")[2], 16))


def _event(position: int, stream: bytes, version: int, header: bytes) -> Event:
    return read_event(position, UUID(bytes=bytes(stream)), version, bytes(header))


def _parts(streams: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(streams), VALUES_AT_ONCE):
        yield streams[start : start + VALUES_AT_ONCE]
