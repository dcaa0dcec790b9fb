"""A typed value is checked by the format of its own field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.rules.catalogue import Format
from ledger.rules.formats import NirNotTyped, ValueMalformed, check_format, check_value, iban_key_holds
from ledger.rules.law import load_law

CATALOGUE = load_law().catalogue
LIKE_A_NIR = "1850553999999"


@pytest.mark.parametrize(
    ("expected", "typed", "kept"),
    [
        (Format.NAME, "  Aline   Exemple ", "Aline Exemple"),
        (Format.NAME, "Jean-Éric d'Ôr", "Jean-Éric d'Ôr"),
        (Format.DATE, "1985-05-31", "1985-05-31"),
        (Format.DATE, "31/05/1985", "1985-05-31"),
        (Format.DATE, "1.5.1985", "1985-05-01"),
        (Format.POSTAL, "12 rue de l'Essai\n53000 Laval", "12 rue de l'Essai 53000 Laval"),
        (Format.PHONE, "02 43 00 00 00", "0243000000"),
        (Format.PHONE, "+33 (0)6.12.34.56.78", "+330612345678"),
        (Format.EMAIL, " aline@exemple.fr ", "aline@exemple.fr"),
        (Format.IBAN, "fr76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
        (Format.IBAN, "BE68539007547034", "BE68539007547034"),
        (Format.TAX_NUMBER, "30 23 217 600 053", "3023217600053"),
        (Format.TAX_NUMBER, LIKE_A_NIR, LIKE_A_NIR),
        (Format.TAX_NOTICE, "25 53 A123456 78", "2553A12345678"),
        (Format.AMOUNT, "1 234,50 €", "1234.50"),
        (Format.REFERENCE, "1234567a", "1234567A"),
        (Format.REGISTRATION, "ab-123-cd", "AB123CD"),
        (Format.REGISTRATION, "1234 AB 53", "1234AB53"),
        (Format.TEXT, "CDI, deux ans", "CDI, deux ans"),
    ],
)
def test_a_right_value_is_kept_without_needless_blanks(expected: Format, typed: str, kept: str) -> None:
    assert check_format(expected, typed, named="essai") == kept


@pytest.mark.parametrize(
    ("expected", "typed"),
    [
        (Format.NAME, ""),
        (Format.NAME, "Aline 2"),
        (Format.NAME, "A" * 101),
        (Format.NAME, "A\u202eB"),
        (Format.DATE, "31/02/1985"),
        (Format.DATE, "1985"),
        (Format.DATE, "05/31/1985"),
        (Format.POSTAL, "x" * 301),
        (Format.PHONE, "12"),
        (Format.PHONE, "appelle-moi"),
        (Format.PHONE, "٠٢٤٣٠٠٠٠٠٠"),
        (Format.EMAIL, "aline.exemple.fr"),
        (Format.EMAIL, "aline@exemple"),
        (Format.EMAIL, "a@b@exemple.fr"),
        (Format.EMAIL, "a" * 250 + "@exemple.fr"),
        (Format.IBAN, "FR7630006000011234567890188"),
        (Format.IBAN, "FR76300060000112345678901"),
        (Format.TAX_NUMBER, "302321760005"),
        (Format.TAX_NUMBER, "30232176000530"),
        (Format.TAX_NOTICE, "25 53"),
        (Format.AMOUNT, "12,345"),
        (Format.AMOUNT, "-12"),
        (Format.AMOUNT, "mille"),
        (Format.REFERENCE, "12"),
        (Format.REFERENCE, "A" * 21),
        (Format.REGISTRATION, "voiture"),
        (Format.TEXT, " \n "),
    ],
)
def test_a_wrong_value_is_refused_and_not_repeated(expected: Format, typed: str) -> None:
    with pytest.raises(ValueMalformed) as caught:
        check_format(expected, typed, named="essai")
    assert caught.value.exit_code == 2
    assert caught.value.details == {"field": "essai", "label": "essai"}
    assert "essai" in caught.value.explain()


@pytest.mark.parametrize("expected", [Format.TEXT, Format.NAME, Format.POSTAL, Format.REFERENCE, Format.EMAIL])
def test_a_social_security_number_is_refused_where_no_other_long_number_belongs(expected: Format) -> None:
    typed = f"{LIKE_A_NIR}@exemple.fr" if expected is Format.EMAIL else LIKE_A_NIR
    with pytest.raises(NirNotTyped) as caught:
        check_format(expected, typed, named="essai")
    assert caught.value.exit_code == 3
    assert LIKE_A_NIR not in str(caught.value)


@pytest.mark.parametrize("code", ["nir", "no.msa"])
def test_the_number_is_never_typed_in_its_own_field_either(code: str) -> None:
    with pytest.raises(NirNotTyped):
        check_value(CATALOGUE.field(code), LIKE_A_NIR)


def test_a_value_is_checked_by_its_field() -> None:
    assert check_value(CATALOGUE.field("tax.fiscal_no"), LIKE_A_NIR) == LIKE_A_NIR
    assert check_value(CATALOGUE.field("no.caf"), "1234567") == "1234567"
    with pytest.raises(NirNotTyped):
        check_value(CATALOGUE.field("no.caf"), LIKE_A_NIR)


def test_every_format_of_the_vocabulary_is_checked() -> None:
    for field in CATALOGUE.vocabulary.values():
        with pytest.raises((ValueMalformed, NirNotTyped)):
            check_value(field, "")


@given(
    st.text(alphabet="0123456789", min_size=11, max_size=11), st.text(alphabet="0123456789", min_size=10, max_size=10)
)
def test_an_iban_with_one_digit_changed_is_refused(account: str, bank: str) -> None:
    body = bank + account + "00"
    key = 98 - int(body + "152700") % 97
    iban = f"FR{key:02d}{body}"
    assert iban_key_holds(iban)
    assert check_format(Format.IBAN, iban, named="iban") == iban
    changed = iban[:10] + str((int(iban[10]) + 1) % 10) + iban[11:]
    with pytest.raises(ValueMalformed):
        check_format(Format.IBAN, changed, named="iban")


@given(st.sampled_from(list(Format)), st.text(max_size=60))
def test_what_is_kept_is_kept_unchanged_when_given_again(expected: Format, typed: str) -> None:
    try:
        kept = check_format(expected, typed, named="essai")
    except (ValueMalformed, NirNotTyped):
        return
    assert check_format(expected, kept, named="essai") == kept
    assert kept == kept.strip() != ""
