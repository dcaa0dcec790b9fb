"""What the READMEs show of the demonstration is what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ledger.commands._program import run
from tests.docs.examples import ROOT, _lines, _matches

_SHOWN = re.compile(r"```text\n\$ (?:LANGUAGE=en )?ledger demo\n(?P<shown>.*?)```", re.DOTALL)


@pytest.mark.parametrize(("readme", "language"), [("README.md", "en"), ("README.fr.md", "fr")])
def test_a_readme_shows_what_the_demonstration_shows(
    readme: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = _SHOWN.search((ROOT / readme).read_text(encoding="utf-8"))
    assert shown is not None
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANGUAGE", language)
    assert run(["demo"]) == 0
    assert _matches(shown["shown"].splitlines(), _lines(capsys.readouterr().out))


@pytest.mark.parametrize(
    "page", sorted(ROOT.glob("*.md")) + sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.name
)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(\s*([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} points at {target}, which is not there"
