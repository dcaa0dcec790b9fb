"""
Turning the tree: cut short at any step it ends right, beside writers nothing is lost, and old copies open nothing.

The control of each claim that something does not open is the same attempt with the old root, which opens it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.aggregates.epoch import Revival
from ledger.proof.notes import check_note
from ledger.proof.signing import NoteSigner
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.sealing.failures import (
    KeyErased,
    KeyStoreTampered,
    KeyStoreUnavailable,
    RootKeyAbsent,
)
from ledger.sealing.index import SealedIndex
from ledger.sealing.keyring import Keyring
from ledger.sealing.new_tree import NewTree, buckets_of
from ledger.sealing.schema import contents
from ledger.sealing.status import key_status
from ledger.sealing.turning import Turning
from ledger.usecases.retention.ports import Doomed, KeyBatch, RunInProgress
from tests.unit.sealing.keystores import destruction_in, new_keyring, open_keyring

ALINE = ("Exemple", "Aline", "1980-06-09")
ROOT = Path(__file__).parents[3]
BOB = ("Fictif", "Bob", "1975-01-31")


class Killed(BaseException):
    """The process died here."""


class Bench:
    """A key store with two people and several buckets of keys, and two holders of its root."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.disk = folder / "disk"
        self.disk.mkdir()
        keyring = new_keyring(folder, url=url, holders=self.holders())
        self.keys = [keyring.reserve() for _ in range(150)]
        self.aline, self.bob = (ScopeInstance(Scope.IDENTITY, uuid4().hex) for _ in range(2))
        index = SealedIndex(keyring.tree)
        index.file("subject", *ALINE, scope=self.aline)
        index.file("subject", *BOB, scope=self.bob)
        self.doomed, self.kept = [self.keys[0], self.keys[90]], [self.keys[1], self.keys[60], self.keys[149]]
        keyring.close()

    def holders(self) -> Holders:
        return Holders([FileHolder(self.folder / "keys", name="poste"), FileHolder(self.disk / "keys", name="cle-usb")])

    @contextmanager
    def opened(self) -> Iterator[Keyring]:
        """Open the key store as another process would."""
        keyring = open_keyring(self.folder, url=self.url, holders=self.holders())
        try:
            yield keyring
        finally:
            keyring.close()

    def destroy(self, keyring: Keyring) -> KeyBatch:
        scopes = {self.doomed[0]: self.aline}
        wanted = [Doomed(key_id, "TERM", "AD53/2026/7") for key_id in self.doomed]
        return destruction_in(keyring, self.folder, scopes=scopes).destroy_all(wanted, batch=uuid4())

    def roots(self) -> dict[str, tuple[int, ...] | None]:
        holders = self.holders()
        return {name: holders.epochs_at(name) for name in holders.names}


