"""
Who may do what, by the roles of the charter.

The controller's delegate decides; the data protection officer advises and audits and never decides (GDPR 38(6), 39).
What each role may do is data of the profile, chosen by the date of the command; what must never be joined in one pair
of hands is law, and stands here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date
from uuid import UUID

from ledger.policies.vocabulary import RefusalCode, Role
from ledger.rules.profile import Power, Profile

_ALONE = frozenset({Role.DPO, Role.JOB})
"""Roles that are joined to no other: an officer who decides audits himself, and a job is no person."""


def powers_of(roles: Iterable[Role], *, profile: Profile, on: date) -> frozenset[Power]:
    """
    Give all that these roles may do on a day.

    :raises NoRuleOnDay: if the profile says nothing of a role on that day
    """
    granted: frozenset[Power] = frozenset()
    for role in roles:
        granted |= profile.role(role, on=on).powers
    return granted


def roles_with(powers: Collection[Power], *, profile: Profile, on: date) -> tuple[Role, ...]:
    """Give the roles that may do on a day what takes one of these powers."""
    known = set(map(str, profile.roles_by_code))
    return tuple(role for role in Role if role in known and powers_of([role], profile=profile, on=on) & set(powers))


def roles_conflict(roles: frozenset[Role]) -> bool:
    """Say whether these roles can't be one person's (GDPR 38(6): no conflict of interests for the officer)."""
    return bool(roles & _ALONE) and len(roles) > 1


def may(power: Power, *, powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody with these powers may not do what takes `power`, or None."""
    return None if power in powers else RefusalCode.ROLE_NOT_ALLOWED


def may_enrol(roles: frozenset[Role], *, powers: frozenset[Power]) -> RefusalCode | None:
    """
    Say why somebody with these powers may not give these roles, or None.

    Whoever enrols may enrol agents; every other role is the controller's to give.
    """
    if roles <= {Role.AGENT}:
        return may(Power.ENROL, powers=powers)
    return may(Power.ENROL, powers=powers) or may(Power.DECIDE, powers=powers)


def enrolling(roles: frozenset[Role]) -> tuple[Power, ...]:
    """Give what it takes to give these roles, the power that not every enroller has where it takes both."""
    return (Power.ENROL,) if roles <= {Role.AGENT} else (Power.DECIDE,)


def may_change_roles(
    before: frozenset[Role], after: frozenset[Role], *, powers: frozenset[Power], own: bool
) -> RefusalCode | None:
    """Say why somebody may not replace these roles, or None; nobody changes their own."""
    if own:
        return RefusalCode.ROLE_NOT_ALLOWED
    return may_enrol(before | after, powers=powers)


def may_act_for_house(house: UUID | None, *, own: UUID | None, powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody of the house `own` may not act on what is of another, or None: the controller's delegate may."""
    if Power.DECIDE in powers or (house is not None and house == own):
        return None
    return RefusalCode.OTHER_HOUSE


def may_destroy(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not start a run of retention, or None: the job does, or the controller's delegate."""
    return None if powers & {Power.DESTROY, Power.DECIDE} else RefusalCode.ROLE_NOT_ALLOWED


def may_discharge(
    *, review: bool, set_aside: bool, powers: frozenset[Power], decision: bool = False
) -> RefusalCode | None:
    """
    Say why somebody may not close a duty, or None.

    What is done is recorded by whoever does it: agents for their work, reviewers for reviews, the controller's delegate
    for what is itself a decision. Setting a duty aside is the controller's decision.
    """
    if set_aside or decision:
        return may(Power.DECIDE, powers=powers)
    return may(Power.REVIEW if review else Power.RECEIVE, powers=powers)


def may_search_people(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not look whether a person is known, or None: who receives people may, and who audits."""
    return None if powers & {Power.RECEIVE, Power.READ_JOURNAL} else RefusalCode.ROLE_NOT_ALLOWED


def may_open_identity(*, answering: bool, powers: frozenset[Power]) -> RefusalCode | None:
    """
    Say why somebody may not open a stored identity, or None.

    Who receives people needs it to recognise, reach and print; answering a person's request about their data is the
    controller's. An auditor sees metadata, not content (GDPR 39).
    """
    return may(Power.DECIDE if answering else Power.OPEN_VALUES, powers=powers)


def may_see_contacts(house: UUID, *, own: UUID | None, powers: frozenset[Power]) -> RefusalCode | None:
    """
    Say why somebody may not see a house's contacts, or None.

    They are named to be called by whoever helps people in that house (convention 5.2.1); who enrols keeps them, and who
    decides or audits sees to it that there is one for every partner, and that the number is right.
    """
    if powers & {Power.ENROL, Power.DECIDE, Power.READ_JOURNAL}:
        return None
    if Power.RECEIVE not in powers:
        return RefusalCode.ROLE_NOT_ALLOWED
    return None if house == own else RefusalCode.OTHER_HOUSE


def may_see_agents(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not see who is enrolled, or None: who enrols does, and who audits."""
    return None if powers & {Power.ENROL, Power.READ_JOURNAL} else RefusalCode.ROLE_NOT_ALLOWED


def may_plan_destruction(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not see what a run would do, or None: who may start one, and who audits."""
    return None if powers & {Power.DESTROY, Power.DECIDE, Power.READ_JOURNAL} else RefusalCode.ROLE_NOT_ALLOWED


def may_see_losses(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not see which data were lost, or None: who decides does, and who audits."""
    return None if powers & {Power.DECIDE, Power.READ_JOURNAL} else RefusalCode.ROLE_NOT_ALLOWED


def may_see_holds(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not see what is held, or None: who decides does, and who audits."""
    return None if powers & {Power.DECIDE, Power.READ_JOURNAL} else RefusalCode.ROLE_NOT_ALLOWED


def may_see_slips(powers: frozenset[Power]) -> RefusalCode | None:
    """Say why somebody may not see slips and certificates, or None: who decides does, and who audits."""
    return None if powers & {Power.DECIDE, Power.READ_JOURNAL} else RefusalCode.ROLE_NOT_ALLOWED
