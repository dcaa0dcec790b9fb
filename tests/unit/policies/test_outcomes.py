"""How procedures end, and what a text lets be given away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.policies.outcomes import DisclosureQuestion, abandons, refusal_of_disclosure, resolves
from ledger.policies.vocabulary import (
    ABANDONMENTS,
    RESOLUTIONS,
    DisclosureGround,
    DisclosureMoment,
    Mission,
    OutcomeCode,
    RefusalCode,
)
from ledger.rules.profile import Power

REQUISITION = DisclosureQuestion(
    powers=frozenset({Power.OPEN_VALUES}),
    undertaking=True,
    departed=False,
    ground=DisclosureGround.JUDICIAL_REQUISITION,
    moment=DisclosureMoment.DECIDED_BEFORE,
    reference="PV 2026/117",
    decided=True,
)


def test_nobody_is_redirected_and_submitted_is_no_outcome() -> None:
    words = {word for outcome in OutcomeCode for word in outcome.value.split("-")}
    assert words.isdisjoint({"redirected", "redirect", "submitted", "sent", "transmitted"})
    assert RESOLUTIONS.isdisjoint(ABANDONMENTS)
    assert set(OutcomeCode) == RESOLUTIONS | ABANDONMENTS


def test_putting_in_contact_resolves_only_where_it_was_the_mission() -> None:
    fits = {mission for mission in Mission if resolves(OutcomeCode.CONTACT_ESTABLISHED, mission)}
    assert fits == {Mission.PUT_IN_CONTACT, Mission.SIGNAL}


def test_information_alone_does_not_resolve_an_administrative_procedure() -> None:
    assert not resolves(OutcomeCode.INFORMATION_GIVEN, Mission.ADMINISTRATIVE_HELP)
    assert resolves(OutcomeCode.INFORMATION_GIVEN, Mission.INFORM)


def test_an_abandonment_resolves_nothing() -> None:
    for outcome in OutcomeCode:
        assert abandons(outcome) == (outcome in ABANDONMENTS)
        if abandons(outcome):
            assert not any(resolves(outcome, mission) for mission in Mission)


@pytest.mark.parametrize(
    ("question", "refusal"),
    [
        (REQUISITION, None),
        (replace(REQUISITION, decided=False), RefusalCode.NO_DECISION),
        (replace(REQUISITION, reference=" "), RefusalCode.NO_REFERENCE),
        (replace(REQUISITION, for_partner=True), RefusalCode.NO_TITLE),
        (replace(REQUISITION, exchanged=True), None),
        (replace(REQUISITION, departed=True), RefusalCode.AGENT_DEPARTED),
        (replace(REQUISITION, undertaking=False), RefusalCode.NO_UNDERTAKING),
        (replace(REQUISITION, powers=frozenset({Power.REVIEW, Power.ADVISE})), RefusalCode.ROLE_NOT_ALLOWED),
        (replace(REQUISITION, powers=frozenset({Power.DECIDE})), None),
        (replace(REQUISITION, opens_restricted=True), RefusalCode.RESTRICTED),
        (replace(REQUISITION, opens_restricted=True, powers=frozenset({Power.DECIDE})), None),
    ],
)
def test_a_disclosure_takes_a_text_a_reference_and_a_decision(
    question: DisclosureQuestion, refusal: RefusalCode | None
) -> None:
    assert refusal_of_disclosure(question) is refusal


@pytest.mark.row("S-4.6.10")
@pytest.mark.parametrize("ground", list(DisclosureGround))
def test_what_was_exchanged_to_open_a_right_never_serves_to_look_for_fraud(ground: DisclosureGround) -> None:
    code = refusal_of_disclosure(replace(REQUISITION, ground=ground, exchanged=True))
    assert code is (RefusalCode.SOLE_BENEFIT if ground.value.endswith("right-of-communication") else None)
    assert refusal_of_disclosure(replace(REQUISITION, ground=ground)) is None


def test_in_urgent_danger_one_acts_first() -> None:
    danger = replace(
        REQUISITION, ground=DisclosureGround.DANGER, moment=DisclosureMoment.URGENT_DANGER, decided=False, reference=""
    )
    assert refusal_of_disclosure(danger) is None
    assert refusal_of_disclosure(replace(danger, opens_restricted=True)) is RefusalCode.RESTRICTED


@pytest.mark.parametrize("ground", [ground for ground in DisclosureGround if ground is not DisclosureGround.DANGER])
def test_no_other_ground_is_urgent(ground: DisclosureGround) -> None:
    hurried = replace(REQUISITION, ground=ground, moment=DisclosureMoment.URGENT_DANGER, decided=False)
    assert refusal_of_disclosure(hurried) is RefusalCode.NO_DECISION
