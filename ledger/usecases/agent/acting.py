"""Who acts: the enrolled agent behind a command, and what the roles of that agent allow on that day."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar
from uuid import UUID

from ledger.aggregates.agent import Agent
from ledger.errors import NotFound, Refused
from ledger.policies.authority import may, may_act_for_house, powers_of, roles_with
from ledger.policies.refusals import OtherRole, RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.rules.profile import NoRuleOnDay, Power
from ledger.translation import mark
from ledger.usecases.gate import FactOpener, Judgement
from ledger.usecases.house.days import day_in, day_of
from ledger.usecases.ports import Desk


class NotEnrolled(Refused):
    """Nobody is enrolled under this account or reference."""

    decision: ClassVar[RefusalCode] = RefusalCode.ROLE_NOT_ALLOWED
    sentence = mark("You are not enrolled in this ledger.")
    advice = mark("Ask the manager of the house, or the controller's delegate, to enrol you.")


_A_DAY = timedelta(days=1)


@dataclass(frozen=True, eq=False)
class Acting:
    """The agent who acts, with roles opened to judge the command."""

    agent: Agent
    roles: frozenset[Role]
    powers: frozenset[Power]
    holders: Callable[[Collection[Power]], tuple[Role, ...]]
    """Whose task it is, by the law of that day: the roles that give one of these powers."""

    def need(self, power: Power) -> None:
        """
        Refuse who lacks a power.

        :raises RefusedByRule: ROLE_NOT_ALLOWED, if no role of the agent gives it
        """
        self.allow(may(power, powers=self.powers), power)

    def allow(self, refusal: RefusalCode | None, *powers: Power) -> None:
        """
        Go on unless a policy said no; what it asks for is one of these powers, whose holders are named.

        :raises RefusedByRule: if it did
        """
        if refusal is RefusalCode.ROLE_NOT_ALLOWED:
            raise OtherRole(self.holders(powers))
        allow(refusal)

    def need_house(self, house: UUID | None) -> None:
        """
        Refuse who acts for a house that is not their own without deciding for the controller.

        :raises RefusedByRule: OTHER_HOUSE
        """
        allow(may_act_for_house(house, own=self.agent.house, powers=self.powers))

    def need_secrecy(self, *, at: datetime) -> None:
        """
        Refuse who has not signed the undertaking of secrecy before this instant (convention 4.6).

        :raises RefusedByRule: NO_UNDERTAKING, if it was not signed, or later
        """
        signed_at = self.agent.undertaking_at
        if signed_at is None or signed_at > at:
            raise RefusedByRule(RefusalCode.NO_UNDERTAKING)


def acting(desk: Desk, judgement: Judgement) -> Acting:
    """
    Give the agent behind the command being judged.

    :raises NotEnrolled: if the actor is no enrolled agent, or the agent's data are destroyed
    :raises RefusedByRule: AGENT_DEPARTED, if the agent does not serve any more
    """
    command = judgement.command
    try:
        agent = desk.streams.load(Agent, command.actor)
    except NotFound as fault:
        raise NotEnrolled from fault
    if not agent.serves_at(command.at):
        raise RefusedByRule(RefusalCode.AGENT_DEPARTED)
    roles = frozenset(judgement.known(agent.roles) or ())
    if not roles:
        raise NotEnrolled
    powers = powers_at(desk, judgement, agent, roles, at=command.at)
    holders = partial(roles_with, profile=desk.law.profile, on=day_of(command.at))
    return Acting(agent, roles, powers, holders)


def powers_at(
    desk: Desk, opener: FactOpener, agent: Agent, roles: frozenset[Role], *, at: datetime
) -> frozenset[Power]:
    """Give what roles allow on the day that it is in the agent's house, which matters only about a change of rules."""
    profile, day = desk.law.profile, day_of(at)
    try:
        around = {powers_of(roles, profile=profile, on=on) for on in (day - _A_DAY, day, day + _A_DAY)}
    except NoRuleOnDay:
        around = set()
    if len(around) == 1:
        return around.pop()
    return powers_of(roles, profile=profile, on=day_in(desk, opener, agent.house, at))


def allow(refusal: RefusalCode | None) -> None:
    """
    Go on unless a policy said no.

    :raises RefusedByRule: if it did
    """
    if refusal is not None:
        raise RefusedByRule(refusal)


def not_future(happened_at: datetime, *, at: datetime) -> datetime:
    """
    Give the instant of a fact, once it is known not to lie ahead of the command.

    :raises RefusedByRule: IN_THE_FUTURE, if it does
    """
    if happened_at > at:
        raise RefusedByRule(RefusalCode.IN_THE_FUTURE)
    return happened_at
