"""What the openers, the projections and the verifier read: boxes, headers in log order, links, claims and the head."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from ledger.aggregates.base import Event, LinkKind, Scope, ScopeInstance
from ledger.merkle import Frontier
from ledger.store.engine import QUESTIONS_AT_ONCE, Database, Question, Row, Rows
from ledger.store.failures import StoreCorrupt
from ledger.store.header import Header, decode, instant_of
from ledger.store.rebuilding import read_event
from ledger.usecases.ports import BoxPlace, BoxRef, Destruction, FoundBox

ROWS_AT_ONCE = 1_000
_BOXES_AT_ONCE = QUESTIONS_AT_ONCE // 2
"""A box and its fence are two questions, and both stand in one statement."""

_BOX = "(SELECT bytes FROM boxes WHERE position = ? AND box_no = ?)"
_IS_FENCED = "EXISTS (SELECT 1 FROM fences WHERE key_id = ?)"
_DESTROYED = "SELECT e.recorded_at, e.header FROM fences f JOIN events e ON e.position = f.destroyed WHERE f.key_id = ?"
_HEADERS = "SELECT position, header FROM events WHERE position > ? AND position <= ? ORDER BY position"
_AT = "SELECT position, header FROM events WHERE position IN ({})"
_UNDER = "SELECT DISTINCT position FROM boxes WHERE key_id = ? ORDER BY position"
_FIRST = "SELECT position, header FROM events WHERE stream_id = ? AND stream_version = 1"
_LEAVES = "SELECT leaf_hash FROM leaves WHERE position > ? AND position <= ? ORDER BY position"
_HEAD = "SELECT size, frontier FROM log_head WHERE one = 1"
_KEY = "SELECT key_id FROM key_claims WHERE scope = ?"
_SCOPES = "SELECT key_id, scope FROM key_claims WHERE key_id IN ({})"
_LINKS = "SELECT tag, position, stream_id FROM links WHERE key_id = ? AND kind = ? ORDER BY position"
_LAST_LINKS = (
    "SELECT tag, position, stream_id FROM links WHERE key_id = ? AND kind = ? AND position < ? "
    "ORDER BY position DESC LIMIT ?"
)
_DESTRUCTIONS = (
    "SELECT f.key_id, e.header FROM fences f JOIN events e ON e.position = f.destroyed WHERE f.key_id IN ({})"
)
_KEYS_OF_KIND = "SELECT key_id, scope FROM key_claims WHERE scope >= ? AND scope < ? ORDER BY scope"


class Logged(NamedTuple):
    """One event as it stands in the log: its position and the exact bytes of its header."""

    position: int
    content: bytes

    @property
    def header(self) -> Header:
        """The header, decoded."""
        return decode(self.content)

    @property
    def commitments(self) -> list[tuple[BoxPlace, bytes]]:
        """Where each box stands, its key among that, and what the header commits to; be it still there or not."""
        header = decode(self.content)
        return [
            (
                BoxPlace(header.ledger, header.event, header.topic, header.stream, header.n, entry.key, entry.alg),
                bytes.fromhex(entry.commitment),
            )
            for entry in header.boxes
        ]

    @property
    def event(self) -> Event:
        """The event, its sealed fields as handles."""
        header = decode(self.content)
        return read_event(self.position, header.stream, header.n, self.content)


class LaidLink(NamedTuple):
    """One link as it is stored: to a stream, or to the event at `position` where there is no stream."""

    tag: bytes
    position: int
    stream_id: UUID | None


class StoredBoxes:
    """Gives the openers what they need of the event database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look_up(self, refs: Sequence[BoxRef]) -> list[FoundBox]:
        """Look boxes up in their order, the fence of each in the statement that reads it: nothing comes between."""
        found: list[FoundBox] = []
        with self._database.reading() as rows:
            for start in range(0, len(refs), _BOXES_AT_ONCE):
                found += _look_up(rows, refs[start : start + _BOXES_AT_ONCE])
        return found

    def destruction(self, key_id: UUID) -> Destruction | None:
        """Give the recorded destruction of a key, or None."""
        with self._database.reading() as rows:
            found = rows.one(_DESTROYED, (key_id.bytes,))
        if found is None:
            return None
        return Destruction(when=instant_of(found[0]), why=decode(bytes(found[1])).decision or "")


def _look_up(rows: Rows, refs: Sequence[BoxRef]) -> Iterator[FoundBox]:
    """Ask once for each key whether it is fenced, and for each box, in one statement."""
    key_ids = [ref.place.key_id.bytes for ref in refs]
    keys = list(dict.fromkeys(key_ids))
    questions: list[Question] = [(_IS_FENCED, (key,)) for key in keys]
    questions += [(_BOX, (ref.position, ref.box_no)) for ref in refs]
    answers = rows.ask(questions)
    fenced = dict(zip(keys, answers[: len(keys)], strict=True))
    for key, content in zip(key_ids, answers[len(keys) :], strict=True):
        yield FoundBox(bool(fenced[key]), None if content is None else bytes(content))


