"""The guided declaration: what is asked next, from what is on record; each step is kept as soon as it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from ledger.aggregates.breach import Breach
from ledger.usecases.agent.acting import acting
from ledger.usecases.breach.case import need_sight
from ledger.usecases.breach.show import BreachShown
from ledger.usecases.gate import judging
from ledger.usecases.ports import Command, Desk


class DeclarationStep(StrEnum):
    """One step of a declaration, in their order; the first is what makes it a declaration."""

    SIGNAL = "signal"
    PROCESSOR = "processor"
    AWARENESS = "awareness"
    KINDS = "kinds"
    ESTIMATE = "estimate"


LATER_STEPS = (
    DeclarationStep.PROCESSOR, DeclarationStep.AWARENESS, DeclarationStep.KINDS, DeclarationStep.ESTIMATE
)  # fmt: skip
"""What is asked once it is a declaration. Which processor told is asked until there is an awareness: it gives one."""


def step_command(command: Command, name: DeclarationStep, *, at: datetime) -> Command:
    """Give the command of one step: its id follows from the declaration's, so that a step is done once."""
    return replace(command, id=uuid5(command.id, name), at=at)


def left_of(found: BreachShown) -> tuple[DeclarationStep, ...]:
    """Give the steps of a declaration that nobody has answered yet."""
    answered = {
        DeclarationStep.SIGNAL: True,
        DeclarationStep.PROCESSOR: bool(found.processors or found.clocks),
        DeclarationStep.AWARENESS: bool(found.clocks),
        DeclarationStep.KINDS: bool(found.natures or found.origins or found.causes),
        DeclarationStep.ESTIMATE: found.figures is not None,
    }
    return () if found.closed_at else tuple(step for step in DeclarationStep if not answered[step])


def steps_left(desk: Desk, command: Command, breach_id: UUID) -> tuple[DeclarationStep, ...]:
    """
    Give the steps that are left of one declaration, which is to be resumed; the look is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE
    :raises NotFound: if there is no such breach
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        breach = desk.streams.load(Breach, breach_id)
        need_sight(actor, breach.house)
        judgement.read("breach.declare", rows=1)
    answered = (
        bool(breach.processors or breach.clocks), bool(breach.clocks), bool(breach.descriptions), bool(breach.scopes)
    )  # fmt: skip
    return () if breach.is_closed else tuple(step for step, done in zip(LATER_STEPS, answered, strict=True) if not done)
