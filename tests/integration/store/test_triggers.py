"""What is written is neither changed nor deleted, whatever statement tries, but on the paths that the law asks for."""

from __future__ import annotations

import sqlite3
from contextlib import nullcontext
from uuid import uuid4

import pytest

from ledger.aggregates.base import Scope
from ledger.merkle import TILE_WIDTH
from ledger.store.failures import ChangeRefused
from ledger.store.schema import metadata
from ledger.store.setup import on_path
from ledger.store.triggers import DELETE_PATHS, UPDATE_PATHS
from ledger.store.verification import check_log
from ledger.usecases.ports import own_scope
from tests.integration.store.conftest import SCHEMA
from tests.integration.store.example import Store, destroy

_A_COLUMN = {
    "boxes": "bytes",
    "emptied": "destroyed",
    "events": "header",
    "fences": "position",
    "idempotency": "outcome",
    "key_claims": "scope",
    "leaves": "leaf_hash",
    "links": "tag",
    "log_head": "size",
    "store_format": "version",
    "tree_nodes": "hash",
}


def _fill(store: Store) -> None:
    """Have a row in every table."""
    diary = store.opened()
    diary.lend(diary, of=uuid4())
    for _ in range(TILE_WIDTH):  # so that a tile of the tree is full
        diary.forget()
    store.streams.commit(store.command(), diary, fences=[own_scope(Scope.IDENTITY, diary.id)])
    destroy(store, own_scope(Scope.MANDATE, diary.id))


def _refused(store: Store, statement: str, *, path: str | None = None) -> None:
    try:
        _write(store, statement, path)
    except ChangeRefused:
        return
    pytest.fail(f"{statement} on the path {path} was not refused")


def _write(store: Store, statement: str, path: str | None) -> None:
    with store.database.writing() as (rows, _), nullcontext() if path is None else on_path(rows, path):
        rows.run(statement)


def _fail_on_the_way(store: Store, statement: str, path: str) -> None:
    with store.database.writing() as (rows, _), on_path(rows, path):
        rows.run(statement)
        raise ZeroDivisionError


def test_no_row_is_deleted_or_updated(store: Store) -> None:
    _fill(store)
    for table, column in _A_COLUMN.items():
        _refused(store, f"DELETE FROM {table}")
        _refused(store, f"UPDATE {table} SET {column} = {column}")
    assert check_log(store.database).whole


def test_a_path_opens_only_what_it_is_for(store: Store) -> None:
    _fill(store)
    for table, column in _A_COLUMN.items():
        for path in ("destroy", "prune", "migrate", "another"):
            if path not in DELETE_PATHS[table]:
                _refused(store, f"DELETE FROM {table}", path=path)
            if path not in UPDATE_PATHS.get(table, ()):
                _refused(store, f"UPDATE {table} SET {column} = {column}", path=path)
    assert check_log(store.database).whole


def test_every_table_that_is_written_for_good_is_guarded() -> None:
    guarded = set(metadata.tables) - {"tracking"}  # how far a reader has come is not written for good
    assert guarded == set(DELETE_PATHS) == set(_A_COLUMN)
    assert guarded - set(UPDATE_PATHS) == {"log_head"}  # which has a rule of its own


def test_a_path_closes_with_its_transaction(store: Store) -> None:
    _fill(store)
    _write(store, "DELETE FROM links", "destroy")
    _refused(store, "DELETE FROM boxes")
    with pytest.raises(ZeroDivisionError):
        _fail_on_the_way(store, "DELETE FROM boxes", "destroy")
    assert check_log(store.database).whole
    _refused(store, "DELETE FROM boxes")


def test_no_table_is_emptied_at_once(postgres_url: str) -> None:
    store = Store(postgres_url, SCHEMA).create()
    _fill(store)
    for table in _A_COLUMN:
        _refused(store, f"TRUNCATE {table} CASCADE", path="destroy")
    store.close()


def test_a_row_is_not_replaced(file_store: Store) -> None:
    _fill(file_store)
    for table in _A_COLUMN:
        _refused(file_store, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
        _refused(file_store, f"REPLACE INTO {table} SELECT * FROM {table}")


@pytest.mark.parametrize("table", ["leaves", "events", "boxes", "key_claims", "links", "log_head", "store_format"])
def test_a_row_is_not_replaced_on_a_foreign_connection_without_recursive_triggers(
    file_store: Store, table: str
) -> None:
    _fill(file_store)
    foreign = sqlite3.connect(file_store.database.path)
    with pytest.raises(sqlite3.IntegrityError):
        foreign.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    foreign.close()


def test_the_head_moves_forward_only(store: Store) -> None:
    _fill(store)
    _refused(store, "UPDATE log_head SET size = size - 1")
    _refused(store, "UPDATE log_head SET size = size")
