"""Record that the CNIL was notified of a breach; whoever sent it does, and no opinion holds it up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.rules.breach_clock import BreachClock
from ledger.rules.cnil import FormType
from ledger.rules.personal_numbers import screen_note
from ledger.usecases.agent.acting import acting
from ledger.usecases.breach.case import clock_from, need_sight, take_step
from ledger.usecases.gate import FactOpener, Judgement, judging
from ledger.usecases.ports import Command, Desk, Recorded


@dataclass(frozen=True, repr=False)
class Notification:
    """One notification as it was sent."""

    form_type: FormType
    sent_at: datetime
    receipt: str = ""
    initial: str = ""
    """The number of the initial one, where the record doesn't have it."""
    reasons: str = ""
    """Why it was sent after the target, or after the legal end (GDPR 33(1))."""


def notify(desk: Desk, command: Command, breach_id: UUID, sent: Notification) -> Recorded:
    """
    Record a notification; from the legal end of the oldest clock without one, the reasons for the delay are due.

    :raises LedgerError: what `Breach.notify` and `take_step` raise
    """
    screen_note(sent.receipt)
    screen_note(sent.initial)

    def step(judgement: Judgement, breach: Breach) -> None:
        clock = running_clock(desk, judgement, breach)
        initial = breach.last_initial
        breach.notify(
            sent.form_type, sent_at=sent.sent_at, legal_end=clock.legal_end if clock else None, receipt=sent.receipt,
            initial=sent.initial, initial_on_record=judgement.known(initial.receipt) if initial else None,
            reasons=sent.reasons, at=command.at,
        )  # fmt: skip

    return take_step(desk, command, breach_id, step, texts=(sent.reasons,))


def running_clock(desk: Desk, opener: FactOpener, breach: Breach) -> BreachClock | None:
    """Give the ends of the oldest clock for which nothing was sent yet; None where something was for all."""
    return clock_from(desk, opener, breach.unanswered[0]) if breach.unanswered else None


def clock_of(desk: Desk, command: Command, breach_id: UUID) -> BreachClock | None:
    """
    Give the clock by which the next notification is late or not; the look is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE
    :raises NotFound: if there is no such breach
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        breach = desk.streams.load(Breach, breach_id)
        need_sight(actor, breach.house)
        found = running_clock(desk, judgement, breach)
        judgement.read("breach.clock", rows=1)
    return found
