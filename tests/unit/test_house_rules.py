"""What the linter can't know: our own rules on size, openers, clocks, words and reasons."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ROOT / "ledger"

FILE_LINES = 450
FUNCTION_LINES = 75
ONE_FILE_ON_PURPOSE = {"ledger/proof/verifier/verify.py"}
"""What goes into packs of proof alone, so that whoever checks has one thing to read, half of it tables and words."""

DOORS = {
    # the two openers themselves, and nobody beside them, ask for the content of a box
    r"(^|[._])(boxes|box_opener)\.open$": {"ledger/usecases/gate.py"},
    # facts are opened to judge or to show, and the gate alone begins both
    r"^(FactOpener|Judgement)$": {"ledger/usecases/gate.py"},
    # a grant is made from an access that is already on record
    r"^Grant$": {
        "ledger/usecases/access/request.py",
        "ledger/usecases/procedure/disclose.py",
        "ledger/usecases/subject/opening.py",
    },
    r"(^|\.)open_values$": {"ledger/usecases/access/request.py", "ledger/usecases/subject/opening.py"},
    # what turns the bytes of a box into words
    r"(^|\.)unseal$": {"ledger/sealing/openers.py"},
    r"(^|\.)AESGCM$": {
        "ledger/sealing/kdf.py",
        "ledger/sealing/tree.py",
        "ledger/sealing/new_tree.py",
        "ledger/sealing/turning.py",
    },
    # the opener is made once, for the desk; the gate alone asks it for several fields at once
    r"(^|\.)(KeyringOpener|StoredBoxes)$": {"ledger/bootstrap/__init__.py"},
    r"(^|\.)open_many$": {"ledger/sealing/openers.py", "ledger/usecases/gate.py"},
}
"""Every door to what is sealed, by what is called there, and who may call it. There is no third opener."""

MAY_EXPOSE = {
    "ledger/bootstrap/papers.py",  # what a grant opened, on its way to the printed mandate
    "ledger/commands/_context.py",  # the request as it was typed, for the keyed hash of a repeated command
    "ledger/commands/_output.py",  # what a grant opened, on its way to the user who asked
    "ledger/store/mapper.py",  # on its way into a box
    "ledger/usecases/breach/notification.py",
    "ledger/usecases/gate.py",  # a fact that was just given and has no box yet
    "ledger/usecases/procedure/doing.py",  # a value that was just typed, checked by the format of its field
    "ledger/usecases/retention/extracting.py",  # what a grant opened, on its way to the archives
    "ledger/usecases/subject/open_identity.py",  # what a grant opened, put together for the page
}
"""Where a value that was just typed, or just opened, is taken out of its wrapper."""

MAY_READ_THE_CLOCK = {"ledger/clock.py"}


def _files() -> list[Path]:
    return sorted(PRODUCT.rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def _nodes() -> Iterator[tuple[str, ast.AST]]:
    for path in _files():
        for node in ast.walk(_tree(path)):
            yield _name(path), node


def _calls() -> Iterator[tuple[str, ast.Call, str]]:
    for file, node in _nodes():
        if isinstance(node, ast.Call):
            yield file, node, ast.unparse(node.func)


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def _lines(pattern: str, *, suffixes: set[str]) -> list[str]:
    found = []
    for path in _tracked():
        if path.suffix in suffixes:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                if re.search(pattern, line):
                    found.append(f"{_name(path)}:{number}: {line.strip()}")
    return found


def test_there_is_something_to_look_at() -> None:
    assert len(_files()) > 10
    assert len(_tracked()) > 10


def test_no_file_is_too_long_to_read() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in _files()}
    assert {
        file: lines for file, lines in lengths.items() if lines > FILE_LINES and file not in ONE_FILE_ON_PURPOSE
    } == {}


def test_no_function_is_too_long_to_read() -> None:
    long = [
        f"{file}:{node.lineno} {node.name}"
        for file, node in _nodes()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > FUNCTION_LINES
    ]
    assert long == []


def test_every_room_is_a_package() -> None:
    folders = {path.parent for path in _files()}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").exists()] == []


def test_who_catches_everything_says_why() -> None:
    silent = []
    for path in _files():
        lines = path.read_text(encoding="utf-8").splitlines()
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node) and not _goes_on(node):
                said = lines[node.lineno - 1 : node.body[0].lineno]
                if not any("# " in line.replace("# noqa", "") for line in said):
                    silent.append(f"{_name(path)}:{node.lineno}")
    assert silent == []


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or bool(re.search(r"\b(Base)?Exception\b", ast.unparse(handler.type)))


def _goes_on(handler: ast.ExceptHandler) -> bool:
    """Say whether the handler ends by raising what it caught: it only tidies up."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_the_clock_is_read_in_one_place() -> None:
    reads = re.compile(
        r"(^|\.)(datetime\.now|datetime\.utcnow|utcfromtimestamp|date\.today|datetime\.today|time\.time)$"
    )
    found = {file for file, _, called in _calls() if reads.search(called)}
    assert found == MAY_READ_THE_CLOCK


@pytest.mark.parametrize("door", DOORS)
def test_what_is_sealed_is_opened_by_the_keepers_of_each_door_only(door: str) -> None:
    assert {file for file, _, called in _calls() if re.search(door, called)} == DOORS[door]


def test_the_opener_of_a_desk_is_taken_by_the_gate_only() -> None:
    taken = {
        file
        for file, node in _nodes()
        if isinstance(node, ast.Attribute) and node.attr == "boxes" and ast.unparse(node.value).endswith("desk")
    }
    assert taken == {"ledger/usecases/gate.py"}


def test_values_are_exposed_where_the_list_says_only() -> None:
    assert {file for file, _, called in _calls() if called.endswith(".expose")} == MAY_EXPOSE


def test_messages_are_marked_as_plain_strings() -> None:
    made = [
        f"{file}:{call.lineno}"
        for file, call, called in _calls()
        if called in {"mark", "translate"}
        and any(isinstance(argument, ast.JoinedStr | ast.BinOp) for argument in call.args)
    ]
    assert made == [], "a message that is put together can't be found by the extraction, nor translated"


def test_every_silenced_rule_has_its_reason() -> None:
    silenced = _lines(r"#\s*(noqa|type:\s*ignore|pragma)", suffixes={".py"})
    reason = re.compile(r"#\s*(noqa: [A-Z0-9, ]+|type: ignore\[[a-z, -]+\])  # \S")
    assert [line for line in silenced if not reason.search(line) and not line.startswith("tests/")] == []


def test_nothing_is_left_to_do_in_the_text() -> None:
    word = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X"))
    assert _lines(rf"\b({word})\b", suffixes={".py", ".md", ".toml", ".sh", ".po", ".typ"}) == []


def test_nothing_leans_on_what_is_not_in_the_project() -> None:
    foreign = "|".join(("/work" + "/", r"\.\./" + "shared", "/tmp" + "/x/", "DESI" + r"GN\.md", "RUL" + r"ES\.md"))
    everything = {path.suffix for path in _tracked()} - {".bin", ".mo", ".pdf", ".png"}
    assert _lines(foreign, suffixes=everything) == []


@pytest.mark.parametrize("name", ["utils", "helpers", "helper", "manager", "managers", "common", "misc"])
def test_no_module_has_a_name_that_says_nothing(name: str) -> None:
    assert [_name(path) for path in _files() if path.stem.strip("_") == name or path.parent.name == name] == []
