"""Entries of the catalogue: what is necessary, what may be kept, which version holds."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.rules.catalogue import (
    ExchangeKind,
    Handling,
    Nature,
    ProcedureNotInForce,
    UnknownField,
    UnknownProcedure,
)
from tests.unit.rules.law_texts import CATALOGUE, catalogue

ON = date(2026, 6, 9)
ENTRY = catalogue().procedure("P01-aide", on=ON)
CHANGED = """
[[procedure]]
code = "P01-aide"
partner = "caisse"
name = "Demande d'aide, nouvelle façon"
purpose = "Demander l'aide"
mission = "inform"
modes = ["ASSIST"]
words = ["aide"]
fields = ["ct.mail"]
recipients = ["guichet"]
basis = { text = "Aide", reference = "Code d'essai L2" }
source = "D"
valid_from = 2026-01-01
"""


def test_a_wildcard_stands_for_every_field_of_the_group() -> None:
    assert [need.code for need in ENTRY.fields][:2] == ["ct.mail", "ct.phone"]


def test_a_question_mark_makes_a_field_optional() -> None:
    assert {code for code, need in ENTRY.needs.items() if need.optional} == {"hlth.sheet", "jus.record"}


def test_values_pass_through_unless_the_entry_says_otherwise() -> None:
    handling = {code: need.handling for code, need in ENTRY.needs.items()}
    assert handling == {
        "ct.mail": Handling.TRANSIT,
        "ct.phone": Handling.TRANSIT,
        "no.file": Handling.KEPT,
        "nir": Handling.TRANSIT,
        "hlth.sheet": Handling.VIEW_ONLY,
        "jus.record": Handling.TRANSIT,
        "secret": Handling.TRANSIT,
    }
    assert [(need.code, need.kept_because) for need in ENTRY.kept] == [("no.file", "Demandé à chaque appel.")]


def test_express_consent_is_asked_where_the_entry_says() -> None:
    assert {code for code, need in ENTRY.needs.items() if need.express_consent} == {"jus.record"}


def test_acts_bear_the_code_of_their_procedure_and_own_acts_follow_common_ones() -> None:
    assert [(act.code, act.recurring) for act in ENTRY.acts] == [
        ("P01-aide:file", False),
        ("P01-aide:follow-up", True),
        ("P01-aide:renew", True),
    ]
    assert ENTRY.act("P01-aide:renew") is ENTRY.acts[2]
    assert ENTRY.act("P01-aide:account") is None


def test_data_requests_stand_apart_from_acts() -> None:
    request = ENTRY.data_request("P01-aide:statement")
    assert request is not None
    assert request.fields == ("no.file",)
    assert ENTRY.act("P01-aide:statement") is None
    assert ENTRY.data_request("P01-aide:file") is None


def test_a_forbidden_act_is_named_with_its_label() -> None:
    assert ENTRY.forbidden_acts == {"P01-aide:account"}
    assert ENTRY.forbidden_labels["P01-aide:account"] == "Créer le compte"


def test_an_exchange_is_found_by_its_very_reference() -> None:
    exchange = ENTRY.exchange("Accord d'essai art. 1")
    assert exchange is not None
    assert exchange.kind is ExchangeKind.BACK_OFFICE
    assert exchange.fields == ("ct.phone",)
    assert ENTRY.exchange("Accord d'essai art. 2") is None


def test_the_nir_is_in_transit_where_a_field_is_one_and_nowhere_else() -> None:
    assert ENTRY.nir == "transit"
    without = CATALOGUE.replace('    "nir",\n', "")
    assert catalogue(without).procedure("P01-aide", on=ON).nir == "none"


def test_a_procedure_is_found_by_its_code_or_its_number() -> None:
    found = catalogue()
    assert found.procedure("P01-aide", on=ON) == found.procedure("P01", on=ON) == found.procedure("p01", on=ON)


@pytest.mark.parametrize("code", ["P02", "", "P01-aide:file", "aide"])
def test_an_unknown_code_is_not_found(code: str) -> None:
    with pytest.raises(UnknownProcedure) as caught:
        catalogue().procedure(code, on=ON)
    assert caught.value.exit_code == 4


def test_a_code_that_is_a_sentence_is_not_repeated() -> None:
    with pytest.raises(UnknownProcedure) as caught:
        catalogue().procedure("Bob Fictif veut le RSA", on=ON)
    assert "Bob" not in str(caught.value) + caught.value.explain()


def test_the_version_is_that_of_the_day_of_the_fact() -> None:
    text = CATALOGUE.replace("valid_from = 2020-01-24\n", "valid_from = 2020-01-24\nvalid_until = 2026-01-01\n")
    found = catalogue(text + CHANGED)
    before, after = (found.procedure("P01", on=day) for day in (date(2025, 12, 31), date(2026, 1, 1)))
    assert (before.basis.reference, after.basis.reference) == ("Code d'essai L1", "Code d'essai L2")
    assert before.digest != after.digest
    assert [entry.name for entry in found.entries(on=ON)] == ["Demande d'aide, nouvelle façon"]
    assert [entry.name for entry in found.search("aide", on=date(2024, 1, 1))] == ["Demande d'aide"]
    assert len(list(found.all_versions())) == 2


def test_a_procedure_is_not_in_force_before_its_first_day() -> None:
    with pytest.raises(ProcedureNotInForce) as caught:
        catalogue().procedure("P01", on=date(2020, 1, 23))
    assert caught.value.details == {"reference": "P01-aide", "day": "2020-01-23"}
    assert catalogue().entries(on=date(2020, 1, 23)) == []


def test_a_field_is_found_by_its_code() -> None:
    assert catalogue().field("hlth.sheet").nature is Nature.ART9
    with pytest.raises(UnknownField):
        catalogue().field("hlth.shoe")


def test_comments_order_and_blank_lines_do_not_change_a_digest() -> None:
    text = CATALOGUE.replace(
        'name = "Demande d\'aide"\npurpose = "Demander l\'aide"\n',
        "# remark\n\npurpose   =   \"Demander l'aide\"\nname = 'Demande d’aide'\n".replace("’", "'").replace(
            "'Demande d'aide'", '"Demande d\'aide"'
        ),
    )
    assert text != CATALOGUE
    assert catalogue(text).procedure("P01", on=ON).digest == ENTRY.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('name = "Demande d\'aide"', 'name = "Demande"'),
        ('"secret",', '"secret?",'),
        ('because = "Demandé à chaque appel."', 'because = "Autre raison."'),
        ("valid_from = 2020-01-24", "valid_from = 2020-01-25"),
        ('code = "no.file"\nlabel = "Numéro de dossier"', 'code = "no.file"\nlabel = "Numéro"'),
        ('id = "file"\nlabel = "Déposer"', 'id = "file"\nlabel = "Envoyer"'),
    ],
)
def test_what_a_confirmation_names_changes_with_what_was_confirmed(old: str, new: str) -> None:
    assert old in CATALOGUE
    assert catalogue(CATALOGUE.replace(old, new, 1)).procedure("P01", on=ON).digest != ENTRY.digest
