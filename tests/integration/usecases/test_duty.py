"""Duties on the real store: closed once, by who may, set aside only by the delegate after an opinion."""

from __future__ import annotations

from functools import partial
from uuid import UUID, uuid4

import pytest

from ledger.aggregates.confirmation import Opinion
from ledger.aggregates.duty import Discharge, DischargeUnexplained, Duty, DutyKind, SetAside, duty_id
from ledger.errors import NotFound
from ledger.identifiers import new_id
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.usecases.duty.discharge import DutyClosed, DutyHasItsVerb, ReasonUnknown, discharge
from ledger.usecases.gate import judging
from tests.integration.usecases.workbench import Workbench


def a_duty(kind: DutyKind) -> UUID:
    return duty_id(new_id(), kind)


def test_an_agent_closes_what_the_work_calls_for_once(bench: Workbench) -> None:
    duty = a_duty(DutyKind.CLOSE_PROCEDURE)
    discharge(bench.desk, bench.command(), duty, kind=DutyKind.CLOSE_PROCEDURE)
    assert bench.desk.streams.load(Duty, duty).discharged_at == bench.clock.now()
    with pytest.raises(DutyClosed):
        discharge(bench.desk, bench.command(), duty, kind=DutyKind.CLOSE_PROCEDURE)


def test_who_has_not_sworn_secrecy_closes_nothing(bench: Workbench) -> None:
    unsworn, kind = bench.enrol("Sans Serment", Role.AGENT, secrecy=False), DutyKind.CLOSE_PROCEDURE
    with pytest.raises(RefusedByRule) as refused:
        discharge(bench.desk, bench.command(unsworn), a_duty(kind), kind=kind)
    assert refused.value.refusal is RefusalCode.NO_UNDERTAKING


@pytest.mark.parametrize("kind", [DutyKind.TELL_PARTNER, DutyKind.ACCOUNT])
def test_what_has_a_record_of_its_own_is_not_closed_by_a_word(bench: Workbench, kind: DutyKind) -> None:
    duty = a_duty(kind)
    with pytest.raises(DutyHasItsVerb):
        discharge(bench.desk, bench.command(), duty, kind=kind)
    with pytest.raises(NotFound):
        bench.desk.streams.load(Duty, duty)


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
            set_aside(
                bench.desk, bench.command(actor), duty, opinion=Opinion.FAVOURABLE, officer=officer, note="declined"
            )
    with pytest.raises(DischargeUnexplained):
        set_aside(bench.desk, bench.command(bench.delegate), duty)
    set_aside(
        bench.desk,
        bench.command(bench.delegate),
        duty,
        opinion=Opinion.FAVOURABLE,
        officer=officer,
        note="nothing-to-do",
    )
    with judging(bench.desk, bench.command()) as judgement:
        assert judgement.open(bench.desk.streams.load(Duty, duty).reason) is SetAside.NOTHING_TO_DO


def test_an_agent_closes_nothing_of_another_house(bench: Workbench) -> None:
    kind, duty = DutyKind.CLOSE_PROCEDURE, a_duty(DutyKind.CLOSE_PROCEDURE)
    with pytest.raises(RefusedByRule) as refused:
        discharge(bench.desk, bench.command(), duty, kind=kind, of_house=uuid4())
    assert refused.value.decision is RefusalCode.OTHER_HOUSE
    discharge(bench.desk, bench.command(), duty, kind=kind, of_house=bench.house)


def test_a_reason_holds_no_free_words(bench: Workbench) -> None:
    officer, duty = bench.enrol("Diane Officier", Role.DPO), a_duty(DutyKind.ACCOUNT)
    with pytest.raises(ReasonUnknown) as refused:
        discharge(
            bench.desk,
            bench.command(bench.delegate),
            duty,
            kind=DutyKind.ACCOUNT,
            how=Discharge.NOT_APPLIED,
            opinion=Opinion.FAVOURABLE,
            officer=officer,
            note="Aline Exemple est partie",
        )
    assert "Exemple" not in f"{refused.value} {refused.value.next_step()}"
    assert "by-mistake" in refused.value.next_step()


def test_the_same_discharge_twice_is_one(bench: Workbench) -> None:
    kind, command = DutyKind.CLOSE_PROCEDURE, bench.command(request=b"done")
    duty = a_duty(kind)
    first, second = (discharge(bench.desk, command, duty, kind=kind) for _ in range(2))
    assert first.positions == second.positions
