from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.errors import ExitCode
from ledger.policies.breach_vocabulary import CategoryCount, Occurrence, OccurrenceKind, WhyNotTold
from ledger.policies.notification_form import (
    SECTIONS,
    FormContradiction,
    FormContradicts,
    FormFacts,
    FormIncomplete,
    FormQuestion,
    FormSection,
    fill,
)
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.cnil import (
    BreachCause,
    BreachNature,
    BreachOrigin,
    Consequence,
    DataCategory,
    FormType,
    Gravity,
    InformationOfPeople,
    PeopleBand,
)

AT = datetime(2026, 6, 9, 12, 20, tzinfo=UTC)
WHOLE = FormFacts(
    form_type=FormType.COMPLETE,
    aware_at=AT,
    signalled_at=AT,
    occurrence=Occurrence(OccurrenceKind.ONGOING, AT),
    is_late=False,
    organisation="Communauté Exemple",
    contact="La responsable de la maison",
    dpo="dpo@exemple.invalid",
    discovery="Un agent l'a vu",
    circumstances="Un dossier papier est resté sur le comptoir",
    natures=(BreachNature.CONFIDENTIALITY,),
    origins=(BreachOrigin.PAPER_LOST_STOLEN_OR_ACCESSIBLE,),
    causes=(BreachCause.INTERNAL_ACCIDENTAL,),
    people=7,
    minors=0,
    protected=1,
    categories=(CategoryCount(DataCategory.CIVIL_STATUS, 7, 7), CategoryCount(DataCategory.HEALTH, 1, 1)),
    records=9,
    measures_before="Armoire fermée à clé",
    consequences=(Consequence.LOSS_OF_SECRECY,),
    gravity=Gravity.LIMITED,
    measures_after=("Le dossier a été repris",),
    information=InformationOfPeople.YES,
    informed_at=AT,
    informed_people=7,
    means=(ContactMeans.PHONE,),
    message="Vos données ont été vues",
    abroad="non",
)
BARE = FormFacts(FormType.INITIAL, AT, AT, None, is_late=False, organisation="Communauté Exemple", contact="ici")


def changed(**changes: Any) -> FormFacts:
    return replace(WHOLE, **changes)


def test_every_question_stands_in_one_section_in_the_order_of_the_form() -> None:
    assert [question for section in FormSection for question in SECTIONS[section]] == list(FormQuestion)


def test_a_whole_form_is_ready_and_misses_nothing() -> None:
    form = fill(WHOLE)
    form.must_be_ready()
    assert (form.missing, form.to_follow, form.contradictions) == ((), (), ())
    assert form.answers[FormQuestion.PEOPLE_BAND] is PeopleBand.TO_50
    assert form.answers[FormQuestion.CATEGORIES] == (DataCategory.CIVIL_STATUS,)
    assert form.answers[FormQuestion.SENSITIVE] == (DataCategory.HEALTH,)


def test_an_initial_notification_needs_little_and_says_what_will_follow() -> None:
    form = fill(BARE)
    form.must_be_ready()
    assert form.missing == ()
    assert {FormQuestion.NATURES, FormQuestion.PEOPLE, FormQuestion.DPO, FormQuestion.INFORMATION} <= set(
        form.to_follow
    )


@pytest.mark.parametrize("name", ["organisation", "contact"])
@pytest.mark.parametrize("form_type", list(FormType))
def test_who_notifies_and_whom_to_call_is_needed_from_the_first_on(name: str, form_type: FormType) -> None:
    without: dict[str, Any] = {name: ""}
    form = fill(replace(BARE, form_type=form_type, initial_number="FR-1", **without))
    assert FormQuestion(name) in form.missing
    with pytest.raises(FormIncomplete) as caught:
        form.must_be_ready()
    assert caught.value.exit_code is ExitCode.REFUSED


NEEDED = [
    ("dpo", ""), ("occurrence", None), ("discovery", ""), ("circumstances", ""), ("natures", ()), ("origins", ()),
    ("causes", ()), ("people", None), ("minors", None), ("protected", None), ("categories", ()), ("records", None),
    ("measures_before", ""), ("consequences", ()), ("gravity", None), ("measures_after", ()),
    ("information", InformationOfPeople.UNDETERMINED), ("informed_at", None), ("informed_people", None), ("means", ()),
    ("message", ""), ("abroad", ""), ("processors", None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "nothing"), NEEDED, ids=[name for name, _ in NEEDED])
