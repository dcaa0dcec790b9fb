from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from ledger.aggregates.duty import DutyKind, duty_id
from ledger.projections.duties import DUTIES, Duties, DutyRow
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import HOUSE, Story, at


def duties(story: Story) -> list[DutyRow]:
    return projected(Duties(), story.log).all(DUTIES)


def opened(story: Story) -> dict[DutyKind, UUID]:
    shown = [row for row in duties(story) if row.closed_at is None and row.kind != DutyKind.CLOSE_PROCEDURE]
    assert len({row.kind for row in shown}) == len(shown)
    return {DutyKind(row.kind): row.duty for row in shown}


@pytest.mark.parametrize(
    ("decision", "asked"),
    [
        (None, {DutyKind.ACCOUNT}),
        ("TELL_PARTNERS", {DutyKind.ACCOUNT, DutyKind.TELL_PARTNER}),
        ("REVIEW_ACTS", {DutyKind.ACCOUNT, DutyKind.REVIEW_ACT}),
        ("TELL_AND_REVIEW", {DutyKind.ACCOUNT, DutyKind.TELL_PARTNER, DutyKind.REVIEW_ACT}),
    ],
)
@pytest.mark.parametrize("kind", ["revoked", "renounced", "ended"])
def test_the_end_of_a_mandate_leaves_what_its_header_says(
    kind: str, decision: str | None, asked: set[DutyKind]
) -> None:
    story = Story()
    mandate = story.live_mandate()
    end = story.tell("11:20", f"mandate.{kind}", mandate, decision=decision, known_at=at("11:00"))
    assert opened(story) == {kind: duty_id(end.event_id, kind) for kind in asked}
    assert {(row.about, row.position, row.since) for row in duties(story)} == {(mandate, end.position, at("11:00"))}


def test_a_mandate_that_never_lived_owes_no_account() -> None:
    story = Story()
    mandate = uuid4()
    story.tell("09:00", "mandate.drafted", mandate)
    story.tell("10:00", "mandate.revoked", mandate)
    assert opened(story) == {}


def test_telling_some_partners_leaves_the_duty_and_telling_all_closes_it() -> None:
    story = Story()
    mandate = story.live_mandate()
    story.tell("10:00", "mandate.revoked", mandate, decision="TELL_PARTNERS")
    story.tell("10:10", "mandate.partner-told", mandate, decision="SOME_LEFT")
    assert DutyKind.TELL_PARTNER in opened(story)
    told = story.tell("10:20", "mandate.partner-told", mandate, decision="ALL_TOLD", effective_at=at("10:15"))
    assert set(opened(story)) == {DutyKind.ACCOUNT}
    closed = next(row for row in duties(story) if row.kind == DutyKind.TELL_PARTNER)
    assert (closed.closed_at, closed.closed_position) == (at("10:15"), told.position)


def test_a_partner_found_later_is_a_duty_of_its_own_until_all_are_told() -> None:
    story = Story()
    mandate = story.live_mandate()
    end = story.tell("10:00", "mandate.revoked", mandate, decision="TELL_PARTNERS")
    found = story.tell("10:05", "mandate.partner-to-tell", mandate)
    shown = {row.duty for row in duties(story) if row.kind == DutyKind.TELL_PARTNER and row.closed_at is None}
    assert shown == {duty_id(event.event_id, DutyKind.TELL_PARTNER) for event in (end, found)}
    story.tell("10:10", "mandate.partner-told", mandate, decision="SOME_LEFT")
    story.tell("10:20", "mandate.partner-told", mandate, decision="ALL_TOLD")
    assert set(opened(story)) == {DutyKind.ACCOUNT}
    again = story.tell("11:00", "mandate.partner-to-tell", mandate)
    assert opened(story)[DutyKind.TELL_PARTNER] == duty_id(again.event_id, DutyKind.TELL_PARTNER)


def test_an_account_closes_the_duty_to_give_one_and_no_other() -> None:
    story = Story()
    mandate = story.live_mandate()
    story.tell("10:00", "mandate.revoked", mandate, decision="TELL_PARTNERS")
    story.tell("10:10", "mandate.accounted", mandate)
    assert set(opened(story)) == {DutyKind.TELL_PARTNER}


