"""`ledger slip`: the elimination slips (bordereaux), from the draft to what the archives answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger.commands._context import Session
from ledger.commands._forms import Form
from ledger.commands._moments import Day
from ledger.commands._shared import Decorator
from ledger.commands._words import Noun, argument, option
from ledger.errors import Invalid
from ledger.translation import mark

if TYPE_CHECKING:
    from uuid import UUID

    from ledger.aggregates.slip import Answered, LineAnswer
    from ledger.commands._output import Column
    from ledger.retention.items import KeyItem
    from ledger.usecases.retention.slips import SlipPage

ALL_LINES = ("all", "toutes")
_MOST = 9999


class LinesUnreadable(Invalid):
    """What was typed says no lines."""

    sentence = mark("{option}: these are no numbers of lines.")
    advice = mark("Write 1,3,5-8 for lines 1, 3 and 5 to 8, or `all`.")


command = Noun(
    "slip",
    help=mark("Ask the archives what may be eliminated: the elimination slips, from the draft to the visa."),
)


def slip_argument() -> Decorator:
    """Make the argument that names a slip."""
    return argument("slip", metavar=mark("SLIP"), help=mark("The reference of the slip."))


@command.verb(
    "draft",
    writes=True,
    help=mark(
        "Draw up the slip of everything that is due and that no authority covers, or draw the draft up again.\n\n"
        "It follows the management table of the archives, a line for each class and year; paper originals have lines "
        "of their own. What is held is not on it, nor what stands on a slip that the archives have in hand."
    ),
    examples=("ledger slip draft",),
)
def draft_(session: Session) -> None:
    """Draw up a slip."""
    from ledger.retention.awaiting import awaiting
    from ledger.usecases.retention.slips import draft

    command = session.command
    steps = session.ledger.retention.plan(session.reading(), at=session.at)
    recorded = draft(session.desk, command, awaiting(steps))
    session.output.done(
        mark("Elimination slip drafted: {slip}. Read it, then submit it."),
        slip=recorded.streams[0], repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "show",
    help=mark("Show a slip, line by line, with the answers of the archives. The look is recorded."),
    examples=("ledger slip show 1a2b3c4d",),
)
@slip_argument()
def show_(session: Session, slip: str) -> None:
    """Show a slip."""
    page = _page(session, slip)
    session.output.say(
        mark("Slip {slip}, {state}. Producer: {producer}. Signatory: {signatory}. Digest: {sha256}."),
        slip=page.id, state=page.state, producer=page.producer, signatory=page.signatory, sha256=page.sha256 or "-",
    )  # fmt: skip
    session.output.listing(_columns(), list(_rows(page)), empty=mark("This slip has no line."))


@command.verb(
    "submit",
    writes=True,
    help=mark(
        "Freeze a slip, to be signed by its signatory and sent to the archives.\n\n"
        "Its digest is recorded: nothing of it changes any more but the answer of the archives."
    ),
    examples=("ledger slip submit 1a2b3c4d",),
)
@slip_argument()
def submit_(session: Session, slip: str) -> None:
    """Freeze a slip."""
    from ledger.usecases.retention.slips import submit

    reference = _slip_of(session, slip)
    recorded = submit(session.desk, session.command, reference)
    session.output.done(
        mark("Slip frozen: {slip}. Send what `ledger slip export` gives, once it is signed."),
        slip=reference, repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "visa",
    writes=True,
    help=mark(
        "Record what the archives answered to every line, under their own reference and date.\n\n"
        "What is eliminated goes with the next run. What is sampled or transferred goes once it is handed over; what "
        "is refused is kept, and comes back on the next draft."
    ),
    examples=(
        'ledger slip visa 1a2b3c4d --reference "AD53 2031-004" --date 12/02/2031 --eliminate all',
        'ledger slip visa 1a2b3c4d --reference "AD53 2031-004" --date 12/02/2031 --eliminate 1-3 --sample 4 --refuse 5',
    ),
)
@slip_argument()
@option("--reference", required=True, metavar=mark("TEXT"), help=mark("The reference of the archives' visa."))
@option("--date", "day", type=Day(), required=True, help=mark("The date of the archives' visa."))
@option("--eliminate", metavar=mark("LINES"), help=mark("The lines that may be eliminated: 1,3,5-8 or all."))
@option("--sample", metavar=mark("LINES"), help=mark("The lines of which a part goes to the archives first."))
@option("--transfer", metavar=mark("LINES"), help=mark("The lines that go to the archives first."))
@option("--refuse", metavar=mark("LINES"), help=mark("The lines that must be kept."))
def visa_(session: Session, slip: str, reference: str, day: date, **typed: str | None) -> None:
    """Record the visa of the archives."""
    from ledger.usecases.retention.slips import visa

    found = _slip_of(session, slip)
    command = session.command
    answers = list(_answers(session, found, typed))
    recorded = visa(session.desk, command, found, reference=reference, day=day, answers=answers)
    session.output.done(
        mark("Answer of the archives recorded: {slip}, {authorities} disposal authorities."),
        slip=found, authorities=len(recorded.streams) - 1, repeated=recorded.repeated,
    )  # fmt: skip


@command.verb(
    "list",
    help=mark("List the slips, the oldest first, with how far each has come."),
    examples=("ledger slip list",),
)
def list_(session: Session) -> None:
    """List the slips."""
    from ledger.commands._output import Column
    from ledger.usecases.retention.slips import show_all

    columns = [
        Column("slip", mark("Reference")), Column("state", mark("State")), Column("lines", mark("Lines")),
        Column("drafted_at", mark("Drafted")), Column("submitted_at", mark("Submitted")),
        Column("visa", mark("Archives' reference")), Column("visa_day", mark("Answered")),
        Column("handed_over_at", mark("Handed over")), Column("sha256", mark("Digest"), for_people=False),
    ]  # fmt: skip
    rows = [
        {
            "slip": page.id,
            "state": page.state,
            "lines": len(page.lines),
            "drafted_at": page.drafted_at,
            "submitted_at": page.submitted_at,
            "visa": page.visa,
            "visa_day": page.visa_day,
            "handed_over_at": page.handed_over_at,
            "sha256": page.sha256,
        }
        for page in show_all(session.desk, session.reading())
    ]
    session.output.listing(columns, rows, empty=mark("No slip was ever drawn up."))


@command.verb(
    "export",
    help=mark(
        "Write a slip to standard output: as JSON, to the byte what was frozen, or as a table with --csv.\n\n"
        "`sha256sum` of the JSON gives the digest that is on record."
    ),
    examples=("ledger slip export 1a2b3c4d > bordereau.json", "ledger slip export 1a2b3c4d --csv > bordereau.csv"),
)
@slip_argument()
def export_(session: Session, slip: str) -> None:
    """Write a slip."""
    page = _page(session, slip)
    content = page.content()
    if session.form is Form.CSV:
        session.output.listing(_columns(), list(_rows(page)), empty=mark("This slip has no line."))
    else:
        session.output.raw(content)


@command.verb(
    "extract",
    help=mark(
        "Write what the archives want of a slip into a new folder, before any of it may go.\n\n"
        "A file for each item, with all that its key seals, and a list with their digests. All of what is "
        "transferred; of what is sampled, one in as many as --one-in says. Every opening is recorded. The folder holds "
        "personal data in clear: bring it to the archives by a safe way, then destroy it. Paper is handed over by hand."
    ),
    examples=("ledger slip extract 1a2b3c4d /media/versement", "ledger slip extract 1a2b3c4d versement --one-in 20"),
)
@slip_argument()
@argument("folder", metavar=mark("FOLDER"), help=mark("The folder to make; its parent must be there."))
@option(
    "--one-in", type=click.IntRange(min=1), metavar=mark("COUNT"), help=mark("How large a sample is: one in COUNT.")
)
def extract_(session: Session, slip: str, folder: str, one_in: int | None) -> None:
    """Write what the archives want."""
    from ledger.retention.extract_folder import ExtractFolder
    from ledger.usecases.retention.extracting import extract

    found, place = _slip_of(session, slip), ExtractFolder(Path(folder))
    try:
        written = extract(
            session.desk,
            session.reading(),
            found,
            _kept(session),
            events=session.ledger.events,
            place=place,
            one_in=one_in,
        )
    finally:
        place.discard()
    session.output.done(
        mark("Extracted for the archives: {items} items. Hand them over, then record it with `ledger slip hand-over`."),
        slip=found, items=written.items, manifest=written.manifest,
    )  # fmt: skip


@command.verb(
    "hand-over",
    writes=True,
    help=mark(
        "Record that the archives have what they asked for, under their receipt: the rest may go with the next run.\n\n"
        "The extract is read again, and must hold all that would go."
    ),
    examples=('ledger slip hand-over 1a2b3c4d versement --receipt "AD53 2031-W12"',),
)
@slip_argument()
@argument("folder", metavar=mark("FOLDER"), help=mark("The folder that `ledger slip extract` made."))
@option("--receipt", required=True, metavar=mark("TEXT"), help=mark("The reference of the archives' receipt."))
def hand_over_(session: Session, slip: str, folder: str, receipt: str) -> None:
    """Record what was handed over."""
    from ledger.retention.extract_folder import read_extract
    from ledger.usecases.retention.extracting import hand_over

    found = _slip_of(session, slip)
    recorded = hand_over(
        session.desk, session.command, found, _kept(session), read_extract(Path(folder)), receipt=receipt
    )
    session.output.done(
        mark("Handed over to the archives: {slip}, {authorities} disposal authorities."),
        slip=found, authorities=len(recorded.streams) - 1, repeated=recorded.repeated,
    )  # fmt: skip


def _kept(session: Session) -> Iterator[KeyItem]:
    """Give everything that lives, as the plan sees it; of what is left of headers there is nothing to hand over."""
    from ledger.retention.items import KeyItem

    steps = session.ledger.retention.plan(session.reading(), at=session.at, all_of_it=True)
    return (step.item for step in steps if isinstance(step.item, KeyItem) and step.item.lapses is None)


def _slip_of(session: Session, typed: str) -> UUID:
    from ledger.aggregates.slip import Slip

    return session.reference(Slip, typed, name="slip")


def _page(session: Session, typed: str) -> SlipPage:
    from ledger.usecases.retention.slips import show

    return show(session.desk, session.reading(), _slip_of(session, typed))


def _columns() -> list[Column]:
    from ledger.commands._output import Column

    return [
        Column("line", mark("Line")), Column("table", mark("Row of the table")), Column("title", mark("What it is")),
        Column("category", mark("Category")), Column("medium", mark("Medium")),
        Column("first_day", mark("From")), Column("last_day", mark("To")), Column("count", mark("Number")),
        Column("term", mark("Term")), Column("proposed", mark("Proposed")),
        Column("observations", mark("Observations")), Column("answer", mark("Answer")),
        Column("authority", mark("Authority")),
    ]  # fmt: skip


def _rows(page: SlipPage) -> Iterator[Mapping[str, Any]]:
    for line in page.lines:
        yield {
            "line": line.number,
            "table": line.reference,
            "title": line.title,
            "category": line.category,
            "medium": line.medium,
            "first_day": line.first_day,
            "last_day": line.last_day,
            "count": line.count,
            "term": line.term,
            "proposed": line.proposed,
            "observations": line.observations,
            "answer": page.answers.get(line.number),
            "authority": page.authorities.get(line.number),
        }


def _answers(session: Session, slip: UUID, typed: Mapping[str, str | None]) -> Iterator[Answered]:
    """Read which lines have which answer; `all` needs the lines of the slip."""
    from ledger.aggregates.slip import Answered, LineAnswer

    for answer in LineAnswer:
        words = typed[answer.value]
        if words is not None:
            yield from (Answered(line, answer) for line in _lines(session, slip, words, answer))


def _lines(session: Session, slip: UUID, words: str, answer: LineAnswer) -> Iterable[int]:
    if words.strip().lower() in ALL_LINES:
        from ledger.usecases.retention.slips import show

        return [line.number for line in show(session.desk, session.reading(), slip).lines]
    try:
        return [number for part in words.split(",") for number in _stretch(part)]
    except ValueError:
        raise LinesUnreadable(option=f"--{answer}") from None


def _stretch(part: str) -> range:
    """
    Read "3" or "5-8".

    :raises ValueError: if it is neither
    """
    first, _, last = part.partition("-")
    start, end = int(first), int(last or first)
    if not 0 < start <= end <= _MOST:
        raise ValueError
    return range(start, end + 1)
