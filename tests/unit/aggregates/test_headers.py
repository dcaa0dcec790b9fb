from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from ledger.aggregates.base import AGGREGATES, REGISTER, Link, LinkKind, Scope
from ledger.aggregates.headers import HeadersPruned, PrunedHeaders, RangesUnfit, StreamsPruned
from ledger.clock import UTC
from ledger.errors import ExitCode
from ledger.limits import RANGES_IN_HEADER
from ledger.ranges import Ranges

OLDEST, NEWEST = datetime(2024, 3, 4, 9, tzinfo=UTC), datetime(2024, 5, 6, 10, 30, tzinfo=UTC)


def pruned(ranges: Ranges) -> PrunedHeaders:
    return PrunedHeaders.prune(
        ranges,
        by_kind=(StreamsPruned("access", 12),),
        oldest=OLDEST,
        newest=NEWEST,
        authority=UUID(int=1),
        run=UUID(int=2),
    )


def test_the_record_shows_the_ranges_and_nothing_else_in_clear() -> None:
    record = pruned(Ranges.of([1, 4, 5]))
    (event,) = record.pending_events
    assert isinstance(event, HeadersPruned)
    assert [name for name, _ in HeadersPruned.SHAPE.header] == ["ranges"]
    assert {field.scope for field in HeadersPruned.SHAPE.sealed} == {Scope.REGISTER}
    assert record.ranges == ((1, 1), (4, 5))
    assert (event.by_kind.expose(), event.oldest.expose()) == ((StreamsPruned("access", 12),), OLDEST)
    assert event.links() == (Link(REGISTER, LinkKind.HEADERS, record.id),)


@pytest.mark.parametrize(
    "ranges",
    [Ranges(), Ranges([(5, 6), (1, 2)]), Ranges((3 * each + 1, 3 * each + 1) for each in range(RANGES_IN_HEADER + 1))],
    ids=["none", "out of order", "too many"],
)
def test_ranges_that_can_not_stand_in_a_header_are_refused(ranges: Ranges) -> None:
    with pytest.raises(RangesUnfit) as refused:
        pruned(ranges)
    assert refused.value.exit_code is ExitCode.USAGE


def test_only_what_dies_with_its_key_is_ever_pruned() -> None:
    prunable = {
        kind: found.DIES_WITH for kind, found in AGGREGATES.items() if found.DIES_WITH and found.KIND != "diary"
    }
    assert prunable == {
        "access": Scope.PROCEDURE_TRAIL,
        "breach": Scope.BREACH,
        "mandate": Scope.MANDATE,
        "procedure": Scope.PROCEDURE_TRAIL,
        "subject": Scope.IDENTITY,
    }
