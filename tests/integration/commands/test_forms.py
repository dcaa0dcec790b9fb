"""Lists: for people, for programs, empty, long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.periods import local_day
from tests.integration.commands.shell import PERSON, Shell

LISTS = (
    ("procedure", "list"), ("mandate", "list"), ("access", "list"), ("duty", "list"), ("authority", "list"),
    ("retention", "plan"),
)  # fmt: skip


@pytest.mark.parametrize("line", LISTS)
def test_an_empty_list_is_nothing_for_programs_and_a_sentence_for_people(office: Shell, line: tuple[str, ...]) -> None:
    assert office.ok(*line).out == ""
    people = office.run(*line)
    assert people.code == 0
    assert people.out == ""
    assert len(people.err.split()) > 2
    assert len(office.run(*line, "--csv").table) == 1


def test_a_list_is_read_page_by_page(office: Shell) -> None:
    subject = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    made = [
        office.ok("procedure", "open", "--subject", subject, answers={"entry": "carte grise"}, who="bob").row[
            "procedure"
        ]
        for _ in range(5)
    ]
    seen: list[str] = []
    before: tuple[str, ...] = ()
    while rows := office.ok("procedure", "list", "--limit", "2", *before, who="bob").rows:
        seen += [row["procedure"] for row in rows]
        before = ("--before", str(rows[-1]["position"]))
    assert seen == made[::-1]


def test_people_are_told_where_the_next_page_begins(office: Shell) -> None:
    subject = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    for _ in range(3):
        office.ok("procedure", "open", "--subject", subject, answers={"entry": "carte grise"}, who="bob")
    assert "--before" in office.run("--as", "bob", "procedure", "list", "--limit", "2").err
    assert "--before" not in office.run("--as", "bob", "procedure", "list", "--limit", "4").err


def test_short_references_are_taken_back(office: Shell) -> None:
    subject = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    shown = office.ok("subject", "show", subject[:8].upper(), "--purpose", "answer").row
    assert shown["subject"] == subject
    assert shown["family_name"] == PERSON["family_name"].upper() or shown["family_name"] == PERSON["family_name"]


def test_csv_has_the_columns_of_json(office: Shell) -> None:
    header, row = office.run("house", "list", "--csv").table
    assert dict(zip(header, row, strict=True))["code"] == "loiron"
    assert header == list(office.ok("house", "list").row)


def test_a_page_of_the_journal_is_itself_in_the_journal(office: Shell) -> None:
    office.ok("audit", "trail", who="dora")
    second = office.ok("audit", "trail", who="dora").rows
    assert second[0]["look"] == "reading"
    assert second[0]["under"] == ["audit.journal"]


def test_the_journal_is_asked_for_by_house_period_and_decision(office: Shell) -> None:
    house = office.ok("house", "list").row["house"]
    office.refused(3, "retention", "run", who="bob")
    assert office.ok("audit", "trail", "--decision", "role_not_allowed", "--house", house, who="dora").rows
    assert office.ok("audit", "trail", "--until", "01/01/2020", who="dora").rows == []
    assert office.ok("audit", "trail", "--since", "01/01/2020", who="dora").rows


def test_a_decision_or_a_period_that_is_none_is_not_answered_by_an_empty_page(office: Shell) -> None:
    assert office.refused(2, "audit", "trail", "--decision", "refusé", who="dora") == "DECISION_UNKNOWN"
    reversed_period = ("--since", "30/06/2026", "--until", "01/06/2026")
    assert office.refused(2, "audit", "trail", *reversed_period, who="dora") == "PERIOD_REVERSED"
    office.refused(2, "audit", "trail", "--before", "-4", who="dora")


def test_an_exact_refusal_is_found_though_the_rows_show_a_coarser_one(office: Shell) -> None:
    procedure = office.ok("procedure", "open", answers={"entry": "carte grise"}, who="bob").row["procedure"]
    for more in (("--reference", "texte-1", "--informed"), ()):
        office.run("--as", "bob", "access", "request", procedure, "--field", "id.name", *more)
    told = {
        code: {row["decision"] for row in office.ok("audit", "trail", "--decision", code, who="dora").rows}
        for code in ("NO_REFERENCE", "ANONYMOUS_VISIT", "NO_GATEWAY")
    }
    assert told["ANONYMOUS_VISIT"] == {"ANONYMOUS_VISIT"}
    assert told["NO_REFERENCE"] <= {"NO_REFERENCE"}
    assert told["NO_GATEWAY"] <= {"NO_GATEWAY"}


def test_the_share_of_an_agents_looks_is_that_of_the_period_and_not_of_the_page(office: Shell) -> None:
    subject = office.ok("subject", "register", answers=PERSON, who="bob").row["subject"]
    line = ("procedure", "open", "--subject", subject, "--informed")
    procedure = office.ok(*line, answers={"entry": "CNAF05"}, who="bob").row["procedure"]
    look = ("--as", "bob", "access", "request", procedure, "--field", "no.caf")
    office.run(*look)
    office.ok("agent", "train", office.ok("agent", "show", who="bob").row["agent"], "cnaf", "--until", "31/12/2030")
    for _ in range(3):
        office.run(*look)
    said = office.run("--as", "bob", "audit", "agent", "--limit", "1")
    assert "En aidant la personne\N{NO-BREAK SPACE}: 3" in said.err, "allowed looks, beyond the page"


def test_the_journal_of_an_agent_is_asked_for_by_days(office: Shell) -> None:
    today = local_day(datetime.now(UTC), ZoneInfo("Europe/Paris"))
    office.ok("audit", "agent", who="bob")
    first, second = f"{today:%d/%m/%Y}", f"{today + timedelta(days=1):%d/%m/%Y}"
    assert office.ok("audit", "agent", who="bob").rows
    assert office.ok("audit", "agent", "--since", first, "--until", second, who="bob").rows
    before = f"{today - timedelta(days=1):%d/%m/%Y}"
    assert office.ok("audit", "agent", "--since", before, "--until", before, who="bob").rows == []
    after = f"{today + timedelta(days=2):%d/%m/%Y}"
    assert office.ok("audit", "agent", "--since", after, "--until", after, who="bob").rows == []


def test_a_catalogue_is_shown_by_everyday_words_without_a_ledger(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    from ledger.commands._program import run

    monkeypatch.delenv("LEDGER_HOME", raising=False)
    assert run(["catalogue", "show", "carte", "grise", "--json"]) == 0
    assert run(["catalogue", "show", "xyzzy"]) == 0


def test_a_confirmed_entry_shows_as_such(office: Shell) -> None:
    dora = next(row["agent"] for row in office.ok("agent", "list").rows if "dpo" in row["roles"])
    assert office.ok("catalogue", "show", "CNAF01-rsa").row["confirmed"] is False
    office.ok("catalogue", "confirm", "CNAF01-rsa", "--opinion", "favourable", "--officer", dora)
    assert office.ok("catalogue", "show", "CNAF01-rsa").row["confirmed"] is True
    assert office.refused(
        3, "catalogue", "confirm", "CNAF01-rsa", "--opinion", "favourable", "--officer", dora, who="bob"
    )


def test_a_file_of_law_is_checked_line_by_line(shell: Shell, tmp_path: object) -> None:
    file = shell.home.parent / "house.toml"
    file.write_text('kind = "house"\nformat = 1\nstrange = 1\n')
    said = shell.run("catalogue", "check", str(file), "--json")
    assert said.code in (2, 4)
