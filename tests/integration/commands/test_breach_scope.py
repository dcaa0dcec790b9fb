"""The scope and the severity of a breach, as people and programs ask for them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ledger.clock import UTC
from ledger.commands._program import run
from ledger.policies.breach_scope import Caveat
from tests.integration.commands.shell import Shell, opened

SINCE = ("--since", "2020-01-01T00:00+01:00")
SCOPE, SEVERITY = ("breach", "scope"), ("breach", "severity")


def severity(capsys: pytest.CaptureFixture[str], *line: str) -> tuple[int, str, str]:
    """Compute a severity without a ledger."""
    code = run([*SEVERITY, *line])
    said = capsys.readouterr()
    return code, said.out, said.err


# The scope.


def test_the_scope_of_a_house_is_told_with_what_it_does_not_say(office: Shell) -> None:
    opened(office)
    house = office.ok("house", "list").row["house"]
    row = office.ok(*SCOPE, "--house", house, who="dora").row
    assert (row["basis"], row["people"], row["band"], row["whole"]) == ("house", 1, "0-5", True)
    assert row["records"] == sum(row["kinds"].values()) > 1
    assert {each["category"] for each in row["categories"]} >= {"civil-status", "contact", "other"}
    assert row["sensitive"] == []
    assert (row["reachable"], row["ways"]) == (1, {"phone": 1})
    assert set(row["caveats"]) >= {"portals", "free-access", "not-entered"}
    assert row["proposed"] == {"dpc": "1", "ei": "1"}
    told = office.run("--as", "dora", *SCOPE, "--house", house)
    assert told.code == 0
    assert "postes en libre accès" in told.out
    assert "sites des partenaires" in told.out
    assert "civil-status" not in told.out, "people read words"


def test_an_empty_scope_is_said_and_is_no_error(office: Shell) -> None:
    told = office.run("--as", "dora", *SCOPE, "--since", "2020-01-01T00:00+01:00", "--until", "2020-01-02T00:00+01:00")
    assert told.code == 0
    assert "rien qui ait pu être lu" in told.err
    row = office.ok(*SCOPE, *SINCE, "--until", "2020-01-02T00:00+01:00", who="dora").row
    assert (row["people"], row["records"], row["categories"], row["unintelligible"]) == (0, 0, [], False)


def test_a_copy_without_the_root_key_is_unreadable_and_proposes_so(office: Shell, tmp_path: Path) -> None:
    opened(office)
    now = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    assert office.refused(2, *SCOPE, "--copy-at", now, "--as-of", "2020-01-01T00:00+01:00", who="dora") == (
        "COPY_AFTERWARDS"
    )
    copy = (datetime.now(UTC) - timedelta(microseconds=1)).isoformat()
    row = office.ok(*SCOPE, "--copy-at", copy, who="dora").row
    assert row["people"] == 0
    assert row["sealed"]["people"] == 1
    assert row["unintelligible"] is True
    assert row["proposed"]["ei"] == "0.25"
    file = tmp_path / "scope.json"
    file.write_text(json.dumps(row), encoding="utf-8")
    found = office.run(
        *SEVERITY, "--scope", str(file), "--confidentiality", "unknown-recipients", "--malicious", "--json"
    )
    assert json.loads(found.out) == {"score": "1.25", "band": "low", "flags": ["unintelligible"]}


def test_what_the_ledger_does_not_know_is_not_found(office: Shell) -> None:
    assert office.refused(4, *SCOPE, "--agent", "00112233", who="dora") == "NOT_FOUND"
    assert office.refused(4, *SCOPE, "--house", "00112233", who="dora") == "NOT_FOUND"
    assert office.refused(4, *SCOPE, "--recipient", "nobody-known", who="dora") == "RECIPIENT_UNKNOWN"
    assert office.refused(4, *SCOPE, *SINCE, "--breach", "00112233", who="dora") == "NOT_FOUND"
    told = office.run("--as", "dora", *SCOPE, "--recipient", "nobody-known")
    assert "ledger catalogue show --partners" in told.err


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ((), "NOTHING_SELECTED"),
        (("--device",), "DEVICE_OF_NOBODY"),
        ((*SINCE, "--household-category", "health"), "HOUSEHOLD_UNCOUNTED"),
        ((*SINCE, "--with-root"), "ROOT_OF_NO_COPY"),
        ((*SINCE, "--until", "2019-01-01T00:00+01:00"), "COUNT_REVERSED"),
        (("--agent", "Aline Exemple"), "NOT_A_REFERENCE"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(office: Shell, line: tuple[str, ...], error: str) -> None:
    assert office.refused(2, *SCOPE, *line, who="dora") == error


def test_an_agent_measures_their_own_house_and_no_other_thing(office: Shell) -> None:
    opened(office)
    house = office.ok("house", "list").row["house"]
    assert office.ok(*SCOPE, "--house", house, who="bob").row["people"] == 1
    assert office.refused(3, *SCOPE, *SINCE, who="bob") == "OTHER_HOUSE"
    said = office.run("--as", "bob", *SCOPE, *SINCE)
    assert "votre propre maison" in said.err
    assert "--house" in said.err


def test_cases_counted_by_hand_are_added(office: Shell) -> None:
    row = office.ok(*SCOPE, "--by-hand", "12", "--by-hand-records", "30", "--category", "health", who="dora").row
    assert (row["people"], row["records"], row["band"], row["sensitive"]) == (12, 30, "6-50", ["health"])
    assert row["proposed"]["dpc"] == "4"


def test_members_of_households_have_a_line_of_their_own_and_are_kept_with_the_breach(office: Shell) -> None:
    opened(office)
    house = office.ok("house", "list").row["house"]
    of_house = (*SCOPE, "--house", house)
    assert office.ok(*of_house, who="dora").row["household"] is None
    row = office.ok(*of_house, "--household", "3", "--household-category", "health", who="dora").row
    assert (row["household"], row["people"], row["sensitive"]) == (3, 4, ["health"])
    assert "households-by-hand" in row["caveats"]
    told = office.run("--as", "dora", *of_house, "--household", "3")
    assert "Membres des foyers" in told.out
    assert "comptés à la main" in told.out
    alone = office.ok(*SCOPE, "--household", "3", who="dora").row
    assert (alone["basis"], alone["people"], alone["records"]) == ("by-hand", 3, 0)
    assert office.refused(2, *SCOPE, "--household", "0", who="dora") == "NOTHING_SELECTED"


def test_every_caveat_has_words(office: Shell) -> None:
    from ledger.commands._labels import label

    assert all(label(caveat) != caveat for caveat in Caveat)


def test_measuring_is_itself_in_the_journal_and_opens_nothing_more(office: Shell) -> None:
    before = len(office.ok("audit", "trail", "--limit", "500", who="dora").rows)
    office.ok(*SCOPE, *SINCE, who="dora")
    after = office.ok("audit", "trail", "--limit", "500", who="dora").rows
    assert len(after) == before + 2, "the page before, and the scope: one reading each"


# The severity, which needs no ledger.


def test_the_answer_for_programs_is_score_band_and_flags_exactly(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = severity(capsys, "--dpc", "3", "--ei", "1", "--cb", "0.5", "--json")
    assert (code, json.loads(out), err) == (0, {"score": "3.5", "band": "high", "flags": []}, "")
    code, out, _ = severity(
        capsys, "--dpc", "1", "--ei", "0,25", "--cb", "0", "--people", "101", "--unintelligible", "--json"
    )
    assert json.loads(out) == {"score": "0.25", "band": "low", "flags": ["many-people", "unintelligible"]}


def test_people_are_told_that_it_informs_and_never_decides(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = severity(capsys, "--dpc", "4", "--ei", "1", "--cb", "0")
    assert code == 0
    assert "très haute" in out
    assert "Proposition" in err
    assert "sans rien décider" in err
    assert "toute violation" in err


@pytest.mark.parametrize(
    "line",
    [
        ("--dpc", "5", "--ei", "1", "--cb", "0"), ("--dpc", "3", "--ei", "0.3", "--cb", "0"),
        ("--dpc", "3", "--ei", "1", "--cb", "2.25"), ("--dpc", "three", "--ei", "1", "--cb", "0"),
        ("--dpc", "3", "--ei", "1", "--cb", "nan"), ("--dpc", "3"), (), ("--people", "-1"),
        ("--dpc", "3", "--ei", "1", "--cb", "0", "--malicious"),
        ("--dpc", "3", "--ei", "1", "--cb", "0", "--on", "01/01/2000"), ("--scope", "/nowhere"),
    ],
)  # fmt: skip
def test_what_is_not_on_the_scale_is_refused(capsys: pytest.CaptureFixture[str], line: tuple[str, ...]) -> None:
    code, out, err = severity(capsys, *line)
    assert code in (2, 4)
    assert (code == 4) == ("--on" in line)
    assert out == ""
    assert err


def test_circumstances_are_given_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--confidentiality", "known-recipients", "--availability", "full", "--malicious")
    _, out, _ = severity(capsys, "--dpc", "1", "--ei", "1", *words, "--json")
    assert json.loads(out)["score"] == "2.25"


def test_another_factor_than_the_proposed_one_needs_a_reason(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "scope.json"
    file.write_text('{"people": 7, "unintelligible": false, "proposed": {"dpc": "4", "ei": "1"}}', encoding="utf-8")
    asked = ("--scope", str(file), "--dpc", "3", "--malicious")
    code, _, err = severity(capsys, *asked)
    assert code == 3
    assert "DPC" in err
    code, out, _ = severity(capsys, *asked, "--because", "Seuls des montants.", "--json")
    assert (code, json.loads(out)["score"]) == (0, "3.5")
    assert severity(capsys, "--scope", str(file), "--json")[0] == 0


def test_people_whose_data_are_sealed_are_many_people_too(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "scope.json"
    content = {"people": 0, "unintelligible": True, "proposed": {"dpc": "1", "ei": "0.25"}, "sealed": {"people": 2942}}
    file.write_text(json.dumps(content), encoding="utf-8")
    _, out, _ = severity(capsys, "--scope", str(file), "--json")
    assert json.loads(out)["flags"] == ["many-people", "unintelligible"]
    _, out, _ = severity(capsys, "--scope", str(file), "--people", "3", "--json")
    assert json.loads(out)["flags"] == ["unintelligible"]


@pytest.mark.parametrize(
    "content", ["{}", "[]", "no", '{"proposed": 1}', '{"proposed": {"dpc": "x", "ei": "1"}}',
                '{"people": "7", "unintelligible": false, "proposed": {"dpc": "4", "ei": "1"}}']
)  # fmt: skip
def test_a_file_that_is_no_scope_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
    file = tmp_path / "scope.json"
    file.write_text(content, encoding="utf-8")
    code, out, err = severity(capsys, "--scope", str(file))
    assert (code, out) == (2, "")
    assert err
