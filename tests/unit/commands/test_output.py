from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.clock import UTC
from ledger.commands._failures import AnswerLost
from ledger.commands._forms import Form
from ledger.commands._output import Column, Output
from ledger.personal import Erased, Fact, LeakRefused, Personal, Withheld

NOON = datetime(2026, 6, 9, 12, 20, tzinfo=UTC)
MANDATE = UUID("1a2b3c4d-0000-4000-8000-000000000000")
COLUMNS = [Column("mandate", "Mandate"), Column("at", "When"), Column("who", "Who")]
ROW = {"mandate": MANDATE, "at": NOON, "who": "Aline Exemple"}


class Colour(StrEnum):
    RED = "red"


def written(form: Form, rows: Sequence[Mapping[str, object]], columns: list[Column] = COLUMNS) -> tuple[str, str]:
    data, talk = io.StringIO(), io.StringIO()
    Output(form=form, zone=ZoneInfo("Europe/Paris"), data=data, talk=talk).listing(columns, rows)
    return data.getvalue(), talk.getvalue()


def test_a_table_shows_short_references_and_local_time() -> None:
    lines = written(Form.TABLE, [ROW])[0].splitlines()
    assert lines[2].split("  ") == ["1a2b3c4d", "09/06/2026 14:20", "Aline Exemple"]


def test_json_lines_give_whole_references_and_utc() -> None:
    told = json.loads(written(Form.JSON, [ROW])[0])
    assert told == {"mandate": MANDATE.hex, "at": "2026-06-09T12:20:00Z", "who": "Aline Exemple"}


def test_csv_has_a_header_of_keys() -> None:
    rows = list(csv.reader(io.StringIO(written(Form.CSV, [ROW])[0])))
    assert rows[0] == ["mandate", "at", "who"]
    assert rows[1][2] == "Aline Exemple"


def test_an_empty_list_is_said_to_people_and_is_empty_for_programs() -> None:
    assert written(Form.TABLE, []) == ("", "Rien à afficher.\n")
    assert written(Form.JSON, []) == ("", "")
    assert written(Form.CSV, [])[0] == "mandate,at,who\n"


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("sealed", [Personal("Aline Exemple"), Fact("AAH"), [Personal("Aline Exemple")]])
def test_a_sealed_value_is_never_written(form: Form, sealed: object) -> None:
    with pytest.raises(LeakRefused):
        written(form, [{"who": sealed}], [Column("who", "Who")])


@pytest.mark.parametrize("form", list(Form))
@pytest.mark.parametrize("hostile", ["\x1b[2J", "\x9b2J", "\u202egnp.exe", "\x07"])
def test_a_name_can_not_drive_the_terminal(form: Form, hostile: str) -> None:
    assert hostile[0] not in written(form, [{"who": hostile}], [Column("who", "Who")])[0]


@pytest.mark.parametrize("formula", ["=cmd()", "+1", "-1", "@SUM(A1)", "\tx"])
def test_a_cell_can_not_become_a_formula(formula: str) -> None:
    line = list(csv.reader(io.StringIO(written(Form.CSV, [{"who": formula}], [Column("who", "Who")])[0])))[1]
    assert line[0].startswith(("'", "\N{REPLACEMENT CHARACTER}"))


def test_wide_letters_keep_the_columns_straight() -> None:
    rows = [{"mandate": "日本", "who": "x"}, {"mandate": "e\u0301a", "who": "x"}]
    lines = written(Form.TABLE, rows, [Column("mandate", "Name"), Column("who", "W")])[0].splitlines()
    assert lines[2] == "日本  x"
    assert lines[3] == "e\u0301a    x"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "oui"),
        (False, "non"),
        (date(2026, 6, 9), "09/06/2026"),
        (Colour.RED, "red"),
        (12, "12"),
        (Erased(when=NOON, why="run"), "détruit le 09/06/2026"),
        (Withheld(why="fenced"), "indisponible"),
        (["a", "b"], "a, b"),
        (datetime(2026, 6, 9, 23, 30, tzinfo=UTC), "10/06/2026 01:30"),
        (datetime(2026, 6, 9, 14, 20, tzinfo=timezone(timedelta(hours=4))), "09/06/2026 12:20"),
    ],
)
def test_people_read_values_in_their_words(value: object, shown: str) -> None:
    data, talk = io.StringIO(), io.StringIO()
    output = Output(form=Form.TABLE, zone=ZoneInfo("Europe/Paris"), data=data, talk=talk)
    output.record([Column("x", "X")], {"x": value})
    assert data.getvalue() == f"X  {shown}".rstrip() + "\n"


