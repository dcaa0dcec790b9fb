"""
The journal of one person: its time in a ledger of 1,000,000 events against its time in one of 10,000.

Both ledgers are real: sealed, linked, hashed and projected. The same person has the same 3 procedures and 30 looks in
each; the rest are other people's. Timed is what a reader waits for, three times over: to find the rows with their
sealed events; to see the page, its facts opened under a recorded reading; and the same as a command of its own does it,
which opens the ledger and knows no key yet. To fill the large ledger takes minutes.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

from bench.pairs import Ratio, compare
from ledger.aggregates.access import Access, Look
from ledger.aggregates.base import Aggregate
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Subject
from ledger.aggregates.subject_events import Contact
from ledger.bootstrap import Ledger, open_ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.clock import FixedClock, SystemClock
from ledger.commands._context import Session, account
from ledger.commands._forms import Form
from ledger.commands._journal import Wanted, show_journal
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Gateway, Mission, Mode, Place
from ledger.projections.access_journal import JournalRow, journal_of_subject

SMALL, LARGE = 10_000, 1_000_000
LOOKS_A_PROCEDURE = 10
PROCEDURES_A_PERSON = 3
BATCH = 2_000
PROJECTED_AT_ONCE = 10_000
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
BIRTH = START.date().replace(year=1958)


class Reader(Session):
    """One run of `ledger audit subject`, in a ledger that is open already."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(clock=ledger.clock)
        self.choose("form", Form.JSON)
        self._opened = ledger

    @property
    def ledger(self) -> Ledger:
        return self._opened


@dataclass(frozen=True)
class Filled:
    """A ledger, and the person whose journal is asked for."""

    ledger: Ledger
    person: UUID

    def rows(self) -> list[JournalRow]:
        """Find the rows, and read the sealed events behind them."""
        views = self.ledger.current_views()
        rows = journal_of_subject(views, self.ledger.desk.streams, self.person)
        self.ledger.events.at([row.position for row in rows])
        return rows

    def page(self) -> str:
        """Show the page, which opens the facts of every row and records that they were read."""
        return page_of(self.ledger, self.person)

    def command(self) -> str:
        """Show the page as a command does: in a ledger that is opened for it."""
        ledger = open_ledger(self.ledger.locations.home)
        try:
            return page_of(ledger, self.person)
        finally:
            ledger.close()


def page_of(ledger: Ledger, person: UUID) -> str:
    with redirect_stdout(io.StringIO()) as said:
        show_journal(Reader(ledger), Wanted(subject=person))
    return said.getvalue()


def case(person: UUID, house: UUID, at: datetime) -> Iterator[Aggregate]:
    procedure = Procedure.open_for(
        person, house=house, entry="CNAF01-rsa", partner="caf", mission=Mission.ADMINISTRATIVE_HELP, mode=Mode.ASSIST,
        present=True, informed=True, note="", effective_at=at, recorded_at=at,
    )  # fmt: skip
    yield procedure
    look = Look(procedure.id, ("id.civil",), Place.SHOWN, Mode.ASSIST, present=True, informed=True)
    for _ in range(LOOKS_A_PROCEDURE):
        until = at + timedelta(minutes=30)
        yield Access.grant(look, house=house, gateway=Gateway.PRESENCE, mandate=None, reference="", until=until)


def somebody(person: UUID, house: UUID, at: datetime) -> Iterator[Aggregate]:
    yield Subject.register(
        family_name="Exemple", given_name="Aline", birth_date=BIRTH, contact=Contact(), house=house, id=person
    )
    for _ in range(PROCEDURES_A_PERSON):
        yield from case(person, house, at)


def fill(ledger: Ledger, actor: UUID, events: int, person: UUID) -> None:
    """Write people's cases; the person's come in the midst of the others'."""
    houses, progress, number, placed = [new_id() for _ in range(20)], Progress("filling", events), 0, False
    pending: list[Aggregate] = []
    written = ledger.log.size()
    while written < events:
        number += 1
        at = START + timedelta(seconds=20 * number)
        midst = not placed and written + len(pending) > events // 2
        placed = placed or midst
        pending += somebody(person if midst else new_id(), houses[number % len(houses)], at)
        if len(pending) >= min(BATCH, events - written):
            written = ledger.streams.commit(ledger.command_of(actor, at=at), *pending).positions[-1]
            pending = []
            progress.show(written)


class Progress:
    """Says how far a long step is: on one line at a terminal, every tenth elsewhere."""

    def __init__(self, step: str, events: int) -> None:
        self._step = step
        self._events = events
        self._begun = perf_counter()
        self._tenth = 0

    def show(self, written: int) -> None:
        seconds = perf_counter() - self._begun
        left = seconds * max(0, self._events - written) / written
        text = (
            f"{self._step} {self._events:,} events: {written:,} ({written / seconds:,.0f}/s), {left / 60:.1f} min to go"
        )
        done = written >= self._events
        if sys.stderr.isatty():
            print(f"\r{text:<78}", end="\n" if done else "", file=sys.stderr, flush=True)
        elif written * 10 // self._events > self._tenth or done:
            self._tenth = written * 10 // self._events
            print(text, file=sys.stderr, flush=True)


def filled(folder: Path, events: int) -> Filled:
    person = UUID(int=0x5EED << 64, version=4)
    home = folder / f"{events}"
    if not (home / "ledger.toml").exists():
        founder = Founder("Banc", account())
        ledger, actor = create_ledger(home, founder=founder, sandbox=True, clock=FixedClock(START))
        fill(ledger, actor, events, person)
        ledger.close()
    ledger = open_ledger(home, clock=SystemClock())
    project(ledger)
    return Filled(ledger, person)


def project(ledger: Ledger) -> None:
    """Take every event into the read models, which the next reader would else wait for."""
    size = ledger.log.size()
    progress = Progress("projecting", size)
    for until in (*range(PROJECTED_AT_ONCE, size, PROJECTED_AT_ONCE), size):
        ledger.runner.catch_up(until=until)
        progress.show(until)


def run(folder: Path, *, small: int = SMALL, large: int = LARGE) -> Iterator[Ratio]:
    few, many = filled(folder, small), filled(folder, large)
    expected = PROCEDURES_A_PERSON * LOOKS_A_PROCEDURE
    assert len(few.rows()) == len(many.rows()) == expected
    for each in (few, many):
        assert each.page().count("id.civil") == expected, "every fact of the page is opened"
    size = f"{large:,} events against {small:,}"
    for name, ours, theirs, times in (
        (f"journal of one person, {size}", many.page, few.page, 5),
        ("  of which: to find the rows and their sealed events", many.rows, few.rows, 20),
        ("  the whole command, from opening the ledger on", many.command, few.command, 2),
    ):
        yield compare(name, ours, theirs, times=times, wanted=">= 0.67")
    for each in (few, many):
        each.ledger.close()
