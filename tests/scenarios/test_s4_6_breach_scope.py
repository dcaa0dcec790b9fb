"""Article 4.6, violations: what is told of one within 72 hours is measured from the ledger, in its first minute."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.bootstrap.scoping import LedgerScopeLog
from ledger.policies.breach_scope import BreachScope, Count
from ledger.policies.severity import Advice, Factors, Happened, circumstances, prefilled, propose, severity
from ledger.rules.assessment import AvailabilityLoss, Band, ConfidentialityLoss
from ledger.rules.cnil import DataCategory, PeopleBand
from ledger.usecases.breach.scope import ScopeAsked, measure
from ledger.usecases.house.days import day_of
from tests.integration.usecases.counter import BOB, Counter
from tests.integration.usecases.workbench import Workbench


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def measured(counter: Counter, **asked: Any) -> BreachScope:
    command = counter.command(counter.bench.delegate)
    return measure(counter.desk, command, LedgerScopeLog(counter.bench.ledger), ScopeAsked(**asked)).figures


@pytest.mark.row("S-4.6.13")
def test_categories_and_numbers_of_people_and_of_records_are_known_when_a_stolen_account_is_found(
    counter: Counter,
) -> None:
    """GDPR 33(3)(a): the categories and approximate number of people, and of records."""
    thief = counter.colleague()
    aline, bob = counter.opened(counter.bench.person()), counter.opened(counter.bench.person(BOB), "CNAF06-aah")
    stolen_at = counter.bench.later(hours=1)
    for procedure, fields in ((aline, ("id.civil", "inc.3m")), (aline, ("id.civil",)), (bob, ("no.caf",))):
        assert counter.look(procedure, *fields, agent=thief).granted
    figures = measured(counter, agents=(thief,), since=stolen_at)
    assert (figures.people, figures.records) == (2, 3)
    assert figures.categories == {
        DataCategory.CIVIL_STATUS: Count(1, 2), DataCategory.IDENTIFIERS: Count(1, 1),
        DataCategory.FINANCIAL: Count(1, 1), DataCategory.HEALTH: Count(1, 1),
    }  # fmt: skip
    assert PeopleBand.of(2) is PeopleBand.TO_5
    rules, day = counter.desk.law.assessment, day_of(counter.now)
    dpc, ei = prefilled(figures.categories, unintelligible=False, rules=rules, on=day)
    happened = Happened(ConfidentialityLoss.UNKNOWN_RECIPIENTS, malicious=True)
    found = severity(Factors(dpc, ei, circumstances(happened, scale=rules.scale(on=day))), scale=rules.scale(on=day))
    assert (found.shown_score, found.band) == ("5", Band.VERY_HIGH)
    proposed = propose(found, rule=rules.proposal(on=day))
    assert (proposed.authority, proposed.people) == (Advice.NOTIFY, Advice.TELL_PEOPLE)


@pytest.mark.row("S-4.6.13")
def test_a_stolen_laptop_whose_key_is_safe_shows_nobodys_data(counter: Counter) -> None:
    """The convention asks to tell it all the same; GDPR 34(3)(a) does not ask to tell the people."""
    counter.kept(counter.opened(counter.bench.person(), "CNAF05-situation"))
    figures = measured(counter, copy_at=counter.now)
    assert figures.unintelligible
    rules, day = counter.desk.law.assessment, day_of(counter.now)
    dpc, ei = prefilled((), unintelligible=True, rules=rules, on=day)
    lost = Happened(availability=AvailabilityLoss.TEMPORARY, malicious=True)
    factors = Factors(dpc, ei, circumstances(lost, scale=rules.scale(on=day)))
    found = severity(factors, scale=rules.scale(on=day), unintelligible=True)
    assert propose(found, rule=rules.proposal(on=day)).people is Advice.NO_NEED_TO_TELL
