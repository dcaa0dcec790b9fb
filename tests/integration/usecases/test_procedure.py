"""Procedures on the real store and the real keys: opened, worked, sent, disclosed, ended, and undone until the run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ledger.aggregates.access import Access
from ledger.aggregates.base import LinkKind, Scope, ScopeInstance
from ledger.aggregates.destruction import Destruction, DestructionReason
from ledger.aggregates.house import CoverageMeans
from ledger.aggregates.procedure_events import NOTE, DataKept
from ledger.errors import Conflict, NotFound
from ledger.identifiers import new_id
from ledger.personal import Personal
from ledger.policies.disclosure import decide
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    Asked,
    ContactMeans,
    DisclosureGround,
    DisclosureMoment,
    GatewayShown,
    Mission,
    Mode,
    OutcomeCode,
    Place,
    RefusalCode,
    Role,
)
from ledger.projections.access_journal import journal_of_subject
from ledger.projections.duties import open_duties
from ledger.rules.catalogue import UnknownField, UnknownProcedure
from ledger.rules.formats import ValueMalformed
from ledger.rules.personal_numbers import NoteHoldsNir, NoteTooLong
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.access import request as request_of_access
from ledger.usecases.access.request import NothingKept, look_at_stored
from ledger.usecases.gate import judging, open_values, reading
from ledger.usecases.house.cover_partner import cover_partner
from ledger.usecases.mandate.acts import record_act
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.ports import own_scope
from ledger.usecases.procedure.contact import contact
from ledger.usecases.procedure.disclose import LegalDisclosure, disclose
from ledger.usecases.procedure.doing import Doing, Sending, keep_value, transmit
from ledger.usecases.procedure.ending import abandon, resolve, restrict, undo_resolution, what_will_go
from ledger.usecases.procedure.note import note
from ledger.usecases.procedure.open_procedure import NoHouse, Opening, open_procedure
from ledger.usecases.subject.merge import merge
from tests.integration.usecases.counter import BOB, RSA, SITUATION, Counter, away, here
from tests.integration.usecases.workbench import Workbench

UPDATE = f"{SITUATION}:update"


@pytest.fixture
def counter(bench: Workbench) -> Counter:
    made = Counter(bench)
    made.train(bench.agent)
    return made


def refused(call: Callable[[], object]) -> RefusalCode:
    """Give the code with which a call is refused."""
    with pytest.raises(RefusedByRule) as caught:
        call()
    return caught.value.refusal


def keep(counter: Counter, doing: Doing, *, field: str = "no.caf", value: str = "0000017") -> None:
    keep_value(counter.desk, counter.command(), doing, field=field, value=Personal(value))


def test_it_is_opened_for_a_person_found_again_by_links(counter: Counter) -> None:
    person = counter.bench.person()
    procedure = counter.opened(person)
    linked = counter.desk.streams.linked
    assert linked(own_scope(Scope.IDENTITY, person), LinkKind.PROCEDURE) == [procedure]
    assert linked(own_scope(Scope.PROCEDURE_TRAIL, procedure), LinkKind.SUBJECT) == [person]


def test_no_value_is_needed_to_open_work_and_resolve(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    record_act(counter.desk, counter.command(), away(procedure))
    ending = resolve(counter.desk, counter.command(), procedure, outcome=OutcomeCode.RIGHT_OPENED)
    assert ending.will_go == ()
    assert counter.procedure(procedure).values == []


def test_the_mission_is_the_entry_s_unless_said(counter: Counter) -> None:
    person = counter.bench.person()
    own, said = counter.opened(person), counter.opened(person, mission=Mission.INFORM)
    visit = counter.opened(None)
    with judging(counter.desk, counter.command()) as judgement:
        missions = [judgement.known(counter.procedure(id_).mission) for id_ in (own, said, visit)]
    assert missions == [Mission.ADMINISTRATIVE_HELP, Mission.INFORM, Mission.INFORM]


@pytest.mark.parametrize(
    ("opening", "code"),
    [
        ({"entry": "JUS02-casier", "mode": Mode.ACT_FOR}, RefusalCode.MODE_NOT_OFFERED),
        ({"subject": None, "mission": Mission.DIGITAL_HELP}, RefusalCode.ANONYMOUS_VISIT),
        ({"subject": None, "mode": Mode.ACT_FOR}, RefusalCode.ANONYMOUS_VISIT),
    ],
)
def test_what_can_t_be_opened(counter: Counter, opening: dict[str, Any], code: RefusalCode) -> None:
    wanted = Opening(**{"entry": RSA, "subject": counter.bench.person(), **opening})
    assert refused(lambda: open_procedure(counter.desk, counter.command(), wanted)) is code


def test_who_can_t_open_one(counter: Counter) -> None:
    officer = counter.bench.enrol("Olivia Officier", Role.DPO)
    unsworn = counter.bench.enrol("Noé Neuf", Role.AGENT, secrecy=False)
    person = counter.bench.person()
    assert refused(lambda: counter.opened(person, agent=officer)) is RefusalCode.ROLE_NOT_ALLOWED
    assert refused(lambda: counter.opened(person, agent=unsworn)) is RefusalCode.NO_UNDERTAKING
    with pytest.raises(UnknownProcedure):
        counter.opened(person, "XXX99-inconnue")
    with pytest.raises(NotFound):
        counter.opened(new_id())
    assert issubclass(NoHouse, Exception)


def test_a_note_is_short_and_holds_no_number(counter: Counter) -> None:
    person = counter.bench.person()
    with pytest.raises(NoteHoldsNir):
        counter.opened(person, note="NIR 1850553999999")
    with pytest.raises(NoteTooLong):
        counter.opened(person, note="x" * 501)
    counter.opened(person, note="revient jeudi avec son avis d'imposition")


def test_a_note_is_read_like_a_kept_value_and_the_last_one_counts(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    for text in ("revient jeudi", "dossier complet, à envoyer"):
        note(counter.desk, counter.command(), procedure, text=text)
    assert counter.look(procedure, NOTE, place=Place.STORED).decision is RefusalCode.NO_GATEWAY
    answer = counter.act_for(procedure, NOTE, place=Place.STORED)
    opened = look_at_stored(counter.desk, answer, at=counter.now)[NOTE]
    assert isinstance(opened, Personal)
    assert opened.expose() == "dossier complet, à envoyer"
    with pytest.raises(UnknownField):
        counter.look(procedure, NOTE, place=Place.SHOWN)


def test_a_note_goes_with_the_working_data(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), note="revient jeudi")
    contact(counter.desk, counter.command(), procedure, means=ContactMeans.PHONE, note="a rappelé")
    scopes = {field.scope for field in DataKept.SHAPE.sealed if field.name == "value"}
    assert scopes == {Scope.PROCEDURE_DATA}
    assert len(counter.procedure(procedure).values) == 2
    assert NOTE in what_will_go(counter.desk, counter.command(), procedure)


def test_opened_once_however_often_the_command_is_sent(counter: Counter) -> None:
    command = counter.command(request=b"open")
    opening = Opening(RSA, subject=counter.bench.person())
    first, again = (open_procedure(counter.desk, command, opening) for _ in range(2))
    assert first.streams == again.streams
    assert again.repeated


def test_only_a_mandate_of_the_same_person_for_this_procedure_is_attached(counter: Counter) -> None:
    aline, bob = counter.bench.person(), counter.bench.person(BOB)
    procedure = counter.opened(aline, mode=Mode.ACT_FOR)
    attach = counter.attached
    bobs, other = counter.live(bob), counter.live(aline, acts=(UPDATE,))
    assert refused(lambda: attach(procedure, bobs)) is RefusalCode.MANDATE_OF_ANOTHER_PERSON
    assert refused(lambda: attach(procedure, other)) is RefusalCode.MANDATE_OF_ANOTHER_PROCEDURE
    ended = counter.live(aline)
    revoke(counter.desk, counter.command(), ended)
    assert refused(lambda: attach(procedure, ended)) is RefusalCode.MANDATE_ENDED
    with pytest.raises(NotFound):
        attach(procedure, new_id())
    attach(procedure, counter.live(aline))


def test_a_mandate_given_under_a_duplicate_s_reference_is_the_same_person_s(counter: Counter) -> None:
    aline = counter.bench.person()
    twice = counter.bench.person(BOB)
    mandate, procedure = counter.live(twice), counter.opened(aline, mode=Mode.ACT_FOR)
    assert refused(lambda: counter.attached(procedure, mandate)) is RefusalCode.MANDATE_OF_ANOTHER_PERSON
    merge(counter.desk, counter.command(), duplicate=twice, survivor=aline)
    counter.attached(procedure, mandate)


def test_a_visit_for_nobody_takes_nobody_s_mandate(counter: Counter) -> None:
    mandate = counter.live(counter.bench.person())
    visit = counter.opened(None)
    assert refused(lambda: counter.attached(visit, mandate)) is RefusalCode.MANDATE_OF_ANOTHER_PERSON


def test_only_what_the_entry_keeps_is_stored(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    keep(counter, here(procedure))
    assert refused(lambda: keep(counter, here(procedure), field="ct.phone")) is RefusalCode.NOT_KEPT
    assert refused(lambda: keep(counter, here(procedure), field="bank.iban")) is RefusalCode.NOT_NECESSARY
    assert len(counter.procedure(procedure).values) == 1


@pytest.mark.parametrize("field", ["nir", "hlth.certificate"])
def test_number_and_health_are_never_stored(counter: Counter, field: str) -> None:
    procedure = counter.opened(counter.bench.person(), "CNAM05-invalidite")
    doing = here(procedure, consented=(field,))
    assert refused(lambda: keep(counter, doing, field=field, value="1850553999999")) is RefusalCode.NEVER_STORED
    assert counter.procedure(procedure).values == []


def test_a_kept_value_has_the_format_of_its_field(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    with pytest.raises(ValueMalformed) as caught:
        keep(counter, here(procedure), value="pas un numéro !")
    assert "pas un" not in f"{caught.value} {caught.value.explain()}"


def test_who_is_away_has_values_kept_under_a_mandate_only(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person(), SITUATION, acts=(UPDATE,))
    keep(counter, away(procedure, UPDATE))
    revoke(counter.desk, counter.command(), mandate)
    assert refused(lambda: keep(counter, away(procedure, UPDATE))) is RefusalCode.MANDATE_ENDED
    assert refused(lambda: keep(counter, here(procedure, present=False))) is RefusalCode.NO_MANDATE


def test_data_go_to_recipients_of_the_catalogue(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())

    def send(recipient: str, *fields: str, **more: Any) -> None:
        sending = Sending(recipient, fields or ("id.civil",), **more)
        transmit(counter.desk, counter.command(), here(procedure), sending)

    send("caf")
    send("conseil-departemental", "hh.composition")
    assert refused(lambda: send("gendarmerie")) is RefusalCode.NOT_A_RECIPIENT
    assert refused(lambda: send("caf", "home.rent")) is RefusalCode.NOT_NECESSARY
    assert refused(lambda: send("caf", commercial=True, consent=True)) is RefusalCode.NOT_INFORMED
    assert refused(lambda: send("caf", commercial=True, information=True)) is RefusalCode.CONSENT_MISSING
    send("caf", commercial=True, consent=True, information=True)
    loaded = counter.procedure(procedure)
    assert len(loaded.transmissions) == 3
    assert not loaded.is_closed


def test_what_is_refused_is_in_the_trail_of_the_person_whatever_was_asked(counter: Counter) -> None:
    person = counter.bench.person()
    procedure = counter.opened(person, SITUATION)
    doing = here(procedure)
    asked: dict[Asked, Callable[[], object]] = {
        Asked.KEEP: lambda: keep(counter, doing, field="bank.iban"),
        Asked.ACT: lambda: record_act(counter.desk, counter.command(), away(procedure, f"{SITUATION}:update")),
        Asked.TRANSMIT: lambda: transmit(counter.desk, counter.command(), doing, Sending("impots", ("no.caf",))),
        Asked.DISCLOSE: lambda: disclose(
            counter.desk, counter.command(), replace(REQUISITION, procedure=procedure, decided_by=None)
        ),
    }
    codes = {what: refused(call) for what, call in asked.items()}
    views = counter.bench.ledger.current_views()
    rows = journal_of_subject(views, counter.desk.streams, person)
    events = counter.bench.ledger.events.at([row.position for row in rows])
    with reading(counter.desk, counter.command(), page="audit.journal", rows=len(rows)) as opener:
        told = {opener.known(event.asked): opener.known(event.refusal) for event in events}  # type: ignore[attr-defined]
    assert told == codes
    assert {row.look for row in rows} == {"access"}


def test_what_is_sent_under_a_mandate_is_sent_while_it_lives(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())

    def send(**more: Any) -> None:
        transmit(counter.desk, counter.command(), away(procedure, **more), Sending("caf", ("id.civil",)))

    send()
    assert refused(lambda: send(effective_at=counter.now + timedelta(minutes=1))) is RefusalCode.IN_THE_FUTURE
    counter.bench.later(minutes=30)
    revoke(counter.desk, counter.command(), mandate)
    counter.bench.later(minutes=1)
    assert refused(send) is RefusalCode.MANDATE_ENDED
    send(effective_at=counter.now - timedelta(minutes=10))


def test_the_person_helped_does_the_act_and_no_mandate_moves(counter: Counter) -> None:
    procedure, mandate = counter.served(counter.bench.person())
    before = counter.mandate(mandate).version
    assert not record_act(counter.desk, counter.command(), here(procedure, act=f"{RSA}:file")).exhausted
    assert counter.mandate(mandate).version == before
    assert len(counter.procedure(procedure).acts) == 1


def test_only_the_person_s_own_contact_counts(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person())
    opened_at = counter.procedure(procedure).last_contact_at
    counter.bench.later(days=10)
    assert counter.act_for(procedure, "id.civil").granted
    transmit(counter.desk, counter.command(), away(procedure), Sending("caf", ("id.civil",)))
    assert counter.procedure(procedure).last_contact_at == opened_at, "what is done without the person is none"
    counter.bench.later(days=10)
    contact(counter.desk, counter.command(), procedure, means=ContactMeans.PHONE, note="demande où cela en est")
    assert counter.procedure(procedure).last_contact_at == counter.now
    with pytest.raises(NoteHoldsNir):
        contact(counter.desk, counter.command(), procedure, means=ContactMeans.MAIL, note="1850553999999")


def test_that_the_person_came_is_a_contact_once_a_day(counter: Counter) -> None:
    procedure, _ = counter.served(counter.bench.person(), acts=(f"{RSA}:declare", f"{RSA}:file"))
    events = counter.procedure(procedure).version
    assert counter.look(procedure).granted
    assert counter.procedure(procedure).version == events, "it was opened today, with the person"
    counter.bench.later(days=10)
    came_at = counter.now
    assert counter.look(procedure).granted
    counter.bench.later(minutes=5)
    record_act(counter.desk, counter.command(), here(procedure, act=f"{RSA}:file"))
    transmit(counter.desk, counter.command(), here(procedure), Sending("caf", ("id.civil",)))
    assert counter.procedure(procedure).last_contact_at == came_at
    refusal = counter.look(procedure, "tax.rfr")
    assert not refusal.granted
    counter.bench.later(days=1)
    transmit(counter.desk, counter.command(), here(procedure), Sending("caf", ("id.civil",)))
    assert counter.procedure(procedure).last_contact_at == counter.now


REQUISITION = LegalDisclosure(
    procedure=new_id(), recipient="Gendarmerie nationale", ground=DisclosureGround.JUDICIAL_REQUISITION,
    text="Code de procédure pénale, art. 77-1-1", reference="PV 2026/117", fields=("no.caf",),
)  # fmt: skip


def test_a_requisition_takes_text_reference_and_the_delegate_s_decision(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    wanted = replace(REQUISITION, procedure=procedure)

    def give(**more: Any) -> None:
        disclose(counter.desk, counter.command(), replace(wanted, **more))

    assert refused(give) is RefusalCode.NO_DECISION
    assert refused(lambda: give(decided_by=counter.bench.agent)) is RefusalCode.NO_DECISION
    assert refused(lambda: give(decided_by=new_id())) is RefusalCode.NO_DECISION
    delegate = counter.bench.delegate
    assert refused(lambda: give(decided_by=delegate, reference="")) is RefusalCode.NO_REFERENCE
    assert refused(lambda: give(decided_by=delegate, text=" ")) is RefusalCode.NO_REFERENCE
    assert refused(lambda: give(decided_by=delegate, for_partner=True)) is RefusalCode.NO_TITLE
    with pytest.raises(NoteHoldsNir):
        give(decided_by=delegate, reference="PV 1850553999999")
    give(decided_by=delegate)
    assert counter.procedure(procedure).disclosures == 1
    reviews = [row.about for row in open_duties(counter.bench.ledger.current_views())]
    assert reviews == [procedure]


def test_what_the_delegate_decides_and_gives_leaves_nothing_to_review(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    delegate = counter.bench.enrol("Dora Déléguée", Role.DELEGATE)
    wanted = replace(REQUISITION, procedure=procedure, decided_by=delegate)
    disclose(counter.desk, counter.command(delegate), wanted)
    assert open_duties(counter.bench.ledger.current_views()) == []


def test_what_rests_on_an_annex_guards_the_house_that_has_it(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    means: dict[str, Any] = {"means": (CoverageMeans.BACK_OFFICE,), "reference": "Annexe CAF"}
    cover_partner(counter.desk, counter.command(counter.bench.delegate), counter.bench.house, partner="cnaf", **means)
    procedure = counter.opened(counter.bench.person())
    counter.bench.later(minutes=1)

    def cover_otherwise(question: Any) -> Any:
        decision = decide(question)
        over = {**means, "means": (CoverageMeans.ON_SITE,)}
        by = counter.command(counter.bench.delegate)
        cover_partner(counter.desk, by, counter.bench.house, partner="cnaf", **over)
        return decision

    monkeypatch.setattr(request_of_access, "decide", cover_otherwise)
    with pytest.raises(Conflict):
        counter.look(procedure, "id.civil", place=Place.PORTAL, reference="Annexe CAF")


def test_a_disclosure_opens_the_kept_values_that_it_names_once(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    keep(counter, here(procedure))
    wanted = replace(REQUISITION, procedure=procedure, decided_by=counter.bench.delegate, open_stored=True)
    command = counter.command(request=b"requisition")
    given = disclose(counter.desk, command, wanted)
    assert given.access_id is not None
    assert given.grant is not None
    access = counter.desk.streams.load(Access, given.access_id)
    assert access.gateway is GatewayShown.OTHER
    (value,) = open_values(counter.desk, given.grant, at=counter.now)
    assert isinstance(value, Personal)
    assert value.expose() == "0000017"
    assert disclose(counter.desk, command, wanted).grant is None
    with pytest.raises(NothingKept):
        disclose(counter.desk, counter.command(), replace(wanted, fields=("ct.phone",)))


def test_values_past_their_term_are_opened_by_the_delegate_in_person_and_by_nobody_else(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    keep(counter, here(procedure))
    restrict(counter.desk, counter.command(counter.bench.job), procedure)
    delegate = counter.bench.enrol("Dora Déléguée", Role.DELEGATE)
    wanted = replace(REQUISITION, procedure=procedure, decided_by=delegate, open_stored=True)
    danger = replace(wanted, ground=DisclosureGround.DANGER, moment=DisclosureMoment.URGENT_DANGER, decided_by=None)
    for asked in (wanted, danger):
        assert refused(partial(disclose, counter.desk, counter.command(), asked)) is RefusalCode.RESTRICTED
        last = counter.bench.ledger.log.read(after=counter.bench.ledger.log.size() - 1)[0].header
        assert (last.topic, last.decision) == ("access.refused.1", "RESTRICTED")
    assert counter.procedure(procedure).disclosures == 0
    assert disclose(counter.desk, counter.command(), replace(wanted, open_stored=False)).grant is None
    given = disclose(counter.desk, counter.command(delegate), wanted)
    assert given.grant is not None
    (value,) = open_values(counter.desk, given.grant, at=counter.now)
    assert isinstance(value, Personal)


def test_in_urgent_danger_one_acts_first_and_the_record_asks_for_a_review(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    wanted = LegalDisclosure(
        procedure=procedure, recipient="CRIP 53", ground=DisclosureGround.DANGER, text="Code pénal, art. 226-14, 1°",
        moment=DisclosureMoment.URGENT_DANGER, note="appel au 119 à 10 h", effective_at=counter.now,
    )  # fmt: skip
    counter.bench.later(minutes=20)
    disclose(counter.desk, counter.command(), wanted)
    last = counter.bench.ledger.log.read(after=counter.bench.ledger.log.size() - 1)[0].header
    assert (last.topic, last.decision) == ("procedure.disclosed.1", "review-due")
    hurried = replace(wanted, ground=DisclosureGround.CRIME_OR_OFFENCE, reference="art. 40")
    assert refused(lambda: disclose(counter.desk, counter.command(), hurried)) is RefusalCode.NO_DECISION


def test_a_resolution_shows_what_will_go_and_can_be_undone(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    keep(counter, here(procedure))
    keep(counter, here(procedure), value="0000018")
    assert what_will_go(counter.desk, counter.command(), procedure) == ("no.caf",)
    command = counter.command(request=b"resolve")
    first = resolve(counter.desk, command, procedure, outcome=OutcomeCode.FORMALITY_DONE)
    again = resolve(counter.desk, command, procedure, outcome=OutcomeCode.FORMALITY_DONE)
    assert first.will_go == again.will_go == ("no.caf",)
    assert again.recorded.repeated
    assert refused(lambda: keep(counter, here(procedure))) is RefusalCode.PROCEDURE_CLOSED
    undo_resolution(counter.desk, counter.command(), procedure)
    keep(counter, here(procedure))
    code = refused(lambda: undo_resolution(counter.desk, counter.command(), procedure))
    assert code is RefusalCode.NOT_RESOLVED


def test_nothing_is_undone_once_the_run_has_begun(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION)
    keep(counter, here(procedure))
    resolve(counter.desk, counter.command(), procedure, outcome=OutcomeCode.FORMALITY_DONE)
    begin_to_destroy(counter, own_scope(Scope.PROCEDURE_DATA, procedure))
    with pytest.raises(Conflict):
        undo_resolution(counter.desk, counter.command(), procedure)


def begin_to_destroy(counter: Counter, scope: ScopeInstance) -> None:
    """Fence a scope, as a run does."""
    key = counter.bench.ledger.log.key_of(scope)
    assert key is not None
    destruction = Destruction.fence(
        key_id=key, category=RetentionClass.WORKING_DATA, authority=counter.bench.authority(), run=new_id(),
        reason=DestructionReason.RESOLVED,
    )  # fmt: skip
    counter.bench.ledger.streams.commit(counter.command(counter.bench.job), destruction, fences=[scope])


@pytest.mark.parametrize("outcome", [OutcomeCode.NO_NEWS, OutcomeCode.INFORMATION_GIVEN])
def test_an_outcome_must_fit(counter: Counter, outcome: OutcomeCode) -> None:
    procedure = counter.opened(counter.bench.person())
    code = refused(lambda: resolve(counter.desk, counter.command(), procedure, outcome=outcome))
    assert code is RefusalCode.OUTCOME_DOES_NOT_FIT


def test_an_abandoned_procedure_is_over_too(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person())
    abandon(counter.desk, counter.command(), procedure, outcome=OutcomeCode.WITHDRAWN_BY_PERSON)
    assert counter.procedure(procedure).is_closed
    assert counter.look(procedure).decision is RefusalCode.PROCEDURE_CLOSED


def test_the_job_and_the_delegate_restrict_and_nobody_else(counter: Counter) -> None:
    person = counter.bench.person()
    first, second = counter.opened(person), counter.opened(person)
    code = refused(lambda: restrict(counter.desk, counter.command(), first))
    assert code is RefusalCode.ROLE_NOT_ALLOWED
    restrict(counter.desk, counter.command(counter.bench.job), first)
    restrict(counter.desk, counter.command(counter.bench.delegate), second)
    code = refused(lambda: restrict(counter.desk, counter.command(counter.bench.job), first))
    assert code is RefusalCode.RESTRICTED


def test_nothing_of_what_was_typed_stands_in_a_header(counter: Counter) -> None:
    procedure = counter.opened(counter.bench.person(), SITUATION, note="Remarque-témoin")
    keep(counter, here(procedure), value="0000017")
    counter.look(procedure, "no.caf", place=Place.SHOWN)
    headers = b"".join(logged.content for logged in counter.bench.ledger.log.each(after=0))
    for secret in (b"0000017", "Remarque-témoin".encode(), b"no.caf", SITUATION.encode(), b"cnaf", b"Exemple"):
        assert secret not in headers
