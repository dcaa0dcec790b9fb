"""Figures for monitoring: what is counted, and a file that is whole at any moment."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from ledger.aggregates.base import Scope, ScopeInstance
from ledger.clock import UTC
from ledger.limits import OVERDUE_AFTER
from ledger.retention.figures import FiguresNotWritten, tally, write_figures
from ledger.retention.items import KeyItem
from ledger.retention.planner import Action, Lapse, Step, Why
from ledger.rules.retention_terms import RetentionClass

AT = datetime(2026, 6, 9, 12, tzinfo=UTC)
ITEM = KeyItem(
    id=UUID(int=1), category=RetentionClass.WORKING_DATA, first_day=AT.date(), last_day=AT.date(), due_at=AT,
    key_id=UUID(int=2), scope=ScopeInstance(Scope.PROCEDURE_DATA, UUID(int=1).hex),
)  # fmt: skip
LATE = replace(ITEM, due_at=AT - OVERDUE_AFTER - timedelta(seconds=1))
STEPS = [
    Step(ITEM, Action.KEEP, Why.NOT_DUE),
    Step(ITEM, Action.KEEP, Why.HELD),
    Step(ITEM, Action.RESTRICT, Why.HELD),
    Step(ITEM, Action.RESTRICT, Why.NO_AUTHORITY),
    Step(ITEM, Action.WAIT, Why.OUT_OF_RANGE),
    Step(ITEM, Action.DESTROY, Why.COVERED, UUID(int=3)),
    Step(LATE, Action.DESTROY, Why.COVERED, UUID(int=3)),
    Step(replace(ITEM, lapses=Lapse.DORMANT), Action.CLOSE, Why.DORMANT),
]


def test_each_line_of_a_plan_is_counted_where_it_belongs() -> None:
    found = tally(STEPS, at=AT, holds_to_review=2, last_run=None)
    assert (found.living, found.due, found.overdue, found.to_close) == (7, 2, 1, 1)
    assert (found.awaiting_authority, found.held, found.holds_to_review) == (2, 2, 2)


def test_the_text_is_what_prometheus_reads() -> None:
    text = tally(STEPS, at=AT, holds_to_review=0, last_run=AT).text()
    for line in text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) ledger_retention_\w+ .+|ledger_retention_\w+ \d+", line)
    assert f"ledger_retention_last_run_timestamp_seconds {int(AT.timestamp())}\n" in text
    assert "ledger_retention_overdue 1\n" in text


def test_the_file_is_replaced_whole_and_others_may_read_it(tmp_path: Path) -> None:
    file, figures = tmp_path / "retention.prom", tally(STEPS, at=AT, holds_to_review=0, last_run=None)
    for _ in range(2):
        write_figures(figures, file)
    assert file.read_text(encoding="utf-8") == figures.text()
    assert file.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FiguresNotWritten):
        write_figures(tally([], at=AT, holds_to_review=0, last_run=None), tmp_path / "absent" / "retention.prom")
