"""
The journal of one person: its time in a ledger of 1,000,000 events against its time in one of 10,000.

    python -m bench.journal                     # about 10 minutes, most of it to fill the large ledger
    python -m bench.journal --large 100000      # a quicker look
    python -m bench.journal --keep FOLDER       # keep the ledgers; with the same folder the next run fills nothing

Both ledgers are real: sealed, linked, hashed and projected. The same person has the same 3 procedures and 30 looks in
each; the rest are other people's. Timed is what a reader waits for before the facts are opened: that the read models
are up to date, the links from the person, the rows, and the sealed events behind them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

from bench.pairs import Ratio, compare
from ledger.aggregates.access import Access, Look
from ledger.aggregates.base import Aggregate
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Contact, Subject
from ledger.bootstrap import Ledger, open_ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.clock import FixedClock
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Gateway, Mission, Mode, Place
from ledger.projections.access_journal import JournalRow, journal_of_subject

SMALL, LARGE = 10_000, 1_000_000
LOOKS_A_PROCEDURE = 10
PROCEDURES_A_PERSON = 3
BATCH = 2_000
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
BIRTH = START.date().replace(year=1958)


@dataclass(frozen=True)
class Filled:
    """A ledger, and the person whose journal is asked for."""

    ledger: Ledger
    person: UUID

    def journal(self) -> list[JournalRow]:
        views = self.ledger.current_views()
        rows = journal_of_subject(views, self.ledger.desk.streams, self.person)
        self.ledger.events.at([row.position for row in rows])
        return rows


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
    houses, begun, number, placed = [new_id() for _ in range(20)], perf_counter(), 0, False
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
            print(f"\r{written:,} events, {written / (perf_counter() - begun):,.0f}/s ", end="", file=sys.stderr)
    print(file=sys.stderr)


def filled(folder: Path, events: int) -> Filled:
    person = UUID(int=0x5EED << 64, version=4)
    home = folder / f"{events}"
    if not (home / "ledger.toml").exists():
        ledger, actor = create_ledger(home, founder=Founder("Banc", "uid:0"), sandbox=True, clock=FixedClock(START))
        fill(ledger, actor, events, person)
        ledger.close()
    ledger = open_ledger(home)
    begun = perf_counter()
    ledger.current_views()
    print(f"projected in {perf_counter() - begun:.0f} s", file=sys.stderr)
    return Filled(ledger, person)


def run(folder: Path, *, small: int = SMALL, large: int = LARGE) -> list[Ratio]:
    ledgers = [filled(folder, events) for events in (small, large)]
    few, many = ledgers
    assert len(few.journal()) == len(many.journal()) == PROCEDURES_A_PERSON * LOOKS_A_PROCEDURE
    result = compare(
        f"journal of one person, {large:,} events against {small:,}", many.journal, few.journal, times=20,
        wanted=">= 0.67",
    )  # fmt: skip
    for each in ledgers:
        each.ledger.close()
    return [result]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.journal", description="Time the journal of one person.")
    parser.add_argument("--small", type=int, default=SMALL)
    parser.add_argument("--large", type=int, default=LARGE)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = asked.keep or Path(folder)
        for ratio in run(place, small=asked.small, large=asked.large):
            print(ratio)
            print(f"it takes {1 / ratio.median:.2f} times as long in the large ledger (wanted: at most 1.5)")


if __name__ == "__main__":
    main()
