"""Draft a mandate: who gives it, to whom, for which acts and requests for data, for how long."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import Aggregate
from ledger.aggregates.house import House
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.subject import Subject
from ledger.errors import UNREPEATED, Invalid
from ledger.identifiers import new_id
from ledger.limits import MANDATE_ACTS, MANDATE_PARTIES
from ledger.policies.mandate_making import Party, check_term, party_of, signers_for
from ledger.policies.mandate_scope import ListedAct, ListedRequest
from ledger.policies.refusals import REFUSALS, RefusedByRule
from ledger.policies.vocabulary import Mandatary, Mode, RefusalCode
from ledger.rules.catalogue import ProcedureEntry
from ledger.rules.law import Law
from ledger.rules.periods import local_day
from ledger.rules.search import shown_reference
from ledger.translation import mark, translate
from ledger.usecases.access.case import at_of, need_same_house
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.house.days import zone_of
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.procedure.casework import receiving, unmoved
from ledger.usecases.procedure.open_procedure import NoHouse
from ledger.usecases.subject.persons import capacity_on, standing


class MandateTooLong(Invalid):
    """More acts, requests or persons than one mandate lists."""

    sentence = mark("A mandate lists at most {acts} acts, as many requests, and {persons} persons.")
    advice = mark("Draw up several mandates, each for what belongs together.")


class TwicePerson(Invalid):
    """The same person gives the mandate twice."""

    sentence = mark("The same person is named twice.")


class NotInTheProcedure(RefusedByRule):
    """A mandate would list an act, or a request for data, that the procedure does not have."""

    sentence = mark("The procedure has no such act, or request for data.")
    naming = mark("The procedure has no act, and no request for data, {code}.")
    advice = mark("A mandate for it lists some of these: {codes}.")

    def __init__(self, entry: ProcedureEntry, code: str) -> None:
        super().__init__(RefusalCode.NOT_A_SPECIAL_MANDATE)
        self._code = shown_reference(code)
        self._codes = [*(act.code for act in entry.acts), *(request.code for request in entry.data_requests)]

    def explain(self) -> str:
        """Say what is refused, in the user's language."""
        return translate(self.sentence if self._code == UNREPEATED else self.naming).format(code=self._code)

    def next_step(self) -> str:
        """Say what the procedure has; the developer's message does not, since it would tell the procedure."""
        advice = self.advice if self._codes else REFUSALS[self.refusal].advice
        return translate(advice).format(codes=", ".join(self._codes))


@dataclass(frozen=True)
class Draft:
    """
    What is drafted. Acts and requests are pairs: the entry of the procedure, and the code within it.

    `agents` names the agents to whom it is given; empty gives it to the house. `capacity_checked` says that the agent
    made the check that the profile asks for a person who signs alone. No `term_days` takes the profile's default.
    """

    persons: tuple[UUID, ...]
    acts: tuple[tuple[str, str], ...] = ()
    requests: tuple[tuple[str, str], ...] = ()
    term_days: int | None = None
    agents: tuple[UUID, ...] = ()
    capacity_checked: bool = False
    effective_at: datetime | None = None


def draft(desk: Desk, command: Command, wanted: Draft) -> Recorded:
    """
    Draft a special mandate. The first stream of the answer is the mandate.

    :raises RefusedByRule: TERM_NOT_OFFERED, NOT_A_SPECIAL_MANDATE, FORBIDDEN_ACT, MODE_NOT_OFFERED, NOT_A_PARTY,
        REPRESENTATIVE_NEEDED, CURATOR_NEEDED, CAPACITY_CHECK_NEEDED, CAPACITY_REFUSED
    :raises MandateTooLong: above the limits
    """
    _check_size(wanted)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        mandate, judged_on = _drafted(desk, judgement, wanted)
        return judgement.commit(mandate, guards=unmoved(*judged_on))


def rehearse(desk: Desk, command: Command, wanted: Draft, *, page: str) -> None:
    """
    Refuse what `draft` would refuse, and draft nothing: for who is about to record other things first.

    It opens facts of the persons to know it, and is on record as a reading of `page`.

    :raises LedgerError: what `draft` raises
    """
    with judging(desk, replace(command, id=new_id(), request=b"")) as judgement:
        _drafted(desk, judgement, wanted)
        judgement.read(page, rows=len(wanted.persons))


