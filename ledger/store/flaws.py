"""What can be wrong with a log, and where; and the books that a check keeps while it reads, in bounded memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from enum import StrEnum

BREAKS_TOLD = 100


class Flaw(StrEnum):
    """What is wrong at a position."""

    FILE_DAMAGED = "file-damaged"
    LEAF_MISSING = "leaf-missing"
    LEAF_DIFFERS = "leaf-differs"
    """A leaf is no hash, or stands there twice."""
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
    NODE_DIFFERS = "node-differs"
    """The root of a full tile is kept wrong, or not at all."""
    BEYOND_HEAD = "beyond-head"
    HEAD_DIFFERS = "head-differs"
    """The head does not say what the leaves say."""


@dataclass(frozen=True)
class Break:
    """One flaw, and the position at which it stands (0 for the file or the head)."""

    position: int
    flaw: Flaw


class Positions:
    """A set of positions of the log, one bit each: a hundred million take twelve megabytes."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, position: int) -> None:
        """Take a position in."""
        place = position >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place - len(self._bits) + 1))
        self._bits[place] |= 1 << (position & 7)

    def discard(self, position: int) -> bool:
        """Take a position out; say whether it was in."""
        place = position >> 3
        held = 0 <= place < len(self._bits) and bool(self._bits[place] & 1 << (position & 7))
        if held:
            self._bits[place] ^= 1 << (position & 7)
        return held

    def __iter__(self) -> Iterator[int]:
        """Give the positions in their order."""
        for place in (place for place, byte in enumerate(self._bits) if byte):
            yield from (place * 8 + bit for bit in range(8) if self._bits[place] >> bit & 1)


class KeyBook:
    """
    The keys with boxes that are gone, and those that a destruction accounts for, each with a first position.

    It is a temporary table of SQLite's own, which goes to the disk when it grows: a log may have lost millions.
    """

    def __init__(self) -> None:
        self._tables = sqlite3.connect("", isolation_level=None)
        self._tables.execute("PRAGMA journal_mode = OFF")
        for table in ("gone", "accounted"):
            self._tables.execute(f"CREATE TABLE {table} (key BLOB PRIMARY KEY, position INTEGER) WITHOUT ROWID")

    def add_gone(self, keys: Iterable[tuple[bytes, int]]) -> None:
        """Enter keys with a box that is not there, and where."""
        self._enter("gone", keys)

    def add_accounted(self, keys: Iterable[tuple[bytes, int]]) -> None:
        """Enter keys that were destroyed, and where that is recorded."""
        self._enter("accounted", keys)

    def unaccounted(self) -> list[int]:
        """Give the first position of the keys that are gone and that nothing accounts for, as many as are told."""
        text = (
            "SELECT position FROM gone g WHERE NOT EXISTS (SELECT 1 FROM accounted a WHERE a.key = g.key) "
            "ORDER BY position LIMIT ?"
        )
        return [position for (position,) in self._tables.execute(text, (BREAKS_TOLD,))]

    def accounted(self, at_once: int) -> Iterator[dict[bytes, int]]:
        """Give the keys that were destroyed with their positions, so many at a time."""
        with closing(self._tables.execute("SELECT key, position FROM accounted")) as found:
            while part := found.fetchmany(at_once):
                yield dict(part)

    def close(self) -> None:
        """Throw the tables away."""
        self._tables.close()

    def _enter(self, table: str, keys: Iterable[tuple[bytes, int]]) -> None:
        self._tables.executemany(f"INSERT OR IGNORE INTO {table} (key, position) VALUES (?, ?)", keys)


@dataclass
class LogCheck:
    """What a check of the whole log found."""

    size: int
    since: int = 0
    """Up to which position a trusted checkpoint stood for the headers and boxes, which were not read."""
    root: bytes = b""
    roots: dict[int, bytes] = field(default_factory=dict)
    """The roots at the sizes that were asked for, as far as the leaves reach."""
    openings: dict[int, str | None] = field(default_factory=dict)
    """By position, which checkpoint the event that opened an origin names."""
    breaks: list[Break] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.breaks

    @property
    def first(self) -> Break | None:
        """The first flaw, of the file or the head after those at a position; None where there is none."""
        return min(self.breaks, key=lambda found: (found.position == 0, found.position), default=None)

    def report(self, position: object, flaw: Flaw) -> None:
        """Note a flaw; the first ones are enough to know. What is read as a position may be none in a damaged file."""
        self.breaks.append(Break(position if isinstance(position, int) else 0, flaw))
        if len(self.breaks) > 2 * BREAKS_TOLD:
            self.keep_the_first()

    def keep_the_first(self) -> None:
        """Keep the flaws at the first positions, in their order."""
        self.breaks = sorted(self.breaks, key=lambda found: found.position)[:BREAKS_TOLD]
