"""Nobody forgets: the board, its exit codes, the calendar, and reminders that arrive once, as they are typed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from threading import Event
from typing import Any

import icalendar
import pytest

from ledger.bootstrap import open_ledger
from ledger.bootstrap.retaining import lock_of
from ledger.clock import UTC
from tests.integration.commands.shell import Shell, staffed
from tests.integration.commands.test_breach import MARKER, NIR, ago, assessed, declared
from tests.integration.commands.test_terminal import Terminal
from tests.mail_server import Mood, mail_server

NOBODY = ("Chloé", "Modèle", "Bob", "Fictif", "Dora", "Zoé", "Exemple", MARKER, "Le sac est vide", NIR)


def aware(office: Shell, hours: float, **more: Any) -> str:
    """Declare a breach of which the house has been aware for so many hours."""
    told = {"first_signal": ago(hours + 1), "aware_at": ago(hours), **more}
    return declared(office, **told)


def spaced(text: str) -> str:
    """Give a text with ordinary spaces before its signs, where French has some that don't break."""
    return text.replace("\xa0", " ")


def board(office: Shell, who: str = "dora") -> list[dict[str, Any]]:
    """Give the rows of the board, whatever its exit code tells of them."""
    said = office.run("--as", who, "breach", "board", "--json")
    assert said.code in (0, 10, 11), said.err
    return said.rows


def reminded_by(office: Shell, table: str) -> None:
    """Say how reminders are given."""
    file = office.home / "ledger.toml"
    head, holders = file.read_text().split("\n[[holder]]", 1)
    head = head.partition("\n[reminders]")[0]
    file.write_text(f"{head}\n[reminders]\n{table}\n\n[[holder]]{holders}")


def by_mail(office: Shell, port: int) -> None:
    reminded_by(
        office,
        f'by = "mail"\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nfrom = "registre@exemple.fr"\n'
        'to = ["dpo@exemple.fr"]',
    )


def topics(office: Shell) -> list[str]:
    """Give the topics of reminders in the log."""
    ledger = open_ledger(office.home)
    try:
        found = [logged.header.topic for logged in ledger.log.each()]
    finally:
        ledger.close()
    return [topic for topic in found if topic.startswith("breach.remind")]


def test_every_clock_that_runs_is_on_the_board_nearest_first_in_words(anywhere: Shell) -> None:
    staffed(anywhere)
    late, soon, early = aware(anywhere, 80), aware(anywhere, 60), aware(anywhere, 1)
    anywhere.ok("breach", "open-line", early, "insurance", "--from-instant", ago(30), who="bob")
    anywhere.ok("breach", "open-line", early, "prefect", "--from-instant", ago(2), who="bob")
    anywhere.ok("breach", "open-line", early, "controller", "--from-instant", ago(30), who="bob")
    anywhere.ok("breach", "sent", soon, "--type", "initial", "--receipt", "1", who="bob")
    assessed(anywhere, soon, "high")
    rows = board(anywhere)
    due = [datetime.fromisoformat(row["due_at"]) for row in rows]
    assert due == sorted(due)
    assert {(row["breach"], row["deadline"], row["line"], row["urgency"]) for row in rows} == {
        (late, "notify", "gdpr-33", "late"), (late, "notify", "convention", "late"),
        (early, "controller", "controller", "overdue"), (early, "prefect", "prefect", "soon"),
        (soon, "people", None, "soon"), (early, "insurance", "insurance", "running"),
        (soon, "complementary", None, "running"),
        (early, "notify", "gdpr-33", "running"), (early, "notify", "convention", "running"),
    }  # fmt: skip
    seen = anywhere.run("--as", "dora", "breach", "board")
    for words in ("EN RETARD", "bientôt dû", "en cours", "dépassé de 8 h", "reste", "notification à la CNIL"):
        assert words in seen.out
    assert "D’abord : Prévenez la CNIL" in spaced(seen.err)
    assert not any(word in seen.out + seen.err for word in NOBODY)


