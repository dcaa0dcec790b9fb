"""What the doctor finds."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing

import pytest

from ledger.commands._checks import _folder
from tests.integration.commands.shell import Shell


def found(shell: Shell, code: int) -> dict[str, str]:
    said = shell.run("doctor", "--json")
    assert said.code == code, said.out
    return {row["code"]: row["health"] for row in said.rows}


def test_a_new_ledger_has_no_problem(office: Shell) -> None:
    assert "problem" not in found(office, 0).values()


@pytest.mark.parametrize("name", ["events.sqlite3", "keys", "keys/root-1.key"])
def test_files_that_others_can_read_are_a_problem(office: Shell, name: str) -> None:
    (office.home / name).chmod(0o755)
    assert found(office, 9)["permissions"] == "problem"


def test_a_root_key_that_is_gone_is_a_problem(office: Shell) -> None:
    (office.home / "keys" / "root-1.key").unlink()
    assert found(office, 9)["keys"] == "problem"


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE boxes SET bytes = zeroblob(length(bytes)) WHERE position = 1",
        "DELETE FROM boxes WHERE position = 1",
        "UPDATE events SET header = CAST(header || ' ' AS BLOB) WHERE position = 1",
        "UPDATE leaves SET leaf_hash = zeroblob(32) WHERE position = 1",
    ],
)
def test_a_record_that_was_altered_is_told_with_its_position(office: Shell, damage: str) -> None:
    with closing(sqlite3.connect(office.home / "events.sqlite3")) as database, database:
        for (trigger,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(damage)
    assert found(office, 7)["record"] == "problem"
    assert re.search(r"Première position fautive\s: 1 \(", office.run("doctor").out)
    assert "record" not in {row["code"] for row in office.run("doctor", "--quick", "--json").rows}


def test_settings_that_were_altered_are_a_problem(office: Shell) -> None:
    (office.home / "ledger.toml").write_text("format = 9")
    assert found(office, 9)["settings"] == "problem"


def test_a_folder_that_is_not_there_is_a_problem(shell: Shell) -> None:
    assert found(shell, 9)["folder"] == "problem"


def test_the_account_that_agents_use_themselves_is_to_be_known(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(office, 0)["account"] == "warning"
    monkeypatch.setenv("SUDO_UID", "54321")
    assert found(office, 0)["account"] == "good"


def test_the_doctor_needs_no_role_and_leaves_no_trace(office: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    before = office.ok("projection", "status").rows[0]
    monkeypatch.setenv("SUDO_UID", "54321")
    office.run("doctor")
    monkeypatch.delenv("SUDO_UID")
    assert office.ok("projection", "status").rows[0] == before


def test_a_file_is_not_called_a_missing_folder(office: Shell) -> None:
    settings = office.home / "ledger.toml"
    assert "C’est un fichier" in _folder(settings).said
    assert "n’existe pas" in _folder(settings / "nowhere").said


def test_what_the_last_reading_recorded_is_not_behind(office: Shell) -> None:
    office.ok("agent", "list")
    assert {row["lag"] for row in office.ok("projection", "status").rows} == {0}
