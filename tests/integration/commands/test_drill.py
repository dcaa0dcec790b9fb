"""`ledger drill erasure`: it passes on each database, can fail, and leaves nothing of itself behind."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from ledger.bootstrap import drilling
from ledger.proof.notes import check_note
from tests.integration.commands.shell import Shell, staffed


def test_what_was_erased_does_not_come_back_and_the_control_does(
    anywhere: Shell, tmp_path: Path, request: pytest.FixtureRequest, backend: str
) -> None:
    staffed(anywhere)
    row = anywhere.ok("drill", "erasure", "--to", str(tmp_path / "report.txt")).row
    assert row["outcome"] == "PASSED"
    questions = ("erased_from_old_keys", "erased_after_restore", "living_opened", "control_opened")
    assert [row[question] for question in questions] == [True] * 4
    assert (tmp_path / "report.txt").read_text() == row["report"]
    verifier_key = anywhere.ok("keys", "status").row["verifier_key"]
    assert "Témoin" in check_note(row["report"], verifier_key=verifier_key)
    assert list(anywhere.home.glob("drill-*")) == []
    if backend == "postgresql":
        url = make_url(request.getfixturevalue("postgres_url")).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'ledger\\_%'").fetchall()
        assert len({name[: len("ledger_12345678")] for (name,) in found}) == 1


def _do_nothing(*_: object) -> None:
    """Erase nothing."""


@pytest.mark.parametrize(
    ("broken", "told"),
    [("_erase", ("ERASURE_FAILED", "FAILED")), ("_attempt", ("DRILL_PROVED_NOTHING", "PROVED_NOTHING"))],
)
def test_a_drill_can_fail_and_is_then_told_and_recorded(
    office: Shell, monkeypatch: pytest.MonkeyPatch, broken: str, told: tuple[str, str]
) -> None:
    monkeypatch.setattr(drilling, broken, _do_nothing)
    said = office.run("drill", "erasure", "--json")
    assert said.code == 7
    assert (json.loads(said.err.splitlines()[-1])["error"], said.row["outcome"]) == told
    assert list(office.home.glob("drill-*")) == []


def test_who_neither_decides_nor_audits_holds_no_drill(office: Shell) -> None:
    assert office.refused(3, "drill", "erasure", who="bob") == "ROLE_NOT_ALLOWED"
    assert office.ok("drill", "erasure", who="dora").row["outcome"] == "PASSED"
