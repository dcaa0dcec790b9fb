"""Readers see the log in its order, in batches, and exactly as it was written."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ledger.aggregates.base import Scope
from ledger.merkle import EMPTY_ROOT, Frontier, leaf_hash
from ledger.store.failures import StoreCorrupt
from ledger.usecases.ports import own_scope
from tests.integration.store.example import Diary, Opened, Store, begun


def test_an_empty_log_has_nothing_to_read(store: Store) -> None:
    assert (store.log.size(), store.log.head().root()) == (0, EMPTY_ROOT)
    assert [*store.log.each(), *store.log.read(), *store.log.at([1]), *store.log.leaf_hashes(upto=5)] == []


def test_every_event_is_read_once_in_order_whatever_the_batch(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.reading.ROWS_AT_ONCE", 4)
    store.streams.commit(store.command(), *[begun() for _ in range(10)])
    assert [logged.position for logged in store.log.each()] == list(range(1, 11))
    assert [logged.position for logged in store.log.each(after=3, upto=8)] == [4, 5, 6, 7, 8]
    assert [logged.position for logged in store.log.read(after=2, limit=3)] == [3, 4, 5]
    assert [logged.position for logged in store.log.read(after=2, upto=4, limit=3)] == [3, 4]
    assert [logged.position for logged in store.log.at([9, 2, 77])] == [9, 2]


def test_leaf_hashes_are_those_of_the_headers_and_make_the_head(store: Store) -> None:
    store.streams.commit(store.command(), *[begun() for _ in range(7)])
    leaves = store.log.leaf_hashes(upto=7)
    assert leaves == [leaf_hash(logged.content) for logged in store.log.each()]
    assert store.log.leaf_hashes(after=2, upto=4) == leaves[2:4]
    assert Frontier().extend(leaves) == store.log.head()


def test_an_event_read_from_the_log_is_the_one_of_its_stream(store: Store) -> None:
    diary = store.opened()
    [logged] = store.log.read()
    assert isinstance(logged.event, Opened)
    assert logged.event.originator_id == logged.header.stream == diary.id
    assert logged.event.text.box == store.streams.load(Diary, diary.id).text.box


def test_a_key_is_found_by_its_scope_and_a_scope_by_its_key(store: Store) -> None:
    scope = own_scope(Scope.IDENTITY, store.opened().id)
    key = store.log.key_of(scope)
    assert key is not None
    assert store.log.scope_of(key) == scope
    assert store.log.claims(Scope.IDENTITY) == [(key, scope)]
    assert store.log.claims(Scope.BREACH) == []
    assert store.log.scope_of(uuid4()) is None


def test_a_head_that_is_no_edge_of_a_tree_is_refused(file_store: Store) -> None:
    with file_store.database.reading() as rows:
        rows.run("DROP TRIGGER log_head_forward")
        rows.run("UPDATE log_head SET size = 3")
    with pytest.raises(StoreCorrupt):
        file_store.log.head()
    with pytest.raises(StoreCorrupt):
        file_store.opened()
