"""A letter to give."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ledger.policies.breach_deadlines import Urgency
from ledger.usecases.breach.reminding import Channel, Letter, NotGiven, OutcomeUnknown
from tests.integration.usecases.workbench import MORNING

LETTER = Letter(
    reference=UUID(int=7), breach=UUID(int=8), deadline="notify", urgency=Urgency.SOON,
    due_at=MORNING + timedelta(hours=12), late_from=MORNING + timedelta(hours=13),
    subject="Violation 1a2b3c4d : notification à la CNIL, reste 12 h",
    text="Un délai demande quelqu’un.\n.\n.. et une ligne qui commence par un point\nÀ faire : notifier\n",
)  # fmt: skip


def ending(channel: Channel, letter: Letter = LETTER) -> str:
    """Give a letter, and say how it ended."""
    with channel.ready(letter) as handover:
        try:
            handover.give()
        except NotGiven:
            return "not-given"
        except OutcomeUnknown:
            return "unknown"
    return "given"