def test_erased_and_withheld_are_told_apart_for_programs() -> None:
    rows: list[dict[str, object]] = [{"who": Erased(when=NOON, why="resolved")}, {"who": Withheld(why="restricted")}]
    erased, withheld = map(json.loads, written(Form.JSON, rows, [Column("who", "Who")])[0].splitlines())
    assert erased["who"] == {"erased": "2026-06-09T12:20:00Z", "why": "resolved"}
    assert withheld["who"] == {"withheld": "restricted"}


def test_a_long_cell_is_folded_between_words_where_the_terminal_is_narrow() -> None:
    from ledger.commands._layout import table

    lines = table(["A", "B"], [["x", "one two three four"]], room=14)
    assert [line for line in lines if "one" in line] == ["x  one two"]
    assert all(len(line) <= 14 for line in lines[1:])


def test_a_code_is_folded_after_the_signs_that_join_its_words() -> None:
    from ledger.commands._layout import table

    lines = table(["A", "B"], [["OUT_OF_SCOPE", "vehicle.registration-number 06/2026 19:55"]], room=24)
    assert all(len(line) <= 24 for line in lines[1:])
    text = "\n".join(lines)
    for whole in ("OUT_OF_", "SCOPE", "vehicle.", "registration-", "06/2026", "19:55"):
        assert whole in text


def test_a_table_that_would_cut_words_becomes_records() -> None:
    from ledger.commands._layout import table

    cells = [["transmission", "enregistrement", "destinataire"], ["accès", "", "administration"]]
    lines = table(["Quoi", "Comment", "À qui"], cells, room=30)
    assert lines == [
        "Quoi     transmission",
        "Comment  enregistrement",
        "À qui    destinataire",
        "",
        "Quoi     accès",
        "À qui    administration",
    ]


def test_an_answer_that_can_not_be_written_is_a_clear_error() -> None:
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115  # closing it fails, as it should
    output = Output(form=Form.JSON, zone=ZoneInfo("Europe/Paris"), data=full)
    with pytest.raises(AnswerLost):
        output.listing([Column("who", "Who")], [{"who": "x"}])
    with pytest.raises(OSError, match="No space left"):
        full.close()


def test_what_is_empty_has_no_line_in_a_record() -> None:
    data = io.StringIO()
    output = Output(form=Form.TABLE, zone=ZoneInfo("Europe/Paris"), data=data)
    output.record([Column("x", "X"), Column("y", "Y")], {"x": None, "y": "here"})
    assert data.getvalue() == "Y  here\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_only_a_person_at_a_terminal_is_told_how_far_something_long_has_come() -> None:
    for form, talk, told in (
        (Form.TABLE, _Terminal(), True),
        (Form.TABLE, io.StringIO(), False),
        (Form.JSON, _Terminal(), False),
    ):
        output = Output(form=form, zone=ZoneInfo("Europe/Paris"), data=io.StringIO(), talk=talk)
        output.progress("destroy", 60, 120)
        output.progress("destroy", 120, 120)
        assert ("60/120" in talk.getvalue(), talk.getvalue().endswith("120/120\n")) == (told, told)


def test_what_is_short_tells_nothing_of_its_progress() -> None:
    talk = _Terminal()
    Output(form=Form.TABLE, zone=ZoneInfo("Europe/Paris"), data=io.StringIO(), talk=talk).progress("prune", 3, 3)
    assert talk.getvalue() == ""
