"""
Checking the whole log against itself: every leaf, header, column and box is read again, nothing is taken on trust.

This tells whether the store is what it says. Whether it is what it *was* is told by a checkpoint kept elsewhere, which
the root computed here must match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.breaks

    def report(self, position: int, flaw: Flaw) -> None:
        """Note a flaw; the first ones are enough to know."""
        if len(self.breaks) < BREAKS_TOLD:
            self.breaks.append(Break(position, flaw))


def check_log(database: Database, *, pruned: Callable[[int], bool] = lambda position: False) -> LogCheck:
    """
    Read the whole log again; `pruned` says whether an event accounts for the missing header at a position.

    :raises StoreCorrupt: if the file can't be read at all
    """
    with database.snapshot() as rows:
        size, edge = rows.one(_HEAD) or (0, b"")
        check = LogCheck(size)
        if database.dialect == SQLITE and rows.one("PRAGMA quick_check(1)") != ("ok",):
            check.report(0, Flaw.FILE_DAMAGED)
        owner = rows.one(_OWNER)
        tree = _check_rows(rows, check, bytes(owner[0]) if owner else b"", pruned)
        _check_totals(rows, check, tree, bytes(edge))
    check.breaks.sort(key=lambda found: found.position)
    return check


def _check_rows(rows: Rows, check: LogCheck, owner: bytes, pruned: Callable[[int], bool]) -> Frontier:
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
            elif not pruned(position):
                check.report(position, Flaw.HEADER_MISSING)
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
    _check_boxes(check, position, header, boxes)


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
    for text in _BEYOND:
        found = rows.one(text, (check.size,))
        if found and found[0] is not None:
            check.report(found[0], Flaw.BEYOND_HEAD)
    destroyed = [key.bytes for key in check.destroyed]
    for left_over in {bytes(key) for text in _LEFT_OVER for (key,) in rows.all_in(text, destroyed)}:
        check.report(check.destroyed[UUID(bytes=left_over)], Flaw.NOT_DESTROYED)
