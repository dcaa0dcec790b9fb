"""
Issues checkpoints, so that a log never signs a smaller or a different tree under the same origin.

The order is the protocol, and the lock of the archive is taken first of all:

1. What the log holds is durable: it is read in one committed state, on the primary.
2. The last checkpoint of the origin, signed or only meant to be, must be the beginning of that tree: its root is worked
   out again from what the log holds. Otherwise nothing is signed.
3. What is to be signed is written into the archive, durably.
4. It is signed. 5. The note is kept.

Cut short before 3, nothing happened; after it, the next one signs the very same text. Two at once make one checkpoint
each, the second of which begins with the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger.errors import Conflict, IntegrityBroken, Misconfigured
from ledger.proof.archive import (
    CheckpointReason,
    Claimed,
    Memory,
    Origin,
    ProofArchive,
    SignedCheckpoint,
    Standing,
)
from ledger.proof.checkpoint import Checkpoint
from ledger.proof.custody import SigningCustody
from ledger.proof.nodes import KeptNodes, LogTree, TreeState
from ledger.proof.notes import VerifierKey
from ledger.proof.origins import LogContradictsCheckpoint, Origins
from ledger.proof.tree import root_of
from ledger.translation import mark


class HeadContradictsTree(IntegrityBroken):
    """The right edge of the tree, as the head says it, is not that of the leaves."""

    sentence = mark("The tree of the record does not fit the records: it was altered.")


class OriginChanged(Conflict):
    """Another process began to sign under another origin meanwhile."""

    sentence = mark("The ledger began to sign under another origin in the meantime.")
    advice = mark("Try again; nothing was signed.")


class OtherSigningKey(Misconfigured):
    """The key in place is not the one that the ledger signs with."""

    sentence = mark("The signing key in place is not the one that this ledger signs with.")
    advice = mark(
        "Put back the copy that you keep of it. If a change of key was cut short, give `ledger proof rotate-key` "
        "again; if the key is lost, give it with --lost. Nothing was signed."
    )


@dataclass(frozen=True)
class Schedule:
    """When a checkpoint is due: after so many events, or when something was recorded and so much time went by."""

    every_events: int
    every: timedelta


class Issuer:
    """Issues the checkpoints of one ledger."""

    def __init__(
        self, *, archive: ProofArchive, signer: SigningCustody, tree: LogTree, origins: Origins, schedule: Schedule,
        began_at: datetime,
    ) -> None:  # fmt: skip
        self._archive = archive
        self._signer = signer
        self._tree = tree
        self._origins = origins
        self._schedule = schedule
        self._began_at = began_at

    def issue(self, why: CheckpointReason, *, at: datetime) -> SignedCheckpoint:
        """
        Sign the tree as it is now; where that was done already, give that checkpoint.

        :raises LogContradictsCheckpoint: if it is not what the ledger signed before, grown
        :raises ArchiveAbsent: if what was signed before is not remembered
        :raises ArchiveIsCopy: if more may have been signed before than is remembered
        :raises OtherSigningKey: if the key in place is another than before
        :raises Unavailable: on a standby, or without the key
        """
        self._tree.must_be_primary()
        origin = self._origins.settled(at=at)
        with self._archive.deciding() as memory, self._tree.held() as state:
            claimed = self._claimed(memory, origin, state, why, at)
        checkpoint = Checkpoint(origin.name, claimed.size, claimed.root)
        if claimed.note is None:
            self._archive.keep(claimed, self._signer.sign(checkpoint.text(), name=origin.name))
        return self._archive.signed(origin.name, claimed.size)

    def issue_if_due(self, *, at: datetime) -> SignedCheckpoint | None:
        """Sign if it is time to, and give what was signed; raises what `issue` raises."""
        why = self.due(at=at)
        return None if why is None else self.issue(why, at=at)

    def due(self, *, at: datetime) -> CheckpointReason | None:
        """Say why a checkpoint is due, or None where none is; reads the head of the log and the last checkpoint."""
        with self._tree.held() as state:
            size = state.head.size
        last = self._archive.standing().last if self._archive.exists else None
        if last is not None and last.note is None:
            return last.why
        signed, since = (0, self._began_at) if last is None else (last.size, last.issued_at)
        if abs(size - signed) >= self._schedule.every_events:  # where it is smaller than what was signed, `issue` tells
            return CheckpointReason.EVENTS
        return CheckpointReason.TIME if size != signed and at - since >= self._schedule.every else None

    def is_late(self, *, at: datetime) -> bool:
        """Say whether one has been due for a whole interval: whoever should have signed it could not."""
        return self.due(at=at - self._schedule.every) is CheckpointReason.TIME

    def check(self) -> Claimed | None:
        """
        Hold the log, the archive and the key against each other, and sign nothing; give the last checkpoint.

        None where nothing was ever signed. Raises what `issue` raises.
        """
        last = self.compare()
        if self._archive.exists:
            self._check_key(self._archive.standing())
        return last

    def compare(self) -> Claimed | None:
        """Hold the log and the archive against each other, as `check` does, whatever the key."""
        self._origins.check()
        if not self._archive.exists:
            return None
        standing = self._archive.standing()
        with self._tree.held() as state:
            _check_tree(standing.last, state)
        return standing.last

    def _claimed(
        self, memory: Memory, origin: Origin, state: TreeState, why: CheckpointReason, at: datetime
    ) -> Claimed:
        """Note what is to be signed, once it is known to go on from what was signed; give what is there already."""
        standing = memory.standing()
        if standing.origin is None or standing.origin.number != origin.number:
            raise OriginChanged
        self._check_key(standing)
        _check_tree(standing.last, state)
        if standing.key is None:
            memory.enter_key(self._public(), at=at)
        size = state.head.size
        if standing.last is not None and standing.last.size == size:
            return standing.last
        return memory.claim(origin, size=size, root=state.head.root(), at=at, why=why)

    def _check_key(self, standing: Standing) -> None:
        if standing.key is not None and standing.key.public != self._public():
            raise OtherSigningKey

    def _public(self) -> bytes:
        return VerifierKey.parse(self._signer.verifier_key()).public


def _check_tree(last: Claimed | None, state: TreeState) -> None:
    """See that the tree is what its head says, and begins with what was signed last."""
    nodes, size = KeptNodes(state), state.head.size
    if root_of(nodes, size) != state.head.root():
        raise HeadContradictsTree
    if last is not None and (last.size > size or root_of(nodes, last.size) != last.root):
        raise LogContradictsCheckpoint(signed=last.size, size=size)
