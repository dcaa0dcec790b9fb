"""The reference of the stored format is true: the verifier that it prints agrees with ours."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.aggregates.base import LinkKind, Scope
from ledger.ranges import Ranges
from ledger.store.flaws import Flaw
from ledger.store.pruning import HeaderBatch
from ledger.store.schema import metadata
from ledger.store.verification import check_log
from ledger.usecases.ports import own_scope
from tests.integration.store.example import NOON, Store, destroy
from tests.integration.store.test_pruning import end, prune_all

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


def test_the_printed_verifier_accounts_for_pruned_headers_without_any_key(verifier: Path, file_store: Store) -> None:
    diaries = [file_store.opened(f"page {number}") for number in range(5)]
    end(file_store, *diaries[1:3])
    prune_all(file_store)
    end(file_store, diaries[4])
    prune_all(file_store)
    done = _run(verifier, file_store)
    check = check_log(file_store.database)
    assert check.whole
    assert (done.stderr, done.stdout.split()) == ("", [str(check.size), check.root.hex()])


@pytest.mark.parametrize("covers", [(3, 3), (1, 1)], ids=["a header that is there", "a header that is pruned already"])
def test_the_printed_verifier_finds_a_record_that_covers_too_much(
    verifier: Path, file_store: Store, covers: tuple[int, int]
) -> None:
    diaries = [file_store.opened() for _ in range(3)]
    end(file_store, diaries[0])
    prune_all(file_store)
    batch = HeaderBatch((), Ranges([covers]), (), NOON, NOON)
    file_store.streams.commit(file_store.command(), *batch.records(authority=uuid4(), run=uuid4()))
    assert f"header {covers[0]} is accounted for" in _run(verifier, file_store).stderr


@pytest.mark.parametrize(
    ("trigger", "statement", "told"),
    [
        ("events_update", "UPDATE events SET header = CAST(header || ' ' AS BLOB) WHERE position = 2", "position 2"),
        ("events_update", "UPDATE events SET topic = 'diary.other.1' WHERE position = 2", "columns 2"),
        ("boxes_update", "UPDATE boxes SET bytes = zeroblob(9) WHERE position = 2 AND box_no = 0", "box 2"),
        ("boxes_delete", "DELETE FROM boxes WHERE position = 2", "boxes missing from"),
        ("events_delete", "DELETE FROM events WHERE position = 2", "unexpected box 2"),
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
        rows.run("PRAGMA foreign_keys = OFF")
        rows.run(f"DROP TRIGGER {trigger}")
        rows.run(statement)
    done = _run(verifier, file_store)
    assert done.returncode == 1
    assert told in done.stderr.splitlines()[-1]
    assert not check_log(file_store.database).whole


def test_the_printed_verifier_finds_a_header_that_nothing_accounts_for(verifier: Path, file_store: Store) -> None:
    diary = file_store.opened()
    file_store.opened()
    end(file_store, diary)
    with file_store.database.reading() as rows:
        rows.run("DROP TRIGGER events_delete")
        rows.run("DELETE FROM events WHERE stream_id = ?", (diary.id.bytes,))
    assert "header missing at 1" in _run(verifier, file_store).stderr
    assert [(found.position, found.flaw) for found in check_log(file_store.database).breaks] == [
        (1, Flaw.HEADER_MISSING)
    ]


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
