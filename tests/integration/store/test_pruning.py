"""Headers go when nothing else of their stream is left, with the record that accounts for them, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger.aggregates.base import REGISTER, LinkKind, Scope, ScopeInstance
from ledger.aggregates.destruction import Destruction
from ledger.aggregates.headers import HeadersPruned
from ledger.aggregates.subject import Subject
from ledger.errors import ExitCode, NotFound
from ledger.ranges import Ranges
from ledger.store.engine import Cursor, PostgresqlRows, Rows, SqliteRows
from ledger.store.failures import AnswerErased, StreamMovedOn, StreamPruned
from ledger.store.flaws import Flaw
from ledger.store.pruning import EmptiedStream, HeaderBatch
from ledger.store.recorder import LedgerApplicationRecorder
from ledger.store.setup import on_path, open_store
from ledger.store.verification import check_log
from ledger.usecases.ports import Recorded, ScopeOpen, StreamAt, own_scope
from tests.integration.store.example import NOON, Diary, Store, begun, destroy, fence, later

AUTHORITY, RUN = uuid4(), uuid4()


def end(store: Store, *diaries: Diary) -> None:
    """Destroy every key of diaries."""
    for diary in diaries:
        for scope in (Scope.MANDATE, Scope.IDENTITY):
            destroy(store, own_scope(scope, diary.id))


def past(store: Store, *, before: datetime | None = None) -> list[EmptiedStream]:
    return list(store.disposal.past_everything(before=before or later(60)))


def prune(store: Store, batch: HeaderBatch) -> Recorded:
    return store.disposal.prune(store.command(at=later(99)), batch, authority=AUTHORITY, run=RUN)


def prune_all(store: Store) -> list[Ranges]:
    batches = list(store.disposal.headers_of(past(store)))
    for batch in batches:
        prune(store, batch)
    return [batch.ranges for batch in batches]


def flaws(store: Store) -> list[tuple[int, Flaw]]:
    return [(found.position, found.flaw) for found in check_log(store.database).breaks]


def positions(store: Store) -> list[int]:
    return [logged.position for logged in store.log.each()]


def test_what_is_past_everything_is_found_once_its_last_key_is_destroyed(store: Store) -> None:
    diary, _ = store.opened(), store.opened()
    diary.write("second")
    store.streams.commit(store.command(at=later(5)), diary)
    destroy(store, own_scope(Scope.MANDATE, diary.id))
    assert past(store) == []
    destroy(store, own_scope(Scope.IDENTITY, diary.id))
    assert past(store) == [EmptiedStream(diary.id, "diary", 2, NOON, later(5), later(9))]
    assert past(store, before=later(9)) != []
    assert past(store, before=later(8)) == []


def test_a_fence_without_a_destruction_is_not_past_everything(store: Store) -> None:
    diary = store.opened()
    destroy(store, own_scope(Scope.IDENTITY, diary.id))
    fence(store, own_scope(Scope.MANDATE, diary.id))
    assert past(store) == []


def test_headers_go_with_the_record_that_accounts_for_them_and_the_tree_still_verifies(store: Store) -> None:
    diaries = [store.opened() for _ in range(4)]
    diaries[2].write("more")
    store.streams.commit(store.command(), diaries[2])
    end(store, *diaries[1:3])
    leaves, size = store.log.leaf_hashes(upto=store.log.size()), store.log.size()
    assert prune_all(store) == [((2, 3), (5, 5))]
    check = check_log(store.database)
    assert (check.breaks, check.size, check.root) == ([], size + 1, store.log.head().root())
    assert store.log.leaf_hashes(upto=size) == leaves
    assert set(range(1, size + 2)) - set(positions(store)) == {2, 3, 5}
    assert [store.streams.load(Diary, diaries[number].id).version for number in (0, 3)] == [1, 1]
    assert past(store) == []


def test_the_record_says_what_a_certificate_needs_and_hangs_on_the_register(store: Store) -> None:
    end(store, store.opened(), store.opened())
    prune_all(store)
    [record] = store.streams.linked(REGISTER, LinkKind.HEADERS)
    [logged] = [logged for logged in store.log.each() if logged.header.stream == record]
    event = logged.event
    assert isinstance(event, HeadersPruned)
    assert (event.ranges, type(event.ranges)) == (((1, 2),), Ranges)
    assert b'"ranges":[[1,2]]' in logged.content
    assert (event.by_kind.field, event.run.field) == ("by_kind", "run")


def test_a_stream_that_moved_meanwhile_keeps_its_headers(store: Store) -> None:
    diary = store.opened()
    end(store, diary)
    found = past(store)
    [batch] = store.disposal.headers_of(found)
    other = store.streams.load(Diary, diary.id)
    other.forget()
    store.streams.commit(store.command(), other)
    size = store.log.size()
    with pytest.raises(StreamMovedOn):
        prune(store, batch)
    assert store.log.size() == size
    assert list(store.disposal.headers_of(found)) == [], "what was looked at is not what stands there"
    assert flaws(store) == []
    prune_all(store)
    assert flaws(store) == []


def test_two_runs_do_not_prune_the_same_stream(store: Store) -> None:
    end(store, store.opened())
    [batch] = store.disposal.headers_of(past(store))
    prune(store, batch)
    with pytest.raises(StreamMovedOn):
        prune(store, batch)
    assert flaws(store) == []


def test_a_guard_of_the_caller_that_fails_prunes_nothing(store: Store) -> None:
    end(store, store.opened())
    other = store.opened()
    [batch] = store.disposal.headers_of(past(store))
    other.write("a hold, say")
    store.streams.commit(store.command(), other)
    with pytest.raises(StreamMovedOn):
        store.disposal.prune(
            store.command(), batch, authority=AUTHORITY, run=RUN, guards=[StreamAt(other.id, 1), ScopeOpen(REGISTER)]
        )
    assert 1 in positions(store)
    assert flaws(store) == []


def test_whatever_is_asked_nothing_goes_that_has_a_key_or_is_kept(store: Store) -> None:
    living, half, gone = store.opened(), store.opened(), store.opened()
    destroy(store, own_scope(Scope.MANDATE, half.id))
    end(store, gone)
    everything = [
        EmptiedStream(logged.header.stream, "diary", logged.header.n, NOON, NOON, NOON) for logged in store.log.each()
    ]
    [batch] = store.disposal.headers_of([*everything, EmptiedStream(uuid4(), "diary", 1, NOON, NOON, NOON)])
    assert batch.streams == (StreamAt(gone.id, 1),)
    assert {living.id, half.id}.isdisjoint(batch.pruned)
    destruction = next(logged.header for logged in store.log.each() if logged.header.topic.startswith("destruction"))
    assert store.streams.load(Destruction, destruction.stream).completed_at is not None


def test_a_record_of_pruned_headers_is_never_pruned(store: Store) -> None:
    for _ in range(2):
        end(store, store.opened())
        prune_all(store)
    assert len(store.streams.linked(REGISTER, LinkKind.HEADERS)) == 2
    assert [kind for kind in _topics(store) if not kind.startswith("destruction")] == ["headers.pruned.1"] * 2


def test_what_hangs_on_another_stream_goes_with_it_or_after_it(store: Store) -> None:
    owner, guest = store.opened(), store.opened()
    guest.lend(owner, of=owner.id)
    store.streams.commit(store.command(), guest)
    end(store, guest)
    destroy(store, ScopeInstance(Scope.PROCEDURE_TRAIL, owner.id.hex))
    assert [stream.stream_id for stream in past(store)] == [guest.id]
    assert list(store.disposal.headers_of(past(store))) == [], "its owner still stands"
    end(store, owner)
    found = {stream.stream_id: stream for stream in past(store)}
    assert list(store.disposal.headers_of([found[guest.id]])) == []
    [batch] = store.disposal.headers_of(found.values())
    assert [stream.stream_id for stream in batch.streams] == [owner.id, guest.id]
    [alone] = store.disposal.headers_of([found[owner.id]])
    prune(store, alone)
    [after] = store.disposal.headers_of(past(store))
    assert after.guards == [StreamAt(guest.id, 2), StreamAt(owner.id, 0)]
    prune(store, after)
    assert flaws(store) == []


def test_a_guest_whose_owner_came_back_is_not_pruned(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, guest = store.opened(), store.opened()
    guest.lend(owner, of=owner.id)
    store.streams.commit(store.command(), guest)
    destroy(store, ScopeInstance(Scope.PROCEDURE_TRAIL, owner.id.hex))
    end(store, owner, guest)
    monkeypatch.setattr("ledger.store.pruning.RANGES_IN_HEADER", 1)
    first, second = store.disposal.headers_of(past(store))
    with pytest.raises(StreamMovedOn):
        prune(store, second)
    prune(store, first)
    prune(store, second)
    assert flaws(store) == []


def test_many_headers_go_in_batches_none_of_which_names_too_many_ranges(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.pruning.RANGES_IN_HEADER", 5)
    diaries = [store.opened() for _ in range(46)]
    end(store, *diaries[::2])
    ranges = prune_all(store)
    assert [len(each) for each in ranges] == [4, 4, 4, 4, 4, 3], "of about one size: a small one would tell too much"
    assert [position for each in ranges for position, _ in each] == list(range(1, 46, 2))
    assert flaws(store) == []


def test_one_stream_with_more_ranges_than_one_record_names_has_several_records(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.pruning.RANGES_IN_HEADER", 2)
    diary = store.opened()
    for _ in range(4):
        store.opened()
        diary.write("more")
        store.streams.commit(store.command(), diary)
    end(store, diary)
    assert prune_all(store) == [((1, 1), (3, 3), (5, 5), (7, 7), (9, 9))]
    assert len(store.streams.linked(REGISTER, LinkKind.HEADERS)) == 3
    assert flaws(store) == []


def test_a_pruned_stream_is_destroyed_and_not_unknown(store: Store) -> None:
    diary, living = store.opened(), store.opened()
    end(store, diary)
    prune_all(store)
    for ask in (
        lambda: store.streams.load(Diary, diary.id),
        lambda: store.streams.load_all([(Diary, living.id), (Diary, diary.id)]),
        lambda: store.streams.resolve(Diary, diary.id.hex),
        lambda: store.streams.resolve(Diary, diary.id.hex[:8]),
    ):
        with pytest.raises(StreamPruned) as told:
            ask()
        assert told.value.exit_code is ExitCode.ERASED
    for unknown in (lambda: store.streams.load(Diary, uuid4()), lambda: store.streams.load(Subject, living.id)):
        with pytest.raises(NotFound):
            unknown()
    with pytest.raises(NotFound):
        store.streams.resolve(Diary, uuid4().hex)


def test_a_repeated_command_whose_records_are_pruned_is_not_done_again(store: Store) -> None:
    command, diary = store.command(), begun()
    store.streams.commit(command, diary)
    end(store, diary)
    prune_all(store)
    size = store.log.size()
    with pytest.raises(AnswerErased):
        store.streams.recall(command)
    with pytest.raises(AnswerErased):
        store.streams.commit(command, begun())
    assert store.log.size() == size


def test_a_prune_that_is_asked_twice_is_done_once(store: Store) -> None:
    end(store, store.opened())
    [batch] = store.disposal.headers_of(past(store))
    command = store.command()
    first = store.disposal.prune(command, batch, authority=AUTHORITY, run=RUN)
    again = store.disposal.prune(command, batch, authority=AUTHORITY, run=RUN)
    assert (again.positions, again.repeated, again.outcome) == (first.positions, True, "PRUNED")


def test_readers_of_the_log_pass_over_the_gaps(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.reading.ROWS_AT_ONCE", 2)
    diaries = [store.opened() for _ in range(9)]
    end(store, *diaries[1:8])
    prune_all(store)
    kept = [1, 9, *range(10, store.log.size() + 1)]
    assert positions(store) == kept
    assert [logged.position for logged in store.log.at(range(1, 12))] == [1, 9, 10, 11]
    assert [logged.position for logged in store.log.read(after=1, limit=4)] == []
    assert store.log.first_of(diaries[2].id) is None


def test_a_header_that_is_removed_by_hand_is_found_beside_pruned_ones(store: Store) -> None:
    diaries = [store.opened() for _ in range(5)]
    end(store, diaries[1])
    prune_all(store)
    _remove(store, diaries[3].id)
    assert flaws(store) == [(4, Flaw.BOX_UNEXPECTED), (4, Flaw.HEADER_MISSING)]


def test_a_record_that_covers_a_header_which_is_still_there_is_found(store: Store) -> None:
    diaries = [store.opened() for _ in range(3)]
    end(store, diaries[0])
    [batch] = store.disposal.headers_of(past(store))
    for number, ranges in enumerate(([(1, 2)], [(1, 1)], [(1, 1), (5, 1000)])):
        [record] = HeaderBatch((), Ranges(ranges), (), NOON, NOON).records(authority=AUTHORITY, run=RUN)
        if number == 0:
            store.streams.commit(store.command(), record, pruned=batch.pruned)
            assert flaws(store) == [(2, Flaw.NOT_PRUNED)]
        else:
            store.streams.commit(store.command(), record)
    assert (1, Flaw.NOT_PRUNED) in flaws(store), "it was accounted for already"
    assert (10, Flaw.NOT_PRUNED) in flaws(store), "no record accounts for what comes after it"


def test_the_table_of_emptied_streams_is_made_for_a_store_of_the_first_version(store: Store) -> None:
    gone, half, living = store.opened(), store.opened(), store.opened()
    end(store, gone)
    destroy(store, own_scope(Scope.IDENTITY, half.id))
    with store.database.reading() as rows:
        before = rows.all("SELECT stream_id, destroyed FROM emptied ORDER BY destroyed")
    with store.database.writing() as (rows, _), on_path(rows, "migrate"):
        rows.run("DROP TABLE emptied")
        rows.run("UPDATE store_format SET version = 1")
    open_store(store.database, store.ledger_id)
    with store.database.reading() as rows:
        after = rows.all("SELECT stream_id, destroyed FROM emptied ORDER BY destroyed")
    assert [bytes(stream) for stream, _ in before] == [gone.id.bytes, half.id.bytes]
    assert after == [], "diaries are no kind of the product"
    end(store, living)
    assert [stream.stream_id for stream in past(store)] == [living.id]


def _remove(store: Store, stream: UUID) -> None:
    with store.database.reading() as rows:
        if rows.dialect == "sqlite":
            rows.run("PRAGMA foreign_keys = OFF")
            rows.run("DROP TRIGGER events_delete")
        else:
            rows.run("ALTER TABLE boxes DROP CONSTRAINT boxes_position_fkey")
            rows.run("DROP TRIGGER events_delete ON events")
        rows.run("DELETE FROM events WHERE stream_id = ?", (stream.bytes,))


def _topics(store: Store) -> list[str]:
    return [logged.header.topic for logged in store.log.each()]


def test_a_link_to_a_pruned_stream_leads_nowhere_and_those_beside_it_do(store: Store) -> None:
    owner, gone, kept = store.opened(), store.opened(), store.opened()
    for other in (gone, kept):
        owner.lend(other, of=owner.id)
    store.streams.commit(store.command(), owner)
    trail = own_scope(Scope.PROCEDURE_TRAIL, owner.id)
    assert store.streams.linked(trail, LinkKind.SUBJECT) == [gone.id, kept.id]
    end(store, gone)
    assert store.streams.linked(trail, LinkKind.SUBJECT) == [gone.id, kept.id]
    prune_all(store)
    assert store.streams.linked(trail, LinkKind.SUBJECT) == [kept.id]


def test_the_librarys_readers_pass_over_the_gaps_and_see_each_event_once(store: Store) -> None:
    diaries = [store.opened() for _ in range(6)]
    end(store, *diaries[1:5])
    prune_all(store)
    kept, recorder = positions(store), LedgerApplicationRecorder(store.database)
    assert [found.id for found in recorder.select_notifications(None, 1000)] == kept
    assert [found.id for found in recorder.select_notifications(1, 2, inclusive_of_start=False)] == kept[1:3]
    assert [found.id for found in recorder.select_notifications(2, 10, stop=6)] == [6]
    assert recorder.select_notifications(2, 10, stop=5) == []
    assert recorder.select_events(diaries[2].id) == []
    with recorder.subscribe(gt=1) as subscription:
        assert [next(subscription).id for _ in kept[1:]] == kept[1:]


def test_cut_short_at_any_statement_nothing_is_pruned(
    store: Store, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows_class: type[Rows] = SqliteRows if backend == "sqlite" else PostgresqlRows
    end(store, store.opened(), store.opened())
    before = positions(store)
    [batch] = store.disposal.headers_of(past(store))
    cut_at, done = 0, False
    while not done:
        other = store.again()
        left = iter(range(cut_at))
        with monkeypatch.context() as patched:
            patched.setattr(rows_class, "_runner", _that_stops(rows_class, left))
            try:
                prune(other, batch)
                done = True
            except _Cut:
                cut_at += 1
        other.close()
        assert (positions(store) == before) is not done
        assert flaws(store) == []
    assert cut_at > 8, "there are that many statements"


class _Cut(Exception):
    """The process was stopped here."""


def _that_stops(rows_class: type[Rows], left: Iterator[int]) -> Callable[[Rows, Any], Callable[..., Cursor]]:
    made: Callable[[Rows, Any], Callable[..., Cursor]] = rows_class._runner

    def runner(self: Rows, connection: Any) -> Callable[..., Cursor]:
        run = made(self, connection)

        def counted(text: str, values: Sequence[Any] = ()) -> Cursor:
            if next(left, None) is None:
                raise _Cut
            return run(text, values)

        return counted

    return runner
