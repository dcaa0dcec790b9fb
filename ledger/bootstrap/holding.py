"""Makes the holders of the root key that the settings name."""

from __future__ import annotations

from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.settings import Locations, Settings


def holders_of(locations: Locations, settings: Settings) -> Holders:
    """Make the holders of one ledger; a place that is no absolute path is one in the ledger's folder."""
    return Holders([FileHolder(locations.home / each.place, name=each.name) for each in settings.holders])
