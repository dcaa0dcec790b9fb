"""Several holders of one root key: any of them opens the tree, and an old root is gone once it is gone at every one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ledger.aggregates.epoch import Revival
from ledger.errors import IntegrityBroken, Unavailable
from ledger.sealing.custody import RootHolder
from ledger.sealing.failures import RootKeyAbsent

_WORST = (Revival.YES, Revival.BOUNDED, Revival.NO)


def weakest(answers: Collection[Revival]) -> Revival:
    """Give the worst of some answers."""
    return next(answer for answer in _WORST if answer in answers)


class Holders:
    """The holders of the root keys of one ledger, in the order in which they are asked."""

    def __init__(self, holders: Sequence[RootHolder]) -> None:
        if not holders:
            raise ValueError("a root key without a holder")
        self._holders = {holder.name: holder for holder in holders}

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the holders."""
        return tuple(self._holders)

    def add(self, holder: RootHolder) -> None:
        """Ask one more holder, after the others."""
        self._holders[holder.name] = holder

    def drop(self, name: str) -> None:
        """Ask one holder no more."""
        del self._holders[name]

    @property
    def revives_from_backup(self) -> Revival:
        """What the weakest of them answers: one copyable holder is enough to bring data back."""
        return weakest({holder.revives_from_backup for holder in self._holders.values()})

    def revival_at(self, name: str) -> Revival:
        """Give the answer of one holder."""
        return self._holders[name].revives_from_backup

    def describe(self) -> str:
        """Say of each holder what it promises."""
        return " ".join(holder.describe() for holder in self._holders.values())

    def load(self, epoch: int) -> bytes:
        """
        Give the root of an epoch from the first holder that has it.

        :raises RootKeyAbsent: if no holder has it, or what else the first one says that could not give it
        :raises Misconfigured: if a holder does not keep it as it must be: that is mended, not worked around
        """
        first: Unavailable | IntegrityBroken | None = None
        for holder in self._holders.values():
            try:
                return holder.load(epoch)
            except (Unavailable, IntegrityBroken) as fault:
                if first is None or isinstance(fault, IntegrityBroken):
                    first = fault
        assert first is not None
        raise first

    def load_at(self, name: str, epoch: int) -> bytes:
        """Give the root of an epoch from one holder; raises what that holder raises."""
        return self._holders[name].load(epoch)

    def keep(self, epoch: int, key: bytes, *, among: Collection[str]) -> tuple[str, ...]:
        """
        Give the root of an epoch to the holders of these names; give the names of those that keep it.

        :raises KeyStoreUnavailable: if none does
        :raises RootKeyPresent: if one holds another key for that epoch
        """
        last: Unavailable = RootKeyAbsent(place=", ".join(self.names))
        kept: list[str] = []
        for name in among:
            try:
                self._holders[name].keep(epoch, key)
                kept.append(name)
            except Unavailable as fault:
                last = fault
        if not kept:
            raise last
        return tuple(kept)

    def keep_at(self, name: str, epoch: int, key: bytes) -> bool:
        """Give the root of an epoch to one holder; False where it can't be reached."""
        try:
            self._holders[name].keep(epoch, key)
        except Unavailable:
            return False
        return True

    def destroy_at(self, name: str, upto: int) -> bool:
        """Destroy the roots up to an epoch at one holder; False where it can't be reached."""
        try:
            self._holders[name].destroy(upto)
        except Unavailable:
            return False
        return True

    def epochs_at(self, name: str) -> tuple[int, ...] | None:
        """Give the epochs that one holder holds; None where it can't be reached."""
        try:
            return self._holders[name].epochs()
        except Unavailable:
            return None

    def latest(self) -> int:
        """Give the latest epoch of which a reachable holder has a root; 0 where none has any."""
        return max((epoch for name in self._holders for epoch in self.epochs_at(name) or ()), default=0)
