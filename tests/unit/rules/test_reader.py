"""Checking a file: what it says it is, and what can't be read at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.limits import INPUT_BYTES
from ledger.rules.law import PACKAGED, Law
from ledger.rules.reader import KINDS, check_file
from tests.unit.rules.law_texts import CATALOGUE, HOUSE, PARTNERS, clocks_text, profile_text


def _checked(folder: Path, content: bytes, name: str = "law.toml") -> list[tuple[int, str]]:
    path = folder / name
    path.write_bytes(content)
    found = check_file(path)
    assert all(problem.file == str(path) for problem in found)
    return [(problem.line, problem.rule) for problem in found]


@pytest.mark.parametrize("path", sorted(PACKAGED.rglob("*.toml")), ids=lambda path: path.stem)
def test_every_file_that_ships_is_right(path: Path) -> None:
    assert check_file(path) == []


def test_a_file_is_read_as_what_it_says_it_is(tmp_path: Path) -> None:
    archives = (PACKAGED / "archives.toml").read_text(encoding="utf-8")
    archives = archives[archives.index("kind =") :]
    assessment = (PACKAGED / "assessment.toml").read_text(encoding="utf-8")
    texts = {
        "archives": archives,
        "assessment": assessment[assessment.index("kind =") :],
        "catalogue": CATALOGUE,
        "clocks": clocks_text(),
        "house": HOUSE,
        "partners": PARTNERS,
        "profile": profile_text(),
    }
    assert set(texts) == set(KINDS)
    for kind, text in texts.items():
        spoiled = text.replace("format = 1", 'format = 1\nodd = "key"', 1)
        assert (3, "UNKNOWN_KEY") in _checked(tmp_path, spoiled.encode()), kind


def test_a_file_is_checked_against_the_partners_of_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "partners.toml").write_text(PARTNERS)
    (tmp_path / "catalogue.toml").write_text(CATALOGUE)
    own = Law(tmp_path, "mayenne")
    assert check_file(tmp_path / "catalogue.toml", law=own) == []
    assert {problem.rule for problem in check_file(tmp_path / "catalogue.toml")} == {
        "UNKNOWN_PARTNER",
        "UNKNOWN_RECIPIENT",
    }


def test_an_empty_file_is_said_to_be_empty(tmp_path: Path) -> None:
    assert _checked(tmp_path, b"") == [(0, "EMPTY")]
    assert _checked(tmp_path, b" \n\n") == [(0, "EMPTY")]


def test_a_file_beyond_the_limit_is_not_parsed(tmp_path: Path) -> None:
    assert _checked(tmp_path, b'kind = "house"\n' + b"#" * INPUT_BYTES) == [(0, "TOO_LARGE")]


def test_a_file_that_never_ends_is_cut_off() -> None:
    assert [problem.rule for problem in check_file(Path("/dev/zero"))] == ["TOO_LARGE"]


def test_a_file_that_is_not_utf8_is_named_by_the_line_of_the_first_bad_byte(tmp_path: Path) -> None:
    assert _checked(tmp_path, b'kind = "house"\n\nname = "Mus\xe9e"\n') == [(3, "NOT_UTF8")]
    assert _checked(tmp_path, "kind = 'house'".encode("utf-16")) == [(1, "NOT_UTF8")]


def test_line_ends_and_a_mark_of_byte_order_do_not_matter(tmp_path: Path) -> None:
    text = "\ufeff" + PARTNERS.replace("\n", "\r\n")
    assert _checked(tmp_path, text.encode()) == []
    assert _checked(tmp_path, text.replace("mark =", "odd =").encode())[0] == (19, "MISSING_KEY")


@pytest.mark.parametrize("content", [b"kind = ", b"[[[[", b"kind = 1 2", b"a = " + b"9" * 5000, b"a = " + b"[" * 5000])
def test_what_is_not_toml_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    assert [rule for _, rule in _checked(tmp_path, content)] == ["NOT_TOML"]


def test_a_file_of_no_known_kind_is_told_the_kinds(tmp_path: Path) -> None:
    (tmp_path / "law.toml").write_text('\nkind = "recipe"\n')
    found = check_file(tmp_path / "law.toml")
    assert [(problem.line, problem.rule) for problem in found] == [(2, "UNKNOWN_KIND")]
    assert all(kind in found[0].message for kind in KINDS)
    assert _checked(tmp_path, b"title = 1\n") == [(1, "MISSING_KEY")]


def test_a_file_that_cannot_be_read_is_a_finding_too(tmp_path: Path) -> None:
    for path in (tmp_path / "none.toml", tmp_path):
        assert [(problem.line, problem.rule) for problem in check_file(path)] == [(0, "NOT_READABLE")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_nothing_of_what_follows_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.toml"
    with path.open("wb") as file:
        file.truncate(10 * INPUT_BYTES)
    assert [problem.rule for problem in check_file(path)] == ["TOO_LARGE"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, len(CATALOGUE)), junk=st.text(max_size=8), drop=st.integers(0, 40))
def test_no_damage_of_a_file_makes_the_check_fail(tmp_path: Path, cut: int, junk: str, drop: int) -> None:
    path = tmp_path / "law.toml"
    path.write_bytes((CATALOGUE[:cut] + junk + CATALOGUE[cut + drop :]).encode(errors="replace"))
    for problem in check_file(path):
        assert problem.line >= 0
        assert problem.message


_TOML = st.recursive(
    st.one_of(st.booleans(), st.integers(-5, 5), st.text('aé"\\\n', max_size=3), st.dates()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=2)),
    max_leaves=6,
)
_KEYS = (
    "code", "partner", "name", "purpose", "mission", "modes", "words", "fields", "view_only", "acts", "act", "kept",
    "data_request", "exchange", "forbidden", "recipients", "basis", "art9", "source", "valid_from", "valid_until",
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(_KEYS), value=_TOML)
def test_no_value_of_a_key_makes_the_check_fail(tmp_path: Path, key: str, value: object) -> None:
    entry = {"code": "P09-x", "partner": "cnaf", "name": "N", "purpose": "P", "mission": "inform", "modes": ["ASSIST"]}
    entry |= {"words": ["w"], "fields": ["ct.*"], "recipients": ["caf"], "source": "D", key: value}  # type: ignore[dict-item]
    packaged = (PACKAGED / "catalogue.toml").read_text()
    body = "\n".join(f"{name} = {_toml(content)}" for name, content in entry.items())
    path = tmp_path / "law.toml"
    path.write_text(f"{packaged}\n[[procedure]]\n{body}\n")
    lines = packaged.count("\n") + 3 + len(entry)
    found = check_file(path)
    assert found
    assert all(packaged.count("\n") < problem.line <= lines for problem in found)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(content)}" for key, content in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(content) for content in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return str(value)
