"""
What is judged before a reception begins, so that nobody answers for nothing: the agent, and what an absent person gave.

Each judgement is on record as a reading, or as the refusal that it ends in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.identifiers import new_id
from ledger.policies.mandate_life import Standing
from ledger.policies.mandate_scope import MandateScope
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.rules.catalogue import ProcedureEntry
from ledger.translation import mark, translate
from ledger.usecases.access.case import can_supervise, is_trained, mandate_standing
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.ports import Command, Desk, own_scope
from ledger.usecases.procedure.casework import receiving
from ledger.usecases.procedure.open_procedure import NoHouse
from ledger.usecases.receive import Wanted
from ledger.usecases.subject.persons import references

PAGE = "receive"
"""The name under which these judgements stand in the journal of readings."""


class NoLiveMandate(RefusedByRule):
    """The person is not here, and gave this house no mandate for this that lives: none can be signed without them."""

    sentence = mark("The person is not here, and this house has no mandate of theirs in force for what is wanted.")
    advice = mark(
        "A mandate is signed on site, by both: have the person come, or act under one in force that lists these acts. "
        "Nothing was opened."
    )

    def __init__(self) -> None:
        super().__init__(RefusalCode.NO_MANDATE)

    def explain(self) -> str:
        """Say what is refused, in the user's language."""
        return translate(self.sentence)

    def next_step(self) -> str:
        """Say what the user can do now, in the user's language."""
        return translate(self.advice)


def check_receives(desk: Desk, command: Command) -> None:
    """
    Refuse, before anybody is asked anything, an agent who receives nobody.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING or AGENT_DEPARTED
    :raises NoHouse: if the agent is enrolled in no house
    """
    with judging(desk, _reading(command)) as judgement:
        _house_of(receiving(desk, judgement).agent)
        judgement.read(PAGE, rows=0)


def check_trained(
    desk: Desk, command: Command, entry: ProcedureEntry, *, supervisor: UUID | None = None, on: date
) -> None:
    """
    Refuse, before anything is opened or signed, whoever would be refused the first look for want of a training.

    :raises NotFound: if there is no such supervisor
    :raises RefusedByRule: NOT_TRAINED for the entry's partner, with nobody who may supervise (convention 5.2.2)
    """
    with judging(desk, _reading(command)) as judgement:
        agent, at = receiving(desk, judgement).agent, command.at
        house = _house_of(agent)
        if not is_trained(desk, judgement, agent, entry.partner, at=at, on=on) and (
            supervisor is None
            or not can_supervise(
                desk, judgement, agent, desk.streams.load(Agent, supervisor), partner=entry.partner, house=house, at=at,
                on=on,
            )
        ):  # fmt: skip
            raise RefusedByRule(RefusalCode.NOT_TRAINED)
        judgement.read(PAGE, rows=0)


def _house_of(agent: Agent) -> UUID:
    if agent.house is None:
        raise NoHouse
    return agent.house


def mandate_in_force(desk: Desk, command: Command, wanted: Wanted) -> UUID | None:
    """
    Give the last mandate in force by which the person lets this house, or this agent, do all that is wanted.

    Where no act and no request is named, one that lists any of the entry's will do: that is what it was given for.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, NO_UNDERTAKING or AGENT_DEPARTED
    """
    if wanted.subject is None:
        return None
    with judging(desk, _reading(command)) as judgement:
        found = list(_serving(desk, judgement, wanted))
        judgement.read(PAGE, rows=len(found))
    return found[-1] if found else None


def _serving(desk: Desk, judgement: Judgement, wanted: Wanted) -> Iterator[UUID]:
    """Give the mandates in force that the person gave, under any of their references, and that list what is wanted."""
    assert wanted.subject is not None
    agent = receiving(desk, judgement).agent
    known_as = references(desk.streams, wanted.subject)
    scopes = (own_scope(Scope.IDENTITY, reference) for reference in known_as)
    tied = (mandate for scope in scopes for mandate in desk.streams.linked(scope, LinkKind.MANDATE))
    for mandate_id in dict.fromkeys(tied):
        mandate = desk.streams.load(Mandate, mandate_id)
        judged = mandate_standing(judgement, mandate, agent, at=judgement.command.at)
        gave = any(party.person in known_as for party in judgement.known(mandate.parties) or ())
        lives = judged.standing is Standing.LIVE and judged.names_agent and mandate.house == agent.house
        if gave and lives and _lists(judged.scope, wanted):
            yield mandate_id


def _lists(scope: MandateScope, wanted: Wanted) -> bool:
    if not wanted.acts and not wanted.requests:
        return any(scope.lists_act(*act.key) for act in scope.acts if act.entry == wanted.entry) or any(
            request.entry == wanted.entry for request in scope.requests
        )
    return all(scope.lists_act(wanted.entry, act) for act in wanted.acts) and all(
        scope.lists_request(wanted.entry, request) for request in wanted.requests
    )


def _reading(command: Command) -> Command:
    return replace(command, id=new_id(), request=b"")