@pytest.mark.row("S-4.6.13")
def test_monitoring_is_told_by_an_exit_code_and_one_line(office: Shell) -> None:
    def check(code: int) -> str:
        said = office.run("breach", "board", "--check")
        assert (said.code, said.out.count("\n"), said.err) == (code, 1, "")
        assert office.run("breach", "board").code == code
        return spaced(said.out)

    assert check(0).startswith("Dans les temps : 0 en retard")
    running = aware(office, 1)
    assert check(0).startswith("Dans les temps : 0 en retard, 0 proches, 2 en cours")
    near = aware(office, 60)
    assert check(10).startswith("Bientôt dû : 0 en retard, 2 proches")
    late = aware(office, 80)
    assert check(11).startswith("En retard : 2 en retard, 2 proches")
    row = office.run("breach", "board", "--check", "--json")
    assert (row.code, row.row["exit_code"], row.row["late"], row.row["running"]) == (11, 11, 2, 2)
    for breach in (late, near, running):
        office.ok("breach", "sent", breach, "--type", "complete", answers={"reasons": "Découverte tardive"}, who="bob")
    assert check(0).startswith("Dans les temps : 0 en retard, 0 proches, 0 en cours")


def test_one_old_or_mistyped_date_hides_nothing_of_what_else_runs(office: Shell, tmp_path: Path) -> None:
    near, old = aware(office, 61), aware(office, 1)
    for line in ("controller", "prefect", "insurance"):
        office.ok("breach", "open-line", old, line, "--from-instant", "2019-03-01T10:00:00Z", who="bob")
    rows = {(row["breach"], row["deadline"]): row["urgency"] for row in board(office)}
    assert rows[near, "notify"] == "soon"
    assert (rows[old, "controller"], rows[old, "prefect"]) == ("overdue", "overdue")
    assert (old, "insurance") in rows
    office.ok("breach", "calendar", "-o", str(tmp_path / "delais.ics"))
    reminded_by(office, 'by = "file"\nfile = "rappels.jsonl"')
    office.ok("breach", "remind")
    told = (office.home / "rappels.jsonl").read_text()
    assert near in told


def test_who_may_not_see_a_breach_does_not_see_its_clocks(office: Shell) -> None:
    breach = aware(office, 1)
    other = office.ok("house", "register", "bonneuil-matours").row["house"]
    for name, role, place in (("Eve Factice", "agent", other), ("Nuit Factice", "job", None)):
        house = ("--house", place) if place else ()
        account = name.split(maxsplit=1)[0].lower()
        office.ok("agent", "enrol", "--role", role, *house, answers={"name": name, "account": account})
    assert {row["breach"] for row in board(office, "bob")} == {breach}
    assert board(office, "eve") == []
    assert {row["breach"] for row in board(office, "nuit")} == {breach}


def test_a_board_is_a_recorded_reading_and_one_without_any_clock_opens_nothing(office: Shell) -> None:
    def readings() -> int:
        ledger = open_ledger(office.home)
        try:
            return sum(logged.header.topic == "reading.recorded.1" for logged in ledger.log.each())
        finally:
            ledger.close()

    before = readings()
    board(office)
    assert readings() == before
    aware(office, 1)
    before = readings()
    board(office)
    assert readings() == before + 1


def test_the_board_refreshes_at_a_terminal_until_ctrl_c_which_ends_it_well(office: Shell) -> None:
    aware(office, 1)
    terminal = Terminal(office, ["breach", "board", "--watch", "5"], columns=200)
    terminal.expect("\x1b[2J")
    terminal.expect("reste 2 j")
    first = terminal.seen.count("\x1b[2J")
    while terminal.seen.count("\x1b[2J") == first:
        assert terminal._read()
    terminal.interrupt()
    assert terminal.end() == 0
    assert "Traceback" not in terminal.seen


def test_a_board_that_goes_to_a_file_is_not_cleared_and_has_no_colours(office: Shell) -> None:
    aware(office, 80)
    code = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background lets its children ignore Ctrl-C
