"""
Work out by when everything that runs in breaches is to be done; the facts that say the place are opened on record.

Duty lines: the target is planned on, the legal end makes late (GDPR 33(1); Regulation 1182/71 art. 3). What a text asks
for "without delay" has no hour: the profile says after how many it is shown as overdue.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.base import REGISTER, Event, Fact, LinkKind
from ledger.aggregates.restoration import Restoration
from ledger.clock import in_utc
from ledger.personal import present
from ledger.policies.breach_deadlines import BreachDeadline
from ledger.policies.breach_scope import may_measure
from ledger.policies.breach_vocabulary import Deadline
from ledger.rules.breach_clock import (
    BreachClock,
    breach_clock,
    complementary_due,
    insurance_complaint_due,
    nis2_clock,
)
from ledger.rules.houses import Territory
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import Acting, acting
from ledger.usecases.breach.case import MAINLAND, place_of
from ledger.usecases.breach.running import Running
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk

Place = tuple[str, Territory]


class LoggedFacts(Protocol):
    """Gives events by where they stand, their sealed fields being handles."""

    def by_position(self, positions: Sequence[int]) -> Mapping[int, Event]:
        """Give the events at these positions; a pruned one is left out."""
        ...


def deadlines_of(
    desk: Desk, command: Command, running: Sequence[Running], events: LoggedFacts, *, page: str
) -> list[BreachDeadline]:
    """
    Give the deadlines that the actor may see, nearest first; the look is recorded.

    Who works in a house sees that house's; who audits, advises, decides or reports (a job of monitoring) sees all.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may see none
    """
    with judging(desk, command, naming=False) as judgement:
        actor = acting(desk, judgement)
        seen = [each for each in running if _sees(actor, each.house)]
        if not seen and Power.REPORT not in actor.powers:
            own = actor.agent.house
            powers = (Power.READ_JOURNAL, Power.ADVISE, Power.DECIDE, Power.RECEIVE, Power.ENROL, Power.REPORT)
            actor.allow(may_measure(own, own=own, powers=actor.powers), *powers)
        found = Deadlines(desk, judgement, events).of(seen)
        judgement.read(page, rows=len(found))
    return found


def _sees(actor: Acting, house: UUID | None) -> bool:
    if Power.REPORT in actor.powers and actor.agent.house in (None, house):
        return True
    return may_measure(house, own=actor.agent.house, powers=actor.powers) is None


def last_restore(desk: Desk) -> datetime | None:
    """Give when a backup was last put back; None where none ever was."""
    restores = (desk.streams.load(Restoration, each) for each in desk.streams.linked(REGISTER, LinkKind.RESTORATION))
    return max((each.performed_at for each in restores), default=None)


class Deadlines:
    """Works out deadlines within one judgement: every fact that is needed is opened in one go."""

    def __init__(self, desk: Desk, opener: FactOpener, events: LoggedFacts) -> None:
        self._desk = desk
        self._opener = opener
        self._events = events
        self._houses: dict[UUID | None, Place] = {}
        self._clocks: dict[tuple[datetime, Place], BreachClock] = {}

    def of(self, running: Sequence[Running]) -> list[BreachDeadline]:
        """Give the deadlines of what runs, nearest first."""
        facts = self._facts_of(running)
        found = [self._deadline(each, facts.get(each.position or 0, {})) for each in running]
        return sorted(found, key=lambda each: (each.due_at, each.breach, each.deadline))

    def _facts_of(self, running: Sequence[Running]) -> dict[int, dict[str, Any]]:
        """Open, of every event that is needed, what says the place or the end."""
        positions = sorted({each.position for each in running if each.position is not None})
        events = self._events.by_position(positions) if positions else {}
        handles = [
            (position, name, fact)
            for position, event in events.items()
            for name in ("zone", "territory", "due_at")
            if isinstance(fact := getattr(event, name, None), Fact)
        ]
        opened = self._opener.open_each([fact for *_, fact in handles]) if handles else []
        facts: dict[int, dict[str, Any]] = {}
        for (position, name, _), value in zip(handles, opened, strict=True):
            facts.setdefault(position, {})[name] = present(value)
        return facts

    def _deadline(self, running: Running, facts: Mapping[str, Any]) -> BreachDeadline:
        end = partial(
            BreachDeadline, running.breach, running.house, running.deadline, running.line, running.runs_from,
            running.recorded_at, began=running.began, changed_position=running.changed_position,
        )  # fmt: skip
        if running.deadline is Deadline.NOTIFY:
            clock = self._clock(running.runs_from, _place_in(facts))
            return end(due_at=in_utc(clock.target), late_from=in_utc(clock.legal_end))
        due_at, soft = self._end(running, facts)
        if due_at is None:
            delay = self._desk.law.profile.without_delay(day_of(running.runs_from))
            due_at, soft = running.runs_from + delay, True
        return end(due_at=in_utc(due_at), late_from=in_utc(due_at), soft=soft)

    def _end(self, running: Running, facts: Mapping[str, Any]) -> tuple[datetime | None, bool]:
        """Give the end that a text, or a decision, gives; None where it is due without delay."""
        since, packs = running.runs_from, self._desk.law.clocks
        if running.deadline is Deadline.COMPLEMENTARY:
            return complementary_due(since, zone=ZoneInfo(_place_in(facts)[0]), packs=packs), True
        if running.deadline is Deadline.PEOPLE:
            return facts.get("due_at"), True
        if running.deadline in (Deadline.CONTROLLER, Deadline.PREFECT):
            return None, True
        zone = ZoneInfo(self._place(running.house)[0])
        if running.deadline is Deadline.INSURANCE:
            return insurance_complaint_due(since, zone=zone, packs=packs), False
        nis2 = nis2_clock(since, zone=zone, packs=packs)
        if nis2 is None:
            return None, True
        return (nis2.early_warning if running.deadline is Deadline.NIS2_WARNING else nis2.notification), False

    def _place(self, house: UUID | None) -> Place:
        if house not in self._houses:
            self._houses[house] = place_of(self._desk, self._opener, house)
        return self._houses[house]

    def _clock(self, aware_at: datetime, place: Place) -> BreachClock:
        if (aware_at, place) not in self._clocks:
            zone, territory = place
            self._clocks[aware_at, place] = breach_clock(
                aware_at, zone=ZoneInfo(zone), territory=territory, packs=self._desk.law.clocks
            )
        return self._clocks[aware_at, place]


def _place_in(facts: Mapping[str, Any]) -> Place:
    return facts.get("zone") or MAINLAND[0], Territory(facts.get("territory") or MAINLAND[1])
