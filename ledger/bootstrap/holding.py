"""Makes the holders of the root key that the settings name, and those that a new ledger is to have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import Invalid
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.settings import FIRST_HOLDER, HolderSettings, Locations, Settings
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.sealing.custody import RootHolder

_TPM_FOLDER = "tpm"


class HolderKindUnknown(Invalid):
    """A holder of a kind that there is none of."""

    sentence = mark("A holder of the root key is written KIND or KIND:PLACE, and the kind is file or tpm2.")
    advice = mark("For example --holder tpm2 --holder file:/media/cle/ledger.")


def holders_of(locations: Locations, settings: Settings) -> Holders:
    """Make the holders of one ledger; a place that is no absolute path is one in the ledger's folder."""
    return Holders([_holder(locations, settings, each) for each in settings.holders])


def first_holders(asked: Sequence[str], *, device: str = "") -> tuple[HolderSettings, ...]:
    """
    Describe the holders that a new ledger is to have, from `KIND[:PLACE]`; without any, one file in its folder.

    :raises HolderKindUnknown: for anything else
    """
    numbers: Counter[str] = Counter()
    found: list[HolderSettings] = []
    for written in asked:
        kind, _, place = written.partition(":")
        numbers[kind] += 1
        found.append(_first(kind, place, number=numbers[kind], device=device))
    if len({each.place for each in found}) < len(found):
        raise HolderKindUnknown
    return tuple(found) or (FIRST_HOLDER,)


def check_holders(locations: Locations, settings: Settings) -> None:
    """
    See, before anything of a ledger is made, that each of its holders can be.

    :raises TpmUnavailable: if the chip isn't there; or what else `Tpm2Holder.check_chip` and `check_place` raise
    """
    from ledger.sealing.custody.tpm2 import Tpm2Holder
    from ledger.sealing.holding import check_place

    for each in settings.holders:
        holder = _holder(locations, settings, each)
        if isinstance(holder, Tpm2Holder):
            holder.check_chip()
        elif isinstance(holder, FileHolder) and Path(each.place).is_absolute():
            check_place(holder, Path(each.place), home=locations.home)


def _first(kind: str, place: str, *, number: int, device: str) -> HolderSettings:
    """Describe one holder, named by its kind and, from the second on, its number."""
    name = f"{kind}-{number}" if number > 1 else kind
    where = str(Path(place).expanduser().absolute()) if place else ""
    if kind == "tpm2" and number == 1:
        return HolderSettings(name, kind, where or _TPM_FOLDER, device=device)
    if kind == "file":
        return HolderSettings(name, kind, where) if where else FIRST_HOLDER
    raise HolderKindUnknown


def _holder(locations: Locations, settings: Settings, of: HolderSettings) -> RootHolder:
    folder = locations.home / of.place
    if of.kind == "file":
        return FileHolder(folder, name=of.name)
    from ledger.sealing.custody.tpm2 import DEFAULT_TCTI, Tpm2Holder  # only where there is a chip

    counter = int(of.counter, 16) if of.counter else None
    tcti = of.device or DEFAULT_TCTI
    return Tpm2Holder(folder, name=of.name, ledger_id=settings.ledger_id.hex, tcti=tcti, index=counter)
