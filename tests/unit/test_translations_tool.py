from __future__ import annotations

import gettext
from io import BytesIO
from pathlib import Path

import pytest

from tools import translations

HEADER = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

"""
CLICKS_FRENCH = (translations.ROOT / translations.FRAGMENTS / "click.po").read_text(encoding="utf-8")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """A product with one message of each kind, all of it translated."""
    (tmp_path / "ledger/locale/fr").mkdir(parents=True)
    (tmp_path / "ledger/words.py").write_text('a = mark("Hello {name}")\nb = translate("Good" " bye")\n')
    fragment = tmp_path / "ledger/locale/fr/room.po"
    fragment.write_text(
        HEADER + 'msgid "Hello {name}"\nmsgstr "Bonjour {name}"\n\nmsgid "Good bye"\nmsgstr "Au revoir"\n'
    )
    (tmp_path / "ledger/locale/fr/click.po").write_text(CLICKS_FRENCH, encoding="utf-8")
    _compile(tmp_path)
    return tmp_path


def _compile(root: Path) -> None:
    compiled = root / translations.COMPILED
    compiled.parent.mkdir(exist_ok=True)
    compiled.write_bytes(translations.mo_bytes(translations.french(root).texts))


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_complete_translation_has_no_faults(scratch: Path) -> None:
    assert translations.check(scratch) == []


def test_the_compiled_catalogue_is_what_gettext_reads(scratch: Path) -> None:
    catalogue = gettext.GNUTranslations(BytesIO((scratch / translations.COMPILED).read_bytes()))
    assert catalogue.gettext("Hello {name}") == "Bonjour {name}"
    extra = ("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})")
    assert [catalogue.ngettext(*extra, count) for count in (0, 1, 2)] == [
        "Un argument est en trop ({args})",
        "Un argument est en trop ({args})",
        "Des arguments sont en trop ({args})",
    ]


def test_the_same_texts_in_another_order_compile_to_the_same_bytes(scratch: Path) -> None:
    texts = translations.french(scratch).texts
    assert translations.mo_bytes(texts) == translations.mo_bytes(dict(reversed(texts.items())))


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("words.py", '"Good" " bye"', '"Farewell"', 'no French for "Farewell"'),
        ("words.py", '"Good" " bye"', '"Farewell"', 'nothing says "Good bye" any more'),
        ("locale/fr/room.po", "Bonjour {name}", "Bonjour {nom}", "other {placeholders}"),
        ("locale/fr/click.po", "Des arguments sont en trop ({args})", "Trop ({arg})", "other {placeholders}"),
        ("locale/fr/room.po", "Au revoir", "", "not translated"),
        ("locale/fr/room.po", 'msgid "Good', '#, fuzzy\nmsgid "Good', "fuzzy"),
        ("locale/fr/room.po", '"Au revoir"', '"Jusqu\'au revoir"', "straight apostrophe"),
        ("locale/fr/room.po", 'msgid "Good', 'msgctxt "door"\nmsgid "Good', "msgctxt"),
        ("locale/fr/room.po", "Au revoir", "Adieu", "is out of date"),
    ],
)
def test_each_kind_of_fault_is_told(scratch: Path, file: str, old: str, new: str, fault: str) -> None:
    _replace(scratch / "ledger" / file, old, new)
    assert any(fault in told for told in translations.check(scratch))


def test_two_fragments_that_contradict_each_other_are_told(scratch: Path) -> None:
    (scratch / translations.FRAGMENTS / "other.po").write_text(HEADER + 'msgid "Good bye"\nmsgstr "Adieu"\n')
    assert any("room.po and other.po differ" in fault or "differ on" in fault for fault in translations.check(scratch))


def test_two_fragments_that_agree_are_no_fault(scratch: Path) -> None:
    (scratch / translations.FRAGMENTS / "other.po").write_text(HEADER + 'msgid "Good bye"\nmsgstr "Au revoir"\n')
    assert translations.check(scratch) == []


def test_what_is_missing_is_printed_as_a_fragment(scratch: Path) -> None:
    _replace(scratch / "ledger/words.py", '"Good" " bye"', r'"Say \"no\"\n"')
    assert list(translations.stanzas(scratch)) == [
        '#: ledger/words.py:2\nmsgid "Say \\"no\\"\\n"\nmsgstr ""\n',
    ]


def test_all_that_users_read_has_its_french() -> None:
    faults = translations.check(translations.ROOT)
    assert not faults, "\n".join(faults)
