"""A backup is whole, of one moment, for its owner only, and without the root key; what is not whole is no backup."""

from __future__ import annotations

import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Event, Thread

import pytest

from ledger.backup.failures import (
    BackupAltered,
    BackupFolderInUse,
    BackupFolderUnusable,
    BackupInProgress,
    BackupOfBrokenLog,
    ForeignBackup,
)
from ledger.backup.manifest import Part, checked
from ledger.backup.places import UNFINISHED, unfinished
from ledger.bootstrap import open_ledger
from ledger.bootstrap.backing_up import back_up
from ledger.errors import LedgerError
from ledger.identifiers import new_id
from ledger.store.engine import Database
from ledger.store.verification import check_log
from tests.integration.usecases.workbench import Workbench

BOTH = tuple(Part)


def test_a_backup_holds_all_tables_and_no_root_key(bench: Workbench, tmp_path: Path) -> None:
    bench.procedure()
    events, keys = back_up(bench.ledger, tmp_path / "backup", parts=BOTH)
    head = bench.ledger.log.head()
    assert (events.size, events.root) == (head.size, head.root().hex())
    assert keys.epoch == 1
    assert sorted(events.files or {}) == ["events.sqlite3", "ledger.toml", "proof.sqlite3"]
    assert sorted(keys.files or {}) == ["keys.sqlite3", "signing.key"]
    root = (bench.ledger.locations.keys_folder / "root-1.key").read_bytes()
    assert not [path for path in (tmp_path / "backup").rglob("*") if path.is_file() and root in path.read_bytes()]
    with closing(Database(f"sqlite:///{tmp_path / 'backup' / 'events' / 'events.sqlite3'}")) as copy:
        assert check_log(copy).whole
        with copy.reading() as rows:
            assert rows.one("PRAGMA integrity_check") == ("ok",)


def test_everything_in_a_backup_is_for_its_owner_only(bench: Workbench, tmp_path: Path) -> None:
    back_up(bench.ledger, tmp_path / "backup", parts=BOTH)
    open_to_others = [path for path in (tmp_path / "backup").rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


def test_either_part_can_be_copied_alone(bench: Workbench, tmp_path: Path) -> None:
    for part in Part:
        back_up(bench.ledger, tmp_path / part, parts=[part])
        assert [path.name for path in (tmp_path / part).iterdir()] == [part]
        assert checked(tmp_path / part / part, part, ledger_id=bench.ledger.settings.ledger_id).holds is part


def test_a_backup_is_of_one_moment_while_others_write(bench: Workbench, tmp_path: Path) -> None:
    over, written = Event(), []

    def write() -> None:
        with closing(open_ledger(bench.ledger.locations.home, clock=bench.clock)) as other:
            desk = Workbench(other, bench.clock, bench.delegate, bench.house, bench.agent, bench.job)
            subject = desk.person()
            while not over.is_set():
                written.append(desk.procedure(subject))

    writer = Thread(target=write)
    writer.start()
    try:
        taken = [back_up(bench.ledger, tmp_path / str(number), parts=BOTH)[0] for number in range(5)]
    finally:
        over.set()
        writer.join()
    assert written
    assert len({manifest.size for manifest in taken}) > 1
    for number, manifest in enumerate(taken):
        with closing(Database(f"sqlite:///{tmp_path / str(number) / 'events' / 'events.sqlite3'}")) as copy:
            check = check_log(copy)
            with copy.reading() as rows:
                claimed = {bytes(key) for (key,) in rows.all("SELECT key_id FROM key_claims")}
        assert (check.whole, check.size, check.root.hex()) == (True, manifest.size, manifest.root)
        with closing(sqlite3.connect(tmp_path / str(number) / "keys" / "keys.sqlite3")) as keys:
            assert claimed <= {key for (key,) in keys.execute("SELECT key_id FROM keys")}


def test_nothing_is_written_into_a_folder_that_holds_something(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    with pytest.raises(BackupFolderInUse):
        back_up(bench.ledger, tmp_path / "full", parts=BOTH)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]
    back_up(bench.ledger, tmp_path / "backup", parts=BOTH)
    with pytest.raises(BackupFolderInUse):
        back_up(bench.ledger, tmp_path / "backup", parts=BOTH)


@pytest.mark.parametrize("place", ["nowhere/backup", "file"])
def test_a_folder_that_can_not_be_made_is_told(bench: Workbench, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupFolderUnusable):
        back_up(bench.ledger, tmp_path / place, parts=BOTH)


def test_two_backups_into_one_folder_do_not_meet(bench: Workbench, tmp_path: Path) -> None:
    with unfinished(tmp_path / "backup", []), pytest.raises(BackupInProgress):
        back_up(bench.ledger, tmp_path / "backup", parts=BOTH)


def test_what_a_killed_backup_left_is_cleared_away_and_a_new_one_made(bench: Workbench, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    (folder / UNFINISHED / "keys").mkdir(parents=True)
    (folder / "events").mkdir()
    (folder / "events" / "events.sqlite3").write_text("of the one that was killed between its two renames")
    back_up(bench.ledger, folder, parts=BOTH)
    assert sorted(path.name for path in folder.iterdir()) == ["events", "keys"]
    checked(folder / "events", Part.EVENTS, ledger_id=None)


def test_a_record_that_was_altered_gives_no_backup(bench: Workbench, tmp_path: Path) -> None:
    bench.person()
    with bench.ledger.database.reading() as rows:
        if rows.dialect == "sqlite":
            rows.run("DROP TRIGGER events_update")
        else:
            rows.run("DROP TRIGGER events_update ON events")
        rows.run("UPDATE events SET topic = 'other.1' WHERE position = 2")
    with pytest.raises(BackupOfBrokenLog):
        back_up(bench.ledger, tmp_path / "backup", parts=BOTH)
    assert not (tmp_path / "backup").exists()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [_flip, Path.unlink, lambda path: path.with_name("more").touch()])
def test_a_backup_that_was_altered_is_known(bench: Workbench, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    back_up(bench.ledger, tmp_path / "backup", parts=BOTH)
    for part in Part:
        harm(tmp_path / "backup" / part / part.database_file)
        with pytest.raises(BackupAltered):
            checked(tmp_path / "backup" / part, part, ledger_id=None)


def test_another_ledgers_backup_is_known(bench: Workbench, tmp_path: Path) -> None:
    back_up(bench.ledger, tmp_path / "backup", parts=BOTH)
    with pytest.raises(ForeignBackup):
        checked(tmp_path / "backup" / "events", Part.EVENTS, ledger_id=new_id())


def test_a_full_disk_leaves_no_backup(bench: Workbench, tmp_path: Path) -> None:
    bench.procedure()
    process = get_context("spawn")
    for room in (0, 2_000, 60_000, 200_000):
        here, there = process.Pipe()
        job = process.Process(target=_back_up_small, args=(bench.ledger.locations.home, tmp_path / "b", room, there))
        job.start()
        code = here.recv() if here.poll(60) else None
        job.join()
        assert code == (8 if room < 200_000 else 0)
        assert (tmp_path / "b").exists() is (room == 200_000)


def _back_up_small(home: Path, folder: Path, room: int, told: Connection) -> None:
    ledger = open_ledger(home)
    ledger.log.size()
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        back_up(ledger, folder, parts=BOTH)
        told.send(0)
    except LedgerError as failure:
        told.send(int(failure.exit_code))
