"""Deadlines of breaches in words: how long is left, what there is to do, and the letter that reminds of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.commands._breach_pages import NEXT
from ledger.commands._clock_words import instant_in_words
from ledger.commands._labels import label
from ledger.identifiers import short
from ledger.policies.breach_deadlines import BreachDeadline, Urgency
from ledger.policies.breach_vocabulary import Deadline
from ledger.translation import mark, translate
from ledger.usecases.breach.reminding import Letter

if TYPE_CHECKING:
    from uuid import UUID
    from zoneinfo import ZoneInfo

_STEP = {
    Deadline.NOTIFY: "notify",
    Deadline.COMPLEMENTARY: "complement",
    Deadline.PEOPLE: "tell-people",
    Deadline.CONTROLLER: "tell-controller",
    Deadline.INSURANCE: "complain",
    Deadline.PREFECT: "tell-prefect",
    Deadline.NIS2_WARNING: "warn-nis2",
    Deadline.NIS2_NOTIFY: "warn-nis2",
}
"""The step of `ledger breach show` that ends each."""
_MINUTE = timedelta(minutes=1)


def span_in_words(span: timedelta) -> str:
    """Give how long something lasts, by its two largest parts: 2 d 3 h, 5 h 12 min, 7 min; whole minutes only."""
    minutes = abs(span) // _MINUTE
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return translate(mark("{days} d {hours} h")).format(days=days, hours=hours)
    if hours:
        return translate(mark("{hours} h {minutes} min")).format(hours=hours, minutes=minutes)
    return translate(mark("{minutes} min")).format(minutes=minutes)


def left_in_words(found: BreachDeadline, *, at: datetime) -> str:
    """Give how long is left until the end that is planned on, or how long it is past."""
    left = found.due_at - at
    sentence = mark("{span} left") if left > timedelta() else mark("past by {span}")
    return translate(sentence).format(span=span_in_words(left))


def what(found: BreachDeadline) -> str:
    """Name what is to be done, with the line of duty where there are two for the same."""
    if found.deadline is Deadline.NOTIFY and found.line is not None:
        return f"{label(found.deadline)} ({label(found.line)})"
    return label(found.deadline)


def todo(found: BreachDeadline) -> str:
    """Say what to do, with the command for it."""
    return translate(NEXT[_STEP[found.deadline]]).format(breach=short(found.breach))


def letter_of(found: BreachDeadline, reference: UUID, *, at: datetime, soon: timedelta, zone: ZoneInfo) -> Letter:
    """Write the letter that reminds of a deadline: which breach, what, by when, what to do; it names nobody."""
    left = left_in_words(found, at=at)
    deadline = label(found.deadline)
    subject = translate(mark("Breach {breach}: {deadline}, {left}")).format(
        breach=short(found.breach), deadline=deadline, left=left
    )
    lines = [
        translate(mark("A deadline of the personal data breach {breach} calls for somebody.")).format(
            breach=short(found.breach)
        ),
        "",
        translate(mark("What: {what}")).format(what=deadline),
        translate(mark("By: {instant}, {left}")).format(instant=_shown(found.due_at, zone), left=left),
    ]
    if found.late_from != found.due_at:
        lines.append(translate(mark("Late from: {instant}")).format(instant=_shown(found.late_from, zone)))
    lines += [
        translate(mark("To do: {step}")).format(step=todo(found)),
        "",
        translate(mark("On record: `ledger breach show {breach}`. All that runs: `ledger breach board`.")).format(
            breach=short(found.breach)
        ),
        translate(mark("The ledger itself sent this message. It names nobody; let no answer name anybody.")),
    ]  # fmt: skip
    return Letter(
        reference=reference, breach=found.breach, deadline=str(found.deadline),
        urgency=found.urgency(at=at, soon=soon), due_at=found.due_at, late_from=found.late_from, subject=subject,
        text="\n".join(lines) + "\n",
    )  # fmt: skip


def trial_letter(*, at: datetime, reference: UUID, zone: ZoneInfo) -> Letter:
    """Write a letter that only shows that letters arrive."""
    text = translate(mark("The ledger's reminders of breaches arrive here. Sent on {instant}.")).format(
        instant=_shown(at, zone)
    )
    return Letter(
        reference=reference, breach=reference, deadline="trial", urgency=Urgency.RUNNING, due_at=at, late_from=at,
        subject=translate(mark("Trial of the ledger's reminders")), text=text + "\n",
    )  # fmt: skip


def _shown(instant: datetime, zone: ZoneInfo) -> str:
    return instant_in_words(instant.astimezone(zone))
