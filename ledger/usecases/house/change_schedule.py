"""Change a house's regular week."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.house import Audience, House
from ledger.rules.houses import OpenPeriod, opening
from ledger.rules.periods import local_day
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting, not_future
from ledger.usecases.gate import judging
from ledger.usecases.house.days import zone_of
from ledger.usecases.house.register import OPENING_TOO_SHORT
from ledger.usecases.ports import Command, Desk, Recorded


def change_schedule(
    desk: Desk,
    command: Command,
    house_id: UUID,
    *,
    schedule: tuple[OpenPeriod, ...],
    effective_at: datetime,
    announced_at: datetime,
    told: frozenset[Audience],
    substantial: bool = True,
) -> Recorded:
    """
    Change a house's regular week from `effective_at` on, which may lie ahead.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not enrol; IN_THE_FUTURE, if nothing was announced yet
    :raises ScheduleNotAnnounced: if the change is substantial and not everybody was told before it (convention 4.2)
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.ENROL)
        house = desk.streams.load(House, house_id)
        house.change_schedule(
            schedule,
            effective_at=effective_at,
            announced_at=not_future(announced_at, at=command.at),
            told=told,
            substantial=substantial,
        )
        week = opening(schedule, profile=desk.law.profile, on=local_day(effective_at, zone_of(judgement, house)))
        return judgement.commit(house, outcome="OK" if week.holds else OPENING_TOO_SHORT)
