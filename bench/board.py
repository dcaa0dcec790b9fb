"""
The board with 1,000 breaches, as it is typed: one process, from its start to its end, everything shown.

Their clocks are in every state: running, near, late, with an initial notification that waits for its complement, and
with the complaint for the insurance. The peer is the same command with no breach at all: what is above it is what the
breaches cost.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

from ledger.bootstrap import Ledger
from ledger.bootstrap.making import Founder, create_ledger
from ledger.commands._context import account
from ledger.identifiers import new_id
from ledger.policies.breach_vocabulary import UNKNOWN_OCCURRENCE
from ledger.rules.cnil import FormType
from ledger.usecases.breach.declare import Awareness, Declaration, declare
from ledger.usecases.breach.notify import Notification, notify

BREACHES = 1_000
ROUNDS = 5
WANTED = 1.0
LONGEST = timedelta(hours=80)


@dataclass(frozen=True)
class Shown:
    """How long one waits for the board."""

    name: str
    seconds: float
    longest: float
    empty: float
    clocks: int

    def __str__(self) -> str:
        return (
            f"{self.name:<58} {self.seconds:6.2f} s   (longest {self.longest:.2f})  wanted <= {WANTED:.0f} s   "
            f"{self.clocks:,} clocks; without a breach {self.empty:.2f} s"
        )


def run(folder: Path, *, breaches: int = BREACHES) -> Iterator[Shown]:
    folder.mkdir()
    for name, count in (("empty", 0), ("full", breaches)):
        ledger, founder = create_ledger(folder / name, founder=Founder("Banc", account()), sandbox=True)
        for number in range(count):
            _declared(ledger, founder, number, ledger.clock.now())
        ledger.runner.catch_up()
        ledger.close()
    empty, clocks = _measured(folder / "empty"), _clocks(folder / "full")
    for name, more in ((f"board of {breaches:,} breaches", ()), ("  one line of it, for monitoring", ("--check",))):
        seconds = _measured(folder / "full", *more)
        yield Shown(name, median(seconds), max(seconds), median(empty), clocks)


def _declared(ledger: Ledger, agent: UUID, number: int, now: datetime) -> None:
    """Declare a breach; every third has an initial notification, every fifth is an attack on a system."""
    since = now - LONGEST * (number % 97 + 1) / 97
    command = ledger.command_of(agent, at=now)
    told = Declaration(
        signalled_at=since, occurrence=UNKNOWN_OCCURRENCE, account="Un courrier est parti chez un voisin",
        awareness=Awareness(since), attack_known_at=since if number % 5 == 0 else None,
    )  # fmt: skip
    breach = declare(ledger.desk, command, told).streams[0]
    if number % 3 == 0:
        reasons = "Découverte tardive"
        notify(
            ledger.desk, ledger.command_of(agent, at=now), breach,
            Notification(FormType.INITIAL, now, receipt=str(new_id()), reasons=reasons),
        )  # fmt: skip


def _measured(home: Path, *more: str) -> list[float]:
    """Give the seconds of each round."""
    seconds = []
    for _ in range(ROUNDS):
        begun = perf_counter()
        _shown(home, *more)
        seconds.append(perf_counter() - begun)
    return seconds


def _clocks(home: Path) -> int:
    return _shown(home, "--json").count(b"\n")


def _shown(home: Path, *more: str) -> bytes:
    """Give the board; its exit code tells how urgent it is, and not whether it went well."""
    command = [sys.executable, str(Path(__file__).parent.parent / "cli.py"), "breach", "board", *more]
    environment = {**os.environ, "LEDGER_HOME": str(home)}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode in (0, 10, 11), done.stderr
    return done.stdout
