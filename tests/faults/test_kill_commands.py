"""
Receptions at a terminal, killed at any moment: what the agent was told is there, nothing is half done, and one goes on.

Each reception runs in a process of its own, at a terminal, its answers typed ahead. A question that is shown tells that
the step before it is recorded: that is what the log is held to. `./dev faults` kills 200 receptions; the ordinary tests
20.
"""

from __future__ import annotations

import json
import os
import pty
import random
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from ledger.bootstrap import Ledger, open_ledger
from ledger.identifiers import short
from ledger.store.verification import check_log
from tests.integration.commands.apart import How, Parent, Process, parent
from tests.integration.commands.leaks_story import Line, Teller

AGENT = "bob"
ENTRY, ACT = "FTI02-carte-grise", "FTI02-carte-grise:file"
ENGLISH = {"LANGUAGE": "en"}
TOLD = (
    ("Not known here yet: registered.", "subject.registered.1"),
    ("Mandate drafted: ", "mandate.drafted.1"),
    ("Was the person informed of it?", "mandate.identity-verified.1"),
    ("Have you all signed every original", "mandate.informed.1"),
    ("First look allowed until", "access.granted.1"),
)
"""What is shown at the terminal, and what must be on record once it is."""
MOMENTS = (
    "Family name",
    "What is it about?",
    "Who does it?",
    "Mandate drafted: ",
    "Was the person informed",
    "Have you",
)
"""After which words a reception is killed, a moment later."""
LONGEST_STEP = 0.04
"""Seconds within which most steps are done."""
PATIENCE = 60
LEFT = {"mode": "act-for", "present": True, "identity": "passport", "informed": True, "signed": True}
STEPS_OF_A_MANDATE = [
    "mandate.drafted.1", "mandate.identity-verified.1", "mandate.informed.1", "mandate.signed.1", "mandate.signed.1",
    "mandate.originals-counted.1", "mandate.started.1",
]  # fmt: skip
LETTERS = "bcfghkmnpq"


@dataclass
class Counter:
    """A counter at which receptions are begun at a terminal."""

    home: Path
    run: Parent
    count: int = 0

    def typed(self, *words: str) -> list[str]:
        """Give a command line of the agent."""
        return ["--ledger", str(self.home), "--as", AGENT, *words]

    def answers(self) -> list[str]:
        """Give what is typed for somebody who was never here."""
        self.count += 1
        name = "".join(LETTERS[int(digit)] for digit in str(self.count))
        return [f"Exemple{name}", "Aline", "31/12/1980", ENTRY, "2", "1", "yes", "yes"]

    @contextmanager
    def reception(self) -> Iterator[Process]:
        """Begin a reception, with everything typed ahead."""
        ours, theirs = pty.openpty()
        try:
            process = self.run.start(
                self.typed("receive", "--act", ACT), how=How(environment=ENGLISH, terminal=os.ttyname(theirs))
            )
            os.write(ours, "".join(f"{answer}\n" for answer in self.answers()).encode())
            yield process
        finally:
            os.close(theirs)
            os.close(ours)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    """Give a sandbox with an agent at the counter."""
    teller = Teller(tmp_path / "ledger")
    for line in (
        Line(("init", "--sandbox"), {"name": "Chloé Modèle"}),
        Line(("house", "register", "loiron")),
    ):
        assert teller.give(line).code == 0
    house = teller.answers[-1].row["house"]
    enrol = ("agent", "enrol", "--role", "agent", "--house", house)
    agent = teller.give(Line(enrol, {"name": "Bob Fictif", "account": AGENT})).row["agent"]
    for words in (("agent", "undertake", agent), ("agent", "train", agent, "interieur", "--until", "31/12/2099")):
        assert teller.give(Line(words)).code == 0
    with parent(tmp_path) as run:
        yield Counter(teller.home, run)


