"""The demonstration: every command ends as the story says, nothing is written over, and one can go on afterwards."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.commands._program import run


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.row("S-4.2.1")
@pytest.mark.row("S-4.6.14")
@pytest.mark.row("S-4.6.11")
def test_the_main_job_is_played_and_told_in_french(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo"]) == 0
    told = capsys.readouterr().out
    parts = (
        "34.5", "Ouverte autant que la convention le demande  oui",  # the real house of Loiron
        "Engagement de secret enregistré", "Formation enregistrée", "Fiche FTI02-carte-grise confirmée",
        "Personne pas encore connue ici", "Mandat préparé", "Exemplaires écrits dans sandbox/mandat.pdf",
        "Premier accès autorisé", "Visite enregistrée, sans identité",
        "NOT_NECESSARY", "OUT_OF_SCOPE", "NOT_TRAINED", "Personne déjà connue ici",
        "NO_GATEWAY", "no.caf: 1234567", "Transmission enregistrée", "Partenaires à avertir",
        "à revoir", "MANDATE_ENDED", "avertir le", "Partenaire averti", "Compte rendu enregistré",
        "Ces valeurs seront détruites\N{NO-BREAK SPACE}: no.caf.", "Détruits\N{NO-BREAK SPACE}: 0", "RESTRICTED",
        "Autorisation d’élimination enregistrée", "Détruits\N{NO-BREAK SPACE}: 1", "Données détruites",
        "ROLE_NOT_ALLOWED", "Enregistrements de retard", "Le bac à sable reste",
    )  # fmt: skip
    place = 0
    for part in parts:
        assert part in told[place:], f"{part!r} is not told, or not in its place"
        place = told.index(part, place)
    assert (here / "sandbox" / "mandat.pdf").read_bytes().startswith(b"%PDF")


@pytest.fixture
def played(here: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    """Play the demonstration in silence; give what it leaves."""
    assert run(["demo", "--json"]) == 0
    left: dict[str, str] = json.loads(capsys.readouterr().out)
    return left


def test_the_kept_value_is_in_no_file_and_the_rest_of_the_trail_is(
    played: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = Path(played["folder"])
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pdf"]
    content = b"".join(file.read_bytes() for file in files)
    for secret in ("1234567", "Modèle", "FTI02-carte-grise", "CNAF05-situation"):
        assert secret.encode() not in content
    assert run(["--ledger", str(folder), "--as", "dora", "audit", "subject", played["subject"], "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    decisions = {row["decision"] for row in rows if row["look"] == "access"}
    assert decisions == {"GRANTED", "NOT_NECESSARY", "OUT_OF_SCOPE", "NOT_TRAINED", "NO_GATEWAY", "MANDATE_ENDED",
                         "RESTRICTED"}  # fmt: skip


def test_one_can_go_on_in_the_sandbox(played: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    act = ["--mode", "act-for", "--absent", "--act", "FTI02-carte-grise:file"]
    ledger = ["--ledger", played["folder"]]
    assert run([*ledger, "--as", "aline", "procedure", "act", played["procedure"], *act]) == 0
    assert "dernier acte" in capsys.readouterr().err


def test_a_second_sandbox_stands_beside_the_first(here: Path) -> None:
    (here / "sandbox").mkdir()
    (here / "sandbox" / "mine").write_text("kept")
    (here / "sandbox-2").symlink_to(here / "nowhere")
    assert run(["demo"]) == 0
    assert (here / "sandbox-3" / "ledger.toml").exists()
    assert [path.name for path in (here / "sandbox").iterdir()] == ["mine"]


@pytest.mark.parametrize("way", ["--folder", "--ledger", "LEDGER_HOME"])
def test_a_folder_that_holds_anything_is_left_as_it_is(
    way: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = here / "taken"
    taken.mkdir()
    (taken / "ledger.toml").write_text("a ledger of mine")
    if way == "LEDGER_HOME":
        monkeypatch.setenv("LEDGER_HOME", str(taken))
        assert run(["demo"]) == 5
    else:
        assert run(["demo", way, str(taken)]) == 5
    assert "n’y touche pas" in capsys.readouterr().err
    assert [path.name for path in here.rglob("*")] == ["taken", "ledger.toml"]


def test_an_empty_folder_that_is_named_is_used(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = here / "a folder with spaces"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("LEDGER_HOME", str(home))
    assert run(["demo", "--csv"]) == 0
    assert (home / "ledger.toml").exists()


@pytest.mark.parametrize("name", ["LEDGER_DATABASE_URL", "LEDGER_KEYS_URL"])
def test_the_databases_of_a_real_ledger_are_not_touched(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "postgresql://somewhere/else")
    assert run(["demo", "--json"]) == 9
    assert json.loads(capsys.readouterr().err)["error"] == "DATABASE_NAMED"
    assert list(here.iterdir()) == []


def test_it_speaks_english_too(here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    assert run(["demo"]) == 0
    told = capsys.readouterr().out
    assert "A day at the house of Loiron" in told
    assert "Procedure open:" in told


def test_a_command_that_ends_otherwise_stops_the_story(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ledger.commands._story._CAR", "NO-SUCH-ENTRY")
    assert run(["demo"]) == 1
    said = capsys.readouterr()
    assert "catalogue confirm NO-SUCH-ENTRY" in said.out
    assert "s’arrête ici" in said.err
