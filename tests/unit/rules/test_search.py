"""An agent finds a procedure by the words that people say."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.law import load_law
from ledger.rules.search import plain, shown_reference, significant

ON = date(2026, 6, 9)
CATALOGUE = load_law().catalogue
ENTRIES = CATALOGUE.entries(on=ON)


def _found(words: str, on: date = ON) -> list[str]:
    return [entry.code for entry in CATALOGUE.search(words, on=on)]


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("carte grise", "FTI02-carte-grise"),
        ("CARTE GRISE", "FTI02-carte-grise"),
        ("cartes grises", "FTI02-carte-grise"),
        ("cartegrise", "FTI02-carte-grise"),
        ("rsa", "CNAF01-rsa"),
        ("retraite", "CNAV01-retraite"),
        ("retrite", "CNAV01-retraite"),
        ("impots", "DGFIP01-revenus"),
        ("chomage", "FT01-inscription"),
        ("Pôle emploi", "FT01-inscription"),
        ("m'actualiser", "FT02-actualisation"),
        ("j'ai perdu ma carte vitale", "CNAM03-vitale"),
        ("je voudrais refaire mon permis", "FTI03-permis"),
        ("carte d’identité", "FTI01-cni"),
        ("passeport", "FTI01-cni"),
        ("mutuelle", "CNAM02-c2s"),
        ("veuve", "CNAV03-reversion"),
        ("minimum vieillesse", "CNAV04-aspa"),
        ("apl", "CNAF03-logement"),
        ("prime d'activité", "CNAF02-prime-activite"),
        ("aah", "CNAF06-aah"),
        ("femme de ménage", "URS01-cesu"),
        ("edf", "CHE01-energie"),
        ("isolation", "ANAH01-mpr"),
        ("avocat", "JUS01-aj"),
        ("casier", "JUS02-casier"),
        ("voisin", "JUS03-conciliateur"),
        ("recommandé", "LP01-courrier"),
        ("boite mail", "X01-boite-mail"),
        ("CNAF01", "CNAF01-rsa"),
        ("cnaf01-rsa", "CNAF01-rsa"),
        ("relevé de carrière", "CNAV02-releve"),
        ("agriculteur", "MSA01-prestations"),
    ],
)
def test_everyday_words_lead_to_the_procedure(words: str, first: str) -> None:
    assert _found(words)[0] == first


@given(st.sampled_from([(entry, word) for entry in ENTRIES for word in entry.words]), st.sampled_from("ulst"))
def test_every_everyday_word_finds_its_procedure_in_any_case_and_without_accents(
    pair: tuple[object, str], style: str
) -> None:
    entry, word = pair
    written = {"u": word.upper(), "l": plain(word), "s": f"  {word} ", "t": word.title()}[style]
    assert entry in CATALOGUE.search(written, on=ON)


@given(st.text(max_size=60))
def test_any_text_gives_entries_in_force_without_doubles(words: str) -> None:
    found = CATALOGUE.search(words, on=ON)
    assert len({entry.code for entry in found}) == len(found)
    assert all(entry in ENTRIES for entry in found)
    assert found == CATALOGUE.search(words, on=ON)


def test_every_procedure_is_found_by_its_own_name() -> None:
    for entry in ENTRIES:
        assert CATALOGUE.search(entry.name, on=ON)[0].code == entry.code


@pytest.mark.parametrize("words", ["", "   ", "de la", "xyzzy qwerty", "!?"])
def test_words_that_say_nothing_find_nothing(words: str) -> None:
    assert _found(words) == []


@pytest.mark.parametrize("words", ["succession", "procession", "ret", "naiss"])
def test_a_part_of_a_word_finds_nothing(words: str) -> None:
    assert _found(words) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("carte grise", "FTI02-carte-grise"),
        ("Cartes  GRISES", "FTI02-carte-grise"),
        ("une carte grise", "FTI02-carte-grise"),
        ("divorce", "JUS01-aj"),
        ("cnaf05", "CNAF05-situation"),
        ("CNAF05-situation", "CNAF05-situation"),
    ],
)
def test_the_own_words_of_one_entry_are_its_name(words: str, code: str) -> None:
    named = CATALOGUE.named(words, on=ON)
    assert named is not None
    assert named.code == code


@pytest.mark.parametrize("words", ["grise", "retrite", "carte grise perdue", "décès", "", "de la", "divorcer"])
def test_what_is_not_an_entrys_own_words_names_none(words: str) -> None:
    assert CATALOGUE.named(words, on=ON) is None


def test_a_word_more_narrows_the_choice() -> None:
    assert set(_found("déclaration trimestrielle msa")) < set(_found("déclaration trimestrielle"))
    assert _found("déclaration trimestrielle msa") == ["MSA02-declaration"]


def test_a_procedure_is_found_on_the_days_it_holds_only() -> None:
    assert _found("cesu", date(2024, 12, 31)) == []
    assert _found("cesu", date(2025, 1, 1)) == ["URS01-cesu"]


def test_a_long_question_is_read_in_its_first_words() -> None:
    assert _found("rsa " + "blabla " * 5000) == _found("rsa " + "blabla " * 11)


def test_words_are_made_plain() -> None:
    assert plain("Œuvre, l’Été À 7h30 !") == "oeuvre l ete a 7h30"
    assert significant("Les impôts de ma voiture") == ["impot", "voiture"]


def test_only_what_looks_like_a_code_is_repeated_in_an_error() -> None:
    assert shown_reference("CNAF01-rsa:file") == "CNAF01-rsa:file"
    assert shown_reference("Aline Exemple") == "?"
    assert shown_reference("") == "?"
    assert shown_reference("a" * 61) == "?"
    assert shown_reference("CNAF\n") == "?"