def test_receptions_that_are_killed_keep_what_was_told_and_go_on(counter: Counter, thorough: bool) -> None:
    chance, interrupted = random.Random(20260609), 0
    _one_that_ends(counter)
    for _ in range(200 if thorough else 20):
        size = _size(counter.home)
        with counter.reception() as process:
            _wait_until_it_says(process, chance.choice(MOMENTS))
            time.sleep(chance.uniform(0, LONGEST_STEP))
            process.kill()
            ended = process.wait()
        with closing(open_ledger(counter.home)) as ledger:
            _nothing_is_half_done(ledger)
            new = _topics(ledger, after=size)
            _what_was_told_is_there(new, (ended.out + ended.err).decode())
            procedure = _procedure(ledger, after=size)
        if procedure is not None and "access.granted.1" not in new:
            interrupted += 1
            _goes_on(counter, procedure, after=size)
    assert interrupted >= (40 if thorough else 2), "the kills came too early or too late"


def _one_that_ends(counter: Counter) -> None:
    """Let one reception end, and see that it says what the killed ones are held to."""
    with counter.reception() as process:
        ended = process.wait()
    assert ended.code == 0, ended.err
    said = (ended.out + ended.err).decode()
    assert [told for told in (*MOMENTS, *dict(TOLD)) if told not in said] == [], "a step is told in other words"


def _wait_until_it_says(process: Process, words: str) -> None:
    """Wait until a question is shown; all is typed ahead, so that the process does not wait with us."""
    until = time.monotonic() + PATIENCE
    while words.encode() not in process.said():
        assert time.monotonic() < until, process.said()
        time.sleep(0.001)


def _size(home: Path) -> int:
    with closing(open_ledger(home)) as ledger:
        return ledger.log.size()


def _topics(ledger: Ledger, *, after: int) -> list[str]:
    return [logged.header.topic for logged in ledger.log.each(after=after)]


def _procedure(ledger: Ledger, *, after: int) -> UUID | None:
    found = [each.header.stream for each in ledger.log.each(after=after) if each.header.topic == "procedure.opened.1"]
    return found[0] if found else None


def _what_was_told_is_there(new: list[str], said: str) -> None:
    missing = [topic for told, topic in TOLD if told in said and topic not in new]
    assert missing == [], f"told, and not on record: {missing}"


def _nothing_is_half_done(ledger: Ledger) -> None:
    """Read every byte again: positions without a gap, a root that comes out the same, steps in order and whole."""
    check = check_log(ledger.database)
    assert check.whole, check.breaks
    assert check.root == ledger.log.head().root()
    logged = list(ledger.log.each())
    assert [each.position for each in logged] == list(range(1, check.size + 1))
    for one in {each.header.stream for each in logged if each.header.topic == "mandate.drafted.1"}:
        steps = [each.header.topic for each in logged if each.header.stream == one]
        assert steps == STEPS_OF_A_MANDATE[: len(steps)]
        assert steps.count("mandate.signed.1") in {0, 2}
        assert ("mandate.originals-counted.1" in steps) == ("mandate.started.1" in steps)


def _goes_on(counter: Counter, procedure: UUID, *, after: int) -> None:
    """Go on with a reception that was killed, in a process of its own, and see that each step was done once."""
    line = counter.typed("receive", "--resume", short(procedure), "--act", ACT, "--from", "-", "--json")
    ended = counter.run.run(line, given=json.dumps(LEFT).encode())
    assert ended.code == 0, ended.err
    with closing(open_ledger(counter.home)) as ledger:
        _nothing_is_half_done(ledger)
        new = [topic for topic in _topics(ledger, after=after) if not topic.startswith(("reading.", "origin."))]
    attached = ["subject.registered.1", "procedure.opened.1", "procedure.mandate-attached.1", "access.granted.1"]
    assert sorted(set(new)) == sorted({*STEPS_OF_A_MANDATE, *attached})
    assert new.count("access.granted.1") == new.count("mandate.started.1") == new.count("procedure.opened.1") == 1
