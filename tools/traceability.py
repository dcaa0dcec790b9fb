"""
The traceability table: every row of the convention with the tests that prove it, or "missing".

`python tools/traceability.py` writes docs/traceability.md; `--check` says whether it is up to date. A test claims a row
by `@pytest.mark.row("S-4.6.15")`. A claim counts only if the test passes: the table is checked in the same run that
runs every test, and a test that bears a row fails when it is skipped or expected to fail (tests/conftest.py).
"""

from __future__ import annotations

import argparse
import ast
import sys
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = Path("docs/reference/convention_rows.toml")
TABLE = Path("docs/traceability.md")
TESTS = Path("tests")

_INTRODUCTION = """\
# Traceability

<!-- Written by tools/traceability.py from the markers of the tests: change those, then run it. -->

Each row of the [convention](reference/convention_rows.toml) (Mayenne, 24 January 2020), and the tests that prove it. A
test stands here only if it passes: one that is skipped, or expected to fail, fails the run when it claims a row.
*missing* means that nothing in this version proves the row. {proven} of {total} rows are proven.
"""


class ClaimRefused(ValueError):
    """A test claims a row in a way that can't be trusted."""


@dataclass(frozen=True)
class Row:
    """One thing that the convention asks."""

    id: str
    rule: str
    words: str
    remark: str = ""


@dataclass(frozen=True, order=True)
class Claim:
    """A test that says it proves a row."""

    row: str
    file: str
    test: str


def rows(root: Path) -> list[Row]:
    """Read the rows of the convention, in its order."""
    content = tomllib.loads((root / ROWS).read_text(encoding="utf-8"))
    found = [Row(**entry) for entry in content["row"]]
    if len({row.id for row in found}) != len(found):
        raise ClaimRefused(f"{ROWS}: a row stands there twice")
    return found


def claims(root: Path) -> list[Claim]:
    """
    Read the claims of all tests from their source.

    :raises ClaimRefused: if one is not a plain string, or stands where pytest would not see it
    """
    return sorted({claim for path in sorted((root / TESTS).rglob("test_*.py")) for claim in _claims_of(path, root)})


def table(root: Path) -> str:
    """
    Write the traceability table.

    :raises ClaimRefused: if a test claims a row that the convention has not
    """
    wanted, made = rows(root), claims(root)
    unknown = sorted({claim.row for claim in made} - {row.id for row in wanted})
    if unknown:
        raise ClaimRefused(f"no such rows in {ROWS}: {', '.join(unknown)}")
    proofs = {row.id: [claim for claim in made if claim.row == row.id] for row in wanted}
    introduction = _INTRODUCTION.format(proven=sum(bool(proof) for proof in proofs.values()), total=len(wanted))
    lines = [_line(row, proofs[row.id]) for row in wanted]
    return "\n".join([introduction, "| row | what is asked | proven by |", "|---|---|---|", *lines, ""])


def _line(row: Row, proof: Sequence[Claim]) -> str:
    asked = f"{row.rule}<br>« {row.words} »" + (f"<br>*{row.remark}*" if row.remark else "")
    tests = "<br>".join(f"[{claim.test}](../{claim.file})" for claim in proof) or "*missing*"
    return f"| {row.id} | {asked} | {tests} |"


def _claims_of(path: Path, root: Path) -> Iterator[Claim]:
    tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    file = path.relative_to(root).as_posix()
    seen = 0
    for name, decorators in _tests_of(tree):
        for call in (call for decorator in decorators for call in _row_calls(decorator)):
            seen += 1
            yield Claim(_row_of(call, file), file, name)
    placed = sum(1 for _ in _row_calls(tree))
    if seen < placed:
        raise ClaimRefused(f"{file}: a row is claimed somewhere else than on a test")


def _tests_of(tree: ast.Module) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node.name, node.decorator_list
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith(("Test", "pytestmark")):
            whole_file = ast.unparse(node.targets[0]) == "pytestmark"
            yield "every test" if whole_file else ast.unparse(node.targets[0]), [node.value]
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield node.name, node.decorator_list
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and member.name.startswith("test_"):
                    yield f"{node.name}.{member.name}", member.decorator_list


def _row_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.row"):
            yield node


def _row_of(call: ast.Call, file: str) -> str:
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Constant):
        raise ClaimRefused(f"{file}:{call.lineno}: name one row, as a plain string")
    return str(call.args[0].value)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the table; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only say whether the table is up to date")
    asked = parser.parse_args(arguments)
    try:
        wanted = table(ROOT)
    except ClaimRefused as refused:
        print(refused, file=sys.stderr)
        return 1
    if not asked.check:
        (ROOT / TABLE).write_text(wanted, encoding="utf-8")
        return 0
    if (ROOT / TABLE).exists() and (ROOT / TABLE).read_text(encoding="utf-8") == wanted:
        return 0
    print(f"{TABLE} is out of date: run python tools/traceability.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
