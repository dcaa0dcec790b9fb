"""
Who holds the root key, as a port; one adapter a file.

Everything else in the key store can be copied and backed up freely: without the root key it opens nothing. How well an
erasure holds against old copies is therefore a property of the custody, and each one says so honestly.
"""

from __future__ import annotations

from typing import Literal, Protocol

Revival = Literal["no", "bounded", "yes"]
"""Whether an old copy of what the custody keeps, with an old copy of the key store, brings destroyed data back."""


class Custody(Protocol):
    """Keeps the root key of one ledger."""

    revives_from_backup: Revival

    def load(self) -> bytes:
        """
        Give the root key (32 bytes).

        :raises KeyStoreUnavailable: if it is not there just now
        :raises Misconfigured: if it is not kept as it must be
        :raises IntegrityBroken: if what is there is not a root key
        """
        ...

    def create(self) -> None:
        """
        Make the root key of a new ledger, durably.

        :raises RootKeyPresent: if there is one already; it is left as it is
        """
        ...

    def describe(self) -> str:
        """Say to the user, in plain words, what this custody promises and what it does not."""
        ...
