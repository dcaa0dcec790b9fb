"""Duties on the real store: closed once, by who may, set aside only by the delegate after an opinion."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest

from ledger.aggregates.confirmation import Opinion
from ledger.aggregates.duty import Discharge, DischargeUnexplained, Duty, DutyKind, duty_id
from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.usecases.duty.discharge import DutyClosed, discharge
from tests.integration.usecases.workbench import Workbench


def a_duty(kind: DutyKind) -> UUID:
    return duty_id(new_id(), kind)


def test_an_agent_closes_what_the_work_calls_for_once(bench: Workbench) -> None:
    duty = a_duty(DutyKind.ACCOUNT)
    discharge(bench.desk, bench.command(), duty, kind=DutyKind.ACCOUNT)
    assert bench.desk.streams.load(Duty, duty).discharged_at == bench.clock.now()
    with pytest.raises(DutyClosed):
        discharge(bench.desk, bench.command(), duty, kind=DutyKind.ACCOUNT)


@pytest.mark.parametrize("kind", [DutyKind.REVIEW_ACT, DutyKind.REVIEW_DISCLOSURE])
def test_nobody_reviews_their_own_work(bench: Workbench, kind: DutyKind) -> None:
    with pytest.raises(RefusedByRule):
        discharge(bench.desk, bench.command(), a_duty(kind), kind=kind)
    officer = bench.enrol("Diane Officier", Role.DPO)
    discharge(bench.desk, bench.command(officer), a_duty(kind), kind=kind)
    discharge(bench.desk, bench.command(bench.delegate), a_duty(kind), kind=kind)


def test_a_duty_is_set_aside_by_the_delegate_after_an_opinion(bench: Workbench) -> None:
    officer, duty = bench.enrol("Diane Officier", Role.DPO), a_duty(DutyKind.TELL_PARTNER)
    set_aside = partial(discharge, kind=DutyKind.TELL_PARTNER, how=Discharge.NOT_APPLIED)
    for actor in (bench.agent, officer):
        with pytest.raises(RefusedByRule):
            set_aside(bench.desk, bench.command(actor), duty, opinion=Opinion.FAVOURABLE, officer=officer, note="x")
    with pytest.raises(DischargeUnexplained):
        set_aside(bench.desk, bench.command(bench.delegate), duty)
    set_aside(
        bench.desk,
        bench.command(bench.delegate),
        duty,
        opinion=Opinion.FAVOURABLE,
        officer=officer,
        note="Aucun contact avec ce partenaire",
    )


def test_the_same_discharge_twice_is_one(bench: Workbench) -> None:
    duty, command = a_duty(DutyKind.ACCOUNT), bench.command(request=b"done")
    first, second = (discharge(bench.desk, command, duty, kind=DutyKind.ACCOUNT) for _ in range(2))
    assert first.positions == second.positions
