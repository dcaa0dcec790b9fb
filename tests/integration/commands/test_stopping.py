"""Ctrl-C in a check that takes long: how far it came is said, nothing was changed, and one knows how to go on."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from typing import Any

import psycopg
import pytest

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.reading import Reading
from ledger.bootstrap import open_ledger
from ledger.clock import SystemClock
from tests.integration.commands.shell import Shell, staffed
from tests.integration.commands.test_terminal import PROGRAM, Terminal

MANY = 20_000
SECONDS = 30


@pytest.fixture
def long(office: Shell) -> Shell:
    """A ledger whose record takes a while to be read again."""
    ledger = open_ledger(office.home, clock=SystemClock())
    actor, *_ = ledger.streams.linked(REGISTER, LinkKind.AGENT)
    for _ in range(MANY // 5_000):
        pages = [Reading.of_page(house=None, page="audit.trail", rows=0, about=()) for _ in range(5_000)]
        ledger.streams.commit(ledger.command_of(actor, at=ledger.clock.now()), *pages)
    ledger.close()
    return office


@pytest.mark.parametrize(("line", "shown"), [(("proof", "verify"), "--from"), (("doctor",), "--quick")])
def test_ctrl_c_at_a_terminal_says_how_far_it_came_and_how_to_go_on(
    long: Shell, line: tuple[str, ...], shown: str
) -> None:
    before = _events(long)
    terminal = Terminal(long, line)
    terminal.expect(f"/{before}\rRelecture")  # the second line of its progress
    terminal.interrupt()
    assert terminal.end() == 130
    _, stopped, said = terminal.seen.rpartition("Arrêté")
    assert stopped
    [done] = re.findall(rf"(\d+) enregistrements sur {before}", " ".join(said.split()))
    assert 0 < int(done) <= before
    assert "rien du journal n’a été modifié" in " ".join(said.split())
    assert shown in said
    assert "Traceback" not in terminal.seen
    assert _events(long) == before
    assert long.ok("proof", "verify").row["size"] > MANY, "it can be given again"


def test_a_doctor_that_is_stopped_shows_what_it_found_by_then(long: Shell) -> None:
    terminal = Terminal(long, ("doctor",))
    terminal.expect("Relecture")
    terminal.interrupt()
    assert terminal.end() == 130
    shown = terminal.seen.partition("Arrêté")[0]
    assert "Disque" in shown, "what came before the reading of the record"
    assert "Horloge" not in shown, "what would have come after it"


@pytest.mark.parametrize("line", [("proof", "verify", "--commitments"), ("doctor",)])
def test_a_program_that_stops_one_is_told_as_json(
    shell: Shell, postgres_url: str, monkeypatch: pytest.MonkeyPatch, line: tuple[str, ...]
) -> None:
    monkeypatch.setenv("LEDGER_DATABASE_URL", postgres_url)
    staffed(shell)
    size = shell.ok("proof", "verify").row["size"]
    url = postgres_url.replace("+psycopg", "")
    with psycopg.connect(url) as other:
        _hold_boxes(other)
        process = subprocess.Popen(
            [*_without_terminal(), *line, "--json", "--ledger", str(shell.home)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ), text=True,
        )  # fmt: skip
        _wait_until_it_waits(url)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=SECONDS)
    assert process.returncode == 130
    error = json.loads(told.splitlines()[-1])
    assert (error["error"], error["exit_code"]) == ("STOPPED", 130)
    assert str(size) in error["message"]


def _without_terminal() -> tuple[str, ...]:
    python, option, start = PROGRAM
    return python, option, "\n".join(line for line in start.splitlines() if "TIOCSCTTY" not in line)


def _hold_boxes(other: psycopg.Connection[Any]) -> None:
    """Hold the boxes, so that whoever reads them waits for as long as this lasts."""
    [(schema,)] = other.execute("SELECT table_schema FROM information_schema.tables WHERE table_name = 'boxes'")
    other.execute(f"LOCK TABLE {schema}.boxes IN ACCESS EXCLUSIVE MODE")


def _wait_until_it_waits(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as watching:
        for _ in range(SECONDS * 20):
            if watching.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                return
            time.sleep(0.05)
    raise AssertionError("nobody ever waited")


def _events(shell: Shell) -> int:
    ledger = open_ledger(shell.home, clock=SystemClock())
    try:
        return ledger.log.size()
    finally:
        ledger.close()
