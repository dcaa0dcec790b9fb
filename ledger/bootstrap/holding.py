"""Makes the holders of the root key that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.settings import HolderSettings, Locations, Settings

if TYPE_CHECKING:
    from ledger.sealing.custody import RootHolder


def holders_of(locations: Locations, settings: Settings) -> Holders:
    """Make the holders of one ledger; a place that is no absolute path is one in the ledger's folder."""
    return Holders([_holder(locations, settings, each) for each in settings.holders])


def _holder(locations: Locations, settings: Settings, of: HolderSettings) -> RootHolder:
    folder = locations.home / of.place
    if of.kind == "file":
        return FileHolder(folder, name=of.name)
    from ledger.sealing.custody.tpm2 import DEFAULT_TCTI, Tpm2Holder  # only where there is a chip

    counter = int(of.counter, 16) if of.counter else None
    tcti = of.device or DEFAULT_TCTI
    return Tpm2Holder(folder, name=of.name, ledger_id=settings.ledger_id.hex, tcti=tcti, index=counter)