from ledger.commands import main
sys.exit(main())
"""
    line = ["--ledger", str(office.home), "breach", "board", "--watch", "5"]
    running = subprocess.Popen(
        [sys.executable, "-c", code, *line], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    seen = [running.stdout.readline() for _ in range(8)]
    running.send_signal(signal.SIGINT)
    rest, _ = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "EN RETARD" in "".join(seen)
    assert "\x1b" not in "".join(seen) + rest


def test_colours_come_with_words_and_go_where_nobody_wants_them(office: Shell) -> None:
    aware(office, 80)
    plain = Terminal(office, ["breach", "board"], columns=200)
    assert plain.end() == 11
    assert "EN RETARD" in plain.seen
    assert "\x1b[31m" not in plain.seen
    coloured = Terminal(office, ["breach", "board"], columns=200, environment={"NO_COLOR": ""})
    assert coloured.end() == 11
    assert "\x1b[31m" in coloured.seen
    assert "EN RETARD" in coloured.seen


def test_the_calendar_has_every_deadline_and_names_nobody(office: Shell, tmp_path: Path) -> None:
    breach = aware(office, 1)
    office.ok("breach", "open-line", breach, "insurance", "--from-instant", ago(1), "--about", "Zoé", who="bob")
    target = tmp_path / "delais.ics"
    assert office.ok("breach", "calendar", "-o", str(target), who="dora").row == {"count": 3}
    first = target.read_bytes()
    events: Any = icalendar.Calendar.from_ical(first, multiple=False).events
    assert [event["DTSTART"].dt for event in events] == [
        datetime.fromisoformat(row["due_at"]).replace(microsecond=0) for row in board(office)
    ]
    assert not any(word in first.decode() for word in NOBODY)
    office.ok("breach", "calendar", "-o", str(target), who="dora")
    again: Any = icalendar.Calendar.from_ical(target.read_bytes(), multiple=False).events
    assert [event["UID"] for event in again] == [event["UID"] for event in events]


def test_a_calendar_never_takes_the_place_of_something_else(office: Shell, tmp_path: Path) -> None:
    other = tmp_path / "autre.txt"
    other.write_text("important")
    link = tmp_path / "lien.ics"
    link.symlink_to(other)
    for place in (other, link, tmp_path):
        assert office.refused(2, "breach", "calendar", "-o", str(place)) == "NOT_A_CALENDAR"
    assert other.read_text() == "important"


def test_without_a_way_to_remind_one_is_told_so(office: Shell) -> None:
    aware(office, 60)
    assert office.refused(9, "breach", "remind") == "CHANNEL_ABSENT"
    assert "Personne n’est prévenu" in office.run("breach", "board").err
    reminded_by(office, 'by = "pigeon"')
    assert office.refused(9, "breach", "remind") == "SETTINGS_INVALID"
    reminded_by(office, 'by = "command"\ncommand = ["/nowhere/at-all"]')
    assert office.refused(9, "breach", "remind") == "PROGRAM_ABSENT"
    assert topics(office) == []


@pytest.mark.row("S-4.6.13")
def test_a_reminder_arrives_once_says_what_to_do_in_french_and_names_nobody(office: Shell) -> None:
    breach = aware(office, 61)
    with mail_server() as server:
        by_mail(office, server.port)
        assert office.ok("breach", "remind").row["sent"] == 1
        assert [office.ok("breach", "remind").row["sent"] for _ in range(2)] == [0, 0]
        office.ok("projection", "rebuild", "breaches")
        assert office.ok("breach", "remind").row["sent"] == 0
    (letter,) = (message_from_bytes(each, policy=policy.default) for each in server.letters)
    text = spaced(letter.get_content())
    assert spaced(letter["Subject"]) == f"Violation {breach[:8]} : notification à la CNIL, reste 10 h 59 min"
    for words in ("Pour le : ", "En retard à partir du : ", f"`ledger breach form {breach[:8]} --type initial`"):
        assert words in text
    assert not any(word in text + str(letter) for word in NOBODY)
    assert topics(office) == ["breach.reminded.1", "breach.reminder-sent.1"]
    assert {row["reminder"] for row in board(office)} == {"given"}


def test_while_the_server_is_down_nothing_is_claimed_or_lost_and_one_waits_longer_and_longer(office: Shell) -> None:
    aware(office, 61)
    with mail_server(Mood.REFUSES_RECIPIENTS) as server:
        by_mail(office, server.port)
        assert office.refused(8, "breach", "remind") == "MAIL_SERVER_REFUSES"
        assert office.refused(8, "breach", "remind") == "REMINDERS_WAIT"  # too early for another try
        assert topics(office) == []
        assert {row["reminder"] for row in board(office)} == {"waits"}
        said = office.run("breach", "board")
        assert "Les rappels ne peuvent pas partir depuis" in said.err
        assert office.run("breach", "board", "--check").code == 10
        _let_the_wait_pass(office)
        assert office.refused(8, "breach", "remind") == "MAIL_SERVER_REFUSES"
        waits = json.loads((office.home / "reminders.json").read_text())
        assert waits["failures"] == 2
        server.mood = Mood.TAKES
        _let_the_wait_pass(office)
        assert office.ok("breach", "remind").row == {"sent": 1, "waiting": 0, "to_check": 0, "next_try_at": None}
    assert len(server.letters) == 1
    assert not (office.home / "reminders.json").exists()
    assert "Les rappels ne peuvent" not in office.run("breach", "board").err


@pytest.mark.parametrize("ends", ["the trial arrives", "nothing waits any more"])
def test_an_alarm_of_a_server_that_was_down_ends(office: Shell, ends: str) -> None:
    breach = aware(office, 61)
    with mail_server(Mood.REFUSES_RECIPIENTS) as server:
        by_mail(office, server.port)
        office.refused(8, "breach", "remind")
        if ends == "the trial arrives":
            server.mood = Mood.TAKES
            office.ok("breach", "remind", "--trial")
            assert office.ok("breach", "remind").row["sent"] == 1  # at once, not when the next try was set
        else:
            office.ok("breach", "sent", breach, "--type", "complete", who="bob")
            assert office.run("breach", "board", "--check").code == 10
            office.ok("breach", "remind")
            assert office.run("breach", "board", "--check").code == 0
    assert not (office.home / "reminders.json").exists()


def test_a_next_try_that_a_wrong_clock_set_years_ahead_keeps_nothing_back(office: Shell) -> None:
    aware(office, 61)
    with mail_server() as server:
        by_mail(office, server.port)
        told = {"since": "2040-01-01T00:00:00+00:00", "failures": 3, "next_try_at": "2040-01-01T00:04:00+00:00"}
        (office.home / "reminders.json").write_text(json.dumps(told))
        assert office.ok("breach", "remind").row["sent"] == 1


def _let_the_wait_pass(office: Shell) -> None:
    file = office.home / "reminders.json"
    told = json.loads(file.read_text())
    assert datetime.fromisoformat(told["next_try_at"]) > datetime.now(UTC)
    file.write_text(json.dumps({**told, "next_try_at": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()}))


def test_what_the_server_refused_for_certain_is_tried_again(office: Shell) -> None:
    aware(office, 61)
    with mail_server(Mood.REFUSES_CONTENT) as server:
        by_mail(office, server.port)
        assert office.refused(8, "breach", "remind") == "REMINDERS_WAIT"
        server.mood = Mood.TAKES
        _let_the_wait_pass(office)
        assert office.ok("breach", "remind").row["sent"] == 1
        assert len(server.letters) == 1
    begun, sent = "breach.reminded.1", "breach.reminder-sent.1"
    assert topics(office) == [begun, "breach.reminder-failed.1", begun, sent]


def _killed_once(office: Shell, seen: Event) -> None:
    """Start a run, and kill it once the server has seen something of it."""
    code = "import sys; from ledger.commands import main; sys.exit(main())"
    running = subprocess.Popen(
        [sys.executable, "-c", code, "--ledger", str(office.home), "breach", "remind"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert seen.wait(timeout=60)
    finally:
        running.kill()
        running.wait(timeout=60)


def test_a_run_killed_while_it_takes_leave_of_a_server_that_has_answered_leaves_no_doubt(office: Shell) -> None:
    aware(office, 61)
    with mail_server(Mood.KEEPS_ON_LEAVING) as server:
        by_mail(office, server.port)
        _killed_once(office, server.leave)
        assert topics(office) == ["breach.reminded.1", "breach.reminder-sent.1"]
        server.mood = Mood.TAKES
        assert office.ok("breach", "remind").row == {"sent": 0, "waiting": 0, "to_check": 0, "next_try_at": None}
        assert len(server.letters) == 1


def test_a_run_killed_after_the_server_took_the_letter_sends_it_no_second_time_unasked(office: Shell) -> None:
    aware(office, 61)
    with mail_server(Mood.TAKES_AND_WAITS) as server:
        by_mail(office, server.port)
        _killed_once(office, server.taken)
        server.mood = Mood.TAKES
        assert office.ok("breach", "remind").row["to_check"] == 1
        assert len(server.letters) == 1
        assert {row["reminder"] for row in board(office)} == {"to-check"}
        assert office.run("breach", "board", "--check").code == 10
        assert "1 rappels demandent quelqu’un" in office.run("breach", "board").err
        assert office.ok("breach", "remind", "--again").row["sent"] == 1
        first, second = (message_from_bytes(each)["Message-ID"] for each in server.letters)
        assert first == second
        assert office.ok("breach", "remind", "--again").row["sent"] == 0
    assert {row["reminder"] for row in board(office)} == {"given"}


@pytest.mark.parametrize(
    ("dies_in", "sent"),
    [("usecases.breach.reminding.record_end", 0), ("notifying.file._OpenFile.give", 1)],
    ids=["killed after the line was written", "killed before"],
)
def test_a_file_remembers_what_was_given_so_that_a_killed_run_is_settled(
    office: Shell, dies_in: str, sent: int
) -> None:
    aware(office, 61)
    reminded_by(office, 'by = "file"\nfile = "rappels.jsonl"')
    place, _, name = dies_in.rpartition(".")
    die = f"""
