"""The examples of the documentation do what it says; and the runner finds out when they don't."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import ROOT, ExampleFailed, documents, run, steps


@pytest.mark.parametrize("document", documents(ROOT), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_the_examples_of_a_document_do_what_it_says(document: Path, tmp_path: Path) -> None:
    run(document.read_text(encoding="utf-8"), tmp_path)


def _console(*lines: str, before: str = "") -> str:
    return "\n".join(["Some text.", "", before, "```console", *lines, "```", "", "More text."])


@pytest.mark.parametrize(
    "text",
    [
        _console("$ echo one", "one"),
        _console("$ printf 'a\\nb\\nc\\n'", "a", "...", "c"),
        _console("$ echo id 1a2b3c", "id ..."),
        _console("$ echo nothing is said of what this writes"),
        _console("$ printf 'Nom\\302\\240: ...\\n'", "Nom : ..."),
        _console("$ echo to both >&2", "to both"),
        _console("$ export A=1", "$ cd /", "$ echo $A $PWD", "1 /"),
        _console("$ echo one \\", "> two", "one two"),
        _console("$ false", before="<!-- exit: 1 -->"),
        _console("$ rm -rf /", before="<!-- not run: it is a bad idea -->"),
        "```python\nno commands here\n```",
        "",
    ],
)
def test_a_document_that_tells_the_truth_passes(text: str, tmp_path: Path) -> None:
    run(text, tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (_console("$ echo one", "two"), "line 5"),
        (_console("$ echo one; echo two", "one"), "writes"),
        (_console("$ echo one", "one", "...", "two"), "writes"),
        (_console("$ false"), "ended with 1, not 0"),
        (_console("$ true", before="<!-- exit: 3 -->"), "ended with 0, not 3"),
        (_console("$ exit 4"), "ended with 4"),
        (_console("$ no-such-program-here"), "127"),
        (_console("no command"), "begins with a command"),
        (_console("$ true", before="<!-- not run: -->"), "say why"),
    ],
)
def test_a_document_that_does_not_is_told_where(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ExampleFailed, match=told):
        run(text, tmp_path)


def test_a_document_sees_nothing_of_the_ledger_of_whoever_runs_the_tests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_HOME", "/somewhere")
    run(_console('$ echo "[$LEDGER_HOME] $HOME"', f"[] {tmp_path}"), tmp_path)


def test_the_line_of_a_command_is_the_one_in_the_document() -> None:
    text = _console("$ echo one", "one", "$ echo two")
    assert [text.splitlines()[step.line - 1] for step in steps(text)] == ["$ echo one", "$ echo two"]
