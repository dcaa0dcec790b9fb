"""Accesses on the real store and the real keys: decided, on record, then opened, once."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.access import Access, Look
from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.duty import DutyKind
from ledger.aggregates.house import CoverageMeans
from ledger.errors import Conflict, NotFound
from ledger.identifiers import new_id
from ledger.personal import Personal
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    AccessDecision,
    Gateway,
    Mode,
    OutcomeCode,
    Place,
    RefusalCode,
    ReviewResult,
    Role,
)
from ledger.projections.duties import open_duties
from ledger.rules.catalogue import UnknownField
from ledger.rules.personal_numbers import NoteHoldsNir
from ledger.usecases.access.codes import CodeMalformed
from ledger.usecases.access.request import NothingAsked, NothingKept, look_at_stored, request
from ledger.usecases.access.review import OwnAccess, review
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.agent.depart import depart
from ledger.usecases.duty.discharge import discharge
from ledger.usecases.gate import GRANT_LIFE, GrantRefused, judging
from ledger.usecases.house.cover_partner import cover_partner
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.ending import resolve, restrict
from tests.integration.usecases.counter import BOB, CAREER, SITUATION, Counter
from tests.integration.usecases.workbench import Workbench

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def recorded(counter: Counter, access_id: Any) -> dict[str, Any]:
    """Open the facts of an access, as a judgement would."""
    access = counter.desk.streams.load(Access, access_id)
    with judging(counter.desk, counter.command()) as judgement:
        names = ("procedure", "mandate", "fields", "place", "mode")
        return {name: judgement.known(getattr(access, name)) for name in names}


def test_what_the_person_shows_is_granted_for_a_session_and_on_record(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    answer = counter.look(procedure, "id.civil", "inc.3m")
    assert answer.granted
    assert answer.gateway is Gateway.PRESENCE
    assert answer.until == counter.now + timedelta(minutes=30)
    assert answer.grant is None
    assert recorded(counter, answer.access_id) == {
        "procedure": procedure, "mandate": None, "fields": ("id.civil", "inc.3m"), "place": Place.SHOWN,
        "mode": Mode.ASSIST,
    }  # fmt: skip
    linked = counter.desk.streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure), LinkKind.ACCESS)
    assert linked == [answer.access_id]


def test_a_refusal_is_an_answer_and_on_record_too(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    answer = counter.look(procedure, "home.rent")
    assert not answer.granted
    assert answer.decision is RefusalCode.NOT_NECESSARY
    access = counter.desk.streams.load(Access, answer.access_id)
    assert not access.granted
    assert recorded(counter, answer.access_id)["fields"] == ("home.rent",)


def test_a_repeated_command_gives_the_number_and_nothing_else(counter: Counter) -> None:
    person = counter.bench.person()
    procedure, _ = counter.served(person, SITUATION, acts=(f"{SITUATION}:update",))
    counter.kept(procedure)
    look = Look(procedure, ("no.caf",), Place.STORED, Mode.ACT_FOR, present=False, act=f"{SITUATION}:update")
    command = counter.command(request=b"look")
    first, again = request(counter.desk, command, look), request(counter.desk, command, look)
    assert first.granted
    assert first.grant is not None
    assert again.repeated
    assert (again.access_id, again.decision, again.grant) == (first.access_id, AccessDecision.GRANTED, None)
    with pytest.raises(NothingKept):
        look_at_stored(counter.desk, again, at=counter.now)
    with pytest.raises(Conflict):
        request(counter.desk, replace(command, request=b"another look"), look)


def test_a_stored_value_opens_once_within_seconds_under_a_mandate(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person(), SITUATION, acts=(f"{SITUATION}:update",))
    counter.kept(procedure, value="0000016")
    counter.kept(procedure, value="0000017")
    stored: dict[str, Any] = {"act": f"{SITUATION}:update", "place": Place.STORED}
    answer = counter.act_for(procedure, "no.caf", **stored)
    assert answer.gateway is Gateway.MANDATE
    value = look_at_stored(counter.desk, answer, at=counter.now)["no.caf"]
    assert isinstance(value, Personal)
    assert value.expose() == "0000017"
    with pytest.raises(GrantRefused):
        look_at_stored(counter.desk, answer, at=counter.now)
    late = counter.act_for(procedure, "no.caf", **stored)
    with pytest.raises(GrantRefused):
        look_at_stored(counter.desk, late, at=counter.now + GRANT_LIFE + timedelta(seconds=1))
    with pytest.raises(GrantRefused):
        pickle.dumps(late.grant)
    assert "0000017" not in repr(late)


def test_a_value_that_nobody_kept_is_not_found_and_the_attempt_is_on_record(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person(), SITUATION, acts=(f"{SITUATION}:update",))
    before = counter.bench.ledger.log.size()
    with pytest.raises(NothingKept):
        counter.act_for(procedure, "no.caf", place=Place.STORED, act=f"{SITUATION}:update")
    assert counter.bench.ledger.log.size() == before + 1


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"place": Place.STORED}, RefusalCode.NO_GATEWAY),
        ({"present": False}, RefusalCode.NO_MANDATE),
        ({"mode": Mode.ACT_FOR}, RefusalCode.NO_MANDATE),
        ({"data_request": f"{SITUATION}:payment-statement"}, RefusalCode.NO_GATEWAY),
        ({"reference": "RGPD 6(1)(e)"}, RefusalCode.NO_REFERENCE),
        ({"for_partner": "gendarmerie"}, RefusalCode.NO_TITLE),
    ],
)
def test_helping_opens_what_is_shown_and_nothing_more(
    counter: Counter, asked: dict[str, Any], code: RefusalCode
) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    counter.kept(procedure)
    assert counter.look(procedure, "no.caf", **asked).decision is code


def test_who_was_not_informed_is_asked_first(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), informed=False)
    assert counter.look(procedure, "id.civil").decision is RefusalCode.NOT_INFORMED
    assert counter.look(procedure, "id.civil", informed=True).granted


def test_health_data_take_an_express_yes(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), "CNAM05-invalidite")
    assert counter.look(procedure, "hlth.certificate").decision is RefusalCode.CONSENT_MISSING
    assert counter.look(procedure, "hlth.certificate", consented=("hlth.certificate",)).granted


def test_a_text_or_an_agreement_of_the_catalogue_opens_its_fields(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), "CHE01-energie")
    text = "Code des relations entre le public et l'administration L114-8"
    answer = counter.look(procedure, "tax.notice_ref", place=Place.PORTAL, reference=text)
    assert answer.gateway is Gateway.LEGAL_EXCHANGE
    assert counter.look(procedure, "id.civil", reference=text).decision is RefusalCode.NO_REFERENCE


def test_the_partner_s_annex_opens_its_back_office(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    annex = "Annexe CAF 2026, art. 3"
    assert counter.look(procedure, "id.civil", reference=annex).decision is RefusalCode.NO_REFERENCE
    cover_partner(
        counter.desk, counter.command(counter.bench.delegate), counter.bench.house, partner="cnaf",
        means=(CoverageMeans.BACK_OFFICE,), reference=annex, until=date(2026, 7, 1),
    )  # fmt: skip
    answer = counter.look(procedure, "id.civil", reference=annex)
    assert answer.gateway is Gateway.BACK_OFFICE
    counter.bench.clock.instant = datetime(2026, 7, 1, 0, 0, tzinfo=PARIS)
    assert counter.look(procedure, "id.civil", reference=annex).decision is RefusalCode.NO_REFERENCE


def test_a_visit_without_identity_opens_nothing(counter: Counter) -> None:
    visit = counter.opened(None)
    assert counter.look(visit, "id.civil").decision is RefusalCode.ANONYMOUS_VISIT


def test_a_case_that_is_over_opens_nothing(counter: Counter) -> None:
    person = counter.bench.person()
    procedure, restricted = counter.opened(person), counter.opened(person)
    resolve(counter.desk, counter.command(), procedure, outcome=OutcomeCode.RIGHT_OPENED)
    assert counter.look(procedure).decision is RefusalCode.PROCEDURE_CLOSED
    restrict(counter.desk, counter.command(counter.bench.job), restricted)
    assert counter.look(restricted).decision is RefusalCode.RESTRICTED


def test_who_asks_is_judged_first(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    unsworn = counter.bench.enrol("Noé Neuf", Role.AGENT, secrecy=False)
    untrained = counter.colleague(trained=False)
    gone = counter.colleague("Paul Parti")
    depart(counter.desk, counter.command(counter.bench.delegate), gone)
    for agent, code in (
        (officer, RefusalCode.ROLE_NOT_ALLOWED),
        (unsworn, RefusalCode.NO_UNDERTAKING),
        (untrained, RefusalCode.NOT_TRAINED),
        (gone, RefusalCode.AGENT_DEPARTED),
    ):
        assert counter.look(procedure, agent=agent).decision is code
    with pytest.raises(NotEnrolled):
        counter.look(procedure, agent=new_id())


def test_only_a_trained_colleague_who_is_named_supervises(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    novice = counter.colleague("Noé Neuf", trained=False)
    other_novice = counter.colleague("Nina Neuve", trained=False)
    assert counter.look(procedure, agent=novice, supervisor=novice).decision is RefusalCode.NOT_TRAINED
    assert counter.look(procedure, agent=novice, supervisor=other_novice).decision is RefusalCode.NOT_TRAINED
    assert counter.look(procedure, agent=novice, supervisor=counter.bench.agent).granted
    with pytest.raises(NotFound):
        counter.look(procedure, agent=novice, supervisor=new_id())


def test_a_mandate_given_to_one_agent_is_not_the_other_s(counter: Counter) -> None:
    person = counter.bench.person()
    named = counter.colleague()
    procedure = counter.opened(person, mode=Mode.ACT_FOR)
    mandate = counter.live(person, agents=(named,))
    counter.attached(procedure, mandate)
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.NOT_THE_MANDATARY
    assert counter.act_for(procedure, "id.civil", agent=named).granted


def test_a_mandate_gives_what_it_lists_and_nothing_else(counter: Counter) -> None:
    person = counter.bench.person()
    procedure, mandate = counter.served(person, CAREER, acts=(f"{CAREER}:correct",))
    asked: dict[str, Any] = {"act": "", "data_request": f"{CAREER}:career-statement"}
    assert counter.act_for(procedure, "emp.career", act=f"{CAREER}:correct").granted
    refused = counter.act_for(procedure, "emp.career", **asked)
    assert refused.decision is RefusalCode.NO_DATA_REQUEST_SCOPE
    assert counter.act_for(procedure, "emp.career", act=f"{CAREER}:message").decision is RefusalCode.OUT_OF_SCOPE
    counter.attached(procedure, counter.live(person, acts=(), requests=(f"{CAREER}:career-statement",)))
    answer = counter.act_for(procedure, "emp.career", **asked)
    assert answer.granted
    assert recorded(counter, answer.access_id)["mandate"] not in (None, mandate)


def test_a_barred_act_shows_no_code_that_names_the_procedure(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), "ANAH01-mpr")
    answer = counter.act_for(procedure, "id.civil", act="ANAH01-mpr:create-account")
    assert answer.decision is RefusalCode.FORBIDDEN_ACT
    headers = b"".join(logged.content for logged in counter.bench.ledger.log.each(after=0))
    assert b"FORBIDDEN_ACT" not in headers
    assert b"OUT_OF_SCOPE" in headers


def test_a_session_ends_with_the_term_of_the_mandate(counter: Counter) -> None:
    counter.bench.clock.instant = datetime(2026, 6, 9, 23, 45, tzinfo=PARIS)
    procedure, _ = counter.served(counter.bench.person(), term_days=1)
    assert counter.act_for(procedure, "id.civil").until == datetime(2026, 6, 10, tzinfo=PARIS)


def test_a_mandate_that_is_not_attached_or_not_complete_gives_nothing(counter: Counter) -> None:
    person = counter.bench.person()
    procedure = counter.opened(person, mode=Mode.ACT_FOR)
    counter.live(person)
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.NO_MANDATE
    counter.attached(procedure, counter.drafted(person))
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_NOT_LIVE


def test_revoked_means_refused_from_the_next_look_on(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    assert counter.act_for(procedure, "id.civil").granted
    revoke(counter.desk, counter.command(), mandate)
    assert counter.act_for(procedure, "id.civil").decision is RefusalCode.MANDATE_ENDED


def test_a_look_names_at_least_one_field(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    look = Look(procedure, (), Place.SHOWN, Mode.ASSIST, present=True)
    with pytest.raises(NothingAsked):
        request(counter.desk, counter.command(), look)


def test_nothing_is_looked_at_in_a_case_that_does_not_exist(counter: Counter) -> None:
    with pytest.raises(NotFound):
        counter.look(new_id())


def test_nobody_clears_what_they_looked_at_themselves(counter: Counter) -> None:
    both = counter.bench.enrol("Billie Double-Casquette", Role.AGENT, Role.DELEGATE)
    counter.train(both)
    procedure = counter.opened(counter.bench.person())
    own, other = (counter.look(procedure, agent=agent).access_id for agent in (both, counter.bench.agent))
    with pytest.raises(OwnAccess):
        review(counter.desk, counter.command(both), own, result=ReviewResult.CLEARED)
    review(counter.desk, counter.command(both), own, result=ReviewResult.FLAGGED)
    review(counter.desk, counter.command(both), other, result=ReviewResult.CLEARED)
    (duty,) = open_duties(counter.bench.ledger.current_views())
    asked: dict[str, Any] = {"kind": DutyKind(duty.kind), "of_house": duty.house, "about": duty.about}
    with pytest.raises(OwnAccess):
        discharge(counter.desk, counter.command(both), duty.duty, **asked)
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    review(counter.desk, counter.command(officer), own, result=ReviewResult.CLEARED)
    assert open_duties(counter.bench.ledger.current_views()) == []


def test_whose_access_it_was_is_told_by_the_key_of_the_month(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    own = counter.look(procedure).access_id
    acts = counter.desk.acts
    assert acts.began(own, by=counter.bench.agent)
    assert not acts.began(own, by=counter.bench.delegate)
    assert not acts.began(new_id(), by=counter.bench.agent)


def test_reviewed_by_whoever_audits_or_decides(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(BOB))
    access_id = counter.look(procedure).access_id
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    with pytest.raises(RefusedByRule):
        review(counter.desk, counter.command(), access_id, result=ReviewResult.CLEARED)
    with pytest.raises(NoteHoldsNir):
        review(
            counter.desk, counter.command(officer), access_id, result=ReviewResult.FLAGGED,
            note="voir 1 85 05 53 999 999",
        )  # fmt: skip
    command = counter.command(officer)
    for _ in range(2):
        review(counter.desk, command, access_id, result=ReviewResult.FLAGGED, note="à revoir")
    assert counter.desk.streams.load(Access, access_id).reviews == [ReviewResult.FLAGGED]


@pytest.mark.parametrize(
    "typed",
    [
        {"act": "Aline Exemple"},
        {"act": "1850553999999"},
        {"data_request": "x" * 61},
        {"for_partner": "la gendarmerie"},
        {"consented": ("oui oui",)},
    ],
)
def test_a_name_or_a_number_in_the_place_of_a_code_is_not_even_refused_on_record(
    counter: Counter, typed: dict[str, Any]
) -> None:
    procedure = counter.opened(counter.bench.person())
    before = counter.bench.ledger.log.size()
    with pytest.raises(CodeMalformed) as caught:
        counter.look(procedure, "id.civil", **typed)
    assert counter.bench.ledger.log.size() == before
    said = f"{caught.value} {caught.value.explain()}"
    assert not any(str(value) in said for value in typed.values())


def test_fields_are_those_of_the_vocabulary_and_references_are_screened(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    with pytest.raises(UnknownField):
        counter.look(procedure, "id.nickname")
    with pytest.raises(NoteHoldsNir):
        counter.look(procedure, "id.civil", reference="NIR 1850553999999")