class LogReader:
    """Reads the log in its order; an event is given once all before it can be seen, since positions have no gaps."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def head(self) -> Frontier:
        """
        Give the size and the right edge of the tree.

        :raises StoreCorrupt: if the head is not the edge of any tree
        """
        with self._database.reading() as rows:
            found = rows.one(_HEAD)
        try:
            size, edge = found or (-1, b"")
            return Frontier.from_bytes(size, bytes(edge))
        except ValueError as fault:
            raise StoreCorrupt(fault="log_head") from fault

    def size(self) -> int:
        """Give the position of the latest event; 0 for an empty log."""
        return self.head().size

    def read(self, *, after: int = 0, upto: int | None = None, limit: int = ROWS_AT_ONCE) -> list[Logged]:
        """Give at most `limit` events that follow position `after`, none beyond `upto`, in order."""
        end = after + limit if upto is None else min(after + limit, upto)
        with self._database.reading() as rows:
            return [Logged(position, bytes(header)) for position, header in rows.all(_HEADERS, (after, end))]

    def each(self, *, after: int = 0, upto: int | None = None) -> Iterator[Logged]:
        """Give every event from after `after` up to the head as it is now (or `upto`), a batch at a time."""
        end = self.size() if upto is None else upto
        for start in range(after, end, ROWS_AT_ONCE):
            yield from self.read(after=start, upto=end, limit=ROWS_AT_ONCE)

    def at(self, positions: Sequence[int]) -> list[Logged]:
        """Give the events at these positions, in their order; a pruned one is left out."""
        with self._database.reading() as rows:
            found = {position: bytes(header) for position, header in rows.all_in(_AT, positions)}
        return [Logged(position, found[position]) for position in positions if position in found]

    def under(self, key_id: UUID) -> list[Logged]:
        """Give the events of which a box is sealed under a key, in order; none once what it sealed is deleted."""
        with self._database.reading() as rows:
            positions = [position for (position,) in rows.all(_UNDER, (key_id.bytes,))]
        return self.at(positions)

    def first_of(self, stream_id: UUID) -> Logged | None:
        """Give the event that began a stream; None where there is none, or it is pruned."""
        with self._database.reading() as rows:
            found = rows.one(_FIRST, (stream_id.bytes,))
        return None if found is None else Logged(found[0], bytes(found[1]))

    def leaf_hashes(self, *, after: int = 0, upto: int) -> list[bytes]:
        """Give the leaf hashes of the positions from after `after` to `upto`."""
        with self._database.reading() as rows:
            return [bytes(leaf) for (leaf,) in rows.all(_LEAVES, (after, upto))]

    def key_of(self, scope: ScopeInstance) -> UUID | None:
        """Give the key that a scope was given, or None where nothing was ever sealed for it."""
        with self._database.reading() as rows:
            found = rows.one(_KEY, (str(scope),))
        return None if found is None else UUID(bytes=bytes(found[0]))

    def scope_of(self, key_id: UUID) -> ScopeInstance | None:
        """Give the scope that a key was claimed for, or None."""
        return self.scopes_of([key_id]).get(key_id)

    def scopes_of(self, key_ids: Collection[UUID]) -> dict[UUID, ScopeInstance]:
        """Give the scope that each of these keys was claimed for; a key that nobody claimed is left out."""
        with self._database.reading() as rows:
            found = rows.all_in(_SCOPES, [key_id.bytes for key_id in key_ids])
        return {UUID(bytes=bytes(key)): scope_named(scope) for key, scope in found}

    def destroyed(self, key_ids: Collection[UUID]) -> set[UUID]:
        """Say which of these keys were destroyed, as the header of each destruction says itself."""
        with self._database.reading() as rows:
            found = rows.all_in(_DESTRUCTIONS, [key_id.bytes for key_id in key_ids])
        return {
            UUID(bytes=bytes(key)) for key, header in found if decode(bytes(header)).covers == UUID(bytes=bytes(key))
        }

    def claims(self, kind: Scope) -> list[tuple[UUID, ScopeInstance]]:
        """Give every key claimed for scopes of a kind, with its scope."""
        with self._database.reading() as rows:
            found = rows.all(_KEYS_OF_KIND, (f"{kind}:", f"{kind};"))  # ';' follows ':'
        return [(UUID(bytes=bytes(key)), scope_named(scope)) for key, scope in found]

    def links(self, key_id: UUID, kind: LinkKind) -> list[LaidLink]:
        """Give the links of a kind that hang on a key, in the order in which they were laid."""
        with self._database.reading() as rows:
            return _laid(rows.all(_LINKS, (key_id.bytes, str(kind))))

    def last_links(self, key_id: UUID, kind: LinkKind, *, before: int | None, limit: int) -> list[LaidLink]:
        """Give the last `limit` links of a kind that hang on a key, laid before a position, latest first."""
        with self._database.reading() as rows:
            return _laid(rows.all(_LAST_LINKS, (key_id.bytes, str(kind), before or self.size() + 1, limit)))


def _laid(found: Sequence[Row]) -> list[LaidLink]:
    return [
        LaidLink(bytes(tag), position, UUID(bytes=bytes(stream)) if stream else None) for tag, position, stream in found
    ]


def scope_named(text: str) -> ScopeInstance:
    """Read a scope as it is stored."""
    kind, _, of = text.partition(":")
    return ScopeInstance(Scope(kind), of)
