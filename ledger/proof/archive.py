"""
The memory of what a ledger signed: its origins, every checkpoint under each, its keys, and what others added later.

It is a SQLite file beside the signing key, whatever kind of database the log is in, for the log may be put back to an
earlier state and what was signed may not. Invariants:

1. What is to be signed is in here, durable, before it is signed; so nobody has a signature of what is not in here.
2. Under one origin, sizes only grow. Rows are never changed, but for the note that a checkpoint gets once.
3. A copy says that it is one: others may have been signed since, so nothing more is signed under its origin.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from ledger.errors import LedgerError
from ledger.identifiers import new_id
from ledger.limits import LOCK_WAIT
from ledger.owned_files import make_durable
from ledger.proof.archive_failures import (
    ArchiveAbsent,
    ArchiveDamaged,
    ArchiveFromTheFuture,
    CheckpointUnknown,
    ForeignArchive,
    meaning_of,
)
from ledger.proof.archive_records import (
    CheckpointReason,
    Claimed,
    KeyUse,
    LogKey,
    Origin,
    SignedCheckpoint,
    Standing,
)
from ledger.proof.archive_rows import claimed_of, key_of, origin_of, signed_of
from ledger.proof.archive_tables import ARCHIVE_VERSION, TABLES
from ledger.proof.notes import Note, NoteSignature, VerifierKey

__all__ = [
    "CheckpointReason",
    "Claimed",
    "KeyUse",
    "LogKey",
    "Memory",
    "Origin",
    "ProofArchive",
    "SignedCheckpoint",
    "Standing",
]

_PRAGMAS = (
    f"PRAGMA busy_timeout = {int(LOCK_WAIT.total_seconds() * 1000)}",
    "PRAGMA synchronous = EXTRA",  # the folder too: what was taken back by a power cut may have been signed
    "PRAGMA recursive_triggers = ON",
    "PRAGMA foreign_keys = ON",
)
_SIGNED = (
    "SELECT c.note, c.issued_at, c.why, o.name, c.size, c.root "
    "FROM checkpoints c LEFT JOIN origins o ON o.number = c.origin WHERE c.note IS NOT NULL AND "
)
_ANY = "(?1 IS NULL OR o.name = ?1) ORDER BY "
_IN_ORDER = f"{_SIGNED}{_ANY}c.origin, c.size"
_LAST = f"{_SIGNED}{_ANY}c.origin DESC, c.size DESC LIMIT 1"
_ONE = f"{_SIGNED}o.name = ?1 AND c.size = ?2"
_COSIGNATURES = (
    "SELECT s.name, s.key_id, s.signature FROM cosignatures s JOIN origins o ON o.number = s.origin "
    "WHERE o.name = ? AND s.size = ? ORDER BY s.name, s.key_id"
)
_ALL_COSIGNATURES = (
    "SELECT o.name, s.size, s.name, s.key_id, s.signature FROM cosignatures s JOIN origins o ON o.number = s.origin "
    "WHERE (?1 IS NULL OR o.name = ?1) ORDER BY s.name, s.key_id"
)
_ALL_TOKENS = (
    "SELECT o.name, t.size, t.token FROM tokens t JOIN origins o ON o.number = t.origin "
    "WHERE (?1 IS NULL OR o.name = ?1) ORDER BY t.rowid"
)
_TOKENS = (
    "SELECT t.token FROM tokens t JOIN origins o ON o.number = t.origin WHERE o.name = ? AND t.size = ? "
    "ORDER BY t.rowid"
)
_ORIGIN = "number, name, reason, follows, opened_at, position"
_NUMBER = "SELECT number FROM origins WHERE name = ?"


class Memory:
    """The archive within one transaction that nobody else writes in."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def standing(self) -> Standing:
        """Give what binds the next signature."""
        one = self._connection.execute
        ledger_id, is_copy = one("SELECT ledger_id, is_copy FROM archive").fetchone()
        origin = one(f"SELECT {_ORIGIN} FROM origins ORDER BY number DESC").fetchone()
        key = one("SELECT public, since, succession FROM signing_keys ORDER BY number DESC").fetchone()
        last = None
        if origin is not None:
            last = one(
                "SELECT origin, size, root, issued_at, why, note FROM checkpoints WHERE origin = ? ORDER BY size DESC",
                (origin[0],),
            ).fetchone()
        return Standing(
            UUID(bytes=ledger_id), bool(is_copy), None if origin is None else origin_of(origin),
            None if last is None else claimed_of(last), None if key is None else key_of(key),
        )  # fmt: skip

    def enter_origin(self, origin: Origin) -> None:
        """Sign under another origin from now on; a copy is the archive itself from then on."""
        follows = None if origin.follows is None else str(origin.follows)
        self._connection.execute(
            f"INSERT INTO origins ({_ORIGIN}) VALUES (?, ?, ?, ?, ?, ?)",
            (origin.number, origin.name, str(origin.reason), follows, origin.opened_at.isoformat(), origin.position),
        )
        self._connection.execute("UPDATE archive SET is_copy = 0 WHERE one = 1")

    def enter_key(self, public: bytes, *, at: datetime, succession: str | None = None) -> None:
        """Sign with another key from now on."""
        self._connection.execute(
            "INSERT INTO signing_keys (public, since, succession) VALUES (?, ?, ?)",
            (public, at.isoformat(), succession),
        )

    def claim(self, origin: Origin, *, size: int, root: bytes, at: datetime, why: CheckpointReason) -> Claimed:
        """Note what is about to be signed."""
        claimed = Claimed(origin.number, size, root, at, why, None)
        self._connection.execute(
            "INSERT INTO checkpoints (origin, size, root, issued_at, why) VALUES (?, ?, ?, ?, ?)",
            (origin.number, size, root, at.isoformat(), str(why)),
        )
        return claimed


