"""
A desk command: load five streams, decide at the gate, save five sealed events with their guards, hashed into the tree.

The house and the agent are as the convention wants them: every national partner reached from the house (2.2), and the
agent trained for each (5.2.2). The peer loads five aggregates of as many events, stream by stream, and saves five plain
events with its own application on its own SQLite recorder; both sides grow alike. Both commit durably: WAL with
synchronous FULL, which on the peer's side is what SQLite and the library do unasked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from pathlib import Path
from uuid import UUID

from bench import peer
from bench.pairs import Ratio, compare
from ledger.aggregates.access import Access, Look
from ledger.aggregates.agent import Agent
from ledger.aggregates.house import CoverageMeans, House
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.subject import Subject
from ledger.aggregates.subject_events import Contact
from ledger.bootstrap import Ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.policies.disclosure import Question, decide
from ledger.policies.vocabulary import AccessDecision, ContactMeans, IdentityMethod, Mode, PaperPlace, Place, Role
from ledger.usecases import receive
from ledger.usecases.access.case import agent_standing, case_standing, mandate_standings, open_case
from ledger.usecases.agent.enrol import enrol
from ledger.usecases.agent.train import train
from ledger.usecases.agent.undertake import sign_undertaking as undertake
from ledger.usecases.gate import judging
from ledger.usecases.house.cover_partner import cover_partner
from ledger.usecases.house.register import register as register_house
from ledger.usecases.ports import Command
from ledger.usecases.subject.register import PersonTyped
from ledger.usecases.subject.register import register as register_subject

ENTRY = "FTI02-carte-grise"
COUNTERS = 160
COMMANDS_A_ROUND = 40
EVENTS_BEFORE = 7
"""As many events as a live mandate has; the procedure and the person are brought to as many."""


@dataclass(frozen=True)
class Counter:
    ledger: Ledger
    agent: UUID
    house: UUID
    subject: UUID
    procedure: UUID
    mandate: UUID
    act: str

    def command(self) -> Command:
        return self.ledger.command_of(self.agent, at=self.ledger.clock.now())

    def lengths(self) -> list[int]:
        """Give how many events each of the five streams has."""
        streams = (
            (Agent, self.agent), (House, self.house), (Procedure, self.procedure), (Mandate, self.mandate),
            (Subject, self.subject),
        )  # fmt: skip
        return [stream.version for stream in self.ledger.streams.load_all(streams)]


def open_counter(folder: Path) -> tuple[Ledger, UUID, UUID]:
    """Make a ledger with the house of Loiron and an agent who may work there; give it, the agent and the house."""
    ledger, founder = create_ledger(folder / "ledger", founder=Founder("Dora Exemple", "uid:0"), sandbox=True)

    def command() -> Command:
        return ledger.command_of(founder, at=ledger.clock.now())

    house = register_house(ledger.desk, command(), file=ledger.law.house("loiron")).streams[0]
    agent = enrol(
        ledger.desk, command(), name="Aline Modele", roles=frozenset({Role.AGENT}), account="aline", house=house
    ).streams[0]
    undertake(ledger.desk, command(), agent, text="engagement-1")
    for partner in ledger.law.partners.national(on=ledger.clock.now().date()):
        train(ledger.desk, command(), agent, partner=partner.id, until=date(2099, 12, 31))
        by_video = (CoverageMeans.VIDEO,)
        cover_partner(ledger.desk, command(), house, partner=partner.id, means=by_video, reference="annexe-1")
    return ledger, agent, house


def receive_somebody(ledger: Ledger, agent: UUID, house: UUID, number: int) -> Counter:
    """Receive an invented person up to the live mandate."""
    command = ledger.command_of(agent, at=ledger.clock.now())
    person = PersonTyped("Fictif", "Bob", f"{date(1950, 1, 1) + timedelta(number):%d/%m/%Y}")
    subject = register_subject(ledger.desk, receive.step(command, "person"), person=person).streams[0]
    reception = receive.begin(ledger.desk, command, receive.Wanted(ENTRY, subject, mode=Mode.ACT_FOR))
    reception = receive.draw_up(ledger.desk, command, reception, receive.Wanted(ENTRY, subject))
    receive.identify(ledger.desk, command, reception, IdentityMethod.IDENTITY_CARD)
    receive.tell(ledger.desk, command, reception, notice="bench")
    receive.sign_all(ledger.desk, command, reception)
    receive.file_originals(
        ledger.desk, command, reception, paper=PaperPlace.SAFE, template="bench", template_sha256="0" * 64
    )
    assert reception.mandate is not None
    counter = Counter(ledger, agent, house, subject, reception.procedure, reception.mandate, reception.act)
    lead_a_life(counter)
    return counter


def lead_a_life(counter: Counter) -> None:
    """Let the person get in touch, and change the address, until every stream has its events."""
    streams, command = counter.ledger.streams, counter.command()
    procedure, subject = streams.load(Procedure, counter.procedure), streams.load(Subject, counter.subject)
    while procedure.version < EVENTS_BEFORE:
        procedure.contact(ContactMeans.PHONE, note="", effective_at=command.at, recorded_at=command.at)
    while subject.version < EVENTS_BEFORE:
        subject.change_contact(Contact(phone="0100000000"))
    streams.commit(command, procedure, subject)
    assert counter.lengths()[2:] == [EVENTS_BEFORE] * 3


def desk_command(counter: Counter) -> None:
    """Load five streams, decide, save five events: the access, the act on both streams, a contact, an address."""
    ledger, command = counter.ledger, counter.command()
    look = Look(
        counter.procedure, ("id.civil", "ct.postal", "veh.registration"), Place.PORTAL, Mode.ACT_FOR, present=True,
        act=counter.act,
    )  # fmt: skip
    with judging(ledger.desk, command) as judgement:
        case = open_case(ledger.desk, judgement, counter.procedure)
        subject = ledger.streams.load(Subject, counter.subject)
        decision = decide(
            Question(
                agent=agent_standing(ledger.desk, judgement, case, at=command.at),
                case=case_standing(judgement, case.procedure),
                entry=case.entry, fields=look.fields, place=look.place, mode=look.mode, present=True, act=look.act,
                mandates=mandate_standings(ledger.desk, judgement, case, at=command.at, mode=look.mode),
            )
        )  # fmt: skip
        assert decision.gateway is not None
        access = Access.grant(
            look,
            house=counter.house,
            gateway=decision.gateway,
            mandate=decision.mandate,
            reference="",
            until=command.at,
        )
        (mandate,) = case.mandates
        mandate.do_act(
            ENTRY, counter.act, procedure=counter.procedure, partner="interieur", effective_at=command.at,
            recorded_at=command.at,
        )  # fmt: skip
        for means in (ContactMeans.PHONE, ContactMeans.EMAIL):
            case.procedure.contact(means, note="", effective_at=command.at, recorded_at=command.at)
        subject.change_contact(Contact(phone="0100000000"))
        judgement.commit(
            access, mandate, case.procedure, subject, guards=case.guards(mandate), outcome=AccessDecision.GRANTED
        )


def run(folder: Path) -> list[Ratio]:
    ledger, agent, house = open_counter(folder)
    counters = [receive_somebody(ledger, agent, house, number) for number in range(COUNTERS)]
    app = peer.open_peer(folder)
    lengths = counters[0].lengths()
    theirs = [peer.seed(app, lengths) for _ in range(COUNTERS)]
    ours_next, theirs_next = cycle(counters), cycle(theirs)
    mandates = cycle([counter.mandate for counter in counters])
    things = cycle([ids.mandate for ids in theirs])
    results = [
        compare(
            "load one aggregate, nothing opened", lambda: ledger.streams.load(Mandate, next(mandates)),
            lambda: peer.load_one(app, next(things)), times=COMMANDS_A_ROUND, wanted=">= 1.0",
        ),
        compare(
            "desk command: 5 loads, 5 events, sealed, gated, hashed", lambda: desk_command(next(ours_next)),
            lambda: peer.desk_command(app, next(theirs_next)), times=COMMANDS_A_ROUND, wanted=">= 1.0",
        ),
    ]  # fmt: skip
    ledger.close()
    app.close()
    return results
