"""
Checking the whole log against itself: every leaf, header, column, box and node is read again, nothing is trusted.

This tells whether the store is what it says. Whether it is what it *was* is told by checkpoints kept elsewhere, which
the roots computed here must match.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from hashlib import sha256
from itertools import pairwise
from typing import Any

from ledger.errors import IntegrityBroken
from ledger.merkle import HASH_BYTES, Frontier, TreeNode
from ledger.store.engine import POSTGRESQL, SQLITE, Database, Row, Rows
from ledger.store.exact import ExactHeaders, StoredBox
from ledger.store.flaws import Flaw, KeyBook, LogCheck, Positions
from ledger.store.header import Header, parse

DESTROYED_TOPIC = "destruction.completed."
"""The beginning of the topics whose `covers` accounts for the missing boxes of a key."""
PRUNED_TOPIC = "headers.pruned."
"""The beginning of the topics whose `ranges` account for missing headers, of positions before their own."""
ORIGIN_TOPIC = "origin.opened."
"""The beginning of the topics whose `follows` names the last checkpoint of the origin before."""
_ROWS_AT_ONCE = 256
"""As many as stay in the caches of a processor until they were compared; a quarter faster than four times as many."""
_BOXES_OF_ONE = 64
"""How far the numbers of an event's boxes may be apart; no event class has as many boxes."""
_NO_BOX: StoredBox = (b"", "")
"""Stands where a box is gone and one with a higher number is not."""
_NO_BOXES: list[StoredBox] = []

_HEAD = "SELECT size, frontier FROM log_head WHERE one = 1"
_FORMAT = "SELECT version, ledger_id FROM store_format WHERE one = 1"
_WITH_NODES = 3
"""The version from which on the roots of full tiles are kept; a backup may be older."""
_LEAVES = "SELECT position, leaf_hash FROM leaves WHERE position > ? AND position <= ? ORDER BY position"
_LEAVES_JOINED = {
    SQLITE: "SELECT GROUP_CONCAT(position), CAST(GROUP_CONCAT(leaf_hash, '') AS BLOB) FROM leaves "
    f"WHERE position > ? AND position <= ? AND TYPEOF(leaf_hash) = 'blob' AND LENGTH(leaf_hash) = {HASH_BYTES}",
    POSTGRESQL: "SELECT STRING_AGG(position::text, ',' ORDER BY position), STRING_AGG(leaf_hash, '' ORDER BY position) "
    f"FROM leaves WHERE position > ? AND position <= ? AND LENGTH(leaf_hash) = {HASH_BYTES}",
}
"""
Many hashes as one value, which takes a fraction of the time of as many rows; and their positions, since a file that
was altered may give rows out of order, or one position twice.
"""
_NO_HASH = bytes(HASH_BYTES)
"""Stands for a leaf that is none."""
_EVENTS = (
    "SELECT position, event_id, stream_id, stream_version, topic, recorded_at, header "
    "FROM events WHERE position > ? AND position <= ? ORDER BY position"
)
_BOXES = (
    "SELECT position, box_no, key_id, bytes FROM boxes WHERE position > ? AND position <= ? ORDER BY position, box_no"
)
_NODE = "SELECT hash FROM tree_nodes WHERE level = ? AND number = ?"
_NODES = "SELECT COUNT(*) FROM tree_nodes"
_HAS_NODES = {
    SQLITE: "SELECT 1 FROM sqlite_schema WHERE name = 'tree_nodes'",
    POSTGRESQL: "SELECT 1 WHERE to_regclass('tree_nodes') IS NOT NULL",
}
_BEYOND = tuple(f"SELECT MIN(position) FROM {table} WHERE position > ?" for table in ("leaves", "events", "boxes"))
_BEFORE = tuple(f"SELECT MIN(position) FROM {table} WHERE position < 1" for table in ("leaves", "events", "boxes"))
_LEFT_OVER = tuple(f"SELECT DISTINCT key_id FROM {table} WHERE key_id IN ({{}})" for table in ("boxes", "links"))

