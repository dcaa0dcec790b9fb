"""Which key each scope has: claims are made once, in an append, and never change, so they may be remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from ledger.store.engine import Database
from ledger.usecases.ports import Sealer

_CLAIMS = "SELECT scope, key_id FROM key_claims WHERE scope IN ({})"
_REMEMBERED = 50_000


class KeyClaims:
    """Finds the keys of scopes, and reserves keys for scopes that have none yet."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._known: dict[str, UUID] = {}

    def find(self, scopes: Sequence[str]) -> dict[str, UUID]:
        """Give the keys of those scopes that have one."""
        unknown = [scope for scope in scopes if scope not in self._known]
        if unknown:
            with self._database.reading() as rows:
                found = rows.all_in(_CLAIMS, unknown)
            self.remember({scope: UUID(bytes=bytes(key)) for scope, key in found})
        return {scope: self._known[scope] for scope in scopes if scope in self._known}

    def keys_for(self, scopes: Sequence[str]) -> tuple[dict[str, UUID], dict[str, UUID]]:
        """
        Give the key of every scope, and apart those that were reserved now and must be claimed in the append.

        :raises Unavailable: if a key is needed and the key store can't be reached
        """
        keys = self.find(scopes)
        fresh = {scope: self._sealer.reserve() for scope in scopes if scope not in keys}
        return keys | fresh, fresh

    def remember(self, claims: Mapping[str, UUID]) -> None:
        """Keep claims that are durable."""
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        self._known.update(claims)

    def forget(self, scopes: Sequence[str]) -> None:
        """Look these scopes up again the next time."""
        for scope in scopes:
            self._known.pop(scope, None)
