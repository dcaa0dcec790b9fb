"""The main job, by its commands only, on each database."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.integration.commands.shell import FILE, Shell, mandated, opened, staffed


@pytest.mark.row("S-4.6.14")
def test_a_mandate_a_procedure_an_access_an_end_and_the_trail(anywhere: Shell) -> None:
    staff = staffed(anywhere)
    case = opened(anywhere)
    look = ("access", "request", case.procedure, "--place", "portal", "--mode", "act-for", "--absent", "--act", FILE)
    assert anywhere.refused(3, *look, who="bob") == "NO_MANDATE"

    mandate = mandated(anywhere, case)
    granted = anywhere.ok(*look, who="bob").row
    assert granted["granted"]
    assert granted["gateway"] == "MANDATE"
    assert "id.civil" in granted["fields"]

    assert anywhere.ok("mandate", "revoke", mandate, who="bob").row["partners"] == ["interieur"]
    ended = anywhere.ok("mandate", "list", "--state", "revoked", who="bob").rows
    assert [row["mandate"] for row in ended] == [mandate]
    assert anywhere.refused(3, *look, who="bob") == "MANDATE_ENDED"

    duties = {row["kind"] for row in anywhere.ok("duty", "list", who="bob").rows}
    assert duties == {"tell-partner", "account", "close-procedure"}
    assert anywhere.ok("mandate", "tell", mandate, "interieur", "email", who="bob").row["all_told"]
    anywhere.ok("mandate", "account", mandate, "counter", who="bob")
    anywhere.ok("procedure", "resolve", case.procedure, "formality-done", who="bob")
    assert anywhere.ok("duty", "list", who="bob").rows == []

    trail = anywhere.ok("audit", "subject", case.subject, who="dora").rows
    assert [row["decision"] for row in trail if row["look"] == "access"] == ["MANDATE_ENDED", "GRANTED", "NO_MANDATE"]
    assert {row["agent"] for row in trail} == {staff.bob}


def test_the_shown_state_of_a_mandate_and_its_procedure(anywhere: Shell) -> None:
    staffed(anywhere)
    case = opened(anywhere)
    mandate = mandated(anywhere, case)
    shown = anywhere.ok("mandate", "show", mandate, who="bob").row
    assert shown["state"] == "live"
    assert shown["persons"] == [case.subject]
    assert shown["acts"] == [FILE]
    assert shown["signatures"] == ["person", "mandatary"]
    assert shown["originals"] == 2
    procedure = anywhere.ok("procedure", "show", case.procedure, who="bob").row
    assert procedure["entry"] == "FTI02-carte-grise"
    assert procedure["subjects"] == [case.subject]
    assert procedure["mandates"] == [mandate]
    assert procedure["state"] == "open"


def planned(shell: Shell) -> list[str]:
    """Give what is to become of the working data."""
    return [row["action"] for row in shell.ok("retention", "plan").rows if row["category"] == "working-data"]


def test_a_value_is_kept_shown_once_and_destroyed(anywhere: Shell) -> None:
    staff = staffed(anywhere)
    subject = anywhere.ok(
        "subject",
        "register",
        answers={"family_name": "Exemple", "given_name": "Aline", "birth_date": "31/12/1980"},
        who="bob",
    ).row["subject"]
    kept = _entry_that_keeps_a_value(anywhere)
    answers = {"entry": kept["code"]}
    anywhere.ok("agent", "train", staff.bob, kept["partner_id"], "--until", "31/12/2030")
    procedure = anywhere.ok("procedure", "open", "--subject", subject, "--informed", answers=answers, who="bob").row[
        "procedure"
    ]
    anywhere.ok("procedure", "collect", procedure, kept["field"], answers={"value": kept["value"]}, who="bob")
    assert anywhere.ok("procedure", "show", procedure, who="bob").row["kept"] == [kept["field"]]
    ended = anywhere.ok("procedure", "resolve", procedure, kept["outcome"], who="bob").row
    assert ended["will_go"] == [kept["field"]]
    anywhere.ok("procedure", "reopen", procedure, who="bob")
    anywhere.ok("procedure", "resolve", procedure, kept["outcome"], who="bob")
    assert planned(anywhere) == ["restrict"]

    anywhere.ok("authority", "grant", "working-data", "--from-day", "01/01/2026", "--reference", "AD53 2026-014")
    assert planned(anywhere) == ["destroy"]
    run = anywhere.ok("retention", "run", "--vacuum").row
    assert run["destroyed"] == 1
    look = ("access", "request", procedure, "--place", "stored", "--mode", "act-for", "--absent", "--key", str(uuid4()))
    for _ in range(2):
        said = anywhere.run("--as", "bob", *look, "--field", kept["field"], "--json")
        assert (said.code, said.error) == (6, "VALUE_ERASED")
        assert "détruites le" in json.loads(said.err)["message"]
        assert "la démarche est arrivée à son terme" in json.loads(said.err)["message"]
        assert said.row["values"][kept["field"]]["why"] == "RESOLVED"
        assert (said.row["granted"], said.row["decision"]) == (False, "PROCEDURE_CLOSED")
    assert anywhere.refused(3, *look[:-2], "--field", "id.civil", who="bob") == "PROCEDURE_CLOSED"
    assert [row["decision"] for row in anywhere.ok("access", "list", who="bob").rows] == ["PROCEDURE_CLOSED"] * 2
    assert planned(anywhere) == []
    listed = anywhere.ok("procedure", "list", who="bob").row
    assert listed["data_destroyed_at"]
    assert listed["outcome"] == kept["outcome"]


def _entry_that_keeps_a_value(shell: Shell) -> dict[str, str]:
    from ledger.rules.law import load_law

    law = load_law()
    entry = next(entry for entry in law.catalogue.all_versions() if entry.kept and "ASSIST" in entry.modes)
    return {
        "code": entry.code,
        "partner_id": entry.partner,
        "field": entry.kept[0].code,
        "value": "1234567A",
        "outcome": "formality-done",
    }
