"""What is written down after it happened shows as a late entry, with both instants; the rest does not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.integration.commands.shell import FILE, Shell, mandated, opened


def ago(hours: int) -> str:
    return f"{datetime.now(UTC) - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S+00:00}"


def test_steps_taken_in_time_are_not_marked(office: Shell) -> None:
    mandate = mandated(office, opened(office))
    shown = office.ok("mandate", "show", mandate, who="bob").row
    assert [step["step"] for step in shown["steps"]] == [
        "drafted", "identity-verified", "informed", "signed", "signed", "originals-counted",
    ]  # fmt: skip
    assert not any(step["late"] for step in shown["steps"])
    assert "Saisi après coup" not in office.run("--as", "bob", "mandate", "show", mandate).out
    assert "Saisi après coup" not in office.run("--as", "bob", "mandate", "list").out
    assert office.ok("mandate", "list", who="bob").row["late_entries"] is None


def test_a_late_step_shows_when_it_happened_and_when_it_was_entered(office: Shell) -> None:
    case = opened(office)
    draft = ("mandate", "draft", "--person", case.subject, "--act", FILE, "--days", "31")
    mandate = office.ok(*draft, "--effective-at", ago(3), who="bob").row["mandate"]
    verify = ("mandate", "verify-identity", mandate, "--person", case.subject, "--method", "passport")
    office.ok(*verify, "--effective-at", ago(2), who="bob")
    office.ok("mandate", "inform", mandate, "--all", who="bob")
    shown = office.ok("mandate", "show", mandate, who="bob").row
    assert [(step["step"], step["late"]) for step in shown["steps"]] == [
        ("drafted", True), ("identity-verified", True), ("informed", False),
    ]  # fmt: skip
    assert all((step["at"] < step["recorded_at"]) == step["late"] for step in shown["steps"])
    assert shown["late_entries"] == 2
    people = office.run("--as", "bob", "mandate", "show", mandate).out
    (line,) = (line for line in people.splitlines() if line.startswith("Saisi après coup"))
    assert line.count("saisi le") == 2
    assert "identité vérifiée" in line
    assert "Saisi après coup" in office.run("--as", "bob", "mandate", "list").out
    assert office.ok("mandate", "list", who="bob").row["late_entries"] == 2


def test_an_act_entered_late_is_marked_and_the_end_that_it_brings_is_not(office: Shell) -> None:
    case = opened(office)
    mandate = mandated(office, case)
    done_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f+00:00}"
    doing = ("--mode", "act-for", "--absent", "--act", FILE)
    office.ok("procedure", "act", case.procedure, *doing, "--effective-at", done_at, who="bob")
    (act,) = office.ok("procedure", "show", case.procedure, who="bob").row["acts"]
    assert act["late"]
    assert act["at"] < act["recorded_at"]
    assert "saisi le" in office.run("--as", "bob", "procedure", "show", case.procedure).out
    steps = office.ok("mandate", "show", mandate, who="bob").row["steps"]
    assert [(step["step"], step["late"]) for step in steps[-2:]] == [("act-done", True), ("ended", False)]


def test_a_withdrawal_that_was_told_before_it_was_entered_is_marked(office: Shell) -> None:
    mandate = mandated(office, opened(office))
    told_at = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f+00:00}"
    office.ok("mandate", "revoke", mandate, "--known-at", told_at, who="bob")
    ended = office.ok("mandate", "show", mandate, who="bob").row["steps"][-1]
    assert (ended["step"], ended["late"]) == ("ended", True)