@pytest.fixture
def bench(tmp_path: Path, keys_url: str, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("ledger.sealing.tree.KEYS_IN_BUCKET", 60)
    return Bench(tmp_path, keys_url)


def is_done(bench: Bench) -> None:
    """Check all that a finished destruction promises."""
    with bench.opened() as keyring:
        for key_id in bench.doomed:
            with pytest.raises(KeyErased):
                keyring.key_set(key_id)
        for key_id in bench.keys:
            if key_id not in bench.doomed:
                keyring.key_set(key_id)
        index = SealedIndex(keyring.tree)
        assert index.find("subject", *ALINE) == []
        assert index.find("subject", *BOB) == [bench.bob]
        status = key_status(keyring)
        assert (status.doomed, [holder.owes for holder in status.holders]) == (0, [(), ()])
        assert bench.roots() == {"poste": (status.epoch,), "cle-usb": (status.epoch,)}
        with keyring.database.reading() as connection:
            epochs = {row[0] for row in connection.execute(text("SELECT epoch FROM buckets"))}
            assert epochs == {status.epoch}, "nothing is left of the trees before"
            assert (
                connection.execute(text("SELECT COUNT(*) FROM contents")).scalar()
                == connection.execute(text("SELECT COUNT(*) FROM buckets")).scalar()
            )


def test_a_batch_leaves_one_tree_one_root_and_a_receipt_of_every_holder(bench: Bench) -> None:
    with bench.opened() as keyring:
        batch = bench.destroy(keyring)
    assert (batch.epoch, set(batch.destroyed), batch.lost, batch.pending) == (2, set(bench.doomed), (), ())
    assert [(each.holder, each.epoch, each.revives_from_backup) for each in batch.receipts] == [
        ("cle-usb", 1, Revival.YES), ("poste", 1, Revival.YES),
    ]  # fmt: skip
    verifier = NoteSigner(bench.folder / "signing.key").verifier_key()
    for receipt in batch.receipts:
        assert f"holder {receipt.holder}\nepochs up to 1\n" in check_note(receipt.text, verifier_key=verifier)
    assert not batch.backup_proof, "a file can be copied"
    is_done(bench)


def all_open(keyring: Keyring, key_ids: Sequence[UUID]) -> None:
    for key_id in key_ids:
        keyring.key_set(key_id)


class Fuse:
    """Counts the steps of a turn, and kills the process that takes the nth."""

    def __init__(self, left: int) -> None:
        self.left = left

    def burn(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def around(self, called: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.burn()
            answer = called(*arguments, **named)
            self.burn()
            return answer

        return call


@contextmanager
def dying(keyring: Keyring, fuse: Fuse) -> Iterator[None]:
    """Let the process die before and after each transaction, within each write, and around what a holder does."""
    database, holders = keyring.database, keyring.holders
    writing = database.writing

    @contextmanager
    def write() -> Iterator[Any]:
        fuse.burn()
        with writing() as connection:
            execute = connection.execute
            connection.execute = fuse.around(execute)  # type: ignore[method-assign]
            yield connection
        fuse.burn()

    database.writing = write  # type: ignore[method-assign]
    for name in ("keep", "keep_at", "destroy_at", "load", "load_at"):
        setattr(holders, name, fuse.around(getattr(holders, name)))
    yield


def test_killed_between_any_two_steps_it_is_finished_by_the_next(
    bench: Bench, tmp_path: Path, keys_url: str, *, thorough: bool
) -> None:
    if not keys_url.startswith("sqlite"):
        pytest.skip("the steps are the same on both databases; here the whole folder is put back for each of them")
    before = tmp_path.with_name("before")
    shutil.copytree(tmp_path, before)
    deaths, step = 0, 1
    while True:
        shutil.rmtree(tmp_path)
        shutil.copytree(before, tmp_path)
        with bench.opened() as keyring, dying(keyring, Fuse(step)):
            try:
                bench.destroy(keyring)
            except Killed:
                deaths, step = deaths + 1, step + (1 if thorough else 7)
            else:
                break
        with bench.opened() as keyring:  # whoever comes next reads and writes, before anybody finishes the turn
            keyring.prepare(bench.kept)
            fresh = keyring.reserve()
            keyring.key_set(fresh)
        with bench.opened() as keyring:
            assert set(bench.destroy(keyring).destroyed) == set(bench.doomed)
            keyring.key_set(fresh)
        is_done(bench)
    assert deaths > (100 if thorough else 15)


_TURNING = """
import sys
from pathlib import Path
from uuid import UUID, uuid4
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.usecases.retention.ports import Doomed
from tests.unit.sealing.keystores import destruction_in, open_keyring
folder = Path(sys.argv[1])
holders = Holders([FileHolder(folder / "keys", name="poste"), FileHolder(folder / "disk" / "keys", name="cle-usb")])
keyring = open_keyring(folder, url=sys.argv[2], holders=holders)
destruction = destruction_in(keyring, folder)
print("begun", flush=True)
while True:
    destruction.destroy_all([Doomed(keyring.reserve(), "TERM", "x")], batch=uuid4())
"""


def test_killed_for_good_at_any_moment_the_next_ends_it(
    bench: Bench, tmp_path: Path, keys_url: str, *, thorough: bool
) -> None:
    for number in range(60 if thorough else 6):
        process = subprocess.Popen(
            [sys.executable, "-c", _TURNING, str(tmp_path), keys_url], cwd=ROOT, text=True, stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        sleep(0.02 + 0.013 * (number % 9))
        process.kill()
        process.communicate()
        with bench.opened() as keyring:
            all_open(keyring, bench.keys)
            once_the_lock_is_free(partial(destruction_in(keyring, tmp_path).settle, batch=uuid4()))
            all_open(keyring, bench.keys)
    with bench.opened() as keyring:
        bench.destroy(keyring)
    is_done(bench)


def once_the_lock_is_free(work: Callable[[], object]) -> None:
    """The server notices a moment later that a killed process has let go of its lock."""
    for _ in range(100):
        try:
            work()
        except (RunInProgress, KeyStoreUnavailable):
            sleep(0.05)
        else:
            return
    work()


def test_a_holder_that_is_absent_is_awaited_and_never_taken_for_done(bench: Bench) -> None:
    away = bench.disk.with_name("away")
    bench.disk.rename(away)
    with bench.opened() as keyring:
        batch = bench.destroy(keyring)
        assert (set(batch.destroyed), batch.pending, batch.backup_proof) == (set(bench.doomed), ("cle-usb",), False)
        assert [receipt.holder for receipt in batch.receipts] == ["poste"]
        with pytest.raises(KeyErased):  # sealed here, at once
            keyring.key_set(bench.doomed[0])
        again = destruction_in(keyring, bench.folder).rotate(batch=uuid4())
        assert (again.epoch, again.pending) == (3, ("cle-usb",))
        owing = {holder.name: holder.owes for holder in key_status(keyring).holders}
        assert owing == {"poste": (), "cle-usb": (1, 2)}
    away.rename(bench.disk)
    assert bench.roots() == {"poste": (3,), "cle-usb": (1,)}
    with bench.opened() as keyring:
        settled = destruction_in(keyring, bench.folder).settle(batch=uuid4())
        assert (settled.epoch, settled.pending) == (3, ())
    is_done(bench)


def test_a_turn_whose_root_only_an_absent_holder_has_is_begun_anew(bench: Bench) -> None:
    """The first holder goes away after it was given the new root; the other comes back, and never had it."""
    home, away = bench.folder / "keys", bench.folder / "away"
    bench.disk.rename(away)
    with bench.opened() as keyring:
        turning = destruction_in(keyring, bench.folder)._turning
        turn, root = turning._with_root(turning._begun())
        assert turn.after == 2
    away.rename(bench.disk)
    (home / "root-1.key").rename(bench.folder / "root-1.key")
    (home / "root-2.key").rename(bench.folder / "root-2.key")
    gone = FileHolder(bench.folder / "elsewhere" / "keys", name="poste")
    holders = Holders([gone, FileHolder(bench.disk / "keys", name="cle-usb")])
    keyring = open_keyring(bench.folder, url=bench.url, holders=holders)
    batch = bench.destroy(keyring)
    assert (batch.epoch, batch.pending) == (3, ("poste",))
    keyring.close()
    (bench.folder / "root-1.key").rename(home / "root-1.key")
    (bench.folder / "root-2.key").rename(home / "root-2.key")
    with bench.opened() as keyring:
        assert destruction_in(keyring, bench.folder).settle(batch=uuid4()).pending == ()
    is_done(bench)
    assert root


def test_an_empty_place_signs_for_nothing(bench: Bench) -> None:
    """The disk is not mounted and its mount point is there: what stood on the disk is not destroyed by that."""
    away = bench.disk.with_name("away")
    bench.disk.rename(away)
    (bench.disk / "keys").mkdir(parents=True, mode=0o700)
    with bench.opened() as keyring:
        batch = bench.destroy(keyring)
        assert (batch.pending, [receipt.holder for receipt in batch.receipts]) == (("cle-usb",), ["poste"])
        again = destruction_in(keyring, bench.folder).settle(batch=uuid4())
        assert (again.pending, [receipt.holder for receipt in again.receipts]) == (("cle-usb",), ["poste"])
    shutil.rmtree(bench.disk)
    away.rename(bench.disk)
    with bench.opened() as keyring:
        assert destruction_in(keyring, bench.folder).settle(batch=uuid4()).pending == ()
    is_done(bench)


def test_a_turn_whose_root_every_holder_lost_is_begun_anew(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, bench.opened() as keyring:
        patched.setattr(Turning, "_verify", die)
        with pytest.raises(Killed):
            bench.destroy(keyring)
    with bench.opened() as keyring, keyring.database.reading() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM buckets WHERE epoch = 2")).scalar(), "a copy was made"
    for root in (bench.folder / "keys" / "root-2.key", bench.disk / "keys" / "root-2.key"):
        root.unlink()
    with bench.opened() as keyring:
        batch = bench.destroy(keyring)
        assert (batch.epoch, batch.pending) == (3, ())
    is_done(bench)


def test_no_holder_at_all_and_nothing_is_changed(bench: Bench) -> None:
    shutil.move(bench.disk, bench.disk.with_name("away"))
    root = bench.folder / "keys" / "root-1.key"
    root.rename(bench.folder / "root-1.key")
    with bench.opened() as keyring, pytest.raises(KeyStoreUnavailable):
        bench.destroy(keyring)
    (bench.folder / "root-1.key").rename(root)
    with bench.opened() as keyring:
        all_open(keyring, bench.keys)
        assert bench.destroy(keyring).pending == ("cle-usb",)


def test_a_copy_that_differs_is_never_switched_to(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = NewTree._without
    monkeypatch.setattr(NewTree, "_without", lambda tree, kind, content: whole(tree, kind, content)[:-48])
    with bench.opened() as keyring:
        monkeypatch.setattr(NewTree, "verify", _verify_with(whole))
        with pytest.raises(KeyStoreTampered):
            bench.destroy(keyring)
        monkeypatch.undo()
        assert keyring.tree.held_epoch == 1
        assert bench.roots() == {"poste": (1, 2), "cle-usb": (1, 2)}, "the old root is where it was"
        all_open(keyring, bench.keys)
        with keyring.database.writing() as connection:  # and whatever the attempt left is copied anew
            connection.execute(text("UPDATE contents SET sealed = :bad WHERE made_in = 2"), {"bad": bytes(100)})
        assert bench.destroy(keyring).pending == ()
    is_done(bench)


def _verify_with(whole: Any) -> Any:
    """Compare as ever, although the copying loses a key."""
    verify = NewTree.verify

    def compare(tree: NewTree, *arguments: Any, **named: Any) -> None:
        lossy = NewTree._without
        NewTree._without = whole  # type: ignore[method-assign]
        try:
            verify(tree, *arguments, **named)
        finally:
            NewTree._without = lossy  # type: ignore[method-assign]

    return compare


@pytest.mark.parametrize("loses", [True, False], ids=["that loses a key", "that loses none"])
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM contents WHERE ",
        "UPDATE contents SET sealed = :zeros WHERE ",
        "UPDATE buckets SET made_in = 7 WHERE ",
    ],
    ids=["gone", "overwritten", "of another epoch"],
)
def test_a_bucket_of_the_living_tree_that_does_not_open_stops_the_turn(
    bench: Bench, damage: str, *, loses: bool
) -> None:
    one = "kind = 'keys' AND bucket = :number"
    with bench.opened() as keyring:
        with keyring.database.writing() as connection:
            touched = buckets_of(connection, [key_id.bytes for key_id in bench.doomed])
            of = {"number": min(touched if loses else {0, 1, 2} - touched), "zeros": bytes(100)}
            (row,) = connection.execute(text(f"SELECT * FROM contents WHERE {one}"), of)
            connection.execute(text(damage + one), of)
        with pytest.raises(KeyStoreTampered):
            bench.destroy(keyring)
        assert keyring.tree.held_epoch == 1
        assert {epochs and epochs[0] for epochs in bench.roots().values()} == {1}, "the old root is where it was"
        with keyring.database.writing() as connection:
            connection.execute(text(f"DELETE FROM contents WHERE {one}"), of)
            connection.execute(contents.insert(), row._asdict())
            connection.execute(text(f"UPDATE buckets SET made_in = 1 WHERE epoch = 1 AND {one}"), of)
        assert bench.destroy(keyring).pending == ()
    is_done(bench)


def test_a_bucket_that_holds_fewer_keys_than_it_should_stops_the_turn(bench: Bench) -> None:
    with bench.opened() as keyring:
        with keyring.database.writing() as connection:
            untouched = min({0, 1, 2} - buckets_of(connection, [key_id.bytes for key_id in bench.doomed]))
            of = {"number": untouched}
            more = "UPDATE contents SET held = held + 1 WHERE kind = 'keys' AND bucket = :number"
            connection.execute(text(more), of)
        with pytest.raises(KeyStoreTampered):
            bench.destroy(keyring)
        assert {epochs and epochs[0] for epochs in bench.roots().values()} == {1}, "the old root is where it was"


def test_writers_beside_a_turn_lose_nothing(bench: Bench) -> None:
    over = Event()

    def work(number: int) -> tuple[list[UUID], list[tuple[str, ScopeInstance]]]:
        keyring = open_keyring(bench.folder, url=bench.url, holders=bench.holders())
        index = SealedIndex(keyring.tree)
        minted: list[UUID] = []
        filed: list[tuple[str, ScopeInstance]] = []
        while not over.is_set() or len(minted) < 100:
            minted.append(keyring.reserve())
            if len(minted) % 40 == 0:
                filed.append((f"Exemple{number}x{len(minted)}", ScopeInstance(Scope.IDENTITY, uuid4().hex)))
                index.file("subject", filed[-1][0], scope=filed[-1][1])
            keyring.key_set(minted[len(minted) // 2])
        keyring.close()
        return minted, filed

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(work, number) for number in range(3)]
        try:
            with bench.opened() as keyring:
                bench.destroy(keyring)
                for _ in range(4):
                    destruction_in(keyring, bench.folder).rotate(batch=uuid4())
        finally:
            over.set()
        minted, filed = zip(*[each.result() for each in working], strict=True)
    with bench.opened() as keyring:
        keys = [key_id for part in minted for key_id in part]
        assert len(keys) == len(set(keys))
        all_open(keyring, keys)
        index = SealedIndex(keyring.tree)
        assert all(index.find("subject", name) == [scope] for part in filed for name, scope in part)
    is_done(bench)


def test_one_turn_at_a_time(bench: Bench) -> None:
    with bench.opened() as one, bench.opened() as other:
        first = destruction_in(one, bench.folder)
        with first._lock.held(), pytest.raises(RunInProgress):
            bench.destroy(other)
        assert bench.destroy(other).pending == ()


def test_an_old_key_store_opens_nothing_without_the_old_root(bench: Bench, tmp_path: Path, keys_url: str) -> None:
    """In particular, a known name and the living index key confirm nobody who was erased, nor anybody else."""
    if not keys_url.startswith("sqlite"):
        pytest.skip("what is copied here is a file")
    old = tmp_path.with_name("old")
    shutil.copytree(tmp_path, old)
    with bench.opened() as keyring:
        bench.destroy(keyring)
        living = keyring.holders.load(2)
    url = f"sqlite:///{old / 'keys' / 'keys.sqlite3'}"
    attacked = Holders([FileHolder(tmp_path / "attack" / "keys", name="poste")])
    (tmp_path / "attack").mkdir()
    for epoch in (1, 2):  # today's root, under either name
        attacked.keep(epoch, living, among=attacked.names)
    for use in (
        lambda keyring: keyring.key_set(bench.doomed[0]),
        lambda keyring: keyring.key_set(bench.kept[0]),
        lambda keyring: SealedIndex(keyring.tree).find("subject", *ALINE),
    ):
        keyring = open_keyring(old, url=url, holders=attacked)
        with pytest.raises(KeyStoreTampered):
            use(keyring)
        keyring.close()
    control = open_keyring(old, url=url)  # the folder that was copied has the old root too
    control.key_set(bench.doomed[0])
    assert SealedIndex(control.tree).find("subject", *ALINE) == [bench.aline]
    control.close()
    with pytest.raises(RootKeyAbsent):
        bench.holders().load(1)
