"""
How rows are laid out for people at a terminal: columns that are folded where they don't fit, or a record for each row.

Widths are counted in columns of the terminal, so that letters that take two, or none, keep the lines straight.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import zip_longest

import click

_GAP = "  "
_NARROWEST = 8
_LINE_MAY_END = re.compile(r"(?<=[ \n])(?=[^ \n])|(?<=[^\W\d_][_.:,-])(?=\w)")
_LAST_PLAIN = "\u02ff"
"""Every letter up to this one takes one column: no wide one and no combining mark comes before."""


def width_of(text: str) -> int:
    """Give how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else len(text) + sum(_more(letter) for letter in text if letter > _LAST_PLAIN)


def _more(letter: str) -> int:
    """Give how many columns more than one a letter takes."""
    return -1 if unicodedata.combining(letter) else unicodedata.east_asian_width(letter) in "WF"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - width_of(text))


def table(
    titles: Sequence[str], cells: Sequence[Sequence[str]], *, room: int | None, colors: Sequence[str | None] = ()
) -> list[str]:
    """
    Lay out a table, folding the widest columns where it is wider than `room`: between words first, then within codes.

    Where even that is too wide, each row becomes a record of its own: no word is cut to save a column.
    """
    columns = list(zip(titles, *cells, strict=True))
    widths = [max(map(width_of, column)) for column in columns]
    if room is not None:
        words = [max(width_of(word) for cell in column for word in re.split("[ \n]", cell)) for column in columns]
        parts = [max(width_of(part.rstrip()) for cell in column for part in _parts(cell)) for column in columns]
        _narrow(widths, least=[max(word, _NARROWEST) for word in words], room=room)
        _narrow(widths, least=[max(part, _NARROWEST) for part in parts], room=room)
        if not _fits(widths, room=room):
            return _stacked(titles, cells, room=room, colors=colors)
    head = [click.style(line, bold=True) for line in _folded(titles, widths)]
    rule = _GAP.join("\N{BOX DRAWINGS LIGHT HORIZONTAL}" * width for width in widths)
    painted = (_painted(_folded(row, widths), color) for row, color in zip_longest(cells, colors))
    return [*head, rule, *(line for lines in painted for line in lines)]


def _painted(lines: Sequence[str], color: str | None) -> Sequence[str]:
    return [click.style(line, fg=color) for line in lines] if color else lines


def _stacked(
    titles: Sequence[str], cells: Sequence[Sequence[str]], *, room: int, colors: Sequence[str | None] = ()
) -> list[str]:
    """Lay out each row as a record: a line for each of its cells that is not empty."""
    lines: list[str] = []
    width = max(map(width_of, titles))
    for row, color in zip_longest(cells, colors):
        known = [(title, cell) for title, cell in zip(titles, row, strict=True) if cell]
        lines += [*([""] if lines else []), *_painted(one_record(known, width=width, room=room), color)]
    return lines


def one_record(known: Sequence[tuple[str, str]], *, width: int, room: int | None) -> list[str]:
    """Lay out titles and values in two columns; the values are folded where there is not the room for them."""
    left = None if room is None else max(room - width - len(_GAP), _NARROWEST)
    return [
        f"{_padded(title if not number else '', width)}{_GAP}{line}".rstrip()
        for title, text in known
        for number, line in enumerate(_fold(text, left) if left is not None else text.split("\n"))
    ]


def _fits(widths: Sequence[int], *, room: int) -> bool:
    return sum(widths) + len(_GAP) * (len(widths) - 1) <= room


def _parts(text: str) -> list[str]:
    """Cut a text where a line may end: after a blank, and within a code after a sign that joins its words."""
    return _LINE_MAY_END.split(text)


def _narrow(widths: list[int], *, least: Sequence[int], room: int) -> None:
    """Take from the widest column, down to what each needs at least, until all fit in `room`."""
    while not _fits(widths, room=room):
        wide = [number for number, width in enumerate(widths) if width > least[number]]
        if not wide:
            return
        widths[max(wide, key=widths.__getitem__)] -= 1


def _folded(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    parts = [_fold(cell, width) for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, parts))
    return [
        _GAP.join(
            _padded(part[line] if line < len(part) else "", width) for part, width in zip(parts, widths, strict=True)
        ).rstrip()
        for line in range(height)
    ]


def _fold(cell: str, width: int) -> list[str]:
    """Break a cell into lines of at most `width` columns, within a word only where the word alone is longer."""
    if "\n" not in cell and width_of(cell) <= width:
        return [cell.rstrip()]
    lines: list[str] = []
    for paragraph in cell.split("\n"):
        line = ""
        for part in _parts(paragraph):
            if width_of((line + part).rstrip()) <= width:
                line += part
                continue
            lines += [line.rstrip()] if line else []
            line = part
            while width_of(line.rstrip()) > width:
                lines.append(line[:width])
                line = line[width:]
        lines.append(line.rstrip())
    return lines
