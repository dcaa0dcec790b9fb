from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.sealing.names import normalised

SAME = {
    "jeanpierre": ["Jean-Pierre", "jean pierre", "JEAN  PIERRE", " Jean‐Pierre ", "Jean.Pierre", "Jéan-Piérre"],
    "eleonore": ["Éléonore", "ELEONORE", "Ele\u0301onore", "éléonore"],
    "exemple": ["Exemple", "d'Exemple", "D’EXEMPLE", "de l'Exemple", "Des Exemple", "De La Exemple"],
    "loetitia": ["Lœtitia", "LOETITIA", "Loetitia"],
    "fictifexemple": ["Fictif-Exemple", "Fictif d'Exemple", "FICTIF DE L’EXEMPLE"],
    "strasse": ["Straße", "STRASSE"],
    "nguyen": ["Nguyễn", "NGUYEN"],
    "soren": ["Søren", "SOREN"],
    "de": ["De", "DE"],
    "dela": ["de La", "De la"],
    "1980-06-09": ["09/06/1980", "9/6/1980", "9.6.1980", "09-06-1980", "1980-06-09", "1980/6/9", "09 06 1980"],
    "": ["", "   ", "-", "'"],
    "31021980": ["31/02/1980"],
}


@pytest.mark.parametrize(("form", "written"), [(form, text) for form, texts in SAME.items() for text in texts])
def test_what_people_write_comes_out_the_same(form: str, written: str) -> None:
    assert normalised(written) == form


@pytest.mark.parametrize(
    ("one", "other"),
    [("Martin", "Martine"), ("09/06/1980", "06/09/1980"), ("Denis", "Nis"), ("Lea", "Lee"), ("Dupont", "Dupond")],
)
def test_what_differs_stays_apart(one: str, other: str) -> None:
    assert normalised(one) != normalised(other)


@given(st.text())
def test_the_one_form_is_stable(text: str) -> None:
    form = normalised(text)
    assert normalised(unicodedata.normalize("NFD", text)) == normalised(unicodedata.normalize("NFC", text))
    assert normalised(f"  {text}  ") == form
