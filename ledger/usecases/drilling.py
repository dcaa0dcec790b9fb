"""Put an erasure drill on record."""

from __future__ import annotations

from ledger.aggregates.drill import Drill, DrillFound
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk, Recorded


def may_drill(desk: Desk, command: Command) -> None:
    """
    Check, and leave on record, that the actor may hold a drill.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides for the controller nor audits
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        if Power.READ_JOURNAL not in actor.powers:
            actor.need(Power.DECIDE)
        judgement.read("drill.erasure", rows=0)


def record(desk: Desk, command: Command, *, found: DrillFound, report: str) -> Recorded:
    """Record what a drill found, with its signed report; `may_drill` was asked before it was held."""
    return desk.streams.commit(command, Drill.perform(found=found, report=report))
