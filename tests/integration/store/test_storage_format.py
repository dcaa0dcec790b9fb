"""The reference of the stored format is true: the verifier that it prints agrees with ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.aggregates.base import LinkKind, Scope
from ledger.store.schema import metadata
from ledger.store.verification import check_log
from ledger.usecases.ports import own_scope
from tests.integration.store.example import Store, destroy

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "reference" / "storage-format.md"


@pytest.fixture
def verifier(tmp_path: Path) -> Path:
    """Give the program that the document prints, as a reader would save it."""
    [program] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), flags=re.DOTALL)
    place = tmp_path / "verifier.py"
    place.write_text(program, encoding="utf-8")
    return place


def _run(verifier: Path, store: Store) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(verifier), str(store.database.path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_printed_verifier_finds_the_same_root(verifier: Path, file_store: Store) -> None:
    assert _run(verifier, file_store).stdout.split() == ["0", check_log(file_store.database).root.hex()]
    diaries = [file_store.opened(f"page {number}") for number in range(7)]
    destroy(file_store, own_scope(Scope.MANDATE, diaries[2].id))
    done = _run(verifier, file_store)
    assert (done.stderr, done.stdout.split()) == ("", ["9", check_log(file_store.database).root.hex()])


@pytest.mark.parametrize(
    ("trigger", "statement", "told"),
    [
        ("events_update", "UPDATE events SET header = CAST(header || ' ' AS BLOB) WHERE position = 2", "position 2"),
        ("events_update", "UPDATE events SET topic = 'diary.other.1' WHERE position = 2", "columns 2"),
        ("boxes_update", "UPDATE boxes SET bytes = zeroblob(9) WHERE position = 2 AND box_no = 0", "box 2"),
        ("boxes_delete", "DELETE FROM boxes WHERE position = 2", "boxes missing from"),
        ("leaves_update", "UPDATE leaves SET leaf_hash = zeroblob(32) WHERE position = 2", "position 2"),
        ("log_head_forward", "UPDATE log_head SET frontier = zeroblob(64)", "head"),
    ],
)
def test_the_printed_verifier_finds_alterations(
    verifier: Path, file_store: Store, trigger: str, statement: str, told: str
) -> None:
    for _ in range(3):
        file_store.opened()
    with file_store.database.reading() as rows:
        rows.run(f"DROP TRIGGER {trigger}")
        rows.run(statement)
    done = _run(verifier, file_store)
    assert done.returncode == 1
    assert told in done.stderr.splitlines()[-1]
    assert not check_log(file_store.database).whole


def test_every_table_column_scope_and_kind_of_link_is_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    tables = text[text.index("## Tables") :]
    for table in metadata.tables.values():
        row = next(line for line in tables.splitlines() if line.startswith(f"| `{table.name}` |"))
        assert [column.name for column in table.columns if f"`{column.name}`" not in row] == []
    scopes = text[text.index("in this order of scopes") :].split("\n\n")[1]
    assert re.findall(r"`([a-z-]+)`", scopes) == [str(scope) for scope in Scope]
    kinds = text[text.index("\nKinds: ") :].split("\n\n")[0]
    assert re.findall(r"`([a-z-]+)`", kinds) == [str(kind) for kind in LinkKind]
