"""The upper levels of the tree are written with the append that completes them, and worked out for older stores."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from ledger.errors import LedgerError
from ledger.merkle import TILE_WIDTH, Frontier, TreeNode
from ledger.store.failures import StoreCorrupt
from ledger.store.setup import on_path, open_store
from ledger.store.tree import TreeReader
from tests.integration.store.example import Store

_NODES = "SELECT level, number, hash FROM tree_nodes ORDER BY level, number"


def filled(store: Store, events: int) -> list[TreeNode]:
    """Append so many events, some in each append; give the nodes that their leaves complete."""
    diary = store.opened()
    for number in range(1, events):
        diary.forget()
        if number % 100 == 0:
            store.streams.commit(store.command(), diary)
    store.streams.commit(store.command(), diary)
    leaves = store.log.leaf_hashes(upto=store.log.size())
    assert len(leaves) == events
    return Frontier().grow(leaves)[1]


def nodes(store: Store) -> list[TreeNode]:
    with store.database.reading() as rows:
        return [TreeNode(level, number, bytes(found)) for level, number, found in rows.all(_NODES)]


def test_an_append_writes_the_nodes_that_it_completes(store: Store) -> None:
    expected = filled(store, 2 * TILE_WIDTH + 30)
    assert len(expected) == 2
    assert nodes(store) == expected
    with TreeReader(store.database).held() as state:
        assert state.hashes(8, 0, TILE_WIDTH) == [node.hash for node in expected]
        assert state.hashes(8, 1, 1) == [expected[1].hash]
        assert state.hashes(0, TILE_WIDTH, 2) == store.log.leaf_hashes(after=TILE_WIDTH, upto=TILE_WIDTH + 2)
        assert state.head == store.log.head()


def test_an_append_that_fails_leaves_no_node(store: Store) -> None:
    filled(store, TILE_WIDTH - 1)
    diary = store.opened  # the next one completes the tile
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ledger.store.append.MOVE_HEAD", "UPDATE log_head SET size = ? - 1000, frontier = ?")
        with pytest.raises(LedgerError):
            diary()
    assert nodes(store) == []
    diary()
    assert len(nodes(store)) == 1


def test_a_store_of_the_second_version_gets_its_nodes_when_it_is_opened(store: Store) -> None:
    expected = filled(store, 3 * TILE_WIDTH + 1)
    with store.database.writing() as (rows, _), on_path(rows, "migrate"):
        rows.run("DROP TABLE tree_nodes")
        rows.run("UPDATE store_format SET version = 2")
    for _ in range(2):
        open_store(store.database, store.ledger_id)
        assert nodes(store) == expected
    with pytest.raises(LedgerError), store.database.writing() as (rows, _):
        rows.run("DELETE FROM tree_nodes")
    with pytest.raises(LedgerError), store.database.writing() as (rows, _):
        rows.run("UPDATE tree_nodes SET number = number + 100")
    assert nodes(store) == expected


def test_nobody_puts_a_node_of_what_is_recorded_in_afterwards(file_store: Store) -> None:
    filled(file_store, TILE_WIDTH + 1)
    with closing(sqlite3.connect(file_store.database.path)) as foreign:
        for statement in (
            "INSERT OR REPLACE INTO tree_nodes SELECT level, number, zeroblob(32) FROM tree_nodes",
            "INSERT INTO tree_nodes VALUES (0, 0, zeroblob(32))",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                foreign.execute(statement)


def test_a_head_that_is_no_edge_is_told(file_store: Store) -> None:
    filled(file_store, 3)
    with file_store.database.reading() as rows:
        rows.run("DROP TRIGGER log_head_forward")
        rows.run("UPDATE log_head SET frontier = zeroblob(32)")
    with pytest.raises(StoreCorrupt), TreeReader(file_store.database).held():
        pass
