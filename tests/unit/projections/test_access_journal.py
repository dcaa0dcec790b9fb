from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.clock import UTC
from ledger.personal import Erased, Withheld
from ledger.policies.vocabulary import Mode
from ledger.projections.access_journal import JOURNAL, AccessJournal, JournalRow, Look, ModeShare, share_of_modes
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import HOUSE, Story, at


def rows_of(story: Story) -> list[JournalRow]:
    return sorted(projected(AccessJournal(), story.log).all(JOURNAL), key=lambda row: row.position)


def test_a_granted_look_is_written_down_with_what_a_header_tells() -> None:
    story = Story()
    procedure, trail = story.procedure("09:00")
    access = story.access("09:10", trail, actor=b"\x01" * 16, catalogue="ab" * 32)
    (row,) = rows_of(story)
    entry = story.log.written[-1]
    assert row == JournalRow(
        reference=access, look=Look.ACCESS, position=2, event_id=entry.event_id, recorded_at=at("09:10"), house=HOUSE,
        decision="GRANTED", gateway="MANDATE", procedure=procedure, trail_key=trail, actor=b"\x01" * 16,
        catalogue="ab" * 32,
    )  # fmt: skip


def test_a_refused_look_is_written_down_with_its_code() -> None:
    story = Story()
    _, trail = story.procedure()
    story.access("09:10", trail, decision="NOT_NECESSARY", gateway=None)
    (row,) = rows_of(story)
    assert (row.decision, row.gateway) == ("NOT_NECESSARY", None)


def test_a_look_whose_claim_was_pruned_is_written_down_without_its_procedure() -> None:
    story = Story()
    story.access("09:10", uuid4())
    (row,) = rows_of(story)
    assert (row.procedure, row.trail_key) == (None, None)


@pytest.mark.parametrize(
    ("topic", "look"),
    [
        ("subject.identity-opened", Look.IDENTITY),
        ("reading.recorded", Look.READING),
        ("reading.refused", Look.REFUSED_COMMAND),
        ("procedure.transmitted", Look.TRANSMISSION),
        ("procedure.disclosed", Look.DISCLOSURE),
    ],
)
def test_every_other_look_at_data_stands_in_the_journal_too(topic: str, look: Look) -> None:
    story = Story()
    story.tell("09:00", topic, uuid4())
    (row,) = rows_of(story)
    assert row.look == look


def test_two_transmissions_of_one_procedure_are_two_rows() -> None:
    story = Story()
    procedure, trail = story.procedure()
    for time in ("10:00", "10:05"):
        story.tell(time, "procedure.transmitted", procedure, keys=(trail,))
    assert [(row.procedure, row.trail_key) for row in rows_of(story)] == [(procedure, trail)] * 2


def test_a_review_shows_on_the_look_that_it_is_about() -> None:
    story = Story()
    _, trail = story.procedure()
    first, second = story.access("09:10", trail), story.access("09:11", trail)
    story.tell("15:00", "access.reviewed", first, decision="flagged")
    story.tell("16:00", "access.reviewed", first, decision="cleared")
    by_reference = {row.reference: row for row in rows_of(story)}
    assert (by_reference[first].review, by_reference[first].reviewed_at) == ("cleared", at("16:00"))
    assert by_reference[second].review is None


def test_shares_count_what_could_not_be_opened_apart() -> None:
    modes: list[Mode | Erased | Withheld] = [
        Mode.ASSIST,
        Mode.ACT_FOR,
        Mode.ASSIST,
        Erased(at("09:00").astimezone(UTC), "term"),
        Withheld("fenced"),
    ]
    assert share_of_modes(modes) == ModeShare(assist=2, act_for=1, unknown=2)
    assert share_of_modes([]) == ModeShare()
