"""An agent's stream: one undertaking, trainings with their last day, roles, one departure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from ledger.aggregates.agent import Agent, BeforeEnrolment, NoRole, TrainingTermInvalid, UndertakingAlreadySigned
from ledger.clock import UTC
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = START + timedelta(days=10)


def an_agent(*roles: Role) -> Agent:
    return Agent.enrol(
        name="Camille Conseil",
        roles=frozenset(roles or (Role.AGENT,)),
        account="uid:1",
        house=None,
        effective_at=START,
    )


def test_roles_are_written_in_one_order() -> None:
    given = an_agent(Role.DELEGATE, Role.AGENT, Role.MANAGER).roles.expose()
    assert given == (Role.AGENT, Role.MANAGER, Role.DELEGATE)


def test_an_agent_has_a_role() -> None:
    with pytest.raises(NoRole):
        Agent.enrol(name="X", roles=frozenset(), account="uid:1", house=None, effective_at=START)
    with pytest.raises(NoRole):
        an_agent().change_roles(frozenset(), effective_at=LATER)


def test_an_agent_begins_without_undertaking_or_training() -> None:
    agent = an_agent()
    assert (agent.undertaking_at, agent.trainings, agent.departed_at) == (None, [], None)


def test_an_undertaking_is_signed_once_after_the_enrolment() -> None:
    agent = an_agent()
    with pytest.raises(BeforeEnrolment):
        agent.sign_undertaking(text="2026-1", effective_at=START - timedelta(seconds=1))
    agent.sign_undertaking(text="2026-1", effective_at=LATER)
    assert agent.undertaking_at == LATER
    with pytest.raises(UndertakingAlreadySigned):
        agent.sign_undertaking(text="2026-2", effective_at=LATER)


def test_a_training_may_be_older_than_the_enrolment_and_lasts_a_day_at_least() -> None:
    agent = an_agent()
    given_at = START - timedelta(days=100)
    agent.train(partner="cnaf", until=date(2026, 12, 31), effective_at=given_at, first_day=given_at.date())
    assert agent.trainings[0].until.expose() == date(2026, 12, 31)
    agent.train(partner="cnaf", until=given_at.date(), effective_at=given_at, first_day=given_at.date())
    with pytest.raises(TrainingTermInvalid):
        agent.train(
            partner="cnaf", until=given_at.date() - timedelta(days=1), effective_at=given_at, first_day=given_at.date()
        )


def test_an_agent_serves_from_enrolment_to_departure() -> None:
    agent = an_agent()
    assert not agent.serves_at(START - timedelta(microseconds=1))
    assert agent.serves_at(START)
    agent.depart(effective_at=LATER)
    assert agent.serves_at(LATER - timedelta(microseconds=1))
    assert not agent.serves_at(LATER)


@pytest.mark.parametrize("act", ["sign_undertaking", "train", "change_roles", "depart"])
def test_nothing_is_added_to_who_has_left(act: str) -> None:
    agent = an_agent()
    agent.depart(effective_at=LATER)
    arguments: dict[str, dict[str, object]] = {
        "sign_undertaking": {"text": "2026-1"},
        "train": {"partner": "cnaf", "until": date(2027, 1, 1), "first_day": LATER.date()},
        "change_roles": {"roles": frozenset({Role.AGENT})},
        "depart": {},
    }
    with pytest.raises(RefusedByRule) as refused:
        getattr(agent, act)(**arguments[act], effective_at=LATER)
    assert refused.value.refusal is RefusalCode.AGENT_DEPARTED


def test_nobody_leaves_before_they_came() -> None:
    with pytest.raises(BeforeEnrolment):
        an_agent().depart(effective_at=START - timedelta(days=1))


def test_a_departure_may_be_learned_late() -> None:
    agent = an_agent()
    agent.depart(effective_at=LATER, known_at=LATER + timedelta(days=3))
    assert (agent.departed_at, agent.departure_known_at) == (LATER, LATER + timedelta(days=3))
    assert not agent.serves_at(LATER)
