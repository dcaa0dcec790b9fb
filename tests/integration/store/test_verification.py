"""The check of the whole log finds every kind of alteration, and names the first position where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from ledger.aggregates.base import Scope
from ledger.store.failures import StoreCorrupt
from ledger.store.flaws import Break, Flaw
from ledger.store.triggers import DELETE_PATHS
from ledger.store.verification import check_log
from ledger.usecases.ports import own_scope
from tests.integration.store.example import Store, destroy


@pytest.fixture
def altered(file_store: Store) -> Callable[[str], list[tuple[int, Flaw]]]:
    """Give a way to alter a log of five events behind the ledger's back, and to see what the check says."""
    for _ in range(5):
        file_store.opened()

    def alter(statement: str) -> list[tuple[int, Flaw]]:
        with file_store.database.reading() as rows:
            rows.run("PRAGMA foreign_keys = OFF")
            for table in DELETE_PATHS:
                for verb in ("delete", "update", "append", "single"):
                    rows.run(f"DROP TRIGGER IF EXISTS {table}_{verb}")
            rows.run("DROP TRIGGER IF EXISTS log_head_forward")
            rows.run(statement)
        return [(found.position, found.flaw) for found in check_log(file_store.database).breaks]

    return alter


Altered = Callable[[str], list[tuple[int, Flaw]]]


def test_a_log_that_nobody_touched_is_whole(store: Store) -> None:
    assert check_log(store.database).whole
    for _ in range(3):
        store.opened()
    check = check_log(store.database)
    assert (check.whole, check.size) == (True, 3)


@pytest.mark.parametrize(
    ("statement", "flaw"),
    [
        ("UPDATE leaves SET leaf_hash = zeroblob(32) WHERE position = 3", Flaw.HEADER_ALTERED),
        (
            "UPDATE events SET header = CAST(replace(header, '.1', '.2') AS BLOB) WHERE position = 3",
            Flaw.HEADER_ALTERED,
        ),
        ("UPDATE events SET header = CAST(header || ' ' AS BLOB) WHERE position = 3", Flaw.HEADER_MALFORMED),
        ("UPDATE events SET topic = 'diary.other.1' WHERE position = 3", Flaw.COLUMN_DIFFERS),
        ("UPDATE events SET recorded_at = '2020-01-01T00:00:00.000000Z' WHERE position = 3", Flaw.COLUMN_DIFFERS),
        ("UPDATE events SET stream_version = 9 WHERE position = 3", Flaw.COLUMN_DIFFERS),
        ("UPDATE events SET stream_id = randomblob(16) WHERE position = 3", Flaw.COLUMN_DIFFERS),
        ("UPDATE events SET event_id = randomblob(16) WHERE position = 3", Flaw.COLUMN_DIFFERS),
        ("DELETE FROM events WHERE position = 3", Flaw.HEADER_MISSING),
        ("DELETE FROM leaves WHERE position = 3", Flaw.LEAF_MISSING),
        ("UPDATE boxes SET bytes = zeroblob(300) WHERE position = 3 AND box_no = 1", Flaw.BOX_ALTERED),
        ("UPDATE boxes SET key_id = randomblob(16) WHERE position = 3 AND box_no = 1", Flaw.BOX_ALTERED),
        ("UPDATE boxes SET box_no = 7 WHERE position = 3 AND box_no = 1", Flaw.BOX_UNEXPECTED),
        ("DELETE FROM boxes WHERE position = 3 AND box_no = 0", Flaw.BOX_MISSING),
    ],
)
def test_an_alteration_is_found_where_it_stands(altered: Altered, statement: str, flaw: Flaw) -> None:
    assert (3, flaw) in altered(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_head SET frontier = zeroblob(64)",
        "UPDATE leaves SET leaf_hash = zeroblob(32) WHERE position = 5",
    ],
)
def test_a_head_that_is_not_the_tree_of_the_leaves_is_found(altered: Altered, statement: str) -> None:
    assert (0, Flaw.HEAD_DIFFERS) in altered(statement)


def test_leaves_that_lend_each_other_a_byte_are_found(altered: Altered) -> None:
    """Read as one value they are what they were; each by itself is not."""
    altered("PRAGMA ignore_check_constraints = ON")
    altered("CREATE TEMP TABLE lent AS SELECT SUBSTR(leaf_hash, 32) AS byte FROM leaves WHERE position = 2")
    altered("UPDATE leaves SET leaf_hash = SUBSTR(leaf_hash, 1, 31) WHERE position = 2")
    found = altered(
        "UPDATE leaves SET leaf_hash = CAST((SELECT byte FROM lent) || leaf_hash AS BLOB) WHERE position = 3"
    )
    assert {(2, Flaw.HEADER_ALTERED), (3, Flaw.HEADER_ALTERED)} <= set(found)


