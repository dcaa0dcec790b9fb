"""A restore never has the ledger sign two histories under one origin, and never forgets what was signed."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from ledger.aggregates.origin import OriginReason, origin_name, origin_stream
from ledger.backup.failures import EventsWouldBeLost
from ledger.backup.manifest import Part
from ledger.bootstrap import Ledger, open_ledger
from ledger.bootstrap.backing_up import back_up
from ledger.bootstrap.proving import go_on_under_new_origin
from ledger.bootstrap.restoring import Restored, Restorer, restore
from ledger.digests import Digest
from ledger.policies.refusals import OtherRole
from ledger.proof.archive import CheckpointReason, Origin, ProofArchive
from ledger.proof.origins import ArchiveIsCopy, LogContradictsCheckpoint
from ledger.store.setup import on_path
from ledger.store.verification import check_log
from ledger.usecases.proof.origins import DecisionUnexplained
from tests.integration.proof.desk import copied, grow, issue, put_back, reopened
from tests.integration.proof.followers import Follower
from tests.integration.usecases.workbench import Workbench

BOTH = tuple(Part)


def backed_up(bench: Workbench, folder: Path) -> Path:
    back_up(bench.ledger, folder, parts=BOTH)
    return folder


def restored(bench: Workbench, folder: Path) -> Restored:
    bench.ledger.close()
    done = restore(
        bench.ledger.locations.home, folder, who=Restorer("uid:1000"), accept_loss=True, clock=bench.clock
    )  # fmt: skip
    reopened(bench)
    return done


def topics(ledger: Ledger, *, after: int) -> list[str]:
    return [logged.header.topic for logged in ledger.log.each(after=after)]


def opened(bench: Workbench, origin: Origin) -> tuple[str | None, str | None]:
    """Give what the event that opened an origin says in clear: why, and what it goes on from."""
    first = bench.ledger.log.first_of(origin_stream(bench.ledger.settings.ledger_id, origin.number))
    assert first is not None
    return first.header.decision, first.header.follows


def test_a_restore_that_loses_nothing_that_was_signed_goes_on_under_the_same_origin(
    bench: Workbench, tmp_path: Path
) -> None:
    follower = Follower()
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    grow(bench, 3)
    backup = backed_up(bench, tmp_path / "b")
    size = bench.ledger.log.size()
    grow(bench, 2)  # lost, but nobody outside was told of it
    done = restored(bench, backup)
    assert done.origin is None
    assert topics(bench.ledger, after=size) == ["restoration.performed.1"]
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    assert [origin.number for origin in bench.ledger.archive.origins()] == [1]


def test_a_lossy_restore_opens_a_new_origin_that_commits_to_the_last_checkpoint(
    bench: Workbench, tmp_path: Path
) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    size = bench.ledger.log.size()
    grow(bench, 3)
    lost = bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now())
    done = restored(bench, backup)
    ledger_id = bench.ledger.settings.ledger_id
    assert done.origin is not None
    assert (done.origin.name, done.is_signed) == (origin_name(ledger_id, 2), True)
    assert topics(bench.ledger, after=size) == ["origin.opened.1", "restoration.performed.1"]
    assert opened(bench, done.origin) == ("LOG_CAME_BACK", Digest.of(lost.checkpoint.text().encode()))
    first, second = bench.ledger.archive.origins()
    assert (first.number, second.number, second.position) == (1, 2, size + 1)
    signed = bench.ledger.archive.latest()
    assert signed is not None
    assert (signed.checkpoint.origin, signed.checkpoint.size) == (done.origin.name, size + 2)
    assert signed.why is CheckpointReason.ORIGIN
    assert check_log(bench.ledger.database).whole
    assert bench.ledger.issuer.check() is not None


def test_what_a_restore_destroys_again_is_followed_by_a_checkpoint(bench: Workbench, tmp_path: Path) -> None:
    bench.authority()
    procedure = bench.procedure()
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    bench.resolve(procedure)
    done = bench.ledger.retention.run(bench.command(bench.job)).done
    assert done is not None
    assert done.destroyed == 1
    back = restored(bench, backup)
    assert (back.origin, back.keys.redone, back.is_signed) == (None, 1, True)
    signed = bench.ledger.archive.latest()
    assert signed is not None
    assert (signed.why, signed.checkpoint.size) == (CheckpointReason.DESTRUCTION, bench.ledger.log.size())


def test_lists_that_were_ahead_of_the_log_are_made_again(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    grow(bench, 5)
    ahead = bench.ledger.current_views()
    assert ahead is not None
    issue(bench)
    restored(bench, backup)
    bench.ledger.current_views()
    assert {status.lag for status in bench.ledger.runner.status()} == {0}
    assert not any(status.outdated or status.parked for status in bench.ledger.runner.status())


def test_each_lossy_restore_opens_another_origin(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    origins = []
    for _ in range(3):
        grow(bench)
        issue(bench)
        done = restored(bench, backup)
        assert done.origin is not None
        origins.append(done.origin)
    assert [origin.number for origin in origins] == [2, 3, 4]
    assert len({origin.follows for origin in origins}) == 3, "each goes on from the last checkpoint of the one before"


def test_where_the_archive_is_lost_the_copy_of_the_backup_comes_and_is_not_trusted(
    bench: Workbench, tmp_path: Path
) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    known = bench.ledger.archive.latest()
    bench.ledger.archive.path.unlink()
    done = restored(bench, backup)
    assert known is not None
    assert done.origin is not None
    assert done.origin.name == origin_name(bench.ledger.settings.ledger_id, 20260609080000)
    assert opened(bench, done.origin) == ("ARCHIVE_CAME_BACK", Digest.of(known.checkpoint.text().encode()))
    assert not bench.ledger.archive.standing().is_copy
    assert bench.ledger.archive.all()[0] == known


def test_a_total_loss_opens_an_origin_whose_name_nobody_can_have_used(bench: Workbench, tmp_path: Path) -> None:
    backup = backed_up(bench, tmp_path / "b")  # of before anything was signed
    grow(bench)
    issue(bench)
    roots = [path for path in bench.ledger.locations.keys_folder.iterdir() if path.name.startswith("root")]
    for path in roots:
        shutil.copy(path, tmp_path)
    bench.ledger.close()
    home = bench.ledger.locations.home
    if bench.ledger.database.dialect == "postgresql":
        with bench.ledger.database.reading() as rows:
            rows.run(f"DROP SCHEMA {bench.ledger.database.schema} CASCADE")
        bench.ledger.close()
    shutil.rmtree(home)
    (home / "keys").mkdir(parents=True, mode=0o700)
    for path in roots:
        shutil.copy(tmp_path / path.name, home / "keys")
    bench.later(hours=1)
    done = restored(bench, backup)
    assert done.origin is not None
    assert (done.origin.number, done.origin.follows) == (20260609090000, None)
    assert issue(bench) == bench.ledger.log.size()


def test_an_archive_that_is_damaged_is_set_aside(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    bench.ledger.archive.path.write_bytes(b"x" * 5000)
    assert restored(bench, backup).origin is not None
    assert (bench.ledger.locations.keys_folder / "proof.damaged.sqlite3").read_bytes() == b"x" * 5000
    assert len(bench.ledger.archive.all()) == 2


def test_the_newer_archive_is_never_replaced_by_that_of_a_backup(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    grow(bench)
    issue(bench)
    before = bench.ledger.archive.all()
    restored(bench, backup)
    assert bench.ledger.archive.all()[: len(before)] == before


def test_what_only_signing_recorded_is_nobodys_loss(bench: Workbench, tmp_path: Path) -> None:
    backup = backed_up(bench, tmp_path / "b")
    issue(bench)
    assert topics(bench.ledger, after=bench.ledger.log.size() - 1) == ["origin.opened.1"]
    bench.ledger.close()
    home = bench.ledger.locations.home
    done = restore(home, backup, who=Restorer("uid:1000"), accept_loss=False, clock=bench.clock)
    assert done.origin is not None
    reopened(bench)
    grow(bench)
    bench.ledger.close()
    with pytest.raises(EventsWouldBeLost):
        restore(home, backup, who=Restorer("uid:1000"), accept_loss=False, clock=bench.clock)
    reopened(bench)


def test_a_restore_that_is_cut_short_leaves_the_ledger_in_place_signing_on(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = Follower()
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    grow(bench)
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    with monkeypatch.context() as patched:
        patched.setattr("ledger.bootstrap.restoring.record", _stop)
        with pytest.raises(KeyboardInterrupt):
            restored(bench, backup)
    reopened(bench)
    grow(bench)
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    done = restored(bench, backup)
    assert done.origin is not None
    follower.follow(bench.ledger, bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now()))
    names = [signed.checkpoint.origin for signed in bench.ledger.archive.all()]
    assert names == sorted(names)
    assert check_log(bench.ledger.database).whole


def _stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_backup_of_an_older_version_of_the_tables_comes_back(bench: Workbench, tmp_path: Path) -> None:
    grow(bench, 300)
    with bench.ledger.database.writing() as (rows, _), on_path(rows, "migrate"):
        rows.run("DROP TABLE tree_nodes")
        rows.run("UPDATE store_format SET version = 2")
    with pytest.MonkeyPatch.context() as older:
        older.setattr("ledger.backup.taking.lay_tables", _lay_the_older_ones)
        older.setattr("ledger.backup.taking.lay_triggers", lambda _: None)
        backup = backed_up(bench, tmp_path / "b")
    done = restored(bench, backup)
    assert done.origin is None
    with bench.ledger.tree.held() as state:
        assert len(state.hashes(8, 0, 256)) == 1
    assert issue(bench) == bench.ledger.log.size()


def _lay_the_older_ones(rows: object) -> None:
    from ledger.store.engine import Rows
    from ledger.store.setup import lay_tables

    assert isinstance(rows, Rows)
    lay_tables(rows)
    rows.run("DROP TABLE tree_nodes")


def test_whoever_decides_can_go_on_after_a_file_was_put_back(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    old = copied(bench, tmp_path)
    grow(bench)
    lost = bench.ledger.issuer.issue(CheckpointReason.DEMAND, at=bench.clock.now())
    bench.ledger.current_views()
    put_back(bench, old)
    assert any(status.outdated for status in bench.ledger.runner.status()), "the lists are ahead of the log"
    with pytest.raises(LogContradictsCheckpoint):
        issue(bench)
    with pytest.raises(DecisionUnexplained):
        go_on_under_new_origin(bench.ledger, bench.command(bench.delegate), why="  ")
    with pytest.raises(OtherRole):
        go_on_under_new_origin(bench.ledger, bench.command(bench.agent), why="essai")
    command = bench.command(bench.delegate)
    signed, repeated = go_on_under_new_origin(bench.ledger, command, why="fichier remis en place")
    assert (signed.checkpoint.origin[-3:], repeated) == ("/e2", False)
    second = bench.ledger.archive.origins()[-1]
    assert second.reason is OriginReason.LOG_CAME_BACK
    assert opened(bench, second)[1] == Digest.of(lost.checkpoint.text().encode())
    bench.ledger.current_views()
    assert not any(status.outdated or status.lag for status in bench.ledger.runner.status())
    again, repeated = go_on_under_new_origin(bench.ledger, command, why="fichier remis en place")
    assert (again, repeated) == (signed, True)
    grow(bench)
    assert issue(bench) == bench.ledger.log.size()


def test_a_copy_that_somebody_put_in_place_is_not_signed_with(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    backup = backed_up(bench, tmp_path / "b")
    shutil.copy(backup / "events" / "proof.sqlite3", bench.ledger.archive.path)
    with pytest.raises(ArchiveIsCopy):
        issue(bench)
    signed, _ = go_on_under_new_origin(bench.ledger, bench.command(bench.delegate), why="copie remise")
    assert signed.checkpoint.origin.endswith("/e20260609080000")


def test_a_backup_holds_all_that_its_copy_of_the_archive_says_was_signed(bench: Workbench, tmp_path: Path) -> None:
    issue(bench)
    grow(bench)
    backup = backed_up(bench, tmp_path / "b")
    copy = ProofArchive(backup / "events" / "proof.sqlite3")
    with closing(open_ledger(bench.ledger.locations.home, clock=bench.clock)) as ledger:
        assert copy.all() == ledger.archive.all()
    assert copy.standing().is_copy
