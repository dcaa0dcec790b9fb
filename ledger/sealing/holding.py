"""
Holders of the root key that come and go while the ledger lives, each step in an order that can be cut short anywhere.

Coming: (1) noted in `roots` as one who may have the living root -> (2) named in the settings -> (3) given the root ->
(4) noted as holding it. From (1) on no turn of the tree is complete without its receipt, and before (2) nothing was
written at its place: there never is a copy of a root that nobody tracks.

Going: (1) what old copies of it are worth is noted -> (2) named in the settings no more -> (3) every root that it may
have is noted as lost, or as vouched for. Before (3) it is awaited by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from hmac import compare_digest
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from ledger.aggregates.epoch import Revival
from ledger.aggregates.holder import Retirement, enrolment_id, retirement_id
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import weakest
from ledger.sealing.failures import (
    HolderNameInvalid,
    HolderNameTaken,
    HolderPlaceInside,
    HolderPlaceTaken,
    HolderUnknown,
    LastHolder,
)
from ledger.sealing.keyring import Keyring, RootState
from ledger.sealing.schema import roots, turns
from ledger.settings import HOLDER_NAME, HolderSettings, Locations, change_holders, read_settings
from ledger.usecases.keys.ports import HolderGone, HolderKept
from ledger.usecases.retention.ports import RunLock

_OF = select(roots).where(roots.c.holder == bindparam("named"))
_BEGUN = select(turns.c.to_epoch).where(turns.c.state.in_(("begun", "prepared", "verified")))
_ENDED = {Retirement.LOST: RootState.LOST, Retirement.DESTROYED: RootState.VOUCHED}


def check_place(holder: FileHolder, place: Path, *, home: Path, root: tuple[int, bytes] | None = None) -> None:
    """
    Refuse a place for a root that is not the holder's own.

    Its own is absent or empty, or holds this very `root` (its epoch and key).

    :raises HolderPlaceInside: if it lies in the ledger's folder: it would be copied, and lost, with what it opens
    :raises HolderPlaceTaken: if something else is there, another ledger's root included
    :raises RootKeyAbsent: if the folder above it is not there: a disk that is not mounted
    :raises RootKeyUnreadable: if this account may not look or write there
    """
    if place.resolve().is_relative_to(home.resolve()):
        raise HolderPlaceInside
    found = holder.contents()
    if found - ({root[0]} if root else set()):
        raise HolderPlaceTaken
    if root and root[0] in found and not compare_digest(holder.load(root[0]), root[1]):
        raise HolderPlaceTaken


class RootHolders:
    """Gives the root of one ledger to another holder, and takes holders off."""

    def __init__(self, keyring: Keyring, *, locations: Locations, lock: RunLock) -> None:
        self._keyring = keyring
        self._locations = locations
        self._lock = lock

    def enrol(self, name: str, place: Path) -> HolderKept:
        """
        Give the living root to a new holder in a file, which every later turn of the tree has to do with.

        The same again gives the same.

        :raises HolderNameInvalid: if the name is not written as names of holders are
        :raises HolderNameTaken: if another holder has the name, or had it
        :raises HolderPlaceTaken: if the place holds something else; or what else `check_place` raises
        :raises RunInProgress: if a turn of the tree is at work
        """
        if not HOLDER_NAME.fullmatch(name):
            raise HolderNameInvalid
        asked, holder = HolderSettings(name, "file", str(place)), FileHolder(place, name=name)
        with self._lock.held():
            epoch, rows = self._rows_of(name)
            named = {each.name: each for each in self._named()}
            states = {RootState(row.state) for row in rows}
            if named.get(name, asked) != asked or (name not in named and states - {RootState.GIVEN}):
                raise HolderNameTaken(name=name)
            if RootState.HELD in states:
                holder.load(epoch)  # who lost it is not given it again: an empty place is a disk that is not mounted
            else:
                root = self._keyring.holders.load(epoch)
                check_place(holder, place, home=self._locations.home, root=(epoch, root))
                self._give(holder, asked, epoch, root)
        ledger_id = self._keyring.database.ledger_id
        return HolderKept(enrolment_id(ledger_id, name), epoch, holder.revives_from_backup)

    def retire(self, name: str, *, how: Retirement) -> HolderGone:
        """
        Take a holder off for good; what it may have had is no longer awaited.

        One that is said to be destroyed and can be reached all the same destroys its roots first. The same again
        gives the same.

        :raises HolderUnknown: if no holder bears the name
        :raises LastHolder: if no other holder that can be reached has the living root
        :raises RunInProgress: if a turn of the tree is at work
        """
        with self._lock.held():
            epoch, rows = self._rows_of(name)
            named = [each for each in self._named() if each.name == name]
            ended = [row for row in rows if RootState(row.state) in _ENDED.values()]
            owing = [row for row in rows if RootState(row.state).owed()]
            if not (named or owing or ended):
                raise HolderUnknown
            revives = self._revival_after(name, how, ended + owing)
            if named or owing:
                self._need_another(name, epoch)
                if how is Retirement.DESTROYED and name in self._keyring.holders.names:
                    self._keyring.holders.destroy_at(name, max([epoch, *(row.epoch for row in rows)]))
                self._end(name, state=_ENDED[how], revives=revives)
        epochs = tuple(sorted(row.epoch for row in owing + ended))
        return HolderGone(retirement_id(self._keyring.database.ledger_id, name), epochs, revives)

    def _give(self, holder: FileHolder, asked: HolderSettings, epoch: int, root: bytes) -> None:
        with self._keyring.database.writing() as connection:
            begun = [number for (number,) in connection.execute(_BEGUN)]
            for number in (epoch, *begun):
                _note(connection, number, holder.name, RootState.GIVEN)
        self._name([*(each for each in self._named() if each.name != asked.name), asked])
        holder.keep(epoch, root)
        if holder.name not in self._keyring.holders.names:
            self._keyring.holders.add(holder)
        with self._keyring.database.writing() as connection:
            _note(connection, epoch, holder.name, RootState.HELD)

    def _end(self, name: str, *, state: RootState, revives: Revival) -> None:
        may_have = roots.c.state.in_((RootState.GIVEN, RootState.HELD))
        owing = roots.update().where(roots.c.holder == name, may_have)
        with self._keyring.database.writing() as connection:
            connection.execute(owing.values(revives=revives))
        self._name([each for each in self._named() if each.name != name])
        with self._keyring.database.writing() as connection:
            connection.execute(owing.values(state=state))
        if name in self._keyring.holders.names:
            self._keyring.holders.drop(name)

    def _revival_after(self, name: str, how: Retirement, rows: Sequence[Row[Any]]) -> Revival:
        """Say what old copies are worth: what was lost may be copied, and so may what a file held before it went."""
        noted = {Revival(row.revives) for row in rows if row.revives is not None}
        if noted and how is not Retirement.LOST:
            return weakest(noted)
        if how is Retirement.LOST or name not in self._keyring.holders.names:
            return Revival.YES
        return self._keyring.holders.revival_at(name)

    def _need_another(self, name: str, epoch: int) -> None:
        holders = self._keyring.holders
        for other in holders.names:
            if other != name and epoch in (holders.epochs_at(other) or ()):
                holders.load_at(other, epoch)
                return
        raise LastHolder(name=name)

    def _rows_of(self, name: str) -> tuple[int, Sequence[Row[Any]]]:
        with self._keyring.database.reading() as connection:
            return self._keyring.tree.epoch(connection), connection.execute(_OF, {"named": name}).all()

    def _named(self) -> Sequence[HolderSettings]:
        return read_settings(self._locations).holders

    def _name(self, holders: Sequence[HolderSettings]) -> None:
        change_holders(self._locations, read_settings(self._locations), holders)


def _note(connection: Connection, epoch: int, name: str, state: RootState) -> None:
    """Note what a holder has of a root, whether or not something is noted already."""
    at = roots.update().where(roots.c.epoch == epoch, roots.c.holder == name)
    if not connection.execute(at.values(state=state)).rowcount:
        connection.execute(roots.insert(), {"epoch": epoch, "holder": name, "state": state})