def _drafted(desk: Desk, judgement: Judgement, wanted: Draft) -> tuple[Mandate, list[Aggregate]]:
    """Draft the mandate; give it with all that it was judged on."""
    actor, at = receiving(desk, judgement), judgement.command.at
    if actor.agent.house is None:
        raise NoHouse
    happened_at = at_of(judgement.command, wanted.effective_at)
    house = desk.streams.load(House, actor.agent.house)
    on = local_day(happened_at, zone_of(judgement, house))
    acts, requests = listed(desk.law, wanted, on=on)
    subjects = [standing(desk.streams, person) for person in wanted.persons]
    if len({subject.id for subject in subjects}) != len(subjects):
        raise TwicePerson
    named = [_named_agent(desk, judgement, agent, house.id) for agent in dict.fromkeys(wanted.agents)]
    mandate = Mandate.draft(
        house=house.id,
        parties=tuple(
            _party(desk, judgement, subject, acts, on=on, checked=wanted.capacity_checked) for subject in subjects
        ),
        mandatary=Mandatary.NAMED_AGENTS if named else Mandatary.HOUSE,
        agents=tuple(agent.id for agent in named),
        acts=acts,
        requests=requests,
        term_days=term_of(desk.law, wanted, on=on),
        effective_at=happened_at,
        recorded_at=at,
    )
    return mandate, [actor.agent, *subjects, *named]


def term_of(law: Law, wanted: Draft, *, on: date) -> int:
    """Give the duration asked for, in days, or else the usual one of the profile."""
    return law.profile.mandate_default_days(on) if wanted.term_days is None else wanted.term_days


def listed(law: Law, wanted: Draft, *, on: date) -> tuple[tuple[ListedAct, ...], tuple[ListedRequest, ...]]:
    """
    Give what the mandate lists, once it is known that the law of that day lets a mandate list it, for this long.

    :raises RefusedByRule: TERM_NOT_OFFERED, NOT_A_SPECIAL_MANDATE, FORBIDDEN_ACT, MODE_NOT_OFFERED
    :raises UnknownProcedure: if the catalogue has no such entry on that day
    :raises MandateTooLong: above the limits
    """
    _check_size(wanted)
    profile = law.profile
    check_term(term_of(law, wanted, on=on), offered=profile.mandate_durations(on), longest=profile.mandate_max_days(on))
    acts = tuple(_act(law, entry, act, on=on) for entry, act in dict.fromkeys(wanted.acts))
    requests = tuple(_request(law, entry, code, on=on) for entry, code in dict.fromkeys(wanted.requests))
    return acts, requests


def _check_size(wanted: Draft) -> None:
    if max(len(wanted.acts), len(wanted.requests)) > MANDATE_ACTS or len(wanted.persons) > MANDATE_PARTIES:
        raise MandateTooLong(acts=MANDATE_ACTS, persons=MANDATE_PARTIES)


def _act(law: Law, entry_code: str, code: str, *, on: date) -> ListedAct:
    """Give an act of the catalogue that a mandate may list; barred ones never (they would mean nothing)."""
    entry = law.catalogue.procedure(entry_code, on=on)
    if code in entry.forbidden_acts:
        raise RefusedByRule(RefusalCode.FORBIDDEN_ACT)
    if Mode.ACT_FOR not in entry.modes:
        raise RefusedByRule(RefusalCode.MODE_NOT_OFFERED)
    act = entry.act(code)
    if act is None:
        raise NotInTheProcedure(entry, code)
    return ListedAct(entry.code, act.code, act.recurring)


def _request(law: Law, entry_code: str, code: str, *, on: date) -> ListedRequest:
    entry = law.catalogue.procedure(entry_code, on=on)
    if entry.data_request(code) is None:
        raise NotInTheProcedure(entry, code)
    return ListedRequest(entry.code, code)


def _named_agent(desk: Desk, judgement: Judgement, agent_id: UUID, house: UUID) -> Agent:
    agent = desk.streams.load(Agent, agent_id)
    need_same_house(agent, house)
    if not agent.serves_at(judgement.command.at):
        raise RefusedByRule(RefusalCode.AGENT_DEPARTED)
    return agent


def _party(
    desk: Desk, opener: FactOpener, subject: Subject, acts: tuple[ListedAct, ...], *, on: date, checked: bool
) -> Party:
    capacity = capacity_on(opener, subject, on=on)
    if capacity is None or subject.died_at is not None:
        raise RefusedByRule(RefusalCode.NOT_A_PARTY)
    signers = signers_for(
        capacity,
        desk.law.profile.capacity(capacity, on=on),
        acts=acts,
        within=opener.known(subject.within) or (),
        checked=checked,
    )
    beside = opener.known(subject.representative)
    if beside is not None and standing(desk.streams, beside).died_at is not None:
        beside = None
    return party_of(subject.id, signers=signers, beside=beside, capacity=capacity, checked=checked)
