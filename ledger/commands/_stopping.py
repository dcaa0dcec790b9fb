"""How far something long has come, and what is said where a person stops it with Ctrl-C."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ledger.commands._failures import INTERRUPTED, Failure
from ledger.commands._forms import Form
from ledger.translation import translate

if TYPE_CHECKING:
    from ledger.commands._context import Session

STOPPED = "STOPPED"
"""The code for programs."""


class Reached:
    """Tells a person how far something long has come, and remembers it for when it is stopped."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.what, self.done, self.of = "", 0, 0
        self._on_line = True

    def __call__(self, what: str, done: int, of: int) -> None:
        """Take note of how far a part has come."""
        self.what, self.done, self.of = what, done, of
        self._session.output.progress(what, done, of)

    def leave_line(self) -> None:
        """End the line at a terminal that shows how far it has come, and the ^C of who stopped it."""
        if self._on_line and sys.stderr.isatty():
            click.echo(err=True)
        self._on_line = False

    def stopped(self, sentence: str, advice: str, **values: object) -> int:
        """Say that it was stopped, and how to go on (marked source texts); give the exit code."""
        told = {"done": self.done, "of": self.of, **values}
        said, next_step = translate(sentence).format(**told), translate(advice)
        if self._session.form is Form.JSON:
            click.echo(Failure(STOPPED, said, next_step, INTERRUPTED).as_json(), err=True)
            return INTERRUPTED
        self.leave_line()
        click.echo(f"{said}\n{next_step}", err=True)
        return INTERRUPTED
