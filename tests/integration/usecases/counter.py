"""The counter of a real ledger for tests: a trained agent, people, mandates made step by step, looks and acts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from ledger.aggregates.access import Look
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.personal import Personal
from ledger.policies.mandate_making import Signature
from ledger.policies.vocabulary import (
    IdentityMethod,
    InformationTopic,
    Mode,
    PaperPlace,
    Place,
    Role,
    Signatory,
)
from ledger.usecases.access.request import AccessAnswer, request
from ledger.usecases.agent.train import train
from ledger.usecases.mandate.draft import Draft, draft
from ledger.usecases.mandate.making import Originals, Signing, count_originals, inform, sign, verify_identity
from ledger.usecases.ports import Command, Desk
from ledger.usecases.procedure.attach_mandate import attach_mandate
from ledger.usecases.procedure.doing import Doing, keep_value
from ledger.usecases.procedure.open_procedure import Opening, open_procedure
from ledger.usecases.subject.register import PersonTyped
from tests.integration.usecases.workbench import Workbench

BOB = PersonTyped("Fictif", "Bob", "02/11/1961")
RSA, ACTIVITY, CAREER, SITUATION = "CNAF01-rsa", "CNAF02-prime-activite", "CNAV02-releve", "CNAF05-situation"
PARTNERS = tuple("cnaf cnav cnam ccmsa dgfip france-travail interieur france-renov justice cheque-energie".split())


@dataclass
class Counter:
    """A counter with a trained agent; time stands still unless it is moved."""

    bench: Workbench

    @property
    def desk(self) -> Desk:
        return self.bench.desk

    @property
    def now(self) -> datetime:
        return self.bench.clock.now()

    def command(self, actor: UUID | None = None, **more: Any) -> Command:
        return self.bench.command(actor, **more)

    def train(self, agent: UUID, partners: Iterable[str] = PARTNERS, *, until: date = date(2027, 6, 9)) -> None:
        """Train an agent on partners' procedures."""
        for partner in partners:
            train(self.desk, self.command(self.bench.delegate), agent, partner=partner, until=until)

    def colleague(self, name: str = "Alex Collègue", *, trained: bool = True, **more: Any) -> UUID:
        """Enrol another agent."""
        agent = self.bench.enrol(name, Role.AGENT, **more)
        if trained:
            self.train(agent)
        return agent

    def opened(self, subject: UUID | None, entry: str = RSA, *, agent: UUID | None = None, **more: Any) -> UUID:
        """Open a procedure."""
        opening = Opening(entry, subject=subject, **{"informed": True, **more})
        return open_procedure(self.desk, self.command(agent), opening).streams[0]

    def drafted(
        self,
        *persons: UUID,
        acts: Iterable[str] = (f"{RSA}:file",),
        requests: Iterable[str] = (),
        term_days: int | None = 31,
        agents: tuple[UUID, ...] = (),
        **more: Any,
    ) -> UUID:
        """Draft a mandate; acts and requests are said by their codes, which begin with their entry's."""
        wanted = Draft(
            persons=persons,
            acts=tuple((code.partition(":")[0], code) for code in acts),
            requests=tuple((code.partition(":")[0], code) for code in requests),
            term_days=term_days,
            agents=agents,
            **more,
        )
        return draft(self.desk, self.command(), wanted).streams[0]

    def identified(self, mandate: UUID, *people: UUID) -> None:
        """Verify identities."""
        for person in people:
            verify_identity(self.desk, self.command(), mandate, person=person, method=IdentityMethod.IDENTITY_CARD)

    def informed(self, mandate: UUID) -> None:
        """Inform of everything."""
        inform(self.desk, self.command(), mandate, topics=tuple(InformationTopic), notice="2026-1")

    def signed(self, mandate: UUID, *persons: UUID, agent: UUID | None = None) -> None:
        """Have persons and the agent sign."""
        signatures = [Signature(Signatory.PERSON, person, person) for person in persons]
        signatures.append(Signature(Signatory.MANDATARY, agent or self.bench.agent))
        sign(self.desk, self.command(agent), mandate, Signing(tuple(signatures)))

    def counted(self, mandate: UUID, originals: int = 2, **more: Any) -> None:
        """Count the originals, which lets the mandate live."""
        wanted = Originals(originals, PaperPlace.LOCKED_CABINET, "mandat-2026-1", "0" * 64, **more)
        count_originals(self.desk, self.command(), mandate, wanted)

    def live(self, *persons: UUID, agents: tuple[UUID, ...] = (), **more: Any) -> UUID:
        """Make a mandate, step by step."""
        mandate = self.drafted(*persons, agents=agents, **more)
        self.identified(mandate, *persons)
        self.informed(mandate)
        self.signed(mandate, *persons, agent=agents[0] if agents else None)
        self.counted(mandate, len(persons) + 1)
        return mandate

    def attached(self, procedure: UUID, mandate: UUID, *, agent: UUID | None = None) -> None:
        """Let a mandate serve a procedure."""
        attach_mandate(self.desk, self.command(agent), procedure, mandate_id=mandate)

    def served(self, subject: UUID, entry: str = RSA, **more: Any) -> tuple[UUID, UUID]:
        """Open a procedure that a live mandate serves."""
        procedure = self.opened(subject, entry, mode=Mode.ACT_FOR, present=True)
        mandate = self.live(subject, **{"acts": (f"{entry}:file",), **more})
        self.attached(procedure, mandate)
        return procedure, mandate

    def look(self, procedure: UUID, *fields: str, agent: UUID | None = None, **more: Any) -> AccessAnswer:
        """Ask to look at fields that the person, who is here, shows; or otherwise, as is said."""
        asked = Look(
            procedure=procedure, fields=fields or ("id.civil",), place=Place.SHOWN, mode=Mode.ASSIST, present=True
        )
        return request(self.desk, self.command(agent), replace(asked, **more))

    def act_for(self, procedure: UUID, *fields: str, agent: UUID | None = None, **more: Any) -> AccessAnswer:
        """Ask to look at fields in the portal, in the name of the person, who is away."""
        wanted = {"place": Place.PORTAL, "mode": Mode.ACT_FOR, "present": False, "act": f"{RSA}:file", **more}
        return self.look(procedure, *fields, agent=agent, **wanted)

    def kept(self, procedure: UUID, field: str = "no.caf", value: str = "0000017") -> None:
        """Keep a value that the person gives."""
        keep_value(self.desk, self.command(), here(procedure), field=field, value=Personal(value))

    def mandate(self, mandate: UUID) -> Mandate:
        return self.desk.streams.load(Mandate, mandate)

    def procedure(self, procedure: UUID) -> Procedure:
        return self.desk.streams.load(Procedure, procedure)


def here(procedure: UUID, **more: Any) -> Doing:
    """Say that the person is here and does it, helped."""
    return replace(Doing(procedure, mode=Mode.ASSIST, present=True), **more)


def away(procedure: UUID, act: str = f"{RSA}:file", **more: Any) -> Doing:
    """Say that the house does it in the name of the person, who is away."""
    return replace(Doing(procedure, mode=Mode.ACT_FOR, present=False, act=act), **more)
