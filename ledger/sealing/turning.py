"""
Turning the tree: a new root and a new tree beside the old ones, compared, switched to; then the old root destroyed.

A turn goes through durable states, and each step can be done again:

* *begun*: the epoch has its number, and every holder is noted as one who may have its root;
* *prepared*: the holders that can be reached keep the new root, and the new tree stands beside the living one;
* *verified*: on a connection of its own, every bucket of the new tree was opened, with the root as the holders give it,
  and compared with the living one;
* *switched*: in one transaction the new tree became the living one, and the keys that were to go have tombstones;
* *complete*: every holder has destroyed every older root, and its signed receipt is kept. A holder that was retired
  (`RootHolders.retire`) is not awaited: what became of its roots is a person's statement, and no receipt.

Invariants: some root that is held opens the living tree; no old root is destroyed before the switch to a tree that was
verified; a turn is complete only with the receipt of every holder that may ever have had an older root,
or with the statement of the person who retired it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, and_, bindparam, delete, exists, func, select, tuple_

from ledger.aggregates.epoch import Revival, RootReceipt
from ledger.clock import Clock
from ledger.sealing.custody.holders import Holders, weakest
from ledger.sealing.database import KeyDatabase
from ledger.sealing.failures import KeyStoreTampered, KeyStoreUnavailable
from ledger.sealing.instants import instant
from ledger.sealing.kdf import new_key
from ledger.sealing.keyring import Keyring, RootState
from ledger.sealing.new_tree import Losses, NewTree
from ledger.sealing.schema import buckets, contents, doomed, keyring, keys, purposes, roots, stock, tombstones, turns
from ledger.usecases.ports import Signer

_COPIES_TRIED = 5

_UNFINISHED = select(turns.c.from_epoch, turns.c.to_epoch).where(turns.c.state.in_(("begun", "prepared", "verified")))
_SET_STATE = turns.update().where(turns.c.to_epoch == bindparam("after"))
_ROOTS = select(roots).order_by(roots.c.epoch, roots.c.holder)
_SET_ROOT = roots.update().where(roots.c.epoch == bindparam("of"), roots.c.holder == bindparam("at"))
_LAST_ROOT = select(func.max(roots.c.epoch))
_DOOMED = select(doomed)
_TURN_TO = keyring.update().where(keyring.c.one == 1)
_DROP_KEY = keys.delete().where(keys.c.key_id == bindparam("gone"))
_OUT_OF_STOCK = stock.delete().where(stock.c.key_id == bindparam("gone"))
_COMPLETE = turns.update().where(turns.c.state == "switched").values(state="complete")
_of_living = and_(
    buckets.c.kind == contents.c.kind, buckets.c.bucket == contents.c.bucket, buckets.c.made_in == contents.c.made_in,
    buckets.c.epoch >= bindparam("living"),
)  # fmt: skip
_PLACES = tuple_(contents.c.kind, contents.c.bucket, contents.c.made_in)
_ADRIFT = select(contents.c.kind, contents.c.bucket, contents.c.made_in).where(~exists().where(_of_living))
_SWEEPS = (
    buckets.delete().where(buckets.c.epoch < bindparam("living")),
    # What is adrift is found by the index alone: to look at each row would be to read a page for each.
    contents.delete().where(_PLACES.in_(_ADRIFT)),
    purposes.delete().where(purposes.c.epoch < bindparam("living")),
)
"""Take away what belonged to older trees: nothing opens it any more."""


def revival_of(holders: Holders, rows: Sequence[Row[Any]]) -> Revival:
    """
    Give the answer of the weakest holder that ever had a root, by the rows of `roots`.

    What was lost may be copied since; what the settings no longer name, and nobody retired, may be anything.
    """
    answers = {Revival(row.revives) for row in rows if row.revives is not None}
    unknown = any(row.holder not in holders.names and RootState(row.state).owed() for row in rows)
    return weakest(answers | {holders.revives_from_backup} | ({Revival.YES} if unknown else set()))


class TurnState(StrEnum):
    """How far a turn has come."""

    BEGUN = "begun"
    PREPARED = "prepared"
    VERIFIED = "verified"
    SWITCHED = "switched"
    COMPLETE = "complete"


@dataclass(frozen=True)
class Turn:
    """A turn from one epoch to another."""

    before: int
    after: int
    fresh: bool = False
    """Begun by this very process, so that nobody has had its root yet."""


class Turning:
    """Turns the tree of one ledger; whoever calls holds the lock that lets one turn at a time."""

    def __init__(
        self, keyring: Keyring, *, clock: Clock, signer: Signer, losses: Callable[[Connection], Losses]
    ) -> None:
        self._keyring = keyring
        self._clock = clock
        self._signer = signer
        self._losses = losses

    @property
    def _holders(self) -> Holders:
        return self._keyring.holders

    @property
    def _database(self) -> KeyDatabase:
        return self._keyring.database

    def turn(self, *, anyway: bool = False) -> None:
        """
        Finish the turn that was begun, or make one where keys wait for it (or `anyway`).

        :raises KeyStoreUnavailable: if the key store, or every holder, can't be reached; it is done again
        :raises KeyStoreTampered: if the living tree does not open, or the new one differs: nothing is switched to
        """
        turn = self._unfinished()
        if turn is None:
            with self._database.reading() as connection:
                waiting = connection.execute(_DOOMED.limit(1)).first() is not None
            if not (waiting or anyway):
                return
            turn = self._begun()
        self._switched(*self._with_root(turn))

    def settle(self) -> tuple[str, ...]:
        """
        Have every holder keep the living root and destroy the older ones; give those that could not be reached.

        A holder that is no longer named in the settings, and may still have an old root, can't be reached either.
        """
        with self._database.reading() as connection:
            living = self._keyring.tree.retried(lambda: self._keyring.tree.epoch(connection))
            rows = connection.execute(_ROOTS).all()
        owing = {row.holder for row in rows if row.epoch < living and RootState(row.state).owed()}
        has = {row.holder for row in rows if row.epoch == living and row.state == RootState.HELD}
        in_debt = owing | (set(self._serving(rows)) - has)
        there = self._in_place() if in_debt else []
        pending = [
            name for name in sorted(in_debt)
            if name not in there or not self._settled(name, living, has=name in has, owes=name in owing)
        ]  # fmt: skip
        with self._database.writing() as connection:
            if not pending:
                connection.execute(_COMPLETE)
            for sweep in _SWEEPS:
                connection.execute(sweep, {"living": living})
        return tuple(pending)

    def receipts(self) -> tuple[RootReceipt, ...]:
        """Give the receipts for the latest root that was destroyed anywhere."""
        with self._database.reading() as connection:
            destroyed = [row for row in connection.execute(_ROOTS) if row.state == RootState.DESTROYED]
        latest = max((row.epoch for row in destroyed), default=0)
        return tuple(
            RootReceipt(row.holder, row.epoch, Revival(row.revives), row.receipt)
            for row in destroyed
            if row.epoch == latest
        )

    def revival(self) -> Revival:
        """Give the answer of the weakest holder that ever had a root of this tree."""
        with self._database.reading() as connection:
            return revival_of(self._holders, connection.execute(_ROOTS).all())

    def _serving(self, rows: Sequence[Row[Any]]) -> list[str]:
        """Name the holders that nobody retired: settings that were read before may still name one that is."""
        retired = {row.holder for row in rows if RootState(row.state) in (RootState.LOST, RootState.VOUCHED)}
        return [name for name in self._holders.names if name not in retired]

    def _unfinished(self) -> Turn | None:
        with self._database.reading() as connection:
            row = connection.execute(_UNFINISHED).first()
        return None if row is None else Turn(row.from_epoch, row.to_epoch)

    def _begun(self) -> Turn:
        latest = self._holders.latest()
        with self._database.writing() as connection:
            before = self._keyring.tree.epoch(connection)
            after = max(before, latest, connection.execute(_LAST_ROOT).scalar() or 0) + 1
            begun = {"from_epoch": before, "to_epoch": after, "state": TurnState.BEGUN}
            connection.execute(turns.insert(), {**begun, "begun_at": instant(self._clock.now())})
            serving = self._serving(connection.execute(_ROOTS).all())
            given = [{"epoch": after, "holder": name, "state": RootState.GIVEN} for name in serving]
            connection.execute(roots.insert(), given)
        return Turn(before, after, fresh=True)

    def _with_root(self, turn: Turn) -> tuple[Turn, bytes]:
        """Have the holders keep the root of the new epoch: the one of an earlier attempt, or else a new one."""
        try:
            root = self._holders.load(turn.after)
        except KeyStoreUnavailable:
            if not turn.fresh:  # whoever had it is absent, or lost it: copies that were made under it are of no use
                return self._with_root(self._abandoned(turn))
            root = new_key()
        kept = self._holders.keep(turn.after, root, among=self._in_place())
        with self._database.writing() as connection:
            connection.execute(_SET_ROOT, [{"of": turn.after, "at": name, "state": RootState.HELD} for name in kept])
        return turn, root

    def _in_place(self) -> list[str]:
        """
        Name the holders that are those that they were: who had a root still has one; who never had any may be new.

        An empty folder where a disk should be mounted is no holder: it gets no root, and signs for none.
        """
        with self._database.reading() as connection:
            rows = connection.execute(_ROOTS).all()
        found: list[str] = []
        for name in self._serving(rows):
            had = {row.epoch for row in rows if row.holder == name and row.state == RootState.HELD}
            if not had or had & set(self._holders.epochs_at(name) or ()):
                found.append(name)
        return found

    def _abandoned(self, turn: Turn) -> Turn:
        """Give an epoch up whose root no holder gives any more, and begin another."""
        with self._database.writing() as connection:
            connection.execute(delete(buckets).where(buckets.c.epoch == turn.after))
            connection.execute(delete(contents).where(contents.c.made_in == turn.after))
            connection.execute(delete(purposes).where(purposes.c.epoch == turn.after))
            connection.execute(delete(turns).where(turns.c.to_epoch == turn.after))
        return self._begun()

    def _switched(self, turn: Turn, root: bytes) -> None:
        """Copy, compare, and switch; what others change meanwhile is copied and compared again."""
        old_root = self._holders.load(turn.before)
        compared = False
        for _ in range(_COPIES_TRIED):
            with self._database.writing() as connection:
                tree = NewTree(
                    self._database.ledger_id, turn.before, turn.after, AESGCM(old_root), AESGCM(root),
                    self._losses(connection),
                )  # fmt: skip
                copied = tree.copy(connection, anew=not compared)
                connection.execute(_SET_STATE, {"after": turn.after, "state": TurnState.PREPARED})
            self._verify(tree, root, only=copied if compared else None)
            compared = True
            if self._switch(tree):
                return
        self._switch(tree, holding=True)

    def _verify(self, tree: NewTree, root: bytes, *, only: set[tuple[str, int]] | None) -> None:
        """Compare the new tree with the living one on a connection of its own, with the root as the holders give it."""
        given = [self._given(name, tree.after) for name in self._holders.names]
        if root not in given or any(each not in (None, root) for each in given):
            raise KeyStoreTampered(what="root")
        database = KeyDatabase(self._database.address, ledger_id=self._database.ledger_id)
        try:
            with database.snapshot() as connection:
                tree.verify(connection, only=only)
        finally:
            database.close()
        with self._database.writing() as connection:
            connection.execute(_SET_STATE, {"after": tree.after, "state": TurnState.VERIFIED})

    def _given(self, name: str, epoch: int) -> bytes | None:
        try:
            return self._holders.load_at(name, epoch)
        except KeyStoreUnavailable:
            return None

    def _switch(self, tree: NewTree, *, holding: bool = False) -> bool:
        """
        Make the new tree the living one, in one transaction; False where something changed since it was copied.

        `holding`: where others never stop writing, the few buckets that changed are copied and compared under the lock.
        """
        with self._database.writing() as connection:
            if holding:
                tree.verify(connection, only=tree.copy(connection))
            elif tree.stale(connection) or tree.surplus(connection):
                return False
            gone = connection.execute(_DOOMED).all()
            if gone:
                at = instant(self._clock.now())
                connection.execute(tombstones.insert(), [
                    {
                        "key_id": row.key_id, "batch": row.batch, "reason": row.reason, "authority": row.authority,
                        "destroyed_at": at,
                    }
                    for row in gone
                ])  # fmt: skip
                for statement in (_DROP_KEY, _OUT_OF_STOCK):
                    connection.execute(statement, [{"gone": row.key_id} for row in gone])
                connection.execute(delete(doomed))
            connection.execute(_TURN_TO, {"epoch": tree.after})
            connection.execute(_SET_STATE, {"after": tree.after, "state": TurnState.SWITCHED})
        return True

    def _settled(self, name: str, living: int, *, has: bool, owes: bool) -> bool:
        """Bring one holder up to date; False where it can't be reached after all."""
        if not self._holders.keep_at(name, living, self._holders.load(living)):
            return False
        if not has:
            with self._database.writing() as connection:
                self._note(connection, living, name, RootState.HELD)
        if owes:
            if not self._holders.destroy_at(name, living - 1):
                return False
            receipt = self._receipt(name, living - 1)
            with self._database.writing() as connection:
                older = roots.update().where(roots.c.holder == name, roots.c.epoch < living)
                revives = self._holders.revival_at(name)
                connection.execute(older.values(state=RootState.DESTROYED, receipt=receipt, revives=revives))
        return True

    @staticmethod
    def _note(connection: Connection, epoch: int, name: str, state: RootState) -> None:
        if not connection.execute(_SET_ROOT, {"of": epoch, "at": name, "state": state}).rowcount:
            connection.execute(roots.insert(), {"epoch": epoch, "holder": name, "state": state})

    def _receipt(self, name: str, upto: int) -> str:
        return self._signer.sign(
            "ledger root-destroyed/1\n"
            f"ledger {self._database.ledger_id.hex}\n"
            f"holder {name}\n"
            f"epochs up to {upto}\n"
            f"revives from backup {self._holders.revival_at(name)}\n"
            f"at {instant(self._clock.now())}\n"
        )
