"""
Runs the examples of the documentation, so that what a reader copies is what happens.

An example is a fenced block marked `console`. A line that begins with `$ ` is a command; what follows, up to the next
one, is what it writes, standard output and standard error together. `...` stands for any text within a line, and alone
on a line for any number of lines: ids and dates differ from run to run. A line that begins with `> ` goes on with the
command of the line above. `# ` at the end of a command is a remark of the shell.

The blocks of one document run in their order, in one folder of their own, which is the home directory too, with the
`ledger` of this checkout and no `LEDGER_*` variable but those that the document exports. What one block exports, the
next sees. A failing command stops the document, unless it is the last of a block that says `<!-- exit: CODE -->` before
it.

A block after `<!-- not run: REASON -->` is only shown; the reason is for the reader of the source.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (
    "README.md",
    "README.fr.md",
    "docs/tutorial/*.md",
    "docs/fr/*.md",
    "docs/howto/*.md",
    "docs/explanation/*.md",
)
LONGEST_SECONDS = 120

_FENCE = re.compile(r"^(?P<indent> *)```console\s*$")
_NOT_RUN = re.compile(r"<!--\s*not run:\s*(?P<reason>.*?)\s*-->")
_EXIT = re.compile(r"<!--\s*exit:\s*(?P<code>\d+)\s*-->")
_MARK = "\x1e"


class ExampleFailed(AssertionError):
    """A document says something that does not happen."""


@dataclass
class Step:
    """One command of an example, what the document says it writes, and the code it ends with."""

    line: int
    command: str
    expected: list[str] = field(default_factory=list)
    exit_code: int = 0


def documents(root: Path) -> list[Path]:
    """List the documents whose examples are run."""
    return sorted(path for pattern in DOCUMENTS for path in root.glob(pattern))


def steps(text: str) -> list[Step]:
    """
    Read the commands of a document, in their order.

    :raises ExampleFailed: if a block has no command, or is not run without a reason
    """
    found: list[Step] = []
    for line, block, before in _blocks(text.splitlines()):
        not_run, code = _NOT_RUN.search(before), _EXIT.search(before)
        if not_run:
            if not not_run["reason"]:
                raise ExampleFailed(f"line {line}: say why this block is not run")
            continue
        found += _steps_of(block, line, int(code["code"]) if code else 0)
    return found


def run(text: str, folder: Path) -> None:
    """
    Run all examples of a document in `folder`, and compare what they write.

    :raises ExampleFailed: at the first command that ends or writes otherwise than the document says
    """
    environment = _environment(folder)
    shell = _Shell(folder, environment)
    for step in steps(text):
        code, written = shell.run(step.command)
        said = "\n".join(written)
        if code != step.exit_code:
            raise ExampleFailed(f"line {step.line}: $ {step.command}\nended with {code}, not {step.exit_code}:\n{said}")
        if not _matches(step.expected, written):
            wanted = "\n".join(step.expected)
            raise ExampleFailed(f"line {step.line}: $ {step.command}\nwrites:\n{said}\n\nthe document says:\n{wanted}")


class _Shell:
    """One shell per command, which takes over the variables and the folder of the one before."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment

    def run(self, command: str) -> tuple[int, list[str]]:
        state = f"printf '{_MARK}%s{_MARK}' \"$code\"; pwd; env -0"
        done = subprocess.run(
            ["bash", "-c", f"{{ {command}\n}} 2>&1; code=$?; {state}"],
            cwd=self._folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LONGEST_SECONDS,
            check=False,
        )
        written, *rest = done.stdout.decode("utf-8", errors="replace").split(_MARK, 2)
        if not rest:
            return done.returncode, _lines(written)
        code, after = rest
        place, _, variables = after.partition("\n")
        self._folder = Path(place)
        self._environment = dict(line.split("=", 1) for line in variables.split("\0") if "=" in line)
        return int(code), _lines(written)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip("\n").splitlines()] if text.strip() else []


def _environment(folder: Path) -> dict[str, str]:
    own = folder / ".programs"
    own.mkdir()
    command = own / "ledger"
    command.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{ROOT / 'cli.py'}' \"$@\"\n")
    command.chmod(0o755)
    programs = os.pathsep.join([str(own), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return {
        "PATH": programs,
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }


def _blocks(lines: Sequence[str]) -> Iterator[tuple[int, list[str], str]]:
    """Give every console block with its first line number and the paragraph of comments before it."""
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if not opening:
            number += 1
            continue
        indent, start = len(opening["indent"]), number + 1
        end = next((at for at in range(start, len(lines)) if lines[at].strip() == "```"), len(lines))
        yield start + 1, [line[indent:] for line in lines[start:end]], _comments_above(lines, number)
        number = end + 1


def _comments_above(lines: Sequence[str], number: int) -> str:
    above: list[str] = []
    for line in reversed(lines[:number]):
        if line.strip() and not line.strip().startswith("<!--"):
            break
        above.append(line)
    return "\n".join(above)


def _steps_of(block: Sequence[str], line: int, exit_code: int) -> list[Step]:
    found: list[Step] = []
    for number, text in enumerate(block, line):
        if text.startswith("$ "):
            found.append(Step(number, text[2:], exit_code=0))
        elif not found:
            raise ExampleFailed(f"line {number}: a console block begins with a command")
        elif text.startswith("> ") and not found[-1].expected:
            found[-1].command += "\n" + text[2:]
        else:
            found[-1].expected.append(text.rstrip())
    if not found:
        raise ExampleFailed(f"line {line}: a console block without a command")
    found[-1].exit_code = exit_code
    return found


def _matches(expected: Sequence[str], written: Sequence[str]) -> bool:
    """Compare line by line; no expectation at all means that what is written is not shown, and may be anything."""
    wanted = list(expected)
    while wanted and not wanted[-1]:
        wanted.pop()
    if not wanted:
        return True
    parts = [r"(?:.*\n)*?" if line.strip() == "..." else _line_pattern(line) + r"\n" for line in wanted]
    return re.fullmatch("".join(parts), "".join(f"{_spaced(line)}\n" for line in written)) is not None


def _line_pattern(line: str) -> str:
    return r"[^\n]*?".join(re.escape(part) for part in _spaced(line).split("..."))


def _spaced(line: str) -> str:
    """Take the no-break spaces of French for spaces, as everybody does who reads or types."""
    return line.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
