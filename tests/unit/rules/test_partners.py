"""Partners keep one id and have dated names; recipients too."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.errors import NotFound
from ledger.rules.law import load_law
from ledger.rules.partners import PartnerNotThere, PartyRole, UnknownPartner, UnknownRecipient
from tests.unit.rules.law_texts import partners

ON = date(2026, 6, 9)
REAL = load_law().partners


def test_a_partner_bears_the_name_of_the_day() -> None:
    found = partners()
    assert found.partner("caisse", on=date(2023, 12, 31)).name == "Ancienne Caisse"
    assert found.partner("caisse", on=date(2024, 1, 1)).name == "Nouvelle Caisse"


def test_a_partner_says_the_role_of_each_party_and_its_source() -> None:
    roles = partners().partner("caisse", on=ON).roles
    assert (roles.partner, roles.house) == (PartyRole.CONTROLLER, PartyRole.JOINT)
    assert (roles.source, roles.mark) == ("Accord d'essai", "DEF")


def test_a_partner_names_its_recipients() -> None:
    assert partners().partner("caisse", on=ON).recipients == ("guichet",)
    assert REAL.partner("cnaf", on=ON).recipients == ("caf",)


def test_an_unknown_partner_is_not_found() -> None:
    with pytest.raises(UnknownPartner) as caught:
        REAL.partner("gestapo", on=ON)
    assert isinstance(caught.value, NotFound)
    assert "gestapo" in str(caught.value)


def test_a_partner_that_has_not_come_yet_is_told_apart_from_an_unknown_one() -> None:
    with pytest.raises(PartnerNotThere) as caught:
        REAL.partner("urssaf", on=date(2024, 12, 31))
    assert caught.value.code == "PARTNER_NOT_THERE"


def test_what_does_not_look_like_an_id_is_not_repeated() -> None:
    with pytest.raises(UnknownPartner) as caught:
        REAL.partner("Aline Exemple", on=ON)
    assert "Aline" not in str(caught.value)


def test_a_recipient_bears_the_name_of_the_day() -> None:
    assert REAL.recipient("france-travail", on=date(2023, 6, 1)).name == "Pôle emploi"
    assert REAL.recipient("france-travail", on=ON).name == "France Travail"
    assert REAL.recipient("france-titres", on=date(2023, 6, 1)).name == "Agence nationale des titres sécurisés (ANTS)"


@pytest.mark.parametrize(("reference", "on"), [("nobody", ON), ("caf", date(2018, 1, 1))])
def test_a_recipient_without_a_name_is_not_found(reference: str, on: date) -> None:
    with pytest.raises(UnknownRecipient):
        REAL.recipient(reference, on=on)


def test_every_national_partner_needs_a_referent_and_trained_agents() -> None:
    for partner in REAL.national(on=ON):
        assert partner.referent_required
        assert partner.training_required


def test_what_the_house_does_alone_needs_neither() -> None:
    alone = REAL.partner("transversal", on=ON)
    assert not alone.national
    assert not alone.referent_required
    assert not alone.training_required