@pytest.mark.parametrize("value", ["NULL", "'three'", "3.5", "x'03'"])
@pytest.mark.parametrize("column", ["position", "box_no"])
def test_a_place_of_a_box_that_is_no_number_is_told(
    altered: Altered, file_store: Store, column: str, value: str
) -> None:
    with file_store.database.reading() as rows:  # a damaged file may hold in a column what is not of its kind
        rows.run("PRAGMA writable_schema = ON")
        loose = f"replace(replace(sql, 'STRICT', ''), '{column} INTEGER NOT NULL', '{column}')"
        rows.run(f"UPDATE sqlite_master SET sql = {loose} WHERE name = 'boxes'")
        rows.run("PRAGMA writable_schema = RESET")
    found = altered(f"UPDATE boxes SET {column} = {value} WHERE position = 3 AND box_no = 1")
    assert {at for at, _ in found} <= {0, 3}
    assert found


def test_a_position_that_was_changed_on_the_disk_is_found(file_store: Store) -> None:
    """The hashes are in order still; one of them stands under the number of another one."""
    for _ in range(5):
        file_store.opened()
    leaf = file_store.log.leaf_hashes(upto=3)[2]
    file_store.disposal.wipe_log()
    path = file_store.database.path
    file_store.close()
    content = bytearray(path.read_bytes())
    place = content.index(leaf) - 4  # before the hash: the position, and the kinds of two values
    assert content[place] == 3
    content[place] = 4
    path.write_bytes(content)
    again = Store(file_store.url, None, file_store.ledger_id)
    check = check_log(again.database, with_file=False)
    again.close()
    assert check.first == Break(3, Flaw.LEAF_MISSING)


@pytest.mark.parametrize("size", [2**40, -5])
def test_a_head_of_a_size_that_cannot_be_is_told_in_bounded_memory(altered: Altered, size: int) -> None:
    assert altered(f"UPDATE log_head SET size = {size}")


def test_a_head_below_nothing_is_told_though_the_log_is_empty(file_store: Store) -> None:
    with file_store.database.reading() as rows:
        rows.run("DROP TRIGGER log_head_forward")
        rows.run("UPDATE log_head SET size = -5")
    assert [found.flaw for found in check_log(file_store.database).breaks] == [Flaw.HEAD_DIFFERS]


def test_the_tree_is_compared_whatever_version_the_database_says_it_has(altered: Altered) -> None:
    altered("UPDATE store_format SET version = 2")
    assert (0, Flaw.HEAD_DIFFERS) in altered("INSERT INTO tree_nodes VALUES (8, 0, zeroblob(32))")


def test_a_head_that_forgets_events_is_found(altered: Altered) -> None:
    assert (5, Flaw.BEYOND_HEAD) in altered("UPDATE log_head SET size = 4")


def test_the_header_of_another_ledger_is_found(file_store: Store) -> None:
    file_store.opened()
    with file_store.database.reading() as rows:
        rows.run("DROP TRIGGER store_format_update")
        rows.run("UPDATE store_format SET ledger_id = ?", (uuid4().bytes,))
    check = check_log(file_store.database)
    assert [(found.position, found.flaw) for found in check.breaks] == [(1, Flaw.COLUMN_DIFFERS)]


def test_the_boxes_of_a_destroyed_key_that_came_back_are_found(file_store: Store) -> None:
    diary = file_store.opened()
    key = destroy(file_store, own_scope(Scope.MANDATE, diary.id))
    with file_store.database.reading() as rows:
        rows.run("DROP TRIGGER boxes_append")
        rows.run("INSERT INTO boxes VALUES (1, 1, ?, ?)", (key.bytes, b"restored"))
    found = {(each.position, each.flaw) for each in check_log(file_store.database).breaks}
    assert found == {(1, Flaw.BOX_ALTERED), (3, Flaw.NOT_DESTROYED)}


def test_an_index_that_says_something_else_than_its_table_is_found(file_store: Store) -> None:
    """Else an event could be hidden from whoever looks for those of its stream, with every hash in order."""
    streams = [file_store.opened().id.bytes for _ in range(3)]
    path = file_store.database.path
    file_store.disposal.wipe_log()
    file_store.close()
    genuine = path.read_bytes()
    places = [found.start() for found in re.finditer(re.escape(streams[1]), genuine)]
    assert len(places) >= 2, "its row, and its line in the index"
    flaws = []
    for place in places:
        path.write_bytes(genuine[:place] + bytes([genuine[place] ^ 1]) + genuine[place + 1 :])
        again = Store(file_store.url, None, file_store.ledger_id)
        flaws.append({found.flaw for found in check_log(again.database).breaks})
        again.close()
    assert all(flaws)
    assert {Flaw.FILE_DAMAGED} in flaws, "nothing but the index is wrong"


def test_a_damaged_file_is_found(file_store: Store) -> None:
    for _ in range(200):
        file_store.opened()
    file_store.disposal.wipe_log()
    path = file_store.database.path
    file_store.close()
    content = bytearray(path.read_bytes())
    for offset in range(40_000, len(content), 4096):
        content[offset : offset + 64] = b"\xff" * 64
    path.write_bytes(content)
    again = Store(file_store.url, None, file_store.ledger_id)
    try:
        breaks = [found.flaw for found in check_log(again.database).breaks]
    except StoreCorrupt:
        breaks = [Flaw.FILE_DAMAGED]  # too damaged to be read to its end
    assert Flaw.FILE_DAMAGED in breaks
    again.close()
