"""
`ledger breach calendar`: the deadlines as an iCalendar file (RFC 5545), for whatever calendar the house uses.

Each deadline has one UID for ever, so that a calendar that reads the file again moves it rather than adding another.
Nothing of a person stands in it: what is due, of which breach by its reference, and the command to look.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import click

from ledger.clock import in_utc
from ledger.commands._breach_noun import command
from ledger.commands._context import Session
from ledger.commands._words import option
from ledger.errors import Invalid
from ledger.limits import CALENDAR_LINE_BYTES
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.policies.breach_deadlines import BreachDeadline

_BEGINNING = b"BEGIN:VCALENDAR\r\n"


class NotACalendar(Invalid):
    """What stands where the calendar should go is something else."""

    sentence = mark("This file is there already, and is no calendar; it was left as it is.")
    advice = mark("Give the name of a new file, or of a calendar that this command wrote.")


@command.verb(
    "calendar",
    help=mark(
        "Write every deadline that runs as an iCalendar file, with an alarm at each point of the reminders.\n\n"
        "Import it, or have a job write it where a calendar subscribes to it: each deadline keeps its name for ever. "
        "It names nobody. The look is recorded."
    ),
    examples=("ledger breach calendar -o delais.ics", "ledger breach calendar > delais.ics"),
)
@option(
    "--to", "-o", "target", type=click.Path(path_type=Path), metavar=mark("FILE"),
    help=mark("Where the calendar goes, in the place of the one written before; standard output if not given."),
)  # fmt: skip
def calendar(session: Session, target: Path | None) -> None:
    """Write the calendar."""
    from ledger.bootstrap.reminding import board_now
    from ledger.owned_files import replace_durably

    if target is not None:
        _check(target)
    rows = board_now(session.ledger, session.reading(), page="breach.calendar")
    points = session.desk.law.profile.reminders(session.at.date())
    content = calendar_of(
        [row.deadline for row in rows], points=points, ledger_id=session.ledger.settings.ledger_id, at=session.at
    )
    if target is None:
        session.output.raw(content)
        return
    replace_durably(target, content)
    session.output.done(mark("Calendar written: {count} deadlines."), count=len(rows))


def _check(target: Path) -> None:
    """
    Refuse a place where something else stands: under sudo this runs as the ledger's own account.

    :raises NotACalendar: if it is no file that begins as a calendar
    """
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise NotACalendar
    if target.exists():
        with target.open("rb") as there:
            if there.read(len(_BEGINNING)) != _BEGINNING:
                raise NotACalendar


def calendar_of(
    found: Sequence[BreachDeadline], *, points: Sequence[timedelta], ledger_id: UUID, at: datetime
) -> bytes:
    """Give deadlines as one calendar; `points` are how long before each end an alarm rings."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//France Services//mandate ledger//FR",
        "CALSCALE:GREGORIAN",
        *(line for each in found for line in _event(each, points, ledger_id, at)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event(found: BreachDeadline, points: Sequence[timedelta], ledger_id: UUID, at: datetime) -> Iterator[str]:
    from ledger.commands._breach_words import todo, what
    from ledger.identifiers import short

    title = f"{short(found.breach)} : {what(found)}"
    yield "BEGIN:VEVENT"
    yield f"UID:{found.reference}@{ledger_id.hex}"
    yield f"DTSTAMP:{_utc(at)}"
    yield f"SEQUENCE:{found.changed_position}"
    yield f"DTSTART:{_utc(found.due_at)}"
    yield f"SUMMARY:{_escaped(title)}"
    yield f"DESCRIPTION:{_escaped(todo(found))}"
    yield "TRANSP:TRANSPARENT"
    for before in points:
        if found.runs_from < found.due_at - before:
            yield "BEGIN:VALARM"
            yield "ACTION:DISPLAY"
            yield f"DESCRIPTION:{_escaped(title)}"
            yield f"TRIGGER:-PT{before // timedelta(hours=1)}H"
            yield "END:VALARM"
    yield "END:VEVENT"


def _utc(instant: datetime) -> str:
    return f"{in_utc(instant):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """Write a text as RFC 5545 3.3.11 asks: its own signs and line ends with a backslash."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Cut a line so that none is longer than 75 bytes, never within a letter (RFC 5545 3.1)."""
    parts: list[bytes] = []
    part = b""
    for letter in line:
        encoded = letter.encode()
        if len(part) + len(encoded) > CALENDAR_LINE_BYTES - bool(parts):
            parts.append(part)
            part = b""
        part += encoded
    return b"\r\n ".join([*parts, part]) + b"\r\n"
