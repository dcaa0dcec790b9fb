"""Makes a new ledger: keys, tables, the first agent, and last of all the settings that make the folder a ledger."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from ledger.aggregates.hold import HoldBook
from ledger.bootstrap import Ledger
from ledger.bootstrap.holding import check_holders
from ledger.clock import Clock, SystemClock
from ledger.errors import Misconfigured
from ledger.identifiers import new_id
from ledger.policies.vocabulary import Role
from ledger.sealing.keyring import FIRST_EPOCH, create_keyring
from ledger.settings import FIRST_HOLDER, HolderSettings, LedgerPresent, Locations, Settings, write_settings
from ledger.store.setup import create_store
from ledger.translation import mark
from ledger.usecases.agent.enrol import enrol_first


class FolderUnusable(Misconfigured):
    """The folder can't be made, or not by this account."""

    sentence = mark("The ledger can't be made in this folder.")
    advice = mark("Choose an empty folder that this account may write in.")


@dataclass(frozen=True)
class Founder:
    """The controller's delegate, who is the first agent. `account` is an operating-system account (`uid:1000`)."""

    name: str
    account: str
    roles: frozenset[Role] = frozenset({Role.DELEGATE})


def create_ledger(
    home: Path,
    *,
    founder: Founder,
    profile: str = "mayenne",
    sandbox: bool = False,
    clock: Clock | None = None,
    holders: Sequence[HolderSettings] = (FIRST_HOLDER,),
) -> tuple[Ledger, UUID]:
    """
    Make a ledger in an empty or absent folder; give it with its first agent.

    :raises LedgerPresent: if there is a ledger already
    :raises FolderUnusable: if the folder holds other things, or can't be written
    :raises KeyStoreUnavailable: if a holder of the root key can't be reached: nothing is made then
    """
    clock = clock or SystemClock()
    locations = Locations.of(home, os.environ)
    settings = Settings(new_id(), clock.now(), profile, sandbox, tuple(holders))
    if locations.settings_file.exists():
        raise LedgerPresent
    check_holders(locations, settings)
    _prepare(locations)
    ledger = Ledger(locations, settings, clock=clock)
    try:
        create_keyring(ledger.keyring.database, ledger.holders)
        _need_every_holder(ledger)
        ledger.signer.create(settings.ledger_id.hex)
        ledger.archive.create(settings.ledger_id)
        create_store(ledger.database, settings.ledger_id)
        actor = new_id()
        command = ledger.command_of(actor, at=clock.now())
        enrol_first(ledger.desk, command, name=founder.name, account=founder.account, roles=founder.roles)
        ledger.streams.commit(ledger.command_of(actor, at=clock.now()), HoldBook.open_book())
        write_settings(locations, settings)
    except BaseException:
        ledger.close()
        raise
    return ledger, actor


def _need_every_holder(ledger: Ledger) -> None:
    """See that every holder has the first root: none is left to be given it by and by."""
    for name in ledger.holders.names:
        ledger.holders.load_at(name, FIRST_EPOCH)


def _prepare(locations: Locations) -> None:
    try:
        locations.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if locations.settings_file.exists():
            raise LedgerPresent
        if any(locations.home.iterdir()):
            raise FolderUnusable
        locations.home.chmod(0o700)  # it may have been there before, and open to others
        locations.keys_folder.mkdir(mode=0o700)
    except OSError as fault:
        raise FolderUnusable from fault
