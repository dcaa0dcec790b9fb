"""
The tables of the key store: nothing in them opens without the root key, and nothing in them is needed twice.

The tree: root key -> bucket keys -> what is in a bucket, sealed as a whole. `epoch` is the age of the root: a new root
wraps every bucket key again, as new rows beside the old ones. `made_in` is the epoch in which a bucket key was made:
only the buckets that lose something get a new one, and only their contents are sealed again. One row, `keyring.epoch`,
says which tree is the living one, so that a whole new tree is laid beside it, checked, and switched to in one
transaction.

Buckets are of two kinds: `keys`, filled one after the other (the table `keys` says which key is in which bucket), and
`tokens`, by the first bits of a token (how many bits is `keyring.token_bits`).

`turns` and `doomed` carry a turn of the tree over a crash; `roots` says what each holder has had of each root, and
keeps the receipts of those that were destroyed.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA_VERSION = 1
STAMP_BYTES = 16
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
    Column("stamp", LargeBinary, nullable=False),
    Column("copied_from", LargeBinary, nullable=True),
    Column("copied_revision", Integer, nullable=True),
    sqlite_strict=True,
)
"""
`stamp` is random and new with every row. On a row of a tree that is being made, `copied_from` is the stamp of the
living row that it was made from, and `copied_revision`, where contents were sealed again, the revision of the living
contents: so what changed since is known.
"""

contents = Table(
    "contents",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("made_in", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, nullable=False),
    Column("held", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_strict=True,
)
"""`revision` grows with every change; `held` counts the keys in it, and is 0 for tokens, whose number must not show."""

keys = Table(
    "keys",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("bucket", Integer, nullable=False),
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

purposes = Table(
    "purposes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),
    sqlite_strict=True,
)

roots = Table(
    "roots",
    metadata,
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("holder", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("receipt", Text, nullable=True),
    Column("revives", Text, nullable=True),
    sqlite_strict=True,
)

turns = Table(
    "turns",
    metadata,
    Column("to_epoch", Integer, primary_key=True, autoincrement=False),
    Column("from_epoch", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("begun_at", Text, nullable=False),
    sqlite_strict=True,
)

doomed = Table(
    "doomed",
    metadata,
    Column("key_id", LargeBinary, primary_key=True),
    Column("batch", LargeBinary, nullable=False),
    Column("scope", Text, nullable=True),
    Column("reason", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Index("doomed_by_batch", "batch"),
    sqlite_strict=True,
    sqlite_with_rowid=False,
)
