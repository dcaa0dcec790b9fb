from __future__ import annotations

import pytest

from ledger import errors
from ledger.translation import language, translate


@pytest.mark.parametrize(
    ("wanted", "given"),
    [("", "fr"), ("fr", "fr"), ("fr_FR:en", "fr"), ("en", "en"), ("en_GB:fr", "en"), ("de", "fr"), ("EN", "en")],
)
def test_the_language_is_french_unless_english_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str, given: str
) -> None:
    monkeypatch.setenv("LANGUAGE", wanted)
    assert language() == given


def test_a_known_sentence_is_given_in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LANGUAGE", raising=False)
    assert translate(errors.Refused.sentence) != errors.Refused.sentence


def test_english_gives_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    assert translate(errors.Refused.sentence) == errors.Refused.sentence


def test_nothing_said_stays_nothing() -> None:
    # gettext gives the header of the catalogue for the empty text
    assert translate("") == ""


def test_an_error_names_its_details_in_both_languages(monkeypatch: pytest.MonkeyPatch) -> None:
    error = errors.NotFound(reference="0a1b2c3d")
    for code in ("fr", "en"):
        monkeypatch.setenv("LANGUAGE", code)
        assert "0a1b2c3d" in error.explain()
