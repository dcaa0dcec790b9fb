"""Slips as they are typed: what is read, what is written to the byte, and what is refused."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from tests.integration.commands.shell import PERSON, Shell

ROOT = Path(__file__).resolve().parents[3]
TODAY = f"{datetime.now(UTC):%d/%m/%Y}"
VISA = ("--reference", "AD53 2027-004", "--date", TODAY)


@pytest.fixture
def slip(office: Shell) -> str:
    """Have something due, and a slip of it."""
    aline = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    entry = {"entry": "CNAF05-situation"}
    opened = office.ok("procedure", "open", "--subject", aline, "--informed", answers=entry, who="bob")
    procedure = opened.row["procedure"]
    (bob,) = [row["agent"] for row in office.ok("agent", "list").rows if "agent" in row["roles"]]
    office.ok("agent", "train", bob, "cnaf", "--until", "31/12/2037")
    office.ok("procedure", "collect", procedure, "no.caf", "--informed", answers={"value": "1234567"}, who="bob")
    office.ok("procedure", "resolve", procedure, "formality-done", "--yes", who="bob")
    return str(office.ok("slip", "draft").row["slip"])


def test_what_is_exported_is_to_the_byte_what_was_frozen(office: Shell, slip: str) -> None:
    office.ok("slip", "submit", slip)
    line = [sys.executable, str(ROOT / "cli.py"), "--ledger", str(office.home), "slip", "export", slip]
    content = subprocess.run(line, check=True, capture_output=True).stdout
    (row,) = office.ok("slip", "list").rows
    assert sha256(content).hexdigest() == row["sha256"]
    assert json.loads(content)["lines"][0]["reference"] == "FS-01"
    titles, values, *_ = office.run("slip", "export", slip, "--csv").table
    assert dict(zip(titles, values, strict=True))["table"] == "FS-01"


@pytest.mark.parametrize("words", ["x", "0", "2-1", "1,", "-3", "1-99999", ""])
def test_what_is_no_line_is_refused(office: Shell, slip: str, words: str) -> None:
    office.ok("slip", "submit", slip)
    assert office.refused(2, "slip", "visa", slip, *VISA, "--eliminate", words) == "LINES_UNREADABLE"


@pytest.mark.parametrize("words", ["1,2", "1-2", "2 , 1", "all", "toutes", " ALL "])
def test_lines_are_read_as_people_write_them(office: Shell, slip: str, words: str) -> None:
    office.ok("slip", "submit", slip)
    row = office.ok("slip", "visa", slip, *VISA, "--eliminate", words).row
    assert row["authorities"] == 2
    authorities = office.ok("authority", "list").rows
    assert {(each["kind"], each["visa"]) for each in authorities} == {("slip", "AD53 2027-004")}


def test_the_order_of_a_slip_is_kept(office: Shell, slip: str, tmp_path: Path) -> None:
    assert office.refused(3, "slip", "visa", slip, *VISA, "--eliminate", "1") == "SLIP_NOT_SUBMITTED"
    office.ok("slip", "submit", slip)
    assert office.refused(3, "slip", "submit", slip) == "SLIP_NOT_DRAFT"
    assert office.refused(3, "slip", "visa", slip, *VISA) == "ANSWERS_MISSING"
    assert office.refused(3, "slip", "visa", slip, *VISA, "--eliminate", "all", "--refuse", "1") == "ANSWERED_TWICE"
    assert office.refused(3, "slip", "visa", slip, *VISA, "--eliminate", "1,7") == "LINE_UNKNOWN"
    assert office.refused(3, "slip", "extract", slip, str(tmp_path / "a")) == "NOTHING_TO_HAND_OVER"
    office.ok("slip", "visa", slip, *VISA, "--sample", "1", "--eliminate", "2")
    assert office.refused(3, "slip", "visa", slip, *VISA, "--sample", "1", "--eliminate", "2") == "SLIP_ANSWERED"
    assert office.refused(2, "slip", "extract", slip, str(tmp_path / "a")) == "SAMPLE_UNSAID"
    assert not list(tmp_path.glob(".a*"))
    assert (
        office.refused(8, "slip", "extract", slip, str(tmp_path / "no" / "a"), "--one-in", "2") == "EXTRACT_UNWRITTEN"
    )
    office.ok("slip", "extract", slip, str(tmp_path / "a"), "--one-in", "2")
    assert office.refused(2, "slip", "hand-over", slip, str(tmp_path), "--receipt", "W") == "EXTRACT_BROKEN"
    assert office.ok("slip", "hand-over", slip, str(tmp_path / "a"), "--receipt", "W").row["authorities"] == 1
    assert office.refused(3, "slip", "draft") == "NOTHING_FOR_THE_ARCHIVES"


def test_agents_see_no_slip(office: Shell, slip: str) -> None:
    for line in (("list",), ("show", slip), ("export", slip)):
        assert office.refused(3, "slip", *line, who="bob") == "ROLE_NOT_ALLOWED"
    assert office.refused(3, "certificate", "list", who="bob") == "ROLE_NOT_ALLOWED"
