"""
What a slip says on paper: its lines, drawn up from what is due, and its canonical bytes, which are signed and hashed.

The canonical form is JSON in UTF-8: keys sorted, no blanks, days as 2024-12-31, one line feed at the end. Its SHA-256
is on record from the submission on, so that the exported file is the one that was signed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import Protocol
from uuid import UUID

from ledger.aggregates.slip import Medium, SlipLine
from ledger.limits import BOX_BYTES, SLIP_LINES
from ledger.rules.management_table import ManagementTable, TableRow
from ledger.rules.profile import Profile
from ledger.rules.retention_terms import RetentionClass, RetentionTerm
from ledger.translation import mark, translate

FORMAT = 1
"""The format of the canonical form."""

_LINES_BYTES = BOX_BYTES * 3 // 4
"""The most that the lines of one slip take, so that they fit in one box."""
YearOfClass = tuple[RetentionClass, int]
"""What one line lists: a class, and the year in which things came to their end."""


class DueItem(Protocol):
    """Something that is due and waits for the archives."""

    @property
    def category(self) -> RetentionClass:
        """Its class."""
        ...

    @property
    def first_day(self) -> date:
        """The day on which it began."""
        ...

    @property
    def last_day(self) -> date | None:
        """The day on which it ended."""
        ...

    @property
    def papers(self) -> int:
        """The paper originals that the house keeps of it."""
        ...


@dataclass
class _Heap:
    """What is counted for one class and year."""

    first_day: date = date.max
    last_day: date = date.min
    ended_from: date = date.max
    count: int = 0

    def add(self, first_day: date, last_day: date, count: int = 1) -> None:
        """Count something in."""
        self.first_day, self.last_day = min(self.first_day, first_day), max(self.last_day, last_day)
        self.ended_from, self.count = min(self.ended_from, last_day), self.count + count


@dataclass
class Heaps:
    """Everything that is due, heaped up by class, year of the end, and medium: memory is bounded by these."""

    found: dict[tuple[RetentionClass, int, Medium], _Heap] = field(default_factory=lambda: defaultdict(_Heap))

    def take(self, items: Iterable[DueItem], *, under_way: Collection[YearOfClass]) -> None:
        """Count items in, but for those whose line stands on a slip that the archives still have in hand."""
        for item in items:
            if item.last_day is None or (item.category, item.last_day.year) in under_way:
                continue
            self._heap(item.category, item.last_day, Medium.DATA).add(item.first_day, item.last_day)
            if item.papers:
                self._heap(item.category, item.last_day, Medium.PAPER).add(item.first_day, item.last_day, item.papers)

    def _heap(self, category: RetentionClass, last_day: date, medium: Medium) -> _Heap:
        return self.found[category, last_day.year, medium]

    def lines(
        self, table: ManagementTable, profile: Profile, *, on: date, remark: Callable[[YearOfClass], str]
    ) -> list[SlipLine]:
        """Give the lines in the order of the table, then of the years; paper follows what it is the original of."""
        drawn = [
            _line(table.row(category, on=on), profile, heap, medium, remark((category, year)))
            for (category, year, medium), heap in self.found.items()
        ]
        fitting = _cut(drawn)
        fitting.sort(key=lambda line: (line.reference, line.last_day.year, line.medium is Medium.PAPER))
        return [replace(line, number=number) for number, line in enumerate(fitting, start=1)]


def _cut(lines: Sequence[SlipLine]) -> list[SlipLine]:
    """
    Give as many lines as one slip holds, the oldest first; the rest goes on the next slip.

    Paper stays with what it is the original of: once that is gone, nothing tells of the paper any more.
    """
    groups: dict[YearOfClass, list[SlipLine]] = defaultdict(list)
    for line in sorted(lines, key=lambda line: (line.last_day.year, line.reference)):
        groups[year_of(line)].append(line)
    found: list[SlipLine] = []
    for group in groups.values():
        together = [*found, *group]
        if len(together) > SLIP_LINES or len(_encoded([asdict(line) for line in together])) > _LINES_BYTES:
            break
        found = together
    return found


def year_of(line: SlipLine) -> YearOfClass:
    """Give the class and year that a line lists."""
    return line.category, line.last_day.year


def _line(row: TableRow, profile: Profile, heap: _Heap, medium: Medium, remark: str) -> SlipLine:
    paper = medium is Medium.PAPER
    term = profile.retention_term(row.retention_class, on=heap.last_day)
    return SlipLine(
        number=0,
        reference=row.reference,
        category=row.retention_class,
        medium=medium,
        title=row.paper_title or row.title if paper else row.title,
        first_day=heap.first_day,
        last_day=heap.last_day,
        ended_from=heap.ended_from,
        count=heap.count,
        term=term_in_words(term),
        proposed=row.fate,
        observations=" ".join(filter(None, (row.observations, remark))),
    )


def term_in_words(term: RetentionTerm) -> str:
    """Say how long something is kept, and what the term runs from."""
    counted = (
        (term.years, mark("{count} year"), mark("{count} years")),
        (term.months, mark("{count} month"), mark("{count} months")),
        (term.days, mark("{count} day"), mark("{count} days")),
    )
    parts = [translate(one if count == 1 else many).format(count=count) for count, one, many in counted if count]
    return translate(mark("{term}, from: {event}")).format(
        term=" ".join(parts) or translate(mark("no term")), event=term.runs_from
    )


_LINE = (
    "number", "reference", "category", "medium", "title", "first_day", "last_day", "ended_from", "count", "term",
    "proposed", "observations",
)  # fmt: skip
"""What is hashed of a line in format 1, for ever: a field that a line gains later belongs to a later format."""


def canonical(slip: UUID, *, producer: str, signatory: str, table: str, lines: Iterable[SlipLine]) -> bytes:
    """Give the canonical bytes of a slip."""
    content = {
        "format": FORMAT,
        "slip": slip.hex,
        "producer": producer,
        "signatory": signatory,
        "table": table,
        "lines": [{name: getattr(line, name) for name in _LINE} for line in lines],
    }
    return _encoded(content) + b"\n"


def _encoded(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_day).encode()


def _day(value: object) -> str:
    """Spell a day; nothing else in a slip needs spelling."""
    if not isinstance(value, date):
        raise TypeError(type(value).__name__)
    return value.isoformat()


def digest(content: bytes) -> str:
    """Give the SHA-256 (hexadecimal) by which a frozen slip is known."""
    return sha256(content).hexdigest()
