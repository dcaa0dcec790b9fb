"""What every step of a breach shares: who may take it, where the breach is, and the clocks that run."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.breach import Breach
from ledger.aggregates.breach_records import ClockStart
from ledger.aggregates.house import House
from ledger.errors import NotFound
from ledger.policies.breach_scope import may_measure
from ledger.rules.breach_clock import BreachClock, breach_clock
from ledger.rules.houses import Territory
from ledger.rules.personal_numbers import screen_narrative
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import Acting, acting
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.ports import Command, Desk, Recorded

MAINLAND = ("Europe/Paris", Territory.METROPOLE)
"""Whose clock and holidays count where no house is concerned."""


def take_step(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    step: Callable[[Judgement, Breach], None],
    *,
    power: Power | None = None,
    texts: tuple[str, ...] = (),
) -> Recorded:
    """
    Record one step of a breach; `texts` are the narratives that it takes.

    What happened is recorded by whoever is enrolled in the house, or sees all houses; what is decided takes `power`.
    Two who decide at once: one wins, the other is told.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE
    :raises NotFound: if there is no such breach
    :raises NoteRefused: if a narrative holds a social security number, or is too long
    :raises Conflict: if somebody was faster
    """
    for text in texts:
        screen_narrative(text)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        breach = desk.streams.load(Breach, breach_id)
        if power is not None:
            actor.need(power)
        else:
            need_sight(actor, breach.house)
        step(judgement, breach)
        return judgement.commit(breach)


def need_sight(actor: Acting, house: UUID | None) -> None:
    """
    Refuse who neither works in the house of a breach, nor audits, advises or decides.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE
    """
    refusal = may_measure(house, own=actor.agent.house, powers=actor.powers)
    actor.allow(refusal, Power.READ_JOURNAL, Power.ADVISE, Power.DECIDE, Power.RECEIVE, Power.ENROL)


def place_of(desk: Desk, opener: FactOpener, house: UUID | None) -> tuple[str, Territory]:
    """Give the zone and the territory by which the clocks of a house's breach run."""
    if house is None:
        return MAINLAND
    found = desk.streams.load(House, house)
    return opener.known(found.zone) or MAINLAND[0], opener.known(found.territory) or MAINLAND[1]


def clock_from(desk: Desk, opener: FactOpener, start: ClockStart) -> BreachClock:
    """Give the ends of the term that runs from one awareness, by the place and the rule pack of that day."""
    zone, territory = opener.known(start.zone) or MAINLAND[0], opener.known(start.territory) or MAINLAND[1]
    return breach_clock(start.aware_at, zone=ZoneInfo(zone), territory=Territory(territory), packs=desk.law.clocks)


def all_breaches(desk: Desk) -> list[Breach]:
    """Give every breach of which anything is left, in the order in which they were declared."""
    ids = desk.streams.linked(REGISTER, LinkKind.BREACH)
    try:
        found = desk.streams.load_all([(Breach, id_) for id_ in ids])
    except NotFound:  # the headers of one whose term is long over are pruned; the register still leads to it
        found = [breach for id_ in ids for breach in _left_of(desk, id_)]
    return [breach for breach in found if isinstance(breach, Breach)]


def _left_of(desk: Desk, breach_id: UUID) -> list[Breach]:
    try:
        return [desk.streams.load(Breach, breach_id)]
    except NotFound:
        return []
