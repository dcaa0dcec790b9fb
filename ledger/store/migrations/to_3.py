"""Version 3 keeps the upper levels of the Merkle tree: the roots of full tiles, worked out here from the leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.merkle import TILE_WIDTH, Frontier
from ledger.store.engine import Rows

_LEAVES = "SELECT leaf_hash FROM leaves WHERE position > ? AND position <= ? ORDER BY position"
_INSERT = "INSERT INTO tree_nodes (level, number, hash) VALUES (?, ?, ?)"
_LEAVES_AT_ONCE = 64 * TILE_WIDTH

_SQLITE = (
    (
        "CREATE TABLE IF NOT EXISTS tree_nodes (level INTEGER NOT NULL, number INTEGER NOT NULL, "
        "hash BLOB NOT NULL CHECK (length(hash) = 32), PRIMARY KEY (level, number)) STRICT, WITHOUT ROWID"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS tree_nodes_delete BEFORE DELETE ON tree_nodes "
        "BEGIN SELECT RAISE(ABORT, 'DELETE on tree_nodes is refused'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS tree_nodes_update BEFORE UPDATE ON tree_nodes "
        "BEGIN SELECT RAISE(ABORT, 'UPDATE on tree_nodes is refused'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS tree_nodes_append BEFORE INSERT ON tree_nodes "
        "WHEN (NEW.number + 1) << NEW.level <= (SELECT size FROM log_head) "
        "AND (SELECT path FROM maintenance) <> 'migrate' "
        "BEGIN SELECT RAISE(ABORT, 'tree_nodes are only appended'); END"
    ),
)

_POSTGRESQL = (
    (
        "CREATE TABLE IF NOT EXISTS tree_nodes (level INTEGER NOT NULL, number BIGINT NOT NULL, "
        "hash BYTEA NOT NULL CHECK (length(hash) = 32), PRIMARY KEY (level, number))"
    ),
    (
        "CREATE OR REPLACE TRIGGER tree_nodes_delete BEFORE DELETE ON tree_nodes "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE OR REPLACE TRIGGER tree_nodes_update BEFORE UPDATE ON tree_nodes "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    ),
    (
        "CREATE OR REPLACE TRIGGER tree_nodes_truncate BEFORE TRUNCATE ON tree_nodes "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)

STATEMENTS: Mapping[str, Sequence[str]] = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


def fill(rows: Rows) -> None:
    """Work the roots of the full tiles out from the leaves, under the lock of the migration."""
    size = (rows.one("SELECT size FROM log_head WHERE one = 1") or (0,))[0]
    tree = Frontier()
    while tree.size < size:
        after = tree.size
        leaves = [bytes(leaf) for (leaf,) in rows.all(_LEAVES, (after, min(after + _LEAVES_AT_ONCE, size)))]
        tree, full = tree.grow(leaves)
        rows.run_many(_INSERT, full)
        if tree.size == after:  # a leaf is missing, which is for the verification to tell
            return
