"""
On which line of a TOML file each key and element stands; the standard parser does not say.

This runs only when something must be reported, over text that the standard parser has already accepted: it follows
keys, brackets and quotes, and judges nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\r\n]*")
_STRINGS = tuple(
    (quote, re.compile(pattern, re.DOTALL))
    for quote, pattern in (
        ('"""', r'"""(?:\\.|[^\\])*?"{3,5}'),
        ("'''", r"'''.*?'{3,5}"),
        ('"', r'"(?:\\.|[^"\\])*"'),
        ("'", r"'[^']*'"),
    )
)


def lines_of(text: str) -> Mapping[Path, int]:
    """Give the line, from 1, of every key, table and element of valid TOML."""
    return _Walk(text).run()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [index for index, char in enumerate(text) if char == "\n"]
        self.lines: dict[Path, int] = {}
        self.rows: dict[Path, int] = {}

    def run(self) -> Mapping[Path, int]:
        table: Path = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self.lines

    def _header(self) -> Path:
        start, many = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if many else 1
        parts = self._dotted()
        self.at += 2 if many else 1
        path: Path = (*self._place(parts[:-1]), parts[-1])
        if many:
            self.rows[path] = self.rows.get(path, -1) + 1
            self.lines.setdefault(path, self._line(start))
            path += (self.rows[path],)
        self.lines[path] = self._line(start)
        return path

    def _place(self, parts: list[str]) -> Path:
        path: Path = ()
        for part in parts:
            path += (part,)
            if path in self.rows:
                path += (self.rows[path],)
        return path

    def _pair(self, table: Path) -> None:
        start = self.at
        path = table
        for part in self._dotted():
            path += (part,)
            self.lines.setdefault(path, self._line(start))
        self.at += 1  # the equals sign
        self._value(path)

    def _dotted(self) -> list[str]:
        parts = []
        while True:
            self._skip(_BLANK)
            parts.append(self._key())
            self._skip(_BLANK)
            if self.at >= len(self.text) or self.text[self.at] != ".":
                return parts
            self.at += 1

    def _key(self) -> str:
        if self.text[self.at] in "\"'":
            return self._string().strip("\"'")
        found = _BARE_KEY.match(self.text, self.at)
        self.at = found.end() if found else self.at + 1
        return found.group() if found else ""

    def _string(self) -> str:
        for quote, pattern in _STRINGS:
            if self.text.startswith(quote, self.at) and (found := pattern.match(self.text, self.at)):
                self.at = found.end()
                return found.group()
        self.at += 1
        return ""

    def _value(self, path: Path) -> None:
        self._skip(_BLANK)
        first = self.text[self.at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_BARE_VALUE)

    def _array(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._more("]"):
            self.lines[(*path, number)] = self._line(self.at)
            self._value((*path, number))
            number += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while self._more("}"):
            self._pair(path)

    def _more(self, closing: str) -> bool:
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        if self.text[self.at] == closing:
            self.at += 1
            return False
        return True

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _line(self, offset: int) -> int:
        return bisect_right(self.breaks, offset - 1) + 1
