"""Options whose value is a day or an instant, read as people write them in France or as ISO 8601 does."""

from __future__ import annotations

from typing import Any

import click

from ledger.commands._context import Session
from ledger.translation import mark, translate


class Day(click.ParamType[Any]):
    """A day."""

    name = "day"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark("DAY"))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read 31/12/2026 or 2026-12-31."""
        return _read("DAY", value, param, ctx)


class Instant(click.ParamType[Any]):
    """An instant, in the local time of the house unless it says its offset."""

    name = "instant"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark('"DAY HH:MM"'))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read "09/06/2026 14:20" or 2026-06-09T14:20+02:00; an hour that the clocks skip or repeat is refused."""
        return _read("INSTANT", value, param, ctx)


def _read(kind: str, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
    from ledger.commands._input import AnswerInvalid, Kind, Question, read_answer

    if not isinstance(value, str):
        return value
    session = ctx.ensure_object(Session) if ctx is not None else Session()
    try:
        return read_answer(Question("value", "", Kind[kind]), value, zone=session.zone)
    except AnswerInvalid as trouble:
        raise click.BadParameter(str(trouble.details["expected"]), ctx, param) from None
