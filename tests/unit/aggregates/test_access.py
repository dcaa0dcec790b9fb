"""An access: granted or refused, reviewed, and telling nothing in clear."""

from __future__ import annotations

import pytest

from ledger.aggregates.access import Access, AccessGranted, AccessRefused, Look
from ledger.aggregates.base import REGISTRY, LinkKind, Scope
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    AccessDecision,
    Gateway,
    GatewayShown,
    Mode,
    Place,
    RefusalCode,
    ReviewResult,
    Role,
)
from tests.unit.aggregates.lives import HOUSE, MANDATE, PROCEDURE, at

LOOK = Look(
    procedure=PROCEDURE, fields=("emp.career",), place=Place.PORTAL, mode=Mode.ACT_FOR, present=False,
    data_request="CNAV02-releve:career-statement",
)  # fmt: skip


def granted() -> Access:
    return Access.grant(LOOK, house=HOUSE, gateway=Gateway.MANDATE, mandate=MANDATE, reference="", until=at(30))


def test_a_grant_says_by_which_gateway() -> None:
    access = granted()
    event = access.pending_events[0]
    assert isinstance(event, AccessGranted)
    assert access.granted
    assert event.decision is AccessDecision.GRANTED
    assert event.gateway is GatewayShown.MANDATE
    assert event.through.expose() is Gateway.MANDATE
    assert event.mandate.expose() == MANDATE
    assert event.until.expose() == at(30)


@pytest.mark.parametrize("refusal", list(RefusalCode))
def test_a_refusal_shows_no_code_that_tells_and_seals_the_exact_one(refusal: RefusalCode) -> None:
    access = Access.refuse(LOOK, house=HOUSE, refusal=refusal)
    event = access.pending_events[0]
    assert isinstance(event, AccessRefused)
    assert not access.granted
    assert event.decision is refusal.shown
    assert event.refusal.expose() is refusal


def test_it_hangs_on_the_trail_of_its_procedure() -> None:
    for access in (granted(), Access.refuse(LOOK, house=HOUSE, refusal=RefusalCode.NO_MANDATE)):
        event = access.pending_events[0]
        assert isinstance(event, AccessGranted | AccessRefused)
        assert event.scope_instances() == {Scope.PROCEDURE_TRAIL: PROCEDURE.hex}
        (link,) = event.links()
        assert (link.scope.of, link.kind, link.stream_id) == (PROCEDURE.hex, LinkKind.ACCESS, access.id)


def test_both_answers_are_boxes_of_one_length() -> None:
    assert AccessGranted.PAD_TO == AccessRefused.PAD_TO
    assert AccessGranted.PAD_TO >= 2048


@pytest.mark.parametrize("role", [Role.DPO, Role.DELEGATE])
def test_who_audits_and_who_decides_review(role: Role) -> None:
    access = granted()
    access.review(ReviewResult.FLAGGED, roles=frozenset({role}), procedure=PROCEDURE, note="à revoir")
    assert access.is_flagged
    access.review(ReviewResult.CLEARED, roles=frozenset({role}), procedure=PROCEDURE)
    assert access.reviews == [ReviewResult.FLAGGED, ReviewResult.CLEARED]
    assert [access.is_flagged] == [False]


@pytest.mark.parametrize("role", [Role.AGENT, Role.MANAGER, Role.JOB])
def test_nobody_else_reviews(role: Role) -> None:
    access = granted()
    with pytest.raises(RefusedByRule) as caught:
        access.review(ReviewResult.CLEARED, roles=frozenset({role}), procedure=PROCEDURE)
    assert caught.value.refusal is RefusalCode.ROLE_NOT_ALLOWED


def test_an_irregular_access_is_flagged_by_the_rule_itself() -> None:
    access = granted()
    access.flag_irregular(procedure=PROCEDURE)
    assert access.is_flagged


def test_an_access_shows_decision_and_gateway_and_nothing_of_what_was_looked_at() -> None:
    for topic in ("access.granted.1", "access.refused.1", "access.reviewed.1"):
        shape = REGISTRY[topic].SHAPE
        assert {name for name, _ in shape.header} <= {"house", "decision", "gateway"}
        assert {field.scope for field in shape.sealed} == {Scope.PROCEDURE_TRAIL}
