"""`ledger backup` and `ledger restore`, as they are typed: what they say, and their exit codes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.commands.shell import Shell, opened, staffed


def test_a_backup_says_what_it_holds_and_what_it_does_not(office: Shell, tmp_path: Path) -> None:
    row = office.ok("backup", str(tmp_path / "b")).row
    assert row["parts"] == ["events", "keys"]
    assert (row["epoch"], len(row["root"])) == (1, 64)
    said = office.run("backup", str(tmp_path / "c"))
    assert said.code == 0
    assert "clé racine" in said.err + said.out
    assert office.ok("backup", str(tmp_path / "e"), "--events-only").row["parts"] == ["events"]
    assert office.ok("backup", str(tmp_path / "k"), "--keys-only").row["parts"] == ["keys"]


@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        (("b",), 5, "BACKUP_FOLDER_IN_USE"),
        (("nowhere/b",), 9, "BACKUP_FOLDER_UNUSABLE"),
        (("c", "--events-only", "--keys-only"), 2, "ONE_PART"),
    ],
)
def test_a_backup_that_can_not_be_made_says_why(
    office: Shell, tmp_path: Path, options: tuple[str, ...], code: int, error: str
) -> None:
    office.ok("backup", str(tmp_path / "b"))
    assert office.refused(code, "backup", str(tmp_path / options[0]), *options[1:]) == error


def test_a_restore_tells_what_it_lost(anywhere: Shell, tmp_path: Path) -> None:
    staffed(anywhere)
    anywhere.ok("backup", str(tmp_path / "b"))
    case = opened(anywhere)
    assert anywhere.refused(3, "restore", str(tmp_path / "b")) == "EVENTS_WOULD_BE_LOST"
    assert anywhere.refused(3, "restore", str(tmp_path / "b"), "--accept-loss", who="bob") == "ROLE_NOT_ALLOWED"
    anywhere.ok("procedure", "show", case.procedure, who="bob")
    row = anywhere.ok("restore", str(tmp_path / "b"), "--accept-loss").row
    assert (row["keys"], row["by"], row["loss_known"], row["keys_lost"]) == ("in-place", "delegate", True, 0)
    assert row["lost_from"] == row["size"] + 1 <= row["lost_to"]
    assert anywhere.refused(4, "procedure", "show", case.procedure, who="bob") == "NOT_FOUND"
    assert opened(anywhere) != case
    assert anywhere.run("doctor").code == 0


def test_a_restore_of_a_ledger_that_is_gone_says_that_nobody_can_know_what_is_lost(
    office: Shell, tmp_path: Path
) -> None:
    office.ok("backup", str(tmp_path / "b"))
    for path in office.home.glob("events.sqlite3*"):
        path.unlink()
    said = office.run("restore", str(tmp_path / "b"))
    assert said.code == 0
    assert "n’a pas pu être lu" in said.err + said.out
    shutil.rmtree(tmp_path / "b" / "events")
    assert office.refused(4, "restore", str(tmp_path / "b")) == "BACKUP_ABSENT"
