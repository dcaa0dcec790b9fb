"""Agents on the real store and the real keys: who may enrol whom, accounts, undertakings, trainings, departures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from ledger.aggregates.agent import Agent, BeforeEnrolment, TrainingTermInvalid, UndertakingAlreadySigned
from ledger.aggregates.base import REGISTER, LinkKind
from ledger.errors import Conflict, NotFound
from ledger.identifiers import new_id
from ledger.personal import LeakRefused, Personal
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.rules.formats import ValueMalformed
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.agent.change_roles import change_roles
from ledger.usecases.agent.depart import depart
from ledger.usecases.agent.enrol import AccountMalformed, AccountTaken, AlreadyBegun, RolesConflict, enrol, enrol_first
from ledger.usecases.agent.find import ACCOUNT, by_account
from ledger.usecases.agent.show import TrainingShown, show
from ledger.usecases.agent.train import train
from ledger.usecases.agent.undertake import sign_undertaking
from ledger.usecases.house.register import register as register_house
from ledger.usecases.ports import Recorded
from tests.integration.usecases.workbench import MORNING, Workbench


def enrolled(bench: Workbench, actor: object, *roles: Role, account: str = "uid:2001") -> Recorded:
    return enrol(
        bench.desk, bench.command(actor), name="Nouvelle Recrue", roles=frozenset(roles), account=account,  # type: ignore[arg-type]
        house=bench.house,
    )  # fmt: skip


def code_of(refused: pytest.ExceptionInfo[RefusedByRule]) -> RefusalCode:
    return refused.value.refusal


def test_the_delegate_enrols_and_the_account_leads_to_the_agent(bench: Workbench) -> None:
    recorded = enrol(
        bench.desk, bench.command(bench.delegate), name="Nouvelle Recrue", roles=frozenset({Role.AGENT}),
        account="uid:2001", house=bench.house,
    )  # fmt: skip
    assert by_account(bench.desk, "uid:2001", at=bench.clock.now()) == recorded.streams[0]
    assert by_account(bench.desk, "uid:2002", at=bench.clock.now()) is None
    agent = bench.desk.streams.load(Agent, recorded.streams[0])
    assert agent.house == bench.house
    assert agent.enrolled_at == MORNING
    assert agent.undertaking_at is None


def test_an_agent_enrols_nobody(bench: Workbench) -> None:
    with pytest.raises(RefusedByRule) as refused:
        enrolled(bench, bench.agent, Role.AGENT)
    assert code_of(refused) is RefusalCode.ROLE_NOT_ALLOWED
    assert by_account(bench.desk, "uid:2001", at=bench.clock.now()) is None


@pytest.mark.parametrize("role", [Role.DPO, Role.MANAGER, Role.DELEGATE, Role.JOB])
def test_a_manager_enrols_agents_and_no_other_role(bench: Workbench, role: Role) -> None:
    manager = bench.enrol("Maud Gestion", Role.MANAGER)
    enrolled(bench, manager, Role.AGENT)
    with pytest.raises(RefusedByRule):
        enrolled(bench, manager, role, account="uid:2002")


@pytest.mark.parametrize("other", [Role.AGENT, Role.MANAGER, Role.DELEGATE, Role.JOB])
def test_the_officer_has_no_other_role(bench: Workbench, other: Role) -> None:
    with pytest.raises(RolesConflict):
        enrolled(bench, bench.delegate, Role.DPO, other)


def test_an_account_is_one_serving_persons(bench: Workbench) -> None:
    enrolled(bench, bench.delegate, Role.AGENT)
    with pytest.raises(AccountTaken):
        enrolled(bench, bench.delegate, Role.AGENT)


def test_an_account_is_free_again_after_a_departure(bench: Workbench) -> None:
    enrolled(bench, bench.delegate, Role.AGENT)
    first = by_account(bench.desk, "uid:2001", at=bench.clock.now())
    assert first is not None
    bench.later(days=1)
    depart(bench.desk, bench.command(bench.delegate), first)
    assert by_account(bench.desk, "uid:2001", at=bench.clock.now()) is None
    enrolled(bench, bench.delegate, Role.AGENT)
    assert by_account(bench.desk, "uid:2001", at=bench.clock.now()) not in {None, first}


@pytest.mark.parametrize("account", ["", "  ", "two words", "x" * 65, "a\x00b"])
def test_an_account_that_no_system_has_is_refused(bench: Workbench, account: str) -> None:
    with pytest.raises(AccountMalformed):
        enrolled(bench, bench.delegate, Role.AGENT, account=account)


def test_a_name_that_is_none_is_refused_without_being_repeated(bench: Workbench) -> None:
    with pytest.raises(ValueMalformed) as refused:
        enrol(
            bench.desk, bench.command(bench.delegate), name="4711", roles=frozenset({Role.AGENT}), account="uid:9",
            house=bench.house,
        )  # fmt: skip
    assert "4711" not in refused.value.explain() + str(refused.value)


def test_a_house_that_is_none_is_not_found(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        enrol(
            bench.desk, bench.command(bench.delegate), name="Nouvelle Recrue", roles=frozenset({Role.AGENT}),
            account="uid:9", house=new_id(),
        )  # fmt: skip


def test_the_first_agent_is_enrolled_once(bench: Workbench) -> None:
    with pytest.raises(AlreadyBegun):
        enrol_first(
            bench.desk, bench.command(new_id()), name="Second Premier", account="uid:1",
            roles=frozenset({Role.DELEGATE}),
        )  # fmt: skip


def test_a_stranger_may_do_nothing(bench: Workbench) -> None:
    with pytest.raises(NotEnrolled):
        enrolled(bench, new_id(), Role.AGENT)


def test_the_same_command_enrols_once(bench: Workbench) -> None:
    command = bench.command(bench.delegate, request=b"enrol")
    first, second = (
        enrol(bench.desk, command, name="Nouvelle Recrue", roles=frozenset({Role.AGENT}), account="uid:7", house=None)
        for _ in range(2)
    )
    assert first.streams == second.streams
    assert second.repeated


def test_a_command_id_does_not_serve_for_something_else(bench: Workbench) -> None:
    command = bench.command(bench.delegate, request=b"enrol")
    enrol(bench.desk, command, name="Nouvelle Recrue", roles=frozenset({Role.AGENT}), account="uid:7", house=None)
    other = type(command)(command.id, command.actor, command.at, request=b"other")
    with pytest.raises(Conflict):
        enrol(bench.desk, other, name="Autre Recrue", roles=frozenset({Role.AGENT}), account="uid:8", house=None)


def test_an_undertaking_is_signed_once_and_not_ahead_of_time(bench: Workbench) -> None:
    agent = bench.enrol("Sans Serment", Role.AGENT, secrecy=False)
    with pytest.raises(RefusedByRule) as refused:
        sign_undertaking(
            bench.desk, bench.command(agent), agent, text="2026-1", effective_at=MORNING + timedelta(days=1)
        )
    assert code_of(refused) is RefusalCode.IN_THE_FUTURE
    with pytest.raises(BeforeEnrolment):
        sign_undertaking(
            bench.desk, bench.command(agent), agent, text="2026-1", effective_at=MORNING - timedelta(days=1)
        )
    sign_undertaking(bench.desk, bench.command(agent), agent, text="2026-1")
    assert bench.desk.streams.load(Agent, agent).undertaking_at == MORNING
    with pytest.raises(UndertakingAlreadySigned):
        sign_undertaking(bench.desk, bench.command(agent), agent, text="2026-1")


def test_nobody_signs_for_somebody_else_but_who_enrols(bench: Workbench) -> None:
    agent = bench.enrol("Sans Serment", Role.AGENT, secrecy=False)
    with pytest.raises(RefusedByRule):
        sign_undertaking(bench.desk, bench.command(bench.agent), agent, text="2026-1")
    sign_undertaking(bench.desk, bench.command(bench.delegate), agent, text="2026-1")


def test_a_training_is_shown_valid_up_to_its_last_day(bench: Workbench) -> None:
    train(bench.desk, bench.command(bench.delegate), bench.agent, partner="cnaf", until=date(2026, 6, 30))
    assert [shown.valid for shown in trainings(bench)] == [True]
    bench.later(days=21)  # 30 June
    assert [shown.valid for shown in trainings(bench)] == [True]
    bench.later(days=1)
    assert [shown.valid for shown in trainings(bench)] == [False]
    train(bench.desk, bench.command(bench.delegate), bench.agent, partner="cnaf", until=date(2027, 6, 30))
    assert [(shown.partner, shown.valid) for shown in trainings(bench)] == [("cnaf", True)]


def trainings(bench: Workbench) -> tuple[TrainingShown, ...]:
    return show(bench.desk, bench.command(bench.agent), [bench.agent])[0].trainings


def test_nobody_certifies_a_training_of_their_own(bench: Workbench) -> None:
    with pytest.raises(RefusedByRule):
        train(bench.desk, bench.command(bench.agent), bench.agent, partner="cnaf", until=date(2027, 1, 1))


def test_a_training_of_nobody_or_without_term_is_refused(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        train(bench.desk, bench.command(bench.delegate), bench.agent, partner="nobody", until=date(2027, 1, 1))
    with pytest.raises(TrainingTermInvalid):
        train(bench.desk, bench.command(bench.delegate), bench.agent, partner="cnaf", until=date(2026, 6, 8))


def test_nobody_changes_their_own_roles_or_leaves_by_themselves(bench: Workbench) -> None:
    with pytest.raises(RefusedByRule):
        change_roles(bench.desk, bench.command(bench.delegate), bench.delegate, roles=frozenset({Role.AGENT}))
    with pytest.raises(RefusedByRule):
        depart(bench.desk, bench.command(bench.delegate), bench.delegate)


def test_a_manager_takes_no_decider_away(bench: Workbench) -> None:
    manager = bench.enrol("Maud Gestion", Role.MANAGER)
    with pytest.raises(RefusedByRule):
        depart(bench.desk, bench.command(manager), bench.delegate)
    with pytest.raises(RefusedByRule):
        change_roles(bench.desk, bench.command(manager), bench.delegate, roles=frozenset({Role.AGENT}))


def test_new_roles_count_from_the_next_command(bench: Workbench) -> None:
    change_roles(bench.desk, bench.command(bench.delegate), bench.agent, roles=frozenset({Role.MANAGER}))
    enrolled(bench, bench.agent, Role.AGENT)
    with pytest.raises(RefusedByRule):
        bench.person()


def test_who_has_left_does_nothing_any_more(bench: Workbench) -> None:
    bench.later(hours=1)
    depart(bench.desk, bench.command(bench.delegate), bench.agent)
    with pytest.raises(RefusedByRule) as refused:
        bench.person()
    assert code_of(refused) is RefusalCode.AGENT_DEPARTED
    with pytest.raises(RefusedByRule):
        depart(bench.desk, bench.command(bench.delegate), bench.agent)


def test_names_are_shown_to_who_enrols_and_leak_nowhere(bench: Workbench) -> None:
    shown = {line.reference: line for line in show(bench.desk, bench.command(bench.delegate))}
    assert set(shown) == {bench.delegate, bench.agent, bench.job}
    name = shown[bench.agent].name
    assert isinstance(name, Personal)
    assert name.expose() == "Camille Conseil"
    assert "Camille" not in repr(shown)
    with pytest.raises(LeakRefused):
        f"{name:>10}"
    assert shown[bench.job].roles == (Role.JOB,)


def test_an_agent_sees_themselves_and_nobody_else(bench: Workbench) -> None:
    assert len(show(bench.desk, bench.command(bench.agent), [bench.agent])) == 1
    with pytest.raises(RefusedByRule):
        show(bench.desk, bench.command(bench.agent))


def test_a_refused_command_leaves_its_code_and_seals_whose_facts_were_opened(bench: Workbench) -> None:
    before = bench.ledger.log.size()
    with pytest.raises(RefusedByRule):
        enrolled(bench, bench.agent, Role.AGENT)
    (refusal,) = bench.ledger.log.read(after=before)
    assert (refusal.header.topic, refusal.header.decision) == ("reading.refused.1", "ROLE_NOT_ALLOWED")
    month = bench.ledger.sealer.known_agent_month(bench.agent, "2026-06")
    assert month is not None
    assert [box.key for box in refusal.header.boxes] == [bench.ledger.log.key_of(month)], "whose facts were opened"


@pytest.mark.parametrize(("part", "method"), [("index", "file"), ("streams", "commit")])
def test_an_account_is_taken_once_however_two_enrolments_meet(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch, part: str, method: str
) -> None:
    """Somebody else is enrolled just before the second is filed, or just before the second is recorded."""
    place = getattr(bench.ledger, part)
    real: Callable[..., Any] = getattr(place, method)
    met: list[bool] = []
    first: list[UUID] = []

    def after_somebody_else(*said: Any, **more: Any) -> Any:
        if not met:
            met.append(True)
            first.append(enrolled(bench, bench.delegate, Role.AGENT).streams[0])
        return real(*said, **more)

    monkeypatch.setattr(place, method, after_somebody_else)
    with pytest.raises(AccountTaken):
        enrolled(bench, bench.delegate, Role.AGENT)
    now, filed = bench.clock.now(), bench.desk.index.find(ACCOUNT, "uid:2001")
    assert len(filed) == 2
    assert by_account(bench.desk, "uid:2001", at=now) == first[0]
    enlisted = bench.desk.streams.linked(REGISTER, LinkKind.AGENT)
    (second,) = (UUID(hex=scope.of) for scope in filed if UUID(hex=scope.of) != first[0])
    assert second not in enlisted or not bench.desk.streams.load(Agent, second).serves_at(now)


# --- houses ----------------------------------------------------------------------------------------------------------


def test_a_manager_acts_on_agents_of_the_own_house_only(bench: Workbench) -> None:
    elsewhere = register_house(
        bench.desk, bench.command(bench.delegate), file=bench.ledger.law.houses["bonneuil-matours"]
    ).streams[0]
    stranger = bench.enrol("Max Ailleurs", Role.MANAGER, house=elsewhere, secrecy=False)
    manager = bench.enrol("Maud Gestion", Role.MANAGER, secrecy=False)
    recruit = bench.enrol("Rémi Recrue", Role.AGENT, secrecy=False)

    def attempts(actor: UUID) -> list[Callable[[], object]]:
        return [
            lambda: sign_undertaking(bench.desk, bench.command(actor), recruit, text="2026-1"),
            lambda: train(bench.desk, bench.command(actor), recruit, partner="cnaf", until=date(2027, 1, 1)),
            lambda: change_roles(bench.desk, bench.command(actor), recruit, roles=frozenset({Role.AGENT})),
            lambda: enrolled(bench, actor, Role.AGENT),
            lambda: depart(bench.desk, bench.command(actor), recruit),
        ]

    for attempt in attempts(stranger):
        with pytest.raises(RefusedByRule) as refused:
            attempt()
        assert code_of(refused) is RefusalCode.OTHER_HOUSE
    for allowed in attempts(manager):
        allowed()
    with pytest.raises(RefusedByRule):
        train(bench.desk, bench.command(manager), bench.delegate, partner="cnaf", until=date(2027, 1, 1))
    train(bench.desk, bench.command(bench.delegate), bench.agent, partner="cnaf", until=date(2027, 1, 1))


def test_a_departure_is_known_from_when_the_house_was_told(bench: Workbench) -> None:
    left_at = bench.clock.now()
    bench.later(days=5)
    depart(bench.desk, bench.command(bench.delegate), bench.agent, effective_at=left_at)
    agent = bench.desk.streams.load(Agent, bench.agent)
    assert (agent.departed_at, agent.departure_known_at) == (left_at, bench.clock.now())
    other = bench.enrol("Rémi Recrue", Role.AGENT)
    told_at, _ = bench.clock.now(), bench.later(days=1)
    with pytest.raises(RefusedByRule):
        depart(bench.desk, bench.command(bench.delegate), other, known_at=told_at + timedelta(days=2))
    depart(bench.desk, bench.command(bench.delegate), other, known_at=told_at)
    assert bench.desk.streams.load(Agent, other).departure_known_at == told_at
