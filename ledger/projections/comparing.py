"""Comparing read models with a fresh rebuild: nobody need trust rows that can be made again at any time."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from ledger.projections import tracking
from ledger.projections.tables import Table, statements
from ledger.projections.views import Views

_ROWS_AT_ONCE = 1_000


class Fingerprint(NamedTuple):
    """How many rows a table has, and the sum of their digests: the same for the same rows, whatever their order."""

    rows: int
    digest: int


def differing(live: Views, fresh: Views) -> list[str]:
    """
    Give the tables of read models whose rows are not those of a fresh rebuild, both being brought up to the same event.

    The order of rows is no matter: databases order text differently.
    """
    made = dict(_fingerprints(fresh))
    return [name for name, found in _fingerprints(live) if found != made.get(name)]


def _fingerprints(views: Views) -> Iterator[tuple[str, Fingerprint]]:
    with views.snapshot() as connection:
        numbers = {generation.model: generation.number for generation in tracking.live(connection)}
        for name, model in views.models.items():
            for table in model.tables:
                yield table.name, _fingerprint(connection, table, numbers[name])


def _fingerprint(connection: Connection, table: Table[Any], generation: int) -> Fingerprint:
    named = statements(table, generation)
    found = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(
        text(f"SELECT {named.columns} FROM {named.name}")
    )
    rows = total = 0
    for record in found:
        rows += 1
        total += int.from_bytes(sha256(repr(table.from_record(record)).encode()).digest())
    return Fingerprint(rows, total % 2**256)
