"""
Figures for monitoring, as a text file that Prometheus and its like read: counts only, about nobody.

A file that grows old says as much as one that says that something is overdue: compare the instant of the last run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger.errors import Misconfigured
from ledger.limits import OVERDUE_AFTER
from ledger.owned_files import write_durably
from ledger.retention.planner import Action, Step, Why
from ledger.translation import mark


class FiguresNotWritten(Misconfigured):
    """The file for monitoring can't be written."""

    sentence = mark("The file for monitoring can't be written; the run itself is not concerned.")
    advice = mark("Give a place where this account may write.")


@dataclass(frozen=True)
class Figures:
    """How retention stands at an instant."""

    at: datetime
    living: int = 0
    due: int = 0
    overdue: int = 0
    to_close: int = 0
    awaiting_authority: int = 0
    held: int = 0
    holds_to_review: int = 0
    last_run: datetime | None = None

    def text(self) -> str:
        """Give the figures in the text format of Prometheus, version 0.0.4."""
        values = [
            ("living", "Items that live.", self.living),
            ("due", "Items that are due and that an authority lets destroy.", self.due),
            ("overdue", "Of these, those that a nightly run should have destroyed.", self.overdue),
            ("to_close", "Procedures that nobody goes on with.", self.to_close),
            ("awaiting_authority", "Items that are due and wait for the archives.", self.awaiting_authority),
            ("held", "Items that are due and that a hold keeps.", self.held),
            ("holds_to_review", "Holds whose review is past.", self.holds_to_review),
            ("last_run_timestamp_seconds", "When the last run ended; 0 if none did.", _seconds(self.last_run)),
            ("figures_timestamp_seconds", "When these figures were taken.", _seconds(self.at)),
        ]
        lines = [
            line
            for name, help_, value in values
            for line in (
                f"# HELP ledger_retention_{name} {help_}",
                f"# TYPE ledger_retention_{name} gauge",
                f"ledger_retention_{name} {value}",
            )
        ]
        return "\n".join(lines) + "\n"


def tally(steps: Iterable[Step[Any]], *, at: datetime, holds_to_review: int, last_run: datetime | None) -> Figures:
    """Count the lines of a plan, one after the other."""
    living = due = overdue = to_close = awaiting = held = 0
    for step in steps:
        living += step.item.lapses is None
        to_close += step.action is Action.CLOSE
        held += step.why is Why.HELD
        awaiting += step.action in (Action.RESTRICT, Action.WAIT) and step.why is not Why.HELD
        if step.action is Action.DESTROY:
            due += 1
            overdue += step.item.due_at is not None and step.item.due_at < at - OVERDUE_AFTER
    return Figures(at, living, due, overdue, to_close, awaiting, held, holds_to_review, last_run)


def write_figures(figures: Figures, path: Path) -> None:
    """
    Replace the file by these figures in one step, so that nobody ever reads half of it.

    :raises FiguresNotWritten: if the operating system refuses
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_durably(draft, figures.text().encode())
        draft.chmod(0o644)  # the account of the monitoring reads it
        draft.replace(path)
    except OSError as fault:
        draft.unlink(missing_ok=True)
        raise FiguresNotWritten from fault


def _seconds(instant: datetime | None) -> int:
    return 0 if instant is None else int(instant.timestamp())
