"""A mandate's steps in their order, its ends by three instants, and what stays sealed."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from ledger.aggregates.base import REGISTRY, LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.mandate_events import MandateDrafted, MandateEnded, MandateRenounced, MandateRevoked
from ledger.errors import LedgerError
from ledger.policies.mandate_making import Party
from ledger.policies.mandate_scope import ListedAct, ListedRequest
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    AfterEnd,
    ContactMeans,
    EndDuty,
    EndKind,
    Mandatary,
    RefusalCode,
    Signatory,
    Telling,
    VoidReason,
)
from tests.unit.aggregates.lives import (
    AGENT,
    ALINE,
    BOB,
    HOUSE,
    PROCEDURE,
    at,
    count,
    do,
    drafted,
    inform,
    live,
    sign,
    start,
    verify,
)

FILE, STATEMENT = ListedAct("A", "A:file"), ListedRequest("A", "A:statement")


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def test_a_later_mandate_elsewhere_is_noted_and_ends_nothing_by_itself() -> None:
    mandate = live()
    mandate.note_successor(PROCEDURE, effective_at=at(12))
    assert mandate.is_live
    assert [successor.expose() for successor in mandate.successors] == [PROCEDURE]
    (noted,) = mandate.pending_events[-1:]
    assert (noted.house, noted.links()) == (HOUSE, ())  # type: ignore[attr-defined]


def test_every_step_is_kept_in_the_order_in_which_it_was_written_down() -> None:
    mandate = live()
    assert [taken.step for taken in mandate.steps] == [
        "drafted", "identity-verified", "informed", "signed", "signed", "originals-counted",
    ]  # fmt: skip
    mandate.revoke(effective_at=at(12), known_at=at(13), recorded_at=at(14))
    assert (mandate.steps[-1].step, mandate.steps[-1].effective_at) == ("ended", at(13))


def test_the_steps_lead_to_a_living_mandate() -> None:
    mandate = live()
    assert mandate.is_live
    assert mandate.started_at == at(10)
    assert [type(event).TOPIC for event in mandate.pending_events] == [  # type: ignore[attr-defined]
        "mandate.drafted.1", "mandate.identity-verified.1", "mandate.informed.1", "mandate.signed.1",
        "mandate.signed.1", "mandate.originals-counted.1", "mandate.started.1",
    ]  # fmt: skip


@pytest.mark.row("S-4.6.16")
def test_nobody_signs_before_identity_and_information() -> None:
    mandate = drafted()
    assert refused(lambda: inform(mandate, 1)) is RefusalCode.WRONG_ORDER
    assert refused(lambda: sign(mandate, 1)) is RefusalCode.WRONG_ORDER
    verify(mandate, 1)
    assert refused(lambda: sign(mandate, 2)) is RefusalCode.WRONG_ORDER
    assert refused(lambda: count(mandate, 2)) is RefusalCode.WRONG_ORDER
    assert refused(lambda: start(mandate, 2)) is RefusalCode.WRONG_ORDER


def test_a_step_is_not_dated_before_the_one_it_follows() -> None:
    mandate = drafted()
    verify(mandate, 7)
    assert refused(lambda: inform(mandate, 6, recorded=30)) is RefusalCode.WRONG_ORDER
    inform(mandate, 8)
    assert refused(lambda: sign(mandate, 5, recorded=30)) is RefusalCode.WRONG_ORDER
    sign(mandate, 9)
    assert refused(lambda: count(mandate, 8)) is RefusalCode.WRONG_ORDER


def test_nothing_is_taken_back_once_the_next_step_is_done() -> None:
    mandate = drafted()
    verify(mandate, 1)
    inform(mandate, 2)
    assert refused(lambda: verify(mandate, 3)) is RefusalCode.WRONG_ORDER
    sign(mandate, 3)
    assert refused(lambda: inform(mandate, 4)) is RefusalCode.WRONG_ORDER
    count(mandate, 5)
    assert refused(lambda: sign(mandate, 6)) is RefusalCode.WRONG_ORDER


def test_a_step_carries_its_own_time_and_never_one_to_come_or_before_the_draft() -> None:
    mandate = drafted(minutes=5)
    assert refused(lambda: verify(mandate, 4, recorded=20)) is RefusalCode.BACKDATED
    assert refused(lambda: verify(mandate, 20, recorded=19)) is RefusalCode.IN_THE_FUTURE
    verify(mandate, 6, recorded=20)
    assert mandate.identities[0].effective_at == at(6)


def test_a_live_mandate_is_settled() -> None:
    mandate = live()
    for step in (verify, inform, sign, count, start):
        assert refused(lambda step=step: step(mandate, 11)) is RefusalCode.MANDATE_ALREADY_LIVE  # type: ignore[misc]
    assert refused(
        lambda: mandate.void(VoidReason.WRONG_CONTENT, effective_at=at(11), recorded_at=at(11))
    ) is RefusalCode.MANDATE_ALREADY_LIVE  # fmt: skip


def test_a_void_paper_has_no_effect_whatsoever() -> None:
    mandate = drafted()
    verify(mandate, 1)
    mandate.void(VoidReason.WRONG_ORDER, effective_at=at(2), recorded_at=at(2))
    for step in (verify, inform, sign, count, start, do):
        assert refused(lambda step=step: step(mandate, 3)) is RefusalCode.MANDATE_VOID  # type: ignore[misc]
    assert refused(
        lambda: mandate.revoke(effective_at=at(3), known_at=at(3), recorded_at=at(3))
    ) is RefusalCode.MANDATE_VOID  # fmt: skip


@pytest.mark.parametrize(
    ("lists", "parties", "given_to", "refusal"),
    [
        (((), ()), (Party(ALINE),), (Mandatary.HOUSE, ()), RefusalCode.NOT_A_SPECIAL_MANDATE),
        (((FILE,), ()), (), (Mandatary.HOUSE, ()), RefusalCode.NOT_A_PARTY),
        (((FILE,), ()), (Party(ALINE),), (Mandatary.HOUSE, (AGENT,)), RefusalCode.NOT_A_PARTY),
        (((), (STATEMENT,)), (Party(ALINE),), (Mandatary.NAMED_AGENTS, ()), RefusalCode.NOT_A_PARTY),
    ],
)
def test_a_mandate_is_special_and_somebody_s(
    lists: tuple[tuple[ListedAct, ...], tuple[ListedRequest, ...]],
    parties: tuple[Party, ...],
    given_to: tuple[Mandatary, tuple[UUID, ...]],
    refusal: RefusalCode,
) -> None:
    def draft() -> Mandate:
        return Mandate.draft(
            house=HOUSE, parties=parties, mandatary=given_to[0], agents=given_to[1], acts=lists[0], requests=lists[1],
            term_days=31, effective_at=at(0), recorded_at=at(0),
        )  # fmt: skip

    assert refused(draft) is refusal


@pytest.mark.row("S-4.6.18")
def test_nothing_gates_a_withdrawal() -> None:
    for mandate in (drafted(), live()):
        mandate.revoke(effective_at=at(20), known_at=at(20), recorded_at=at(20))
        assert mandate.end is not None
        assert not mandate.is_live
    assert MandateRevoked.SHAPE.sealed[0].name == "partners"
    assert "reason" not in {field.name for field in MandateRevoked.SHAPE.sealed}


def test_a_mandate_ends_once_unless_an_earlier_end_becomes_known() -> None:
    mandate = live()
    mandate.renounce(effective_at=at(60), known_at=at(60), recorded_at=at(60))
    assert refused(
        lambda: mandate.revoke(effective_at=at(60), known_at=at(60), recorded_at=at(61))
    ) is RefusalCode.MANDATE_ALREADY_ENDED  # fmt: skip
    mandate.revoke(effective_at=at(30), known_at=at(30), recorded_at=at(61))
    assert mandate.end is not None
    assert mandate.end.kind is EndKind.REVOKED
    assert mandate.end.binds_at == at(30)


def test_nobody_knows_of_an_end_that_is_to_come_nor_of_one_before_the_draft() -> None:
    mandate = live()
    assert refused(
        lambda: mandate.revoke(effective_at=at(20), known_at=at(21), recorded_at=at(20))
    ) is RefusalCode.IN_THE_FUTURE  # fmt: skip
    assert refused(
        lambda: mandate.revoke(effective_at=at(-1), known_at=at(20), recorded_at=at(20))
    ) is RefusalCode.BACKDATED  # fmt: skip


def test_an_end_marks_the_acts_that_were_done_once_it_was_known() -> None:
    mandate = live()
    for minutes in (11, 119, 120, 130):
        do(mandate, minutes)
    mandate.revoke(effective_at=at(100), known_at=at(120), recorded_at=at(140), partners=("cnaf",))
    event = mandate.pending_events[-1]
    assert isinstance(event, MandateRevoked)
    assert event.irregular.expose() == (2, 3)
    assert event.decision is EndDuty.TELL_AND_REVIEW


@pytest.mark.parametrize(
    ("partners", "act_at", "duty"),
    [
        ((), None, None),
        (("cnaf",), None, EndDuty.TELL_PARTNERS),
        ((), 31, EndDuty.REVIEW_ACTS),
        (("cnaf",), 31, EndDuty.TELL_AND_REVIEW),
    ],
)
def test_an_end_shows_what_it_leaves_to_do_and_not_for_whom(
    partners: tuple[str, ...], act_at: float | None, duty: EndDuty | None
) -> None:
    for end, event_class in (("revoke", MandateRevoked), ("renounce", MandateRenounced)):
        mandate = live()
        if act_at is not None:
            do(mandate, act_at)
        getattr(mandate, end)(effective_at=at(30), known_at=at(30), recorded_at=at(40), partners=partners)
        event = mandate.pending_events[-1]
        assert isinstance(event, event_class)
        assert event.decision is duty


@pytest.mark.parametrize("kind", [EndKind.EXPIRED, EndKind.DEATH, EndKind.GUARDIANSHIP, EndKind.SUPERSEDED])
def test_which_of_the_other_ends_it_was_is_sealed(kind: EndKind) -> None:
    mandate = live()
    mandate.end_by(kind, effective_at=at(30), known_at=at(30), recorded_at=at(30))
    event = mandate.pending_events[-1]
    assert isinstance(event, MandateEnded)
    assert event.kind.expose() is kind
    assert {name for name, _ in MandateEnded.SHAPE.header} == {"effective_at", "known_at", "decision"}


def test_an_act_after_the_end_needs_its_ground() -> None:
    mandate = live()
    mandate.end_by(EndKind.DEATH, effective_at=at(30), known_at=at(60), recorded_at=at(60))
    do(mandate, 29, recorded=70)
    assert refused(lambda: do(mandate, 40, recorded=70)) is RefusalCode.MANDATE_ENDED
    for minutes, ground in ((40, AfterEnd.GOOD_FAITH), (65, AfterEnd.URGENT_COMPLETION)):
        mandate.do_act(
            "CNAF01-rsa", "CNAF01-rsa:file", procedure=PROCEDURE, partner="cnaf", effective_at=at(minutes),
            recorded_at=at(70), after_end=ground, reason="le délai courait",
        )  # fmt: skip
    grounds = [act.after_end.expose() for act in mandate.acts_done]
    assert grounds == [None, AfterEnd.GOOD_FAITH, AfterEnd.URGENT_COMPLETION]


def test_no_act_before_the_mandate_lives() -> None:
    assert refused(lambda: do(drafted(), 1)) is RefusalCode.MANDATE_NOT_LIVE
    assert refused(lambda: do(live(10), 9, recorded=11)) is RefusalCode.MANDATE_NOT_LIVE


def test_acts_are_struck_while_it_lives() -> None:
    mandate = live()
    mandate.strike_act("CNAF01-rsa", "CNAF01-rsa:file", effective_at=at(20), recorded_at=at(20))
    assert len(mandate.strikes) == 1
    mandate.revoke(effective_at=at(30), known_at=at(30), recorded_at=at(30))
    strike = ("CNAF01-rsa", "CNAF01-rsa:file")
    assert refused(
        lambda: mandate.strike_act(*strike, effective_at=at(31), recorded_at=at(31))
    ) is RefusalCode.MANDATE_ENDED  # fmt: skip
    assert refused(
        lambda: drafted().strike_act(*strike, effective_at=at(31), recorded_at=at(31))
    ) is RefusalCode.MANDATE_NOT_LIVE  # fmt: skip


def test_partners_are_told_of_an_end_and_of_nothing_else() -> None:
    mandate = live()

    def tell(partner: str, *, all_told: bool) -> None:
        mandate.tell_partner(
            partner, means=ContactMeans.PHONE, all_told=all_told, effective_at=at(40), recorded_at=at(40)
        )

    assert refused(lambda: tell("cnaf", all_told=True)) is RefusalCode.NOT_ENDED
    mandate.revoke(effective_at=at(30), known_at=at(30), recorded_at=at(30), partners=("cnaf", "cnav"))
    tell("cnaf", all_told=False)
    tell("cnav", all_told=True)
    told = [event.decision for event in mandate.pending_events[-2:]]  # type: ignore[attr-defined]
    assert told == [Telling.SOME_LEFT, Telling.ALL_TOLD]
    assert [partner.expose() for partner in mandate.partners_told] == ["cnaf", "cnav"]


def test_a_partner_is_found_to_be_told_only_once_there_is_an_end() -> None:
    mandate = live()
    assert refused(lambda: mandate.find_partner("cnaf")) is RefusalCode.NOT_ENDED
    mandate.revoke(effective_at=at(30), known_at=at(30), recorded_at=at(30))
    mandate.find_partner("cnaf")
    assert [partner.expose() for partner in mandate.partners_found] == ["cnaf"]


def test_an_account_is_given_of_a_mandate_that_lived() -> None:
    mandate = drafted()
    assert refused(
        lambda: mandate.account(means=ContactMeans.COUNTER, effective_at=at(1), recorded_at=at(1))
    ) is RefusalCode.MANDATE_NOT_LIVE  # fmt: skip
    mandate = live()
    mandate.account(means=ContactMeans.COUNTER, effective_at=at(20), recorded_at=at(20))
    assert mandate.accounted_at == at(20)


def test_a_draft_leads_from_everybody_who_signs_and_back() -> None:
    party = Party(ALINE, (Signatory.REPRESENTATIVE,), BOB)
    mandate = Mandate.draft(
        house=HOUSE, parties=(party,), mandatary=Mandatary.HOUSE, agents=(), acts=(ListedAct("A", "A:file"),),
        requests=(), term_days=1, effective_at=at(0), recorded_at=at(0),
    )  # fmt: skip
    event = mandate.pending_events[0]
    assert isinstance(event, MandateDrafted)
    found = {(link.scope.kind, link.scope.of, link.kind, link.stream_id) for link in event.links()}
    own = mandate.id.hex
    assert found == {
        (Scope.IDENTITY, ALINE.hex, LinkKind.MANDATE, mandate.id),
        (Scope.IDENTITY, BOB.hex, LinkKind.MANDATE, mandate.id),
        (Scope.MANDATE, own, LinkKind.SUBJECT, ALINE),
        (Scope.MANDATE, own, LinkKind.SUBJECT, BOB),
    }


def test_no_event_of_a_mandate_shows_more_than_instants_house_and_what_is_left_to_do() -> None:
    shown = {
        name
        for topic, event_class in REGISTRY.items()
        if topic.startswith("mandate.")
        for name, _ in event_class.SHAPE.header
    }
    assert shown == {"house", "effective_at", "known_at", "decision"}
    scopes = {
        field.scope
        for topic, event_class in REGISTRY.items()
        if topic.startswith("mandate.")
        for field in event_class.SHAPE.sealed
    }
    assert scopes == {Scope.MANDATE}


def test_a_refusal_names_nobody() -> None:
    with pytest.raises(LedgerError) as caught:
        sign(drafted(), 1)
    assert str(ALINE) not in str(caught.value)
