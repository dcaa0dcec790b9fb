from __future__ import annotations

import errno
import json
import sqlite3
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import click
import pytest

import ledger
from ledger.commands._context import Session
from ledger.commands._program import program, run
from ledger.commands._words import verb
from ledger.errors import (
    UNREPEATED,
    Conflict,
    DataErased,
    IntegrityBroken,
    Invalid,
    LedgerError,
    Misconfigured,
    NotFound,
    Refused,
    Unavailable,
)
from ledger.rules.law import LawMissing

Captured = pytest.CaptureFixture[str]
SECRET = "Aline Exemple 1980"


def run_raising(error: BaseException, *line: str) -> int:
    """Run `ledger broken`, a command that fails with this error."""

    @verb("broken", help="")
    def broken(session: Session) -> None:
        name = SECRET  # what a traceback with variables would show
        assert name
        raise error

    root = program()
    root.add_command(broken)
    return run(["broken", *line], root=root)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Invalid(), 2),
        (Refused(), 3),
        (NotFound(reference="1a2b3c4d"), 4),
        (Conflict(), 5),
        (DataErased(), 6),
        (IntegrityBroken(), 7),
        (Unavailable(), 8),
        (Misconfigured(), 9),
        (LedgerError(), 1),
        (ValueError(SECRET), 1),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 141),
        (click.UsageError("no"), 2),
        (OSError(errno.ENOSPC, "full"), 8),
        (PermissionError(errno.EACCES, "no"), 9),
        (sqlite3.OperationalError("database is locked"), 8),
    ],
)
def test_every_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert run_raising(error) == code


def test_a_known_error_says_its_sentence_and_the_next_step_in_french(capsys: Captured) -> None:
    run_raising(NotFound(reference="1a2b3c4d"))
    said = capsys.readouterr()
    assert said.out == ""
    assert "Erreur" in said.err
    assert "1a2b3c4d" in said.err
    assert "Vérifiez la référence" in said.err


def test_a_known_error_speaks_english_when_asked(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    run_raising(NotFound(reference="1a2b3c4d"))
    assert "Nothing was found under the reference 1a2b3c4d." in capsys.readouterr().err


def test_with_json_an_error_is_one_json_object_on_stderr(capsys: Captured) -> None:
    run_raising(Conflict(), "--json")
    said = capsys.readouterr()
    told = json.loads(said.err)
    assert said.out == ""
    assert told["error"] == "CONFLICT"
    assert told["exit_code"] == 5
    assert told["message"]
    assert told["next_step"]


def test_with_json_a_mistyped_command_is_json_too(capsys: Captured) -> None:
    assert run(["--json", "mandat"]) == 2
    told = json.loads(capsys.readouterr().err)
    assert told["error"] == "USAGE"


def test_an_unexpected_error_shows_and_logs_no_value(capsys: Captured, tmp_path: Path) -> None:
    (tmp_path / "ledger.toml").touch()
    assert run_raising(ValueError(SECRET), "--ledger", str(tmp_path)) == 1
    said = capsys.readouterr()
    log = (tmp_path / "log" / "ledger.jsonl").read_text()
    told = json.loads(log)
    assert told["incident"] in said.err
    assert told["kinds"] == ["ValueError"]
    assert any("broken" in line for line in told["lines"])
    for text in (said.out, said.err, log):
        assert "Aline" not in text
        assert "Traceback" not in text
    assert (tmp_path / "log" / "ledger.jsonl").stat().st_mode & 0o077 == 0


def test_a_refusal_is_nothing_for_the_log(tmp_path: Path) -> None:
    (tmp_path / "ledger.toml").touch()
    run_raising(Refused(), "--ledger", str(tmp_path))
    assert not (tmp_path / "log").exists()


def test_a_failure_without_a_ledger_folder_still_ends_with_words(tmp_path: Path, capsys: Captured) -> None:
    assert run_raising(ValueError(SECRET), "--ledger", str(tmp_path / "absent")) == 1
    assert "incident" in capsys.readouterr().err
    assert not (tmp_path / "absent").exists()


def test_an_error_whose_sentence_lacks_a_detail_still_speaks(capsys: Captured) -> None:
    assert run_raising(NotFound()) == 4
    assert "Erreur" in capsys.readouterr().err


def _not_found(kind: type[NotFound]) -> Iterator[type[NotFound]]:
    yield kind
    for one in kind.__subclasses__():
        yield from _not_found(one)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_what_is_not_repeated_leaves_no_hole_in_a_sentence(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    """Somebody reads the sentence; a name typed in the wrong place is not in it, nor a mark in its stead."""
    for module in walk_packages(ledger.__path__, "ledger."):
        import_module(module.name)
    monkeypatch.setenv("LANGUAGE", language)
    details = {
        "day": "2026-06-09",
        "file": UNREPEATED,
        "model": "duties",
        "code": "x",
        "least": 8,
        "reference": UNREPEATED,
    }
    for kind in [*_not_found(NotFound), LawMissing]:
        said = kind(**details).explain()
        assert UNREPEATED not in said, (kind, said)
        assert "{" not in said
