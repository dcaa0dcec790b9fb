"""`ledger proof verify` as it is typed: codes, trusted checkpoints, and keys that one knows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from ledger.merkle import Frontier, leaf_hash
from tests.integration.commands.shell import Shell


@pytest.fixture
def kept(office: Shell, tmp_path: Path) -> Path:
    """A checkpoint that somebody keeps, over all that is recorded by now."""
    target = tmp_path / "checkpoint.txt"
    office.ok("proof", "checkpoint", "--to", str(target))
    return target


def test_what_nobody_touched_is_whole_from_the_beginning_and_from_a_checkpoint(office: Shell, kept: Path) -> None:
    office.ok("agent", "list")
    row = office.ok("proof", "verify", "--read-models").row
    assert (row["since"], row["signed"], row["read_models"]) == (0, 1, True)
    row = office.ok("proof", "verify", "--from", str(kept)).row
    assert row["since"] > 0


def test_what_was_asked_for_is_told_in_words(office: Shell, kept: Path) -> None:
    told = office.run("proof", "verify", "--read-models", "--from", str(kept))
    assert told.code == 0
    assert "Le journal est bien la suite du point de contrôle que vous avez donné" in told.err + told.out
    assert "Les listes sont bien ce que le journal en fait." in told.err + told.out
    assert "--log-key" not in told.err + told.out, "it was held against what somebody else kept"


def test_a_checkpoint_of_another_ledger_is_told_as_such(office: Shell, kept: Path) -> None:
    text = kept.read_text(encoding="utf-8")
    kept.write_text("0" * 32 + text[32:], encoding="utf-8")
    key = office.ok("proof", "log-key").row["verifier_key"]
    assert office.refused(7, "proof", "verify", "--from", str(kept)) == "TRUSTED_OF_ANOTHER"
    assert office.refused(7, "proof", "verify", "--from", str(kept), "--log-key", key) == "TRUSTED_OF_ANOTHER"


def test_a_trusted_checkpoint_is_held_against_the_key_that_one_knows(office: Shell, kept: Path) -> None:
    key = office.ok("proof", "log-key").row["verifier_key"]
    archive = office.home / "keys" / "proof.sqlite3"
    archive.rename(archive.with_suffix(".lost"))
    office.refused(7, "proof", "verify", "--from", str(kept))
    assert office.ok("proof", "verify", "--from", str(kept), "--log-key", key).row["since"] > 0


def test_a_key_counts_under_every_origin_of_its_ledger(office: Shell, kept: Path) -> None:
    key = office.ok("proof", "log-key").row["verifier_key"]
    office.ok("proof", "new-origin", "--reason", "essai")
    office.ok("proof", "checkpoint", "--to", str(kept.with_name("second.txt")))
    for file in (kept, kept.with_name("second.txt")):
        office.ok("proof", "verify", "--from", str(file), "--log-key", key)
    other = key.replace(key[:8], "00000000", 1)
    office.refused(2, "proof", "verify", "--log-key", other)


def test_an_altered_note_of_another_key_is_told(office: Shell, kept: Path) -> None:
    assert kept.exists()
    office.ok("proof", "rotate-key", "--reason", "essai")
    with closing(sqlite3.connect(office.home / "keys" / "proof.sqlite3")) as archive, archive:
        archive.execute("DROP TRIGGER signing_keys_update")
        archive.execute("UPDATE signing_keys SET succession = replace(succession, 'key succession', 'key accession')")
    assert office.refused(7, "proof", "verify") == "SUCCESSION_FORGED"


def test_a_trusted_checkpoint_with_odd_line_ends_is_refused(office: Shell, kept: Path) -> None:
    key = office.ok("proof", "log-key").row["verifier_key"]
    text = kept.read_text(encoding="utf-8")
    kept.write_text(text.replace("\n", "\r\n", 1), encoding="utf-8", newline="")
    office.refused(7, "proof", "verify", "--from", str(kept), "--log-key", key)


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"a" * 10**6, b"\n\n\n", b"x\n1\nAAAA\n\n"])
def test_a_file_that_is_no_checkpoint_is_refused(office: Shell, tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "odd.txt"
    target.write_bytes(content)
    office.refused(7, "proof", "verify", "--from", str(target))


def test_a_key_of_another_kind_is_no_witness(office: Shell, kept: Path) -> None:
    key = office.ok("proof", "log-key").row["verifier_key"]
    assert kept.exists()
    office.refused(2, "proof", "verify", "--witness-key", key)
    office.refused(2, "proof", "verify", "--log-key", "not a key")


def test_a_checkpoint_that_is_not_there_is_told(office: Shell, tmp_path: Path) -> None:
    office.refused(2, "proof", "verify", "--from", str(tmp_path / "none.txt"))


def test_with_the_keys_commitments_are_recomputed_and_without_them_that_is_refused(office: Shell, kept: Path) -> None:
    row = office.ok("proof", "verify", "--commitments").row
    assert row["commitments"] > 0
    assert row["commitments_destroyed"] == 0
    assert office.ok("proof", "verify").row["commitments"] is None
    assert office.ok("proof", "verify", "--commitments", "--from", str(kept)).row["commitments"] == 0
    for file in (office.home / "keys" / "keys.sqlite3", office.home / "keys" / "root-1.key"):
        file.rename(file.with_suffix(".away"))
        assert office.refused(8, "proof", "verify", "--commitments") == "COMMITMENTS_NEED_KEYS"
        said = office.run("proof", "verify", "--commitments").err
        assert "--commitments" in said
        assert office.run("proof", "verify").code == 0
        file.with_suffix(".away").rename(file)


def test_what_a_header_commits_to_is_told_by_its_position(office: Shell) -> None:
    with closing(sqlite3.connect(office.home / "events.sqlite3", isolation_level=None)) as log:
        for (name,) in log.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            log.execute(f"DROP TRIGGER {name}")
        [(position, content, key)] = log.execute(
            "SELECT e.position, e.header, b.key_id FROM events e JOIN boxes b USING (position) "
            "WHERE e.position = (SELECT MAX(position) FROM boxes) AND b.box_no = 0"
        ).fetchall()
        log.execute("PRAGMA foreign_keys = OFF")
        for other, error in ((_another_key(log, key), "COMMITMENT_DIFFERS"), (bytes(16), "COMMITMENT_KEY_LOST")):
            written = content.replace(key.hex().encode(), other.hex().encode())
            leaves = [leaf for (leaf,) in log.execute("SELECT leaf_hash FROM leaves ORDER BY position")]
            leaves[position - 1] = leaf_hash(written)
            log.execute("UPDATE events SET header = ? WHERE position = ?", (written, position))
            log.execute("UPDATE leaves SET leaf_hash = ? WHERE position = ?", (leaves[position - 1], position))
            log.execute("UPDATE boxes SET key_id = ? WHERE position = ? AND box_no = 0", (other, position))
            log.execute("UPDATE log_head SET frontier = ?", (Frontier().extend(leaves).to_bytes(),))
            assert office.run("proof", "verify").code == 0
            assert office.refused(7, "proof", "verify", "--commitments") == error
            assert str(position) in office.run("proof", "verify", "--commitments").err


def _another_key(log: sqlite3.Connection, key: bytes) -> bytes:
    other: bytes = log.execute("SELECT key_id FROM boxes WHERE key_id <> ?", (key,)).fetchone()[0]
    return other