import os, sys
import ledger.notifying.file, ledger.usecases.breach.reminding
setattr(ledger.{place}, {name!r}, lambda *_, **__: os._exit(9))
from ledger.commands import main
main()
"""
    line = [sys.executable, "-c", die, "--ledger", str(office.home), "breach", "remind"]
    assert subprocess.run(line, check=False, capture_output=True, timeout=60).returncode == 9
    assert topics(office) == ["breach.reminded.1"]
    assert office.ok("breach", "remind").row["sent"] == sent
    assert len((office.home / "rappels.jsonl").read_text().splitlines()) == 1
    assert {row["reminder"] for row in board(office)} == {"given"}
    assert office.ok("breach", "remind").row["sent"] == 0


def test_after_a_restore_nothing_is_sent_again_that_the_lost_log_sent(office: Shell, tmp_path: Path) -> None:
    aware(office, 61)
    office.ok("backup", str(tmp_path / "b"))
    with mail_server() as server:
        by_mail(office, server.port)
        assert office.ok("breach", "remind").row["sent"] == 1
        office.ok("restore", str(tmp_path / "b"), "--accept-loss")
        assert office.ok("breach", "remind").row == {"sent": 0, "waiting": 0, "to_check": 1, "next_try_at": None}
        assert len(server.letters) == 1
        assert {row["reminder"] for row in board(office)} == {"to-check"}
        aware(office, 61)
        assert office.ok("breach", "remind").row["sent"] == 1


def test_two_runs_at_once_the_second_says_so_and_does_nothing(anywhere: Shell) -> None:
    staffed(anywhere)
    aware(anywhere, 61)
    with mail_server() as server:
        by_mail(anywhere, server.port)
        ledger = open_ledger(anywhere.home)
        try:
            with lock_of(ledger, "reminders").held():
                assert anywhere.refused(5, "breach", "remind") == "REMINDING_IN_PROGRESS"
        finally:
            ledger.close()
        assert server.letters == []
        assert anywhere.ok("breach", "remind").row["sent"] == 1


def test_a_program_gets_the_reminder(office: Shell, tmp_path: Path) -> None:
    breach = aware(office, 61)
    target = tmp_path / "recu.json"
    program = tmp_path / "prevenir"
    program.write_text(f"#!{sys.executable}\nimport sys\nopen({str(target)!r}, 'w').write(sys.stdin.read())\n")
    program.chmod(0o755)
    reminded_by(office, f'by = "command"\ncommand = ["{program}"]')
    assert office.ok("breach", "remind").row["sent"] == 1
    told = json.loads(target.read_text())
    assert (told["breach"], told["deadline"], told["urgency"]) == (breach, "notify", "soon")


def test_a_trial_shows_that_letters_arrive_and_records_nothing(office: Shell) -> None:
    with mail_server() as server:
        by_mail(office, server.port)
        office.ok("breach", "remind", "--trial")
        assert len(server.letters) == 1
        server.mood = Mood.REFUSES_CONTENT
        assert office.refused(8, "breach", "remind", "--trial") == "REMINDERS_WAIT"
    assert topics(office) == []


def test_the_password_of_the_account_comes_from_a_file_or_the_environment(
    office: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aware(office, 61)
    table = 'by = "mail"\nhost = "127.0.0.1"\nport = 9\nfrom = "a@exemple.fr"\nto = ["b@exemple.fr"]\nuser = "registre"'
    reminded_by(office, table)
    assert office.refused(9, "breach", "remind") == "MAIL_PASSWORD_ABSENT"
    monkeypatch.setenv("LEDGER_SMTP_PASSWORD", "secret")
    assert office.refused(8, "breach", "remind") == "MAIL_SERVER_UNREACHABLE"
    reminded_by(office, f'{table}\npassword_file = "{tmp_path / "absent"}"')
    assert office.refused(9, "breach", "remind") == "MAIL_PASSWORD_ABSENT"


def test_reminders_stop_once_the_thing_is_done(office: Shell) -> None:
    breach = aware(office, 61)
    with mail_server() as server:
        by_mail(office, server.port)
        office.ok("breach", "sent", breach, "--type", "complete", "--receipt", "1", who="bob")
        assert office.ok("breach", "remind").row["sent"] == 0
        assert server.letters == []
