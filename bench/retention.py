"""
Planning what is due: the pure plan over dated items, and a whole plan of a ledger, facts opened and streams loaded.

The pure plan is fed a million items one after the other; the whole plan reads a real ledger on SQLite, so that what the
facts cost is seen beside it. Memory is what the process grew by while it planned.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

from ledger.clock import UTC
from ledger.retention.planner import Facts, Item, Standing, plan
from ledger.rules.retention_terms import RetentionClass
from tests.integration.usecases.workbench import ALINE, make_workbench

ITEMS = 1_000_000
CASES = 2_000
AT = datetime(2026, 6, 9, 12, tzinfo=UTC)
CLASSES = (RetentionClass.WORKING_DATA, RetentionClass.LOGS, RetentionClass.MANDATE_PROOF, RetentionClass.IDENTITY)


@dataclass(frozen=True)
class Planned:
    """How long a plan took, and what it needed."""

    name: str
    seconds: float
    items: int
    grown_mb: float
    wanted: str

    def __str__(self) -> str:
        rate = self.items / self.seconds
        return (
            f"{self.name:<58} {self.seconds:6.1f} s   ({rate:,.0f} items/s, {self.grown_mb:.0f} MB more)  "
            f"wanted {self.wanted}"
        )


def run(folder: Path) -> Iterator[Planned]:
    yield _measured("plan over 1,000,000 dated items", _pure, "<= 20 s")
    folder.mkdir()
    bench = make_workbench(folder / "ledger")
    for number in range(CASES):  # namesakes would be compared with each other
        name = "".join(chr(ord("a") + number // 26**place % 26) for place in range(4))
        bench.resolve(bench.procedure(bench.person(replace(ALINE, family_name=name))))

    def whole() -> int:
        return len(bench.ledger.retention.plan(bench.command(bench.job), at=bench.clock.now(), all_of_it=True))

    yield _measured(f"plan of a ledger with {CASES:,} people, facts and all", whole, "(none)")
    bench.close()


def _measured(name: str, do: Callable[[], int], wanted: str) -> Planned:
    before, begun = _megabytes(), perf_counter()
    items = do()
    seconds = perf_counter() - begun
    return Planned(name, seconds, items, _megabytes() - before, wanted)


def _pure() -> int:
    authorities = tuple(
        Standing(id=UUID(int=number), category=category, first_day=date(2000, 1, 1), last_day=None, granted_at=AT)
        for number, category in enumerate(CLASSES[:2])
    )
    counted = Counter(step.action for step in plan(Facts(_items(), authorities), AT + timedelta(days=1)))
    assert counted.total() == ITEMS
    assert len(counted) > 2
    return counted.total()


def _items() -> Iterator[Item]:
    for number in range(ITEMS):
        due = AT + timedelta(hours=number % 1_000 - 500)
        yield Item(
            id=UUID(int=number),
            category=CLASSES[number % len(CLASSES)],
            first_day=date(2020, 1, 1),
            last_day=due.date(),
            due_at=due,
            restricted=number % 3 == 0,
        )


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