Progress = Callable[[int, int], None]
"""Is told how far a check has come, and how far it goes."""


def check_log(
    database: Database,
    *,
    roots_at: Collection[int] = (),
    since: int = 0,
    with_file: bool = True,
    progress: Progress = lambda done, of: None,
) -> LogCheck:
    """
    Read the whole log again; what was destroyed or pruned is told by the log itself.

    Headers and boxes up to `since`, for which a trusted checkpoint stands, are left out, but for what accounts for
    something. `with_file` has SQLite check its own file too, each index against its table, which takes as long again.

    :raises StoreCorrupt: if the file can't be read at all
    """
    with database.snapshot() as rows, closing(KeyBook()) as keys:
        size, edge = rows.one(_HEAD) or (0, b"")
        check = LogCheck(size, since=min(since, size))
        if with_file and database.dialect == SQLITE and rows.one("PRAGMA integrity_check(1)") != ("ok",):
            check.report(0, Flaw.FILE_DAMAGED)
        version, owner = rows.one(_FORMAT) or (_WITH_NODES, b"")
        has_nodes = version >= _WITH_NODES or rows.one(_HAS_NODES[rows.dialect]) is not None
        reader = _Reader(rows, check, keys, owner, has_nodes=has_nodes)
        tree = reader.read(sorted(set(roots_at)), progress)
        reader.finish(tree, bytes(edge))
    check.keep_the_first()
    return check


