"""Convention, article 4.6: what may be looked at, done and sent. Played at the counter of Loiron."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from ledger.aggregates.base import LinkKind, Scope
from ledger.personal import Personal
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    ContactMeans,
    DisclosureGround,
    Gateway,
    Mission,
    Mode,
    OutcomeCode,
    Place,
    RefusalCode,
    Role,
)
from ledger.rules.personal_numbers import NoteHoldsNir
from ledger.usecases.gate import judging
from ledger.usecases.mandate.acts import record_act
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.contact import contact
from ledger.usecases.procedure.disclose import LegalDisclosure, disclose
from ledger.usecases.procedure.doing import Sending, keep_value, transmit
from ledger.usecases.procedure.ending import resolve
from tests.integration.usecases.counter import ACTIVITY, BOB, CAREER, RSA, SITUATION, Counter, away, here
from tests.integration.usecases.workbench import Workbench


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    """Give the counter at ten o'clock on Tuesday 9 June 2026."""
    made = Counter(bench)
    made.train(bench.agent)
    return made


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


@pytest.mark.row("S-4.6.2")
def test_assist_person_present_field_necessary_and_shown_is_allowed_and_recorded(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    answer = counter.look(procedure, "id.civil")
    assert answer.granted
    assert answer.gateway is Gateway.PRESENCE
    trail = own_scope(Scope.PROCEDURE_TRAIL, procedure)
    assert counter.desk.streams.linked(trail, LinkKind.ACCESS) == [answer.access_id]


@pytest.mark.row("S-4.6.2")
def test_assist_person_present_a_stored_value_is_opened_by_no_gateway(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    counter.kept(procedure)
    assert counter.look(procedure, "no.caf", place=Place.STORED).decision is RefusalCode.NO_GATEWAY


@pytest.mark.row("S-4.6.14")
def test_assist_with_the_person_absent_takes_a_mandate(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    assert counter.look(procedure, "id.civil", present=False).decision is RefusalCode.NO_MANDATE


@pytest.mark.row("S-4.6.14")
def test_acting_for_a_person_who_is_present_takes_a_mandate_too(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), mode=Mode.ACT_FOR)
    assert counter.act_for(procedure, "id.civil", present=True).decision is RefusalCode.NO_MANDATE


@pytest.mark.row("S-4.6.3")
@pytest.mark.row("S-4.6.5")
def test_a_valid_mandate_does_not_open_a_field_outside_the_procedure_s_list(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    assert counter.act_for(procedure, "id.civil").granted
    assert counter.act_for(procedure, "id.civil", "home.rent").decision is RefusalCode.NOT_NECESSARY


@pytest.mark.row("S-4.6.3")
def test_the_gdpr_basis_that_every_entry_has_opens_nothing_by_itself(counter: Counter) -> None:
    basis = counter.desk.law.catalogue.house_basis.reference
    procedure = counter.opened(counter.bench.person())
    answer = counter.look(procedure, "id.civil", place=Place.PORTAL, reference=basis)
    assert answer.decision is RefusalCode.NO_REFERENCE


@pytest.mark.row("S-4.6.19")
def test_a_mandate_for_the_rsa_claim_does_not_let_the_agent_file_the_activity_bonus(counter: Counter) -> None:
    aline = counter.bench.person()
    counter.served(aline, RSA)
    bonus = counter.opened(aline, ACTIVITY, mode=Mode.ACT_FOR)
    for _ in range(2):
        assert refused(
            lambda: record_act(counter.desk, counter.command(), away(bonus, f"{ACTIVITY}:file"))
        ) is RefusalCode.OUT_OF_SCOPE  # fmt: skip
        assert counter.act_for(bonus, "id.civil", act=f"{ACTIVITY}:file").decision is RefusalCode.OUT_OF_SCOPE
        counter.attached(bonus, counter.live(aline, acts=(f"{RSA}:file", f"{ACTIVITY}:follow-up")))


@pytest.mark.row("S-4.6.19")
def test_a_mandate_that_has_ended_or_is_another_person_s_is_no_mandate_elsewhere(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    _, mandate = counter.served(aline, RSA)
    bonus, his = (counter.opened(person, ACTIVITY, mode=Mode.ACT_FOR) for person in (aline, bob))
    assert counter.act_for(his, "id.civil", act=f"{ACTIVITY}:file").decision is RefusalCode.NO_MANDATE
    counter.bench.later(minutes=5)
    revoke(counter.desk, counter.command(), mandate)
    assert counter.act_for(bonus, "id.civil", act=f"{ACTIVITY}:file").decision is RefusalCode.NO_MANDATE


@pytest.mark.row("S-4.6.19")
def test_a_mandate_that_lists_acts_only_does_not_let_the_agent_ask_for_a_career_statement(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person(), CAREER, acts=(f"{CAREER}:correct",))
    asked = counter.act_for(procedure, "emp.career", act="", data_request=f"{CAREER}:career-statement")
    assert asked.decision is RefusalCode.NO_DATA_REQUEST_SCOPE


def test_creating_a_maprimerenov_account_is_barred_whatever_the_mandate(counter: Counter) -> None:
    aline = counter.bench.person()
    procedure, _ = counter.served(aline, "ANAH01-mpr")
    barred = "ANAH01-mpr:create-account"
    assert refused(lambda: counter.drafted(aline, acts=(barred,))) is RefusalCode.FORBIDDEN_ACT
    assert refused(
        lambda: record_act(counter.desk, counter.command(), away(procedure, barred))
    ) is RefusalCode.FORBIDDEN_ACT  # fmt: skip


@pytest.mark.row("S-5.2.2")
def test_an_agent_without_training_for_the_partner_and_nobody_supervising_is_refused(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    novice = counter.colleague("Noé Neuf", trained=False)
    assert counter.look(procedure, agent=novice).decision is RefusalCode.NOT_TRAINED
    assert counter.look(procedure, agent=novice, supervisor=counter.bench.agent).granted


@pytest.mark.row("S-4.6.1")
def test_no_access_before_the_undertaking_is_signed(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    unsworn = counter.bench.enrol("Noé Neuf", Role.AGENT, secrecy=False)
    counter.train(unsworn)
    assert counter.look(procedure, agent=unsworn).decision is RefusalCode.NO_UNDERTAKING


@pytest.mark.row("S-4.6.6")
@pytest.mark.parametrize(
    ("recorded", "code"),
    [
        ({"consent": True}, RefusalCode.NOT_INFORMED),
        ({"information": True}, RefusalCode.CONSENT_MISSING),
        ({}, RefusalCode.CONSENT_MISSING),
        ({"consent": True, "information": True}, None),
    ],
)
def test_disclosure_for_commerce_takes_consent_and_information_both(
    counter: Counter, recorded: dict[str, Any], code: RefusalCode | None
) -> None:
    procedure = counter.opened(counter.bench.person(), "CNAF03-logement")

    def give() -> None:
        sending = Sending("bailleur", ("home.rent",), commercial=True, **recorded)
        transmit(counter.desk, counter.command(), here(procedure), sending)

    if code is None:
        give()
    else:
        assert refused(give) is code


@pytest.mark.row("S-4.6.10")
def test_data_go_to_the_procedure_s_own_recipients_and_to_nobody_else(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    for stranger in ("gendarmerie", "employeur", "ddfip"):
        sending = Sending(stranger, ("id.civil",))
        send = partial(transmit, counter.desk, counter.command(), here(procedure), sending)
        assert refused(send) is RefusalCode.NOT_A_RECIPIENT


def test_the_gendarmerie_at_loiron_asking_for_a_file_has_no_title(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    assert counter.look(procedure, "id.civil", for_partner="gendarmerie").decision is RefusalCode.NO_TITLE


def test_a_data_protection_officer_sees_metadata_and_no_content(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person(), SITUATION, acts=(f"{SITUATION}:update",))
    counter.kept(procedure)
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    asked: dict[str, Any] = {"place": Place.STORED, "act": f"{SITUATION}:update"}
    answer = counter.act_for(procedure, "no.caf", agent=officer, **asked)
    assert answer.decision is RefusalCode.ROLE_NOT_ALLOWED


@pytest.mark.row("S-2.1")
def test_every_procedure_serves_one_of_the_five_missions_and_signalling_opens_nothing_by_itself(
    counter: Counter,
) -> None:
    aline = counter.bench.person()
    opened = [counter.opened(aline, mission=mission) for mission in Mission]
    with judging(counter.desk, counter.command()) as judgement:
        assert {judgement.known(counter.procedure(id_).mission) for id_ in opened} == set(Mission)
    assert len(Mission) == 5
    signalled = counter.opened(aline, mission=Mission.SIGNAL)
    assert counter.look(signalled, "id.civil", present=False).decision is RefusalCode.NO_MANDATE
    assert counter.look(signalled, "home.rent").decision is RefusalCode.NOT_NECESSARY
    send = partial(transmit, counter.desk, counter.command(), here(signalled), Sending("gendarmerie", ("id.civil",)))
    assert refused(send) is RefusalCode.NOT_A_RECIPIENT


@pytest.mark.row("S-4.6.10")
def test_what_was_exchanged_to_open_a_right_is_not_given_to_look_for_fraud(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), "CHE01-energie")
    wanted = LegalDisclosure(
        procedure=procedure, recipient="DDFIP", ground=DisclosureGround.TAX_RIGHT_OF_COMMUNICATION, text="LPF L81",
        reference="2026-17", fields=("tax.notice_ref",), decided_by=counter.bench.delegate,
    )  # fmt: skip
    assert refused(partial(disclose, counter.desk, counter.command(), wanted)) is RefusalCode.SOLE_BENEFIT
    disclose(counter.desk, counter.command(), replace(wanted, fields=("id.civil",)))


def test_a_visit_without_identity_is_for_information(counter: Counter) -> None:
    visit = counter.opened(None)
    assert counter.look(visit, "id.civil").decision is RefusalCode.ANONYMOUS_VISIT
    resolve(counter.desk, counter.command(), visit, outcome=OutcomeCode.INFORMATION_GIVEN)
    for mission in set(Mission) - {Mission.INFORM}:
        assert refused(partial(counter.opened, None, mission=mission)) is RefusalCode.ANONYMOUS_VISIT


def test_the_social_security_number_is_never_stored_in_a_field_or_in_a_note(counter: Counter) -> None:
    aline = counter.bench.person()
    claim, msa = counter.opened(aline), counter.opened(aline, "MSA02-declaration")
    number = Personal("1850553999999")
    for procedure, field in ((claim, "nir"), (msa, "no.msa")):
        keep = partial(keep_value, counter.desk, counter.command(), here(procedure), field=field, value=number)
        assert refused(keep) is RefusalCode.NEVER_STORED
    with pytest.raises(NoteHoldsNir):
        contact(counter.desk, counter.command(), claim, means=ContactMeans.PHONE, note="1 85 05 53 999 999")


def test_submitted_is_not_resolved_and_nobody_is_redirected(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    transmit(counter.desk, counter.command(), away(procedure), Sending("caf", ("id.civil",)))
    assert not counter.procedure(procedure).is_closed
    put_in_contact = lambda: resolve(  # noqa: E731
        counter.desk, counter.command(), procedure, outcome=OutcomeCode.CONTACT_ESTABLISHED
    )
    assert refused(put_in_contact) is RefusalCode.OUTCOME_DOES_NOT_FIT
    resolve(counter.desk, counter.command(), procedure, outcome=OutcomeCode.RIGHT_OPENED)
