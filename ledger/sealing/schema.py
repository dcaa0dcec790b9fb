"""
The tables of the key store: nothing in them opens without the root key, and nothing in them is needed twice.

The tree: root key -> bucket keys -> keys. `epoch` is the age of the root: a new root wraps every bucket key again, as
new rows beside the old ones. `made_in` is the epoch in which a bucket key was made: only the buckets that lose
something get a new one, and only their contents are wrapped again. One row, `keyring.epoch`, says which tree is the
living one, so that a whole new tree can be laid beside it, checked, and switched to in one transaction.

Buckets are of two kinds: `keys`, filled one after the other, and `tokens`, by the first bits of a token (how many bits
is `keyring.token_bits`).
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA_VERSION = 1
KEY_BUCKETS = "keys"
TOKEN_BUCKETS = "tokens"  # noqa: S105  # a kind of bucket, and no password

metadata = MetaData()

keyring = Table(
    "keyring",
    metadata,
    Column("one", Integer, CheckConstraint("one = 1"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("ledger_id", LargeBinary, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("token_bits", Integer, nullable=False),
    sqlite_strict=True,
)

buckets = Table(
    "buckets",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("made_in", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_strict=True,
)

keys = Table(
    "keys",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("made_in", Integer, primary_key=True, autoincrement=False),
    Column("bucket", Integer, nullable=False),
    Column("wrapped", LargeBinary, nullable=False),
    Index("keys_by_bucket", "bucket"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

stock = Table(
    "stock",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("lot", LargeBinary, nullable=True),
    Column("taken_at", Text, nullable=True),
    Index("stock_by_lot", "lot"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

tombstones = Table(
    "tombstones",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("batch", LargeBinary, nullable=False),
    Column("reason", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("destroyed_at", Text, nullable=False),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)

tokens = Table(
    "tokens",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("made_in", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_strict=True,
)

purposes = Table(
    "purposes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_strict=True,
)