def test_a_second_end_does_not_ask_twice() -> None:
    story = Story()
    mandate = story.live_mandate()
    first = story.tell("10:00", "mandate.ended", mandate, decision="TELL_PARTNERS")
    story.tell("10:30", "mandate.accounted", mandate)
    story.tell("11:00", "mandate.revoked", mandate, decision="TELL_PARTNERS", known_at=at("09:30"))
    assert opened(story) == {DutyKind.TELL_PARTNER: duty_id(first.event_id, DutyKind.TELL_PARTNER)}


@pytest.mark.parametrize("end", ["ended", "revoked"])
def test_later_mandates_elsewhere_are_one_duty_until_the_first_ends(end: str) -> None:
    story = Story()
    mandate = story.live_mandate()
    noted = story.tell("10:00", "mandate.successor-noted", mandate)
    story.tell("10:30", "mandate.successor-noted", mandate)
    assert opened(story) == {DutyKind.ACKNOWLEDGE_SUCCESSOR: duty_id(noted.event_id, DutyKind.ACKNOWLEDGE_SUCCESSOR)}
    story.tell("11:00", f"mandate.{end}", mandate)
    assert set(opened(story)) == {DutyKind.ACCOUNT}


def test_what_an_end_leaves_is_for_the_house_of_the_mandate_whoever_recorded_it() -> None:
    story, other = Story(), uuid4()
    mandate = story.live_mandate()
    story.tell("10:00", "mandate.revoked", mandate, decision="TELL_AND_REVIEW", house=other)
    assert {(row.kind, row.house) for row in duties(story)} == {
        (kind, HOUSE) for kind in ("close-procedure", "tell-partner", "account", "review-act")
    }
    draft = uuid4()
    story.tell("11:00", "mandate.drafted", draft)
    story.tell("11:10", "mandate.revoked", draft, house=other)
    assert {row.house for row in duties(story) if row.about == draft} == {HOUSE}


def test_a_flagged_access_is_one_duty_until_it_is_cleared() -> None:
    story = Story()
    _, trail = story.procedure()
    access = story.access("11:10", trail)
    flagged = story.tell("11:20", "access.reviewed", access, decision="flagged")
    story.tell("14:00", "access.reviewed", access, decision="flagged")
    assert opened(story) == {DutyKind.REVIEW_ACT: duty_id(flagged.event_id, DutyKind.REVIEW_ACT)}
    story.tell("15:00", "access.reviewed", access, decision="cleared")
    assert opened(story) == {}
    again = story.tell("16:00", "access.reviewed", access, decision="flagged")
    assert opened(story) == {DutyKind.REVIEW_ACT: duty_id(again.event_id, DutyKind.REVIEW_ACT)}


def test_a_disclosure_is_reviewed_after_unless_the_delegate_made_it() -> None:
    story = Story()
    procedure, _ = story.procedure()
    story.tell("10:00", "procedure.disclosed", procedure, decision="no-review")
    assert opened(story) == {}
    given = story.tell("11:00", "procedure.disclosed", procedure, decision="review-due")
    assert opened(story) == {DutyKind.REVIEW_DISCLOSURE: duty_id(given.event_id, DutyKind.REVIEW_DISCLOSURE)}


def test_an_act_or_a_transmission_entered_as_irregular_is_reviewed() -> None:
    story = Story()
    procedure, _ = story.procedure()
    story.tell("10:00", "procedure.transmitted", procedure)
    assert opened(story) == {}
    sent = story.tell("11:00", "procedure.transmitted", procedure, decision="REVIEW_ACTS")
    assert opened(story) == {DutyKind.REVIEW_ACT: duty_id(sent.event_id, DutyKind.REVIEW_ACT)}


def test_a_discharge_closes_its_duty_only() -> None:
    story = Story()
    mandate = story.live_mandate()
    end = story.tell("10:00", "mandate.revoked", mandate, decision="TELL_AND_REVIEW")
    story.tell("11:00", "duty.discharged", duty_id(end.event_id, DutyKind.REVIEW_ACT))
    assert set(opened(story)) == {DutyKind.ACCOUNT, DutyKind.TELL_PARTNER}
    story.tell("11:30", "duty.discharged", uuid4())
    assert set(opened(story)) == {DutyKind.ACCOUNT, DutyKind.TELL_PARTNER}


def test_working_a_duty_out_again_gives_the_same_duty() -> None:
    story = Story()
    story.tell("10:00", "mandate.revoked", story.live_mandate(), decision="TELL_AND_REVIEW")
    assert duties(story) == duties(story)