def test_a_complete_notification_is_refused_without_each_mandatory_part(name: str, nothing: object) -> None:
    with pytest.raises(FormIncomplete) as caught:
        fill(changed(**{name: nothing})).must_be_ready()
    assert caught.value.exit_code is ExitCode.REFUSED
    fill(changed(**{name: nothing, "form_type": FormType.INITIAL})).must_be_ready()


def test_nothing_known_is_neither_zero_nor_left_out() -> None:
    assert {name for name, _ in NEEDED} <= {field.name for field in fields(FormFacts)}
    fill(changed(people=0, minors=0, protected=0, records=0, informed_people=0)).must_be_ready()


@pytest.mark.parametrize("form_type", [FormType.INITIAL, FormType.COMPLETE])
def test_after_the_legal_end_the_reasons_for_the_delay_are_mandatory(form_type: FormType) -> None:
    late = changed(form_type=form_type, is_late=True)
    assert fill(late).missing == (FormQuestion.DELAY_REASONS,)
    fill(replace(late, delay_reasons="La panne a coupé la maison")).must_be_ready()


def test_a_complementary_notification_names_the_initial_one() -> None:
    assert fill(changed(form_type=FormType.COMPLEMENTARY)).missing == (FormQuestion.INITIAL_NUMBER,)
    fill(changed(form_type=FormType.COMPLEMENTARY, initial_number="FR-2026-1", is_late=True)).must_be_ready()


def test_the_information_of_the_people_asks_for_what_was_decided() -> None:
    later = changed(information=InformationOfPeople.WILL_BE, informed_at=None, informed_people=None, message="")
    assert fill(later).missing == (FormQuestion.INFORM_BY,)
    untold = replace(later, information=InformationOfPeople.NO, means=())
    assert fill(untold).missing == (FormQuestion.NOT_TOLD_WHY, FormQuestion.NOT_TOLD_REASON)
    fill(replace(untold, not_told_why=WhyNotTold.NO_HIGH_RISK)).must_be_ready()
    assert fill(replace(untold, not_told_why=WhyNotTold.RISK_AVERTED)).missing == (FormQuestion.NOT_TOLD_REASON,)


CONTRADICTIONS: dict[FormContradiction, dict[str, Any]] = {
    FormContradiction.TOLD_NOBODY: {"people": 0, "records": 0},
    FormContradiction.TOLD_MORE: {"informed_people": 8},
    FormContradiction.SENSITIVE_NEGLIGIBLE: {"gravity": Gravity.NEGLIGIBLE},
    FormContradiction.RECORDS_WITHOUT_PEOPLE: {"people": 0, "informed_people": 0},
    FormContradiction.UNINTELLIGIBLE_BUT_READ: {
        "information": InformationOfPeople.NO, "not_told_why": WhyNotTold.UNINTELLIGIBLE, "not_told_reason": "chiffré",
        "informed_people": None,
    },
    FormContradiction.ACCIDENTAL_ATTACK: {"origins": (BreachOrigin.HACKING,)},
    FormContradiction.INFORMATION_DECIDED_AND_GIVEN: {
        "information": InformationOfPeople.NO, "not_told_why": WhyNotTold.NO_HIGH_RISK,
    },
}  # fmt: skip


@pytest.mark.parametrize("contradiction", list(FormContradiction))
def test_answers_that_contradict_each_other_are_refused(contradiction: FormContradiction) -> None:
    form = fill(changed(**CONTRADICTIONS[contradiction]))
    assert form.contradictions == (contradiction,)
    with pytest.raises(FormContradicts) as caught:
        form.must_be_ready()
    assert caught.value.exit_code is ExitCode.REFUSED


def test_a_form_tells_nothing_when_it_is_printed() -> None:
    assert "comptoir" not in repr(WHOLE) + repr(fill(WHOLE))
