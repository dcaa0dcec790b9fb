"""A destruction deletes boxes and links with the record of it, and leaves no trace in the files."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import cast
from uuid import uuid4

import pytest

from ledger.aggregates.base import LinkKind, Scope, ScopeInstance
from ledger.store.disposal import Traces
from ledger.store.failures import NotFenced, ScopeClosing
from ledger.store.verification import check_log
from ledger.usecases.ports import BoxRef, own_scope
from tests.integration.store.example import Diary, Store, complete, destroy, fence, later


def test_a_destroyed_scope_has_no_boxes_and_no_links_and_the_log_is_whole(store: Store) -> None:
    diary, other, trail = store.opened(), store.opened(), uuid4()
    diary.lend(other, of=trail)
    store.streams.commit(store.command(), diary)
    scope = ScopeInstance(Scope.PROCEDURE_TRAIL, trail.hex)
    key = destroy(store, scope)
    with store.database.reading() as rows:
        kept = rows.all("SELECT position, box_no FROM boxes WHERE position <= 3 ORDER BY position, box_no")
    assert kept == [(1, 0), (1, 1), (2, 0), (2, 1)], "all but that of the loan, which is the third event"
    assert store.streams.linked(scope, LinkKind.SUBJECT) == []
    assert store.log.links(key, LinkKind.SUBJECT) == []
    assert check_log(store.database).whole
    assert store.streams.load(Diary, diary.id).version == 2  # the headers stay


def test_the_openers_are_told_when_and_why(store: Store) -> None:
    diary = store.opened()
    loaded = store.streams.load(Diary, diary.id)
    refs = [cast(BoxRef, sealed.box) for sealed in (loaded.text, loaded.owner)]
    scope = own_scope(Scope.MANDATE, diary.id)
    key, destruction = fence(store, scope)
    assert [found.fenced for found in store.boxes.look_up(refs)] == [True, False]
    assert store.boxes.destruction(key) is None
    complete(destruction)
    store.disposal.complete(store.command(at=later(9)), destruction, keys=[key])
    told = store.boxes.destruction(key)
    assert told is not None
    assert (told.when, told.why) == (later(9), "RESOLVED")
    assert [found.fenced for found in store.boxes.look_up(refs)] == [True, False]
    assert [found.content is None for found in store.boxes.look_up(refs)] == [True, False]
    assert store.boxes.destruction(uuid4()) is None


def test_a_fence_that_was_not_completed_is_shown_until_it_is(store: Store) -> None:
    diary = store.opened()
    scope = own_scope(Scope.MANDATE, diary.id)
    assert [each for _, each in store.disposal.living(Scope.MANDATE)] == [scope]
    key, destruction = fence(store, scope)
    pending = store.disposal.pending()
    assert [(fence.scope, fence.key_id, fence.position) for fence in pending] == [(scope, key, 2)]
    assert list(store.disposal.living(Scope.MANDATE)) == []
    complete(destruction)
    store.disposal.complete(store.command(), destruction, keys=[key])
    assert store.disposal.pending() == []


def test_what_is_not_fenced_or_is_destroyed_already_is_not_destroyed(store: Store) -> None:
    diary = store.opened()
    key = destroy(store, own_scope(Scope.MANDATE, diary.id))
    size = store.log.size()
    for asked in (key, uuid4(), store.log.key_of(own_scope(Scope.IDENTITY, diary.id)) or uuid4()):
        with pytest.raises(NotFenced):
            store.disposal.complete(store.command(), keys=[asked])
    assert store.log.size() == size


def test_two_runs_do_not_fence_the_same_scope(store: Store) -> None:
    scope = own_scope(Scope.MANDATE, store.opened().id)
    fence(store, scope)
    with pytest.raises(ScopeClosing):
        fence(store, scope)
    assert len(store.disposal.pending()) == 1


def test_with_the_key_gone_there_are_no_links_and_nothing_can_be_added(store: Store) -> None:
    diary, trail = store.opened(), uuid4()
    diary.lend(diary, of=trail)
    store.streams.commit(store.command(), diary)
    scope = ScopeInstance(Scope.PROCEDURE_TRAIL, trail.hex)
    store.sealer.destroyed.add(fence(store, scope)[0])
    assert store.streams.linked(scope, LinkKind.SUBJECT) == []
    diary.lend(diary, of=trail)
    with pytest.raises(ScopeClosing):
        store.streams.commit(store.command(), diary)


def test_a_scan_of_the_files_finds_the_box_before_and_not_after(file_store: Store, tmp_path: Path) -> None:
    diaries = [file_store.opened(f"marker {number}") for number in range(40)]
    loaded = file_store.streams.load(Diary, diaries[7].id)
    reference = loaded.text.box
    assert isinstance(reference, BoxRef)
    box = file_store.boxes.look_up([reference])[0].content
    assert box is not None
    assert _found(tmp_path, box)
    destroy(file_store, own_scope(Scope.MANDATE, diaries[7].id))
    assert file_store.disposal.wipe_log() is Traces.WIPED
    assert file_store.disposal.vacuum() is Traces.WIPED
    assert not _found(tmp_path, box)
    assert not _found(tmp_path, b"marker 7")
    assert _found(tmp_path, b"marker 8")


def test_a_reader_keeps_the_write_ahead_log_and_we_are_told(file_store: Store) -> None:
    file_store.opened()
    with file_store.database.reading() as rows:
        rows.run("PRAGMA busy_timeout = 50")
    reader = sqlite3.connect(file_store.database.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM events").fetchall()
    file_store.opened()
    assert file_store.disposal.wipe_log() is Traces.PENDING
    reader.execute("COMMIT")
    reader.close()
    assert file_store.disposal.wipe_log() is Traces.WIPED


def test_a_server_keeps_its_own_log_and_we_say_so(store: Store, backend: str) -> None:
    store.opened()
    assert store.disposal.vacuum() is (Traces.WIPED if backend == "sqlite" else Traces.WITH_THE_SERVER)
    assert check_log(store.database).whole


def _found(folder: Path, what: bytes) -> bool:
    return any(what in path.read_bytes() for path in folder.rglob("*") if path.is_file())
