"""
The tables of the event database, and the triggers that keep what is written as it was written.

Column types are the same on both databases: identifiers are 16 bytes, instants are the header's own text, so that a
column and the header it was copied from can be compared byte for byte.

Every table refuses UPDATE and DELETE, but for the paths that the law asks for. A *path* is opened inside one
transaction (`maintenance.path` on SQLite, the setting `ledger.path` on PostgreSQL) and closes with it:

* `destroy` deletes boxes and links of one key, and marks its fence as done;
* `prune` deletes headers of streams past every term, and old answers to commands. Claims and fences stay, though the
  path is open to them too: they tell what was destroyed from what never was.

`leaves` and `tree_nodes` are never touched, and `log_head` only moves forward.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

SCHEMA_VERSION = 3
"""The version that this code reads and writes; older ones are brought up by `ledger.store.migrations`."""

_Number = BigInteger().with_variant(Integer, "sqlite")

_Text = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte on both databases, whatever the language of the server."""

metadata = MetaData()

store_format = Table(
    "store_format",
    metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("ledger_id", LargeBinary, nullable=False),
    sqlite_strict=True,
)

leaves = Table(
    "leaves",
    metadata,
    Column("position", _Number, CheckConstraint("position > 0"), primary_key=True, autoincrement=False),
    Column("leaf_hash", LargeBinary, CheckConstraint("length(leaf_hash) = 32"), nullable=False),
    sqlite_strict=True,
)

tree_nodes = Table(
    "tree_nodes",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("hash", LargeBinary, CheckConstraint("length(hash) = 32"), nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""The roots of full tiles: of 256 leaves (level 8), of 256 of those (level 16), and so on; `number` counts from 0."""

events = Table(
    "events",
    metadata,
    Column("position", _Number, ForeignKey("leaves.position"), primary_key=True, autoincrement=False),
    Column("event_id", LargeBinary, nullable=False),
    Column("stream_id", LargeBinary, nullable=False),
    Column("stream_version", Integer, nullable=False),
    Column("topic", _Text, nullable=False),
    Column("recorded_at", _Text, nullable=False),
    Column("header", LargeBinary, CheckConstraint("length(header) <= 65535"), nullable=False),
    Index("events_by_stream", "stream_id", "stream_version", unique=True),
    sqlite_strict=True,
)

key_claims = Table(
    "key_claims",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("scope", _Text, nullable=False, unique=True),
    Column("position", _Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

boxes = Table(
    "boxes",
    metadata,
    Column("position", _Number, ForeignKey("events.position"), primary_key=True, autoincrement=False),
    Column("box_no", Integer, primary_key=True, autoincrement=False),
    Column("key_id", LargeBinary, ForeignKey("key_claims.key_id"), nullable=False),
    Column("bytes", LargeBinary, nullable=False),
    Index("boxes_by_key", "key_id", "position"),
    sqlite_strict=True,  # with a rowid: without one, SQLite puts a row above a quarter of a page on a page of its own
)

links = Table(
    "links",
    metadata,
    Column("key_id", LargeBinary, ForeignKey("key_claims.key_id"), primary_key=True),
    Column("kind", _Text, primary_key=True),
    Column("tag", LargeBinary, primary_key=True),
    Column("position", _Number, primary_key=True, autoincrement=False),
    Column("stream_id", LargeBinary, primary_key=True),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

fences = Table(
    "fences",
    metadata,
    Column("scope", _Text, primary_key=True),
    Column("key_id", LargeBinary, ForeignKey("key_claims.key_id"), nullable=False, unique=True),
    Column("position", _Number, nullable=False),
    Column("destroyed", _Number, nullable=True),
    sqlite_strict=True,
)

emptied = Table(
    "emptied",
    metadata,
    Column("stream_id", LargeBinary, primary_key=True),
    Column("destroyed", _Number, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
"""Streams that lost a box to a destruction, and where the record of the last one stands; until they are pruned."""

log_head = Table(
    "log_head",
    metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("size", _Number, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
    sqlite_strict=True,
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("command_tag", LargeBinary, primary_key=True),
    Column("request_tag", LargeBinary, nullable=False),
    Column("first_position", _Number, nullable=False),
    Column("events", Integer, nullable=False),
    Column("outcome", _Text, nullable=False),
    Column("recorded_at", _Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

tracking = Table(
    "tracking",
    metadata,
    Column("application_name", _Text, primary_key=True),
    Column("notification_id", _Number, nullable=False),
    sqlite_strict=True,
)
