"""The steps of a mandate in any order but theirs: each is refused by its rule, and nothing of it is recorded."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.commands.leaks_story import Answer, Line, Teller
from tests.integration.commands.test_bad_luck_between_processes import ENTRY, FILE, Office, established, topics

ORDER = ("identity", "inform", "sign", "originals", "revoke")
REFUSED = {
    (): {
        "inform": "WRONG_ORDER", "sign": "WRONG_ORDER", "originals": "SIGNATURE_MISSING", "strike": "MANDATE_NOT_LIVE",
        "tell": "NOT_ENDED", "account": "MANDATE_NOT_LIVE", "act": "MANDATE_NOT_LIVE", "look": "MANDATE_NOT_LIVE",
    },
    ("identity",): {
        "sign": "WRONG_ORDER", "originals": "SIGNATURE_MISSING", "strike": "MANDATE_NOT_LIVE", "tell": "NOT_ENDED",
        "account": "MANDATE_NOT_LIVE", "act": "MANDATE_NOT_LIVE", "look": "MANDATE_NOT_LIVE",
    },
    ("identity", "inform"): {
        "identity": "WRONG_ORDER", "originals": "SIGNATURE_MISSING", "strike": "MANDATE_NOT_LIVE",
        "tell": "NOT_ENDED", "account": "MANDATE_NOT_LIVE", "act": "MANDATE_NOT_LIVE", "look": "MANDATE_NOT_LIVE",
    },
    ("identity", "inform", "sign"): {
        "identity": "WRONG_ORDER", "inform": "WRONG_ORDER", "strike": "MANDATE_NOT_LIVE", "tell": "NOT_ENDED",
        "account": "MANDATE_NOT_LIVE", "act": "MANDATE_NOT_LIVE", "look": "MANDATE_NOT_LIVE",
    },
    ("identity", "inform", "sign", "originals"): {
        "identity": "MANDATE_ALREADY_LIVE", "inform": "MANDATE_ALREADY_LIVE", "originals": "MANDATE_ALREADY_LIVE",
        "void": "MANDATE_ALREADY_LIVE", "tell": "NOT_ENDED",
    },
    ("identity", "inform", "sign", "originals", "revoke"): {
        "identity": "MANDATE_ENDED", "inform": "MANDATE_ENDED", "originals": "MANDATE_ENDED",
        "strike": "MANDATE_ENDED", "act": "MANDATE_ENDED", "look": "MANDATE_ENDED", "void": "MANDATE_ENDED",
        "revoke": "MANDATE_ALREADY_ENDED",
    },
}  # fmt: skip
"""After which steps, which others are refused, and with which code."""
LOOK = {"access.refused.1"}
"""What is recorded of a look, or of an act, that is refused: that it was."""


class Desk:
    """A person who is giving a mandate, and the steps of it."""

    def __init__(self, home: Path, office: Office, mandate: str = "", procedure: str = "") -> None:
        self._teller = Teller(home)
        self.office = replace(office, home=home)
        self.mandate = mandate or self._draft()
        self.procedure = procedure or self._opened()

    def copied(self, home: Path) -> Desk:
        """Give the same, on a copy of the ledger."""
        shutil.copytree(self.office.home, home)
        return Desk(home, self.office, self.mandate, self.procedure)

    def _draft(self) -> str:
        words = ("mandate", "draft", "--person", self.office.subject, "--act", FILE, "--days", "31")
        return str(self.give(*words).row["mandate"])

    def _opened(self) -> str:
        words = ("procedure", "open", "--subject", self.office.subject, "--mode", "act-for")
        procedure = str(self._teller.give(Line(words, {"entry": ENTRY}, "bob")).row["procedure"])
        assert self.give("procedure", "attach", procedure, "--mandate", self.mandate).code == 0
        return procedure

    def give(self, *words: str) -> Answer:
        """Give a command line as the agent."""
        return self._teller.give(Line(words, None, "bob"))

    def step(self, name: str, *more: str) -> Answer:
        """Do one step."""
        doing = ("--mode", "act-for", "--absent", "--act", FILE)
        words = {
            "identity": ("verify-identity", self.mandate, "--person", self.office.subject, "--method", "passport"),
            "inform": ("inform", self.mandate, "--all"),
            "sign": ("sign", self.mandate, "--everybody"),
            "originals": ("originals", self.mandate, "--count", "2"),
            "revoke": ("revoke", self.mandate),
            "void": ("void", self.mandate, "--reason", "wrong-order"),
            "strike": ("strike", self.mandate, "--act", FILE),
            "tell": ("tell", self.mandate, "interieur", "email"),
            "account": ("account", self.mandate, "counter"),
        }
        if name == "act":
            return self.give("procedure", "act", self.procedure, *doing, *more)
        if name == "look":
            return self.give("access", "request", self.procedure, "--place", "portal", *doing)
        return self.give("mandate", *words[name], *more)


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Desk]:
    """Give a desk after each step."""
    folder = tmp_path_factory.mktemp("steps")
    desk = Desk(folder / "ledger", established(folder / "ledger"))
    made: dict[tuple[str, ...], Desk] = {(): desk.copied(folder / "after-0")}
    for number, name in enumerate(ORDER, start=1):
        assert desk.step(name).code == 0, name
        made[ORDER[:number]] = desk.copied(folder / f"after-{number}")
    return made


@pytest.mark.row("S-4.6.16")
@pytest.mark.parametrize("done", REFUSED, ids=lambda done: done[-1] if done else "draft")
def test_a_step_out_of_its_order_is_refused(
    desks: dict[tuple[str, ...], Desk], done: tuple[str, ...], tmp_path: Path
) -> None:
    desk = desks[done].copied(tmp_path / "ledger")
    before = topics(desk.office)
    answers = {name: desk.step(name) for name in REFUSED[done]}
    assert {name: (answer.code, answer.error) for name, answer in answers.items()} == {
        name: (3, error) for name, error in REFUSED[done].items()
    }
    assert set(topics(desk.office)[len(before) :]) <= LOOK


@pytest.mark.parametrize("days", [-1, 1], ids=["yesterday", "tomorrow"])
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_step_dated_before_the_one_it_follows_or_in_the_future_is_refused(
    desks: dict[tuple[str, ...], Desk], number: int, days: int, tmp_path: Path
) -> None:
    desk = desks[ORDER[:number]].copied(tmp_path / "ledger")
    before = topics(desk.office)
    at = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M:%S+00:00}"
    answer = desk.step(ORDER[number] if number < ORDER.index("revoke") else "act", "--effective-at", at)
    assert answer.code == 3, answer.err
    assert answer.error in {"BACKDATED", "WRONG_ORDER", "IN_THE_FUTURE", "MANDATE_NOT_LIVE"}
    assert set(topics(desk.office)[len(before) :]) <= LOOK
