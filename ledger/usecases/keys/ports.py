"""What a change of the holders of the root key needs from the key store, as a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from ledger.aggregates.epoch import Revival
from ledger.aggregates.holder import Retirement


@dataclass(frozen=True)
class HolderKept:
    """A holder that was given the living root."""

    stream: UUID
    """Of the record that it came."""
    epoch: int
    revives: Revival


@dataclass(frozen=True)
class HolderGone:
    """A holder that was taken off for good."""

    stream: UUID
    """Of the record that it went."""
    epochs: tuple[int, ...]
    """Of the roots that it may have had then."""
    revives: Revival
    """What old copies of what it had are worth from now on."""


class HolderKeeper(Protocol):
    """Gives the root to another holder, and takes holders off; the same again gives the same."""

    def enrol(self, name: str, place: Path) -> HolderKept:
        """
        Give the living root to a new holder in a file; from then on it is awaited by every turn of the tree.

        :raises Conflict: if its name or its place is taken
        :raises Unavailable: if its place, or the key store, can't be reached; do it again
        """
        ...

    def retire(self, name: str, *, how: Retirement) -> HolderGone:
        """
        Take a holder off for good: it is no longer awaited.

        :raises NotFound: if there is none of that name
        :raises Refused: if no other holder has the living root
        """
        ...
