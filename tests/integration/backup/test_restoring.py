"""A restore brings back what was recorded, and nothing that was destroyed; what it loses it says."""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Thread
from uuid import UUID

import psycopg
import pytest

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.procedure import Procedure
from ledger.aggregates.restoration import Completeness, KeysUsed, Restoration, RestoredBy
from ledger.backup.failures import (
    BackupAbsent,
    BackupAltered,
    BackupKeysMissing,
    BackupKeysTooOld,
    EventsWouldBeLost,
    ForeignBackup,
    RestoreInProgress,
)
from ledger.backup.manifest import Part
from ledger.bootstrap import Ledger, open_ledger
from ledger.bootstrap.backing_up import back_up
from ledger.bootstrap.restoring import Restored, Restorer, restore
from ledger.bootstrap.retaining import lock_of
from ledger.clock import SystemClock
from ledger.errors import Conflict, LedgerError
from ledger.identifiers import new_id
from ledger.personal import Erased
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.store.engine import Database
from ledger.store.failures import LedgerBusy
from ledger.store.verification import check_log
from ledger.usecases.agent.acting import NotEnrolled
from ledger.usecases.loss.record import losses
from ledger.usecases.subject.register import PersonTyped
from tests.integration.usecases.workbench import ALINE, Workbench, make_workbench

BOTH = tuple(Part)
DELEGATE = Restorer("uid:1000")


def named(given_name: str) -> PersonTyped:
    return replace(ALINE, given_name=given_name)


def _restored(bench: Workbench, folder: Path, *, who: Restorer = DELEGATE, accept_loss: bool = False) -> Restored:
    return restore(bench.ledger.locations.home, folder, who=who, accept_loss=accept_loss, clock=bench.clock)


def _reopened(bench: Workbench) -> Workbench:
    """Go on with the ledger as a new process would."""
    bench.ledger.close()
    bench.ledger = open_ledger(bench.ledger.locations.home, clock=bench.clock)
    return bench


def _topics(ledger: Ledger, *, after: int = 0) -> list[str]:
    return [logged.header.topic for logged in ledger.log.each(after=after)]


def _value(bench: Workbench, procedure: UUID) -> object:
    """Open the one value that a procedure keeps, whatever the gate would say."""
    (kept,) = bench.desk.streams.load(Procedure, procedure).values
    return bench.desk.boxes.open(kept.value)


def _wreck_events(bench: Workbench) -> None:
    """Lose the event database."""
    bench.ledger.close()
    if bench.ledger.database.dialect == "sqlite":
        for path in bench.ledger.locations.home.glob("events.sqlite3*"):
            path.unlink()
    else:
        _drop(bench, bench.ledger.database.schema or "")


def _wreck_keys(bench: Workbench) -> None:
    """Lose the key store; the root key stays."""
    bench.ledger.close()
    for path in bench.ledger.locations.keys_folder.glob("keys.sqlite3*"):
        path.unlink()


def _drop(bench: Workbench, schema: str) -> None:
    url = bench.ledger.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


def _destroyed(bench: Workbench, procedure: UUID) -> None:
    bench.resolve(procedure)
    done = bench.ledger.retention.run(bench.command(bench.job)).done
    assert done is not None
    assert done.destroyed == 1


def test_a_lost_ledger_comes_back_as_it_was(bench: Workbench, tmp_path: Path) -> None:
    procedure = bench.procedure()
    size, root = bench.ledger.log.size(), bench.ledger.log.head().root().hex()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    _wreck_events(bench)
    done = _restored(bench, tmp_path / "b")
    assert (done.backup.size, done.backup.root, done.replaced) == (size, root, None)
    assert (done.keys.used, done.keys.lost, done.by) == (KeysUsed.IN_PLACE, 0, RestoredBy.DELEGATE)
    _reopened(bench)
    assert check_log(bench.ledger.database).whole
    assert _topics(bench.ledger, after=size) == ["restoration.performed.1"]
    assert _value(bench, procedure) == "AB-123-CD"
    bench.procedure(new_id())


