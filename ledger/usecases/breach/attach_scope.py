"""Keep a measured scope with the breach that it was measured for: numbers, categories and caveats, nobody's name."""

from __future__ import annotations

from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.aggregates.subject_events import Reach
from ledger.policies.breach_scope import RecordKind
from ledger.policies.breach_vocabulary import CategoryCount, ScopeBasis, ScopeFigures, WayCount
from ledger.policies.vocabulary import ContactMeans
from ledger.usecases.agent.acting import acting
from ledger.usecases.breach.scope import ScopeMeasured
from ledger.usecases.breach.scope_caveats import Basis
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded

_MEANS = {Reach.PHONE: ContactMeans.PHONE, Reach.EMAIL: ContactMeans.EMAIL, Reach.MAIL: ContactMeans.MAIL}


def attach_scope(desk: Desk, command: Command, breach_id: UUID, measured: ScopeMeasured) -> Recorded:
    """
    Attach a scope; each measure is a record of its own, and the last one is the one that counts.

    Whoever measured it may attach it: to see the figures took more than to keep them.

    :raises NotFound: if there is no such breach
    :raises BreachIsClosed: if it is closed
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement)
        breach = desk.streams.load(Breach, breach_id)
        breach.attach_scope(figures_of(measured))
        return judgement.commit(breach)


def figures_of(measured: ScopeMeasured) -> ScopeFigures:
    """Give the figures in the form in which a breach keeps them."""
    figures = measured.figures
    counted = [CategoryCount(each, count.people, count.records) for each, count in figures.categories.items()]
    return ScopeFigures(
        basis=ScopeBasis.ESTIMATED if measured.basis is Basis.BY_HAND else ScopeBasis.MEASURED,
        as_of=measured.as_of,
        people=figures.people,
        records=figures.records,
        categories=tuple(counted),
        minors=figures.minors,
        protected=figures.protected,
        reachable=figures.reachable,
        unreachable=figures.unreachable,
        ways=tuple(WayCount(_MEANS[Reach(way)], people) for way, people in figures.ways.items()),
        sealed_records=figures.sealed.records,
        erased_records=figures.erased.records,
        papers=figures.kinds.get(RecordKind.PAPER, 0),
        by_hand=figures.kinds.get(RecordKind.BY_HAND, 0),
        caveats=tuple(measured.caveats),
        household=figures.household,
    )