class ProofArchive:
    """The archive in one file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def exists(self) -> bool:
        """Whether there is one."""
        return self.path.exists()

    def create(self, ledger_id: UUID, *, is_copy: bool = False) -> None:
        """
        Make an empty archive, whole from the first moment; one that is there is left as it is.

        In the place of one that is lost it is as good as a copy: more may have been signed than it knows.
        """
        draft = self.path.with_name(f".{self.path.name}.{new_id().hex[:16]}")
        try:
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600))
            with _connected(draft) as connection:
                connection.executescript("BEGIN;" + ";".join(TABLES) + ";")
                connection.execute(
                    "INSERT INTO archive (one, version, ledger_id, is_copy) VALUES (1, ?, ?, ?)",
                    (ARCHIVE_VERSION, ledger_id.bytes, is_copy),
                )
                connection.execute("COMMIT")
            with suppress(FileExistsError):
                os.link(draft, self.path)
            make_durable(self.path.parent)
        except OSError as fault:
            raise meaning_of(fault) from fault
        finally:
            draft.unlink(missing_ok=True)

    def copy_to(self, target: Path) -> None:
        """Copy the archive, in one state of it, into a file that is there and empty; the copy says that it is one."""
        with self._connected() as connection, _connected(target) as copy:
            connection.backup(copy)
            copy.execute("UPDATE archive SET is_copy = 1 WHERE one = 1")

    def check_owner(self, ledger_id: UUID) -> None:
        """
        Check whose archive it is.

        :raises ForeignArchive: if it is another ledger's
        """
        if self.standing().ledger_id != ledger_id:
            raise ForeignArchive

    def check_rows(self) -> None:
        """
        See that the file is as SQLite writes it, that every row belongs to another, and that timestamps are whole.

        :raises ArchiveDamaged: if not
        """
        with self._connected() as connection:
            whole = connection.execute("PRAGMA integrity_check(1)").fetchall() == [("ok",)]
            strays = connection.execute("PRAGMA foreign_key_check").fetchall()
            tokens = connection.execute("SELECT digest, token FROM tokens").fetchall()
        if not whole or strays or any(sha256(token).digest() != digest for digest, token in tokens):
            raise ArchiveDamaged

    def standing(self) -> Standing:
        """Give what binds the next signature, as it is now."""
        with self._connected() as connection:
            connection.execute("BEGIN")
            return Memory(connection).standing()

    @contextmanager
    def deciding(self) -> Iterator[Memory]:
        """Decide, alone, what is signed next: durable at the end of the block, or as if nothing had been."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield Memory(connection)
            connection.execute("COMMIT")

    def opened(self, number: int, *, position: int) -> None:
        """Keep where the event stands that opens an origin; the first one stays."""
        self._run("UPDATE origins SET position = ? WHERE number = ? AND position IS NULL", (position, number))

    def keep(self, claimed: Claimed, note: str) -> None:
        """Keep the note that signs what was claimed; the first one stays."""
        self._run(
            "UPDATE checkpoints SET note = ? WHERE origin = ? AND size = ? AND note IS NULL",
            (note, claimed.origin, claimed.size),
        )

    def latest(self, origin: str | None = None) -> SignedCheckpoint | None:
        """Give the last signed checkpoint of an origin, or of the last origin that has one."""
        found = self._all(_LAST, (origin,))
        return signed_of(found[0]) if found else None

    def all(self, origin: str | None = None) -> list[SignedCheckpoint]:
        """Give every signed checkpoint of an origin, or of all, in the order in which they were signed."""
        return [signed_of(row) for row in self._all(_IN_ORDER, (origin,))]

    def origins(self) -> list[Origin]:
        """Give every origin, in their order."""
        return [origin_of(row) for row in self._all(f"SELECT {_ORIGIN} FROM origins ORDER BY number")]

    def signing_keys(self) -> list[LogKey]:
        """Give every key that the ledger signed with, in their order."""
        return [key_of(row) for row in self._all("SELECT public, since, succession FROM signing_keys ORDER BY number")]

    def key_uses(self) -> list[KeyUse]:
        """Give which key signed under which origin, from and up to which size, in the order in which they came."""
        found: dict[tuple[str, bytes], KeyUse] = {}
        keys = self.signing_keys()
        for signed in self.all():
            name, size = signed.checkpoint.origin, signed.checkpoint.size
            for key in keys:
                if any(line.is_by(key.verifier(name)) for line in signed.note.signatures):
                    use = found.get((name, key.public), KeyUse(key.verifier(name), size, size))
                    found[name, key.public] = use._replace(last_size=size)
        return list(found.values())

    def verifier_keys(self, name: str | None = None) -> list[VerifierKey]:
        """Give what checks the checkpoints: every key under every origin, or under one name."""
        names = [origin.name for origin in self.origins()] if name is None else [name]
        return [key.verifier(each) for each in names for key in self.signing_keys()]

    def signed(self, origin: str, size: int) -> SignedCheckpoint:
        """
        Give one checkpoint.

        :raises CheckpointUnknown: if none of that size is signed
        """
        found = self._all(_ONE, (origin, size))
        if not found:
            raise CheckpointUnknown(size=size)
        return signed_of(found[0])

    def note(self, origin: str, size: int) -> Note:
        """
        Give the note of a checkpoint with the cosignatures that came in.

        :raises CheckpointUnknown: if none of that size is signed
        """
        note = self.signed(origin, size).note
        for name, key_id, signature in self._all(_COSIGNATURES, (origin, size)):
            note = note.with_signature(NoteSignature(name, key_id, signature))
        return note

    def attach_cosignature(self, origin: str, size: int, cosignature: NoteSignature) -> None:
        """
        Keep the signature of a witness, checked by the caller; a later one of the same key takes its place.

        :raises CheckpointUnknown: if no checkpoint of that size is signed
        """
        self.signed(origin, size)
        self._run(
            f"INSERT OR REPLACE INTO cosignatures (origin, size, name, key_id, signature) "
            f"VALUES (({_NUMBER}), ?, ?, ?, ?)",
            (origin, size, cosignature.name, cosignature.key_id, cosignature.signature),
        )

    def attach_token(self, origin: str, size: int, token: bytes) -> None:
        """
        Keep a timestamp token, checked by the caller; the same one again changes nothing.

        :raises CheckpointUnknown: if no checkpoint of that size is signed
        """
        self.signed(origin, size)
        self._run(
            f"INSERT OR IGNORE INTO tokens (origin, size, digest, token) VALUES (({_NUMBER}), ?, ?, ?)",
            (origin, size, sha256(token).digest(), token),
        )

    def tokens(self, origin: str, size: int) -> list[bytes]:
        """Give the timestamp tokens of a checkpoint, in the order in which they came in."""
        return [token for (token,) in self._all(_TOKENS, (origin, size))]

    def all_cosignatures(self, origin: str | None = None) -> dict[tuple[str, int], list[NoteSignature]]:
        """Give the signatures of witnesses, by the origin and the size of the checkpoint that each is over."""
        found: dict[tuple[str, int], list[NoteSignature]] = {}
        for name, size, witness, key_id, signature in self._all(_ALL_COSIGNATURES, (origin,)):
            found.setdefault((name, size), []).append(NoteSignature(witness, key_id, signature))
        return found

    def all_tokens(self, origin: str | None = None) -> dict[tuple[str, int], list[bytes]]:
        """Give the timestamp tokens, by the origin and the size of the checkpoint that each is over."""
        found: dict[tuple[str, int], list[bytes]] = {}
        for name, size, token in self._all(_ALL_TOKENS, (origin,)):
            found.setdefault((name, size), []).append(token)
        return found

    def _all(self, text: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with self._connected() as connection:
            return connection.execute(text, values).fetchall()

    def _run(self, text: str, values: tuple[Any, ...]) -> None:
        with self._connected() as connection:
            connection.execute(text, values)

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        if not self.exists:
            raise ArchiveAbsent
        with _connected(self.path) as connection:
            (version,) = connection.execute("SELECT version FROM archive").fetchone() or (0,)
            if version != ARCHIVE_VERSION:
                raise ArchiveFromTheFuture
            yield connection


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Connect; what is not committed at the end of the block never was."""
    try:
        address = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            yield connection
    except LedgerError:
        raise
    except (sqlite3.Error, UnicodeDecodeError) as fault:  # what SQLite says of a damaged schema quotes it
        raise meaning_of(fault) from fault
