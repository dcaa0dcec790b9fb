from __future__ import annotations

import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledger import limits
from ledger.clock import UTC
from ledger.commands._context import Session
from ledger.commands._input import (
    AnswerInvalid,
    AnswerMissing,
    AnswersNeeded,
    FileMissing,
    InputNotJson,
    InputTooLarge,
    Kind,
    Question,
    UnknownKeys,
    answers,
    read_answer,
    read_object,
)
from ledger.errors import LedgerError

PARIS = ZoneInfo("Europe/Paris")
NAME = Question("family_name", "Family name")
BIRTH = Question("birth_date", "Date of birth", Kind.DAY, required=False)


def given(tmp_path: Path, content: str | bytes) -> str:
    file = tmp_path / "answers.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


def asked(tmp_path: Path, content: str | bytes) -> dict[str, Any]:
    return answers(Session(), [NAME, BIRTH], source=given(tmp_path, content))


def test_answers_come_from_a_json_file(tmp_path: Path) -> None:
    found = asked(tmp_path, '{"family_name": " Exemple ", "birth_date": "1980-12-31"}')
    assert found == {"family_name": "Exemple", "birth_date": date(1980, 12, 31)}


def test_an_optional_answer_may_be_absent(tmp_path: Path) -> None:
    assert asked(tmp_path, '{"family_name": "Exemple"}')["birth_date"] is None


@pytest.mark.parametrize(
    "content",
    [
        "",
        "null",
        "[]",
        '"x"',
        "{",
        '{"family_name": "a", "family_name": "b"}',
        '{"family_name": NaN}',
        b'{"family_name": "\xff"}',
        "[" * 100_000,
        '{"family_name": ' + "9" * 10_000 + "}",
    ],
)
def test_what_is_not_one_strict_json_object_is_refused(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(InputNotJson):
        read_object(given(tmp_path, content))


def test_an_input_above_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputTooLarge):
        read_object(given(tmp_path, b" " * (limits.INPUT_BYTES + 1)))


def test_a_folder_or_an_absent_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent", "a\0b"):
        with pytest.raises(FileMissing):
            read_object(str(path))


def test_an_unknown_key_is_refused_by_number_never_by_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownKeys) as refused:
        asked(tmp_path, '{"family_name": "Exemple", "Aline Exemple": 1}')
    assert "Aline" not in f"{refused.value} {refused.value.explain()} {refused.value.next_step()}"
    assert "2" in refused.value.explain()


def test_a_required_answer_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(AnswerMissing):
        asked(tmp_path, '{"birth_date": "1980-12-31"}')


@pytest.mark.parametrize(
    "value",
    [1, ["a"], "x" * (limits.NAME_CHARACTERS + 1), "a\nb", "a\x1b[2J", "\ud800", "a\u202eb", "a\x00b", {"a": 1}],
)
def test_a_text_must_be_a_short_line_without_control_characters(value: object) -> None:
    with pytest.raises(AnswerInvalid) as refused:
        read_answer(NAME, value, zone=PARIS)
    assert "family_name" in refused.value.explain()


def test_an_invalid_answer_is_never_repeated() -> None:
    with pytest.raises(LedgerError) as refused:
        read_answer(BIRTH, "Aline Exemple", zone=PARIS)
    assert "Aline" not in f"{refused.value} {refused.value.explain()} {refused.value.next_step()}"


@pytest.mark.parametrize("text", ["31/12/1980", "1980-12-31"])
def test_a_day_is_read_as_the_french_or_the_standards_write_it(text: str) -> None:
    assert read_answer(BIRTH, text, zone=PARIS) == date(1980, 12, 31)


@pytest.mark.parametrize("text", ["31/02/1980", "12-31-1980", "1980", "hier"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(AnswerInvalid):
        read_answer(BIRTH, text, zone=PARIS)


INSTANT = Question("at", "When", Kind.INSTANT)


@pytest.mark.parametrize(
    "text", ["09/06/2026 14:20", "2026-06-09 14:20", "2026-06-09T14:20:00+02:00", "2026-06-09T12:20Z"]
)
def test_an_instant_is_read_in_local_time_unless_it_says_otherwise(text: str) -> None:
    assert read_answer(INSTANT, text, zone=PARIS) == datetime(2026, 6, 9, 12, 20, tzinfo=UTC)


@pytest.mark.parametrize("text", ["25/10/2026 02:30", "29/03/2026 02:30", "2026-06-09", "25:00"])
def test_an_hour_that_the_clocks_repeat_or_skip_is_refused(text: str) -> None:
    with pytest.raises(AnswerInvalid):
        read_answer(INSTANT, text, zone=PARIS)


@pytest.mark.parametrize(("text", "meant"), [("oui", True), ("O", True), ("n", False), (True, True), ("no", False)])
def test_yes_and_no_are_read_in_both_languages(text: object, meant: bool) -> None:
    assert read_answer(Question("here", "Here?", Kind.YES_NO), text, zone=PARIS) is meant


def test_a_choice_is_read_whatever_its_case() -> None:
    question = Question("mode", "Mode", Kind.CHOICE, choices=("ASSIST", "ACT_FOR"))
    assert read_answer(question, "act_for", zone=PARIS) == "ACT_FOR"
    with pytest.raises(AnswerInvalid):
        read_answer(question, "both", zone=PARIS)


def test_words_are_a_list_or_are_separated_by_commas() -> None:
    question = Question("acts", "Acts", Kind.WORDS, limit=3)
    assert read_answer(question, "a, b", zone=PARIS) == ("a", "b")
    assert read_answer(question, ["a", "b"], zone=PARIS) == ("a", "b")
    for wrong in (["a", 1], "a,b,c,d", 3, ["a", ""]):
        with pytest.raises(AnswerInvalid):
            read_answer(question, wrong, zone=PARIS)


def test_without_a_terminal_and_without_a_source_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("Exemple\n"))
    with pytest.raises(AnswersNeeded) as refused:
        answers(Session(), [NAME, BIRTH], source=None)
    assert "family_name, birth_date" in refused.value.explain()


def test_answers_are_part_of_what_a_repeated_command_must_repeat(tmp_path: Path) -> None:
    requests = []
    for name in ("Exemple", "Exemple", "Fictif"):
        session = Session()
        session.begin("subject register", {})
        answers(session, [NAME, BIRTH], source=given(tmp_path, json.dumps({"family_name": name})))
        requests.append(session.request())
    assert requests[0] == requests[1] != requests[2]
