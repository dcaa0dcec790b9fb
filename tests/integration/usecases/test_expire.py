"""Mandates that live beyond their term are ended by the nightly job, and leave what an end calls for."""

from __future__ import annotations

import pytest

from ledger.aggregates.duty import DutyKind
from ledger.policies.refusals import RefusedByRule
from ledger.projections.duties import open_duties
from tests.integration.usecases.counter import Counter
from tests.integration.usecases.workbench import Workbench


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    counter = Counter(bench)
    counter.train(bench.agent)
    return counter


def test_a_mandate_beyond_its_term_is_ended_by_the_job_and_calls_for_an_account(counter: Counter) -> None:
    bench = counter.bench
    _, over = counter.served(bench.person(), term_days=31)
    bench.later(days=10)
    younger = counter.live(bench.person(homonym=True), term_days=365)
    assert bench.ledger.expire_mandates(bench.command(bench.job)) == []
    bench.later(days=25)
    assert bench.ledger.expire_mandates(bench.command(bench.job)) == [over]
    assert counter.mandate(over).end is not None
    assert counter.mandate(younger).is_live
    duties = [duty for duty in open_duties(bench.ledger.current_views()) if duty.about == over]
    assert DutyKind.ACCOUNT in {DutyKind(duty.kind) for duty in duties}
    assert bench.ledger.expire_mandates(bench.command(bench.job)) == []


def test_an_agent_does_not_end_mandates_by_the_list(counter: Counter) -> None:
    counter.live(counter.bench.person(), term_days=1)
    counter.bench.later(days=3)
    with pytest.raises(RefusedByRule):
        counter.bench.ledger.expire_mandates(counter.bench.command())


def test_the_end_is_that_of_the_term(counter: Counter) -> None:
    mandate = counter.live(counter.bench.person(), term_days=1)
    counter.bench.later(days=3)
    counter.bench.ledger.expire_mandates(counter.bench.command(counter.bench.job))
    end = counter.mandate(mandate).end
    assert end is not None
    assert end.effective_at < counter.now
