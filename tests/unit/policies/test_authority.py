"""Who may do what, by the charter of the profile `mayenne`."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from uuid import UUID

import pytest

from ledger.policies.authority import (
    may,
    may_change_roles,
    may_destroy,
    may_discharge,
    may_enrol,
    may_open_identity,
    may_plan_destruction,
    may_search_people,
    may_see_agents,
    may_see_contacts,
    powers_of,
    roles_conflict,
)
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.rules.law import load_law
from ledger.rules.profile import Power

ON = date(2026, 6, 9)
HOUSE = UUID(int=1)


def powers(*roles: Role) -> frozenset[Power]:
    return powers_of(roles, profile=load_law().profile, on=ON)


def who(allowed: object) -> set[Role]:
    """Give the roles for which a question about powers is answered yes."""
    return {role for role in Role if allowed(powers(role)) is None}  # type: ignore[operator]


def test_powers_add_up() -> None:
    assert powers(Role.AGENT, Role.DELEGATE) == powers(Role.AGENT) | powers(Role.DELEGATE)
    assert powers() == frozenset()


def test_only_the_delegate_decides_and_the_officer_never() -> None:
    assert who(lambda held: may(Power.DECIDE, powers=held)) == {Role.DELEGATE}
    assert Power.ADVISE in powers(Role.DPO)


def test_the_officer_and_the_job_stand_alone() -> None:
    for pair in combinations(Role, 2):
        assert roles_conflict(frozenset(pair)) == bool({Role.DPO, Role.JOB} & set(pair))
    assert not any(roles_conflict(frozenset({role})) for role in Role)


@pytest.mark.parametrize("role", list(Role))
def test_who_gives_a_role(role: Role) -> None:
    givers = who(lambda held: may_enrol(frozenset({role}), powers=held))
    assert givers == ({Role.MANAGER, Role.DELEGATE} if role is Role.AGENT else {Role.DELEGATE})


def test_nobody_changes_their_own_roles_or_takes_more_than_they_may_give() -> None:
    agent, delegate = frozenset({Role.AGENT}), frozenset({Role.DELEGATE})
    held = powers(Role.DELEGATE)
    assert may_change_roles(agent, delegate, powers=held, own=False) is None
    assert may_change_roles(agent, agent, powers=held, own=True) is RefusalCode.ROLE_NOT_ALLOWED
    manager = powers(Role.MANAGER)
    assert may_change_roles(agent, agent, powers=manager, own=False) is None
    for before, after in ((delegate, agent), (agent, delegate)):
        assert may_change_roles(before, after, powers=manager, own=False) is RefusalCode.ROLE_NOT_ALLOWED


def test_who_destroys_and_who_sees_what_would_be() -> None:
    assert who(may_destroy) == {Role.JOB, Role.DELEGATE}
    assert who(may_plan_destruction) == {Role.JOB, Role.DELEGATE, Role.DPO}


def test_who_closes_duties() -> None:
    assert who(lambda held: may_discharge(review=False, set_aside=False, powers=held)) == {Role.AGENT}
    assert who(lambda held: may_discharge(review=True, set_aside=False, powers=held)) == {Role.DPO, Role.DELEGATE}
    for review in (True, False):
        assert who(lambda held, r=review: may_discharge(review=r, set_aside=True, powers=held)) == {Role.DELEGATE}


def test_who_sees_people() -> None:
    assert who(may_search_people) == {Role.AGENT, Role.DPO, Role.DELEGATE}
    assert who(lambda held: may_open_identity(answering=False, powers=held)) == {Role.AGENT}
    assert who(lambda held: may_open_identity(answering=True, powers=held)) == {Role.DELEGATE}
    assert who(lambda held: may_see_contacts(HOUSE, own=HOUSE, powers=held)) == set(Role) - {Role.JOB}
    assert who(lambda held: may_see_contacts(HOUSE, own=None, powers=held)) == set(Role) - {Role.JOB, Role.AGENT}
    assert who(may_see_agents) == {Role.MANAGER, Role.DELEGATE, Role.DPO}
