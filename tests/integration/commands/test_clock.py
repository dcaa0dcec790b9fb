"""`ledger clock`, as people and programs ask it: zones, territories, houses, sentences and refusals."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.commands._program import run
from ledger.rules.law import PACKAGED
from tests.integration.commands.shell import Said, Shell

Ask = Callable[..., Said]
LEGAL_END = (
    "Fin légale : lundi 13 juillet 2026 à 18 h 00 (heure légale, UTC+02:00). À partir de cet instant la notification "
    "est en retard et doit en donner les motifs (RGPD 33(1))."
)
CONTESTED_END = (
    "Fin contestée : jeudi 16 juillet 2026 à 0 h 00 (heure légale, UTC+02:00), soit la fin du mercredi 15 juillet "
    "2026. Au moins deux jours ouvrables (règlement 1182/71 art. 3(5)) : des autorités refusent cette lecture ; "
    "ne comptez jamais dessus."
)


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Give what asks a clock where no ledger is."""

    def asked(*line: str) -> Said:
        code = run(["clock", *line])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return asked


def row(said: Said) -> dict[str, object]:
    assert said.code == 0, said.err
    return said.row


@pytest.mark.parametrize(
    ("aware_at", "options", "shown"),
    [
        ("2026-06-09T14:20", [], "2026-06-09T14:20:00+02:00"),
        ("09/06/2026 14:20", [], "2026-06-09T14:20:00+02:00"),
        ("2026-06-09T14:20+02:00", [], "2026-06-09T14:20:00+02:00"),
        # An offset that Paris does not have then: shown in that offset, fixed.
        ("2026-06-09T14:20+04:00", [], "2026-06-09T14:20:00+04:00"),
        ("2026-06-09T14:20+01:00", [], "2026-06-09T14:20:00+01:00"),
        ("2026-06-09T14:20Z", [], "2026-06-09T14:20:00Z"),
        # With a zone, always in that zone.
        ("2026-06-09T14:20+02:00", ["--zone", "Indian/Reunion"], "2026-06-09T16:20:00+04:00"),
        ("2026-06-09T14:20", ["--zone", "Pacific/Marquesas"], "2026-06-09T14:20:00-09:30"),
    ],
)
def test_an_instant_is_shown_where_it_is_said_to_be(ask: Ask, aware_at: str, options: list[str], shown: str) -> None:
    assert row(ask("breach", aware_at, *options, "--json"))["aware_at"] == shown


def test_a_fixed_offset_does_not_follow_the_change_of_the_clocks(ask: Ask) -> None:
    """Paris is at +01:00 when the offset fits, and at +02:00 three days later; +03:00 stays."""
    paris = row(ask("breach", "2026-03-27T10:17+01:00", "--json"))
    fixed = row(ask("breach", "2026-03-27T10:17+03:00", "--json"))
    assert (paris["target"], fixed["target"]) == ("2026-03-30T11:17:00+02:00", "2026-03-30T10:17:00+03:00")


def test_the_full_hour_is_that_of_the_zone_that_counts(ask: Ask) -> None:
    marquesas = row(ask("breach", "2026-06-09T14:20Z", "--zone", "Pacific/Marquesas", "--json"))
    assert marquesas["legal_end"] == "2026-06-12T05:00:00-09:30"


