"""Joins backups to one ledger: what is copied of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ledger.backup.manifest import Manifest, Part
from ledger.backup.taking import Source, take
from ledger.bootstrap import ARCHIVE_FILE, SIGNING_KEY_FILE
from ledger.settings import SETTINGS_FILE, Locations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.bootstrap import Ledger

LAW_FOLDER = "law"


def back_up(ledger: Ledger, folder: Path, *, parts: Sequence[Part]) -> list[Manifest]:
    """Write a backup of a ledger into a folder; raises what `take` raises."""
    beside = {Part.EVENTS: _what_it_is(ledger.locations), Part.KEYS: _what_signs(ledger.locations)}
    # Before the events: the copy of the log then holds all that the copy of the archive says was signed.
    archive = {ARCHIVE_FILE: ledger.archive.copy_to} if ledger.archive.exists else {}
    copied = {Part.EVENTS: archive, Part.KEYS: {}}
    source = Source(ledger.settings.ledger_id, ledger.database, ledger.keyring.database, beside, copied)
    return take(source, folder, parts=parts, now=ledger.clock.now())


def _what_it_is(locations: Locations) -> dict[str, Path]:
    """Name the settings and the law of the ledger, which hold no secret and nothing personal."""
    law = sorted(path for path in (locations.home / LAW_FOLDER).rglob("*.toml") if path.is_file())
    return {path.relative_to(locations.home).as_posix(): path for path in (locations.home / SETTINGS_FILE, *law)}


def _what_signs(locations: Locations) -> dict[str, Path]:
    """
    Name the key that signs receipts: without it no destruction is ever complete again.

    It brings no data back, and goes with the keys because whoever has it could sign in the name of the ledger.
    """
    path = locations.keys_folder / SIGNING_KEY_FILE
    return {SIGNING_KEY_FILE: path} if path.is_file() else {}
