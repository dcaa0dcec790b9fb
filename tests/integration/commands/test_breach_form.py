"""`ledger breach form` and `message`: what is keyed into the CNIL's form, and what the people are told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.integration.commands.shell import Shell, staffed

SHOWN_ORDER = [
    "type", "organisation", "processors", "discovery", "nature", "origin", "cause", "people", "data",
    "measures-before", "consequences", "measures-after", "information", "abroad", "attachments",
]  # fmt: skip
WHO = ("--contact", "la maison, 02 43 00 00 00", "--dpo", "dpo@exemple.invalid")


def ago(**delta: float) -> str:
    return (datetime.now(UTC) - timedelta(**delta)).isoformat(timespec="seconds")


def declared(shell: Shell, *more: str, aware: str | None = None) -> str:
    answers = {"account": "un dossier est resté sur le comptoir", "first_signal": ago(hours=3), "occurred": "unknown"}
    if aware is not None:
        answers["aware_at"] = aware
        answers["first_signal"] = aware
    return str(shell.ok("breach", "declare", *more, answers=answers).row["breach"])


def whole(shell: Shell, breach: str) -> None:
    """Record everything that a complete notification asks for."""
    shell.ok(
        "breach", "describe", breach, "--nature", "confidentiality", "--origin", "paper-lost-stolen-or-accessible",
        "--cause", "internal-accidental",
    )  # fmt: skip
    for part in ("circumstances", "discovery", "measures-before", "abroad"):
        shell.ok("breach", "narrate", breach, part, answers={"text": f"texte de la partie {part}"})
    shell.ok(
        "breach", "scope", "--by-hand", "7", "--by-hand-records", "9", "--category", "civil-status",
        "--category", "contact", "--breach", breach,
    )  # fmt: skip
    shell.ok(
        "breach", "assess", breach, "--dpc", "1", "--ei", "1", "--cb", "0.25", "--gravity", "limited",
        "--risk", "likely", answers={"reason": "peu de données"},
    )  # fmt: skip
    shell.ok("breach", "remedy", breach, answers={"measures": "le dossier a été repris"})
    shell.ok(
        "breach", "inform", breach, "--decision", "no", "--why", "no-high-risk", answers={"reason": "rien à craindre"},
    )  # fmt: skip


def test_an_initial_form_needs_little_and_says_first_what_will_follow(anywhere: Shell) -> None:
    staffed(anywhere)
    breach = declared(anywhere, aware=ago(hours=1))
    row = anywhere.ok("breach", "form", breach, "--type", "initial", *WHO).row
    assert [section["section"] for section in row["sections"]] == SHOWN_ORDER
    assert row["to_follow"][:2] == ["discovery", "natures"]
    said = anywhere.run("breach", "form", breach, "--type", "initial", *WHO).out
    assert said.index("cela suivra") < said.index("1. Notification")


def test_a_complete_form_is_refused_until_everything_is_on_record(office: Shell) -> None:
    breach = declared(office, aware=ago(hours=1))
    said = office.run("breach", "form", breach, "--type", "complete", *WHO)
    assert said.code == 3
    assert "Il manque\u00a0: nature de la violation" in said.err
    whole(office, breach)
    row = office.ok("breach", "form", breach, "--type", "complete", *WHO).row
    answers = {name: value for section in row["sections"] for name, value in section["answers"].items()}
    assert (answers["people"], answers["people-band"], answers["records"]) == (7, "6-50", 9)
    assert answers["consequences"] == ["loss-of-secrecy"]
    assert (row["type"], row["to_follow"]) == ("complete", [])


def test_after_the_legal_end_the_reasons_for_the_delay_must_be_given(office: Shell) -> None:
    breach = declared(office, aware=ago(hours=80))
    assert office.refused(3, "breach", "form", breach, "--type", "initial", *WHO) == "FORM_INCOMPLETE"
    row = office.ok("breach", "form", breach, "--type", "initial", *WHO, "--delay-reasons", "le réseau était coupé").row
    assert row["sections"][0]["answers"]["delay-reasons"] == "le réseau était coupé"


def test_a_complementary_form_names_the_initial_one(office: Shell) -> None:
    breach = declared(office, aware=ago(hours=1))
    assert office.refused(3, "breach", "form", breach, "--type", "complementary", *WHO) == "FORM_INCOMPLETE"
    office.ok("breach", "sent", breach, "--type", "initial", "--receipt", "FR-2026-1", answers={"reasons": ""})
    row = office.ok("breach", "form", breach, "--type", "complementary", *WHO).row
    assert row["sections"][0]["answers"]["initial-number"] == "FR-2026-1"


def test_without_an_awareness_there_is_no_form(office: Shell) -> None:
    assert office.refused(3, "breach", "form", declared(office), "--type", "initial") == "NOT_AWARE_YET"


def test_who_has_nothing_to_do_with_it_sees_no_form(office: Shell) -> None:
    breach = declared(office, aware=ago(hours=1))
    assert office.refused(4, "breach", "form", "0000000000000000", "--type", "initial") == "NOT_FOUND"
    office.ok("breach", "form", breach, "--type", "initial", *WHO, who="dora")


def test_a_draft_for_the_people_is_in_plain_words_and_names_nobody(office: Shell) -> None:
    breach = declared(office, aware=ago(hours=1))
    bare = office.run("breach", "message", breach)
    assert "[à compléter]" in bare.out
    assert "Il manque" in bare.err
    whole(office, breach)
    said = office.run("breach", "message", breach, *WHO)
    assert (said.code, said.err) == (0, "")
    for part in ("Ce qui s’est passé", "Quelles données", "Ce que vous pouvez faire", "dpo@exemple.invalid"):
        assert part in said.out
    assert "comptoir" not in said.out
    row = office.ok("breach", "message", breach, *WHO).row
    assert row["missing"] == []
    assert json.dumps(row, ensure_ascii=False)


@pytest.mark.parametrize("form_type", ["initial", "complementary", "complete"])
def test_answers_that_contradict_each_other_are_told(office: Shell, form_type: str) -> None:
    breach = declared(office, aware=ago(hours=1))
    office.ok(
        "breach", "describe", breach, "--nature", "confidentiality", "--origin", "hacking", "--cause",
        "internal-accidental",
    )  # fmt: skip
    said = office.run("breach", "form", breach, "--type", form_type, *WHO)
    assert said.code == 3
    assert "toutes les causes sont accidentelles" in said.err
