"""Key stores for tests, and an event database in memory that the openers can ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ledger.aggregates.base import ScopeInstance
from ledger.clock import FixedClock
from ledger.proof.signing import NoteSigner
from ledger.retention.lock import FileLock
from ledger.sealing.boxes import ALGORITHM
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.sealing.database import KeyDatabase
from ledger.sealing.destroying import KeyDestruction
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring, create_keyring
from ledger.sealing.sealer import KeyringSealer
from ledger.usecases.ports import BoxPlace, BoxRef, Destruction, FoundBox, SealedBox

LEDGER = UUID("11111111-1111-4111-8111-111111111111")
NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


def new_keyring(folder: Path, *, url: str | None = None, holders: Holders | None = None) -> Keyring:
    """Make a key store with its root key in `folder`; the database elsewhere where `url` says so."""
    keyring = open_keyring(folder, url=url, holders=holders)
    create_keyring(keyring.database, keyring.holders)
    return keyring


def open_keyring(
    folder: Path, *, url: str | None = None, ledger_id: UUID = LEDGER, holders: Holders | None = None
) -> Keyring:
    """Open the key store of `folder`, as another process would."""
    address = url or f"sqlite:///{folder / 'keys' / 'keys.sqlite3'}"
    database = KeyDatabase(address, ledger_id=ledger_id)
    return Keyring(database, holders or Holders([FileHolder(folder / "keys", name="poste")]), clock=FixedClock(NOON))


def destruction_in(
    keyring: Keyring, folder: Path, *, scopes: Mapping[UUID, ScopeInstance] | None = None, at: datetime = NOON
) -> KeyDestruction:
    """Make what destroys the keys of a key store, with a signing key and a lock in `folder`."""
    signer = NoteSigner(folder / "signing.key")
    signer.create(LEDGER.hex)
    named = {} if scopes is None else scopes
    return KeyDestruction(
        keyring,
        SealedIndex(keyring.tree),
        clock=FixedClock(at),
        scopes_of=lambda key_ids: {key_id: named[key_id] for key_id in key_ids if key_id in named},
        signer=signer,
        lock=FileLock(folder, name="keys.lock"),
    )


def place_of(key_id: UUID, **changed: Any) -> BoxPlace:
    """Make a place for a box of this key."""
    said: dict[str, Any] = {
        "ledger_id": LEDGER, "event_id": uuid4(), "topic": "mandate.drafted.1", "stream_id": uuid4(),
        "stream_version": 1, "key_id": key_id, "algorithm": ALGORITHM,
    }  # fmt: skip
    return BoxPlace(**said | changed)


class BoxesInMemory:
    """Gives the openers what they ask of the event database."""

    def __init__(self) -> None:
        self.boxes: dict[tuple[int, int], bytes] = {}
        self.fences: set[UUID] = set()
        self.destructions: dict[UUID, Destruction] = {}

    def look_up(self, refs: Sequence[BoxRef]) -> list[FoundBox]:
        return [FoundBox(ref.place.key_id in self.fences, self.boxes.get((ref.position, ref.box_no))) for ref in refs]

    def destruction(self, key_id: UUID) -> Destruction | None:
        return self.destructions.get(key_id)

    def keep(self, box: SealedBox, place: BoxPlace, **contents: Any) -> BoxRef:
        """Store a box, and give the reference that a handle would hold."""
        position = len(self.boxes) + 1
        self.boxes[position, 0] = box.content
        return BoxRef(place, position, 0, box.commitment, sha256(box.content).digest(), contents)


def sealed_in(keyring: Keyring, boxes: BoxesInMemory, content: bytes, **contents: Any) -> BoxRef:
    """Seal a content under a new key and store the box."""
    sealer = KeyringSealer(keyring)
    place = place_of(sealer.reserve())
    return boxes.keep(sealer.seal(place, content, pad_to=256), place, **contents)
