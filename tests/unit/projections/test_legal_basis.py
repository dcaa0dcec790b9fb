from __future__ import annotations

from ledger.projections.legal_basis import BASES, BasisRow, LegalBasis
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import Story, at


def only(story: Story) -> BasisRow:
    (row,) = projected(LegalBasis(), story.log).all(BASES)
    return row


def test_a_procedure_rests_on_its_entry_until_something_is_opened() -> None:
    story = Story()
    story.procedure(catalogue="c1")
    assert (only(story).gateway, only(story).catalogue, only(story).in_force) == (None, "c1", True)


def test_the_last_granted_access_tells_the_gateway_and_the_law() -> None:
    story = Story()
    _, trail = story.procedure(catalogue="c1")
    story.access("09:10", trail, gateway="OTHER", catalogue="c1")
    last = story.access("10:10", trail, gateway="MANDATE", catalogue="c2")
    story.access("10:20", trail, gateway=None, decision="NOT_NECESSARY", catalogue="c3")
    row = only(story)
    assert (row.gateway, row.access, row.accessed_at, row.catalogue) == ("MANDATE", last, at("10:10"), "c2")


def test_an_end_takes_the_basis_away_and_its_undoing_gives_it_back() -> None:
    story = Story()
    procedure, _ = story.procedure()
    story.tell("10:00", "procedure.resolved", procedure)
    assert not only(story).in_force
    story.tell("11:00", "procedure.reopened", procedure)
    assert only(story).in_force
    story.tell("12:00", "procedure.abandoned", procedure)
    assert not only(story).in_force


def test_the_mandate_attached_last_can_be_found_and_opened() -> None:
    story = Story()
    procedure, _ = story.procedure()
    story.tell("10:00", "procedure.mandate-attached", procedure)
    attached = story.tell("11:00", "procedure.mandate-attached", procedure)
    assert only(story).mandate_position == attached.position
