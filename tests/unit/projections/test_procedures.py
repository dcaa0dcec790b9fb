from __future__ import annotations

from uuid import uuid4

from ledger.aggregates.base import Scope
from ledger.projections.procedures import PROCEDURES, ProcedureRow, Procedures
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import HOUSE, Story, at


def only(story: Story) -> ProcedureRow:
    (row,) = projected(Procedures(), story.log).all(PROCEDURES)
    return row


def test_an_opened_procedure_is_open_and_was_last_heard_of_then() -> None:
    story = Story()
    procedure, _ = story.procedure("09:00")
    assert only(story) == ProcedureRow(
        procedure=procedure, house=HOUSE, state="open", position=1, opened_at=at("09:00"), changed_position=1,
        last_contact_at=at("09:00"),
    )  # fmt: skip


def test_what_was_sent_to_the_partner_is_still_open() -> None:
    story = Story()
    procedure, _ = story.procedure()
    story.tell("10:00", "procedure.transmitted", procedure)
    row = only(story)
    assert (row.state, row.transmissions, row.last_transmitted_at) == ("open", 1, at("10:00"))
    assert row.ended_at is None


def test_the_last_contact_is_the_latest_one_whatever_the_order_of_typing() -> None:
    story = Story()
    procedure, _ = story.procedure("09:00")
    story.tell("10:00", "procedure.contacted", procedure, day=20)
    story.tell("10:00", "procedure.contacted", procedure, day=21, effective_at=at("10:00", 15))
    assert only(story).last_contact_at == at("10:00", 20)


def test_an_agents_work_is_no_contact_of_the_person() -> None:
    story = Story()
    procedure, trail = story.procedure("09:00")
    for what in ("act-done", "transmitted", "data-kept", "mandate-attached"):
        story.tell("10:00", f"procedure.{what}", procedure, day=20)
    story.access("11:00", trail, day=20)
    row = only(story)
    assert row.last_contact_at == at("09:00")
    assert (row.acts_done, row.data_kept, row.mandate_position) == (1, 1, 5)


def test_a_resolution_can_be_undone() -> None:
    story = Story()
    procedure, _ = story.procedure()
    resolved = story.tell("11:00", "procedure.resolved", procedure)
    assert (only(story).state, only(story).ended_at, only(story).end_position) == (
        "resolved", at("11:00"), resolved.position,
    )  # fmt: skip
    story.tell("12:00", "procedure.reopened", procedure)
    assert (only(story).state, only(story).ended_at, only(story).end_position) == ("open", None, None)
    story.tell("13:00", "procedure.abandoned", procedure)
    assert (only(story).state, only(story).ended_at) == ("abandoned", at("13:00"))


def test_restriction_and_destruction_show_one_by_one() -> None:
    story = Story()
    procedure, trail = story.procedure()
    data = story.key(Scope.PROCEDURE_DATA, procedure)
    story.tell("10:00", "procedure.restricted", procedure)
    assert only(story).restricted_at == at("10:00")
    story.tell("10:01", "destruction.fenced", uuid4(), covers=data)
    assert (only(story).data_fenced_at, only(story).data_destroyed_at) == (at("10:01"), None)
    story.tell("10:02", "destruction.completed", uuid4(), covers=data)
    assert (only(story).data_destroyed_at, only(story).trail_destroyed_at) == (at("10:02"), None)
    story.tell("10:03", "destruction.completed", uuid4(), covers=trail)
    assert only(story).trail_destroyed_at == at("10:03")
