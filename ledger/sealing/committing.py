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
from enum import StrEnum
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from ledger.sealing.boxes import additional_data
from ledger.sealing.keyring import Keyring
from ledger.usecases.ports import BoxPlace


class CommitmentFlaw(StrEnum):
    """What is wrong with a commitment."""

    DIFFERS = "commitment-differs"
    """It is not this key's over this place: the box was moved to another key, or another place."""
    KEY_LOST = "key-lost"
    """The key is neither there nor destroyed, so that nobody can say."""


class Committed(NamedTuple):
    """What a header says of one box: where it stands, its key among that, and the commitment."""

    position: int
    place: BoxPlace
    commitment: bytes


class CommitmentBreak(NamedTuple):
    """A flaw, and the position at which it stands."""

    position: int
    flaw: CommitmentFlaw


@dataclass
class CommitmentCheck:
    """What was recomputed: how many fit, how many can't be checked any more, and the first that does not fit."""

    recomputed: int = 0
    destroyed: int = 0
    """Of boxes whose key is destroyed: neither this nor anything else can be made of them."""
    first: CommitmentBreak | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return self.first is None


class Recomputing:
    """Recomputes commitments in the order of positions, up to the first that is wrong."""

    def __init__(self, keyring: Keyring, *, destroyed: Callable[[Collection[UUID]], set[UUID]]) -> None:
        self._keyring = keyring
        self._destroyed = destroyed
        self.check = CommitmentCheck()

    def take(self, batch: Sequence[Committed]) -> bool:
        """
        Recompute some more; say whether all of it fits.

        :raises KeyStoreUnavailable: if the key store can't be reached
        """
        key_ids = list(dict.fromkeys(each.place.key_id for each in batch))
        keys, check = self._keyring.commitment_keys(key_ids), self.check
        destroyed = self._gone([key_id for key_id in key_ids if key_id not in keys])
        for each in batch:
            key = keys.get(each.place.key_id)
            if key is not None and compare_digest(key(additional_data(each.place)), each.commitment):
                check.recomputed += 1
            elif key is None and each.place.key_id in destroyed:
                check.destroyed += 1
            else:
                flaw = CommitmentFlaw.KEY_LOST if key is None else CommitmentFlaw.DIFFERS
                check.first = CommitmentBreak(each.position, flaw)
                return False
        return True

    def _gone(self, key_ids: Sequence[UUID]) -> set[UUID]:
        """Say which keys were destroyed, by the key store or, where it came back without knowing, by the log."""
        if not key_ids:
            return set()
        gone = self._keyring.tombstoned(key_ids)
        return gone | self._destroyed([key_id for key_id in key_ids if key_id not in gone])
