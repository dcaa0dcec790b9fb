"""
What a command says: data on standard output, talk on standard error.

The same rows become a table for people, JSON Lines or CSV for programs. A sealed value never gets here: a command
exposes what an opener gave it, or the output refuses. Control characters in a name can't drive the terminal, and a cell
can't become a formula in a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from enum import Enum, StrEnum
from typing import Any, TextIO
from uuid import UUID

import click

from ledger.commands._failures import AnswerLost
from ledger.commands._forms import Form
from ledger.commands._labels import label
from ledger.commands._layout import one_record, table, width_of
from ledger.identifiers import short
from ledger.personal import Erased, LeakRefused, Personal, Sealed, Withheld
from ledger.translation import mark, translate

_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_REFERENCE_LENGTH = 32
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
PROGRESS_FROM = 50
"""Below so many steps a run is over before anybody wonders."""
_PROGRESS = {
    "destroy": mark("Destroying:"),
    "restrict": mark("Restricting:"),
    "close": mark("Closing:"),
    "prune": mark("Pruning headers:"),
    "packed": mark("Records packed:"),
    "verify": mark("Reading again:"),
    "commitments": mark("Recomputing commitments:"),
}


@dataclass(frozen=True)
class Column:
    """One column: the key of its cells, and its title (a marked source text)."""

    key: str
    title: str
    for_people: bool = True
    """Whether people see it too, and not only programs."""


class Output:
    """Writes what a command has to say, in one form."""

    def __init__(self, *, form: Form, zone: tzinfo, data: TextIO | None = None, talk: TextIO | None = None) -> None:
        self.form = form
        self._zone = zone
        self._spelled: dict[type, Callable[[Any], str]] = {
            bool: lambda value: translate("yes") if value else translate("no"),
            Erased: lambda value: translate("destroyed on {day}").format(day=f"{value.when.astimezone(zone):%d/%m/%Y}"),
            Withheld: lambda value: translate("withheld"),
            UUID: short,
            datetime: lambda value: f"{value.astimezone(zone):%d/%m/%Y %H:%M}",
            date: lambda value: f"{value:%d/%m/%Y}",
        }
        self._data = data
        self._talk = talk

    @property
    def _out(self) -> TextIO:
        return self._data or sys.stdout

    def _write(self, text: str) -> None:
        """
        Write a line of data.

        :raises AnswerLost: if it can't be written; what was recorded stays recorded
        """
        try:
            click.echo(text, file=self._out)
        except BrokenPipeError:
            raise
        except OSError as trouble:
            raise AnswerLost from trouble

    @property
    def for_people(self) -> bool:
        """Whether a person reads this, and not a program."""
        return self.form is Form.TABLE

    def say(self, message: str, /, **values: object) -> None:
        """Tell the person something that is not data; `message` is a marked source text."""
        spoken = {name: self.words(value) for name, value in values.items()}
        click.echo(translate(message).format(**spoken), file=self._talk or sys.stderr)

    def done(self, message: str, /, **values: object) -> None:
        """Give the result of a command: a sentence for people, the values themselves for programs."""
        if self.form is Form.TABLE:
            spoken = {name: self.words(value) for name, value in values.items()}
            self._write(translate(message).format(**spoken))
        else:
            self.listing([Column(name, name) for name in values], [values])

    def progress(self, what: str, done: int, of: int) -> None:
        """Tell a person at a terminal how far something long has come; a program and a file are told nothing."""
        talk = self._talk or sys.stderr
        if self.form is Form.TABLE and talk.isatty() and of >= PROGRESS_FROM:
            click.echo(f"\r{translate(_PROGRESS[what])} {done}/{of}", nl=done >= of, file=talk)

    def record(self, columns: Sequence[Column], row: Mapping[str, Any]) -> None:
        """Show one thing: a line for each of its parts that is not empty, or one row for programs."""
        if self.form is not Form.TABLE:
            self.listing(columns, [row])
            return
        shown_columns = [column for column in columns if column.for_people]
        known = [(translate(column.title), self.words(row.get(column.key))) for column in shown_columns]
        known = [(title, text) for title, text in known if text]
        width = max((width_of(title) for title, _ in known), default=0)
        for line in one_record(known, width=width, room=_terminal().columns if self._out.isatty() else None):
            self._write(line)

    def listing(
        self,
        columns: Sequence[Column],
        rows: Iterable[Mapping[str, Any]],
        *,
        empty: str = "",
        tint: Callable[[Mapping[str, Any]], str | None] | None = None,
    ) -> None:
        """
        Show many things; `empty` is what people are told when there are none.

        `tint` gives the colour of a row, which says nothing that its words don't; such a list is for a screen to
        refresh, and never goes to the pager.
        """
        if self.form is Form.JSON:
            for row in rows:
                self._write(_json_line({column.key: row.get(column.key) for column in columns}))
        elif self.form is Form.CSV:
            self._write_csv(columns, rows)
        else:
            self._write_table([column for column in columns if column.for_people], list(rows), empty, tint)

    def verbatim(self, text: str) -> None:
        """Write a text as it is: a script, a file of law, the plain form of a paper."""
        self._write(text)

    def raw(self, content: bytes) -> None:
        """
        Write bytes: a PDF.

        :raises AnswerLost: if they can't be written
        """
        try:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as trouble:
            raise AnswerLost from trouble

    def _write_csv(self, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> None:
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([column.key for column in columns])
        for row in rows:
            writer.writerow([_csv_cell(row.get(column.key)) for column in columns])
        self._write(lines.getvalue().rstrip("\n"))

    def _write_table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Mapping[str, Any]],
        empty: str,
        tint: Callable[[Mapping[str, Any]], str | None] | None,
    ) -> None:
        if not rows:
            self.say(empty or mark("Nothing to show."))
            return
        titles = [translate(column.title) for column in columns]
        cells = [[self.words(row.get(column.key)) for column in columns] for row in rows]
        at_terminal = self._out.isatty()
        room = _terminal().columns if at_terminal else None
        lines = table(titles, cells, room=room, colors=[tint(row) for row in rows] if tint else ())
        if at_terminal and tint is None and len(lines) >= _terminal().lines:
            _guard_pager()
            click.echo_via_pager("\n".join(lines) + "\n")
        else:
            for line in lines:
                self._write(line)

    def words(self, value: object) -> str:
        """Put one value in the words that people read; instants in the local time of the house; never a sealed one."""
        if isinstance(value, Sealed):
            raise LeakRefused("a sealed value is not shown: open it first")
        if value is None:
            return ""
        if isinstance(value, StrEnum):
            return label(value)
        if isinstance(value, str):
            return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", value)
        for kind, words in self._spelled.items():
            if isinstance(value, kind):
                return words(value)
        if isinstance(value, Mapping):
            return " ".join(self.words(item) for item in value.values())
        if isinstance(value, Iterable):
            return ", ".join(self.words(item) for item in value)
        return str(value)


def shown(opened: Personal[Any] | Erased | Withheld) -> Any:
    """Give what an opener gave as it is shown: the value itself, or that it is erased or withheld."""
    return opened.expose() if isinstance(opened, Personal) else opened


def plain(value: object) -> Any:
    """
    Give a value in the types of JSON: ids as 32 digits, instants in UTC, erased and withheld as objects that say so.

    :raises LeakRefused: for a sealed value
    """
    if isinstance(value, Sealed):
        raise LeakRefused("a sealed value is not shown: open it first")
    if isinstance(value, Erased):
        return {"erased": plain(value.when), "why": value.why}
    if isinstance(value, Withheld):
        return {"withheld": value.why}
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [plain(item) for item in value]
    return str(value)


def _json_line(row: Mapping[str, Any]) -> str:
    text = json.dumps(plain(row), ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _csv_cell(value: object) -> Any:
    """Give a cell that a spreadsheet won't run: text that looks like a formula gets an apostrophe before it."""
    content = plain(value)
    if isinstance(content, dict | list):
        content = json.dumps(content, ensure_ascii=False)
    if isinstance(content, str):
        content = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", content)
        return f"'{content}" if content.startswith(_FORMULA) else content
    return content


def _terminal() -> os.terminal_size:
    import shutil

    return shutil.get_terminal_size()


def _guard_pager() -> None:
    """
    Keep the pager from writing files or starting a shell, and have it say how to go on and how to leave.

    Agents run this program through sudo as the ledger's own account; `less` would give them a shell of that account.
    """
    leaving = translate(mark("Space for more, q to leave"))
    os.environ.setdefault("LESS", f"-FRX -Ps{leaving}$")
    os.environ["LESSSECURE"] = "1"
    os.environ["LESSHISTFILE"] = "-"
    os.environ.pop("LESSOPEN", None)
    if "SUDO_UID" in os.environ:
        os.environ["PAGER"] = "less -FRX"
