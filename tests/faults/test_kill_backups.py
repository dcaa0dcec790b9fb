"""
Backups and restores that are killed at any point: what is half done counts for nothing, and a second try ends right.

Each runs in a process of its own that SIGKILL ends just before, or just after, one of its steps.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ledger.aggregates.procedure import Procedure
from ledger.backup.failures import BackupAbsent
from ledger.backup.manifest import Part, checked
from ledger.backup.places import UNFINISHED
from ledger.bootstrap import open_ledger
from ledger.bootstrap.backing_up import back_up
from ledger.bootstrap.restoring import Restorer, restore
from ledger.clock import SystemClock
from ledger.personal import Erased
from ledger.store.verification import check_log
from tests.integration.usecases.conftest import bench
from tests.integration.usecases.workbench import Workbench

__all__ = ["bench"]

BACKUP_STEPS = (
    "ledger.backup.taking:lay_tables",
    "ledger.backup.taking:copy_tables",
    "ledger.backup.taking:check_log",
    "ledger.backup.taking:finish",
    "ledger.backup.places:_put_in_place",
    "pathlib:Path.rename",
)
RESTORE_STEPS = (
    "ledger.bootstrap.restoring:load_keys",
    "ledger.bootstrap.restoring:_replace_keys",
    "ledger.bootstrap.restoring:load_events",
    "ledger.bootstrap.restoring:_archive_in_place",
    "ledger.bootstrap.restoring:begin_again",
    "ledger.bootstrap.restoring:record",
    "ledger.bootstrap.restoring:destroy_again",
    "ledger.backup.replacing:FilePlace.exchange",
    "ledger.backup.replacing:_HeldFile.swap",
    "ledger.backup.replacing:SchemaPlace.exchange",
    "ledger.backup.replacing:_HeldSchema.swap",
    "ledger.bootstrap.restoring:_drop_views",
    "ledger.bootstrap.restoring:_put_settings",
    "ledger.bootstrap.restoring:sign_restored",
)
MOMENTS = ("before", "after")


def _deadly(step: str, moment: str) -> None:
    """Have this process end when it comes to a step."""
    module, _, path = step.partition(":")
    owner: Any = import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    real: Callable[..., Any] = getattr(owner, name)

    def step_and_die(*arguments: Any, **more: Any) -> None:
        if moment == "after":
            real(*arguments, **more)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, step_and_die)


def _back_up(home: Path, folder: Path, step: str, moment: str) -> None:
    ledger = open_ledger(home)
    _deadly(step, moment)
    back_up(ledger, folder, parts=tuple(Part))


def _restore(home: Path, folder: Path, step: str, moment: str) -> None:
    _deadly(step, moment)
    restore(home, folder, who=Restorer("uid:1000"), accept_loss=True, clock=SystemClock())


def _killed(job: Callable[..., None], *arguments: object) -> bool:
    """Run something in a process of its own; say whether it was killed, and did not end by itself."""
    process = get_context("spawn").Process(target=job, args=arguments)
    process.start()
    process.join(120)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def test_a_backup_that_is_killed_is_none_and_the_next_one_is_whole(bench: Workbench, tmp_path: Path) -> None:
    bench.procedure()
    home, ledger_id = bench.ledger.locations.home, bench.ledger.settings.ledger_id
    for number, step in enumerate(BACKUP_STEPS):
        for moment in MOMENTS:
            folder = tmp_path / f"{number}{moment}"
            assert _killed(_back_up, home, folder, step, moment), (step, moment)
            if not (folder / UNFINISHED).exists():
                assert (step, moment) == ("ledger.backup.places:_put_in_place", "after"), "and it was whole by then"
            else:
                back_up(bench.ledger, folder, parts=tuple(Part))
            assert sorted(each.name for each in folder.iterdir()) == ["events", "keys"]
            for part in Part:
                checked(folder / part, part, ledger_id=ledger_id)


def test_what_a_killed_backup_leaves_is_not_restored(bench: Workbench, tmp_path: Path) -> None:
    home = bench.ledger.locations.home
    assert _killed(_back_up, home, tmp_path / "b", "ledger.backup.places:_put_in_place", "before")
    with pytest.raises(BackupAbsent):
        restore(home, tmp_path / "b", who=Restorer("uid:1000"), accept_loss=True, clock=bench.clock)


@pytest.mark.parametrize("lost", [False, True], ids=["events-in-place", "all-lost"])
def test_a_restore_that_is_killed_is_done_again_and_ends_right(bench: Workbench, tmp_path: Path, lost: bool) -> None:
    bench.authority()
    subject = bench.person()
    gone, living = bench.procedure(subject), bench.procedure(subject)
    back_up(bench.ledger, tmp_path / "b", parts=[Part.EVENTS])
    size = bench.ledger.log.size()
    bench.resolve(gone)
    bench.ledger.retention.run(bench.command(bench.job))
    back_up(bench.ledger, tmp_path / "keys", parts=[Part.KEYS])
    (tmp_path / "keys" / "keys").rename(tmp_path / "b" / "keys")
    bench.ledger.close()
    home, killed = bench.ledger.locations.home, 0
    settings = (home / "ledger.toml").read_bytes()
    for step in RESTORE_STEPS:
        for moment in MOMENTS:
            if lost:
                _lose(bench, home)
            killed += _killed(_restore, home, tmp_path / "b", step, moment)
            restore(home, tmp_path / "b", who=Restorer("uid:1000"), accept_loss=True, clock=SystemClock())
            assert (home / "ledger.toml").read_bytes() == settings
            bench.ledger = open_ledger(home, clock=bench.clock)
            _ended_right(bench, gone, living, size=size, lost=lost)
            bench.ledger.close()
    assert killed >= 12


def _lose(bench: Workbench, home: Path) -> None:
    """Lose everything but the root keys."""
    for pattern in ("*.sqlite3*", "keys/*.sqlite3*", "ledger.toml"):
        for path in home.glob(pattern):
            path.unlink()
    if bench.ledger.database.dialect == "postgresql":
        with bench.ledger.database.reading() as rows:
            rows.run(f"DROP SCHEMA IF EXISTS {bench.ledger.database.schema} CASCADE")


def _ended_right(bench: Workbench, gone: Any, living: Any, *, size: int, lost: bool) -> None:
    check = check_log(bench.ledger.database)
    assert check.whole, check.breaks
    new = [logged.header.topic for logged in bench.ledger.log.each(after=size)]
    if lost:  # the archive of what was signed with it: it signs under an origin of which nobody can have heard
        assert new.pop(0) == "origin.opened.1"
        assert bench.ledger.issuer.check() is not None
    assert new[0] == "restoration.performed.1"
    assert sorted(new[1:]) == ["destruction.completed.1", "destruction.fenced.1", "epoch.turned.1"]
    (dead,), (kept,) = (bench.desk.streams.load(Procedure, each).values for each in (gone, living))
    assert isinstance(bench.desk.boxes.open(dead.value), Erased)
    assert bench.desk.boxes.open(kept.value) == "AB-123-CD"
    folder = bench.ledger.locations.home
    assert not [path for path in folder.rglob("*") if "restoring" in path.name]
