"""A real ledger for tests of use cases: real store, real keys, invented people, and a clock that stands still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import Circumstances
from ledger.bootstrap import Ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.clock import UTC, FixedClock
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Gateway, Mission, Mode, OutcomeCode, Role
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.agent.enrol import enrol
from ledger.usecases.agent.undertake import sign_undertaking
from ledger.usecases.house.register import register as register_house
from ledger.usecases.ports import Command, Desk
from ledger.usecases.retention.authorities import grant
from ledger.usecases.subject.register import PersonTyped
from ledger.usecases.subject.register import register as register_subject

MORNING = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
"""Tuesday 9 June 2026, ten o'clock at Loiron."""
ALINE = PersonTyped("Exemple", "Aline", "17/03/1958", phone="02 43 00 00 17", address="1 rue du Test, 53320 Loiron")


@dataclass
class Workbench:
    """A ledger with a delegate, the house of Loiron, an agent who has signed the undertaking, and a job."""

    ledger: Ledger
    clock: FixedClock
    delegate: UUID
    house: UUID
    agent: UUID
    job: UUID

    @property
    def desk(self) -> Desk:
        return self.ledger.desk

    def command(self, actor: UUID | None = None, *, request: bytes = b"") -> Command:
        """Make a command of the agent, or of somebody else, at the clock's instant."""
        return self.ledger.command_of(actor or self.agent, at=self.clock.now(), request=request)

    def later(self, **delta: float) -> datetime:
        """Move the clock on."""
        self.clock.instant += timedelta(**delta)
        return self.clock.instant

    def enrol(self, name: str, *roles: Role, secrecy: bool = True, house: UUID | None = None) -> UUID:
        """Enrol somebody at Loiron."""
        recorded = enrol(
            self.desk,
            self.command(self.delegate),
            name=name,
            roles=frozenset(roles),
            account=f"uid:{new_id().hex[:8]}",
            house=house or self.house,
        )
        if secrecy:
            sign_undertaking(self.desk, self.command(self.delegate), recorded.streams[0], text="2026-1")
        return recorded.streams[0]

    def person(self, typed: PersonTyped = ALINE, **more: object) -> UUID:
        """Register somebody."""
        return register_subject(self.desk, self.command(), person=typed, **more).streams[0]  # type: ignore[arg-type]

    def procedure(self, subject: UUID | None = None, *, values: tuple[str, ...] = ("AB-123-CD",)) -> UUID:
        """Open a procedure with kept values."""
        now = self.clock.now()
        procedure = Procedure.open_for(
            subject or self.person(),
            house=self.house,
            entry="ANTS01-carte-grise",
            partner="france-titres",
            mission=Mission.ADMINISTRATIVE_HELP,
            mode=Mode.ASSIST,
            present=True,
            informed=True,
            note="",
            effective_at=now,
            recorded_at=now,
        )
        for number, value in enumerate(values):
            procedure.keep_value(f"field.{number}", value, Circumstances(Gateway.PRESENCE))
        self.desk.streams.commit(self.command(), procedure)
        return procedure.id

    def resolve(self, procedure_id: UUID) -> None:
        """Resolve a procedure now."""
        now, procedure = self.clock.now(), self.desk.streams.load(Procedure, procedure_id)
        procedure.resolve(
            OutcomeCode.FORMALITY_DONE, mission=Mission.ADMINISTRATIVE_HELP, effective_at=now, recorded_at=now
        )
        self.desk.streams.commit(self.command(), procedure)

    def authority(
        self,
        *,
        first_day: date = date(2020, 1, 1),
        last_day: date | None = None,
        category: RetentionClass = RetentionClass.WORKING_DATA,
    ) -> UUID:
        """Grant a standing agreement."""
        recorded = grant(
            self.desk,
            self.command(self.delegate),
            category=category,
            first_day=first_day,
            last_day=last_day,
            reference="AD53-2026-017",
        )
        return recorded.streams[0]

    def close(self) -> None:
        self.ledger.close()


def make_workbench(folder: Path) -> Workbench:
    """Make a ledger in a new folder, on the database that the environment names."""
    clock = FixedClock(MORNING)
    founder = Founder("Dominique Décideur", "uid:1000")
    ledger, delegate = create_ledger(folder, founder=founder, sandbox=True, clock=clock)
    command = ledger.command_of(delegate, at=clock.now())
    house = register_house(ledger.desk, command, file=ledger.law.houses["loiron"]).streams[0]
    bench = Workbench(ledger, clock, delegate, house, delegate, delegate)
    bench.agent = bench.enrol("Camille Conseil", Role.AGENT)
    bench.job = bench.enrol("Tâche de nuit", Role.JOB, secrecy=False)
    return bench
