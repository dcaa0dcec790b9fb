"""
Recomputing commitments: whether each header still names the key, and the place, that its box was sealed under.

A commitment is HMAC(commitment key, place). Whoever holds the databases and not the keys can't make one: a box that was
moved to another key or place is told by it even where header, tree and checkpoint were made anew around it.

No box is read and nothing is opened: of each key only the part is derived that makes commitments, from which nothing
can be decrypted. So no decision is asked for, and no reading is put on record: it tells of nobody, as `ledger doctor`,
which takes the keys in hand too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from ledger.sealing.boxes import additional_data
from ledger.sealing.keyring import Keyring
from ledger.usecases.ports import BoxPlace


class Committed(NamedTuple):
    """What a header says of one box: where it stands, its key among that, and the commitment."""

    position: int
    place: BoxPlace
    commitment: bytes


@dataclass
class CommitmentCheck:
    """What was recomputed, by boxes: how many fit, how many can't be checked any more, and what is wrong."""

    recomputed: int = 0
    destroyed: int = 0
    """Under keys that are destroyed: neither this nor anything else can be made of them."""
    lost: int = 0
    """Under keys that are neither there nor destroyed, so that nobody can say."""
    first_lost: int | None = None
    """The first position of those."""
    differs: int | None = None
    """The first position whose commitment is not its key's over its place: the box was moved."""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.differs is None and not self.lost


class Recomputing:
    """Recomputes commitments in the order of positions, up to the first that differs."""

    def __init__(self, keyring: Keyring, *, destroyed: Callable[[Collection[UUID]], set[UUID]]) -> None:
        self._keyring = keyring
        self._destroyed = destroyed
        self.check = CommitmentCheck()

    def take(self, batch: Sequence[Committed]) -> bool:
        """
        Recompute some more; say whether none of it differs.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        key_ids = list(dict.fromkeys(each.place.key_id for each in batch))
        keys, check = self._keyring.commitment_keys(key_ids), self.check
        destroyed = self._gone([key_id for key_id in key_ids if key_id not in keys])
        for each in batch:
            key = keys.get(each.place.key_id)
            if key is None:
                self._missing(each, destroyed)
            elif compare_digest(key(additional_data(each.place)), each.commitment):
                check.recomputed += 1
            else:
                check.differs = each.position
                return False
        return True

    def _missing(self, each: Committed, destroyed: Collection[UUID]) -> None:
        """Count a box whose key is not there."""
        if each.place.key_id in destroyed:
            self.check.destroyed += 1
            return
        self.check.lost += 1
        self.check.first_lost = self.check.first_lost or each.position

    def _gone(self, key_ids: Sequence[UUID]) -> set[UUID]:
        """Say which keys were destroyed, by the key store or, where it came back without knowing, by the log."""
        if not key_ids:
            return set()
        gone = self._keyring.tombstoned(key_ids)
        return gone | self._destroyed([key_id for key_id in key_ids if key_id not in gone])
