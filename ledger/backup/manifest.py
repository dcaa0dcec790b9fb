"""What one artefact of a backup holds, and the hashes by which an alteration is known."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import file_digest
from pathlib import Path
from uuid import UUID

import msgspec

from ledger.backup.failures import BackupAbsent, BackupAltered, BackupFromTheFuture, ForeignBackup
from ledger.owned_files import make_durable, write_durably

MANIFEST_FILE = "manifest.json"
MANIFEST_FORMAT = 1


class Part(StrEnum):
    """The two artefacts of a backup; also the names of their folders."""

    EVENTS = "events"
    KEYS = "keys"

    @property
    def database_file(self) -> str:
        """The file of the copied database."""
        return f"{self}.sqlite3"


@dataclass(frozen=True)
class Manifest:
    """One artefact. `root` is the hexadecimal root of the Merkle tree of `size` leaves; `epoch` is that of the keys."""

    format: int
    holds: Part
    ledger_id: UUID
    taken_at: datetime
    size: int | None = None
    root: str | None = None
    epoch: int | None = None
    files: dict[str, str] | None = None
    """SHA-256 (hexadecimal) of every file of the artefact, by its path in it."""


def finish(folder: Path, manifest: Manifest) -> Manifest:
    """Write the manifest of an artefact whose files are all there, as the last file of it; give it with the hashes."""
    files = {name: _digest(folder / name) for name in _names(folder)}
    whole = replace(manifest, files=files)
    content = msgspec.json.format(msgspec.json.encode(asdict(whole)), indent=1)
    write_durably(folder / MANIFEST_FILE, content + b"\n")
    make_durable(folder)
    return whole


def checked(folder: Path, part: Part, *, ledger_id: UUID | None) -> Manifest:
    """
    Read a manifest, and hash every file again.

    :raises BackupAbsent: if there is no finished artefact
    :raises BackupFromTheFuture: if a later version wrote it
    :raises ForeignBackup: if it is another ledger's than `ledger_id`
    :raises BackupAltered: if a file is not the one that it describes
    """
    if not (folder / MANIFEST_FILE).is_file():
        raise BackupAbsent
    manifest = _read((folder / MANIFEST_FILE).read_bytes())
    if manifest.holds is not part:
        raise BackupAltered(file=MANIFEST_FILE)
    if ledger_id is not None and manifest.ledger_id != ledger_id:
        raise ForeignBackup
    files = manifest.files or {}
    odd = set(files) ^ set(_names(folder))
    for name in sorted(odd) or sorted(files):
        if odd or _digest(folder / name) != files[name]:
            raise BackupAltered(file=name)
    return manifest


def _read(content: bytes) -> Manifest:
    try:
        if msgspec.json.decode(content, type=dict[str, object]).get("format") != MANIFEST_FORMAT:
            raise BackupFromTheFuture
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.MsgspecError as fault:
        raise BackupAltered(file=MANIFEST_FILE) from fault


def _names(folder: Path) -> list[str]:
    """Name the files of an artefact, but for its manifest."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in found if name != MANIFEST_FILE)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
