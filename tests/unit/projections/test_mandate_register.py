from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.aggregates.base import Scope
from ledger.projections.mandate_register import MANDATES, MandateRegister, MandateRow, MandateState
from ledger.projections.model import RowMissing
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import HOUSE, Story, at


def only(story: Story) -> MandateRow:
    (row,) = projected(MandateRegister(), story.log).all(MANDATES)
    return row


def test_every_step_leaves_its_instant() -> None:
    story = Story()
    mandate = uuid4()
    steps = [
        ("09:00", "drafted", MandateState.DRAFTED),
        ("09:05", "identity-verified", MandateState.IDENTITY_VERIFIED),
        ("09:07", "informed", MandateState.INFORMED),
        ("09:10", "signed", MandateState.SIGNED),
        ("09:11", "signed", MandateState.SIGNED),
        ("09:12", "originals-counted", MandateState.SIGNED),
        ("09:13", "started", MandateState.LIVE),
    ]
    for time, step, state in steps:
        story.tell(time, f"mandate.{step}", mandate)
        assert only(story).state == state
    row = only(story)
    assert row == MandateRow(
        mandate=mandate, house=HOUSE, state="live", position=1, drafted_at=at("09:00"), changed_position=7,
        identity_verified_at=at("09:05"), informed_at=at("09:07"), signed_at=at("09:11"), signatures=2,
        originals_counted_at=at("09:12"), started_at=at("09:13"), started_position=7,
    )  # fmt: skip


def test_a_late_entry_shows_when_it_happened_not_when_it_was_typed() -> None:
    story = Story()
    story.tell("17:00", "mandate.drafted", uuid4(), effective_at=at("09:00"))
    assert only(story).drafted_at == at("09:00")
    assert only(story).late_entries == 1


def test_late_entries_are_counted_and_ends_are_not() -> None:
    story = Story()
    mandate = story.live_mandate()
    assert only(story).late_entries == 0
    story.tell("17:00", "mandate.act-done", mandate, effective_at=at("16:00"))
    story.tell("18:00", "mandate.revoked", mandate, known_at=at("17:30"), effective_at=at("17:00"))
    assert only(story).late_entries == 1


def test_a_revocation_by_letter_keeps_its_three_instants() -> None:
    story = Story()
    mandate = story.live_mandate()
    story.tell(
        "10:00", "mandate.revoked", mandate, day=12, effective_at=at("00:00", 1), known_at=at("09:00", 11),
        decision="TELL_PARTNERS",
    )  # fmt: skip
    row = only(story)
    assert (row.state, row.ended_at, row.end_known_at, row.end_recorded_at) == (
        "revoked", at("00:00", 1), at("09:00", 11), at("10:00", 12),
    )  # fmt: skip
    assert row.partners_to_tell
    assert not row.acts_to_review


@pytest.mark.parametrize("kind", ["revoked", "renounced", "ended"])
def test_each_kind_of_end_shows(kind: str) -> None:
    story = Story()
    story.tell("10:00", f"mandate.{kind}", story.live_mandate())
    assert only(story).state == kind


def test_the_end_that_binds_first_stands_in_whatever_order_they_are_recorded() -> None:
    for first, second in (("10:00", "11:00"), ("11:00", "10:00")):
        story = Story()
        mandate = story.live_mandate()
        story.tell("12:00", "mandate.ended", mandate, effective_at=at(first), known_at=at(first))
        story.tell("12:30", "mandate.revoked", mandate, effective_at=at(second), known_at=at(second))
        row = only(story)
        assert row.ended_at == at("10:00")
        assert row.state == ("ended" if first == "10:00" else "revoked")


def test_a_void_paper_shows_as_void() -> None:
    story = Story()
    mandate = uuid4()
    story.tell("09:00", "mandate.drafted", mandate)
    story.tell("09:20", "mandate.voided", mandate)
    assert (only(story).state, only(story).ended_at) == ("void", at("09:20"))


def test_partners_are_told_one_by_one() -> None:
    story = Story()
    mandate = story.live_mandate()
    story.tell("10:00", "mandate.revoked", mandate, decision="TELL_PARTNERS")
    story.tell("10:10", "mandate.partner-told", mandate, decision="SOME_LEFT")
    assert (only(story).partners_told, only(story).all_partners_told) == (1, False)
    story.tell("10:20", "mandate.partner-told", mandate, decision="ALL_TOLD")
    assert (only(story).partners_told, only(story).all_partners_told) == (2, True)


def test_a_partner_found_later_is_left_to_tell_again() -> None:
    story = Story()
    mandate = story.live_mandate()
    story.tell("10:00", "mandate.revoked", mandate)
    assert not only(story).partners_to_tell
    for found, told in (("10:10", "10:20"), ("10:30", "10:40")):
        story.tell(found, "mandate.partner-to-tell", mandate)
        assert (only(story).partners_to_tell, only(story).all_partners_told) == (True, False)
        story.tell(told, "mandate.partner-told", mandate, decision="ALL_TOLD")
        assert only(story).all_partners_told


def test_the_destruction_of_a_mandate_shows_and_that_of_another_key_does_not() -> None:
    story = Story()
    mandate = story.live_mandate()
    own, other = story.key(Scope.MANDATE, mandate), story.key(Scope.PROCEDURE_DATA, mandate)
    story.tell("10:00", "destruction.completed", uuid4(), covers=other)
    story.tell("10:01", "destruction.completed", uuid4(), covers=uuid4())
    assert only(story).destroyed_at is None
    story.tell("10:02", "destruction.completed", uuid4(), covers=own)
    assert only(story).destroyed_at == at("10:02")


def test_a_step_of_a_mandate_that_was_never_drafted_is_refused() -> None:
    story = Story()
    story.tell("09:00", "mandate.signed", uuid4())
    with pytest.raises(RowMissing):
        projected(MandateRegister(), story.log)
