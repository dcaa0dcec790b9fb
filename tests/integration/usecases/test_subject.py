"""People on the real store, keys and blind index: registration, finding, identity, capacity, death, duplicates."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.mandate import Mandate
from ledger.aggregates.mandate_records import RecordedEnd
from ledger.aggregates.subject import (
    MergedWithItself,
    RepresentativeMissing,
    RepresentativeNotNeeded,
    Subject,
    SubjectDead,
    SubjectMerged,
    SubjectNotDead,
)
from ledger.aggregates.subject_events import IdentityPurpose
from ledger.errors import Invalid, NotFound
from ledger.identifiers import new_id
from ledger.personal import LeakRefused, Personal
from ledger.policies.mandate_making import Party, Signature
from ledger.policies.mandate_scope import ListedAct
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import (
    Capacity,
    IdentityMethod,
    InformationTopic,
    Mandatary,
    PaperPlace,
    RefusalCode,
    Role,
    Signatory,
    SignatureMeans,
    SigningPlace,
)
from ledger.rules.formats import NirNotTyped, ValueMalformed
from ledger.usecases.gate import judging
from ledger.usecases.house.register import register as register_house
from ledger.usecases.ports import Command, Recorded, own_scope
from ledger.usecases.subject.change_capacity import RepresentativeCannotSign, change_capacity
from ledger.usecases.subject.correct import change_contact, correct
from ledger.usecases.subject.die import die, withdraw_death
from ledger.usecases.subject.find import Found, find
from ledger.usecases.subject.merge import DuplicatesDiffer, merge
from ledger.usecases.subject.open_identity import (
    NoMandateHere,
    NoProcedure,
    RecognisedByHints,
    open_identity,
    recognise,
)
from ledger.usecases.subject.opening import ShownOnce
from ledger.usecases.subject.persons import references, standing
from ledger.usecases.subject.register import CapacityNotThatAge, PersonTyped, register
from ledger.usecases.subject.reserve import SubjectKnown
from ledger.usecases.subject.typed import BirthDateImpossible, CoverUnknown
from tests.integration.usecases.workbench import ALINE, MORNING, Workbench

BOB = PersonTyped("Fictif", "Bob", "01/02/1990", phone="06 00 00 00 02", email="bob@exemple.fr")
CHILD = PersonTyped("Fictif", "Zoé", "05/05/2015")
YOUTH = PersonTyped("Fictif", "Yann", "05/05/2009")


def another_house(bench: Workbench) -> UUID:
    """Register a second house."""
    file = bench.ledger.law.houses["bonneuil-matours"]
    return register_house(bench.desk, bench.command(bench.delegate), file=file).streams[0]


def found(bench: Workbench, family: str, given: str, born: str, actor: UUID | None = None) -> list[Found]:
    return find(
        bench.desk,
        bench.command(actor),
        family_name=family,
        given_name=given,
        birth_date_typed=born,
    )


def fact(bench: Workbench, subject_id: object, name: str) -> object:
    subject = bench.desk.streams.load(Subject, subject_id)  # type: ignore[arg-type]
    with judging(bench.desk, bench.command()) as judgement:
        return judgement.open(getattr(subject, name))


def exposed(value: object) -> object:
    assert isinstance(value, Personal)
    return value.expose()


# --- registering and finding -----------------------------------------------------------------------------------------


def test_a_person_is_found_however_the_name_is_spelled(bench: Workbench) -> None:
    person = bench.person(replace(ALINE, family_name="Étienne-Exemple"))
    for family, given, born in (
        ("Étienne-Exemple", "Aline", "17/03/1958"),
        ("ETIENNE EXEMPLE", "aline", "1958-03-17"),
        ("  etienne  exemple ", "ALINE", "17.03.1958"),
    ):
        assert [one.reference for one in found(bench, family, given, born)] == [person]
    assert found(bench, "Étienne", "Aline", "17/03/1958") == []
    assert found(bench, "Étienne-Exemple", "Aline", "18/03/1958") == []


def test_finding_nobody_is_no_error_and_is_recorded(bench: Workbench) -> None:
    before = bench.ledger.log.size()
    assert found(bench, "Personne", "Aucune", "01/01/1970") == []
    assert bench.ledger.log.size() == before + 1
    assert bench.ledger.log.at([before + 1])[0].header.topic == "reading.recorded.1"


def test_the_same_person_twice_is_refused_unless_a_homonym(bench: Workbench) -> None:
    person = bench.person()
    with pytest.raises(SubjectKnown) as refused:
        bench.person()
    assert refused.value.details == {"reference": person.hex[:8]}
    assert "Aline" not in str(refused.value) + refused.value.explain()
    homonym = bench.person(homonym=True)
    assert {one.reference for one in found(bench, "Exemple", "Aline", "17/03/1958")} == {person, homonym}


def test_that_and_how_a_person_can_be_reached_is_a_fact(bench: Workbench) -> None:
    person = bench.person(replace(ALINE, phone="02 43 00 00 17", email="", address=""))
    assert fact(bench, person, "reachable_by") == ("phone",)
    change_contact(bench.desk, bench.command(), person, email="aline@exemple.fr", address="1 rue du Test")
    assert fact(bench, person, "reachable_by") == ("email", "mail")


@pytest.mark.parametrize(
    ("born", "of_age"), [("29/02/2012", date(2030, 3, 1)), ("09/06/2008", None), ("10/06/2008", date(2026, 6, 10))]
)
def test_when_a_minor_comes_of_age_is_a_fact_and_of_nobody_else(
    bench: Workbench, born: str, of_age: date | None
) -> None:
    parent = bench.person()
    minor = {"capacity": Capacity.MINOR, "representative": parent} if of_age else {}
    person = bench.person(PersonTyped("Fictif", "Noé", born), **minor)
    assert fact(bench, person, "full_age_on") == of_age


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        (replace(ALINE, family_name=""), ValueMalformed),
        (replace(ALINE, family_name="x" * 101), ValueMalformed),
        (replace(ALINE, given_name="R2D2"), ValueMalformed),
        (replace(ALINE, birth_date="31/02/1958"), ValueMalformed),
        (replace(ALINE, birth_date="10/06/2026"), BirthDateImpossible),
        (replace(ALINE, birth_date="01/01/1850"), BirthDateImpossible),
        (replace(ALINE, phone="call me"), ValueMalformed),
        (replace(ALINE, email="aline@"), ValueMalformed),
        (replace(ALINE, address="2 58 03 53 130 017 85"), NirNotTyped),
        (replace(ALINE, address="x" * 301), ValueMalformed),
    ],
)
def test_what_is_typed_is_checked_and_never_repeated(
    bench: Workbench, typed: PersonTyped, error: type[Exception]
) -> None:
    with pytest.raises(error) as refused:
        bench.person(typed)
    said = f"{refused.value} {refused.value.explain()} {refused.value.next_step()}"  # type: ignore[attr-defined]
    assert not any(
        word in said for word in ("Aline", "R2D2", "aline@", "call me", "58 03", "1850", "1958", "xxx", "10/06")
    )
    assert found(bench, "Exemple", "Aline", "17/03/1958") == []


def test_who_has_not_sworn_secrecy_learns_of_nobody(bench: Workbench) -> None:
    person, unsworn = bench.person(), bench.enrol("Sans Serment", Role.AGENT, secrecy=False)
    for attempt in (
        lambda: found(bench, "Exemple", "Aline", "17/03/1958", unsworn),
        lambda: register(bench.desk, bench.command(unsworn), person=BOB),
        lambda: recognise(bench.desk, bench.command(unsworn), [person]),
        lambda: open_identity(bench.desk, bench.command(unsworn), person, purpose=IdentityPurpose.PRINT),
    ):
        with pytest.raises(RefusedByRule) as refused:
            attempt()
        assert refused.value.refusal is RefusalCode.NO_UNDERTAKING


def test_who_receives_nobody_registers_nobody(bench: Workbench) -> None:
    for role in (Role.DPO, Role.MANAGER):
        other = bench.enrol("Autre Rôle", role)
        with pytest.raises(RefusedByRule) as refused:
            register(bench.desk, bench.command(other), person=ALINE)
        assert refused.value.refusal is RefusalCode.ROLE_NOT_ALLOWED


def test_the_officer_finds_whom_to_audit_and_sees_no_identity(bench: Workbench) -> None:
    person, officer = bench.person(), bench.enrol("Diane Officier", Role.DPO)
    assert [one.reference for one in found(bench, "Exemple", "Aline", "17/03/1958", officer)] == [person]
    with pytest.raises(RefusedByRule):
        recognise(bench.desk, bench.command(officer), [person])
    with pytest.raises(RefusedByRule):
        open_identity(bench.desk, bench.command(officer), person, purpose=IdentityPurpose.PRINT)


def test_the_same_command_registers_once(bench: Workbench) -> None:
    command = bench.command(request=b"register aline")
    first, second = (register(bench.desk, command, person=ALINE) for _ in range(2))
    assert first.streams == second.streams
    assert len(found(bench, "Exemple", "Aline", "17/03/1958")) == 1


# --- identity --------------------------------------------------------------------------------------------------------


def test_an_identity_is_opened_after_a_record_on_the_persons_stream(bench: Workbench) -> None:
    person = bench.person()
    mandate(bench, Party(person))
    identity = open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.PRINT)
    assert exposed(identity.family_name) == "Exemple"
    assert exposed(identity.given_name) == "Aline"
    assert exposed(identity.birth_date) == date(1958, 3, 17)
    logged = bench.ledger.log.at([bench.ledger.log.size()])[0].header
    assert (logged.topic, logged.stream, logged.decision) == ("subject.identity-opened.1", person, "GRANTED")
    assert "Aline" not in repr(identity)
    with pytest.raises(LeakRefused):
        bool(identity.given_name)


def test_a_repeated_look_gives_nothing_again(bench: Workbench) -> None:
    person, command = bench.person(), bench.command(request=b"show")
    mandate(bench, Party(person))
    open_identity(bench.desk, command, person, purpose=IdentityPurpose.PRINT)
    with pytest.raises(ShownOnce):
        open_identity(bench.desk, command, person, purpose=IdentityPurpose.PRINT)


def test_homonyms_are_told_apart_by_ends_only(bench: Workbench) -> None:
    first = bench.person()
    other = replace(ALINE, phone="02 43 00 00 99", email="aline@exemple.fr", address="9 place X, 53000 Laval")
    second = bench.person(other, homonym=True)
    hints = {hint.reference: hint for hint in recognise(bench.desk, bench.command(), [first, second])}
    assert exposed(hints[first].phone_ends) == "17"
    assert exposed(hints[first].email_begins) == ""
    assert exposed(hints[first].commune) == "53320 Loiron"
    assert [exposed(hints[second].phone_ends), exposed(hints[second].email_begins)] == ["99", "a"]
    assert exposed(hints[second].commune) == "53000 Laval"


def test_too_many_people_are_not_recognised_at_once(bench: Workbench) -> None:
    with pytest.raises(Invalid):
        recognise(bench.desk, bench.command(), [new_id()] * 51)


def test_nobody_is_reached_about_nothing(bench: Workbench) -> None:
    person = bench.person()
    with pytest.raises(NoProcedure):
        open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.REACH)
    bench.procedure(person)
    opened = open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.REACH)
    assert exposed(opened.contact).phone == "0243000017"  # type: ignore[attr-defined]


def test_a_name_is_printed_on_the_mandates_of_ones_own_house_only(bench: Workbench) -> None:
    person, guardian = bench.person(), bench.person(BOB)
    bench.procedure(person)
    with pytest.raises(NoMandateHere):
        open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.PRINT)
    mandate(bench, Party(person, (Signatory.REPRESENTATIVE,), beside=guardian))
    for party, name in ((person, "Exemple"), (guardian, "Fictif")):
        opened = open_identity(bench.desk, bench.command(), party, purpose=IdentityPurpose.PRINT)
        assert exposed(opened.family_name) == name
    stranger = bench.enrol("Eve Ailleurs", Role.AGENT, house=another_house(bench))
    for party in (person, guardian):
        with pytest.raises(NoMandateHere):
            open_identity(bench.desk, bench.command(stranger), party, purpose=IdentityPurpose.PRINT)


def test_a_person_is_reached_by_the_houses_that_work_for_them(bench: Workbench) -> None:
    person, represented = bench.person(), bench.person(BOB)
    bench.procedure(person)
    mandate(bench, Party(represented))
    stranger = bench.enrol("Eve Ailleurs", Role.AGENT, house=another_house(bench))
    for reached in (person, represented):
        open_identity(bench.desk, bench.command(), reached, purpose=IdentityPurpose.REACH)
        with pytest.raises(NoProcedure):
            open_identity(bench.desk, bench.command(stranger), reached, purpose=IdentityPurpose.REACH)


def test_a_person_is_recognised_by_hints_only(bench: Workbench) -> None:
    person = bench.person()
    mandate(bench, Party(person))
    size = bench.ledger.log.size()
    with pytest.raises(RecognisedByHints):
        open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.RECOGNISE)
    assert bench.ledger.log.size() == size


def test_a_person_is_answered_by_the_controller_only(bench: Workbench) -> None:
    person = bench.person()
    with pytest.raises(RefusedByRule):
        open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.ANSWER)
    opened = open_identity(bench.desk, bench.command(bench.delegate), person, purpose=IdentityPurpose.ANSWER)
    assert exposed(opened.given_name) == "Aline"


def test_a_corrected_person_is_found_by_both_names_and_shown_by_the_right_one(bench: Workbench) -> None:
    person = bench.person()
    correct(
        bench.desk, bench.command(), person, family_name="Exemplaire", given_name="Aline", birth_date_typed="18/03/1958"
    )
    for family, born in (("Exemple", "17/03/1958"), ("Exemplaire", "18/03/1958")):
        assert [one.reference for one in found(bench, family, "Aline", born)] == [person]
    mandate(bench, Party(person))
    opened = open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.PRINT)
    assert exposed(opened.family_name) == "Exemplaire"
    assert exposed(opened.birth_date) == date(1958, 3, 18)


def test_a_new_contact_takes_the_place_of_the_old_one(bench: Workbench) -> None:
    person = bench.person()
    mandate(bench, Party(person))
    change_contact(bench.desk, bench.command(), person, email="aline@exemple.fr")
    contact = exposed(open_identity(bench.desk, bench.command(), person, purpose=IdentityPurpose.PRINT).contact)
    assert (contact.phone, contact.email, contact.address) == ("", "aline@exemple.fr", "")  # type: ignore[attr-defined]


# --- capacity and death ----------------------------------------------------------------------------------------------


def test_a_minor_is_registered_with_who_represents_them(bench: Workbench) -> None:
    parent = bench.person(BOB)
    child = bench.person(CHILD, capacity=Capacity.MINOR, representative=parent)
    assert fact(bench, child, "capacity") is Capacity.MINOR
    assert fact(bench, child, "representative") == parent
    assert bench.desk.streams.linked(own_scope(Scope.IDENTITY, parent), LinkKind.REPRESENTS) == [child]


def test_a_capacity_that_does_not_go_with_the_age_is_refused(bench: Workbench) -> None:
    parent = bench.person(BOB)
    refused: list[dict[str, object]] = [
        {"typed": CHILD},
        {"typed": CHILD, "emancipated": True},
        {"typed": YOUTH},
        {"typed": ALINE, "capacity": Capacity.MINOR, "representative": parent},
    ]
    for attempt in refused:
        with pytest.raises(CapacityNotThatAge):
            bench.person(**attempt)  # type: ignore[arg-type]
    youth = bench.person(YOUTH, emancipated=True)
    assert fact(bench, youth, "emancipated") is True
    assert fact(bench, parent, "emancipated") is False
    with pytest.raises(RepresentativeMissing):
        bench.person(CHILD, capacity=Capacity.MINOR)
    with pytest.raises(RepresentativeNotNeeded):
        bench.person(ALINE, representative=parent)


def test_a_protection_says_who_signs_and_since_when(bench: Workbench) -> None:
    person, guardian = bench.person(), bench.person(BOB)
    judged_at = MORNING - timedelta(days=5)
    change_capacity(
        bench.desk, bench.command(), person, capacity=Capacity.GUARDIANSHIP, representative=guardian,
        effective_at=judged_at,
    )  # fmt: skip
    assert fact(bench, person, "capacity_since") == judged_at
    assert fact(bench, person, "representative") == guardian


@pytest.mark.parametrize(
    "free", ["elle a une maladie", "1850578006084", "CNAF01-rsa:elle a une maladie", "CNAF01-rsa elle", "", ":"]
)
def test_what_a_judgment_covers_is_said_by_codes_only(bench: Workbench, free: str) -> None:
    person, helper = bench.person(), bench.person(BOB)
    said: dict[str, Any] = {"capacity": Capacity.FAMILY_HABILITATION, "representative": helper}
    for attempt in (
        lambda: change_capacity(bench.desk, bench.command(), person, within=("CNAF01-rsa", free), **said),
        lambda: bench.person(homonym=True, within=(free,), **said),
    ):
        with pytest.raises(CoverUnknown) as refused:
            attempt()
        assert not free.strip(":") or free not in str(refused.value) + refused.value.explain()
    covers = ("CNAF01", "CNAF01-rsa", " CNAF01-rsa:file ")
    change_capacity(bench.desk, bench.command(), person, within=covers, **said)
    assert fact(bench, person, "within") == ("CNAF01-rsa", "CNAF01-rsa:file")


def test_who_can_not_sign_represents_nobody(bench: Workbench) -> None:
    person, guardian = bench.person(), bench.person(BOB)
    change_capacity(bench.desk, bench.command(), guardian, capacity=Capacity.GUARDIANSHIP, representative=person)
    with pytest.raises(RepresentativeCannotSign):
        change_capacity(bench.desk, bench.command(), person, capacity=Capacity.CURATORSHIP, representative=guardian)
    with pytest.raises(RefusedByRule):
        change_capacity(
            bench.desk, bench.command(), person, capacity=Capacity.SAFEGUARD, known_at=MORNING + timedelta(hours=1)
        )


def test_a_death_is_known_from_when_the_house_was_told(bench: Workbench) -> None:
    person = bench.person()
    bench.later(days=4)
    died_at = bench.clock.now() - timedelta(days=3)
    die(bench.desk, bench.command(), person, effective_at=died_at)
    subject = bench.desk.streams.load(Subject, person)
    assert (subject.died_at, subject.death_known_at) == (bench.clock.now(), bench.clock.now())
    assert fact(bench, person, "death") == died_at
    logged = bench.ledger.log.each()
    assert not any(died_at.isoformat()[:16].encode() in each.content for each in logged if each.header.stream == person)
    assert found(bench, "Exemple", "Aline", "17/03/1958")[0].died_at == died_at
    with pytest.raises(SubjectDead):
        die(bench.desk, bench.command(), person)


def test_a_registration_sent_twice_at_once_has_the_answer_of_the_first_and_no_refusal(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    command, recall, asked = bench.command(), bench.desk.streams.recall, [0]
    first = register(bench.desk, command, person=ALINE)

    def nothing_yet(of: Command) -> Recorded | None:
        """Say what the second sender is told, who asks just before the first is recorded."""
        asked[0] += 1
        return recall(of) if asked[0] > 1 else None

    before = bench.ledger.log.size()
    monkeypatch.setattr(bench.desk.streams, "recall", nothing_yet)
    again = register(bench.desk, command, person=ALINE)
    assert (again.streams, again.repeated) == (first.streams, True)
    assert bench.ledger.log.size() == before


def test_a_death_recorded_by_mistake_is_taken_back_and_what_it_ended_stays_ended(bench: Workbench) -> None:
    person = bench.person()
    with pytest.raises(SubjectNotDead):
        withdraw_death(bench.desk, bench.command(), person)
    die(bench.desk, bench.command(), person)
    withdraw_death(bench.desk, bench.command(), person)
    subject = bench.desk.streams.load(Subject, person)
    assert (subject.died_at, subject.death, subject.death_known_at) == (None, None, None)
    change_contact(bench.desk, bench.command(), person, phone="02 43 00 00 17")
    die(bench.desk, bench.command(), person)
    assert bench.desk.streams.load(Subject, person).died_at is not None


def test_a_dead_representative_signs_nothing(bench: Workbench) -> None:
    person, guardian = bench.person(), bench.person(BOB)
    die(bench.desk, bench.command(), guardian)
    with pytest.raises(RepresentativeCannotSign):
        change_capacity(bench.desk, bench.command(), person, capacity=Capacity.GUARDIANSHIP, representative=guardian)


# --- duplicates ------------------------------------------------------------------------------------------------------


def test_both_references_lead_to_the_one_that_stands(bench: Workbench) -> None:
    kept, twice, thrice = bench.person(), bench.person(homonym=True), bench.person(homonym=True)
    merge(bench.desk, bench.command(), duplicate=twice, survivor=thrice)
    merge(bench.desk, bench.command(), duplicate=thrice, survivor=kept)
    for reference in (kept, twice, thrice):
        assert standing(bench.desk.streams, reference).id == kept
        assert set(references(bench.desk.streams, reference)) == {kept, twice, thrice}
    assert [one.reference for one in found(bench, "Exemple", "Aline", "17/03/1958")] == [kept]


def test_a_duplicate_is_not_changed_any_more_and_acts_go_to_the_survivor(bench: Workbench) -> None:
    kept, twice = bench.person(), bench.person(homonym=True)
    merge(bench.desk, bench.command(), duplicate=twice, survivor=kept)
    with pytest.raises(SubjectMerged):
        merge(bench.desk, bench.command(), duplicate=twice, survivor=kept)
    with pytest.raises(SubjectMerged):
        merge(bench.desk, bench.command(), duplicate=kept, survivor=twice)
    mandate(bench, Party(twice))
    change_contact(bench.desk, bench.command(), twice, phone="02 43 00 00 55")
    contact = exposed(open_identity(bench.desk, bench.command(), kept, purpose=IdentityPurpose.PRINT).contact)
    assert contact.phone == "0243000055"  # type: ignore[attr-defined]


def test_nobody_is_merged_with_themselves(bench: Workbench) -> None:
    person = bench.person()
    with pytest.raises(MergedWithItself):
        merge(bench.desk, bench.command(), duplicate=person, survivor=person)


def test_a_protection_is_not_lost_by_merging(bench: Workbench) -> None:
    guardian, kept, twice = bench.person(BOB), bench.person(), bench.person(homonym=True)
    change_capacity(bench.desk, bench.command(), twice, capacity=Capacity.GUARDIANSHIP, representative=guardian)
    with pytest.raises(DuplicatesDiffer):
        merge(bench.desk, bench.command(), duplicate=twice, survivor=kept)
    change_capacity(bench.desk, bench.command(), kept, capacity=Capacity.GUARDIANSHIP, representative=guardian)
    merge(bench.desk, bench.command(), duplicate=twice, survivor=kept)


def test_a_reference_that_is_nobodys_is_not_found(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        open_identity(bench.desk, bench.command(), new_id(), purpose=IdentityPurpose.PRINT)


def test_no_header_shows_who_anybody_is(bench: Workbench) -> None:
    guardian, person, twice = bench.person(BOB), bench.person(), bench.person(homonym=True)
    change_capacity(bench.desk, bench.command(), person, capacity=Capacity.CURATORSHIP, representative=guardian)
    change_capacity(bench.desk, bench.command(), twice, capacity=Capacity.CURATORSHIP, representative=guardian)
    merge(bench.desk, bench.command(), duplicate=twice, survivor=person)
    for logged in bench.ledger.log.each():
        shown = logged.content
        assert not any(word in shown for word in (b"Exemple", b"Fictif", b"Aline", b"1958-03-17", b"curatorship"))
        if logged.header.stream != guardian:
            assert guardian.hex.encode() not in shown


def test_a_look_stands_at_the_instant_of_its_command(bench: Workbench) -> None:
    assert isinstance(bench.desk.streams.load(Subject, bench.person()).registered_at, datetime)


# --- what a life does to mandates ------------------------------------------------------------------------------------


def mandate(bench: Workbench, *parties: Party) -> UUID:
    """Make a live mandate given by these parties."""
    now = bench.clock.now()
    times = {"effective_at": now, "recorded_at": now}
    made = Mandate.draft(
        house=bench.house, parties=parties, mandatary=Mandatary.HOUSE, agents=(), acts=(ListedAct("CNAF01-rsa", "a"),),
        requests=(), term_days=31, **times,
    )  # fmt: skip
    for party in parties:
        made.verify_identity(party.person, IdentityMethod.PASSPORT, **times)
    made.inform(tuple(InformationTopic), notice="2026-1", **times)
    signing = {"means": SignatureMeans.ON_SITE_PAPER, "place": SigningPlace.HOUSE, **times}
    made.sign(Signature(Signatory.MANDATARY, bench.agent), **signing)  # type: ignore[arg-type]
    made.count_originals(2, paper=PaperPlace.SAFE, template="mandate-1", template_sha256="0" * 64, **times)
    made.start(ends_at=now + timedelta(days=31), **times)
    bench.desk.streams.commit(bench.command(), made)
    return made.id


def end_of(bench: Workbench, mandate_id: UUID) -> RecordedEnd | None:
    return bench.desk.streams.load(Mandate, mandate_id).end


def test_a_death_ends_the_mandates_that_the_person_gave_under_any_reference(bench: Workbench) -> None:
    person, twice, other = bench.person(), bench.person(homonym=True), bench.person(BOB)
    own, earlier, others = (mandate(bench, Party(giver)) for giver in (person, twice, other))
    represented = mandate(bench, Party(other, (Signatory.REPRESENTATIVE,), beside=person))
    merge(bench.desk, bench.command(), duplicate=twice, survivor=person)
    bench.later(days=4)
    told_at, died_at = bench.clock.now(), bench.clock.now() - timedelta(days=3)
    die(bench.desk, bench.command(), person, effective_at=died_at)
    for ended in (own, earlier):
        end = end_of(bench, ended)
        assert end is not None
        assert (end.effective_at, end.known_at) == (told_at, told_at)
    assert end_of(bench, others) is None
    assert end_of(bench, represented) is None


def test_a_guardianship_ends_what_the_person_had_signed_and_spares_what_the_guardian_signs(bench: Workbench) -> None:
    person, guardian = bench.person(), bench.person(BOB)
    alone = mandate(bench, Party(person))
    by_guardian = mandate(bench, Party(person, (Signatory.REPRESENTATIVE,), beside=guardian))
    bench.later(days=1)
    change_capacity(bench.desk, bench.command(), person, capacity=Capacity.CURATORSHIP, representative=guardian)
    assert end_of(bench, alone) is None
    change_capacity(bench.desk, bench.command(), person, capacity=Capacity.GUARDIANSHIP, representative=guardian)
    assert end_of(bench, alone) is not None
    assert end_of(bench, by_guardian) is None


def test_a_death_after_the_term_leaves_the_mandate_as_it_is(bench: Workbench) -> None:
    person = bench.person()
    over = mandate(bench, Party(person))
    bench.later(days=40)
    die(bench.desk, bench.command(), person)
    assert end_of(bench, over) is None
    assert bench.desk.streams.load(Subject, person).died_at == bench.clock.now()
