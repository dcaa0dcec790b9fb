"""
Who holds the root key, as a port; one adapter a file.

Everything else in the key store can be copied and backed up freely: without the root of its epoch it opens nothing. How
well an erasure holds against old copies is therefore a property of the custody, and each holder says so honestly.

Rule for whoever adds an adapter: no long-lived secret plus a copyable blob may give back an old root.
"""

from __future__ import annotations

from typing import Protocol

from ledger.aggregates.epoch import Revival


class RootHolder(Protocol):
    """Keeps the root keys of one ledger, by the epoch of the tree that each opens."""

    name: str
    """As the user called it."""
    revives_from_backup: Revival

    def load(self, epoch: int) -> bytes:
        """
        Give the root key (32 bytes) of an epoch.

        :raises RootKeyAbsent: if it never had it, or destroyed it
        :raises KeyStoreUnavailable: if the holder can't be reached just now
        :raises Misconfigured: if it is not kept as it must be
        :raises IntegrityBroken: if what is there is not a root key
        """
        ...

    def keep(self, epoch: int, key: bytes) -> None:
        """
        Keep the root key of an epoch, durably; keeping the same again has no effect.

        :raises RootKeyPresent: if it holds another key for that epoch; it is left as it is
        :raises KeyStoreUnavailable: if the holder can't be reached
        """
        ...

    def destroy(self, upto: int) -> None:
        """
        Destroy the roots of every epoch up to this one; they are gone when this returns.

        :raises KeyStoreUnavailable: if the holder can't be reached
        """
        ...

    def epochs(self) -> tuple[int, ...]:
        """
        Give the epochs whose root it holds.

        :raises KeyStoreUnavailable: if the holder can't be reached
        """
        ...

    def describe(self) -> str:
        """Say to the user, in plain words, what this custody promises and what it does not."""
        ...
