"""Bad input and bad luck: the right exit code, a sentence, nothing half-done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ledger import limits
from tests.integration.commands.shell import FILE, PERSON, Shell, mandated, opened

NIR = "1 80 12 53 130 012 " + str(97 - 1801253130012 % 97).zfill(2)
NOTHING = "0" * 8


@pytest.mark.parametrize(
    "line",
    [
        ("subject", "show", NOTHING, "--purpose", "answer"), ("mandate", "show", NOTHING),
        ("procedure", "show", NOTHING), ("mandate", "revoke", NOTHING), ("access", "review", NOTHING, "cleared"),
        ("duty", "done", NOTHING), ("house", "show", NOTHING), ("audit", "agent", NOTHING),
        ("mandate", "print", NOTHING),
    ],
)  # fmt: skip
def test_a_reference_that_nothing_bears_is_not_found(office: Shell, line: tuple[str, ...]) -> None:
    office.refused(4, *line, who="bob")


@pytest.mark.parametrize("typed", ["Aline Exemple", "12", "zzzzzzzz", "é", "../../etc"])
def test_what_is_no_reference_is_refused_and_not_repeated(office: Shell, typed: str) -> None:
    said = office.run("--as", "bob", "mandate", "show", typed, "--json")
    assert said.code == 2
    assert said.out == ""
    if len(typed) > 2:
        assert typed not in said.err


def test_a_folder_without_a_ledger_is_said_so(shell: Shell) -> None:
    assert shell.refused(4, "house", "list") == "LEDGER_ABSENT"
    assert not shell.home.exists()


def test_a_ledger_is_made_once(office: Shell) -> None:
    before = sorted(office.home.rglob("*"))
    assert office.refused(5, "init", answers={"name": "Bob Fictif"}) == "LEDGER_PRESENT"
    assert sorted(office.home.rglob("*")) == before


def test_a_ledger_is_not_made_among_other_things(shell: Shell) -> None:
    shell.home.mkdir()
    (shell.home / "letter.txt").write_text("mine")
    shell.refused(9, "init", answers={"name": "Bob Fictif"})
    assert [path.name for path in shell.home.iterdir()] == ["letter.txt"]


def test_a_profile_that_is_not_there_is_told_before_anything_is_made(shell: Shell) -> None:
    shell.refused(9, "init", "--profile", "nowhere", answers={"name": "Bob Fictif"})
    assert not shell.home.exists()


def test_acting_as_somebody_else_is_for_sandboxes(shell: Shell) -> None:
    shell.ok("init", answers={"name": "Chloé Modèle"})
    assert shell.refused(3, "--as", "bob", "agent", "show") == "SANDBOX_ONLY"


def test_who_is_not_enrolled_can_do_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.ok("init", answers={"name": "Chloé Modèle"})
    monkeypatch.setenv("SUDO_UID", "54321")
    assert shell.refused(3, "agent", "show") == "NOT_ENROLLED"


def test_the_account_behind_sudo_is_who_acts(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_UID", "54321")
    shell.ok("init", answers={"name": "Chloé Modèle"})
    assert shell.ok("agent", "show").row["account"] == "uid:54321"
    monkeypatch.delenv("SUDO_UID")
    assert shell.refused(3, "agent", "show") == "NOT_ENROLLED"


def test_a_login_that_no_account_bears_is_refused_outside_a_sandbox(shell: Shell) -> None:
    shell.ok("init", answers={"name": "Chloé Modèle"})
    answers = {"name": "Bob Fictif", "account": "no-such-login"}
    assert shell.refused(2, "agent", "enrol", "--role", "dpo", answers=answers) == "ACCOUNT_UNKNOWN"


def test_steps_of_a_mandate_in_the_wrong_order_are_refused(office: Shell) -> None:
    case = opened(office)
    mandate = office.ok("mandate", "draft", "--person", case.subject, "--act", FILE, "--days", "31", who="bob").row[
        "mandate"
    ]
    assert office.refused(3, "mandate", "inform", mandate, "--all", who="bob") == "WRONG_ORDER"
    assert office.refused(3, "mandate", "sign", mandate, "--everybody", who="bob") == "WRONG_ORDER"
    assert office.refused(3, "mandate", "originals", mandate, "--count", "2", who="bob") == "SIGNATURE_MISSING"
    assert office.ok("mandate", "show", mandate, who="bob").row["state"] == "drafted"


@pytest.mark.row("S-4.6.17")
def test_as_many_originals_as_parties(office: Shell) -> None:
    case = opened(office)
    mandate = office.ok("mandate", "draft", "--person", case.subject, "--act", FILE, "--days", "31", who="bob").row[
        "mandate"
    ]
    office.ok("mandate", "verify-identity", mandate, "--person", case.subject, "--method", "passport", who="bob")
    office.ok("mandate", "inform", mandate, "--all", who="bob")
    office.ok("mandate", "sign", mandate, "--everybody", who="bob")
    assert office.refused(3, "mandate", "originals", mandate, "--count", "1", who="bob") == "ORIGINALS_MISSING"


def test_a_social_security_number_is_refused_wherever_it_is_typed(office: Shell) -> None:
    case = opened(office)
    for line, answers in (
        (("subject", "register"), {**PERSON, "phone": NIR}),
        (("subject", "register"), {**PERSON, "address": f"{NIR} rue X, 53320 Loiron"}),
        (("procedure", "open", "--subject", case.subject), {"entry": "carte grise", "note": f"NIR {NIR}"}),
        (("procedure", "contact", case.procedure, "phone"), {"note": f"son numéro : {NIR}"}),
    ):
        said = office.run("--as", "bob", *line, "--json", answers=answers)
        assert said.code in (2, 3), line
        assert NIR not in said.out + said.err


@pytest.mark.parametrize(
    "stdin",
    [b"", b"{", b"[]", b'{"family_name": 1}', b'{"nom": "Exemple"}', b"\xff\xfe", b" " * (limits.INPUT_BYTES + 1)],
)
def test_malformed_answers_are_a_usage_error_and_write_nothing(office: Shell, stdin: bytes) -> None:
    before = office.ok("projection", "status").rows[0]
    said = office.run("--as", "bob", "subject", "register", "--from", "-", "--json", stdin=stdin)
    assert said.code == 2
    assert said.error
    assert office.ok("projection", "status").rows[0] == before


def test_without_a_terminal_a_question_is_an_error_not_a_hang(office: Shell) -> None:
    assert office.refused(2, "subject", "register", who="bob") == "ANSWERS_NEEDED"


def test_a_key_store_that_is_gone_is_a_clear_error(office: Shell) -> None:
    (office.home / "keys" / "keys.sqlite3").rename(office.home / "elsewhere")
    said = office.run("--as", "bob", "subject", "register", "--json", answers=PERSON)
    assert said.code in (8, 9)
    assert "Traceback" not in said.err


def test_a_root_key_that_is_gone_is_a_clear_error(office: Shell) -> None:
    (office.home / "keys" / "root-1.key").unlink()
    said = office.run("--as", "bob", "subject", "register", "--json", answers=PERSON)
    assert said.code in (8, 9)


def test_a_root_key_that_others_can_read_is_refused(office: Shell) -> None:
    (office.home / "keys" / "root-1.key").chmod(0o644)
    assert office.run("--as", "bob", "subject", "register", answers=PERSON).code == 9


def test_altered_data_are_told_as_such(office: Shell) -> None:
    import sqlite3

    case = opened(office)
    with sqlite3.connect(office.home / "events.sqlite3") as database:
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in names:
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE boxes SET bytes = zeroblob(length(bytes))")
    database.close()
    said = office.run("--as", "bob", "procedure", "show", case.procedure, "--json")
    assert said.code == 7


def test_an_answer_that_can_not_be_written_ends_with_its_own_code(office: Shell) -> None:
    line = [sys.executable, "-c", "import sys; from ledger.commands import main; sys.exit(main())", "--ledger"]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*line, str(office.home), "house", "list"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 8
    assert b"Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error_message(office: Shell) -> None:
    command = f"{sys.executable} -c 'import sys; from ledger.commands import main; sys.exit(main())'"
    script = f"{command} --ledger {office.home} catalogue show --json | head -n 1"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {script}"], capture_output=True, check=False)
    assert json.loads(done.stdout)["code"]
    assert done.stderr == b""


def test_roles_do_not_do_each_other_s_work(office: Shell) -> None:
    case = opened(office)
    mandate = mandated(office, case)
    assert office.refused(3, "audit", "subject", case.subject, who="bob") == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "audit", "trail", who="bob") == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "retention", "run", who="bob") == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "subject", "show", case.subject, "--purpose", "reach", who="dora") == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "mandate", "print", mandate, "--text", who="dora") == "ROLE_NOT_ALLOWED"
    line = ("authority", "grant", "logs", "--from-day", "01/01/2026", "--reference", "X")
    assert office.refused(3, *line, who="bob") == "ROLE_NOT_ALLOWED"


def test_an_agent_of_another_house_sees_nothing_of_a_case(office: Shell) -> None:
    case = opened(office)
    house = office.ok("house", "register", "bonneuil-matours").row["house"]
    answers = {"name": "Eve Factice", "account": "eve"}
    eve = office.ok("agent", "enrol", "--role", "agent", "--house", house, answers=answers).row["agent"]
    office.ok("agent", "undertake", eve)
    assert office.ok("procedure", "list", who="eve").rows == []
    assert office.refused(3, "procedure", "show", case.procedure, who="eve") == "OTHER_HOUSE"
    assert office.ok("procedure", "list", "--subject", case.subject, who="eve").rows == []
    assert office.ok("access", "list", "--procedure", case.procedure, who="eve").rows == []
