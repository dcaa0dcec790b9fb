"""An enrolled agent: roles, undertaking of secrecy, trainings, departure."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Personal, Scope, stored
from ledger.errors import Invalid, Refused
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.translation import mark


class UndertakingAlreadySigned(Refused):
    """The undertaking of secrecy is signed once."""

    sentence = mark("This agent has already signed the undertaking of secrecy.")
    advice = mark("There is nothing to do.")


class BeforeEnrolment(Invalid):
    """A fact about an agent that is older than the enrolment."""

    sentence = mark("This date is before the agent was enrolled.")


class TrainingTermInvalid(Invalid):
    """A training that ended before it was given."""

    sentence = mark("The training must be valid on the day it was given at least.")


class NoRole(Invalid):
    """An agent without any role could do nothing and mean nothing."""

    sentence = mark("Give the agent at least one role.")


class Training(NamedTuple):
    """A partner's training: valid from `effective_at` up to, and including, the day `until` (convention 5.2.2)."""

    partner: Fact[str]
    until: Fact[date]
    effective_at: datetime


class Agent(Aggregate):
    """One enrolled person, or the retention job. What it may do follows from its roles, which are facts."""

    KIND = "agent"

    house: UUID | None
    name: Personal[str]
    roles: Fact[tuple[Role, ...]]
    account: Fact[str]
    enrolled_at: datetime
    trainings: list[Training]
    undertaking_at: datetime | None
    departed_at: datetime | None
    departure_known_at: datetime | None

    @classmethod
    def enrol(
        cls,
        *,
        name: str,
        roles: frozenset[Role],
        account: str,
        house: UUID | None,
        effective_at: datetime,
        id: UUID | None = None,
    ) -> Self:
        """
        Enrol somebody under an operating-system account.

        :raises NoRole: if no role is given
        """
        return cls.begin(
            AgentEnrolled,
            id=id,
            house=house,
            effective_at=effective_at,
            name=Personal(name),
            roles=Fact(_listed(roles)),
            account=Fact(account),
        )

    def sign_undertaking(self, *, text: str, effective_at: datetime) -> None:
        """
        Record that the agent signed the undertaking of secrecy, in the version `text` (convention 4.6).

        :raises UndertakingAlreadySigned: if it was signed before
        :raises RefusedByRule: AGENT_DEPARTED, if the agent has left
        """
        self._must_serve(effective_at)
        if self.undertaking_at is not None:
            raise UndertakingAlreadySigned
        self.trigger_event(UndertakingSigned, effective_at=effective_at, text=Fact(text))

    def train(self, *, partner: str, until: date, effective_at: datetime, first_day: date) -> None:
        """
        Record a training on a partner's procedures (convention 5.2.2); `until` is the last day it is valid.

        `first_day` is the day of `effective_at` where the house is. A training may be older than the enrolment.

        :raises TrainingTermInvalid: if it would end before it was given
        :raises RefusedByRule: AGENT_DEPARTED, if the agent has left
        """
        if self.departed_at is not None:
            raise RefusedByRule(RefusalCode.AGENT_DEPARTED)
        if until < first_day:
            raise TrainingTermInvalid
        self.trigger_event(AgentTrained, effective_at=effective_at, partner=Fact(partner), until=Fact(until))

    def change_roles(self, roles: frozenset[Role], *, effective_at: datetime) -> None:
        """
        Give the agent these roles, and no others, from `effective_at` on.

        :raises NoRole: if no role is left
        :raises RefusedByRule: AGENT_DEPARTED, if the agent has left
        """
        self._must_serve(effective_at)
        self.trigger_event(AgentRolesChanged, effective_at=effective_at, roles=Fact(_listed(roles)))

    def depart(self, *, effective_at: datetime, known_at: datetime | None = None) -> None:
        """
        Record that the agent left: no access from `effective_at` on; the house learned of it at `known_at`.

        :raises RefusedByRule: AGENT_DEPARTED, if that is recorded already
        :raises BeforeEnrolment: if it is before the enrolment
        """
        self._must_serve(effective_at)
        self.trigger_event(AgentHasDeparted, effective_at=effective_at, known_at=known_at or effective_at)

    def serves_at(self, instant: datetime) -> bool:
        """Say whether the agent was enrolled and had not left at an instant."""
        return self.enrolled_at <= instant and (self.departed_at is None or instant < self.departed_at)

    def _must_serve(self, effective_at: datetime) -> None:
        if self.departed_at is not None:
            raise RefusedByRule(RefusalCode.AGENT_DEPARTED)
        if effective_at < self.enrolled_at:
            raise BeforeEnrolment


def _listed(roles: frozenset[Role]) -> tuple[Role, ...]:
    if not roles:
        raise NoRole
    return tuple(role for role in Role if role in roles)


@stored
class AgentEnrolled(Created):
    """Somebody was enrolled, in a house or for the controller."""

    TOPIC = "agent.enrolled.1"
    house: UUID | None
    effective_at: datetime
    name: Annotated[Personal[str], Scope.AGENT]
    roles: Annotated[Fact[tuple[Role, ...]], Scope.AGENT]
    account: Annotated[Fact[str], Scope.AGENT]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this agent."""
        return (Link(REGISTER, LinkKind.AGENT, self.originator_id),)

    def apply(self, aggregate: Agent) -> None:
        """Begin without undertaking and without training."""
        aggregate.house, aggregate.name, aggregate.enrolled_at = self.house, self.name, self.effective_at
        aggregate.roles, aggregate.account = self.roles, self.account
        aggregate.trainings, aggregate.undertaking_at = [], None
        aggregate.departed_at = aggregate.departure_known_at = None


@stored
class UndertakingSigned(Event):
    """The agent signed the undertaking of secrecy."""

    TOPIC = "agent.undertaking-signed.1"
    effective_at: datetime
    text: Annotated[Fact[str], Scope.AGENT]

    def apply(self, aggregate: Agent) -> None:
        """Keep when."""
        aggregate.undertaking_at = self.effective_at


@stored
class AgentTrained(Event):
    """The agent was trained on a partner's procedures."""

    TOPIC = "agent.trained.1"
    effective_at: datetime
    partner: Annotated[Fact[str], Scope.AGENT]
    until: Annotated[Fact[date], Scope.AGENT]

    def apply(self, aggregate: Agent) -> None:
        """Add the training."""
        aggregate.trainings.append(Training(self.partner, self.until, self.effective_at))


@stored
class AgentRolesChanged(Event):
    """The agent's roles changed."""

    TOPIC = "agent.roles-changed.1"
    effective_at: datetime
    roles: Annotated[Fact[tuple[Role, ...]], Scope.AGENT]

    def apply(self, aggregate: Agent) -> None:
        """Take the new roles."""
        aggregate.roles = self.roles


@stored
class AgentHasDeparted(Event):
    """The agent left."""

    TOPIC = "agent.departed.1"
    effective_at: datetime
    known_at: datetime

    def apply(self, aggregate: Agent) -> None:
        """Keep when, and since when it is known."""
        aggregate.departed_at, aggregate.departure_known_at = self.effective_at, self.known_at
