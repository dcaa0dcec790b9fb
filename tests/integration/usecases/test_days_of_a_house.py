"""A house counts its days by its own clock: what is tonight in UTC is tomorrow in La Réunion."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.agent import TrainingTermInvalid
from ledger.clock import UTC
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.rules.periods import Period
from ledger.usecases.agent.show import show
from ledger.usecases.agent.train import train
from ledger.usecases.house.register import register as register_house
from ledger.usecases.mandate.draft import Draft, draft
from ledger.usecases.ports import Desk
from ledger.usecases.subject.find import find
from ledger.usecases.subject.register import CapacityNotThatAge, PersonTyped, register
from ledger.usecases.subject.typed import BirthDateImpossible
from tests.integration.usecases.workbench import Workbench

TONIGHT = datetime(2026, 6, 9, 21, 30, tzinfo=UTC)
"""23:30 on the 9th at Loiron, 01:30 on the 10th in La Réunion."""
EIGHTEEN_ON_THE_10TH = PersonTyped("Fictif", "Yann", "10/06/2008")


@pytest.fixture
def reunion(bench: Workbench) -> UUID:
    """Register a house of La Réunion, enrol an agent there, and let it be tonight."""
    file = replace(bench.ledger.law.houses["bonneuil-matours"], code="saint-denis", zone="Indian/Reunion")
    house = register_house(bench.desk, bench.command(bench.delegate), file=file).streams[0]
    agent = bench.enrol("Rose Réunion", Role.AGENT, house=house)
    bench.clock.instant = TONIGHT
    return agent


def test_whoever_is_of_age_today_in_the_house_signs_alone(bench: Workbench, reunion: UUID) -> None:
    register(bench.desk, bench.command(reunion), person=EIGHTEEN_ON_THE_10TH)
    with pytest.raises(CapacityNotThatAge):
        register(bench.desk, bench.command(), person=EIGHTEEN_ON_THE_10TH, homonym=True)


def test_a_birth_of_today_is_no_birth_to_come(bench: Workbench, reunion: UUID) -> None:
    typed = {"family_name": "Fictif", "given_name": "Nova", "birth_date_typed": "10/06/2026"}
    assert find(bench.desk, bench.command(reunion), **typed) == []
    with pytest.raises(BirthDateImpossible):
        find(bench.desk, bench.command(), **typed)


def test_a_training_is_over_when_its_last_day_is_over_in_the_house(bench: Workbench, reunion: UUID) -> None:
    bench.clock.instant = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
    for agent in (reunion, bench.agent):
        train(bench.desk, bench.command(bench.delegate), agent, partner="cnaf", until=date(2026, 6, 9))
    bench.clock.instant = TONIGHT
    shown = {
        each.reference: each.trainings[0].valid
        for each in show(bench.desk, bench.command(bench.delegate))
        if each.trainings
    }
    assert shown == {reunion: False, bench.agent: True}
    with pytest.raises(TrainingTermInvalid):
        train(bench.desk, bench.command(bench.delegate), reunion, partner="cnav", until=date(2026, 6, 9))
    train(bench.desk, bench.command(bench.delegate), bench.agent, partner="cnav", until=date(2026, 6, 9))


def ruled_until(desk: Desk, end: date) -> Desk:
    """Give the desk under a profile by which agents do nothing any more from a day on."""
    profile = desk.law.profile
    roles: dict[Any, Any] = dict(profile.roles_by_code)
    agent_role = next(role for role in roles if str(role) == "agent")
    (rule,) = roles[agent_role]
    after = replace(rule, powers=frozenset(), period=Period(end))
    roles[agent_role] = (replace(rule, period=Period(rule.period.start, end)), after)
    law = copy(desk.law)
    vars(law)["profile"] = replace(profile, roles_by_code=roles)
    return replace(desk, law=law)


def test_a_role_is_what_the_rules_of_the_house_s_own_day_say(bench: Workbench, reunion: UUID) -> None:
    desk = ruled_until(bench.desk, date(2026, 6, 10))
    wanted = Draft((bench.person(),), acts=(("CNAF01-rsa", "CNAF01-rsa:file"),))
    draft(desk, bench.command(), wanted)
    with pytest.raises(RefusedByRule) as caught:
        draft(desk, bench.command(reunion), wanted)
    assert caught.value.refusal is RefusalCode.ROLE_NOT_ALLOWED
    assert TONIGHT.astimezone(ZoneInfo("Indian/Reunion")).day == 10
