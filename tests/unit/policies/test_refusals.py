"""The closed list of refusals: each has a meaning in both languages, an article, and a place in the reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.errors import ExitCode
from ledger.policies.refusals import REFUSALS, RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.translation import translate
from tools import refusal_codes

ROOT = Path(__file__).parents[3]
TELLING = {
    RefusalCode.FORBIDDEN_ACT, RefusalCode.CONSENT_MISSING, RefusalCode.NEVER_STORED, RefusalCode.MODE_NOT_OFFERED,
    RefusalCode.NO_REFERENCE, RefusalCode.SOLE_BENEFIT, RefusalCode.NO_DATA_REQUEST_SCOPE,
}  # fmt: skip


def test_the_list_is_closed() -> None:
    assert set(REFUSALS) == set(RefusalCode)
    assert all(code.value == code.name for code in RefusalCode)


@pytest.mark.parametrize("code", list(RefusalCode))
def test_every_refusal_says_what_and_what_now_in_french_and_in_english(
    code: RefusalCode, monkeypatch: pytest.MonkeyPatch
) -> None:
    meaning = REFUSALS[code]
    assert meaning.article
    for text in (meaning.sentence, meaning.advice):
        monkeypatch.setenv("LANGUAGE", "en")
        assert translate(text) == text
        monkeypatch.setenv("LANGUAGE", "fr")
        assert translate(text) != text


def test_a_refusal_is_an_error_with_its_own_code() -> None:
    refused = RefusedByRule(RefusalCode.FORBIDDEN_ACT)
    assert refused.exit_code is ExitCode.REFUSED
    assert refused.code == "FORBIDDEN_ACT"
    assert refused.decision is RefusalCode.OUT_OF_SCOPE
    assert refused.explain() == translate(REFUSALS[RefusalCode.FORBIDDEN_ACT].sentence)
    assert refused.next_step() == translate(REFUSALS[RefusalCode.FORBIDDEN_ACT].advice)
    assert refused.article == REFUSALS[RefusalCode.FORBIDDEN_ACT].article


def test_headers_show_no_code_that_would_tell_which_procedure_it_is() -> None:
    for code in RefusalCode:
        assert code.shown not in TELLING
        assert code.shown.shown is code.shown
        assert (code.shown is not code) == (code in TELLING)


def test_the_reference_page_is_that_of_the_code() -> None:
    page = (ROOT / refusal_codes.PAGE).read_text(encoding="utf-8")
    assert page == refusal_codes.rendered(), "write it again: python tools/refusal_codes.py"
