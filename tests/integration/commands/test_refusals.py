"""What a refusal says: which rule, and what to do now, to whoever stands at the counter."""

from __future__ import annotations

import pytest

from tests.integration.commands.shell import FILE, Shell, mandated, opened


def said(office: Shell, *line: str, who: str = "", answers: object = None) -> str:
    acting = ["--as", who] if who else []
    told = office.run(*acting, *line, answers=answers)
    assert told.code != 0
    assert told.out == ""
    return told.err


def drafted(office: Shell) -> str:
    person = opened(office).subject
    made = office.ok("mandate", "draft", "--person", person, "--act", FILE, "--days", "31", who="bob")
    reference: str = made.row["mandate"]
    return reference


def test_a_partner_that_is_not_to_be_told_is_named_so(office: Shell) -> None:
    case = opened(office)
    mandate = mandated(office, case)
    office.ok("procedure", "act", case.procedure, "--mode", "act-for", "--absent", "--act", FILE, who="bob")
    told = said(office, "mandate", "tell", mandate, "caf", "phone", who="bob")
    assert "n’est pas à prévenir" in told
    assert "À prévenir : interieur" in told


def test_the_unknown_act_among_known_ones_is_named(office: Shell) -> None:
    person = opened(office).subject
    wrong = FILE.replace(":file", ":filed")
    line = ("mandate", "draft", "--person", person, "--act", FILE, "--act", wrong, "--days", "31")
    told = said(office, *line, who="bob")
    assert f"n’a pas d’acte, ni de demande de données, {wrong}" in told
    assert FILE in told


def test_who_has_the_role_is_named(office: Shell) -> None:
    told = said(office, "agent", "list", who="bob")
    assert "délégué à la protection des données" in told
    assert "délégué du responsable" in told


def test_a_closed_procedure_is_reopened_by_a_command_that_is_named(office: Shell) -> None:
    case = opened(office)
    office.ok("procedure", "abandon", case.procedure, "withdrawn-by-person", "--yes", who="bob")
    told = said(office, "procedure", "note", case.procedure, who="bob", answers={"note": "Rappeler demain"})
    assert "ledger procedure reopen" in told


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        (("inform", "--all"), "verify-identity"),
        (("sign", "--everybody"), "verify-identity"),
    ],
)
def test_a_step_too_early_names_the_step_that_is_missing(office: Shell, step: tuple[str, ...], missing: str) -> None:
    verb, *options = step
    told = said(office, "mandate", verb, drafted(office), *options, who="bob")
    assert f"ledger mandate {missing}" in told
    assert "nul." not in told


def test_a_referent_without_a_partner_is_asked_for_the_partner(office: Shell) -> None:
    house = office.ok("house", "list").rows[0]["house"]
    person = {"name": "Zoé Référente", "phone": "02 00 00 00 00", "email": "zoe@example.fr"}
    told = said(office, "house", "contact", house, "--function", "referent", answers=person)
    assert "--partner" in told


def test_who_left_is_told_so(office: Shell) -> None:
    bob = next(row["agent"] for row in office.ok("agent", "list").rows if "agent" in row["roles"])
    office.ok("agent", "depart", bob)
    assert "a quitté la maison" in said(office, "house", "contacts", who="bob")
    assert "Personne n’est inscrit" in said(office, "house", "contacts", who="zorro")


def test_the_only_delegate_hears_why_they_can_not_leave(office: Shell) -> None:
    own = next(row["agent"] for row in office.ok("agent", "list").rows if "delegate" in row["roles"])
    told = said(office, "agent", "depart", own)
    assert "son propre départ" in told
    assert "délégué du responsable de traitement" in told


def test_no_internal_name_stands_in_a_french_sentence(office: Shell) -> None:
    case = opened(office)
    assert said(office, "procedure", "show", "Aline", who="bob").startswith("Erreur\N{NO-BREAK SPACE}: DÉMARCHE")
    person = {"family_name": "Exemple", "given_name": "Aline", "birth_date": "1980-12-31"}
    long = said(office, "subject", "register", who="bob", answers={**person, "family_name": "x" * 101})
    assert "«\N{NO-BREAK SPACE}Nom de famille (family_name)\N{NO-BREAK SPACE}»" in long
    phone = said(office, "subject", "contact", case.subject, who="bob", answers={"phone": "12"})
    assert "«\N{NO-BREAK SPACE}téléphone\N{NO-BREAK SPACE}»" in phone
    (office.home / "ledger.toml").write_text("[")
    assert "TOML" not in said(office, "agent", "list")


def test_a_coverage_does_not_end_before_it_is_recorded(office: Shell) -> None:
    house = office.ok("house", "list").rows[0]["house"]
    line = ("house", "cover", house, "cnaf", "--means", "on-site", "--reference", "annexe 4")
    assert "déjà terminée" in said(office, *line, "--until", "01/01/2020")
    office.ok(*line, "--until", "31/12/2099")
