"""Streams are loaded without opening anything, and commands are committed whole, once, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from ledger import limits
from ledger.aggregates.base import LinkKind, Scope, ScopeInstance
from ledger.aggregates.reading import Reading
from ledger.clock import SystemClock
from ledger.errors import NotFound
from ledger.personal import Fact, LeakRefused, NotOpened, Personal
from ledger.sealing.custody.file import FileHolder
from ledger.sealing.custody.holders import Holders
from ledger.sealing.database import KeyDatabase
from ledger.sealing.keyring import Keyring, create_keyring
from ledger.sealing.openers import KeyringOpener
from ledger.sealing.sealer import KeyringSealer
from ledger.store.failures import CommandIdReused, HeaderTooLarge, ScopeClosing, StreamMovedOn, TooManyEvents
from ledger.store.header import parse
from ledger.store.mapper import command_tag
from ledger.store.streams import LedgerStreams, ReferenceAmbiguous, ReferenceMalformed
from ledger.store.verification import check_log
from ledger.usecases.ports import BoxRef, ScopeOpen, StreamAt, own_scope
from tests.integration.store.example import NOON, Diary, Mood, Opened, Store, begun, later


def test_a_loaded_stream_is_what_was_committed_with_handles_for_what_is_sealed(store: Store) -> None:
    diary = store.opened("first")
    diary.write("second", mood=Mood.GLAD, at=later(-5))
    recorded = store.streams.commit(store.command(at=later(1)), diary)
    loaded = store.streams.load(Diary, diary.id)
    assert (recorded.positions, recorded.streams, recorded.repeated) == ((2,), (diary.id,), False)
    assert (loaded.version, loaded.pages, loaded.mood, loaded.written_at) == (2, 2, Mood.GLAD, later(-5))
    assert (loaded.created_on, loaded.modified_on) == (NOON, later(1))
    assert loaded.text.is_handle
    assert isinstance(loaded.owner, Personal)
    assert loaded.owner.field == "owner"
    with pytest.raises(NotOpened):
        loaded.text.expose()
    with pytest.raises(LeakRefused):
        f"{loaded.text}"


def test_the_committed_aggregate_goes_on_as_if_it_had_been_loaded(store: Store) -> None:
    diary = store.opened()
    assert not diary.pending_events
    assert diary.created_on == NOON
    diary.write("second")
    assert store.streams.commit(store.command(), diary).positions == (2,)


def test_a_handle_points_to_the_bytes_that_its_header_names(store: Store) -> None:
    loaded = store.streams.load(Diary, store.opened("marker").id)
    box = loaded.text.box
    assert isinstance(box, BoxRef)
    (found,) = store.boxes.look_up([box])
    assert found.content is not None
    assert b"marker" in found.content
    assert box.place.stream_id == loaded.id
    assert box.contents["text"] is str


def test_instants_equal_to_the_recording_are_not_written_and_come_back(store: Store) -> None:
    diary = store.opened()
    diary.write("second", at=later(3))
    store.streams.commit(store.command(at=later(3)), diary)
    header = store.log.at([2])[0].header
    assert (header.effective_at, header.known_at) == (None, None)
    assert store.streams.load(Diary, diary.id).written_at == later(3)


def test_the_header_says_who_when_where_and_under_which_law_and_nothing_else(store: Store) -> None:
    command = store.command(at=later(2))
    diary = begun()
    store.streams.commit(command, diary)
    header = parse(store.log.at([1])[0].content)
    key = store.log.key_of(store.sealer.agent_month(store.actor, "2026-06"))
    assert key is not None
    assert (header.command, header.catalogue, header.profile) == (command_tag(command.id), "aa" * 32, None)
    assert header.actor == store.sealer.actor_tag(key, header.event).hex()
    assert header.house is None  # the event has a house of its own, and says that there is none
    assert b"Exemple" not in store.log.at([1])[0].content
    assert store.actor.hex.encode() not in store.log.at([1])[0].content


def test_the_house_of_the_command_stands_in_the_header_where_the_event_has_none_of_its_own(store: Store) -> None:
    diary = store.opened()
    diary.write("second")
    store.streams.commit(store.command(), diary)
    assert store.log.at([2])[0].header.house == store.house


def test_several_streams_are_loaded_in_the_order_asked_for(store: Store) -> None:
    diaries = [store.opened() for _ in range(3)]
    reading = Reading.of_page(house=None, page="journal", rows=3, about=())
    store.streams.commit(store.command(), reading)
    wanted = [(Diary, diaries[2].id), (Reading, reading.id), (Diary, diaries[0].id)]
    assert [each.id for each in store.streams.load_all(wanted)] == [diaries[2].id, reading.id, diaries[0].id]


def test_a_stream_of_another_kind_is_not_found(store: Store) -> None:
    diary = store.opened()
    for kind, stream_id in ((Reading, diary.id), (Diary, uuid4())):
        with pytest.raises(NotFound):
            store.streams.load(kind, stream_id)
        with pytest.raises(NotFound):
            store.streams.load_all([(Diary, diary.id), (kind, stream_id)])


def test_whoever_read_an_older_version_is_told_and_nothing_is_written(store: Store) -> None:
    diary, other = store.opened(), store.opened()
    slow = store.streams.load(Diary, diary.id)
    diary.write("faster")
    store.streams.commit(store.command(), diary)
    slow.write("slower")
    other.write("beside")
    with pytest.raises(StreamMovedOn, match=diary.id.hex[:8]):
        store.streams.commit(store.command(), slow, other)
    assert store.log.size() == 3
    assert len(slow.pending_events) == 1
    assert store.streams.load(Diary, other.id).version == 1


def test_a_guarded_stream_must_still_stand_where_it_was_seen(store: Store) -> None:
    watched, written = store.opened(), store.opened()
    written.write("fine")
    store.streams.commit(store.command(), written, guards=[StreamAt(watched.id, 1)])
    watched.write("moved")
    store.streams.commit(store.command(), watched)
    written.write("too late")
    with pytest.raises(StreamMovedOn):
        store.streams.commit(store.command(), written, guards=[StreamAt(watched.id, 1)])
    with pytest.raises(StreamMovedOn):
        store.streams.commit(store.command(), written, guards=[StreamAt(written.id, 1)])


def test_nothing_is_added_to_a_scope_that_is_closing(store: Store) -> None:
    diary, other = store.opened(), store.opened()
    scope = own_scope(Scope.MANDATE, diary.id)
    store.streams.commit(store.command(), Reading.of_page(house=None, page="x", rows=0, about=()), fences=[scope])
    diary.write("late")
    with pytest.raises(ScopeClosing):
        store.streams.commit(store.command(), diary)
    other.write("guarded")
    with pytest.raises(ScopeClosing):
        store.streams.commit(store.command(), other, guards=[ScopeOpen(scope)])
    with pytest.raises(ScopeClosing):
        store.streams.commit(store.command(), fences=[scope])
    store.streams.commit(store.command(), other)


def test_a_repeated_command_happens_once_and_gets_the_first_answer(store: Store) -> None:
    command = store.command(request=b"open a diary")
    first = store.streams.commit(command, begun(), begun(), outcome="DONE")
    assert store.streams.recall(command) == replace(first, repeated=True)
    again = store.again()
    assert again.streams.commit(command, begun(), outcome="OTHER") == replace(first, repeated=True)
    assert store.log.size() == 2
    again.close()


def test_the_id_of_a_command_does_not_serve_for_another_request(store: Store) -> None:
    command = store.command(request=b"one thing")
    store.streams.commit(command, begun())
    for attempt in (store.streams.recall, lambda other: store.streams.commit(other, begun())):
        with pytest.raises(CommandIdReused):
            attempt(replace(command, request=b"another thing"))


def test_a_command_that_nobody_did_is_not_recalled(store: Store) -> None:
    assert store.streams.recall(store.command()) is None


def test_the_same_command_twice_at_once_happens_once(store: Store) -> None:
    command, start = store.command(), Barrier(8)

    def attempt(_: int) -> tuple[tuple[int, ...], bool]:
        with_own_connection = store.again()
        start.wait()
        recorded = with_own_connection.streams.commit(command, begun())
        with_own_connection.close()
        return recorded.positions, recorded.repeated

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(attempt, range(8)))
    assert {positions for positions, _ in answers} == {(1,)}
    assert sorted(repeated for _, repeated in answers) == [False] + [True] * 7
    assert store.log.size() == 1


def test_answers_are_forgotten_when_their_time_is_over(store: Store) -> None:
    old, new = store.command(), store.command(at=later(10))
    store.streams.commit(old, begun())
    store.streams.commit(new, begun())
    assert store.disposal.forget_answers(now=NOON + limits.IDEMPOTENCY_LIFE + timedelta(minutes=5)) == 1
    assert store.streams.recall(old) is None
    assert store.streams.recall(new) is not None


def test_each_scope_gets_one_key_for_ever(store: Store) -> None:
    diary = store.opened()
    for number in range(3):
        diary.write(str(number))
        store.streams.commit(store.command(), diary)
    keys = {entry.key for logged in store.log.each() for entry in logged.header.boxes}
    assert len(keys) == 2  # the person's identity, and the diary's own scope
    assert store.log.scope_of(store.log.key_of(own_scope(Scope.MANDATE, diary.id)) or uuid4()) == own_scope(
        Scope.MANDATE, diary.id
    )


def test_a_scope_that_another_process_claims_at_the_same_time_gets_one_key_all_the_same(store: Store) -> None:
    shared, start = uuid4(), Barrier(6)
    stores = [store.again() for _ in range(6)]
    diaries = [store.opened() for _ in stores]

    def lend(number: int) -> None:
        diaries[number].lend(diaries[0], of=shared)
        start.wait()
        stores[number].streams.commit(store.command(), diaries[number])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lend, range(6)))
    claims = store.log.claims(Scope.PROCEDURE_TRAIL)
    assert [scope.of for _, scope in claims] == [shared.hex]
    used = {logged.header.boxes[0].key for logged in store.log.each(after=6)}
    assert used == {claims[0][0]}
    assert check_log(store.database).whole
    for each in stores:
        each.close()


def test_links_lead_from_a_key_to_streams_once_each_in_the_order_they_were_laid(store: Store) -> None:
    lender, first, second, trail = store.opened(), store.opened(), store.opened(), uuid4()
    for to in (second, first, second):
        lender.lend(to, of=trail)
        store.streams.commit(store.command(), lender)
    scope = ScopeInstance(Scope.PROCEDURE_TRAIL, trail.hex)
    assert store.streams.linked(scope, LinkKind.SUBJECT) == [second.id, first.id]
    assert store.streams.linked(scope, LinkKind.ACCESS) == []
    assert store.streams.linked(ScopeInstance(Scope.PROCEDURE_TRAIL, uuid4().hex), LinkKind.SUBJECT) == []


def test_every_event_hangs_on_the_month_of_its_actor(store: Store) -> None:
    store.opened()
    store.streams.commit(store.command(at=NOON + timedelta(days=30)), begun())
    for month, positions in (("2026-06", [1]), ("2026-07", [2])):
        key = store.log.key_of(store.sealer.agent_month(store.actor, month))
        assert key is not None
        links = store.log.links(key, LinkKind.ACTOR)
        assert [(link.position, link.stream_id) for link in links] == [(number, None) for number in positions]
        assert {link.tag for link in links} == {store.sealer.link_tag(key, LinkKind.ACTOR)}


@pytest.mark.parametrize(
    ("at", "month"),
    [
        (datetime(2026, 7, 1, 1, 59, tzinfo=timezone(timedelta(hours=2))), "2026-06"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=timezone(timedelta(hours=-2))), "2026-07"),
    ],
)
def test_the_month_of_an_actor_is_that_of_the_recording_in_utc(store: Store, at: datetime, month: str) -> None:
    store.streams.commit(store.command(at=at), begun())
    assert store.log.key_of(store.sealer.agent_month(store.actor, month)) is not None


@pytest.mark.parametrize(
    "spoken", [lambda id: id.hex[:8], lambda id: id.hex, str, lambda id: f" {id.hex[:6].upper()} "]
)
def test_a_reference_is_any_beginning_of_six_digits_or_more(store: Store, spoken: Callable[[UUID], str]) -> None:
    diary = store.opened()
    assert store.streams.resolve(Diary, spoken(diary.id)) == diary.id


def test_a_reference_names_one_stream_of_its_kind_or_is_refused(store: Store) -> None:
    ids = [UUID(f"abcdef{number}0000000000000000000000000") for number in range(2)]
    for stream_id in ids:
        diary = Diary.begin(Opened, id=stream_id, house=None, owner=Personal("Bob Fictif"), text=Fact("x"))
        store.streams.commit(store.command(), diary)
    with pytest.raises(ReferenceAmbiguous):
        store.streams.resolve(Diary, "abcdef")
    assert store.streams.resolve(Diary, "abcdef1") == ids[1]
    with pytest.raises(NotFound):
        store.streams.resolve(Reading, "abcdef1")
    with pytest.raises(NotFound):
        store.streams.resolve(Diary, "abcdef2")


@pytest.mark.parametrize("typed", ["", "abc", "abcdeg", "x" * 500, "a" * 33, "%%%%%%"])
def test_what_is_no_reference_is_refused(file_store: Store, typed: str) -> None:
    with pytest.raises(ReferenceMalformed) as refusal:
        file_store.streams.resolve(Diary, typed)
    assert len(str(refusal.value.details["reference"])) <= 40


def test_a_batch_is_written_whole_up_to_the_limit(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.append.BATCH_EVENTS", 50)
    diaries = [begun() for _ in range(51)]
    with pytest.raises(TooManyEvents):
        store.streams.commit(store.command(), *diaries)
    assert store.log.size() == 0
    recorded = store.streams.commit(store.command(), *diaries[:50])
    assert recorded.positions == tuple(range(1, 51))
    assert len(store.streams.load_all([(Diary, diary.id) for diary in diaries[:50]])) == 50
    assert check_log(store.database).whole


def test_a_header_above_the_limit_is_refused_before_anything_is_written(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.header.HEADER_BYTES", 300)
    with pytest.raises(HeaderTooLarge):
        store.opened()
    assert store.log.size() == 0


def test_the_head_is_the_tree_of_the_leaves(store: Store) -> None:
    for _ in range(5):
        store.opened()
    check = check_log(store.database)
    assert (check.size, check.root, check.whole) == (5, store.log.head().root(), True)


def test_with_the_real_sealer_what_was_sealed_opens_again(store: Store, tmp_path: Path) -> None:
    holders = Holders([FileHolder(tmp_path / "keys", name="poste")])
    keys = KeyDatabase(f"sqlite:///{tmp_path}/keys/keys.sqlite3", ledger_id=store.ledger_id)
    (tmp_path / "keys").mkdir(mode=0o700)
    create_keyring(keys, holders)
    keyring = Keyring(keys, holders, clock=SystemClock())
    streams = LedgerStreams(store.database, store.ledger_id, KeyringSealer(keyring))
    diary = begun("marker")
    streams.commit(store.command(), diary)
    loaded = streams.load(Diary, diary.id)
    opener = KeyringOpener(keyring, store.boxes)
    assert (opener.open(loaded.text), opener.open(loaded.owner)) == ("marker", "Aline Exemple")
    keyring.close()
