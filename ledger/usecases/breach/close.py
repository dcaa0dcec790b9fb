"""Bring a breach to its end: what was done against it, its ties to others, its closing."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.policies.breach_vocabulary import BreachEnding, BreachLink
from ledger.rules.profile import Power
from ledger.usecases.breach.case import take_step
from ledger.usecases.gate import Judgement
from ledger.usecases.ports import Command, Desk, Recorded


def remedy(
    desk: Desk, command: Command, breach_id: UUID, measures: str, *, done_at: datetime | None = None
) -> Recorded:
    """
    Record what was done against it, or so that it does not happen again (GDPR 33(3)(d)).

    :raises LedgerError: what `Breach.remedy` and `take_step` raise
    """
    return take_step(
        desk, command, breach_id,
        lambda _, breach: breach.remedy(measures, done_at=done_at or command.at, at=command.at), texts=(measures,),
    )  # fmt: skip


def link(desk: Desk, command: Command, breach_id: UUID, other: UUID, kind: BreachLink) -> Recorded:
    """
    Tie a breach to another.

    :raises NotFound: if there is no such other breach
    :raises LedgerError: what `Breach.link` and `take_step` raise
    """

    def step(_: Judgement, breach: Breach) -> None:
        breach.link(desk.streams.load(Breach, other).id, kind)

    return take_step(desk, command, breach_id, step)


def close(desk: Desk, command: Command, breach_id: UUID, ending: BreachEnding, *, reason: str = "") -> Recorded:
    """
    Close it: the controller's delegate does, once every line is. The term of the register runs from here.

    :raises LedgerError: what `Breach.close` and `take_step` raise
    """
    return take_step(
        desk, command, breach_id, lambda _, breach: breach.close(ending, reason=reason), power=Power.DECIDE,
        texts=(reason,),
    )  # fmt: skip
