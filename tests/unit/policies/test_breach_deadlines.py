"""How near a deadline is, and which of its reminders is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from ledger.clock import UTC
from ledger.policies.breach_deadlines import (
    BreachDeadline,
    Delivery,
    Reminder,
    Told,
    Urgency,
    due_reminder,
    standing_of,
)
from ledger.policies.breach_vocabulary import Deadline, Line, ReminderState

AWARE = datetime(2026, 6, 9, 12, 20, tzinfo=UTC)
POINTS = tuple(timedelta(hours=each) for each in (48, 24, 12, 3))
SOON = timedelta(hours=24)


def deadline(*, soft: bool = False, recorded_at: datetime = AWARE, began: int = 3) -> BreachDeadline:
    """Give the deadline of Tuesday 9 June 2026, 14:20 in Paris."""
    due_at = AWARE + timedelta(hours=72)
    late_from = due_at if soft else due_at + timedelta(minutes=40)
    return BreachDeadline(
        UUID(int=1), None, Deadline.NOTIFY, Line.GDPR_33, AWARE, recorded_at, due_at, late_from, soft=soft, began=began
    )


def after(hours: float) -> datetime:
    return AWARE + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("hours", "urgency"),
    [
        (0, Urgency.RUNNING), (47.9, Urgency.RUNNING), (48, Urgency.SOON), (71.99, Urgency.SOON),
        (72, Urgency.PAST_TARGET), (72.66, Urgency.PAST_TARGET), (72.67, Urgency.LATE), (900, Urgency.LATE),
    ],
)  # fmt: skip
def test_the_target_is_planned_on_and_the_legal_end_makes_late(hours: float, urgency: Urgency) -> None:
    assert deadline().urgency(at=after(hours), soon=SOON) is urgency


def test_what_no_text_makes_late_is_overdue() -> None:
    assert deadline(soft=True).urgency(at=after(72), soon=SOON) is Urgency.OVERDUE


@pytest.mark.parametrize(
    ("hours", "left"),
    [(0, None), (23.99, None), (24, 48), (47.9, 48), (48, 24), (60, 12), (69, 3), (72, 3), (900, 3)],
)
def test_the_reminder_that_is_due_is_that_of_the_latest_point(hours: float, left: int | None) -> None:
    reminder = due_reminder(deadline(), POINTS, at=after(hours))
    assert (reminder and deadline().due_at - reminder.point_at) == (left and timedelta(hours=left))


def test_no_point_before_the_beginning_is_reminded_of() -> None:
    short = BreachDeadline(
        UUID(int=1), None, Deadline.CONTROLLER, Line.CONTROLLER, AWARE, AWARE, after(12), after(12), soft=True
    )
    assert due_reminder(short, POINTS, at=after(8.9)) is None
    assert due_reminder(short, POINTS, at=after(9)) == Reminder(UUID(int=1), Deadline.CONTROLLER, after(12), after(9))


def standing(state: ReminderState | None, *, told: float = 49, restored: float | None = None) -> Delivery:
    """Say how the reminder of 24 hours stands two hours after its point."""
    found = deadline()
    reminder = due_reminder(found, POINTS, at=after(50))
    assert reminder is not None
    log = {} if state is None else {reminder: Told(state, after(told))}
    restored_at = None if restored is None else after(restored)
    return standing_of(found, POINTS, log, restored_at=restored_at, at=after(50)).standing


def test_what_the_log_says_of_a_reminder_decides() -> None:
    assert standing(None) is Delivery.WAITS
    assert standing(ReminderState.FAILED) is Delivery.WAITS
    assert standing(ReminderState.CLAIMED) is Delivery.TO_CHECK
    assert standing(ReminderState.SENT) is Delivery.GIVEN


def test_after_a_restore_what_the_log_may_have_lost_is_to_be_checked_and_what_came_since_is_not() -> None:
    assert standing(None, restored=49.5) is Delivery.TO_CHECK
    assert standing(None, restored=47) is Delivery.WAITS
    assert standing(ReminderState.FAILED, restored=49.5) is Delivery.TO_CHECK
    assert standing(ReminderState.FAILED, told=49.7, restored=49.5) is Delivery.WAITS
    assert standing(ReminderState.SENT, restored=49.5) is Delivery.GIVEN


def test_a_breach_declared_after_the_restore_is_reminded_of_though_its_point_came_before() -> None:
    found = deadline(recorded_at=after(49.8))
    assert standing_of(found, POINTS, {}, restored_at=after(49.5), at=after(50)).standing is Delivery.WAITS


def test_before_its_first_point_nothing_stands() -> None:
    found = standing_of(deadline(), POINTS, {}, restored_at=None, at=after(1))
    assert (found.standing, found.reminder) == (Delivery.NONE_YET, None)


def test_names_are_for_ever() -> None:
    found = deadline()
    reminder = due_reminder(found, POINTS, at=after(50))
    assert reminder is not None
    assert str(found.reference) == "4178522e-9836-5c46-aadb-ded65626c9aa"
    assert str(reminder.reference) == "f87736c9-d2e9-5a7c-808c-c1c4685b29e3"
    assert deadline(began=4).reference != found.reference
