"""Convention, article 4.6: what the catalogue and the profile say of data, bases, mandates and secrets."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.catalogue import ExchangeKind, Format, Handling, Nature
from ledger.rules.formats import check_format, check_value
from ledger.rules.law import load_law
from ledger.rules.periods import end_after_days
from ledger.rules.personal_numbers import NoteHoldsNir, nir_key, screen_note

LAW = load_law()
ON = date(2026, 6, 9)
PARIS = ZoneInfo("Europe/Paris")
ENTRIES = LAW.catalogue.entries(on=ON)
BODY = "1850553999999"  # invented: commune 999, order 999


@pytest.mark.row("S-4.6.5")
def test_every_procedure_lists_the_data_strictly_necessary_to_it() -> None:
    for entry in ENTRIES:
        assert entry.fields, entry.code
        assert all(LAW.catalogue.field(need.code) for need in entry.fields)
        for request in entry.data_requests:
            assert set(request.fields) <= set(entry.needs), request.code
        for exchange in entry.exchanges:
            assert set(exchange.fields) <= set(entry.needs), entry.code


@pytest.mark.row("S-4.6.7")
def test_every_procedure_has_a_legal_basis_and_the_house_has_its_own() -> None:
    for entry in ENTRIES:
        assert entry.basis.text, entry.code
        assert entry.basis.reference, entry.code
    assert "6(1)(e)" in LAW.catalogue.house_basis.reference


def test_there_is_no_purpose_other() -> None:
    for entry in ENTRIES:
        assert entry.purpose.casefold() not in ("autre", "autres", "divers", "other")


def test_two_modes_and_an_act_wherever_the_house_may_act() -> None:
    for entry in ENTRIES:
        assert entry.modes
        assert entry.modes <= {"ASSIST", "ACT_FOR"}
        assert entry.acts or "ACT_FOR" not in entry.modes, entry.code
    assert LAW.catalogue.procedure("JUS02-casier", on=ON).modes == {"ASSIST"}


def test_values_are_in_transit_but_for_the_few_that_say_why() -> None:
    kept = {(entry.code, need.code): need.kept_because for entry in ENTRIES for need in entry.kept}
    assert set(kept) == {("FT02-actualisation", "no.ft"), ("CNAF05-situation", "no.caf")}
    assert all(len(because) > 20 for because in kept.values())


def test_health_offences_secrets_and_the_social_security_number_are_never_kept() -> None:
    for entry in ENTRIES:
        for need in entry.kept:
            field = LAW.catalogue.field(need.code)
            assert field.nature in (Nature.ORDINARY, Nature.FINANCIAL)
            assert not field.never_kept
    for code in ("id.photo", "tax.access_no", "veh.cession_code", "nir", "no.msa", "hlth.certificate", "jus.points"):
        assert LAW.catalogue.field(code).never_kept


def test_the_number_of_the_msa_is_a_social_security_number() -> None:
    assert LAW.catalogue.field("no.msa").nature is Nature.NIR
    assert LAW.catalogue.procedure("MSA02-declaration", on=ON).nir == "transit"


def test_special_categories_are_said_in_words() -> None:
    art9 = {entry.code for entry in ENTRIES if entry.art9}
    assert art9 == {"CNAM04-remboursement", "CNAM05-invalidite", "CNAF04-naissance", "CNAF06-aah"}
    assert {entry.code for entry in ENTRIES if entry.art10} == {"FTI03-permis", "JUS01-aj", "JUS02-casier"}
    invalidity = LAW.catalogue.procedure("CNAM05", on=ON)
    assert invalidity.needs["hlth.certificate"].express_consent
    refunds = LAW.catalogue.procedure("CNAM04", on=ON)
    assert refunds.needs["hlth.care_sheet"].handling is Handling.VIEW_ONLY


def test_creating_the_account_of_maprimerenov_is_barred_whatever_the_mandate() -> None:
    renovation = LAW.catalogue.procedure("ANAH01-mpr", on=ON)
    assert renovation.forbidden_acts == {"ANAH01-mpr:create-account"}
    assert renovation.act("ANAH01-mpr:create-account") is None


def test_the_rsa_claim_does_not_list_the_activity_bonus() -> None:
    claim, bonus = (LAW.catalogue.procedure(code, on=ON) for code in ("CNAF01-rsa", "CNAF02-prime-activite"))
    assert {act.code for act in claim.acts}.isdisjoint(act.code for act in bonus.acts)
    assert claim.act("CNAF01-rsa:file")
    assert bonus.act("CNAF02-prime-activite:file")


def test_a_career_statement_is_a_data_request_and_no_act() -> None:
    entry = LAW.catalogue.procedure("CNAV02-releve", on=ON)
    request = entry.data_request("CNAV02-releve:career-statement")
    assert request is not None
    assert request.fields == ("emp.career",)
    assert entry.act("CNAV02-releve:career-statement") is None


def test_an_exchange_names_its_text_or_its_agreement() -> None:
    exchanges = {entry.code: exchange for entry in ENTRIES for exchange in entry.exchanges}
    assert {code: exchange.kind for code, exchange in exchanges.items()} == {
        "JUS03-conciliateur": ExchangeKind.BACK_OFFICE,
        "CHE01-energie": ExchangeKind.LEGAL_EXCHANGE,
    }
    assert all(exchange.reference for exchange in exchanges.values())


def test_a_signature_by_sms_is_not_among_the_means_of_the_mayenne() -> None:
    assert LAW.profile.signature_means(ON) == {"on_site_paper"}


def test_information_covers_the_use_of_data_the_rights_and_the_procedures() -> None:
    assert set(LAW.profile.information_topics(ON)) == {"use_of_data", "rights", "procedures"}


def test_a_representative_is_no_further_party() -> None:
    assert LAW.profile.representative_is_party(ON) is False


def test_365_days_from_9_june_2026_end_on_9_june_2027_at_midnight() -> None:
    start = datetime.fromisoformat("2026-06-09T14:20:00+02:00")
    assert 365 in LAW.profile.mandate_durations(start.date())
    assert end_after_days(start, days=365, zone=PARIS).isoformat() == "2027-06-09T00:00:00+02:00"


def test_fifteen_digits_with_a_valid_key_are_refused_in_a_note() -> None:
    with pytest.raises(NoteHoldsNir):
        screen_note(f"le numéro est {BODY}{nir_key(BODY):02d}")
    screen_note(f"le numéro est {BODY}{(nir_key(BODY) + 1) % 98:02d}")


def test_thirteen_digits_built_like_one_are_refused_in_a_note_but_pass_as_a_tax_number() -> None:
    with pytest.raises(NoteHoldsNir):
        screen_note(f"dossier {BODY}")
    assert check_value(LAW.catalogue.field("tax.fiscal_no"), BODY) == BODY


def test_an_iban_has_many_digits_and_passes_by_its_own_key() -> None:
    assert check_format(Format.IBAN, "FR76 3000 6000 0112 3456 7890 189", named="bank.iban")