def test_the_zone_of_the_session_stands_in_for_paris(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEDGER_ZONE", "Indian/Reunion")
    assert row(ask("breach", "2026-12-18T09:05", "--json"))["target"] == "2026-12-21T09:05:00+04:00"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (["breach", "2026-10-25T02:30"], "HOUR_REPEATED"),
        (["breach", "2026-03-29T02:30"], "HOUR_SKIPPED"),
        (["breach", "2026-04-05T01:45", "--zone", "Australia/Lord_Howe"], "HOUR_REPEATED"),
        (["breach", "2026-06-09"], "USAGE"),
        (["breach", "bientôt"], "USAGE"),
        (["breach", "2026-06-09T14:20", "--zone", "Mars/Base"], "USAGE"),
        (["breach", "2026-06-09T14:20", "--territory", "corse"], "USAGE"),
        (["breach", "0001-01-01T00:00Z"], "DAY_OUT_OF_REACH"),
        (["breach", "9999-12-31T23:59Z"], "DAY_OUT_OF_REACH"),
        (["answer", "2026-10-25T02:30"], "HOUR_REPEATED"),
        (["answer", "2026-06-08T10:00", "--days", "mon,blursday"], "USAGE"),
        (["answer", "2026-06-08T10:00", "--days", ""], "USAGE"),
        (["answer", "2026-06-08T10:00", "--hours", "12:00-09:00"], "USAGE"),
        (["answer", "2026-06-08T10:00", "--hours", "09:00-12:00,11:00-13:00"], "USAGE"),
        (["answer", "2026-06-08T10:00", "--reading", "C"], "HOURS_UNKNOWN"),
        (["answer", "2026-06-08T10:00", "--reading", "D"], "USAGE"),
        (["answer", "2026-06-08T10:00", "--days", "mon", "--hours", "tue=09:00-12:00"], "OPEN_WHEN_CLOSED"),
        (["answer", "2026-06-08T10:00", "--house", "loiron", "--days", "mon"], "HOUSE_OR_OPTIONS"),
        (["answer", "2026-06-08T10:00", "--house", "loiron", "--zone", "Indian/Reunion"], "HOUSE_OR_OPTIONS"),
        (["rights", "2026-06-01", "--suspended", "2026-06-15", "2026-06-03"], "SUSPENSION_REVERSED"),
        (["rights", "2026-06-01", "--suspended", "2026-05-15", "2026-06-03"], "SUSPENSION_BEFORE_RECEIPT"),
        (["rights", "2026-06-01", "--suspended", "2026-07-15", "2026-07-16"], "SUSPENSION_OUTSIDE"),
        (["rights", "2026-06-01T10:00"], "USAGE"),
        (["retention", "fish", "2026-06-01"], "USAGE"),
        (["retention", "logs", "9999-06-01"], "DAY_OUT_OF_REACH"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_helps(ask: Ask, line: list[str], error: str) -> None:
    said = ask(*line, "--json")
    assert (said.code, said.error) == (2, error)
    assert ask(*line).err.count("\n") >= 2


def test_unknown_houses_and_profiles_are_told(ask: Ask) -> None:
    assert ask("opening", "--house", "nulle-part", "--json").error == "UNKNOWN_HOUSE"
    assert ask("answer", "2026-06-08T10:00", "--house", "nulle-part", "--json").code == 4
    assert ask("retention", "logs", "2026-06-08", "--profile", "nulle-part", "--json").error == "LAW_MISSING"


def test_days_hours_and_closures_are_taken_as_typed(ask: Ask) -> None:
    def due(*line: str) -> object:
        return row(ask("answer", "2026-06-08T10:00", *line, "--json"))["due_at"]

    assert due("--days", "lun,mar,jeu,ven") == due("--days", "mon, tue, thu, fri") == "2026-06-12T10:00:00+02:00"
    assert due("--closed", "2026-06-09", "--closed", "10/06/2026") == "2026-06-15T10:00:00+02:00"
    opening = ("--reading", "C", "--hours", "09:00-12:00,13:00-18:00", "--hours", "fri=09:00-12:00")
    # Monday 7 h, three days of 8 h, Friday 3 h; a second week of 35 h; then 3 h on Monday.
    assert due(*opening) == "2026-06-22T12:00:00+02:00"
    # Monday 2 h; then twelve weeks of 6 h but for 15 August, a Saturday; then 1 h.
    saturdays = ("--reading", "C", "--hours", "mon,sat=09:00-12:00", "--closed", "2026-06-13")
    assert due(*saturdays) == "2026-09-07T10:00:00+02:00"
    assert due("--hours", "mon,tue=09:00-12:00") == "2026-06-16T10:00:00+02:00", "the days named are those worked"


def test_holidays_of_the_territory_are_not_worked(ask: Ask) -> None:
    def due(territory: str) -> object:
        return row(ask("answer", "2026-06-09T10:00", "--territory", territory, "--json"))["due_at"]

    assert (due("metropole"), due("guyane")) == ("2026-06-12T10:00:00+02:00", "2026-06-15T10:00:00+02:00")


def test_a_local_holiday_counts_for_a_right_only_where_it_is_turned_on(ask: Ask) -> None:
    line = ("rights", "2025-11-26", "--territory", "alsace-moselle")
    assert row(ask(*line, "--json"))["due_on"] == "2025-12-26"
    assert row(ask(*line, "--local-holidays", "--json"))["due_on"] == "2025-12-29"


def test_people_get_sentences_with_the_weekday_and_the_legal_time(ask: Ask) -> None:
    said = ask("breach", "2026-07-10T17:40").out.replace("\N{NO-BREAK SPACE}", " ").splitlines()
    assert said == [
        "Prise de connaissance : vendredi 10 juillet 2026 à 17 h 40 (heure légale, UTC+02:00).",
        "À notifier avant le lundi 13 juillet 2026 à 17 h 40 (heure légale, UTC+02:00) : c’est l’échéance à tenir.",
        LEGAL_END,
        CONTESTED_END,
        "Compté selon les règles rgpd-33-72h, à l’heure légale de Europe/Paris.",
    ]  # fmt: skip
    seconds = ask("breach", "2026-06-01T13:59:59+04:00").out.replace("\N{NO-BREAK SPACE}", " ")
    assert "lundi 1er juin 2026 à 13 h 59 min 59 s (heure légale, UTC+04:00)" in seconds
    assert "à l’heure légale de UTC+04:00" in seconds


def test_people_are_told_the_reading_the_term_and_the_verdict(ask: Ask) -> None:
    assert "Lecture B des 72\N{NO-BREAK SPACE}h ouvrées" in ask("answer", "2026-06-08T10:00", "--reading", "B").out
    assert "soit la fin du mercredi 17 juin 2026" in ask("answer", "2026-06-13T11:00").out
    rights = ask("rights", "2026-06-01", "--extended").out
    assert "mercredi 1er juillet 2026, ce jour compris" in rights
    assert "Prolongée" in rights
    assert "Aucune date" in ask("retention", "identity", "2026-06-15").out
    assert "mardi 15 juin 2031" not in (proof := ask("retention", "mandate-proof", "2026-06-15").out)
    assert "dimanche 15 juin 2031" in proof
    assert "34\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30" in ask("opening", "--house", "loiron").out


@pytest.mark.parametrize("territory", ["saint-pierre-et-miquelon", "polynesie", "nouvelle-caledonie"])
def test_where_local_holidays_are_not_known_people_are_told(ask: Ask, territory: str) -> None:
    for line in (("breach", "2026-06-09T14:20"), ("answer", "2026-06-09T14:20"), ("rights", "2026-06-09")):
        assert "jours fériés nationaux" in ask(*line, "--territory", territory).err
        assert "jours fériés nationaux" not in ask(*line, "--territory", "guyane").err


def test_a_clock_that_is_not_that_of_the_territory_is_pointed_out(ask: Ask) -> None:
    away = ask("breach", "2026-12-18T09:05", "--territory", "la-reunion")
    assert "Indian/Reunion" in away.err
    there = ask("breach", "2026-12-18T09:05", "--territory", "la-reunion", "--zone", "Indian/Reunion")
    assert there.err == ""


@pytest.mark.parametrize(
    "line",
    [
        ("breach", "2010-01-01T10:00"), ("answer", "2010-01-04T10:00"), ("rights", "2010-01-01"),
        ("retention", "logs", "2010-01-01"),
    ],
)  # fmt: skip
def test_a_day_before_its_rule_is_counted_and_people_are_told(ask: Ask, line: tuple[str, ...]) -> None:
    said = ask(*line)
    assert said.code == 0
    assert "comme si elle valait déjà" in said.err
    assert "comme si" not in ask(*(word.replace("2010", "2026") for word in line)).err


def test_a_ledger_s_own_law_counts_and_its_databases_are_never_opened(shell: Shell) -> None:
    shell.run("init", "--sandbox", answers={"name": "Chloé Modèle"})
    law = shell.home / "law"
    shutil.copytree(PACKAGED / "houses", law / "houses")
    file = law / "houses" / "loiron.toml"
    text = (
        file.read_text(encoding="utf-8")
        .replace('"loiron"', '"loiron-bis"')
        .replace('"Europe/Paris"', '"Indian/Reunion"')
    )
    (law / "houses" / "bis.toml").write_text(text, encoding="utf-8")
    clocks = (PACKAGED / "clocks.toml").read_text(encoding="utf-8").replace("rgpd-33-72h", "maison-33")
    (law / "clocks.toml").write_text(clocks, encoding="utf-8")
    for path in shell.home.glob("*.sqlite3*"):
        path.unlink()
    shutil.rmtree(shell.home / "keys")
    assert shell.run("clock", "breach", "2026-06-09T14:20", "--json").row["rule_pack"] == "maison-33"
    due = shell.run("clock", "answer", "2026-06-08T10:00", "--house", "loiron-bis", "--json").row["due_at"]
    assert due == "2026-06-11T10:00:00+04:00"
    assert shell.run("clock", "retention", "logs", "2026-06-15", "--profile", "mayenne", "--json").code == 0
    assert not list(shell.home.glob("*.sqlite3"))


def test_where_no_ledger_is_yet_the_packaged_rules_are_used_and_people_told(shell: Shell) -> None:
    said = shell.run("clock", "breach", "2026-06-09T14:20", "--json")
    assert (said.code, said.row["rule_pack"]) == (0, "rgpd-33-72h")
    assert "aucun registre" in said.err


def test_a_row_of_csv_is_given_to_spreadsheets(ask: Ask) -> None:
    said = ask("rights", "2026-04-08", "--csv")
    assert said.table == [["received_on", "due_on", "extended_due_on"], ["2026-04-08", "2026-05-11", ""]]


def test_a_short_week_is_said_not_to_hold(tmp_path: Path, shell: Shell) -> None:
    shell.run("init", "--sandbox", answers={"name": "Chloé Modèle"})
    law = shell.home / "law" / "houses"
    law.mkdir(parents=True)
    text = (PACKAGED / "houses" / "bonneuil-matours.toml").read_text(encoding="utf-8")
    short = text.replace('saturday = ["09:00-12:00"]', 'saturday = ["09:00-11:40"]')
    (law / "bonneuil-matours.toml").write_text(short, encoding="utf-8")
    found = shell.run("clock", "opening", "--house", "bonneuil-matours", "--json").row
    assert (round(float(str(found["week_hours"])), 3), found["days"], found["holds"]) == (23.667, 5, False)
