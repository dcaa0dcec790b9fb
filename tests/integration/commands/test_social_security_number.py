"""
The social security number (NIR) is refused in every text that any command takes, and stands in no box afterwards.

Before each line of the story, the same line is given with the number in each of its texts in turn: what is typed, what
options and arguments take, what a file of a house says. Then every box of the ledger is opened and searched.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import msgspec
import pytest

from ledger.bootstrap import open_ledger
from ledger.personal import Erased, Sealed, Withheld
from ledger.sealing.openers import KeyringOpener
from ledger.store.reading import StoredBoxes
from tests.integration.commands.leaks_story import HOUSE_FILE, Answer, Line, Story, Teller, again, one
from tests.unit.commands.test_every_command import ALL

BODY = "1800553013012"
NIR = BODY + f"{97 - int(BODY) % 97:02d}"
SPELLINGS = (NIR, f"{NIR[0]} {NIR[1:3]} {NIR[3:5]} {NIR[5:7]} {NIR[7:10]} {NIR[10:13]} {NIR[13:]}", BODY)
NOT_TEXTS = {
    "MANDATE", "PROCEDURE", "PERSON", "AGENT", "HOUSE", "CONTACT", "ACCESS", "DUTY", "AUTHORITY", "FILE", "FOLDER",
    "CODE_OR_FILE", "LIST", "UUID", "[WORD]...",
}  # fmt: skip
"""What an argument or an option is called that takes a reference, a path or a word of a closed list, and no text."""
NOTHING_NEW = {"reading.recorded.1", "reading.refused.1"}
REFUSALS = {2, 3, 4}
LOOKED_AT_ONLY = {
    "breach severity: --because": "a calculator, which records nothing",
    "clock retention: --profile": "a calculator, which records nothing",
    "proof request-cosignature: --witness": "compared with the witnesses of the policy",
    "procedure open: entry holds one": "the words by which a procedure is sought",
    "receive: procedure holds one": "the words by which a procedure is sought",
    "subject register: --within": "nothing of a habilitation is kept of an adult who has none",
    "procedure collect: --reference": "not kept under a mandate",
    "procedure act: --reference": "not kept under a mandate",
    "catalogue confirm: --digest": "compared with that of the entry",
    "audit trail: --decision": "compared with the decisions of the journal",
}
"""Texts that are compared with something, or do not matter here, and are recorded nowhere: why they are not refused."""


class Screened(Teller):
    """Gives every line first, on a copy of the ledger, with a number in each of its texts."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.tried: list[tuple[str, Answer]] = []
        self.boxes: dict[str, set[str]] = {}
        self._done: set[str] = set()

    def give(self, line: Line) -> Answer:
        """Give a line, after all the lines that it is spoilt to; once for each command."""
        if line.path not in self._done and line.path != "init":
            self._done.add(line.path)
            self._spoil(line)
        return super().give(line)

    def _spoil(self, line: Line) -> None:
        copy = Teller(self.home.with_name("copy"))
        shutil.copytree(self.home, copy.home)
        self.tried += [(what, copy.give(spoilt)) for what, spoilt in _spoilt(line)]
        self.boxes |= _in_boxes(copy.home)
        shutil.rmtree(copy.home)


def _spoilt(line: Line) -> Iterator[tuple[str, Line]]:
    for name, value in (line.answers or {}).items():
        for typed in SPELLINGS:
            if isinstance(value, str):
                yield f"{name} is a number", again(line, answers={**(line.answers or {}), name: typed})
                yield f"{name} holds one", again(line, answers={**(line.answers or {}), name: f"{value} {typed}"})
            elif isinstance(value, list):
                yield f"{name} holds one", again(line, answers={**(line.answers or {}), name: [*value, typed]})
    for option in _texts(line.path):
        yield option, again(line, words=(*_without(line.words, option), option, NIR))
    for place in _arguments(line):
        yield f"argument {place}", again(line, words=(*line.words[:place], NIR, *line.words[place + 1 :]))


def _texts(path: str) -> list[str]:
    """Name the options of a command that take a text."""
    return [item.opts[0] for item in ALL[path].params if isinstance(item, click.Option) and _takes_text(item)]


def _takes_text(item: click.Parameter) -> bool:
    name = getattr(item, "metavar", None) or ""
    return isinstance(item.type, click.types.StringParamType) and name not in _translated() | NOT_TEXTS


def _translated() -> set[str]:
    from ledger.translation import translate

    return {translate(name) for name in NOT_TEXTS}