class _Reader:
    """Reads the tables in the order of positions, once."""

    def __init__(self, rows: Rows, check: LogCheck, keys: KeyBook, owner: bytes, *, has_nodes: bool) -> None:
        self._rows = rows
        self._check = check
        self._keys = keys
        self._exact = ExactHeaders(owner)
        self._headless = Positions()
        """Positions without a header that nothing accounts for; a record that does so stands after them."""
        self._gone: list[tuple[bytes, int]] = []
        self._accounted: list[tuple[bytes, int]] = []
        self._has_nodes = has_nodes
        self._nodes = 0

    def read(self, roots_at: list[int], progress: Progress) -> Frontier:
        """Read everything up to the head, or to the first leaf that is missing."""
        tree, check = Frontier(), self._check
        for after, leaves in self._leaf_batches():
            self._read_batch(after, leaves)
            for wanted in [size for size in roots_at if after < size <= after + len(leaves)]:
                check.roots[wanted] = tree.extend(leaves[: wanted - after]).root()
            tree, full = tree.grow(leaves)
            if self._has_nodes:
                self._check_nodes(full)
            progress(tree.size, check.size)
        return tree

    def finish(self, tree: Frontier, edge: bytes) -> None:
        """Compare what can be compared at the end only."""
        check, rows = self._check, self._rows
        check.root = tree.root()
        as_head = (tree.size, tree.to_bytes()) == (check.size, edge)
        as_nodes = not self._has_nodes or rows.one(_NODES) == (self._nodes,)
        if tree.size >= check.size and not (as_head and as_nodes):
            check.report(0, Flaw.HEAD_DIFFERS)
        for position in self._keys.unaccounted():
            check.report(position, Flaw.BOX_MISSING)
        for position in self._headless:
            check.report(position, Flaw.HEADER_MISSING)
        for texts, values in ((_BEYOND, (check.size,)), (_BEFORE, ())):
            for text in texts:
                found = rows.one(text, values)
                if found and found[0] is not None:
                    check.report(found[0], Flaw.BEYOND_HEAD)
        for destroyed in self._keys.accounted(_ROWS_AT_ONCE):
            for left_over in {bytes(key) for text in _LEFT_OVER for (key,) in rows.all_in(text, list(destroyed))}:
                check.report(destroyed[left_over], Flaw.NOT_DESTROYED)

    def _leaf_batches(self) -> Iterator[tuple[int, list[bytes]]]:
        """Give the leaves in order, as far as they have no gap."""
        after, check = 0, self._check
        while after < check.size:
            upto = min(after + _ROWS_AT_ONCE, check.size)
            leaves = self._joined_leaves(after, upto) or self._leaves(after, upto)
            yield after, leaves
            after += len(leaves)
            if after < upto:
                check.report(after + 1, Flaw.LEAF_MISSING)
                return

    def _joined_leaves(self, after: int, upto: int) -> list[bytes]:
        """Give the leaves of some positions; none if they are not as they must be."""
        positions, joined = self._rows.one(_LEAVES_JOINED[self._rows.dialect], (after, upto)) or (None, b"")
        if positions != ",".join(map(str, range(after + 1, upto + 1))):
            return []
        return [joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES)]

    def _leaves(self, after: int, upto: int) -> list[bytes]:
        """Give the leaves of some positions one by one, up to the first one that is missing, and tell what is wrong."""
        leaves: list[bytes] = []
        for position, leaf in self._rows.all(_LEAVES, (after, upto)):
            if position > after + len(leaves) + 1:
                break
            fits = position > after + len(leaves) and isinstance(leaf, bytes) and len(leaf) == HASH_BYTES
            if not fits:
                self._check.report(position, Flaw.LEAF_DIFFERS)
            if position > after + len(leaves):
                leaves.append(leaf if fits else _NO_HASH)
        return leaves

    def _read_batch(self, after: int, leaves: list[bytes]) -> None:
        """Check the events and boxes of some positions, as far as no trusted checkpoint stands for them."""
        since, upto = max(after, self._check.since), after + len(leaves)
        if since >= upto:
            return
        events = self._rows.all(_EVENTS, (since, upto))
        boxes = self._rows.all(_BOXES, (since, upto))
        found, expected = [row[0] for row in events], [*range(since + 1, upto + 1)]
        if found != expected:
            self._note_positions(found, expected)
        try:
            self._read_rows(after, leaves, events, boxes)
        except (TypeError, ValueError, AttributeError):  # something is not what its column holds: it is told apart
            events = [row for row in events if self._is_of_its_columns(row)]
            boxes = [row for row in boxes if self._is_a_box(row)]
            self._read_rows(after, leaves, events, boxes, compare=False)
        self._keys.add_gone(self._gone)
        self._keys.add_accounted(self._accounted)
        self._gone, self._accounted = [], []

    def _note_positions(self, found: list[int], expected: list[int]) -> None:
        """Note which events are not there, and tell those that stand twice, or before one that they follow."""
        for position in {*expected}.difference(found):
            self._headless.add(position)
        for before, position in pairwise(found):
            if position <= before:
                self._check.report(position, Flaw.COLUMN_DIFFERS)

    def _read_rows(
        self, after: int, leaves: list[bytes], events: list[Any], boxes: list[Any], *, compare: bool = True
    ) -> None:
        """Hash every header and box, then look at the headers; this runs for every event of a log."""
        hashes = [sha256(b"\x00" + row[6]).digest() for row in events]
        altered = [] if hashes == leaves else self._altered(after, leaves, events, hashes)
        others = self._exact.to_parse(events, boxes) if compare else range(len(events))
        for position in altered:
            self._check.report(position, Flaw.HEADER_ALTERED)
        if not others and (events or not boxes):
            return
        stored = self._grouped(boxes)
        for index in others:
            self._check_event(events[index], stored.pop(events[index][0], _NO_BOXES))
        if len(others) == len(events):
            for position in stored:
                self._check.report(position, Flaw.BOX_UNEXPECTED)

    @staticmethod
    def _altered(after: int, leaves: list[bytes], events: list[Any], hashes: list[bytes]) -> list[int]:
        """Give the positions whose header has another hash than its leaf."""
        return [row[0] for row, found in zip(events, hashes, strict=True) if found != leaves[row[0] - after - 1]]

    def _grouped(self, boxes: list[Any]) -> dict[int, list[StoredBox]]:
        """Give the boxes of each position, one after the other by their numbers; of positions without an event too."""
        found: dict[int, list[StoredBox]] = {}
        for position, box_no, key, content in boxes:
            mine = found.setdefault(position, [])
            if box_no < len(mine) or box_no >= len(mine) + _BOXES_OF_ONE:
                self._check.report(position, Flaw.BOX_UNEXPECTED)
                continue
            mine += [_NO_BOX] * (box_no - len(mine))
            mine.append((key, sha256(content).hexdigest()))
        return found

    def _check_event(self, row: Row, boxes: list[StoredBox]) -> None:
        """Check an event whose header has to be parsed."""
        position, event_id, stream_id, n, topic, recorded_at, content = row
        check = self._check
        try:
            header = parse(content)
        except IntegrityBroken:
            check.report(position, Flaw.HEADER_MALFORMED)
            return
        columns = (header.event.bytes, header.stream.bytes, header.n, header.topic, header.recorded_at)
        if (event_id, stream_id, n, topic, recorded_at) != columns or header.ledger.bytes != self._exact.ledger:
            check.report(position, Flaw.COLUMN_DIFFERS)
        elif len(boxes) == len(header.boxes) and _NO_BOX not in boxes and not header.topic.startswith(ORIGIN_TOPIC):
            self._exact.learn(content, header)
        if header.covers is not None and header.topic.startswith(DESTROYED_TOPIC):
            self._accounted.append((header.covers.bytes, position))
        if header.topic.startswith(PRUNED_TOPIC):
            self._check_pruned(position, header)
        if header.topic.startswith(ORIGIN_TOPIC):
            check.openings[position] = header.follows
        self._check_boxes(position, header, boxes)

    def _check_pruned(self, position: int, header: Header) -> None:
        """Take what a record accounts for off what is missing; it stands after all of it, so that is known by now."""
        for first, last in header.ranges:
            for covered in range(max(first, self._check.since + 1), min(last + 1, position)):
                if not self._headless.discard(covered):
                    self._check.report(covered, Flaw.NOT_PRUNED)
            if last >= position:
                self._check.report(position, Flaw.NOT_PRUNED)

    def _check_boxes(self, position: int, header: Header, boxes: list[StoredBox]) -> None:
        if len(boxes) > len(header.boxes):
            self._check.report(position, Flaw.BOX_UNEXPECTED)
        for box_no, entry in enumerate(header.boxes):
            box = boxes[box_no] if box_no < len(boxes) else _NO_BOX
            if box is _NO_BOX:
                self._gone.append((entry.key.bytes, position))
            elif box != (entry.key.bytes, entry.sha256):
                self._check.report(position, Flaw.BOX_ALTERED)

    def _check_nodes(self, full: list[TreeNode]) -> None:
        """Compare the roots of full tiles with those that are kept."""
        self._nodes += len(full)
        for level, number, node in full:
            if self._rows.one(_NODE, (level, number)) != (node,):
                self._check.report((number + 1) << level, Flaw.NODE_DIFFERS)

    def _is_of_its_columns(self, row: Row) -> bool:
        return self._has(row, (int, bytes, bytes, int, str, str, bytes), Flaw.COLUMN_DIFFERS)

    def _is_a_box(self, row: Row) -> bool:
        return self._has(row, (int, int, bytes, bytes), Flaw.BOX_ALTERED)

    def _has(self, row: Row, types: tuple[type, ...], flaw: Flaw) -> bool:
        """Say whether a row has the types that its table gives it; one that was changed by force may not."""
        fits = all(isinstance(value, kind) for value, kind in zip(row, types, strict=True))
        if not fits:
            self._check.report(row[0], flaw)
        return fits
