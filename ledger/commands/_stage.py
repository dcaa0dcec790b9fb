"""
A stage on which commands are typed: the real program, run on a ledger of its own, with its real answers shown.

What a person would type at a prompt is read from a terminal that the stage plays; nothing else differs from a shell.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ledger.errors import ExitCode, LedgerError
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.commands._context import Session

_REFERENCE = re.compile(r"\b[0-9a-f]{8}\b")
_LINES_WITHOUT_PAGER = "1000000"
_WIDEST, _NARROWEST = 132, 100
"""Columns of what is shown: tables take what the terminal has, up to the widest; sentences stay narrow."""


class PlayedOtherwise(LedgerError):
    """A command of the demonstration ended otherwise than it should."""

    sentence = mark("The demonstration stops here: this command ended with {code} instead of {expected}.")
    advice = mark("The sandbox stays as it is; tell whoever keeps the program what is written above.")


class _Screen(io.StringIO):
    """Keeps what a terminal would show."""

    def isatty(self) -> bool:
        return True


class _Keyboard(io.StringIO):
    """Types the lines it was given, and shows them as a terminal does."""

    def __init__(self, lines: Sequence[str], screen: _Screen) -> None:
        super().__init__("".join(f"{line}\n" for line in lines))
        self._screen = screen

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1, /) -> str:  # type: ignore[override]  # the stubs of io disagree on StringIO
        line = super().readline(size)
        self._screen.write(line)
        return line


class Stage:
    """One ledger, and a terminal in front of it."""

    def __init__(self, session: Session, home: Path) -> None:
        self._output = session.output
        self._audience = session.output.for_people
        self._environment = {
            "LEDGER_HOME": str(home),
            "LINES": _LINES_WITHOUT_PAGER,
            "COLUMNS": str(max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))),
        }
        self.commands = 0

    def title(self, text: str) -> None:
        """Open a chapter; `text` is a marked source text."""
        self._show("")
        self._show(click.style(translate(text), bold=True))

    def say(self, text: str, **values: object) -> None:
        """Tell what happens; `text` is a marked source text."""
        self._show("")
        self._show(textwrap.fill(translate(text).format(**values), _NARROWEST))

    def lines(self, *lines: str) -> None:
        """Show command lines that are not run here."""
        self._show("")
        for line in lines:
            self._show(f"$ {line}")

    def type(self, line: str, *answers: str, ends: ExitCode | None = ExitCode.OK) -> list[str]:
        """
        Run one command line, with what is typed at its prompts, and give the references in its answer.

        :raises PlayedOtherwise: if it does not end with the exit code `ends`
        """
        self._show(f"\n$ {line}")
        code, answer = self._run(shlex.split(line)[1:], answers)
        self._show(answer.rstrip("\n"))
        self.commands += 1
        if ends is not None and code != ends:
            raise PlayedOtherwise(code=code, expected=int(ends))
        return _REFERENCE.findall(click.unstyle(answer))

    def _run(self, arguments: Sequence[str], answers: Sequence[str]) -> tuple[int, str]:
        from ledger.commands._program import run

        screen = _Screen()
        keyboard = _Keyboard(answers, screen)
        with _variables(self._environment), _keyboard(keyboard), redirect_stdout(screen), redirect_stderr(screen):
            code = run(arguments)
        return code, screen.getvalue()

    def _show(self, text: str) -> None:
        if self._audience:
            self._output.verbatim(text)


@contextmanager
def _variables(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment for a while."""
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _keyboard(keyboard: _Keyboard) -> Iterator[None]:
    """Let prompts read from this keyboard for a while."""
    before, sys.stdin = sys.stdin, keyboard
    try:
        yield
    finally:
        sys.stdin = before
