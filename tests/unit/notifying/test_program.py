"""A program that is started for each reminder: its exit code is its answer."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.notifying import program
from ledger.notifying.failures import ProgramAbsent
from ledger.notifying.program import ProgramChannel
from tests.unit.notifying.letters import LETTER, ending


def python(code: str, *arguments: str) -> ProgramChannel:
    return ProgramChannel((sys.executable, "-c", code, *arguments))


def test_the_program_reads_one_object_and_no_shell_reads_its_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://secret")
    target = tmp_path / "said; touch autre"
    code = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + str('LEDGER_DATABASE_URL' in os.environ))"
    assert ending(python(code, str(target))) == "given"
    said, seen = target.read_text().split("\n")
    assert seen == "False"
    assert json.loads(said) == {
        "reference": LETTER.reference.hex, "breach": LETTER.breach.hex, "deadline": "notify", "urgency": "soon",
        "due_at": "2026-06-09T20:00:00+00:00", "late_from": "2026-06-09T21:00:00+00:00", "subject": LETTER.subject,
        "text": LETTER.text,
    }  # fmt: skip
    assert [each.name for each in tmp_path.iterdir()] == [target.name]


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("raise SystemExit(0)", "given"),
        ("raise SystemExit(1)", "not-given"),
        ("raise SystemExit(75)", "not-given"),
        ("import os; os.kill(os.getpid(), 9)", "unknown"),
    ],
)
def test_its_exit_code_says_how_it_ended(code: str, end: str) -> None:
    assert ending(python(code)) == end


def test_one_that_takes_too_long_is_stopped_with_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PROGRAM_WAIT", timedelta(seconds=0.3))
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])"
    assert ending(python(code)) == "unknown"


def test_one_that_is_not_there_is_said_before_anything_is_claimed() -> None:
    with pytest.raises(ProgramAbsent):
        ending(ProgramChannel(("/nowhere/at-all",)))


def test_one_that_is_named_by_a_path_from_here_is_found_again_where_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "prevenir"
    program.write_text("#!/bin/sh\ncat > /dev/null\n")
    program.chmod(0o700)
    monkeypatch.chdir(tmp_path)
    assert ending(ProgramChannel(("./prevenir",))) == "given"
