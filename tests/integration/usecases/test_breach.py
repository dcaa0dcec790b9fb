"""Breaches on the real store and the real keys: who wins, what is sealed, what the term of the register ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.breach import Breach
from ledger.errors import Conflict, ExitCode, NotFound
from ledger.personal import Erased
from ledger.policies.breach_refusals import BreachIsClosed, NotAwareYet
from ledger.policies.breach_vocabulary import UNKNOWN_OCCURRENCE, BreachEnding, BreachLink, Declarant
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.rules.cnil import FormType
from ledger.rules.houses import Territory
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.breach.case import all_breaches
from ledger.usecases.breach.close import close, link, remedy
from ledger.usecases.breach.declare import Awareness, ByProcessor, Declaration, declare
from ledger.usecases.breach.notify import Notification, clock_of, notify
from ledger.usecases.breach.register import read_register
from ledger.usecases.breach.show import show, show_all
from ledger.usecases.gate import judging
from ledger.usecases.ports import own_scope
from tests.integration.usecases.test_retention_classes import line, run
from tests.integration.usecases.workbench import Workbench

MARKER = "Une enveloppe a été remise au voisin"


def declaration(bench: Workbench, **more: Any) -> Declaration:
    """Give a declaration whose awareness is an hour old."""
    now = bench.clock.now()
    base = Declaration(
        signalled_at=now - timedelta(hours=2), occurrence=UNKNOWN_OCCURRENCE, account=MARKER,
        declarant=Declarant("Zoé Exemple", "poste 12"), awareness=Awareness(now - timedelta(hours=1), "Certain"),
    )  # fmt: skip
    return replace(base, **more)


def declared(bench: Workbench, **more: Any) -> UUID:
    """Declare a breach, as an agent."""
    return declare(bench.desk, bench.command(bench.agent), declaration(bench, **more)).streams[0]


def closed(bench: Workbench) -> UUID:
    """Declare what turns out to be none, and close it."""
    breach = declared(bench, awareness=None)
    close(bench.desk, bench.command(bench.delegate), breach, BreachEnding.NOT_A_BREACH, reason="Fausse alerte")
    return breach


def test_two_decide_at_once_and_the_second_is_told(bench: Workbench) -> None:
    breach, desk = declared(bench, awareness=None), bench.desk
    with judging(desk, bench.command(bench.delegate)) as judgement:
        seen = desk.streams.load(Breach, breach)
        close(desk, bench.command(bench.delegate), breach, BreachEnding.NOT_A_BREACH, reason="Fausse alerte")
        seen.close(BreachEnding.NOT_A_BREACH, reason="Autre décision")
        with pytest.raises(Conflict) as refused:
            judgement.commit(seen)
    assert refused.value.exit_code is ExitCode.CONFLICT
    assert desk.streams.load(Breach, breach).version == 2
    with pytest.raises(BreachIsClosed):
        close(desk, bench.command(bench.delegate), breach, BreachEnding.NOT_A_BREACH, reason="Autre décision")


def test_the_register_keeps_a_breach_five_years_after_its_closing_and_then_knows_nothing_of_it(
    bench: Workbench,
) -> None:
    bench.authority(category=RetentionClass.BREACH_REGISTER)
    breach = closed(bench)
    still_open = declared(bench)
    zone = ZoneInfo("Europe/Paris")
    day = bench.clock.now().astimezone(zone)
    assert line(bench, RetentionClass.BREACH_REGISTER, still_open).item.due_at is None
    due_at = line(bench, RetentionClass.BREACH_REGISTER, breach).item.due_at
    assert due_at is not None
    assert due_at.astimezone(zone) == datetime(day.year + 5, day.month, day.day + 1, tzinfo=zone)
    bench.later(days=5 * 366)
    assert run(bench) == {RetentionClass.BREACH_REGISTER: 1}
    entry, other = read_register(bench.desk, bench.command(bench.delegate))
    assert [type(text) for text in entry.account] == [Erased]
    assert (entry.breach.id, entry.breach.occurrence) == (breach, None)
    assert other.breach.id == still_open
    assert [text.expose() for text in other.account if not isinstance(text, Erased)][:1] == [MARKER]  # type: ignore[union-attr]  # nothing is withheld here


def test_new_facts_take_a_closed_breach_out_of_the_plan(bench: Workbench) -> None:
    from ledger.usecases.breach.aware import reopen

    breach = closed(bench)
    assert line(bench, RetentionClass.BREACH_REGISTER, breach).item.due_at is not None
    reopen(bench.desk, bench.command(bench.agent), breach, aware_at=bench.clock.now(), facts="Une copie circule")
    assert line(bench, RetentionClass.BREACH_REGISTER, breach).item.due_at is None


def test_a_breach_is_reached_from_the_register_and_from_those_it_is_tied_to(bench: Workbench) -> None:
    one, other = declared(bench), declared(bench)
    link(bench.desk, bench.command(bench.agent), one, other, BreachLink.FOLLOWS)
    assert [breach.id for breach in all_breaches(bench.desk)] == [one, other]
    for here, there in ((one, other), (other, one)):
        assert bench.desk.streams.linked(own_scope(Scope.BREACH, here), LinkKind.BREACH) == [there]
    with pytest.raises(NotFound):
        link(bench.desk, bench.command(bench.agent), one, UUID(int=7), BreachLink.FOLLOWS)


def test_anyone_enrolled_declares_whatever_the_role_and_nobody_else_does(bench: Workbench) -> None:
    for role in (Role.AGENT, Role.DPO, Role.MANAGER, Role.DELEGATE, Role.JOB):
        house = bench.house if role in (Role.AGENT, Role.MANAGER) else None
        who = bench.enrol(f"Qui déclare ({role})", role, house=house)
        assert declare(bench.desk, bench.command(who), declaration(bench)).streams
    with pytest.raises(NotEnrolled):
        declare(bench.desk, bench.command(UUID(int=9)), declaration(bench))


def test_an_agent_neither_sees_nor_adds_to_a_breach_that_is_not_of_the_house(bench: Workbench) -> None:
    breach = declare(bench.desk, bench.command(bench.delegate), declaration(bench)).streams[0]
    with pytest.raises(RefusedByRule):
        show(bench.desk, bench.command(bench.agent), breach)
    with pytest.raises(RefusedByRule):
        remedy(bench.desk, bench.command(bench.agent), breach, "Rien")
    assert show_all(bench.desk, bench.command(bench.agent)) == []
    assert [found.id for found in show_all(bench.desk, bench.command(bench.delegate))] == [breach]


def test_a_clock_runs_by_the_time_of_the_house_and_is_the_same_however_it_is_asked(bench: Workbench) -> None:
    breach = declared(bench)
    clock = clock_of(bench.desk, bench.command(bench.agent), breach)
    (shown,) = show(bench.desk, bench.command(bench.agent), breach).clocks
    assert clock == shown
    assert str(shown.aware_at.tzinfo) == "Europe/Paris"
    stored = bench.desk.streams.load(Breach, breach)
    with judging(bench.desk, bench.command(bench.agent)) as judgement:
        assert judgement.known(stored.clocks[0].territory) == Territory.METROPOLE
        judgement.read("test", rows=1)


def test_a_repeated_command_happens_once(bench: Workbench) -> None:
    breach = declared(bench)
    command = bench.command(bench.agent, request=b"sent")
    sent = Notification(FormType.INITIAL, bench.clock.now(), receipt="2026-1")
    first = notify(bench.desk, command, breach, sent)
    again = notify(bench.desk, command, breach, sent)
    assert (first.positions, again.repeated) == (again.positions, True)
    assert len(bench.desk.streams.load(Breach, breach).notifications) == 1


def test_a_processor_that_told_is_heard_before_the_awareness_too(bench: Workbench) -> None:
    now = bench.clock.now()
    heard = ByProcessor("Hébergeur Exemple", now - timedelta(hours=1), now - timedelta(hours=50))
    breach = declared(bench, by_processor=heard, awareness=None)
    (processor,) = show(bench.desk, bench.command(bench.agent), breach).processors
    assert (processor.told_at, processor.aware_at) == (heard.told_at, heard.aware_at)
    with pytest.raises(NotAwareYet):
        notify(bench.desk, bench.command(bench.agent), breach, Notification(FormType.INITIAL, now))


def test_what_is_sealed_is_sealed_and_nothing_opens_it_without_a_record(bench: Workbench) -> None:
    breach = declared(bench)
    stored = bench.desk.streams.load(Breach, breach)
    assert all(field.is_handle for field in (stored.account, stored.declarant, stored.occurrence))
    before = bench.ledger.log.head().size
    read_register(bench.desk, bench.command(bench.delegate))
    assert bench.ledger.log.head().size == before + 1
