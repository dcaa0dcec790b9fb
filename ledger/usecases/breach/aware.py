"""Record since when the house is aware of a breach, correct it, or start a new clock for new facts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.policies.breach_vocabulary import UNKNOWN_OCCURRENCE, Occurrence
from ledger.rules.profile import Power
from ledger.usecases.breach.case import place_of, take_step
from ledger.usecases.gate import Judgement
from ledger.usecases.ports import Command, Desk, Recorded


def become_aware(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    *,
    aware_at: datetime,
    grounds: str = "",
    occurrence: Occurrence | None = None,
) -> Recorded:
    """
    Record the awareness: the clock runs from it. `occurrence` is when it occurred, where more is known of that now.

    :raises LedgerError: what `Breach.become_aware` and `take_step` raise
    """

    def step(judgement: Judgement, breach: Breach) -> None:
        zone, territory = place_of(desk, judgement, breach.house)
        breach.become_aware(
            aware_at, occurrence=occurrence or _known(judgement, breach), zone=zone, territory=territory,
            grounds=grounds, at=command.at,
        )  # fmt: skip

    return take_step(desk, command, breach_id, step, texts=(grounds,))


def correct_awareness(desk: Desk, command: Command, breach_id: UUID, *, aware_at: datetime, reason: str) -> Recorded:
    """
    Put right the awareness from which the latest clock runs; the controller's delegate does, and says why.

    :raises LedgerError: what `Breach.correct_awareness` and `take_step` raise
    """

    def step(judgement: Judgement, breach: Breach) -> None:
        breach.correct_awareness(aware_at, occurrence=_known(judgement, breach), reason=reason, at=command.at)

    return take_step(desk, command, breach_id, step, power=Power.DECIDE, texts=(reason,))


def reopen(desk: Desk, command: Command, breach_id: UUID, *, aware_at: datetime, facts: str) -> Recorded:
    """
    Start a new clock, because new facts change the risk; closed or not, every duty runs again.

    :raises LedgerError: what `Breach.reopen` and `take_step` raise
    """

    def step(judgement: Judgement, breach: Breach) -> None:
        zone, territory = place_of(desk, judgement, breach.house)
        breach.reopen(aware_at, zone=zone, territory=territory, facts=facts, at=command.at)

    return take_step(desk, command, breach_id, step, texts=(facts,))


def _known(judgement: Judgement, breach: Breach) -> Occurrence:
    return judgement.known(breach.occurrence) or UNKNOWN_OCCURRENCE
