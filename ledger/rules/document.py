"""
A typed, exact reading of a file of law: every key is known, every type is the one expected, and nothing is guessed.

A `Table` hands out its keys by type and remembers which it gave; `close()` reports the rest. A wrong value is reported
and replaced by an empty one, so that one reading finds everything that is wrong.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Any, TypeVar

from ledger.limits import INPUT_BYTES, LAW_TEXT_CHARACTERS, LAW_WHOLE_NUMBER
from ledger.rules.messages import TYPE_NAMES
from ledger.rules.periods import Period, uncovered
from ledger.rules.positions import Path, lines_of
from ledger.rules.problems import LawInvalid, Problem, problem
from ledger.translation import translate

E = TypeVar("E", bound=StrEnum)

FORMAT = 1
"""The format of the files of law that this version reads."""
NO_DAY = date(1, 1, 1)
"""Stands where a date could not be read; the problem is reported apart."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_AT_LINE = re.compile(r"at line (\d+)")


def read_bytes(path: FilePath) -> bytes:
    """
    Give the content of a file, or as much of it as tells that it is too large.

    :raises OSError: if it can't be read
    """
    with path.open("rb") as file:
        return file.read(INPUT_BYTES + 1)


class Document:
    """One file of law: its content, and what was found wrong with it."""

    def __init__(self, content: bytes, *, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.text = ""
        self.text = self._decoded(content)
        self.root = Table(self, (), self._parsed())

    def _decoded(self, content: bytes) -> str:
        if len(content) > INPUT_BYTES:
            self.report("TOO_LARGE", limit=INPUT_BYTES)
            return ""
        try:
            text = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as wrong:
            line = content[: wrong.start].count(b"\n") + 1
            self.problems.append(problem("NOT_UTF8", file=self.file, line=line))
            return ""
        if not text.strip():
            self.report("EMPTY")
        return text

    def _parsed(self) -> dict[str, Any]:
        if self.problems:
            return {}
        try:
            return tomllib.loads(self.text)
        except (ValueError, RecursionError) as wrong:  # a number of thousands of digits is a plain ValueError
            found = _AT_LINE.search(str(wrong))
            line = int(found.group(1)) if found else self.text.count("\n") + 1
            self.problems.append(problem("NOT_TOML", file=self.file, line=line))
            return {}

    @cached_property
    def _lines(self) -> Mapping[Path, int]:
        try:
            return lines_of(self.text)
        except RecursionError:  # brackets nested by the hundred: the first line is as good as any
            return {}

    def line(self, path: Path) -> int:
        """Give the line of a key, or of the nearest thing around it that has one."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def report(self, rule: str, path: Path = (), **values: object) -> None:
        """Note a problem with what stands at `path`."""
        line = self.line(path) if path else min(1, len(self.text))
        self.problems.append(problem(rule, file=self.file, line=line, **values))

    def finish(self) -> None:
        """
        End the reading.

        :raises LawInvalid: if anything was found wrong, with all of it by line
        """
        if self.problems:
            raise LawInvalid(sorted(self.problems, key=lambda problem: problem.line))

    def opened_as(self, kind: str) -> Table:
        """
        Give the content of a file that says it is of this kind and of the format that is read here.

        :raises LawInvalid: if it can't be read at all, or is something else
        """
        self.finish()
        found, version = self.root.text("kind"), self.root.whole("format", least=1)
        if found and found != kind:
            self.report("WRONG_KIND", ("kind",), found=found, expected=kind)
        if version and version != FORMAT:
            self.report("WRONG_FORMAT", ("format",), found=version, expected=FORMAT)
        self.finish()
        return self.root


class Table:
    """One table of a document, read key by key."""

    def __init__(self, document: Document, path: Path, content: dict[str, Any]) -> None:
        self.document = document
        self.path = path
        self.content = content
        self._taken: set[str] = set()

    def report(self, rule: str, key: str | int | None = None, /, **values: object) -> None:
        """Note a problem with a key of this table, or with the table."""
        self.document.report(rule, self.path if key is None else (*self.path, key), **values)

    def report_element(self, rule: str, key: str, number: int, /, **values: object) -> None:
        """Note a problem with one element of a list of this table."""
        self.document.report(rule, (*self.path, key, number), **values)

    def has(self, key: str) -> bool:
        """Say whether the key is there."""
        return key in self.content

    def raw(self, key: str, kind: type, *, required: bool) -> Any:
        """Take a value of exactly this type, or None where there is none of it."""
        self._taken.add(key)
        if key not in self.content:
            if required:
                self.report("MISSING_KEY", key=key)
            return None
        value = self.content[key]
        if type(value) is not kind:
            self.report("WRONG_TYPE", key, key=key, expected=translate(TYPE_NAMES[kind]))
            return None
        return value

    def text(self, key: str, *, required: bool = True) -> str:
        """Take a text that is not blank."""
        value = self.raw(key, str, required=required)
        if value is None:
            return ""
        self._check_text(str(value), key)
        return str(value).strip()

    def _check_text(self, value: str, key: str) -> None:
        if not value.strip():
            self.report("BLANK", key, key=key)
        elif len(value) > LAW_TEXT_CHARACTERS:
            self.report("TEXT_TOO_LONG", key, key=key, most=LAW_TEXT_CHARACTERS)
        elif not value.isprintable():
            self.report("NOT_PRINTABLE", key, key=key)

    def code(self, key: str, *, required: bool = True) -> str:
        """Take a code: letters, digits, dots, hyphens."""
        value = self.text(key, required=required)
        if value and not _CODE.fullmatch(value):
            self.report("BAD_CODE", key, key=key)
            return ""
        return value

    def whole(self, key: str, *, least: int, most: int = LAW_WHOLE_NUMBER, required: bool = True) -> int:
        """Take a whole number from `least` to `most`."""
        value = self.raw(key, int, required=required)
        if value is None:
            return 0
        if value < least:
            self.report("TOO_SMALL", key, key=key, least=least)
        elif value > most:
            self.report("TOO_GREAT", key, key=key, most=most)
        return int(value)

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """Take true or false."""
        value = self.raw(key, bool, required=default is None)
        return bool(default) if value is None else bool(value)

    def day(self, key: str, *, required: bool = True) -> date | None:
        """Take a date without a time."""
        value = self.raw(key, date, required=required)
        return value if isinstance(value, date) and not isinstance(value, datetime) else None

    def choice(self, key: str, options: type[E], *, default: E | None = None) -> E:
        """Take a word of a closed list; the default, or the first of the list, stands in for a wrong one."""
        value = self.text(key, required=default is None)
        try:
            return options(value)  # which knows its former words too
        except ValueError:
            if value:
                self.report("NOT_IN_LIST", key, value=value, options=", ".join(options))
        return next(iter(options)) if default is None else default

    def texts(self, key: str, *, required: bool = True, least: int = 0) -> list[str]:
        """Take a list of texts without doubles. A wrong element is reported and left out as an empty text."""
        value = self.raw(key, list, required=required)
        if value is None:
            return []
        if len(value) < least:
            self.report("TOO_FEW", key, key=key, least=least)
        found: list[str] = []
        for number, element in enumerate(value):
            text = element.strip() if type(element) is str else ""
            if not text:
                self.report_element("WRONG_TYPE", key, number, key=key, expected=translate(TYPE_NAMES[str]))
            elif text in found:
                self.report_element("DOUBLE", key, number, value=text)
            elif len(text) > LAW_TEXT_CHARACTERS or not text.isprintable():
                self.report_element("NOT_PRINTABLE", key, number, key=key)
            found.append(text)
        return found

    def table(self, key: str, *, required: bool = True) -> Table:
        """Take a table; an empty one stands in for a missing one."""
        content = self.raw(key, dict, required=required)
        return Table(self.document, (*self.path, key), content or {})

    def tables(self, key: str, *, required: bool = False) -> list[Table]:
        """Take a list of tables."""
        rows = self.raw(key, list, required=required) or []
        for number, row in enumerate(rows):
            if type(row) is not dict:
                self.report_element("WRONG_TYPE", key, number, key=key, expected=translate(TYPE_NAMES[dict]))
        return [
            Table(self.document, (*self.path, key, number), row) for number, row in enumerate(rows) if type(row) is dict
        ]

    def period(self) -> Period:
        """Take `valid_from` and `valid_until` (the first day on which it no longer holds)."""
        start, end = self.day("valid_from"), self.day("valid_until", required=False)
        if start and end and end <= start:
            self.report("PERIOD_REVERSED", "valid_until")
            end = None
        return Period(start or NO_DAY, end)

    def close(self) -> None:
        """Report every key that nothing asked for."""
        for key in self.content:
            if key not in self._taken:
                self.report("UNKNOWN_KEY", key, key=key, known=", ".join(sorted(self._taken)))


def report_overlaps(tables: Sequence[Table], periods: Iterable[Period], *, what: str) -> None:
    """Report, of the later table, that two versions of the same thing hold on one day."""
    listed = sorted(zip(periods, tables, strict=True), key=lambda pair: pair[0].start)
    for (earlier, _), (later, table) in pairwise(listed):
        if earlier.overlaps(later) and NO_DAY not in (earlier.start, later.start):
            table.report("OVERLAP", "valid_from", what=what, day=later.start.isoformat())


def missing_day(wanted: Period, by: Sequence[Period]) -> str | None:
    """Give the first day of `wanted` that no period covers, or None; None too where a date could not be read."""
    if NO_DAY in (wanted.start, *(period.start for period in by)):
        return None
    day = uncovered(wanted, by)
    return day.isoformat() if day else None
