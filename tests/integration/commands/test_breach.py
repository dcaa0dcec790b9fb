"""A breach from its first signal to its closing, as people and programs type it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from ledger.clock import UTC
from ledger.commands._labels import label
from ledger.policies.breach_next import NextStep
from tests.integration.commands.shell import Shell

MARKER = "Un sac a disparu du bureau"
NIR = "1 85 05 78 006 084 91"


def ago(hours: float) -> str:
    """Write the instant so many hours before now."""
    return (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def told(**more: Any) -> dict[str, Any]:
    """Give the answers of a declaration by JSON, some hours old."""
    answers = {
        "account": MARKER, "first_signal": ago(5), "occurred": "unknown", "natures": ["confidentiality"],
        "origins": ["paper-lost-stolen-or-accessible"], "causes": ["unknown"], "people": 12, "categories": ["contact"],
    }  # fmt: skip
    return {**answers, **more}


def declared(office: Shell, **more: Any) -> str:
    """Declare a breach of which the house is aware since three hours ago."""
    answers = told(**{"aware_at": ago(3), "grounds": "Le sac est vide", **more})
    return str(office.ok("breach", "declare", answers=answers, who="bob").row["breach"])


def row_of(office: Shell, breach: str, who: str = "dora") -> dict[str, Any]:
    """Give what is on record of a breach."""
    return office.ok("breach", "show", breach, who=who).row


ASSESS = ("--dpc", "1", "--ei", "0.5", "--cb", "0.25", "--gravity", "limited")


def assessed(office: Shell, breach: str, risk: str = "likely") -> None:
    """Assess a breach."""
    office.ok("breach", "assess", breach, *ASSESS, "--risk", risk, answers={"reason": "Destinataires connus"})


def test_a_breach_is_taken_from_its_declaration_to_its_closing(office: Shell) -> None:
    breach = declared(office)
    row = row_of(office, breach)
    assert row["next"] == ["notify", "assess", "ask-officer", "decide-on-people", "remedy"]
    assert [line["line"] for line in row["lines"]] == ["gdpr-33", "convention"]
    aware, target = (datetime.fromisoformat(row[name]) for name in ("aware_at", "target"))
    assert target - aware == timedelta(hours=72)
    assert target < datetime.fromisoformat(row["legal_end"]) <= target + timedelta(hours=1)

    office.ok("breach", "sent", breach, "--type", "initial", "--receipt", "2026-1", who="dora")
    assert row_of(office, breach)["complementary_due"] is not None
    assessed(office, breach)
    office.ok("breach", "opinion", breach, "favourable", answers={"note": "Notifier"}, who="dora")
    office.ok("breach", "inform", breach, "--decision", "yes")
    assert row_of(office, breach)["next"] == ["tell-people", "complement", "remedy"]
    office.ok("breach", "inform", breach, "--told", "12", "--by", "mail", who="bob")
    office.ok("breach", "remedy", breach, answers={"measures": "Armoire fermée"}, who="bob")
    assert office.refused(3, "breach", "close", breach, "handled") == "LINES_OPEN"
    assert office.refused(3, "breach", "close-line", breach, "gdpr-33", "notified") == "NOTHING_NOTIFIED"
    office.ok("breach", "sent", breach, "--type", "complementary", "--receipt", "2026-2", who="dora")
    assert row_of(office, breach)["next"] == ["close-lines"]
    office.ok("breach", "close-line", breach, "gdpr-33", "notified")
    office.ok("breach", "close-line", breach, "convention", "notified")
    assert row_of(office, breach)["next"] == ["close"]
    office.ok("breach", "close", breach, "handled")
    row = row_of(office, breach)
    assert (row["ending"], row["next"]) == ("handled", ["learn"])
    assert [(each["form_type"], each["initial"], each["late"]) for each in row["notifications"]] == [
        ("initial", "", False), ("complementary", "2026-1", False)
    ]  # fmt: skip
    assert office.refused(3, "breach", "remedy", breach, answers={"measures": "x"}) == "BREACH_IS_CLOSED"

    office.ok("breach", "reopen", breach, "--at", ago(0), answers={"facts": "Une liste circule"}, who="bob")
    row = row_of(office, breach)
    assert len(row["clocks"]) == 2
    assert [line["line"] for line in row["lines"] if line["closed_at"] is None] == ["gdpr-33", "convention"]
    assert row["next"][0] == "notify"


@pytest.mark.parametrize(
    ("answers", "code", "error"),
    [
        ({"aware_at": ago(-2)}, 3, "IN_THE_FUTURE"),
        ({"first_signal": ago(-2)}, 3, "IN_THE_FUTURE"),
        ({"occurred": "ongoing", "began_at": ago(2), "first_signal": ago(1)}, 3, "AWARE_BEFORE_OCCURRENCE"),
        ({"occurred": "ongoing", "began_at": ago(2)}, 3, "SIGNAL_BEFORE_OCCURRENCE"),
        ({"aware_at": ago(6)}, 3, "AWARE_BEFORE_SIGNAL"),
        ({"aware_at": "2026-10-25T02:30"}, 2, "ANSWER_INVALID"),
        ({"aware_at": "2026-03-29T02:30"}, 2, "ANSWER_INVALID"),
        ({"occurred": "over"}, 2, "OCCURRENCE_UNCLEAR"),
        ({"occurred": "unknown", "began_at": ago(9)}, 2, "OCCURRENCE_UNCLEAR"),
        ({"first_signal": None}, 2, "ANSWER_MISSING"),
        ({"processor": "Hébergeur Exemple"}, 2, "ANSWER_INVALID"),
        ({"processor_told_at": ago(1)}, 2, "ANSWER_INVALID"),
        ({"processor_aware_at": ago(1)}, 2, "ANSWER_INVALID"),
        ({"processor": "Hébergeur Exemple", "processor_told_at": ago(-2)}, 3, "IN_THE_FUTURE"),
        ({"processor": "Hébergeur Exemple", "processor_told_at": ago(4)}, 3, "AWARE_AFTER_TOLD"),
        ({"processor": f"Hébergeur {NIR}", "processor_told_at": ago(1)}, 3, "NOTE_HOLDS_NIR"),
        (
            {"processor": "Hébergeur Exemple", "processor_told_at": ago(2), "processor_aware_at": ago(1)}, 3,
            "TOLD_BEFORE_IT_KNEW",
        ),
        ({"people": -3}, 2, "ANSWER_INVALID"),
        ({"records": True}, 2, "ANSWER_INVALID"),
        ({"natures": ["beauty"]}, 2, "ANSWER_INVALID"),
        ({"account": f"La carte de {NIR}"}, 3, "NOTE_HOLDS_NIR"),
        ({"name": f"appeler {NIR}"}, 3, "NOTE_HOLDS_NIR"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_and_nothing_is_recorded(
    office: Shell, answers: dict[str, Any], code: int, error: str
) -> None:
    whole = told(**{"aware_at": ago(3), **answers})
    assert office.refused(code, "breach", "declare", answers=whole, who="bob") == error
    assert office.ok("breach", "list").rows == []


def test_an_ambiguous_instant_is_asked_for_with_its_offset(office: Shell) -> None:
    said = office.run("--as", "bob", "breach", "declare", answers=told(aware_at="2026-10-25T02:30"))
    assert said.code == 2
    assert "2026-10-25T02:30+01:00" in said.err


def test_nobody_counts_fewer_people_than_none(office: Shell) -> None:
    for option in ("--people", "--records"):
        assert office.refused(2, "breach", "declare", option, "-3", answers=told(), who="bob") == "USAGE"
    breach = declared(office)
    assert office.refused(2, "breach", "inform", breach, "--told", "-1", "--by", "mail", who="bob") == "USAGE"


def test_new_facts_do_not_come_before_the_first_signal(office: Shell) -> None:
    breach = str(office.ok("breach", "declare", answers=told(), who="bob").row["breach"])
    office.ok("breach", "close", breach, "not-a-breach", answers={"reason": "Le sac est retrouvé"})
    facts = {"facts": "Une page manque"}
    assert office.refused(3, "breach", "reopen", breach, "--at", ago(6), answers=facts) == "AWARE_BEFORE_SIGNAL"


def test_a_signal_is_declared_without_awareness_and_becomes_one_later(office: Shell) -> None:
    breach = str(office.ok("breach", "declare", answers=told(), who="bob").row["breach"])
    row = row_of(office, breach, "bob")
    assert (row["next"], row["aware_at"], row["lines"]) == (["become-aware"], None, [])
    assert office.refused(3, "breach", "sent", breach, "--type", "initial", who="bob") == "NOT_AWARE_YET"
    office.ok("breach", "aware", breach, "--at", ago(1), answers={"grounds": "Certain"}, who="bob")
    assert office.refused(3, "breach", "aware", breach, "--at", ago(1), answers={}, who="bob") == "ALREADY_AWARE"


def test_a_late_notification_says_why_and_an_early_one_needs_nothing(office: Shell) -> None:
    breach = declared(office, first_signal=ago(90), aware_at=ago(80))
    late = ("breach", "sent", breach, "--type", "complete")
    assert office.refused(3, *late, answers={}) == "LATE_WITHOUT_REASONS"
    office.ok(*late, answers={"reasons": "Personne ne lisait la boîte"})
    (sent,) = row_of(office, breach)["notifications"]
    assert sent["late"] is True
    assert office.refused(3, "breach", "sent", breach, "--type", "complete") == "COMPLETE_ALREADY_SENT"
    assert office.refused(3, "breach", "sent", breach, "--type", "complementary") == "INITIAL_NUMBER_MISSING"


def test_only_the_delegate_decides_and_only_with_the_officers_opinion(office: Shell) -> None:
    breach = declared(office)
    for line in (
        ("assess", breach, *ASSESS, "--risk", "likely"), ("close-line", breach, "convention", "not-applied"),
        ("close", breach, "not-a-breach"), ("inform", breach, "--decision", "no"),
    ):  # fmt: skip
        for who in ("bob", "dora"):
            assert office.refused(3, "breach", *line, answers={"reason": "Parce que"}, who=who) == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "breach", "opinion", breach, "favourable", answers={}, who="bob") == "ROLE_NOT_ALLOWED"
    close = ("breach", "close-line", breach, "convention", "not-applied")
    assert office.refused(3, *close, answers={"reason": "Sans suite"}) == "OPINION_NEEDED"
    office.ok("breach", "opinion", breach, "none-within-delay", answers={"note": "Injoignable"}, who="bob")
    assert office.refused(2, *close, answers={}) == "ANSWER_MISSING"
    office.ok(*close, answers={"reason": "Sans suite"})
    assert office.refused(3, *close, answers={"reason": "Sans suite"}) == "LINE_NOT_OPEN"
    assert (
        office.refused(3, "breach", "close-line", breach, "gdpr-33", "risk-unlikely", answers={"reason": "x"})
        == "RISK_NOT_UNLIKELY"
    )
    assessed(office, breach, "unlikely")
    office.ok("breach", "close-line", breach, "gdpr-33", "risk-unlikely", answers={"reason": "Chiffré"})


def test_the_register_holds_facts_effects_remedies_and_reasons_and_is_not_for_everybody(office: Shell) -> None:
    breach = declared(office)
    assessed(office, breach, "unlikely")
    office.ok("breach", "remedy", breach, answers={"measures": "Serrure changée"}, who="bob")
    office.ok("breach", "narrate", breach, "consequences", answers={"text": "Aucune connue"}, who="bob")
    office.ok("breach", "opinion", breach, "favourable", answers={}, who="dora")
    office.ok("breach", "close-line", breach, "gdpr-33", "risk-unlikely", answers={"reason": "Dossier retrouvé"})
    assert office.refused(3, "breach", "register", who="bob") == "ROLE_NOT_ALLOWED"
    (row,) = office.ok("breach", "register", who="dora").rows
    assert row["account"] == [MARKER, "Le sac est vide"]
    assert row["effects"] == ["Aucune connue", "Destinataires connus"]
    assert (row["remedies"], row["reasons"]) == (["Serrure changée"], ["Dossier retrouvé"])
    assert row["consequences"] == ["loss-of-secrecy"]
    exported = office.run("--as", "dora", "breach", "register", "--csv")
    assert exported.table[0].index("account") >= 0
    assert len(exported.table) == 2
    people = office.run("--as", "dora", "breach", "register")
    assert people.code == 0
    assert "Dossier retrouvé" in people.out


def test_an_agent_sees_the_breaches_of_the_own_house_without_their_narratives(office: Shell) -> None:
    breach = declared(office)
    shown = office.run("--as", "bob", "breach", "show", breach)
    assert shown.code == 0
    assert MARKER not in shown.out + shown.err
    elsewhere = str(office.ok("breach", "declare", answers=told()).row["breach"])  # the delegate's, of no house
    assert [each["breach"] for each in office.ok("breach", "list", who="bob").rows] == [breach]
    assert {each["breach"] for each in office.ok("breach", "list", who="dora").rows} == {breach, elsewhere}
    assert office.refused(3, "breach", "show", elsewhere, who="bob") == "OTHER_HOUSE"


def test_a_loss_that_is_declared_as_a_breach_discharges_its_duty(office: Shell) -> None:
    loss = office.ok("loss", "declare", "premature-destruction", "--count", "3", who="bob").row["loss"]
    assert [each["kind"] for each in office.ok("duty", "list").rows] == ["qualify-loss"]
    by_agent = office.ok("breach", "declare", "--loss", loss, answers=told(), who="bob").row["breach"]
    assert row_of(office, by_agent)["loss"] == loss
    assert [each["kind"] for each in office.ok("duty", "list").rows] == ["qualify-loss"], "that is the delegate's"
    office.ok("breach", "declare", "--loss", loss, answers=told(natures=["availability"]))
    assert office.ok("duty", "list").rows == []


def test_lines_beside_the_two_run_from_their_own_instant(office: Shell) -> None:
    breach = declared(office, origins=["hacking"], attack_known_at=ago(2))
    lines = {line["line"]: line for line in row_of(office, breach)["lines"]}
    known, due = (datetime.fromisoformat(lines["insurance"][name]) for name in ("runs_from", "due_at"))
    assert due - known == timedelta(hours=72)
    office.ok("breach", "close-line", breach, "insurance", "done", "--reference", "PV-42", who="bob")
    started = ("--from-instant", ago(1))
    assert office.refused(3, "breach", "open-line", breach, "nis2", *started) == "LINE_NOT_IN_USE"
    assert office.refused(3, "breach", "open-line", breach, "gdpr-33", *started) == "LINE_OPENS_ITSELF"
    office.ok("breach", "open-line", breach, "prefect", *started, "--about", "registre", who="bob")
    assert office.refused(3, "breach", "open-line", breach, "prefect", *started) == "LINE_ALREADY_OPEN"


def test_a_processor_that_told_makes_the_house_aware_and_its_own_delay_is_flagged_apart(office: Shell) -> None:
    breach = declared(office)
    told_by = ("breach", "processor", breach, "Hébergeur Exemple")
    assert office.refused(3, *told_by, "--told-at", ago(4)) == "AWARE_AFTER_TOLD"
    office.ok(*told_by, "--told-at", ago(2), "--aware-since", ago(40), who="bob")
    (heard,) = row_of(office, breach)["processors"]
    delay = datetime.fromisoformat(heard["told_at"]) - datetime.fromisoformat(heard["aware_at"])
    assert timedelta(hours=37) < delay < timedelta(hours=39)


def test_whoever_was_told_by_a_processor_is_urged_to_record_the_awareness(office: Shell) -> None:
    answers = told(processor="Hébergeur Exemple", processor_told_at=ago(2))
    said = office.run("--as", "bob", "breach", "declare", answers=answers)
    assert (said.code, "le délai court" in said.out) == (0, True)
    (row,) = office.ok("breach", "list", who="bob").rows
    assert row["next"] == ["record-awareness"]
    late = ("breach", "aware", row["breach"], "--at", ago(1))
    assert office.refused(3, *late, answers={"grounds": ""}, who="bob") == "AWARE_AFTER_TOLD"


def test_the_list_says_what_comes_next_in_words_for_people_and_in_codes_for_programs(office: Shell) -> None:
    declared(office)
    said = office.run("--as", "dora", "breach", "list")
    assert "prévenir la CNIL" in said.out
    assert "decide-on-people" not in said.out
    (row,) = office.ok("breach", "list", who="dora").rows
    assert row["next"][0] == "notify"
    assert all(label(step) != step for step in NextStep)


def test_what_a_processor_told_is_declared_with_the_rest(office: Shell) -> None:
    by_file = declared(office, processor="Hébergeur Exemple", processor_told_at=ago(2), processor_aware_at=ago(40))
    by_options = office.ok(
        "breach", "declare", "--processor", "Hébergeur Exemple", "--processor-told-at", ago(2), answers=told()
    ).row["breach"]  # fmt: skip
    for breach, knows in ((by_file, True), (by_options, False)):
        (heard,) = row_of(office, str(breach))["processors"]
        assert (heard["processor"], heard["aware_at"] is not None) == ("Hébergeur Exemple", knows)


def test_the_controller_is_told_where_the_house_is_its_processor(office: Shell) -> None:
    breach = declared(office)
    office.ok("breach", "opinion", breach, "favourable", answers={}, who="dora")
    ends = ("breach", "close-line", breach, "gdpr-33", "controller-notifies")
    assert office.refused(3, *ends, answers={"reason": "La caisse notifie"}) == "CONTROLLER_NOT_TOLD"
    office.ok("breach", "open-line", breach, "controller", "--from-instant", ago(3), "--about", "cnaf", who="bob")
    office.ok("breach", "close-line", breach, "controller", "done", who="bob")
    office.ok(*ends, answers={"reason": "La caisse notifie"})


def test_a_wrong_awareness_is_corrected_and_stays_on_record(office: Shell) -> None:
    breach = declared(office)
    office.ok("breach", "correct", breach, "--at", ago(4), answers={"reason": "Heure mal lue"})
    row = row_of(office, breach)
    assert len(row["corrected"]) == 1
    assert row["lines"][0]["runs_from"] == datetime.fromisoformat(row["aware_at"]).astimezone(UTC).isoformat().replace(
        "+00:00", "Z"
    )
    (kept,) = office.ok("breach", "register").rows
    assert kept["reasons"] == []


def test_breaches_are_linked_from_both_sides(office: Shell) -> None:
    one, other = declared(office), declared(office)
    office.ok("breach", "link", one, other, "--tie", "follows", who="bob")
    assert row_of(office, one)["linked"] == [other]
    assert office.refused(2, "breach", "link", one, one, "--tie", "follows") == "LINKED_TO_ITSELF"


def test_the_declaration_is_repeated_once_under_one_key(office: Shell) -> None:
    answers, key = told(), "11111111-2222-4333-8444-555555555555"
    first = office.ok("breach", "declare", "--key", key, answers=answers, who="bob").row
    again = office.ok("breach", "declare", "--key", key, answers=answers, who="bob").row
    assert (first["breach"], again["repeated"]) == (again["breach"], True)
