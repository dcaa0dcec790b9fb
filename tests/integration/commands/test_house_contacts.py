"""Whom to call: the contacts of a house, for the agents who work there."""

from __future__ import annotations

import pytest

from tests.integration.commands.shell import Shell, staffed

REX = {"name": "Rex Référent", "phone": "02 43 00 00 01", "email": "rex@exemple.fr"}


def named(shell: Shell, house: str, partner: str, name: str) -> None:
    line = ("house", "contact", house, "--function", "referent", "--partner", partner)
    shell.ok(*line, answers={**REX, "name": name})


@pytest.mark.row("S-5.2.1")
def test_an_agent_sees_whom_to_call_at_each_partner(anywhere: Shell) -> None:
    house = staffed(anywhere).house
    assert anywhere.ok("house", "contacts", who="bob").rows == []
    named(anywhere, house, "cnaf", "Rex Référent")
    named(anywhere, house, "cnav", "Vera Référente")
    for line in ((), (house[:8],), ("loiron",)):
        rows = anywhere.ok("house", "contacts", *line, who="bob").rows
        assert [(row["partner"], row["function"], row["name"]) for row in rows] == [
            ("cnaf", "referent", "Rex Référent"), ("cnav", "referent", "Vera Référente"),
        ]  # fmt: skip
        assert (rows[0]["phone"], rows[0]["email"]) == ("0243000001", "rex@exemple.fr")
    (row,) = anywhere.ok("house", "contacts", "--partner", "cnav", who="bob").rows
    anywhere.ok("house", "contact-end", house, row["contact"])
    assert [row["partner"] for row in anywhere.ok("house", "contacts", who="bob").rows] == ["cnaf"]


def test_the_page_is_a_table_in_french(office: Shell) -> None:
    house = office.ok("house", "list").row["house"]
    assert "Aucun contact" in office.run("--as", "bob", "house", "contacts").err
    named(office, house, "cnaf", "Rex Référent")
    said = office.run("--as", "bob", "house", "contacts")
    assert said.code == 0
    for words in ("Nom", "Téléphone", "Courriel", "référent", "Rex Référent", "rex@exemple.fr"):
        assert words in said.out


def test_what_names_no_house_or_no_partner_is_told(office: Shell) -> None:
    assert office.refused(2, "house", "contacts", "nowhere", who="bob") == "NOT_A_REFERENCE"
    assert office.refused(4, "house", "contacts", "00000000", who="bob") == "NOT_FOUND"
    assert office.refused(4, "house", "contacts", "--partner", "nobody", who="bob") == "UNKNOWN_PARTNER"
    assert office.refused(2, "house", "contacts") == "NO_HOUSE", "the founder is enrolled in no house"
