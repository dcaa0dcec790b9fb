"""The archive remembers what was signed, and lets nobody take it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ledger.aggregates.origin import OriginReason, origin_name
from ledger.clock import UTC
from ledger.errors import IntegrityBroken
from ledger.proof.archive import CheckpointReason, Claimed, Origin, ProofArchive
from ledger.proof.archive_failures import (
    ArchiveAbsent,
    ArchiveBusy,
    ArchiveDamaged,
    ArchiveFromTheFuture,
    ArchiveUnwritable,
    CheckpointUnknown,
    ForeignArchive,
)
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.notes import NoteSignature, VerifierKey
from ledger.proof.signing import NoteSigner

LEDGER = UUID(int=7)
MORNING = datetime(2026, 6, 9, 8, 0, tzinfo=UTC)
NAME = origin_name(LEDGER, 1)
FIRST = Origin(1, NAME, OriginReason.FIRST, None, MORNING, 3)
ROOT = b"r" * 32


@pytest.fixture
def archive(tmp_path: Path) -> ProofArchive:
    made = ProofArchive(tmp_path / "proof.sqlite3")
    made.create(LEDGER)
    with made.deciding() as memory:
        memory.enter_origin(FIRST)
    return made


@pytest.fixture
def signer(tmp_path: Path) -> NoteSigner:
    made = NoteSigner(tmp_path / "signing.key")
    made.create(LEDGER.hex)
    return made


def claim(archive: ProofArchive, size: int, origin: Origin = FIRST) -> Claimed:
    with archive.deciding() as memory:
        return memory.claim(origin, size=size, root=ROOT, at=MORNING, why=CheckpointReason.DEMAND)


def sign(archive: ProofArchive, signer: NoteSigner, size: int, origin: Origin = FIRST) -> Checkpoint:
    checkpoint = Checkpoint(origin.name, size, ROOT)
    archive.keep(claim(archive, size, origin), signer.sign(checkpoint.text(), name=origin.name))
    return checkpoint


def test_what_was_signed_is_given_back_and_what_was_only_meant_to_be_is_not(
    archive: ProofArchive, signer: NoteSigner
) -> None:
    assert (archive.latest(), archive.all()) == (None, [])
    first, second = sign(archive, signer, 3), sign(archive, signer, 5)
    claim(archive, 9)
    assert [signed.checkpoint for signed in archive.all()] == [first, second]
    latest = archive.latest(NAME)
    assert latest is not None
    assert (latest.checkpoint, latest.issued_at, latest.why) == (second, MORNING, CheckpointReason.DEMAND)
    last = archive.standing().last
    assert last is not None
    assert (last.size, last.note) == (9, None), "whoever signs next must go on from there"
    assert archive.latest("another/e1") is None


def test_the_latest_is_that_of_the_last_origin_however_small(archive: ProofArchive, signer: NoteSigner) -> None:
    sign(archive, signer, 50)
    second = Origin(2, origin_name(LEDGER, 2), OriginReason.LOG_CAME_BACK, None, MORNING, 4)
    with archive.deciding() as memory:
        memory.enter_origin(second)
    smaller = sign(archive, signer, 5, second)
    latest = archive.latest()
    assert latest is not None
    assert latest.checkpoint == smaller
    assert [origin.number for origin in archive.origins()] == [1, 2]


@pytest.mark.parametrize("size", [0, 4, 5])
def test_sizes_only_grow_whatever_the_caller_thinks(archive: ProofArchive, signer: NoteSigner, size: int) -> None:
    sign(archive, signer, 5)
    with pytest.raises(sqlite3.IntegrityError):
        claim(archive, size)
    assert [signed.checkpoint.size for signed in archive.all()] == [5]


def test_nothing_is_signed_under_an_origin_that_was_left(archive: ProofArchive) -> None:
    with archive.deciding() as memory:
        memory.enter_origin(FIRST._replace(number=2, name=origin_name(LEDGER, 2)))
    with pytest.raises(sqlite3.IntegrityError):
        claim(archive, 5)


def test_the_first_note_stays(archive: ProofArchive, signer: NoteSigner) -> None:
    claimed = claim(archive, 3)
    text = Checkpoint(NAME, 3, ROOT).text()
    archive.keep(claimed, signer.sign(text, name=NAME))
    archive.keep(claimed, signer.sign(text, name="another"))
    assert [line.name for line in archive.note(NAME, 3).signatures] == [NAME]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE checkpoints SET root = zeroblob(32)",
        "UPDATE checkpoints SET note = 'x'",
        "UPDATE checkpoints SET size = 2",
        "DELETE FROM checkpoints",
        "INSERT OR REPLACE INTO checkpoints VALUES (1, 3, zeroblob(32), '', '', NULL)",
        "UPDATE origins SET position = 9",
        "UPDATE origins SET follows = 'x'",
        "DELETE FROM origins",
        "DELETE FROM archive",
        "DELETE FROM signing_keys",
        "UPDATE signing_keys SET public = zeroblob(32)",
    ],
)
def test_rows_are_neither_changed_nor_deleted(archive: ProofArchive, signer: NoteSigner, statement: str) -> None:
    sign(archive, signer, 3)
    with archive.deciding() as memory:
        memory.enter_key(b"k" * 32, at=MORNING)
    with closing(sqlite3.connect(archive.path)) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)


def test_what_was_decided_in_a_block_that_failed_was_never_decided(archive: ProofArchive) -> None:
    def decide() -> None:
        with archive.deciding() as memory:
            memory.claim(FIRST, size=3, root=ROOT, at=MORNING, why=CheckpointReason.TIME)
            raise KeyError

    with pytest.raises(KeyError):
        decide()
    assert archive.standing().last is None


def test_cosignatures_and_tokens_are_kept_with_their_checkpoint(archive: ProofArchive, signer: NoteSigner) -> None:
    sign(archive, signer, 3)
    for signature in (b"one", b"two"):
        archive.attach_cosignature(NAME, 3, NoteSignature("witness", b"1234", signature))
    for token in (b"token", b"token", b"another"):
        archive.attach_token(NAME, 3, token)
    assert [(line.name, line.signature) for line in archive.note(NAME, 3).signatures[1:]] == [("witness", b"two")]
    assert archive.tokens(NAME, 3) == [b"token", b"another"]
    latest = archive.latest()
    assert latest is not None
    assert len(latest.note.signatures) == 1
    attachings: list[Callable[[], object]] = [
        lambda: archive.attach_token(NAME, 4, b""),
        lambda: archive.attach_cosignature("other/e1", 3, NoteSignature("witness", b"1234", b"")),
        lambda: archive.note(NAME, 4),
    ]
    for attach in attachings:
        with pytest.raises(CheckpointUnknown):
            attach()


def test_keys_are_told_with_what_they_signed(archive: ProofArchive, signer: NoteSigner, tmp_path: Path) -> None:
    sign(archive, signer, 3)
    sign(archive, signer, 5)
    later = NoteSigner(tmp_path / "later.key")
    later.create(LEDGER.hex)
    for each in (signer, later):
        with archive.deciding() as memory:
            memory.enter_key(VerifierKey.parse(each.verifier_key()).public, at=MORNING)
    sign(archive, later, 8)
    uses = [(str(use.key), use.first_size, use.last_size) for use in archive.key_uses()]
    assert uses == [(signer.verifier_key(name=NAME), 3, 5), (later.verifier_key(name=NAME), 8, 8)]
    assert [str(key) for key in archive.verifier_keys()] == [use[0] for use in uses]
    latest = archive.latest()
    assert latest is not None
    assert latest.note.signed_by(archive.verifier_keys(NAME)[1]) is not None


def test_a_copy_says_that_it_is_one_until_a_new_origin_begins(
    archive: ProofArchive, signer: NoteSigner, tmp_path: Path
) -> None:
    sign(archive, signer, 3)
    (tmp_path / "copy.sqlite3").touch()
    archive.copy_to(tmp_path / "copy.sqlite3")
    copy = ProofArchive(tmp_path / "copy.sqlite3")
    assert (archive.standing().is_copy, copy.standing().is_copy) == (False, True)
    assert copy.all() == archive.all()
    with copy.deciding() as memory:
        memory.enter_origin(FIRST._replace(number=2, name="x/e2", opened_at=MORNING + timedelta(days=1)))
    assert not copy.standing().is_copy


def test_the_archive_is_for_its_owner_only_and_made_once(archive: ProofArchive) -> None:
    assert archive.path.stat().st_mode & 0o777 == 0o600
    archive.create(UUID(int=8))
    archive.check_owner(LEDGER)
    assert sorted(path.name for path in archive.path.parent.iterdir()) == ["proof.sqlite3"]
    with pytest.raises(ForeignArchive):
        archive.check_owner(UUID(int=8))


def test_instants_come_back_in_utc(archive: ProofArchive) -> None:
    standing = archive.standing()
    assert standing.origin is not None
    assert standing.origin.opened_at.tzinfo is UTC or standing.origin.opened_at.utcoffset() == timedelta(0)


def test_an_archive_that_is_gone_busy_damaged_or_of_another_version_is_told(archive: ProofArchive) -> None:
    with closing(sqlite3.connect(archive.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("ledger.proof.archive._PRAGMAS", ("PRAGMA busy_timeout = 1",))
            with pytest.raises(ArchiveBusy):
                claim(archive, 3)
        other.execute("ROLLBACK")
        other.execute("UPDATE archive SET version = 2")
    with pytest.raises(ArchiveFromTheFuture):
        archive.latest()
    archive.path.write_bytes(b"not a database, whatever its name says" * 40)
    with pytest.raises(ArchiveDamaged) as damaged:
        archive.latest()
    assert isinstance(damaged.value, IntegrityBroken)
    archive.path.unlink()
    with pytest.raises(ArchiveAbsent):
        archive.latest()


@pytest.fixture
def full(archive: ProofArchive, signer: NoteSigner) -> ProofArchive:
    """An archive with a row in each table."""
    sign(archive, signer, 3)
    claim(archive, 4)
    with archive.deciding() as memory:
        memory.enter_key(b"k" * 32, at=MORNING)
    archive.attach_cosignature(NAME, 3, NoteSignature("witness", b"1234", b"one"))
    archive.attach_token(NAME, 3, b"token")
    archive.check_rows()
    return archive


READERS: dict[str, Callable[[ProofArchive], object]] = {
    "origins": ProofArchive.origins,
    "checkpoints": ProofArchive.all,
    "signing_keys": ProofArchive.signing_keys,
    "standing": ProofArchive.standing,
    "check_rows": ProofArchive.check_rows,
}


@pytest.mark.parametrize(
    ("reader", "change"),
    [
        ("origins", "origins SET reason = 'FIRSU'"), ("origins", "origins SET follows = 'x'"),
        ("origins", "origins SET opened_at = '2026-13-09T08:00:00+00:00'"), ("standing", "origins SET reason = ''"),
        ("checkpoints", "checkpoints SET why = 'dEmand'"), ("checkpoints", "checkpoints SET issued_at = 'yesterday'"),
        ("checkpoints", "checkpoints SET note = 'no note'"), ("checkpoints", "checkpoints SET size = size + 8"),
        ("standing", "checkpoints SET issued_at = '' WHERE size = 4"),
        ("signing_keys", "signing_keys SET since = '2026-06-09T25:00:00+00:00'"),
        ("signing_keys", "signing_keys SET succession = 'no note'"), ("standing", "signing_keys SET since = ''"),
        ("check_rows", "cosignatures SET size = 5"), ("check_rows", "cosignatures SET origin = 2"),
        ("check_rows", "tokens SET size = 5"), ("check_rows", "tokens SET digest = zeroblob(32)"),
        ("check_rows", "tokens SET token = CAST('Token' AS BLOB)"), ("check_rows", "checkpoints SET origin = 2"),
    ],
)  # fmt: skip
def test_a_row_that_this_product_can_not_have_written_says_that_the_archive_is_damaged(
    full: ProofArchive, reader: str, change: str
) -> None:
    with closing(sqlite3.connect(full.path, isolation_level=None)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.execute(f"UPDATE {change}")
    with pytest.raises(ArchiveDamaged):
        READERS[reader](full)


def test_a_schema_that_can_not_be_read_is_told(full: ProofArchive) -> None:
    content = full.path.read_bytes()
    full.path.write_bytes(content.replace(b"CREATE TABLE cosignatures", b"CREATE TABLE co\xccignatures"))
    with pytest.raises(ArchiveDamaged):
        full.all_cosignatures()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ArchiveUnwritable):
        ProofArchive(tmp_path / "none" / "proof.sqlite3").create(LEDGER)
