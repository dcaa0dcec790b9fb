from __future__ import annotations

import subprocess
import sys
from uuid import uuid4

import pytest

from ledger.commands._context import Session
from ledger.commands._program import program, run
from ledger.commands._words import Program, verb
from ledger.translation import mark

HEAVY = {"sqlalchemy", "sqlite3", "psycopg", "cryptography", "eventsourcing", "msgspec", "structlog", "typst"}


def with_verb(*, writes: bool) -> tuple[Program, list[Session]]:
    seen: list[Session] = []

    @verb("probe", help=mark("Show the version and exit."), writes=writes)
    def probe(session: Session) -> None:
        seen.append(session)

    root = program()
    root.add_command(probe)
    return root, seen


@pytest.mark.parametrize("line", [["--help"], ["mandate", "--help"], ["completion", "bash"], ["--bad"]])
def test_help_imports_nothing_heavy(line: list[str]) -> None:
    script = f"import sys; from ledger.commands import main; main({line!r}); print('|', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not HEAVY & {name.partition(".")[0] for name in done.stdout.rpartition("|")[2].split()}


def test_help_is_french_by_default_click_s_own_words_included(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Usage\N{NO-BREAK SPACE}: ledger [OPTIONS] COMMANDE")
    assert "Afficher cette aide et terminer." in shown
    assert "Les mandats" in shown


def test_help_is_english_when_asked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_GB:fr")
    assert run(["--help"]) == 0
    assert "Show this message and exit." in capsys.readouterr().out


@pytest.mark.parametrize("line", [["probe", "--json"], ["--json", "probe"]])
def test_shared_options_stand_before_or_after_the_command(line: list[str]) -> None:
    root, seen = with_verb(writes=False)
    assert run(line, root=root) == 0
    assert seen[0].form == "json"


@pytest.mark.parametrize(
    "line", [["--json", "--csv", "probe"], ["probe", "--json", "--csv"], ["--json", "probe", "--csv"]]
)
def test_two_forms_at_once_are_refused(line: list[str]) -> None:
    root, seen = with_verb(writes=False)
    assert run(line, root=root) == 2
    assert not seen


def test_a_key_is_for_commands_that_write() -> None:
    key = uuid4()
    root, seen = with_verb(writes=True)
    assert run(["probe", "--key", str(key)], root=root) == 0
    assert seen[0].key == key
    root, seen = with_verb(writes=False)
    assert run(["probe", "--key", str(key)], root=root) == 2


def test_without_a_key_each_run_has_an_id_of_its_own() -> None:
    root, seen = with_verb(writes=True)
    run(["probe"], root=root)
    run(["probe"], root=root)
    assert seen[0].key != seen[1].key


def test_a_ledger_that_nobody_named_is_a_clear_error(capsys: pytest.CaptureFixture[str]) -> None:
    @verb("open", help="")
    def opening(session: Session) -> None:
        str(session.home)

    root = program()
    root.add_command(opening)
    assert run(["open"], root=root) == 9
    assert "LEDGER_HOME" in capsys.readouterr().err


def test_the_folder_comes_from_the_environment_or_the_option(monkeypatch: pytest.MonkeyPatch) -> None:
    root, seen = with_verb(writes=False)
    monkeypatch.setenv("LEDGER_HOME", "/from/environment")
    run(["probe"], root=root)
    run(["probe", "--ledger", "/from/option"], root=root)
    assert [str(session.home) for session in seen] == ["/from/environment", "/from/option"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_gives_a_script_for_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_LEDGER_COMPLETE" in capsys.readouterr().out


def test_every_noun_of_the_help_is_a_command() -> None:
    root = program()
    missing = [name for _, nouns in root.chapters for name, _ in nouns if not name.isidentifier()]
    assert not missing
