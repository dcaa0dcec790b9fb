"""Tell the people concerned by a breach: decide whether, and record that it was done (GDPR 34)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.policies.breach_vocabulary import WhyNotTold
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.cnil import InformationOfPeople
from ledger.rules.profile import Power
from ledger.usecases.breach.case import take_step
from ledger.usecases.ports import Command, Desk, Recorded


def decide_on_people(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    information: InformationOfPeople,
    *,
    why: WhyNotTold | None = None,
    reason: str = "",
    due_at: datetime | None = None,
) -> Recorded:
    """
    Decide whether the people are told; the controller's delegate does.

    :raises LedgerError: what `Breach.decide_on_people` and `take_step` raise
    """
    return take_step(
        desk, command, breach_id,
        lambda _, breach: breach.decide_on_people(information, why=why, reason=reason, due_at=due_at),
        power=Power.DECIDE, texts=(reason,),
    )  # fmt: skip


def inform_people(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    *,
    people: int,
    means: tuple[ContactMeans, ...],
    told_at: datetime | None = None,
) -> Recorded:
    """
    Record that people were told.

    :raises LedgerError: what `Breach.inform_people` and `take_step` raise
    """
    return take_step(
        desk, command, breach_id,
        lambda _, breach: breach.inform_people(
            told_at=told_at or command.at, people=people, means=means, at=command.at
        ),
    )  # fmt: skip
