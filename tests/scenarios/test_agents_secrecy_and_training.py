"""Convention, articles 4.6 and 5.2.2: secrecy sworn before any access, training in the partner's procedures."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from ledger.aggregates.access import Look
from ledger.policies.vocabulary import AccessDecision, Mode, Place, RefusalCode, Role
from ledger.usecases.access.request import request
from ledger.usecases.agent.depart import depart
from ledger.usecases.agent.train import train
from ledger.usecases.agent.undertake import sign_undertaking
from ledger.usecases.procedure.open_procedure import Opening, open_procedure
from tests.integration.usecases.workbench import Workbench

LAST_DAY = date(2026, 12, 31)


def opened(bench: Workbench) -> UUID:
    opening = Opening("CNAF05-situation", subject=bench.person(homonym=True), informed=True)
    return open_procedure(bench.desk, bench.command(), opening).streams[0]


def trained(bench: Workbench, agent: UUID, partner: str = "cnaf", until: date = LAST_DAY) -> None:
    train(bench.desk, bench.command(bench.delegate), agent, partner=partner, until=until)


def decision(bench: Workbench, procedure: UUID, agent: UUID, *, supervisor: UUID | None = None) -> object:
    look = Look(procedure, ("no.caf",), Place.SHOWN, Mode.ASSIST, present=True, supervisor=supervisor)
    return request(bench.desk, bench.command(agent), look).decision


@pytest.mark.row("S-4.6.1")
def test_no_access_before_the_undertaking_of_secrecy_is_signed(bench: Workbench) -> None:
    procedure, unsworn = opened(bench), bench.enrol("Sans Serment", Role.AGENT, secrecy=False)
    trained(bench, unsworn)
    assert decision(bench, procedure, unsworn) is RefusalCode.NO_UNDERTAKING
    bench.later(minutes=5)
    sign_undertaking(bench.desk, bench.command(unsworn), unsworn, text="2026-1")
    assert decision(bench, procedure, unsworn) is AccessDecision.GRANTED


@pytest.mark.row("S-5.2.2")
def test_agent_without_training_for_the_partner_and_nobody_supervising(bench: Workbench) -> None:
    procedure = opened(bench)
    assert decision(bench, procedure, bench.agent) is RefusalCode.NOT_TRAINED
    trained(bench, bench.agent, partner="cnam")
    assert decision(bench, procedure, bench.agent) is RefusalCode.NOT_TRAINED
    trained(bench, bench.agent)
    assert decision(bench, procedure, bench.agent) is AccessDecision.GRANTED


@pytest.mark.row("S-5.2.2")
def test_a_training_ends_with_its_last_day(bench: Workbench) -> None:
    procedure = opened(bench)
    trained(bench, bench.agent, until=bench.clock.now().date())
    assert decision(bench, procedure, bench.agent) is AccessDecision.GRANTED
    bench.later(days=1)
    assert decision(bench, procedure, bench.agent) is RefusalCode.NOT_TRAINED
    trained(bench, bench.agent)
    assert decision(bench, procedure, bench.agent) is AccessDecision.GRANTED


@pytest.mark.row("S-5.2.2")
def test_a_named_trained_agent_supervises_one_who_is_not_yet(bench: Workbench) -> None:
    procedure, tutor = opened(bench), bench.enrol("Thomas Tuteur", Role.AGENT)
    assert decision(bench, procedure, bench.agent, supervisor=tutor) is RefusalCode.NOT_TRAINED
    trained(bench, tutor)
    assert decision(bench, procedure, bench.agent, supervisor=tutor) is AccessDecision.GRANTED
    bench.later(hours=1)
    depart(bench.desk, bench.command(bench.delegate), tutor)
    assert decision(bench, procedure, bench.agent, supervisor=tutor) is RefusalCode.NOT_TRAINED


def test_who_has_left_looks_at_nothing(bench: Workbench) -> None:
    procedure = opened(bench)
    trained(bench, bench.agent)
    bench.later(hours=1)
    depart(bench.desk, bench.command(bench.delegate), bench.agent)
    assert decision(bench, procedure, bench.agent) is RefusalCode.AGENT_DEPARTED
