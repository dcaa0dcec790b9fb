"""The tables of the archive, as text: what is written in it stays, and its triggers see to that."""

from __future__ import annotations

ARCHIVE_VERSION = 1

_NEVER = (
    ("origins", "DELETE"), ("checkpoints", "DELETE"), ("signing_keys", "UPDATE"), ("signing_keys", "DELETE"),
    ("tokens", "UPDATE"), ("tokens", "DELETE"), ("archive", "DELETE"),
)  # fmt: skip

TABLES = (
    (
        "CREATE TABLE archive (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, "
        "ledger_id BLOB NOT NULL, is_copy INTEGER NOT NULL) STRICT"
    ),
    (
        "CREATE TABLE origins (number INTEGER PRIMARY KEY CHECK (number > 0), name TEXT NOT NULL UNIQUE, "
        "reason TEXT NOT NULL, follows TEXT, opened_at TEXT NOT NULL, position INTEGER) STRICT"
    ),
    (
        "CREATE TABLE checkpoints (origin INTEGER NOT NULL REFERENCES origins, size INTEGER NOT NULL, "
        "root BLOB NOT NULL CHECK (length(root) = 32), issued_at TEXT NOT NULL, why TEXT NOT NULL, note TEXT, "
        "PRIMARY KEY (origin, size)) STRICT"
    ),
    (
        "CREATE TABLE signing_keys (number INTEGER PRIMARY KEY, "
        "public BLOB NOT NULL UNIQUE CHECK (length(public) = 32), since TEXT NOT NULL, succession TEXT) STRICT"
    ),
    (
        "CREATE TABLE cosignatures (origin INTEGER NOT NULL, size INTEGER NOT NULL, name TEXT NOT NULL, "
        "key_id BLOB NOT NULL, signature BLOB NOT NULL, PRIMARY KEY (origin, size, name, key_id), "
        "FOREIGN KEY (origin, size) REFERENCES checkpoints) STRICT"
    ),
    (
        "CREATE TABLE tokens (origin INTEGER NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL, "
        "token BLOB NOT NULL, PRIMARY KEY (origin, size, digest), "
        "FOREIGN KEY (origin, size) REFERENCES checkpoints) STRICT"
    ),
    (
        "CREATE TRIGGER checkpoints_grow BEFORE INSERT ON checkpoints "
        "WHEN NEW.size <= (SELECT MAX(size) FROM checkpoints WHERE origin = NEW.origin) "
        "OR NEW.origin < (SELECT MAX(number) FROM origins) "
        "BEGIN SELECT RAISE(ABORT, 'checkpoints only grow'); END"
    ),
    (
        "CREATE TRIGGER checkpoints_update BEFORE UPDATE ON checkpoints "
        "WHEN OLD.note IS NOT NULL OR NEW.origin <> OLD.origin OR NEW.size <> OLD.size OR NEW.root <> OLD.root "
        "OR NEW.issued_at <> OLD.issued_at OR NEW.why <> OLD.why "
        "BEGIN SELECT RAISE(ABORT, 'a checkpoint gets its note once'); END"
    ),
    (
        "CREATE TRIGGER origins_update BEFORE UPDATE ON origins "
        "WHEN OLD.position IS NOT NULL OR NEW.number <> OLD.number OR NEW.name <> OLD.name "
        "OR NEW.reason <> OLD.reason OR NEW.follows IS NOT OLD.follows OR NEW.opened_at <> OLD.opened_at "
        "BEGIN SELECT RAISE(ABORT, 'an origin is opened once'); END"
    ),
    (
        "CREATE TRIGGER origins_grow BEFORE INSERT ON origins "
        "WHEN NEW.number <= (SELECT MAX(number) FROM origins) BEGIN SELECT RAISE(ABORT, 'origins only grow'); END"
    ),
    *[
        f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{verb} on {table} is refused'); END"
        for table, verb in _NEVER
    ],
)
