"""Article 4.6, violations, and GDPR 33 and 34: what a breach goes through, whoever finds it and whatever it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from ledger.aggregates.confirmation import Opinion
from ledger.errors import LedgerError
from ledger.policies.breach_next import NextStep
from ledger.policies.breach_refusals import (
    AwareAfterTold,
    HighRiskUntold,
    LateWithoutReasons,
    LinesOpen,
    OpinionNeeded,
    RiskNotUnlikely,
)
from ledger.policies.breach_vocabulary import (
    OPINION_ON_LINE,
    UNKNOWN_OCCURRENCE,
    BreachEnding,
    Line,
    LineEnding,
    Risk,
    WhyNotTold,
)
from ledger.policies.refusals import RefusedByRule
from ledger.policies.severity import Factors
from ledger.rules.assessment import Band
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin, FormType, Gravity, InformationOfPeople
from ledger.usecases.breach import assess, aware, close, declare, describe, lines, notify, people, show
from ledger.usecases.breach.declare import Awareness, Declaration, Kinds
from ledger.usecases.breach.notify import Notification
from tests.integration.usecases.workbench import Workbench


def declared(bench: Workbench, *, hours: int = 1, **more: Any) -> UUID:
    """Declare a breach, as an agent, of which the house is aware since so many hours."""
    now = bench.clock.now()
    said = Declaration(
        signalled_at=now - timedelta(hours=hours), occurrence=UNKNOWN_OCCURRENCE, account="Un dossier a été vu",
        awareness=Awareness(now - timedelta(hours=hours)), **more,
    )  # fmt: skip
    return declare.declare(bench.desk, bench.command(bench.agent), said).streams[0]


def decide(bench: Workbench, step: Callable[..., Any], breach: UUID, *what: Any, **how: Any) -> None:
    """Have the controller's delegate take a step."""
    step(bench.desk, bench.command(bench.delegate), breach, *what, **how)


def advised(bench: Workbench, breach: UUID) -> None:
    """Record that the officer can't be reached."""
    decide(bench, assess.advise, breach, tuple(OPINION_ON_LINE.values()), Opinion.NONE_WITHIN_DELAY)


def assessed(bench: Workbench, breach: UUID, risk: Risk) -> None:
    """Assess a breach."""
    one = Factors(Decimal(1), Decimal("0.25"), Decimal(0))
    found = assess.measure(
        bench.desk, one, people=3, unintelligible=False, gravity=Gravity.LIMITED, consequences=(), at=bench.clock.now()
    )
    assert found.band is Band.LOW
    decide(bench, assess.assess, breach, found, risk=risk, reason="Motif")


def send(bench: Workbench, breach: UUID, form_type: FormType = FormType.INITIAL, reasons: str = "") -> None:
    """Record that a notification was sent now."""
    sent = Notification(form_type, bench.clock.now(), receipt="2026-1", reasons=reasons)
    notify.notify(bench.desk, bench.command(bench.agent), breach, sent)


def steps(bench: Workbench, breach: UUID) -> tuple[NextStep, ...]:
    """Give what is to be done."""
    return show.show(bench.desk, bench.command(bench.delegate), breach).next_steps


@pytest.mark.row("S-4.6.13")
@pytest.mark.parametrize("cause", [BreachCause.INTERNAL_ACCIDENTAL, BreachCause.EXTERNAL_MALICIOUS])
def test_any_violation_accidental_or_intentional_is_to_be_told_even_where_a_risk_is_unlikely(
    bench: Workbench, cause: BreachCause
) -> None:
    """Wider than GDPR 33: closing that line for want of a risk leaves the convention's open."""
    kinds = Kinds((BreachNature.CONFIDENTIALITY,), (BreachOrigin.WRONG_RECIPIENT,), (cause,))
    breach = declared(bench, kinds=kinds)
    assessed(bench, breach, Risk.UNLIKELY)
    advised(bench, breach)
    decide(bench, lines.close_line, breach, Line.GDPR_33, LineEnding.RISK_UNLIKELY, reason="Chiffré")
    assert NextStep.NOTIFY in steps(bench, breach)
    with pytest.raises(LedgerError):
        decide(bench, lines.close_line, breach, Line.CONVENTION, LineEnding.RISK_UNLIKELY, reason="Chiffré")
    decide(bench, lines.close_line, breach, Line.CONVENTION, LineEnding.NOT_APPLIED, reason="Décision du délégué")
    assert NextStep.NOTIFY not in steps(bench, breach)


@pytest.mark.row("S-4.6.13")
def test_the_first_notification_needs_neither_assessment_nor_scope_nor_opinion(bench: Workbench) -> None:
    """An unreachable officer never blocks an urgent act."""
    breach = declared(bench)
    assert steps(bench, breach)[0] is NextStep.NOTIFY
    send(bench, breach)
    assert NextStep.NOTIFY not in steps(bench, breach)


@pytest.mark.row("S-4.6.13")
def test_from_the_legal_end_on_a_notification_says_why_it_is_late(bench: Workbench) -> None:
    """GDPR 33(1); 72 hours from the next full hour."""
    breach = declared(bench, hours=74)
    with pytest.raises(LateWithoutReasons) as refused:
        send(bench, breach)
    assert "33(1)" in refused.value.next_step()
    send(bench, breach, reasons="La boîte n'était pas lue")


