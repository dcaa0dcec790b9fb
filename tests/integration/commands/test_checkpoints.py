"""Commands sign what they put on record where that is due, never fail by it, and say when they could not."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ledger.proof.archive import CheckpointReason, ProofArchive, SignedCheckpoint
from ledger.proof.notes import check_note
from tests.integration.commands.shell import Shell, staffed
from tests.integration.commands.test_doctor import found
from tests.integration.commands.test_main_path import _entry_that_keeps_a_value


def signed(shell: Shell) -> list[SignedCheckpoint]:
    return ProofArchive(shell.home / "keys" / "proof.sqlite3").all()


def every(shell: Shell, **chosen: int) -> None:
    """Choose how often checkpoints are signed."""
    settings = shell.home / "ledger.toml"
    text = settings.read_text(encoding="utf-8")
    head, holder, rest = text.partition("\n[[holder]]")
    lines = "".join(f"checkpoint_{name} = {value}\n" for name, value in chosen.items())
    settings.write_text(head + lines + holder + rest, encoding="utf-8")


def test_nothing_is_signed_before_it_is_due(anywhere: Shell) -> None:
    staffed(anywhere)
    anywhere.ok("agent", "list")
    assert signed(anywhere) == []
    assert anywhere.ok("proof", "checkpoint", "--if-due").row["origin"] is None
    assert anywhere.ok("proof", "origins").rows == []


def test_a_command_signs_once_so_many_events_were_recorded(anywhere: Shell) -> None:
    staffed(anywhere)
    every(anywhere, events=3)
    anywhere.ok("agent", "list")
    [first] = signed(anywhere)
    assert first.why is CheckpointReason.EVENTS
    for _ in range(2):
        anywhere.ok("agent", "list")
    assert len(signed(anywhere)) == 1
    anywhere.ok("agent", "list")
    assert len(signed(anywhere)) == 2
    assert anywhere.ok("proof", "origins").row["checkpoints"] == 2


def test_a_checkpoint_is_written_as_others_read_it(office: Shell, tmp_path: Path) -> None:
    target = tmp_path / "checkpoint.txt"
    row = office.ok("proof", "checkpoint", "--to", str(target)).row
    assert target.read_text(encoding="utf-8") == row["note"]
    key = office.ok("proof", "log-key").row["verifier_key"]
    assert check_note(row["note"], verifier_key=key).splitlines()[:2] == [row["origin"], str(row["size"])]
    said = office.run("proof", "checkpoint")
    assert said.out == row["note"], "what goes to a file by > is the note and nothing else"
    assert office.run("proof", "log-key").out == f"{key}\n"


def test_a_file_that_is_there_is_left_and_nothing_is_signed_for_it(office: Shell, tmp_path: Path) -> None:
    target = tmp_path / "checkpoint.txt"
    target.write_text("mine", encoding="utf-8")
    before = len(signed(office))
    assert office.refused(2, "proof", "checkpoint", "--to", str(target)) == "CARRIED_FILE_THERE"
    assert target.read_text(encoding="utf-8") == "mine"
    assert len(signed(office)) == before
    assert office.refused(8, "proof", "checkpoint", "--to", str(tmp_path / "no" / "x")) == "CARRIED_FILE_UNWRITABLE"


def test_every_run_that_destroys_is_followed_by_a_checkpoint(anywhere: Shell) -> None:
    staff = staffed(anywhere)
    kept = _entry_that_keeps_a_value(anywhere)
    person = {"family_name": "Exemple", "given_name": "Aline", "birth_date": "31/12/1980"}
    subject = anywhere.ok("subject", "register", answers=person, who="bob").row["subject"]
    anywhere.ok("agent", "train", staff.bob, kept["partner_id"], "--until", "31/12/2030")
    line = ("procedure", "open", "--subject", subject, "--informed")
    procedure = anywhere.ok(*line, answers={"entry": kept["code"]}, who="bob").row["procedure"]
    anywhere.ok("procedure", "collect", procedure, kept["field"], answers={"value": kept["value"]}, who="bob")
    anywhere.ok("procedure", "resolve", procedure, kept["outcome"], who="bob")
    anywhere.ok("authority", "grant", "working-data", "--from-day", "01/01/2026", "--reference", "AD53 2026-014")
    assert signed(anywhere) == []
    assert anywhere.ok("retention", "run").row["destroyed"] == 1
    [after] = signed(anywhere)
    assert after.why is CheckpointReason.DESTRUCTION
    anywhere.ok("retention", "run")
    assert len(signed(anywhere)) == 1, "nothing was destroyed"


@contextmanager
def away(path: Path) -> Iterator[None]:
    """Take a file away for the length of a block."""
    path.rename(path.with_name("away"))
    yield
    path.with_name("away").rename(path)


def test_a_command_whose_checkpoint_could_not_be_signed_is_done_and_says_so(office: Shell) -> None:
    every(office, events=1)
    office.ok("proof", "checkpoint")
    with away(office.home / "keys" / "signing.key"):
        said = office.run("agent", "list", "--json")
        assert (said.code, len(said.rows)) == (0, 3)
        assert "La clé de signature" in said.err
    office.ok("agent", "list")
    assert len(signed(office)) == 2


def test_the_doctor_warns_of_a_checkpoint_that_is_long_due(office: Shell) -> None:
    assert found(office, 0)["checkpoints"] == "good"
    office.ok("proof", "checkpoint")
    office.ok("agent", "list")
    every(office, minutes=1)
    with closing(sqlite3.connect(office.home / "keys" / "proof.sqlite3")) as archive, archive:
        archive.execute("DROP TRIGGER checkpoints_update")
        archive.execute("UPDATE checkpoints SET issued_at = '2026-01-01T00:00:00+00:00'")
    assert found(office, 0)["checkpoints"] == "warning"
    office.ok("proof", "checkpoint")
    assert found(office, 0)["checkpoints"] == "good"


def test_the_doctor_tells_an_archive_with_a_row_that_belongs_to_nothing(office: Shell) -> None:
    office.ok("proof", "checkpoint")
    with closing(sqlite3.connect(office.home / "keys" / "proof.sqlite3")) as archive, archive:
        archive.execute("INSERT INTO cosignatures VALUES (1, 99, 'temoin.example', x'00', x'00')")
    assert found(office, 7)["checkpoints"] == "problem"
    assert office.refused(7, "proof", "verify") == "ARCHIVE_DAMAGED"


def test_an_old_file_that_was_put_back_is_told_by_the_doctor_and_not_signed(office: Shell, tmp_path: Path) -> None:
    office.ok("proof", "checkpoint")
    with closing(sqlite3.connect(office.home / "events.sqlite3")) as live:
        live.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(office.home / "events.sqlite3", tmp_path / "old")
    office.ok("agent", "list")
    office.ok("proof", "checkpoint")
    for ending in ("-wal", "-shm"):
        (office.home / f"events.sqlite3{ending}").unlink(missing_ok=True)
    shutil.copy(tmp_path / "old", office.home / "events.sqlite3")
    assert found(office, 7)["checkpoints"] == "problem"
    assert office.refused(7, "proof", "checkpoint") == "LOG_CONTRADICTS_CHECKPOINT"
    assert office.refused(3, "proof", "new-origin", "--reason", "essai", who="bob") == "ROLE_NOT_ALLOWED"
    row = office.ok("proof", "new-origin", "--reason", "fichier remis en place").row
    assert row["origin"].endswith("/e2")
    assert found(office, 0)["checkpoints"] == "good"


@pytest.mark.parametrize("value", ["0", "-1", "true", '"often"', "1000001", "1.5"])
def test_how_often_checkpoints_are_signed_is_a_number(office: Shell, value: str) -> None:
    settings = office.home / "ledger.toml"
    settings.write_text(f"checkpoint_events = {value}\n{settings.read_text(encoding='utf-8')}", encoding="utf-8")
    assert office.refused(9, "agent", "list") == "SETTINGS_INVALID"


def test_a_key_that_was_changed_leaves_the_receipts_checkable(office: Shell) -> None:
    office.ok("keys", "rotate")
    before = office.ok("proof", "log-key").row["verifier_key"]
    assert found(office, 0)["keys"] == "warning"
    row = office.ok("proof", "rotate-key", "--reason", "changement annuel").row
    assert row["signed_by_old"]
    assert found(office, 0)["keys"] == "warning", "and no problem"
    office.ok("proof", "checkpoint")
    assert [key["current"] for key in office.ok("proof", "log-key").rows] == [True]
    assert office.ok("proof", "log-key").row["verifier_key"] != before
    assert office.refused(3, "proof", "rotate-key", "--reason", "essai", who="dora") == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "proof", "rotate-key", "--reason", " ") == "DECISION_UNEXPLAINED"
