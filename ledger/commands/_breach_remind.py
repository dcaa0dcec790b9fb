"""`ledger breach remind`: the job that reminds, each time once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.commands._breach_noun import command
from ledger.commands._context import Session
from ledger.commands._words import option
from ledger.errors import Conflict, Unavailable
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.policies.breach_deadlines import BreachDeadline
    from ledger.usecases.breach.remind import Reminded
    from ledger.usecases.breach.reminding import Letter


class RemindingInProgress(Conflict):
    """Another run gives the reminders."""

    sentence = mark("Another run is giving the reminders.")
    advice = mark("There is nothing to do: what it leaves, the next run gives.")


class RemindersWait(Unavailable):
    """Reminders are due, and their channel failed."""

    sentence = mark("{count} reminders wait: they could not be sent, or their channel failed a moment ago.")
    advice = mark("The next run tries again by itself; none is lost, none is sent twice. See `ledger breach board`.")


@command.verb(
    "remind",
    help=mark(
        "Give the reminders that are due, each once, by mail, through a program or into a file: a job for a timer.\n\n"
        "The points before each end stand in the profile, the way in ledger.toml. Run it every few minutes. What can't "
        "be sent is tried again after longer and longer waits (exit code 8). A reminder whose sending was cut short "
        "may have arrived: it is shown on the board, and given again only with --again."
    ),
    examples=("ledger breach remind", "ledger breach remind --trial", "ledger breach remind --again"),
)
@option("--again", is_flag=True, help=mark("Give again what may have arrived, or not."))
@option("--trial", is_flag=True, help=mark("Send one letter that only shows that letters arrive; nothing is recorded."))
def remind_(session: Session, again: bool, trial: bool) -> None:
    """Give the reminders."""
    from ledger.bootstrap.reminding import channel_of
    from ledger.bootstrap.retaining import lock_of
    from ledger.usecases.retention.ports import RunInProgress

    if trial:
        _try(session)
        return
    channel_of(session.ledger)  # what is not set up is said before anything else
    try:
        with lock_of(session.ledger, "reminders").held():
            found = _run(session, again=again)
    except RunInProgress:
        raise RemindingInProgress from None
    session.output.done(
        mark("Reminders: {sent} sent, {waiting} waiting, {to_check} to look at."),
        sent=found.sent, waiting=found.waiting, to_check=found.to_check,
        next_try_at=found.trouble.next_try_at if found.trouble else None,
    )  # fmt: skip
    if found.refusal is not None:
        raise found.refusal
    if found.waiting:
        raise RemindersWait(count=found.waiting)


def _run(session: Session, *, again: bool) -> Reminded:
    from ledger.bootstrap.reminding import board_now, channel_of, waiting_of
    from ledger.commands._breach_words import letter_of
    from ledger.usecases.breach.remind import remind

    soon = session.desk.law.profile.soon(session.at.date())
    rows = board_now(session.ledger, session.reading(), page="breach.remind")
    references = {row.deadline: row.reminder.reminder.reference for row in rows if row.reminder.reminder}

    def write(deadline: BreachDeadline) -> Letter:
        return letter_of(deadline, references[deadline], at=session.at, soon=soon, zone=session.zone)

    return remind(
        session.desk, session.reading(), rows, channel=channel_of(session.ledger), waiting=waiting_of(session.ledger),
        write=write, again=again,
    )  # fmt: skip


def _try(session: Session) -> None:
    from ledger.bootstrap.reminding import channel_of, waiting_of
    from ledger.commands._breach_words import trial_letter
    from ledger.identifiers import new_id
    from ledger.usecases.breach.reminding import NotGiven, OutcomeUnknown

    session.reading()  # whoever tries is enrolled
    letter = trial_letter(at=session.at, reference=new_id(), zone=session.zone)
    try:
        with channel_of(session.ledger).ready(letter) as handover:
            handover.give()
    except (NotGiven, OutcomeUnknown):
        raise RemindersWait(count=1) from None
    waiting_of(session.ledger).mended()
    session.output.done(mark("The trial was sent; see whether it arrives."))
