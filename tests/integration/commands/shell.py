"""A shell on a ledger that is made and used by its commands only, as people and programs do."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.commands._program import run

FILE = "FTI02-carte-grise:file"
PERSON = {"family_name": "Exemple", "given_name": "Aline", "birth_date": "31/12/1980", "phone": "06 12 34 56 78"}


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON Lines of the answer."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def row(self) -> dict[str, Any]:
        """The one JSON object of the answer."""
        (row,) = self.rows
        return row

    @property
    def error(self) -> str:
        """The code of the error, told as JSON."""
        return str(json.loads(self.err)["error"])

    @property
    def table(self) -> list[list[str]]:
        """The CSV of the answer."""
        return list(csv.reader(io.StringIO(self.out)))


class Shell:
    """Runs commands on one ledger."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = home
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def run(self, *line: str, answers: object = None, stdin: bytes | None = None) -> Said:
        """Run one command as it is typed; `answers` go to standard input as JSON, with --from -."""
        words = [*line, *(["--from", "-"] if answers is not None else [])]
        content = json.dumps(answers).encode() if stdin is None else stdin
        with self._typed(content):
            code = run([*words, "--ledger", str(self.home)])
        said = self._capsys.readouterr()
        return Said(code, said.out, said.err)

    def ok(self, *line: str, answers: object = None, who: str = "") -> Said:
        """Run a command that must succeed, and give its answer as JSON."""
        acting = ["--as", who] if who else []
        said = self.run(*acting, *line, "--json", answers=answers)
        assert said.code == 0, (line, said.err)
        return said

    def refused(self, code: int, *line: str, answers: object = None, who: str = "") -> str:
        """Run a command that must fail with this exit code, and give the code of its error."""
        acting = ["--as", who] if who else []
        said = self.run(*acting, *line, "--json", answers=answers)
        assert said.code == code, (line, said.out, said.err)
        return said.error

    @contextmanager
    def _typed(self, content: bytes) -> Iterator[None]:
        with self._monkeypatch.context() as patch:
            patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
            yield


@dataclass(frozen=True)
class Staff:
    """A sandbox with a house, the controller's delegate, an agent (bob) and a data protection officer (dora)."""

    house: str
    bob: str
    dora: str


def staffed(shell: Shell) -> Staff:
    """Make a sandbox in which people can be received."""
    shell.ok("init", "--sandbox", answers={"name": "Chloé Modèle"})
    house = shell.ok("house", "register", "loiron").row["house"]
    bob = shell.ok(
        "agent", "enrol", "--role", "agent", "--house", house, answers={"name": "Bob Fictif", "account": "bob"}
    ).row["agent"]
    dora = shell.ok("agent", "enrol", "--role", "dpo", answers={"name": "Dora Inventée", "account": "dora"}).row[
        "agent"
    ]
    shell.ok("agent", "undertake", bob)
    shell.ok("agent", "train", bob, "interieur", "--until", "31/12/2030")
    return Staff(house, bob, dora)


@dataclass(frozen=True)
class Case:
    """A person with an open procedure."""

    subject: str
    procedure: str


def opened(shell: Shell) -> Case:
    """Register a person and open a procedure in their name."""
    subject = shell.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    answers = {"entry": "carte grise"}
    procedure = shell.ok("procedure", "open", "--subject", subject, "--mode", "act-for", answers=answers, who="bob")
    return Case(subject, procedure.row["procedure"])


def mandated(shell: Shell, case: Case) -> str:
    """Draw up a mandate, have it signed, attach it, and give its reference."""
    mandate: str = shell.ok("mandate", "draft", "--person", case.subject, "--act", FILE, "--days", "31", who="bob").row[
        "mandate"
    ]
    shell.ok("mandate", "verify-identity", mandate, "--person", case.subject, "--method", "identity-card", who="bob")
    shell.ok("mandate", "inform", mandate, "--all", who="bob")
    shell.ok("mandate", "sign", mandate, "--everybody", who="bob")
    shell.ok("mandate", "originals", mandate, "--count", "2", who="bob")
    shell.ok("procedure", "attach", case.procedure, "--mandate", mandate, who="bob")
    return mandate
