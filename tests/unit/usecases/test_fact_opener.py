"""Facts opened ahead: in one go, given as they were then, and gone with the judgement."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from ledger.personal import Erased, Fact, Personal, Sealed, Withheld
from ledger.usecases.gate import FactOpener, OutsideJudgement


class Boxes:
    """Opens what is in boxes of its own, and remembers how often it was asked."""

    def __init__(self, **contents: Any) -> None:
        self.contents = contents
        self.place = SimpleNamespace(stream_id=uuid4())
        self.asked: list[list[str]] = []

    def open(self, sealed: Sealed[Any]) -> Any:
        return self.open_many([sealed])[0]

    def open_many(self, sealed: Sequence[Sealed[Any]]) -> list[Any]:
        self.asked.append([each.field for each in sealed])
        return [self.contents[each.field] for each in sealed]

    def destroyed(self, sealed: Sealed[Any]) -> Erased | None:
        return None

    def fact(self, field: str) -> Fact[Any]:
        handle = Fact.in_box(self, field)
        assert isinstance(handle, Fact)
        return handle


def test_what_is_expected_is_opened_in_one_go_and_once() -> None:
    boxes = Boxes(entry="CNAF01-rsa", zone=Withheld("being-destroyed"), note="x")
    opener = FactOpener(boxes, naming=True)
    entry, zone, note = boxes.fact("entry"), boxes.fact("zone"), boxes.fact("note")
    opener.expect(entry, Fact("just typed"), zone)
    assert (opener.known(entry), opener.known(zone), opener.known(note)) == ("CNAF01-rsa", None, "x")
    assert opener.open(zone) == Withheld("being-destroyed")
    assert boxes.asked == [["entry", "zone"], ["note"]]
    assert opener.seen() == (boxes.place.stream_id,)


def test_another_handle_of_the_same_field_is_opened_by_itself() -> None:
    boxes = Boxes(entry="CNAF01-rsa")
    opener = FactOpener(boxes)
    opener.expect(boxes.fact("entry"))
    opener.open(boxes.fact("entry"))
    assert boxes.asked == [["entry"], ["entry"]]


def test_a_personal_value_is_not_opened_ahead_either() -> None:
    boxes = Boxes(name="Aline Exemple")
    handle: Any = Personal.in_box(boxes, "name")
    with pytest.raises(TypeError, match="facts only"):
        FactOpener(boxes).expect(handle)
    assert boxes.asked == []


def test_nothing_that_was_opened_ahead_outlives_the_judgement() -> None:
    boxes = Boxes(entry="CNAF01-rsa")
    opener, entry = FactOpener(boxes), boxes.fact("entry")
    opener.expect(entry)
    opener.close()
    assert "CNAF01-rsa" not in repr(vars(opener))
    for ask in (opener.open, opener.expect):
        with pytest.raises(OutsideJudgement):
            ask(entry)
