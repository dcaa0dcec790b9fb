"""Enrol agents; the first of a ledger is the controller's delegate, who enrols the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from ledger.aggregates.agent import Agent
from ledger.aggregates.base import REGISTER, LinkKind, Scope
from ledger.aggregates.house import House
from ledger.errors import Conflict, Invalid, Refused
from ledger.identifiers import new_id
from ledger.policies.authority import enrolling, may_enrol, roles_conflict
from ledger.policies.vocabulary import Role
from ledger.rules.personal_numbers import find_nir
from ledger.translation import mark
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.agent.find import ACCOUNT, by_account
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded, own_scope
from ledger.usecases.subject.typed import NAME, checked

ACCOUNT_CHARACTERS = 64


class AccountTaken(Conflict):
    """Somebody who serves is already enrolled under this account."""

    sentence = mark("Somebody is already enrolled under this account.")
    advice = mark("Record their departure first, or use the account of the person you enrol.")


class AccountMalformed(Invalid):
    """An account that no operating system would have."""

    sentence = mark("This is not the name or number of an account.")


class RolesConflict(Refused):
    """Roles that can't be joined in one person (GDPR 38(6))."""

    sentence = mark("These roles can't be one person's: the data protection officer only advises, and a job is nobody.")
    advice = mark("Enrol two people, or choose other roles.")


class AlreadyBegun(Refused):
    """The first agent of a ledger is enrolled once."""

    sentence = mark("This ledger already has agents.")
    advice = mark("Ask the controller's delegate to enrol you.")


def enrol_first(desk: Desk, command: Command, *, name: str, account: str, roles: frozenset[Role]) -> Recorded:
    """
    Enrol the controller's delegate of a new ledger, who is the command's own actor, and may be an agent too.

    :raises AlreadyBegun: if anyone is enrolled
    :raises RolesConflict: if the roles lack the delegate's, or can't be one person's
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    if desk.streams.linked(REGISTER, LinkKind.AGENT):
        raise AlreadyBegun
    if Role.DELEGATE not in roles or roles_conflict(roles):
        raise RolesConflict
    agent = _prepared(desk, id=command.actor, name=name, account=account, roles=roles, house=None, begun_at=command.at)
    return desk.streams.commit(command, agent)


def enrol(
    desk: Desk,
    command: Command,
    *,
    name: str,
    roles: frozenset[Role],
    account: str,
    house: UUID | None,
    effective_at: datetime | None = None,
) -> Recorded:
    """
    Enrol somebody in a house, or for the controller where `house` is None.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not give these roles
    :raises RefusedByRule: OTHER_HOUSE, if the house is not the actor's, unless the actor decides
    :raises RolesConflict: if they can't be one person's
    :raises AccountTaken: if somebody who serves has this account
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_enrol(roles, powers=actor.powers), *enrolling(roles))
        actor.need_house(house)
        if roles_conflict(roles):
            raise RolesConflict
        if house is not None:
            desk.streams.load(House, house)
        begun_at = not_future(effective_at or command.at, at=command.at)
        agent = _prepared(desk, id=new_id(), name=name, account=account, roles=roles, house=house, begun_at=begun_at)
        recorded = judgement.commit(agent)
    _leave_if_taken(desk, command, agent.id, account=account, begun_at=begun_at)
    return recorded


def _leave_if_taken(desk: Desk, command: Command, agent_id: UUID, *, account: str, begun_at: datetime) -> None:
    """
    End an enrolment beside which another one was recorded under the same account.

    Both had filed the account and neither was on record when they looked. Whichever is recorded last sees the other.
    """
    if by_account(desk, account, at=begun_at, but=agent_id) is None:
        return
    agent = desk.streams.load(Agent, agent_id)
    agent.depart(effective_at=begun_at, known_at=command.at)
    desk.streams.commit(replace(command, id=uuid5(command.id, agent_id.hex), request=b""), agent)
    raise AccountTaken


def _prepared(
    desk: Desk,
    *,
    id: UUID,
    name: str,
    account: str,
    roles: frozenset[Role],
    house: UUID | None,
    begun_at: datetime,
) -> Agent:
    """Check what was typed, make the agent, and file the account; the filing is durable before the enrolment."""
    login = account.strip()
    if not 0 < len(login) <= ACCOUNT_CHARACTERS or not login.isprintable() or " " in login or find_nir(login):
        raise AccountMalformed
    _must_be_free(desk, login, at=begun_at)
    agent = Agent.enrol(id=id, name=checked(NAME, name), roles=roles, account=login, house=house, effective_at=begun_at)
    desk.index.file(ACCOUNT, login, scope=own_scope(Scope.AGENT, id))
    _must_be_free(
        desk, login, at=begun_at
    )  # somebody may have taken it since; their filing came before their enrolment
    return agent


def _must_be_free(desk: Desk, login: str, *, at: datetime) -> None:
    if by_account(desk, login, at=at) is not None:
        raise AccountTaken
