"""Say more of a breach: what was violated and how, a part of its narrative, what it is thought to concern."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.policies.breach_vocabulary import BreachText
from ledger.rules.personal_numbers import screen_note
from ledger.usecases.breach.case import take_step
from ledger.usecases.breach.declare import Estimate, Kinds
from ledger.usecases.ports import Command, Desk, Recorded


def describe(desk: Desk, command: Command, breach_id: UUID, *, kinds: Kinds) -> Recorded:
    """
    Say what was violated, how and through whom; what was said before is replaced.

    :raises LedgerError: what `Breach.describe` and `take_step` raise
    """
    return take_step(
        desk, command, breach_id,
        lambda _, breach: breach.describe(natures=kinds.natures, origins=kinds.origins, causes=kinds.causes),
    )  # fmt: skip


def narrate(desk: Desk, command: Command, breach_id: UUID, part: BreachText, text: str) -> Recorded:
    """
    Write one part of the narrative; the last one of each part counts.

    :raises LedgerError: what `Breach.narrate` and `take_step` raise
    """
    return take_step(desk, command, breach_id, lambda _, breach: breach.narrate(part, text), texts=(text,))


def estimate(desk: Desk, command: Command, breach_id: UUID, guess: Estimate) -> Recorded:
    """
    Attach what somebody thinks is concerned, until it is measured.

    :raises LedgerError: what `Breach.attach_scope` and `take_step` raise
    """
    return take_step(desk, command, breach_id, lambda _, breach: breach.attach_scope(guess.figures(as_of=command.at)))


def hear_processor(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    processor: str,
    *,
    told_at: datetime,
    processor_aware_at: datetime | None = None,
) -> Recorded:
    """
    Record that a processor of the house told; the house is aware from then on (EDPB 9/2022).

    :raises LedgerError: what `Breach.hear_processor` and `take_step` raise
    """
    screen_note(processor)
    return take_step(
        desk, command, breach_id,
        lambda _, breach: breach.hear_processor(
            processor, told_at=told_at, processor_aware_at=processor_aware_at, at=command.at
        ),
    )  # fmt: skip
