"""
Checking the whole log against itself: every leaf, header, column and box is read again, nothing is taken on trust.

This tells whether the store is what it says. Whether it is what it *was* is told by a checkpoint kept elsewhere, which
the root computed here must match.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from ledger.errors import IntegrityBroken
from ledger.merkle import Frontier, leaf_hash
from ledger.store.engine import SQLITE, Database, Row, Rows
from ledger.store.header import Header, parse

DESTROYED_TOPIC = "destruction.completed."
"""The beginning of the topics whose `covers` accounts for the missing boxes of a key."""
PRUNED_TOPIC = "headers.pruned."
"""The beginning of the topics whose `ranges` account for missing headers, of positions before their own."""
BREAKS_TOLD = 100
_ROWS_AT_ONCE = 1_000

_HEAD = "SELECT size, frontier FROM log_head WHERE one = 1"
_OWNER = "SELECT ledger_id FROM store_format WHERE one = 1"
_LEAVES = "SELECT position, leaf_hash FROM leaves WHERE position > ? ORDER BY position LIMIT ?"
_EVENTS = (
    "SELECT position, event_id, stream_id, stream_version, topic, recorded_at, header "
    "FROM events WHERE position > ? AND position <= ? ORDER BY position"
)
_BOXES = "SELECT position, box_no, key_id, bytes FROM boxes WHERE position > ? AND position <= ?"
_BEYOND = tuple(f"SELECT MIN(position) FROM {table} WHERE position > ?" for table in ("leaves", "events", "boxes"))
_LEFT_OVER = tuple(f"SELECT DISTINCT key_id FROM {table} WHERE key_id IN ({{}})" for table in ("boxes", "links"))


class Flaw(StrEnum):
    """What is wrong at a position."""

    FILE_DAMAGED = "file-damaged"
    LEAF_MISSING = "leaf-missing"
    HEADER_MISSING = "header-missing"
    HEADER_ALTERED = "header-altered"
    HEADER_MALFORMED = "header-malformed"
    COLUMN_DIFFERS = "column-differs"
    BOX_MISSING = "box-missing"
    BOX_ALTERED = "box-altered"
    BOX_UNEXPECTED = "box-unexpected"
    NOT_DESTROYED = "not-destroyed"
    """A key is recorded as destroyed, and boxes or links of it are still there."""
    NOT_PRUNED = "not-pruned"
    """A header is recorded as pruned, and is still there, or was accounted for already."""
    BEYOND_HEAD = "beyond-head"
    HEAD_DIFFERS = "head-differs"
    """The head does not say what the leaves say."""


@dataclass(frozen=True)
class Break:
    """One flaw, and the position at which it stands (0 for the file or the head)."""

    position: int
    flaw: Flaw


@dataclass
class LogCheck:
    """What a check of the whole log found."""

    size: int
    root: bytes = b""
    breaks: list[Break] = field(default_factory=list)
    destroyed: dict[UUID, int] = field(default_factory=dict)
    """Keys that a destruction event accounts for, and its position."""
    missing: dict[UUID, int] = field(default_factory=dict)
    """Keys with a box that is gone, and the first position where one is."""
    headless: Positions = field(init=False)
    """Positions without a header that nothing accounts for; a record that does so stands after them."""

    def __post_init__(self) -> None:
        self.headless = Positions(self.size)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.breaks

    def report(self, position: int, flaw: Flaw) -> None:
        """Note a flaw; the first ones are enough to know."""
        self.breaks.append(Break(position, flaw))
        if len(self.breaks) > 2 * BREAKS_TOLD:
            self.keep_the_first()

    def keep_the_first(self) -> None:
        """Keep the flaws at the first positions, in their order."""
        self.breaks = sorted(self.breaks, key=lambda found: found.position)[:BREAKS_TOLD]


class Positions:
    """A set of positions of the log, one bit each: a hundred million take twelve megabytes."""

    def __init__(self, last: int) -> None:
        self._bits = bytearray(last // 8 + 1)
        self._last = last

    def add(self, position: int) -> None:
        """Take a position in."""
        self._bits[position >> 3] |= 1 << (position & 7)

    def discard(self, position: int) -> bool:
        """Take a position out; say whether it was in."""
        held = position <= self._last and bool(self._bits[position >> 3] & 1 << (position & 7))
        if held:
            self._bits[position >> 3] ^= 1 << (position & 7)
        return held

    def __iter__(self) -> Iterator[int]:
        """Give the positions in their order."""
        for place in (place for place, byte in enumerate(self._bits) if byte):
            yield from (place * 8 + bit for bit in range(8) if self._bits[place] >> bit & 1)


def check_log(database: Database) -> LogCheck:
    """
    Read the whole log again; what was destroyed or pruned is told by the log itself.

    :raises StoreCorrupt: if the file can't be read at all
    """
    with database.snapshot() as rows:
        size, edge = rows.one(_HEAD) or (0, b"")
        check = LogCheck(size)
        if database.dialect == SQLITE and rows.one("PRAGMA quick_check(1)") != ("ok",):
            check.report(0, Flaw.FILE_DAMAGED)
        owner = rows.one(_OWNER)
        tree = _check_rows(rows, check, bytes(owner[0]) if owner else b"")
        _check_totals(rows, check, tree, bytes(edge))
    check.keep_the_first()
    return check


def _check_rows(rows: Rows, check: LogCheck, owner: bytes) -> Frontier:
    tree = Frontier()
    for after, leaves in _leaf_batches(rows, check):
        upto = after + len(leaves)
        events = {row[0]: row for row in rows.all(_EVENTS, (after, upto))}
        boxes: dict[int, dict[int, Row]] = {}
        for row in rows.all(_BOXES, (after, upto)):
            boxes.setdefault(row[0], {})[row[1]] = row
        for position, leaf in enumerate(leaves, start=after + 1):
            event = events.get(position)
            if event is not None:
                _check_event(check, owner, leaf, event, boxes.get(position, {}))
            else:
                check.headless.add(position)
                if position in boxes:
                    check.report(position, Flaw.BOX_UNEXPECTED)
        tree = tree.extend(leaves)
    return tree


def _leaf_batches(rows: Rows, check: LogCheck) -> Iterator[tuple[int, list[bytes]]]:
    """Give the leaves in order, as far as they have no gap."""
    after = 0
    while after < check.size:
        found = rows.all(_LEAVES, (after, _ROWS_AT_ONCE))
        leaves = [bytes(leaf) for place, (position, leaf) in enumerate(found, start=after + 1) if position == place]
        yield after, leaves
        after += len(leaves)
        if len(leaves) < len(found) or not found:
            if after < check.size:
                check.report(after + 1, Flaw.LEAF_MISSING)
            return


def _check_event(check: LogCheck, owner: bytes, leaf: bytes, row: Row, boxes: dict[int, Row]) -> None:
    position = row[0]
    content = bytes(row[6])
    if leaf_hash(content) != leaf:
        check.report(position, Flaw.HEADER_ALTERED)
    try:
        header = parse(content)
    except IntegrityBroken:
        check.report(position, Flaw.HEADER_MALFORMED)
        return
    columns = (header.event.bytes, header.stream.bytes, header.n, header.topic, header.recorded_at)
    if (bytes(row[1]), bytes(row[2]), *row[3:6]) != columns or header.ledger.bytes != owner:
        check.report(position, Flaw.COLUMN_DIFFERS)
    if header.covers is not None and header.topic.startswith(DESTROYED_TOPIC):
        check.destroyed.setdefault(header.covers, position)
    if header.topic.startswith(PRUNED_TOPIC):
        _check_pruned(check, position, header)
    _check_boxes(check, position, header, boxes)


def _check_pruned(check: LogCheck, position: int, header: Header) -> None:
    """Take what a record accounts for off what is missing; it stands after all of it, so that is known by now."""
    for first, last in header.ranges:
        for covered in range(first, min(last + 1, position)):
            if not check.headless.discard(covered):
                check.report(covered, Flaw.NOT_PRUNED)
        if last >= position:
            check.report(position, Flaw.NOT_PRUNED)


def _check_boxes(check: LogCheck, position: int, header: Header, boxes: dict[int, Row]) -> None:
    if any(box_no >= len(header.boxes) for box_no in boxes):
        check.report(position, Flaw.BOX_UNEXPECTED)
    for box_no, entry in enumerate(header.boxes):
        row = boxes.get(box_no)
        if row is None:
            check.missing.setdefault(entry.key, position)
        elif bytes(row[2]) != entry.key.bytes or sha256(row[3]).hexdigest() != entry.sha256:
            check.report(position, Flaw.BOX_ALTERED)


def _check_totals(rows: Rows, check: LogCheck, tree: Frontier, edge: bytes) -> None:
    check.root = tree.root()
    if tree.size == check.size and tree.to_bytes() != edge:
        check.report(0, Flaw.HEAD_DIFFERS)
    for key, position in check.missing.items():
        if key not in check.destroyed:
            check.report(position, Flaw.BOX_MISSING)
    for position in check.headless:
        check.report(position, Flaw.HEADER_MISSING)
    for text in _BEYOND:
        found = rows.one(text, (check.size,))
        if found and found[0] is not None:
            check.report(found[0], Flaw.BEYOND_HEAD)
    destroyed = [key.bytes for key in check.destroyed]
    for left_over in {bytes(key) for text in _LEFT_OVER for (key,) in rows.all_in(text, destroyed)}:
        check.report(check.destroyed[UUID(bytes=left_over)], Flaw.NOT_DESTROYED)
