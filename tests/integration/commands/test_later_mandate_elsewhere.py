"""A later mandate at another house: the first house finds it on its list, takes note, and its own mandate ends."""

from __future__ import annotations

from tests.integration.commands.shell import FILE, PERSON, Shell, mandated, opened


def test_the_first_house_takes_note_with_the_duty_and_the_same_command_again_answers_the_same(office: Shell) -> None:
    case = opened(office)
    first = mandated(office, case)
    house = office.ok("house", "register", "bonneuil-matours").row["house"]
    enrolled = {"name": "Alix Ailleurs", "account": "alix"}
    alix = office.ok("agent", "enrol", "--role", "agent", "--house", house, answers=enrolled).row["agent"]
    office.ok("agent", "undertake", alix)
    who = {name: PERSON[name] for name in ("family_name", "given_name", "birth_date")}
    subject = office.ok("subject", "find", answers=who, who="alix").row["subject"]
    second = office.ok("mandate", "draft", "--person", subject, "--act", FILE, "--days", "31", who="alix").row[
        "mandate"
    ]
    office.ok("mandate", "verify-identity", second, "--person", subject, "--method", "passport", who="alix")
    office.ok("mandate", "inform", second, "--all", who="alix")
    office.ok("mandate", "sign", second, "--everybody", who="alix")
    started = office.ok("mandate", "originals", second, "--count", "2", who="alix")
    assert first not in started.out + started.err
    assert office.ok("duty", "list", who="alix").rows == []
    duty = office.ok("duty", "list", who="bob").row
    assert (duty["kind"], duty["about"]) == ("acknowledge-successor", first)
    assert second not in str(duty)
    assert "prendre acte du mandat" in office.run("--as", "bob", "duty", "list").out
    office.refused(3, "duty", "done", duty["duty"], who="alix")
    taking_note = ("duty", "done", duty["duty"][:8], "--key", "0f" * 16)
    ended = office.ok(*taking_note, who="bob").row
    assert (ended["mandate"], ended["repeated"]) == (first, False)
    again = office.ok(*taking_note, who="bob").row
    assert again == {**ended, "repeated": True}
    shown = office.ok("mandate", "show", first, who="bob").row
    assert (shown["end_kind"], shown["state"]) == ("superseded", "ended")
    assert {row["kind"] for row in office.ok("duty", "list", who="bob").rows} >= {"account"}
    office.refused(3, "duty", "done", duty["duty"], who="bob")
