"""
Packs of proof: everything that an auditor needs to check a log offline, in one folder, with the program that checks it.

    README.txt  LISEZMOI.txt  verify.py
    manifest.txt                        what is in the pack, and the SHA-256 of each file: a note that the ledger signs
    keys.txt  successions/N.txt         the keys of the log, and the notes by which one names the next
    policy.txt                          which witnesses must sign, where the ledger has such a policy
    log/checkpoint  log/tile/...        the tree and the records, as C2SP tlog-tiles lays them out
    checkpoints/eN/SIZE.txt             every checkpoint, with the signatures of witnesses
    tokens/eN/SIZE-K.tsr  SIZE.txt      the timestamps of a checkpoint, and the text that they are about
    certificates/ID.txt                 the certificates of destruction, as they were signed

The boxes are not in it: they are sealed, and whoever audits must not need a key. Their SHA-256 stands in the records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Protocol
from uuid import UUID

from ledger.clock import in_utc
from ledger.merkle import TILE_HEIGHT
from ledger.proof.archive import ProofArchive, SignedCheckpoint
from ledger.proof.nodes import NodesMissing
from ledger.proof.nodes import TreeState as _TreeState
from ledger.proof.pack_folder import PackFolder
from ledger.proof.signing import NoteSigner
from ledger.proof.tiles import Tile, bundle, tiles_of

TITLE = "ledger/1 pack"
_STANDING = ("README.txt", "LISEZMOI.txt", "verify.py")
_LOG = "log"


class LogState(_TreeState, Protocol):
    """The tree and the records of a log, in one state."""

    def headers(self, after: int, upto: int) -> Mapping[int, bytes]:
        """Give the records of the positions from after `after` to `upto` that are not pruned."""
        ...


@dataclass(frozen=True)
class Selection:
    """Which records a pack shows: those of the positions, of one house or of all; the others stand as hashes."""

    first: int
    last: int
    house: UUID | None = None
    always: Callable[[bytes], bool] = lambda _: False
    """Whether a record is shown whatever is selected: it accounts for what is missing."""
    of_house: Callable[[bytes], bool] = lambda _: True

    def shows(self, position: int, header: bytes) -> bool:
        """Say whether a record is shown."""
        return (self.first <= position <= self.last and self.of_house(header)) or self.always(header)


@dataclass(frozen=True)
class PackEvidence:
    """What goes into a pack beside the log."""

    ledger_id: UUID
    made_at: datetime
    certificates: Mapping[UUID, str] = field(default_factory=dict)
    policy: str | None = None


@dataclass(frozen=True)
class Packed:
    """What a pack holds."""

    records: int
    shown: int
    checkpoints: int
    certificates: int


def make_pack(
    place: Path, signed: SignedCheckpoint, state: LogState, archive: ProofArchive, signer: NoteSigner, *,
    selection: Selection, evidence: PackEvidence, progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Packed:  # fmt: skip
    """
    Write a pack for a checkpoint, from a state of the log that has all of its records.

    :raises PackThere: if the folder is there
    :raises PackBeingMade: if another process is making it
    :raises PackUnwritten: if it can't be written
    :raises NodesMissing: if a part of the tree is not there
    """
    folder = PackFolder(place)
    try:
        shown, bundles = _write_log(folder, signed, state, selection, progress)
        folder.add(f"{_LOG}/checkpoint", str(archive.note(*_named(signed))).encode())
        checkpoints = _write_archive(folder, archive)
        _write_evidence(folder, evidence)
        text = _manifest(folder, signed, selection, evidence, bundles)
        folder.write("manifest.txt", signer.sign(text, name=evidence.ledger_id.hex).encode())
        folder.finish()
    finally:
        folder.discard()
    return Packed(signed.checkpoint.size, shown, checkpoints, len(evidence.certificates))


def _named(signed: SignedCheckpoint) -> tuple[str, int]:
    return signed.checkpoint.origin, signed.checkpoint.size


def _write_log(
    folder: PackFolder, signed: SignedCheckpoint, state: LogState, selection: Selection,
    progress: Callable[[int, int], None],
) -> tuple[int, str]:  # fmt: skip
    """Write the tiles and the bundles; give how many records are shown, and the SHA-256 of all bundles."""
    size, shown, bundles = signed.checkpoint.size, 0, sha256()
    for tile in tiles_of(size):
        folder.write(f"{_LOG}/{tile.path}", _tile_content(state, tile))
        if tile.level == 0:
            entries = _entries(state, tile, selection)
            content = bundle(entries)
            folder.write(f"{_LOG}/{tile.entries_path}", content)
            bundles.update(content)
            shown += sum(entry is not None for entry in entries)
            progress(tile.first + tile.width, size)
    return shown, bundles.hexdigest()


def _tile_content(state: LogState, tile: Tile) -> bytes:
    found = state.hashes(tile.level * TILE_HEIGHT, tile.first, tile.width)
    if len(found) < tile.width:
        raise NodesMissing(level=tile.level * TILE_HEIGHT, number=tile.first + len(found))
    return b"".join(found)


def _entries(state: LogState, tile: Tile, selection: Selection) -> list[bytes | None]:
    found = state.headers(tile.first, tile.first + tile.width)
    entries: list[bytes | None] = []
    for position in range(tile.first + 1, tile.first + tile.width + 1):
        header = found.get(position)
        entries.append(header if header is not None and selection.shows(position, header) else None)
    return entries


def _write_archive(folder: PackFolder, archive: ProofArchive) -> int:
    """Write the checkpoints, what others added to them, and the keys."""
    everything = archive.all()
    for each in everything:
        origin, size = _named(each)
        place = f"{origin.rpartition('/')[2]}/{size:012}"
        folder.add(f"checkpoints/{place}.txt", str(archive.note(origin, size)).encode())
        tokens = archive.tokens(origin, size)
        for number, token in enumerate(tokens, start=1):
            folder.add(f"tokens/{place}-{number}.tsr", token)
        if tokens:
            folder.add(f"tokens/{place}.txt", each.note.text.encode())
    folder.add("keys.txt", "".join(f"{key}\n" for key in archive.verifier_keys()).encode())
    for number, key in enumerate(archive.signing_keys(), start=1):
        if key.succession is not None:
            folder.add(f"successions/{number}.txt", str(key.succession).encode())
    return len(everything)


def _write_evidence(folder: PackFolder, evidence: PackEvidence) -> None:
    for certificate, text in evidence.certificates.items():
        folder.add(f"certificates/{certificate.hex}.txt", text.encode())
    if evidence.policy is not None:
        folder.add("policy.txt", evidence.policy.encode())
    for name in _STANDING:
        folder.add(name, resources.files("ledger.proof.verifier").joinpath(name).read_bytes())


def _manifest(
    folder: PackFolder, signed: SignedCheckpoint, selection: Selection, evidence: PackEvidence, bundles: str
) -> str:
    origin, size = _named(signed)
    made_at = f"{in_utc(evidence.made_at):%Y-%m-%dT%H:%M:%S.%fZ}"
    lines: Sequence[str] = [
        TITLE, origin, str(size), made_at, f"entries {selection.first} {selection.last}",
        *([] if selection.house is None else [f"house {selection.house.hex}"]),
        f"bundles {bundles}",
        *(f"file {digest} {path}" for path, digest in sorted(folder.listed.items())),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
