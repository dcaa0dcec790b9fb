"""
The scope of a breach in a ledger of 1,000,000 events: how long one waits for the figures, by what the breach is about.

The ledger is real: sealed, linked and hashed, with 40 agents in 20 houses over ten months. Each scope is measured as a
command does it: the ledger is opened for it, knows no key yet, and the reading is recorded. To fill it takes minutes.

The peer is the same question asked of plain rows: a table in clear, in the same kind of file, with whose each look is
and which fields it saw. What is sealed can't be faster; how far it is from there is what the ratio says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

from bench.journal import BATCH, Progress
from ledger.aggregates.access import Access, Look
from ledger.aggregates.agent import Agent
from ledger.aggregates.base import REGISTER, Aggregate, LinkKind
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.aggregates.subject import LegalCapacity, Subject
from ledger.aggregates.subject_events import Contact
from ledger.bootstrap import Ledger, open_ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.bootstrap.scoping import LedgerScopeLog
from ledger.clock import FixedClock
from ledger.commands._context import account
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Capacity, Gateway, Mission, Mode, Place, Role
from ledger.usecases.breach.scope import ScopeAsked, ScopeMeasured, measure

T = TypeVar("T")

EVENTS = 1_000_000
HOUSES, AGENTS = 20, 40
DAYS = 300
LOOKS_A_PROCEDURE = 9
PROCEDURES_A_PERSON = 3
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
NOON = START + timedelta(days=DAYS + 2)
WANTED = 5.0
ROUNDS = 3
ENTRIES = (
    ("CNAF01-rsa", "caf", ("id.civil", "hh.composition", "inc.3m")),
    ("CNAF06-aah", "caf", ("id.civil", "bank.iban")),
    ("ANTS01-carte-grise", "france-titres", ("id.civil", "veh.registration")),
    ("DGFIP01-revenus", "dgfip", ("id.civil", "tax.rfr")),
)


@dataclass
class Filled:
    """A ledger, where it is, and whom and what can be asked about."""

    home: Path
    agents: list[UUID] = field(default_factory=list)
    houses: list[UUID] = field(default_factory=list)

    def measured(self, **asked: Any) -> ScopeMeasured:
        """Measure a scope as a command does, from the opening of the ledger on."""
        ledger = open_ledger(self.home, clock=FixedClock(NOON))
        try:
            command = ledger.command(id=new_id(), at=NOON, account=account())
            return measure(ledger.desk, command, LedgerScopeLog(ledger), ScopeAsked(**asked))
        finally:
            ledger.close()


@dataclass(frozen=True)
class Waited:
    """How long one waits for the figures of a scope."""

    name: str
    seconds: float
    longest: float
    found: ScopeMeasured
    plain: float | None = None
    """Seconds of the same question asked of a table in clear, where there is one."""

    def __str__(self) -> str:
        figures, peer = self.found.figures, "" if self.plain is None else f", in clear {self.plain:.2f} s"
        return (
            f"{self.name:<58} {self.seconds:6.2f} s   (longest {self.longest:.2f})  wanted <= {WANTED:.0f} s   "
            f"{figures.people:,} people, {figures.records:,} records, {figures.unexamined:,} not examined{peer}"
        )


def run(folder: Path, *, events: int = EVENTS) -> Iterator[Waited]:
    ledger = filled(folder, events)
    peer = _in_clear(folder / f"scope-{events}-in-clear.sqlite3", ledger)
    agent, house, month = ledger.agents[3], ledger.houses[0], NOON - timedelta(days=30)
    asked: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("scope of an account, ten months", {"agents": (agent,)}, "agent"),
        ("  of a house, a month", {"house": house, "since": month}, ""),
        ("  of a house, ten months", {"house": house}, "house"),
        ("  of a recipient, a month", {"recipient": "caf", "since": month}, ""),
        ("  of a month, all houses", {"since": month}, ""),
        ("  of everything ever seen", {"since": START - timedelta(days=1)}, "all"),
        ("  of a copy without the root key", {"copy_at": NOON}, ""),
        ("  of a copy with the root key", {"copy_at": NOON, "with_root": True}, "all"),
    )
    for name, options, of in asked:
        seconds, found = zip(*(_timed(partial(ledger.measured, **options)) for _ in range(ROUNDS)), strict=True)
        plain = median(_timed(partial(peer, of))[0] for _ in range(ROUNDS)) if of else None
        yield Waited(f"{name}, {events:,} events", median(seconds), max(seconds), found[0], plain)


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    begun = perf_counter()
    found = work()
    return perf_counter() - begun, found


def _in_clear(path: Path, ledger: Filled) -> Callable[[str], object]:
    """Make a table in clear with as many looks, and give what counts people, looks and fields in it."""
    if not path.exists():
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE looks (at TEXT, agent INTEGER, house INTEGER, person INTEGER, fields TEXT)")
            rows = (
                (f"{START + timedelta(seconds=29 * n):%Y-%m-%dT%H:%M}", n // 400 % AGENTS, n // 400 % HOUSES, n // 30,
                 ",".join(ENTRIES[n // 10 % len(ENTRIES)][2]))
                for n in range(_looks(ledger))
            )  # fmt: skip
            database.executemany("INSERT INTO looks VALUES (?, ?, ?, ?, ?)", rows)
            database.execute("CREATE INDEX by_agent ON looks (agent)")
            database.execute("CREATE INDEX by_house ON looks (house)")
            database.commit()
    where = {"agent": "WHERE agent = 3", "house": "WHERE house = 0", "all": ""}

    def ask(of: str) -> object:
        with closing(sqlite3.connect(path)) as database:
            sql = f"SELECT fields, COUNT(DISTINCT person), COUNT(*) FROM looks {where[of]} GROUP BY fields"
            return database.execute(sql).fetchall()

    return ask


def _looks(ledger: Filled) -> int:
    with closing(sqlite3.connect(ledger.home / "events.sqlite3")) as database:
        return int(database.execute("SELECT COUNT(*) FROM events WHERE topic = 'access.granted.1'").fetchone()[0])


def case(person: UUID, house: UUID, at: datetime, number: int) -> Iterator[Aggregate]:
    entry, partner, fields = ENTRIES[number % len(ENTRIES)]
    procedure = Procedure.open_for(
        person, house=house, entry=entry, partner=partner, mission=Mission.ADMINISTRATIVE_HELP, mode=Mode.ASSIST,
        present=True, informed=True, note="Rendez-vous pris." if number % 3 == 0 else "", effective_at=at,
        recorded_at=at,
    )  # fmt: skip
    how = Circumstances(Gateway.PRESENCE)
    procedure.transmit(
        partner, how, fields=fields, act="", reference="", commercial=False, consent=False, information=False,
        effective_at=at, recorded_at=at,
    )  # fmt: skip
    yield procedure
    look = Look(procedure.id, fields, Place.PORTAL, Mode.ASSIST, present=True, informed=True)
    for _ in range(LOOKS_A_PROCEDURE):
        until = at + timedelta(minutes=30)
        yield Access.grant(look, house=house, gateway=Gateway.PRESENCE, mandate=None, reference="", until=until)


def somebody(person: UUID, parent: UUID, house: UUID, at: datetime, number: int) -> Iterator[Aggregate]:
    """Make a person: every tenth the child of the one before, every second with a telephone."""
    minor = number % 10 == 0
    yield Subject.register(
        family_name="Exemple", given_name="Aline", birth_date=date(1958, 3, 17), house=house, id=person,
        contact=Contact(phone="02 43 00 00 17" if number % 2 else ""),
        capacity=LegalCapacity(Capacity.MINOR, parent) if minor else LegalCapacity(),
        full_age_on=date(2035, 1, 1) if minor else None,
    )  # fmt: skip
    for each in range(PROCEDURES_A_PERSON):
        yield from case(person, house, at, number + each)


def filled(folder: Path, events: int) -> Filled:
    """Make the ledger, or find the one that was kept."""
    home = folder / f"scope-{events}"
    if not (home / "ledger.toml").exists():
        ledger, founder = create_ledger(home, founder=Founder("Banc", account()), sandbox=True, clock=FixedClock(START))
        houses = [new_id() for _ in range(HOUSES)]
        agents = [_agent(number, houses[number % HOUSES]) for number in range(AGENTS)]
        ledger.streams.commit(ledger.command_of(founder, at=START), *agents)
        _fill(ledger, agents, houses, events)
        ledger.close()
    ledger = open_ledger(home, clock=FixedClock(NOON))
    found = ledger.streams.linked(REGISTER, LinkKind.AGENT)
    own = {agent: ledger.streams.load(Agent, agent).house for agent in found}
    ledger.close()
    agents_of_houses = [agent for agent in found if own[agent] is not None]
    return Filled(home, agents_of_houses, [house for house in dict.fromkeys(own.values()) if house is not None])


def _agent(number: int, house: UUID) -> Agent:
    return Agent.enrol(
        name="Camille Conseil", roles=frozenset({Role.AGENT}), account=f"uid:{9000 + number}", house=house,
        effective_at=START,
    )  # fmt: skip


def _fill(ledger: Ledger, agents: list[Agent], houses: list[UUID], events: int) -> None:
    progress, pending, number, written = Progress("filling", events), list[Aggregate](), 0, ledger.log.size()
    people = events // (1 + PROCEDURES_A_PERSON * (LOOKS_A_PROCEDURE + 2))
    turn, person = 0, new_id()
    while written < events:
        number, parent, person = number + 1, person, new_id()
        at = START + timedelta(days=DAYS) * min(1.0, number / people)
        pending += somebody(person, parent, houses[turn % HOUSES], at, number)
        if len(pending) >= min(BATCH, events - written):
            command = ledger.command_of(agents[turn % AGENTS].id, at=at)
            written = ledger.streams.commit(command, *pending).positions[-1]
            pending, turn = [], turn + 1
            progress.show(written)
