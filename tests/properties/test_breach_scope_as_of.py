"""Whatever happened since, a scope as of an earlier instant counts what was there then, and nothing that came later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.bootstrap.scoping import LedgerScopeLog
from ledger.policies.breach_scope import BreachScope, RecordKind
from ledger.usecases.breach.scope import ScopeAsked, measure
from tests.integration.usecases.workbench import MORNING, Workbench, make_workbench

STEPS = ("person", "procedure", "values", "resolve", "run", "wait")


class Story:
    """A ledger to which things happen, an hour after each other."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.open: list[UUID] = []
        bench.authority()

    def happen(self, step: str) -> datetime:
        """Let one thing happen, and give an instant after it."""
        self.bench.later(hours=1)
        if step == "person":
            self.bench.person(homonym=True)
        elif step in ("procedure", "values"):
            person = self.bench.person(homonym=True)
            self.open.append(self.bench.procedure(person, values=("AB-123-CD",) if step == "values" else ()))
        elif step == "resolve" and self.open:
            self.bench.resolve(self.open.pop())
        elif step == "run":
            self.bench.ledger.retention.run(self.bench.command(self.bench.job))
        return self.bench.later(minutes=1)

    def measured(self, **asked: object) -> BreachScope:
        command = self.bench.command(self.bench.delegate)
        log = LedgerScopeLog(self.bench.ledger)
        return measure(self.bench.desk, command, log, ScopeAsked(**asked)).figures  # type: ignore[arg-type]

    def copied(self, at: datetime) -> BreachScope:
        """Measure a copy made at an instant, as it is known now."""
        return self.measured(copy_at=at, with_root=True)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=7))
def test_an_earlier_instant_counts_what_was_there_then(steps: Sequence[str]) -> None:
    with TemporaryDirectory() as folder:
        story = Story(make_workbench(Path(folder) / "ledger"))
        then = [(at := story.happen(step), story.measured(since=MORNING), story.copied(at)) for step in steps]
        for at, seen, copied in then:
            now_seen, now_copied = story.measured(since=MORNING, as_of=at), story.copied(at)
            assert (now_seen.kinds, now_seen.people) == (seen.kinds, seen.people)
            assert now_copied.kinds == copied.kinds, "what was destroyed since could be read in that copy"
            assert now_copied.erased == copied.erased
        for (_, earlier, copied), (_, later, after) in pairwise(then):
            assert all(later.kinds.get(kind, 0) >= count for kind, count in earlier.kinds.items())
            assert later.people >= earlier.people
            assert after.erased.records >= copied.erased.records
        story.bench.close()


@settings(max_examples=12, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=2, max_size=7))
def test_what_is_erased_is_in_no_later_copy(steps: Sequence[str]) -> None:
    with TemporaryDirectory() as folder:
        story = Story(make_workbench(Path(folder) / "ledger"))
        ends = [story.happen(step) for step in steps]
        copies = [story.copied(at) for at in ends]
        for before, after in pairwise(copies):
            gone = after.erased.records - before.erased.records
            kept = {kind: count for kind, count in after.kinds.items() if kind is RecordKind.VALUE}
            known = before.kinds.get(RecordKind.VALUE, 0)
            assert gone == 0 or sum(kept.values()) < known
        sealed = story.measured(copy_at=ends[-1])
        assert sealed.is_empty
        assert sealed.sealed.records == copies[-1].records, "what the root key opens is what is sealed without it"
        story.bench.close()
