"""What a record of pruned headers takes from the read models: all that a rebuild could not make again, no more."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import uuid4

import pytest

from ledger.projections.access_journal import JOURNAL, AccessJournal
from ledger.projections.legal_basis import BASES, LegalBasis
from ledger.projections.model import Model
from ledger.projections.models import MODELS
from ledger.projections.procedures import PROCEDURES, Procedures
from ledger.projections.tallies import TALLIES, Tallies
from ledger.ranges import Ranges
from tests.unit.projections.histories import MemoryLog, history
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import HOUSE, Story


def rows_of(model: Model, log: MemoryLog, *, rebuilt: bool) -> dict[str, list[Any]]:
    entries = log.entries(after=0, upto=log.head()) if rebuilt else None
    rows = projected(model, log, entries)
    return {table.name: rows.all(table) for table in model.tables}


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_the_rows_are_those_of_a_log_that_never_had_the_headers(model: Model, seed: int) -> None:
    log = history(Random(seed), 400, prunes=True)
    assert any(entry.ranges for entry in log.written)
    assert rows_of(model, log, rebuilt=False) == rows_of(model, log, rebuilt=True)


def pruned(story: Story, *positions: int) -> None:
    story.tell("18:00", "headers.pruned", uuid4(), house=None, ranges=Ranges.of(positions))


def test_a_pruned_procedure_leaves_every_list_and_its_neighbours_stay() -> None:
    story = Story()
    gone, trail = story.procedure("09:00")
    story.access("09:05", trail, gateway="OTHER")
    kept, other = story.procedure("09:10")
    story.access("09:15", other, gateway="OTHER")
    positions = [entry.position for entry in story.log.written]
    pruned(story, *positions[: len(positions) // 2])
    assert gone != kept
    assert [row.procedure for row in projected(Procedures(), story.log).all(PROCEDURES)] == [kept]
    assert [row.procedure for row in projected(LegalBasis(), story.log).all(BASES)] == [kept]
    assert [row.procedure for row in projected(AccessJournal(), story.log).all(JOURNAL)] == [kept]


def test_what_is_pruned_is_counted_no_more_and_the_pruning_is() -> None:
    story = Story()
    _, trail = story.procedure("09:00")
    first = story.access("09:05", trail, gateway="OTHER")
    story.access("09:06", trail, gateway="OTHER")
    position = next(entry.position for entry in story.log.written if entry.stream_id == first)
    pruned(story, position)
    counts = {row.topic: row.count for row in projected(Tallies(), story.log).all(TALLIES) if row.house == HOUSE}
    assert counts["access.granted.1"] == 1
    assert sum(row.count for row in projected(Tallies(), story.log).all(TALLIES)) == len(story.log.written) - 1