def test_a_restore_on_a_new_machine_brings_settings_and_keys_but_needs_the_root(
    bench: Workbench, tmp_path: Path, backend: str
) -> None:
    procedure = bench.procedure()
    (bench.ledger.locations.home / "law").mkdir()
    shipped = Path(__file__).parents[3] / "ledger" / "rules" / "data" / "partners.toml"
    shutil.copy(shipped, bench.ledger.locations.home / "law" / "partners.toml")
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    root = (bench.ledger.locations.keys_folder / "root-1.key").read_bytes()
    _wreck_events(bench)
    home = bench.ledger.locations.home
    shutil.rmtree(home)
    with pytest.raises(BackupKeysTooOld):
        _restored(bench, tmp_path / "b")
    assert not (home / "ledger.toml").exists()
    (home / "keys" / "root-1.key").write_bytes(root)
    (home / "keys" / "root-1.key").chmod(0o600)
    done = _restored(bench, tmp_path / "b", who=Restorer("uid:77", owns_ledger=True))
    assert (done.keys.used, done.by) == (KeysUsed.BACKUP, RestoredBy.OPERATOR)
    _reopened(bench)
    assert _value(bench, procedure) == "AB-123-CD"
    assert (home / "law" / "partners.toml").exists()
    assert bench.ledger.signer.verifier_key()
    assert not [path for path in home.rglob("*") if path.stat().st_mode & 0o077 and path.suffix != ".toml"]


def test_what_was_destroyed_since_the_backup_stays_destroyed_and_is_recorded_once(
    bench: Workbench, tmp_path: Path
) -> None:
    bench.authority()
    subject = bench.person()
    gone, before, living = (bench.procedure(subject) for _ in range(3))
    _destroyed(bench, before)
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    size = bench.ledger.log.size()
    _destroyed(bench, gone)
    done = _restored(bench, tmp_path / "b", accept_loss=True)
    assert done.keys.redone == 1
    _reopened(bench)
    topics = _topics(bench.ledger)
    assert topics.count("destruction.completed.1") == topics.count("destruction.fenced.1") == 2
    assert topics[size] == "restoration.performed.1"
    assert isinstance(_value(bench, gone), Erased)
    assert isinstance(_value(bench, before), Erased)
    assert _value(bench, living) == "AB-123-CD"
    assert check_log(bench.ledger.database).whole
    _destroyed(bench, living)
    assert check_log(bench.ledger.database).whole