@pytest.mark.row("S-4.6.13")
def test_a_line_is_closed_by_the_delegate_after_the_officers_opinion_and_never_by_the_officer(
    bench: Workbench,
) -> None:
    """GDPR 38(6), 39: the officer advises, the controller's delegate decides."""
    breach = declared(bench)
    send(bench, breach, FormType.COMPLETE)
    with pytest.raises(OpinionNeeded):
        decide(bench, lines.close_line, breach, Line.CONVENTION, LineEnding.NOTIFIED)
    advised(bench, breach)
    with pytest.raises(RefusedByRule):
        lines.close_line(bench.desk, bench.command(bench.agent), breach, Line.CONVENTION, LineEnding.NOTIFIED)
    decide(bench, lines.close_line, breach, Line.CONVENTION, LineEnding.NOTIFIED)
    with pytest.raises(RiskNotUnlikely):
        decide(bench, lines.close_line, breach, Line.GDPR_33, LineEnding.RISK_UNLIKELY, reason="Sans risque")
    with pytest.raises(LinesOpen) as refused:
        decide(bench, close.close, breach, BreachEnding.HANDLED)
    assert refused.value.details == {"lines": "gdpr-33"}


@pytest.mark.row("S-4.6.13")
def test_people_at_high_risk_are_told_or_a_reason_of_article_34_says_why_not(bench: Workbench) -> None:
    """GDPR 34(1), 34(3)."""
    breach = declared(bench)
    assessed(bench, breach, Risk.HIGH)
    no = InformationOfPeople.NO
    with pytest.raises(HighRiskUntold):
        decide(bench, people.decide_on_people, breach, no, why=WhyNotTold.NO_HIGH_RISK, reason="Peu de chose")
    decide(bench, people.decide_on_people, breach, no, why=WhyNotTold.UNINTELLIGIBLE, reason="Chiffré")
    assert NextStep.TELL_PEOPLE not in steps(bench, breach)


@pytest.mark.row("S-4.6.13")
def test_the_house_is_aware_when_its_processor_told_it(bench: Workbench) -> None:
    """EDPB 9/2022: the controller is aware once the processor told; the processor's own delay is another matter."""
    breach = declared(bench, hours=1)
    now = bench.clock.now()
    with pytest.raises(AwareAfterTold):
        describe.hear_processor(
            bench.desk, bench.command(bench.agent), breach, "Hébergeur Exemple", told_at=now - timedelta(hours=2)
        )
    decide(bench, aware.correct_awareness, breach, aware_at=now - timedelta(minutes=30), reason="Heure mal lue")


@pytest.mark.row("S-4.6.13")
def test_where_the_house_is_a_processor_it_tells_the_controller_whose_duty_notifying_is(bench: Workbench) -> None:
    """GDPR 33(2); the convention's own line stays the house's."""
    breach = declared(bench)
    advised(bench, breach)
    now = bench.clock.now()
    lines.open_line(
        bench.desk,
        bench.command(bench.agent),
        breach,
        Line.CONTROLLER,
        runs_from=now - timedelta(minutes=10),
        about="cnaf",
    )
    assert NextStep.TELL_CONTROLLER in steps(bench, breach)
    lines.close_line(bench.desk, bench.command(bench.agent), breach, Line.CONTROLLER, LineEnding.DONE)
    decide(bench, lines.close_line, breach, Line.GDPR_33, LineEnding.CONTROLLER_NOTIFIES, reason="La caisse notifie")
    assert NextStep.NOTIFY in steps(bench, breach)


@pytest.mark.row("S-4.6.13")
def test_new_facts_that_change_the_risk_open_a_new_clock_and_every_duty_again(bench: Workbench) -> None:
    """The key of a stolen laptop leaks: what was decided before decides nothing now."""
    breach = declared(bench)
    assessed(bench, breach, Risk.UNLIKELY)
    advised(bench, breach)
    for line, ending in ((Line.GDPR_33, LineEnding.RISK_UNLIKELY), (Line.CONVENTION, LineEnding.NOT_APPLIED)):
        decide(bench, lines.close_line, breach, line, ending, reason="Chiffré, clé sûre")
    bench.later(days=9)
    aware.reopen(bench.desk, bench.command(bench.agent), breach, aware_at=bench.clock.now(), facts="La clé a fuité")
    found = show.show(bench.desk, bench.command(bench.delegate), breach)
    assert (len(found.clocks), found.risk) == (2, None)
    assert found.clocks[1].target - found.clocks[1].aware_at == timedelta(hours=72)
    assert found.next_steps[0] is NextStep.NOTIFY


@pytest.mark.row("S-4.6.13")
def test_an_attack_on_a_system_runs_the_complaint_from_when_it_was_known(bench: Workbench) -> None:
    """Code des assurances L12-10-1: 72 hours from the knowledge of the attack, beside the clock of the breach."""
    known_at = bench.clock.now() - timedelta(minutes=20)
    kinds = Kinds((BreachNature.AVAILABILITY,), (BreachOrigin.HACKING,), (BreachCause.EXTERNAL_MALICIOUS,))
    breach = declared(bench, kinds=kinds, attack_known_at=known_at)
    (line,) = (
        each for each in show.show(bench.desk, bench.command(bench.agent), breach).lines if each.line is Line.INSURANCE
    )
    assert line.due_at is not None
    assert line.due_at - known_at == timedelta(hours=72)
    assert NextStep.COMPLAIN in steps(bench, breach)
