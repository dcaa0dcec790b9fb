"""No social security number gets into a text."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.limits import NOTE_CHARACTERS
from ledger.rules.personal_numbers import (
    NoteHoldsControlCharacters,
    NoteHoldsNir,
    NoteRefused,
    NoteTooLong,
    find_nir,
    nir_key,
    screen_note,
)

# Invented: no register ever gave these (commune 999, order 999).
BODY = "1850553999999"
NIR = f"{BODY}{nir_key(BODY):02d}"
SIGNS = (",", "_", ":", "|", ";", "/", ", ", " | ", " ; ", "\u00b7", "'", "=", "+", " / ")
CORSICA = {"2A": "285102A999999", "2B": "285102B999999"}


@pytest.mark.parametrize(("department", "stand_in"), [("2A", "19"), ("2B", "18")])
def test_the_key_of_corsica_reads_2a_as_19_and_2b_as_18(department: str, stand_in: str) -> None:
    assert nir_key(CORSICA[department]) == 97 - int(f"28510{stand_in}999999") % 97


def test_a_known_key() -> None:
    assert nir_key("2690549588157") == 80  # the example that the administration prints on its specimen


@pytest.mark.parametrize(
    "text",
    [
        NIR,
        f"{NIR[:13]} {NIR[13:]}",
        f"{NIR[0]} {NIR[1:3]} {NIR[3:5]} {NIR[5:7]} {NIR[7:10]} {NIR[10:13]} {NIR[13:]}",
        f"{NIR[0]}.{NIR[1:3]}.{NIR[3:5]}.{NIR[5:7]}.{NIR[7:10]}.{NIR[10:13]}",
        f"{NIR[0]}-{NIR[1:3]}-{NIR[3:5]}-{NIR[5:7]}-{NIR[7:10]}-{NIR[10:13]}-{NIR[13:]}",
        "\u00a0".join(NIR),
        "\u202f".join((NIR[:5], NIR[5:])),
        "\u200b".join(NIR),
        BODY,
        f"N° sécu:{BODY},né en mai",
        f"n{NIR}n",
        f"tél. 02 43 00 00 00 {NIR}",
        f"02 43 00 00 00 {NIR[0]} {NIR[1:3]} {NIR[3:5]} {NIR[5:7]} {NIR[7:10]} {NIR[10:13]} {NIR[13:]}",
        f"reçu le 09/06/2026 {NIR[:5]} {NIR[5:10]} {NIR[10:]}",
        f"{NIR[:8]}\n{NIR[8:]}",
        f"{NIR[0]}/{NIR[1:3]}/{NIR[3:5]}/{NIR[5:7]}/{NIR[7:10]}/{NIR[10:13]}",
        f"{NIR[0]},{NIR[1:3]},{NIR[3:5]},{NIR[5:7]},{NIR[7:10]},{NIR[10:13]},{NIR[13:]}",
        *(sign.join((NIR[0], NIR[1:3], NIR[3:5], NIR[5:7], NIR[7:10], NIR[10:13])) for sign in SIGNS),
        *(sign.join((NIR[:5], NIR[5:10], NIR[10:])) for sign in SIGNS),
        f"n° {BODY}, 12 rue du Test, 02 43 00 00 00",
        f"14:30, {BODY[:7]} {BODY[7:]}; 15:30",
        f"{NIR[0]}:{NIR[1:3]}:{NIR[3:5]}:{NIR[5:7]}:{NIR[7:10]}:{NIR[10:13]}, rappeler au 06 12 34 56 78",
        "1,84,05,53,001,123,53",
        "2 85 10 2 A 999 999",
        "28510 2 A 999999",
        "2.85.10.2.b.999.999",
        "2,85,10,2 A,999,999",
        f"2 85 10 2 A 999 999 {nir_key(CORSICA['2A']):02d}",
        f"{BODY[:-1]}2 a 12",
        CORSICA["2A"],
        CORSICA["2B"].lower(),
        f"{CORSICA['2A']}{nir_key(CORSICA['2A']):02d}",
        f"2 85 10 2A 999 999 {nir_key(CORSICA['2A']):02d}",
        "".join(chr(0xFF10 + int(digit)) for digit in NIR),
        "".join(chr(0x0660 + int(digit)) for digit in NIR),
        "7850553999999",
        "1856253999999",
        "1850599999999",
    ],
)
def test_a_number_is_found_however_it_is_written(text: str) -> None:
    assert find_nir(text)
    with pytest.raises(NoteHoldsNir) as caught:
        screen_note(text.replace("\u200b", "").replace("\n", " "))
    assert not any(digit in str(caught.value) for digit in "0123456789")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Rappeler le 02 43 02 19 31 ou le 06 12 34 56 78.",
        "Rendez-vous le 09/06/2026 à 14 h 30, dossier 123456789012.",
        f"{BODY}0",
        f"{BODY}{nir_key(BODY) % 97 + 1:02d}",
        "FR76 3000 6000 0112 3456 7890 189",
        "9850553999999",
        "1851453999999",
        "1850500999999",
        "1850553000999",
        "1850553999000",
        "0185055399999",
        "2A 2B et 12 B",
        "SIRET 123 456 789 00012",
        "Rendez-vous le 12/05/2026 53320 Loiron",
        "Rendez-vous le 12-05-2026 53320 Loiron",
        "Rappeler à 8:30; 06 12 34 56 78",
        "Rappeler à 8:30; 06 12 34 56 78, 06 98 76 54 32",
        "Montants : 120,50 ; 1 234,56 ; 789,12 ; 3,50",
        "3,50 + 20,15 + 150 + 120",
        "100, 50, 20, 150, 300",
        "IBAN FR76 3000 6000 0112 3456 7890 189, BIC AGRIFRPP",
        "Numéro fiscal 30 14 517 600 053, avis 2026_06_09",
        "dossiers 12345;67890;123 et 1500000, 250, 300",
        "fichier 2026_06_09_00012",
        "2 B rue du Test 53320, 12 A 53000",
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert not find_nir(text)
    screen_note(text)


_BODIES = st.builds(
    lambda sex, year, month, department, commune, order: (
        f"{sex}{year:02d}{month:02d}{department}{commune:03d}{order:03d}"
    ),
    st.sampled_from("123478"),
    st.integers(0, 99),
    st.sampled_from([*range(1, 13), 20, 30, 42, 50, 99]),
    st.sampled_from([f"{number:02d}" for number in range(1, 100)] + ["2A", "2B"]),
    st.integers(1, 999),
    st.integers(1, 999),
)
_SEPARATORS = st.sampled_from(["", " ", ".", "\u00a0", "-", " . "])
_WORDS = st.text(alphabet="abcdefghij éà,;:!?()'\"", max_size=15)


@given(_BODIES, st.booleans(), st.lists(_SEPARATORS, min_size=14, max_size=14), _WORDS, _WORDS)
def test_every_number_is_found_in_any_grouping_within_words(
    body: str, keyed: bool, separators: list[str], before: str, after: str
) -> None:
    separators = separators if keyed else [separator.replace("-", " ") for separator in separators]
    number = body + (f"{nir_key(body):02d}" if keyed else "")
    units = [*number[:5], number[5:7], *number[7:]]
    written = "".join(unit + separator for unit, separator in zip(units, separators, strict=False))
    assert find_nir(before + written.rstrip(" .-\u00a0") + after)


_SIGNS = st.sampled_from(SIGNS)


@given(_BODIES, _SIGNS, _WORDS, _WORDS)
def test_every_number_is_found_in_its_usual_groups_with_any_sign_between_them(
    body: str, sign: str, before: str, after: str
) -> None:
    written = sign.join((body[0], body[1:3], body[3:5], body[5:7], body[7:10], body[10:]))
    assert find_nir(f"{before} {written} {after}")


@given(_BODIES, st.lists(_SIGNS, min_size=14, max_size=14), st.sets(st.integers(1, 14)))
def test_every_number_with_its_key_is_found_with_any_signs_anywhere_in_it(
    body: str, signs: list[str], apart: set[int]
) -> None:
    number = f"{body}{nir_key(body):02d}"
    written = "".join((signs[place - 1] if place in apart else "") + char for place, char in enumerate(number))
    assert find_nir(written)


_PAIRS = st.integers(0, 99).map("{:02d}".format)
_PHONES = st.builds(
    lambda second, pairs, sign: sign.join((f"0{second}", *pairs)),
    st.integers(1, 9),
    st.lists(_PAIRS, min_size=4, max_size=4),
    st.sampled_from([" ", ".", "-", ""]),
)
_DATES = st.dates(date(1900, 1, 1), date(2100, 1, 1)).map("{:%d/%m/%Y}".format)
_TIMES = st.times().map("{:%H:%M}".format)
_EUROS = st.integers(0, 99).flatmap(lambda euros: _PAIRS.map(lambda cents: f"{euros:02d},{cents} €"))


@given(
    st.lists(_PHONES | _DATES | _TIMES | _EUROS, min_size=1, max_size=12), st.sampled_from([", ", " ; ", "\n", " / "])
)
def test_lists_of_phones_dates_times_and_amounts_hold_no_number(items: list[str], sign: str) -> None:
    assert not find_nir(sign.join(items))


@given(st.text(alphabet="0123456789", min_size=1, max_size=40))
def test_a_run_in_one_piece_is_one_exactly_by_its_length_and_key_or_structure(digits: str) -> None:
    assume(len(digits) not in (13, 15))
    assert not find_nir(digits)


@given(st.integers(0, 10**13 - 1), st.integers(0, 99))
def test_fifteen_digits_are_refused_by_their_key(number: int, key: int) -> None:
    digits = f"{number:013d}{key:02d}"
    assert find_nir(digits) == (97 - number % 97 == key)


@given(st.text(max_size=200) | st.text(alphabet="0123456789 .2AB", max_size=60))
def test_what_the_screening_lets_through_holds_no_number(text: str) -> None:
    with suppress(NoteRefused):
        screen_note(text)
        assert not find_nir(text)


def test_a_refusal_is_one_by_a_rule_and_does_not_repeat_the_note() -> None:
    with pytest.raises(Refused) as caught:
        screen_note(f"Aline Exemple {NIR}")
    assert caught.value.exit_code == 3
    assert caught.value.code == "NOTE_HOLDS_NIR"
    assert "Aline" not in str(caught.value) + caught.value.explain() + caught.value.next_step()


def test_a_note_is_as_long_as_the_limit_and_no_longer() -> None:
    screen_note("é" * NOTE_CHARACTERS)
    with pytest.raises(NoteTooLong) as caught:
        screen_note("é" * (NOTE_CHARACTERS + 1))
    assert str(NOTE_CHARACTERS) in caught.value.explain()


@pytest.mark.parametrize("char", ["\x00", "\x1b", "\t", "\r", "\u200b", "\u202e", "\ufeff", "\ud800", "\ue000"])
def test_what_cannot_be_seen_is_refused(char: str) -> None:
    with pytest.raises(NoteHoldsControlCharacters):
        screen_note(f"a{char}b")


def test_a_note_may_have_lines() -> None:
    screen_note("Première ligne\nDeuxième ligne")