def test_a_destruction_that_was_fenced_when_the_backup_was_taken_is_completed(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.authority()
    procedure = bench.procedure()
    bench.resolve(procedure)
    runner = bench.ledger.retention

    def back_up_then_destroy(*arguments: object, **more: object) -> object:
        back_up(bench.ledger, tmp_path / "b", parts=BOTH)
        return destroy(*arguments, **more)

    destroy: Callable[..., object] = runner._keys.destroy_all
    monkeypatch.setattr(runner._keys, "destroy_all", back_up_then_destroy)
    runner.run(bench.command(bench.job))
    done = _restored(bench, tmp_path / "b", accept_loss=True)
    assert done.keys.redone == 1
    _reopened(bench)
    topics = _topics(bench.ledger)
    assert topics.count("destruction.completed.1") == topics.count("destruction.fenced.1") == 1
    assert isinstance(_value(bench, procedure), Erased)
    assert check_log(bench.ledger.database).whole


def test_a_restore_that_would_lose_what_people_recorded_says_where_and_waits_for_a_word(
    bench: Workbench, tmp_path: Path
) -> None:
    bench.person()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    size = bench.ledger.log.size()
    bench.procedure(bench.person(named("Berthe")))
    end = bench.ledger.log.size()
    with pytest.raises(EventsWouldBeLost) as refused:
        _restored(bench, tmp_path / "b")
    assert refused.value.details == {"first": size + 1, "last": end}
    assert _reopened(bench).ledger.log.size() == end
    done = _restored(bench, tmp_path / "b", accept_loss=True)
    assert done.replaced is not None
    assert (done.replaced.lost[0], done.replaced.lost[-1]) == (size + 1, end)
    (restoration,) = _reopened(bench).desk.streams.linked(REGISTER, LinkKind.RESTORATION)
    assert bench.desk.streams.load(Restoration, restoration).completeness is Completeness.LOSSY


def test_a_restore_of_all_that_there_is_loses_nothing_and_can_be_repeated(bench: Workbench, tmp_path: Path) -> None:
    bench.person()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    size = bench.ledger.log.size()
    for _ in range(2):
        assert _restored(bench, tmp_path / "b").keys.redone == 0
        assert _topics(_reopened(bench).ledger, after=size) == ["restoration.performed.1"]


def test_lost_keys_are_told_from_destroyed_ones(bench: Workbench, tmp_path: Path) -> None:
    bench.authority()
    subject = bench.person()
    back_up(bench.ledger, tmp_path / "keys", parts=[Part.KEYS])
    bench.later(days=40)  # another month, and so another key of the agent's
    for _ in range(150):
        procedure = bench.procedure(subject)
    back_up(bench.ledger, tmp_path / "b", parts=[Part.EVENTS])
    _wreck_keys(bench)
    with pytest.raises(BackupKeysMissing):
        _restored(bench, tmp_path / "b")
    (tmp_path / "keys" / "keys").rename(tmp_path / "b" / "keys")
    done = _restored(bench, tmp_path / "b")
    assert done.keys.lost > 0
    assert len(done.keys.some_lost) == min(done.keys.lost, 200)
    _reopened(bench)
    with pytest.raises(LedgerError) as lost:
        _value(bench, procedure)
    assert lost.value.code == "KEY_UNKNOWN"
    assert len(losses(bench.desk)) == 1, "which opens the duty to qualify a breach of availability"
    back_up(bench.ledger, tmp_path / "after", parts=list(Part))
    _restored(bench, tmp_path / "after")
    _reopened(bench)
    assert len(losses(bench.desk)) == 1, "what the restored record tells already is not told again"
    assert check_log(bench.ledger.database).whole
    bench.procedure(subject)  # the stock gives out no key that the events claim


def test_an_old_key_store_is_refused_by_design(bench: Workbench, tmp_path: Path) -> None:
    bench.authority()
    procedure = bench.procedure()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    _destroyed(bench, procedure)
    _wreck_keys(bench)
    with pytest.raises(BackupKeysTooOld):
        _restored(bench, tmp_path / "b", accept_loss=True)


def test_the_newest_keys_are_used_whatever_the_backup_holds(bench: Workbench, tmp_path: Path) -> None:
    bench.authority()
    procedure = bench.procedure()
    back_up(bench.ledger, tmp_path / "old", parts=BOTH)
    _destroyed(bench, procedure)
    back_up(bench.ledger, tmp_path / "new", parts=[Part.KEYS])
    shutil.copytree(tmp_path / "old" / "events", tmp_path / "new" / "events")
    _wreck_keys(bench)
    done = _restored(bench, tmp_path / "new", accept_loss=True)
    assert (done.keys.used, done.keys.epoch, done.keys.redone) == (KeysUsed.BACKUP, 2, 1)
    assert isinstance(_value(_reopened(bench), procedure), Erased)


def test_who_does_not_decide_does_not_restore(bench: Workbench, tmp_path: Path) -> None:
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    size = bench.ledger.log.size()
    with pytest.raises(RefusedByRule):
        _restored(bench, tmp_path / "b", who=Restorer("uid:77", acting_as=bench.agent.hex))
    with pytest.raises(NotEnrolled):
        _restored(bench, tmp_path / "b", who=Restorer("uid:77"))
    assert _reopened(bench).ledger.log.size() == size


def test_a_bad_backup_touches_nothing(bench: Workbench, tmp_path: Path) -> None:
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    before = bench.ledger.log.head()
    with pytest.raises(BackupAbsent):
        _restored(bench, tmp_path / "nowhere")
    other = make_workbench(tmp_path / "other")
    back_up(other.ledger, tmp_path / "o", parts=BOTH)
    other.close()
    with pytest.raises(ForeignBackup):
        _restored(bench, tmp_path / "o")
    path = tmp_path / "b" / "events" / "events.sqlite3"
    path.write_bytes(path.read_bytes()[:-4096])
    with pytest.raises(BackupAltered):
        _restored(bench, tmp_path / "b")
    assert _reopened(bench).ledger.log.head() == before


def test_two_restores_do_not_meet(bench: Workbench, tmp_path: Path) -> None:
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    with lock_of(bench.ledger, "retention").held(), pytest.raises(RestoreInProgress):
        _restored(bench, tmp_path / "b")


def test_lists_are_made_again_from_the_restored_events(bench: Workbench, tmp_path: Path) -> None:
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    bench.procedure()
    bench.ledger.runner.catch_up()
    _restored(bench, tmp_path / "b", accept_loss=True)
    _reopened(bench).ledger.runner.catch_up()
    assert {status.lag for status in bench.ledger.runner.status()} == {0}
    assert not [status for status in bench.ledger.runner.status() if status.outdated]


def test_a_process_that_has_the_ledger_open_goes_on_with_the_restored_one(bench: Workbench, tmp_path: Path) -> None:
    bench.person()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    size = bench.ledger.log.size()
    lost = bench.procedure(bench.person(named("Berthe")))
    _restored(bench, tmp_path / "b", accept_loss=True)
    assert bench.ledger.log.size() == size + 1
    with pytest.raises(LedgerError):
        bench.desk.streams.load(Procedure, lost)
    with closing(open_ledger(bench.ledger.locations.home, clock=bench.clock)) as other:
        assert other.log.size() == bench.ledger.log.size()


def test_writers_at_work_are_locked_out_and_lose_nothing_that_they_were_told_of(
    bench: Workbench, tmp_path: Path
) -> None:
    """What was acknowledged before the lock is within the positions told as lost, what after it stands in the log."""
    subject = bench.person()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    home, over, told = bench.ledger.locations.home, [False], list[UUID]()

    def write() -> None:
        while not over[0]:
            with closing(open_ledger(home, clock=bench.clock)) as other:
                desk = Workbench(other, bench.clock, bench.delegate, bench.house, bench.agent, bench.job)
                try:
                    told.append(desk.procedure(subject))
                except (Conflict, LedgerBusy):
                    continue

    writer = Thread(target=write)
    writer.start()
    try:
        while len(told) < 3:
            assert writer.is_alive()
        done = _restored(bench, tmp_path / "b", accept_loss=True)
        after = len(told)
        while len(told) < after + 3:
            assert writer.is_alive()
    finally:
        over[0] = True
        writer.join()
    _reopened(bench)
    assert check_log(bench.ledger.database).whole
    standing = {logged.header.stream for logged in bench.ledger.log.each()}
    kept = [procedure for procedure in told if procedure in standing]
    assert kept == told[len(told) - len(kept) :]
    assert done.replaced is not None
    assert len(done.replaced.lost) >= len(told) - len(kept)
    assert len(kept) >= 3


def test_a_damaged_file_is_set_aside_and_replaced(tmp_path: Path) -> None:
    bench = make_workbench(tmp_path / "ledger")
    procedure = bench.procedure()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    bench.ledger.close()
    path = bench.ledger.locations.home / "events.sqlite3"
    path.write_bytes(b"\0" * 50_000)
    done = _restored(bench, tmp_path / "b")
    assert done.replaced is None
    assert _value(_reopened(bench), procedure) == "AB-123-CD"
    assert path.with_name("events.damaged.sqlite3").stat().st_size == 50_000
    bench.close()


def test_a_backup_of_a_file_is_restored_on_a_server(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_workbench(tmp_path / "ledger")
    procedure = bench.procedure()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    bench.ledger.close()
    monkeypatch.setenv("LEDGER_DATABASE_URL", postgres_url)
    monkeypatch.setenv("LEDGER_KEYS_URL", postgres_url)
    done = _restored(bench, tmp_path / "b")
    assert done.keys.used is KeysUsed.BACKUP
    assert _value(_reopened(bench), procedure) == "AB-123-CD"
    assert isinstance(bench.ledger.database, Database)
    assert bench.ledger.database.dialect == "postgresql"
    bench.procedure(new_id())
    bench.enrol("Berthe Nouvelle", Role.AGENT)
    bench.close()


def test_a_full_disk_stops_a_restore_and_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    bench = make_workbench(tmp_path / "ledger")
    bench.procedure()
    back_up(bench.ledger, tmp_path / "b", parts=BOTH)
    before = bench.ledger.log.head()
    bench.ledger.close()
    codes, home = [], bench.ledger.locations.home
    keys = (home / "keys" / "keys.sqlite3").stat().st_ino
    for room in (0, 2_000, 30_000, 100_000, 130_000, 1_000_000):
        here, there = get_context("spawn").Pipe()
        job = get_context("spawn").Process(target=_restore_small, args=(home, tmp_path / "b", room, there))
        job.start()
        codes.append(here.recv() if here.poll(60) else None)
        job.join()
        with closing(open_ledger(home, clock=bench.clock)) as ledger:
            assert check_log(ledger.database).whole
            assert codes[-1] == 0 or ledger.log.head() == before
        assert not [path for path in home.rglob("*") if "restoring" in path.name]
    assert codes[0] == 8
    assert codes[-1] == 0
    assert set(codes) == {0, 8}
    assert (home / "keys" / "keys.sqlite3").stat().st_ino == keys, "keys that can't be reached just now are not gone"


def _restore_small(home: Path, folder: Path, room: int, told: Connection) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        restore(home, folder, who=DELEGATE, accept_loss=False, clock=SystemClock())
        told.send(0)
    except LedgerError as failure:
        told.send(int(failure.exit_code))
