"""The reference says what the code says, and leaves nothing out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ledger.commands._context import NotAReference
from ledger.commands._program import run
from ledger.errors import ExitCode
from ledger.policies.refusals import RefusedByRule
from ledger.translation import translate
from tools import reference, reference_settings


@pytest.fixture(scope="module")
def pages() -> dict[Path, str]:
    return reference.pages()


@pytest.mark.parametrize(
    "page",
    [
        "docs/reference/commands.md", "docs/fr/commandes.md", "docs/reference/events.md", "docs/reference/errors.md",
        "docs/reference/settings.md",
    ],
)  # fmt: skip
def test_a_page_is_what_the_code_says(page: str, pages: dict[Path, str]) -> None:
    written = (reference.ROOT / page).read_text(encoding="utf-8")
    assert written == pages[Path(page)], "run python tools/reference.py"


def test_no_page_is_left_out(pages: dict[Path, str]) -> None:
    assert len(pages) == 5
    assert reference.main(["--check"]) == 0


def test_every_error_of_the_sources_is_told() -> None:
    told = {kind.__name__ for kind in reference.all_errors()} | {kind.__name__ for kind in _of_refusals()}
    found: set[str] = set(told)
    for path in (reference.ROOT / "ledger").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and {base.id for base in node.bases if isinstance(base, ast.Name)} & told:
                found.add(node.name)
    assert found == told


def _of_refusals() -> list[type[RefusedByRule]]:
    return [RefusedByRule, *RefusedByRule.__subclasses__()]


def test_every_refusal_that_says_more_than_its_code_speaks_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    assert _of_refusals()[1:]
    for kind in _of_refusals()[1:]:
        assert translate(kind.advice) != kind.advice, kind


def test_every_error_speaks_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    for kind in reference.all_errors():
        assert kind.sentence
        assert translate(kind.sentence) != kind.sentence, kind
        assert kind.advice
        assert translate(kind.advice) != kind.advice, kind


def test_a_code_is_cut_where_the_words_of_its_name_begin_be_they_one_letter() -> None:
    for kind in reference.all_errors():
        words = re.findall(r"[A-Z][a-z0-9]*", kind.__name__)
        assert reference.code_of(kind) == "_".join(words).upper()
    assert reference.code_of(NotAReference) == "NOT_A_REFERENCE"


def test_no_two_errors_share_a_code() -> None:
    codes = [reference.code_of(kind) for kind in reference.all_errors()]
    assert len(codes) == len(set(codes)), sorted(code for code in codes if codes.count(code) > 1)


def test_every_exit_code_is_explained() -> None:
    text = (reference.ROOT / "docs/reference/exit-codes.md").read_text(encoding="utf-8")
    assert all(f"| {int(code)} |" in text for code in ExitCode)


def test_every_file_of_a_ledger_is_described(tmp_path: Path) -> None:
    home = tmp_path / "ledger"
    assert run(["demo", "--json", "--folder", str(home)]) == 0
    found = {str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()} - {"mandat.pdf"}
    files = {re.sub(r"root-[0-9]+", "root-N", name) for name in found}
    assert {"ledger.toml", "events.sqlite3", "keys/root-N.key"} <= files <= set(reference_settings.FILES)


def test_a_setting_that_nobody_describes_stops_the_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(reference_settings._VARIABLES, "LEDGER_ZONE")
    with pytest.raises(reference_settings.NotDescribed, match="LEDGER_ZONE"):
        reference_settings.settings_page()


def test_a_setting_that_nothing_reads_any_more_stops_the_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(reference_settings._TOML, "colour", "Of the ledger.")
    with pytest.raises(reference_settings.NotDescribed, match="colour"):
        reference_settings.settings_page()
