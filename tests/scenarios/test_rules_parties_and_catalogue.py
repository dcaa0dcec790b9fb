"""Convention, preamble and articles 1 to 3 and 5: the partners by date, and the catalogue in force at each date."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.rules.law import load_law
from ledger.rules.partners import PartnerKind, PartyRole

LAW = load_law()
SIGNATURE = date(2020, 1, 24)
TODAY = date(2026, 6, 9)


def test_nine_national_partners_in_2020() -> None:
    assert [partner.name for partner in LAW.partners.national(on=SIGNATURE)] == [
        "Pôle emploi",
        "Assurance maladie (Cnam)",
        "Mutualité sociale agricole (MSA)",
        "Allocations familiales (Cnaf)",
        "Assurance retraite (Cnav)",
        "Finances publiques (DGFiP)",
        "La Poste",
        "Ministère de la Justice",
        "Ministère de l'Intérieur (ANTS)",
    ]


@pytest.mark.parametrize(
    ("on", "count"),
    [(date(2023, 12, 31), 9), (date(2024, 1, 1), 11), (date(2024, 12, 31), 11), (date(2025, 1, 1), 12), (TODAY, 12)],
)
def test_later_partners_come_on_their_day(on: date, count: int) -> None:
    assert len(LAW.partners.national(on=on)) == count


def test_an_old_case_shows_the_old_name() -> None:
    for reference, day, name in (
        ("france-travail", date(2023, 12, 31), "Pôle emploi"),
        ("france-travail", date(2024, 1, 1), "France Travail"),
        ("interieur", date(2023, 6, 1), "Ministère de l'Intérieur (ANTS)"),
        ("interieur", date(2024, 6, 1), "Ministère de l'Intérieur (France Titres)"),
    ):
        partner = LAW.partners.partner(reference, on=day)
        assert (partner.id, partner.name) == (reference, name)


def test_the_nine_signatories_of_the_mayenne_are_not_the_nine_national_partners() -> None:
    signatories = {signatory.partner for signatory in LAW.profile.signatories}
    national = {partner.id for partner in LAW.partners.national(on=SIGNATURE)}
    assert len(signatories) == len(national) == 9
    assert signatories - national == {"mission-locale-53"}
    assert national - signatories == {"interieur"}


def test_eleven_local_partners_of_loiron_and_a_remark_on_the_fourteen() -> None:
    loiron = LAW.house("loiron")
    names = [LAW.partners.partner(reference, on=SIGNATURE).name for reference in loiron.local_partners]
    assert len(names) == 11
    assert {"CCAS de Laval", "Gendarmerie", "GLEAM"} < set(names)
    assert "14" in loiron.remark
    assert "11" in loiron.remark
    for reference in loiron.local_partners:
        assert LAW.partners.partner(reference, on=SIGNATURE).kind is PartnerKind.LOCAL


@pytest.mark.row("S-4.6.9")
def test_who_is_controller_joint_or_processor_is_said_for_every_partner_on_every_day() -> None:
    for day in (SIGNATURE, date(2024, 2, 28), TODAY):
        for partner in LAW.partners.taking_part(on=day):
            assert partner.roles.partner in set(PartyRole)
            assert partner.roles.house in set(PartyRole)
            assert partner.roles.source


@pytest.mark.row("S-4.6.9")
def test_every_field_has_a_protection_that_fits_its_nature() -> None:
    for field in LAW.catalogue.vocabulary.values():
        least = {"ordinary": 0, "financial": 0, "art9": 2, "art10": 2, "nir": 2}[field.nature]
        assert ["normal", "raised", "strict"].index(field.protection) >= least, field.code


def test_thirty_four_procedures_cover_every_national_partner() -> None:
    entries = LAW.catalogue.entries(on=TODAY)
    assert len(entries) == 34
    assert {entry.partner for entry in entries} == {partner.id for partner in LAW.partners.national(on=TODAY)} | {
        "transversal"
    }


@pytest.mark.row("S-3")
def test_the_bouquet_is_that_of_the_date() -> None:
    for day, without in (
        (date(2022, 12, 31), {"DGFIP03-biens", "ANAH01-mpr", "CHE01-energie", "URS01-cesu"}),
        (date(2023, 12, 31), {"ANAH01-mpr", "CHE01-energie", "URS01-cesu"}),
        (date(2024, 12, 31), {"URS01-cesu"}),
        (TODAY, set()),
    ):
        everything = {entry.code for entry in LAW.catalogue.entries(on=TODAY)}
        assert everything - {entry.code for entry in LAW.catalogue.entries(on=day)} == without
    assert LAW.catalogue.entries(on=date(2020, 1, 23)) == []


def test_every_partner_of_a_bouquet_has_a_name_that_day() -> None:
    for day in (SIGNATURE, date(2024, 1, 1), date(2025, 1, 1), TODAY):
        for entry in LAW.catalogue.entries(on=day):
            assert LAW.partners.partner(entry.partner, on=day).name
            assert all(LAW.partners.recipient(recipient, on=day).name for recipient in entry.recipients)
