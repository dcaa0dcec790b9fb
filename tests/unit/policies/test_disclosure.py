"""The gate: necessary AND one gateway, over every combination of what is asked; and every refusal code."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from uuid import UUID

import pytest

from ledger.policies.disclosure import AgentStanding, CaseStanding, MandateStanding, Onward, Question, decide
from ledger.policies.mandate_life import Standing
from ledger.policies.mandate_scope import ListedAct, ListedRequest, MandateScope
from ledger.policies.vocabulary import Gateway, Mission, Mode, Place, RefusalCode
from ledger.rules.profile import Power
from tests.unit.policies.questions import ACTED_FOR, AGENT, ASSISTED, ENTRY, LIVE, MANDATE, SCOPE, asked

FIELDS = {
    "needed": ("f.needed",),
    "needed and kept": ("f.needed", "f.kept"),
    "kept": ("f.kept",),
    "not needed": ("f.other",),
    "one too many": ("f.needed", "f.other"),
}
MANDATES = {
    "none": (),
    "live": (LIVE,),
    "ended": (replace(LIVE, standing=Standing.ENDED),),
    "in the making": (replace(LIVE, standing=Standing.NOT_YET),),
    "void": (replace(LIVE, standing=Standing.VOID),),
    "for another agent": (replace(LIVE, names_agent=False),),
    "for something else": (replace(LIVE, scope=MandateScope((ListedAct("X", "X:file"),), ())),),
    "ended, then a new one": (replace(LIVE, standing=Standing.ENDED), replace(LIVE, mandate=UUID(int=8))),
}
REFERENCES = ("", "CRPA L114-8", "Convention 2.2", "Annexe CAF", "RGPD 6(1)(e)")


def whole_space() -> list[Question]:
    """Give every question that gateways, modes, presence, places, fields and mandates can make together."""
    return [
        replace(
            ASSISTED, mode=mode, present=present, place=place, fields=FIELDS[fields], informed=informed, act=act,
            reference=reference, mandates=MANDATES[mandates], annexes=frozenset({"Annexe CAF"}),
            data_request=data_request,
        )
        for mode, present, place, fields, informed, act, reference, mandates, data_request in product(
            Mode, (True, False), Place, FIELDS, (True, False), ("TST01-essai:file", "TST01-essai:other"), REFERENCES,
            MANDATES, ("", "TST01-essai:statement"),
        )
    ]  # fmt: skip


def necessary(question: Question) -> bool:
    """The first condition, said again in other words: no field outside the list, and stored ones only if kept."""
    needed = {"f.needed", "f.kept"}
    if question.place is Place.STORED:
        needed = {"f.kept"}
    return all(field in needed for field in question.fields)


def open_gateways(question: Question) -> set[Gateway]:
    """The second condition, said again in other words: the gateways that would let this question through."""
    found: set[Gateway] = set()
    here_helped = question.present and question.mode is Mode.ASSIST
    if here_helped and question.informed and question.place is not Place.STORED and not question.data_request:
        found.add(Gateway.PRESENCE)
    if here_helped and question.reference == "CRPA L114-8" and set(question.fields) <= {"f.needed"}:
        found.add(Gateway.LEGAL_EXCHANGE)
    if here_helped and question.reference == "Convention 2.2" and set(question.fields) <= {"f.needed", "f.kept"}:
        found.add(Gateway.BACK_OFFICE)
    if here_helped and question.reference == "Annexe CAF":
        found.add(Gateway.BACK_OFFICE)
    if question.mode is Mode.ACT_FOR:
        asks = {"TST01-essai:statement"} if question.data_request else {question.act}
        gives = {"TST01-essai:statement"} if question.data_request else {"TST01-essai:file"}
        live = any(m.standing is Standing.LIVE and m.names_agent and m.scope is SCOPE for m in question.mandates)
        if live and asks == gives:
            found.add(Gateway.MANDATE)
    return found


@pytest.mark.row("S-4.6.2")
@pytest.mark.row("S-4.6.3")
def test_both_conditions_are_needed_over_the_whole_space() -> None:
    space = whole_space()
    allowed = 0
    for question in space:
        decision = decide(question)
        gateways = open_gateways(question)
        if decision.allowed:
            allowed += 1
            assert necessary(question)
            assert decision.gateway in gateways
            assert (decision.mandate is not None) == (decision.gateway is Gateway.MANDATE)
            assert bool(decision.reference) == (decision.gateway in (Gateway.LEGAL_EXCHANGE, Gateway.BACK_OFFICE))
        else:
            relied_on_in_vain = bool(question.reference) and gateways == {Gateway.PRESENCE}
            assert not necessary(question) or not gateways or relied_on_in_vain
            assert decision.gateway is None
    assert len(space) == 19_200
    assert 0 < allowed < len(space) / 4


@pytest.mark.row("S-4.6.14")
def test_acting_for_the_person_or_without_them_always_takes_a_mandate() -> None:
    for question in whole_space():
        decision = decide(question)
        if decision.allowed and (question.mode is Mode.ACT_FOR or not question.present):
            assert decision.gateway is Gateway.MANDATE
            assert question.mode is Mode.ACT_FOR


def test_a_stored_value_is_never_opened_by_presence() -> None:
    for question in whole_space():
        if question.place is Place.STORED:
            assert decide(question).gateway is not Gateway.PRESENCE


def test_a_gdpr_basis_alone_opens_nothing() -> None:
    assert ENTRY.basis.reference == "RGPD 6(1)(e)"
    decision = decide(asked(ASSISTED, reference="RGPD 6(1)(e)", place=Place.PORTAL))
    assert decision.refusal is RefusalCode.NO_REFERENCE


@pytest.mark.row("S-4.6.4")
def test_the_two_modes_go_through_two_doors() -> None:
    assert decide(ASSISTED).gateway is Gateway.PRESENCE
    assert decide(ACTED_FOR).gateway is Gateway.MANDATE
    assert decide(asked(ACTED_FOR, present=True)).gateway is Gateway.MANDATE
    assert {mode.value for mode in Mode} == {"ASSIST", "ACT_FOR"}


@pytest.mark.row("S-4.6.5")
def test_a_field_outside_the_list_is_not_necessary_even_under_a_mandate() -> None:
    assert decide(asked(ACTED_FOR, fields=("f.needed", "f.other"))).refusal is RefusalCode.NOT_NECESSARY


@pytest.mark.parametrize(
    ("agent", "refusal"),
    [
        (replace(AGENT, departed=True), RefusalCode.AGENT_DEPARTED),
        (AgentStanding(powers=frozenset({Power.READ_JOURNAL, Power.REVIEW}), undertaking=True),
         RefusalCode.ROLE_NOT_ALLOWED),
        (replace(AGENT, undertaking=False), RefusalCode.NO_UNDERTAKING),
        (replace(AGENT, same_house=False), RefusalCode.OTHER_HOUSE),
        (replace(AGENT, trained=False), RefusalCode.NOT_TRAINED),
        (replace(AGENT, for_partner=True), RefusalCode.NO_TITLE),
    ],
)  # fmt: skip
@pytest.mark.parametrize("question", [ASSISTED, ACTED_FOR], ids=["assist", "act for"])
def test_who_asks_comes_first(question: Question, agent: AgentStanding, refusal: RefusalCode) -> None:
    assert decide(asked(question, agent=agent)).refusal is refusal


@pytest.mark.row("S-5.2.2")
def test_an_untrained_agent_may_work_under_a_trained_one() -> None:
    supervised = replace(AGENT, trained=False, supervised=True)
    assert decide(asked(ASSISTED, agent=supervised)).allowed


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        (CaseStanding(closed=True), RefusalCode.PROCEDURE_CLOSED),
        (CaseStanding(restricted=True), RefusalCode.RESTRICTED),
        (CaseStanding(closed=True, restricted=True), RefusalCode.RESTRICTED),
        (CaseStanding(anonymous=True), RefusalCode.ANONYMOUS_VISIT),
    ],
)
def test_a_case_that_is_over_or_nobody_s_gives_nothing(case: CaseStanding, refusal: RefusalCode) -> None:
    assert decide(asked(ASSISTED, case=case)).refusal is refusal
    assert decide(asked(ACTED_FOR, case=case)).refusal is refusal


def test_a_visit_without_identity_can_be_helped_without_any_field() -> None:
    assert decide(asked(ASSISTED, case=CaseStanding(anonymous=True), fields=())).allowed


def test_a_procedure_that_the_person_does_alone_is_not_done_for_them() -> None:
    alone = replace(ENTRY, modes=frozenset({Mode.ASSIST}))
    assert decide(asked(ACTED_FOR, entry=alone)).refusal is RefusalCode.MODE_NOT_OFFERED


def test_the_person_who_shows_must_have_been_informed() -> None:
    assert decide(asked(ASSISTED, informed=False)).refusal is RefusalCode.NOT_INFORMED


def test_what_is_never_kept_is_not_stored_by_anybody() -> None:
    barred = frozenset({"f.kept"})
    for question in (ASSISTED, ACTED_FOR):
        keeping = asked(question, fields=("f.kept",), keep=True, never_kept=barred)
        assert decide(keeping).refusal is RefusalCode.NEVER_STORED
        assert decide(asked(keeping, never_kept=frozenset())).allowed


def test_a_value_in_transit_is_not_kept() -> None:
    assert decide(asked(ASSISTED, keep=True)).refusal is RefusalCode.NOT_KEPT
    assert decide(asked(ACTED_FOR, place=Place.STORED)).refusal is RefusalCode.NOT_KEPT


def test_a_field_of_a_special_category_takes_express_consent() -> None:
    asking = asked(ASSISTED, fields=("f.consent",))
    assert decide(asking).refusal is RefusalCode.CONSENT_MISSING
    assert decide(asked(asking, consented=frozenset({"f.consent"}))).allowed


@pytest.mark.row("S-4.6.19")
def test_a_list_of_acts_gives_no_request_for_data_and_the_other_way_round() -> None:
    request = asked(ACTED_FOR, act="", data_request="TST01-essai:statement", fields=("f.answer",))
    assert decide(request).allowed
    acts_only = replace(LIVE, scope=MandateScope(SCOPE.acts, ()))
    requests_only = replace(LIVE, scope=MandateScope((), SCOPE.requests))
    assert decide(asked(request, mandates=(acts_only,))).refusal is RefusalCode.NO_DATA_REQUEST_SCOPE
    assert decide(asked(ACTED_FOR, mandates=(requests_only,))).refusal is RefusalCode.OUT_OF_SCOPE


def test_the_answer_to_a_request_is_necessary_to_that_request_only() -> None:
    assert decide(asked(ACTED_FOR, fields=("f.answer",))).refusal is RefusalCode.NOT_NECESSARY


def test_a_request_that_the_catalogue_does_not_know_is_not_in_any_mandate() -> None:
    unknown = "TST01-essai:secrets"
    listing = replace(LIVE, scope=MandateScope((), (ListedRequest(ENTRY.code, unknown),)))
    asking = asked(ACTED_FOR, act="", data_request=unknown, mandates=(listing,))
    assert decide(asking).refusal is RefusalCode.NO_DATA_REQUEST_SCOPE


def test_a_barred_act_is_refused_whatever_the_mandate_lists() -> None:
    listing = replace(LIVE, scope=MandateScope((ListedAct(ENTRY.code, "TST01-essai:barred"),), ()))
    asking = asked(ACTED_FOR, act="TST01-essai:barred", mandates=(listing,))
    assert decide(asking).refusal is RefusalCode.FORBIDDEN_ACT


def test_a_barred_act_can_be_done_by_the_person_themselves_with_help() -> None:
    assert decide(asked(ASSISTED, act="TST01-essai:barred")).allowed


def test_a_struck_act_is_given_no_more() -> None:
    struck = replace(SCOPE, struck=frozenset({(ENTRY.code, "TST01-essai:file")}))
    assert decide(asked(ACTED_FOR, mandates=(replace(LIVE, scope=struck),))).refusal is RefusalCode.OUT_OF_SCOPE


@pytest.mark.parametrize(
    ("mandate", "refusal"),
    [
        (replace(LIVE, standing=Standing.ENDED), RefusalCode.MANDATE_ENDED),
        (replace(LIVE, standing=Standing.NOT_YET), RefusalCode.MANDATE_NOT_LIVE),
        (replace(LIVE, standing=Standing.VOID), RefusalCode.MANDATE_VOID),
        (replace(LIVE, names_agent=False), RefusalCode.NOT_THE_MANDATARY),
        (replace(LIVE, scope=MandateScope((), ())), RefusalCode.OUT_OF_SCOPE),
    ],
)
def test_of_several_mandates_the_answer_speaks_of_the_nearest(mandate: MandateStanding, refusal: RefusalCode) -> None:
    assert decide(asked(ACTED_FOR, mandates=(mandate,))).refusal is refusal
    assert decide(asked(ACTED_FOR, mandates=(mandate, LIVE))).mandate == MANDATE
    worse = replace(LIVE, standing=Standing.VOID)
    assert decide(asked(ACTED_FOR, mandates=(worse, mandate))).refusal is refusal


def test_no_mandate_at_all() -> None:
    assert decide(asked(ACTED_FOR, mandates=())).refusal is RefusalCode.NO_MANDATE


@pytest.mark.row("S-4.6.6")
@pytest.mark.parametrize(
    ("onward", "refusal"),
    [
        (Onward("caf"), None),
        (Onward("assureur"), RefusalCode.NOT_A_RECIPIENT),
        (Onward("caf", commercial=True), RefusalCode.CONSENT_MISSING),
        (Onward("caf", commercial=True, information=True), RefusalCode.CONSENT_MISSING),
        (Onward("caf", commercial=True, consent=True), RefusalCode.NOT_INFORMED),
        (Onward("caf", commercial=True, consent=True, information=True), None),
        (Onward("assureur", commercial=True, consent=True, information=True), RefusalCode.NOT_A_RECIPIENT),
    ],
)
def test_where_data_go(onward: Onward, refusal: RefusalCode | None) -> None:
    assert decide(asked(ASSISTED, onward=onward)).refusal is refusal
    assert decide(asked(ACTED_FOR, onward=onward)).refusal is refusal


@pytest.mark.row("S-4.6.10")
def test_there_is_no_purpose_other() -> None:
    assert {mission.value for mission in Mission} == {
        "inform", "digital-help", "administrative-help", "put-in-contact", "signal",
    }  # fmt: skip
