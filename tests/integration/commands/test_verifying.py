"""`ledger proof verify` as it is typed: codes, trusted checkpoints, and keys that one knows."""

from __future__ import annotations

from pathlib import Path

import pytest

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


def test_a_trusted_checkpoint_is_held_against_the_key_that_one_knows(office: Shell, kept: Path) -> None:
    key = office.ok("proof", "log-key").row["verifier_key"]
    archive = office.home / "keys" / "proof.sqlite3"
    archive.rename(archive.with_suffix(".lost"))
    office.refused(7, "proof", "verify", "--from", str(kept))
    assert office.ok("proof", "verify", "--from", str(kept), "--log-key", key).row["since"] > 0


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
