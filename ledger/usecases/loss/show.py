"""List the losses of data: for who decides, and who audits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.loss import FoundBy, LossKind
from ledger.policies.authority import may_see_losses
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.loss.record import losses
from ledger.usecases.ports import Command, Desk


@dataclass(frozen=True)
class LossShown:
    """One loss, opened."""

    loss: UUID
    kind: LossKind | None
    found_by: FoundBy | None
    keys: tuple[UUID, ...]
    count: int | None
    aware_at: datetime


def show(desk: Desk, command: Command) -> list[LossShown]:
    """
    List every loss; the page is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_see_losses(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
        found = [
            LossShown(
                each.id,
                judgement.known(each.kind),
                judgement.known(each.found_by),
                judgement.known(each.keys) or (),
                judgement.known(each.count),
                each.aware_at,
            )
            for each in losses(desk)
        ]
        judgement.read("loss.list", rows=len(found))
    return found
