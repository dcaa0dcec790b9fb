"""The lines of keys and elements, in every way that TOML can be written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from ledger.rules.law import PACKAGED
from ledger.rules.positions import lines_of

EVERYTHING = '''\
# a comment with = and [brackets]
title = "a \\" quote # no comment" # a comment

"quoted key" = 1
'literal' = 2
a.b.c = 3
text = """
several
lines with ] and } and "quotes"
"""
raw = \'\'\'
x = "not a key"
\'\'\'
list = [
    1,  # one
    [2, 3],
    { inner = "}", other = ["]", 'x'] },
]
when = 1979-05-27 07:32:00
[table]
key = true
[table.deeper] # comment
key = 1.5
[[row]]
name = "first"
[[row.cell]]
number = 1
[[row.cell]]
number = 2
[[row]]
name = "second"
[[row.cell]]
number = 3
[row.extra]
last = ""
'''

LINES = {
    ("title",): 2,
    ("quoted key",): 4,
    ("literal",): 5,
    ("a", "b", "c"): 6,
    ("text",): 7,
    ("raw",): 11,
    ("list",): 14,
    ("list", 0): 15,
    ("list", 1): 16,
    ("list", 1, 1): 16,
    ("list", 2, "inner"): 17,
    ("list", 2, "other", 1): 17,
    ("when",): 19,
    ("table",): 20,
    ("table", "key"): 21,
    ("table", "deeper"): 22,
    ("table", "deeper", "key"): 23,
    ("row", 0): 24,
    ("row", 0, "name"): 25,
    ("row", 0, "cell", 0): 26,
    ("row", 0, "cell", 1, "number"): 29,
    ("row", 1): 30,
    ("row", 1, "cell", 0, "number"): 33,
    ("row", 1, "extra", "last"): 35,
}


@pytest.mark.parametrize(("path", "line"), LINES.items(), ids=str)
def test_a_key_stands_on_the_line_where_it_is_written(path: tuple[str | int, ...], line: int) -> None:
    assert lines_of(EVERYTHING)[path] == line


@pytest.mark.parametrize(
    "text", [EVERYTHING, *(path.read_text() for path in sorted(PACKAGED.rglob("*.toml")))], ids=lambda text: text[2:20]
)
def test_every_key_and_element_has_a_line(text: str) -> None:
    lines = lines_of(text)

    def walk(value: object, path: tuple[str | int, ...]) -> None:
        if path:
            assert path in lines, path
        if isinstance(value, dict):
            for key, content in value.items():
                walk(content, (*path, key))
        elif isinstance(value, list):
            for number, content in enumerate(value):
                walk(content, (*path, number))

    walk(tomllib.loads(text), ())


def test_the_line_of_a_code_is_the_line_that_says_it() -> None:
    text = Path(PACKAGED / "catalogue.toml").read_text()
    lines, written = lines_of(text), text.splitlines()
    for number, entry in enumerate(tomllib.loads(text)["procedure"]):
        assert entry["code"] in written[lines["procedure", number, "code"] - 1]
