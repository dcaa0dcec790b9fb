"""The triggers that refuse change, as data: which table lets which path do what."""

from __future__ import annotations

from collections.abc import Iterator

DELETE_PATHS: dict[str, tuple[str, ...]] = {
    "boxes": ("destroy",),
    "links": ("destroy",),
    "events": ("prune",),
    "key_claims": ("prune",),
    "fences": ("prune",),
    "emptied": ("prune",),
    "idempotency": ("prune",),
    "leaves": (),
    "tree_nodes": (),
    "log_head": (),
    "store_format": (),
}
"""The paths on which rows of a table may be deleted; none means never."""

UPDATE_PATHS: dict[str, tuple[str, ...]] = {
    "boxes": (),
    "links": (),
    "events": (),
    "key_claims": (),
    "fences": ("destroy",),
    "emptied": ("destroy",),
    "idempotency": (),
    "leaves": (),
    "tree_nodes": (),
    "store_format": ("migrate",),
}
"""The paths on which rows of a table may be updated; `log_head` has a rule of its own."""

_SQLITE_MAINTENANCE = (
    "CREATE TABLE IF NOT EXISTS maintenance (one INTEGER PRIMARY KEY CHECK (one = 1), path TEXT NOT NULL) STRICT",
    "INSERT OR IGNORE INTO maintenance (one, path) VALUES (1, '')",
)

_SQLITE_FORWARD = """
CREATE TRIGGER IF NOT EXISTS log_head_forward BEFORE UPDATE ON log_head
WHEN NEW.size <= OLD.size OR NEW.one <> OLD.one OR length(NEW.frontier) % 32 <> 0
BEGIN SELECT RAISE(ABORT, 'log_head only moves forward'); END
"""

# On somebody else's connection, where recursive_triggers is off, INSERT OR REPLACE deletes without firing a trigger: an
# insertion at or below the head is therefore refused by itself.
_SQLITE_APPEND = """
CREATE TRIGGER IF NOT EXISTS {table}_append BEFORE INSERT ON {table}
WHEN NEW.position <= (SELECT size FROM log_head)
BEGIN SELECT RAISE(ABORT, '{table} are only appended'); END
"""
_SQLITE_NODES = """
CREATE TRIGGER IF NOT EXISTS tree_nodes_append BEFORE INSERT ON tree_nodes
WHEN (NEW.number + 1) << NEW.level <= (SELECT size FROM log_head)
    AND (SELECT path FROM maintenance) <> 'migrate'
BEGIN SELECT RAISE(ABORT, 'tree_nodes are only appended'); END
"""
_APPENDED = ("leaves", "events", "boxes", "links", "key_claims")

_SQLITE_SINGLE = """
CREATE TRIGGER IF NOT EXISTS {table}_single BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table})
BEGIN SELECT RAISE(ABORT, '{table} holds one row'); END
"""

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_LEVEL = 'ROW' AND coalesce(current_setting('ledger.path', true), '') = ANY (TG_ARGV) THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION '% on % is refused', TG_OP, TG_TABLE_NAME;
END $$
"""

_POSTGRESQL_FORWARD = """
CREATE OR REPLACE FUNCTION log_head_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.size <= OLD.size OR length(NEW.frontier) % 32 <> 0 THEN
        RAISE EXCEPTION 'log_head only moves forward';
    END IF;
    RETURN NEW;
END $$
"""


def for_sqlite() -> Iterator[str]:
    """Give the statements that make the triggers on SQLite."""
    yield from _SQLITE_MAINTENANCE
    for verb, rules in (("DELETE", DELETE_PATHS), ("UPDATE", UPDATE_PATHS)):
        for table, paths in rules.items():
            allowed = ", ".join(f"'{path}'" for path in paths) or "NULL"
            condition = f"WHEN (SELECT path FROM maintenance) NOT IN ({allowed})" if paths else ""
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_{verb.lower()} BEFORE {verb} ON {table} {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{verb} on {table} is refused'); END"
            )
    yield _SQLITE_FORWARD
    for table in _APPENDED:
        yield _SQLITE_APPEND.format(table=table)
    yield _SQLITE_NODES
    for table in ("log_head", "store_format"):
        yield _SQLITE_SINGLE.format(table=table)


def for_postgresql() -> Iterator[str]:
    """Give the statements that make the triggers on PostgreSQL."""
    yield _POSTGRESQL_FUNCTION
    yield _POSTGRESQL_FORWARD
    for verb, rules in (("DELETE", DELETE_PATHS), ("UPDATE", UPDATE_PATHS)):
        for table, paths in rules.items():
            allowed = ", ".join(f"'{path}'" for path in paths)
            yield (
                f"CREATE OR REPLACE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION refuse_change({allowed})"
            )
    for table in DELETE_PATHS:
        yield (
            f"CREATE OR REPLACE TRIGGER {table}_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    yield (
        "CREATE OR REPLACE TRIGGER log_head_update BEFORE UPDATE ON log_head "
        "FOR EACH ROW EXECUTE FUNCTION log_head_forward()"
    )