def _arguments(line: Line) -> list[int]:
    """Give the places of the arguments of a line that are texts."""
    arguments = [item for item in ALL[line.path].params if isinstance(item, click.Argument)]
    first = len(line.path.split())
    return [first + number for number, item in enumerate(arguments) if _takes_text(item)]


def _without(words: tuple[str, ...], option: str) -> tuple[str, ...]:
    """Give the words without an option and its value."""
    if option not in words:
        return words
    place = words.index(option)
    return (*words[:place], *words[place + 2 :])


def _in_boxes(home: Path) -> dict[str, set[str]]:
    """Open every box of a ledger, and give the topics and fields in which the number stands."""
    ledger = open_ledger(home)
    try:
        opener, found = KeyringOpener(ledger.keyring, StoredBoxes(ledger.database)), dict[str, set[str]]()
        for logged in ledger.log.each():
            for name, value in vars(logged.event).items():
                opened = opener.open(value) if isinstance(value, Sealed) else None
                if not isinstance(opened, Erased | Withheld) and _holds(opened):
                    found.setdefault(logged.header.topic, set()).add(name)
        return found
    finally:
        ledger.close()


def _holds(value: Any) -> bool:
    digits = "".join(char for char in msgspec.json.encode(value).decode() if char.isdigit())
    return BODY in digits


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> Screened:
    """Tell the story with a number in every text."""
    folder = tmp_path_factory.mktemp("numbers")
    teller = Screened(folder / "ledger")
    Story(teller, folder / "outside").tell()
    return teller


def test_every_text_that_a_command_takes_was_tried(screened: Screened) -> None:
    tried = {(answer.line.path, what) for what, answer in screened.tried}
    assert len(tried) > 60
    for path, what in (
        ("subject register", "address holds one"), ("agent enrol", "account is a number"),
        ("procedure open", "note holds one"), ("procedure disclose", "text is a number"),
        ("access request", "--reference"), ("access request", "--for-partner"), ("access request", "--field"),
        ("subject capacity", "--within"), ("agent undertake", "--text"), ("authority grant", "--reference"),
        ("agent train", "argument 3"), ("procedure transmit", "--to"), ("house cover", "--reference"),
    ):  # fmt: skip
        assert (path, what) in tried


def test_the_number_is_refused_wherever_it_is_typed(screened: Screened) -> None:
    taken = {
        f"{answer.line.path}: {what}": (answer.code, answer.err.decode())
        for what, answer in screened.tried
        if answer.code not in REFUSALS and f"{answer.line.path}: {what}" not in LOOKED_AT_ONLY
    }
    assert taken == {}


def test_the_number_is_not_repeated_to_whoever_typed_it(screened: Screened) -> None:
    repeated = {
        f"{answer.line.path}: {what}"
        for what, answer in screened.tried
        for typed in SPELLINGS
        if typed in (answer.out + answer.err).decode()
    }
    assert repeated == set()


def test_the_number_stands_in_no_box(screened: Screened) -> None:
    assert screened.boxes == {}
    assert _in_boxes(screened.home) == {}


def test_the_search_opens_boxes_and_finds_what_is_in_them(screened: Screened, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = "".join(char for char in one("new phone") if char.isdigit())
    monkeypatch.setattr(sys.modules[__name__], "BODY", phone)
    assert _in_boxes(screened.home) == {"subject.contact-changed.1": {"contact"}}


@pytest.mark.parametrize("key", ["name", "manager", "address", "source"])
def test_a_house_file_that_holds_the_number_is_refused(screened: Screened, tmp_path: Path, key: str) -> None:
    lines = [f'{key} = "{NIR}"' if line.startswith(f"{key} =") else line for line in HOUSE_FILE.splitlines()]
    assert f'{key} = "{NIR}"' in lines
    file = tmp_path / "maison.toml"
    file.write_text("\n".join(lines).replace("pure-invention", "autre-invention"))
    answer = screened.give(Line(("house", "register", str(file))))
    assert answer.code in REFUSALS, answer.out
    assert NIR not in (answer.out + answer.err).decode()


def test_a_reference_is_not_a_number(screened: Screened) -> None:
    for path in ("mandate show", "subject show", "procedure show"):
        line = next(answer.line for answer in screened.answers if answer.line.path == path)
        for typed in SPELLINGS:
            spoilt = replace(line, words=(*line.words[:2], typed, *line.words[3:]))
            answer = screened.give(spoilt)
            assert answer.code in REFUSALS
            assert typed not in (answer.out + answer.err).decode()
            assert json.loads(answer.err)["error"] in {"NOT_A_REFERENCE", "NOT_FOUND"}
