"""What runs in the breaches that are open, as headers show it: ids, instants and codes, given by a read model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from ledger.policies.breach_deadlines import Reminder, Told
from ledger.policies.breach_vocabulary import Deadline, Line


@dataclass(frozen=True)
class Running:
    """One thing to be done about a breach, as far as headers say."""

    breach: UUID
    house: UUID | None
    deadline: Deadline
    line: Line | None
    runs_from: datetime
    recorded_at: datetime
    began: int
    """Where the event stands from which it runs: the same for ever, whatever becomes of its instants."""
    position: int | None = None
    """Where the event stands whose facts say by which place it counts, or until when; None where the house says it."""
    changed_position: int = 0
    """Where the last event of the breach stands."""


@dataclass(frozen=True)
class Board:
    """Everything that runs, and what the log tells of reminders."""

    running: Sequence[Running] = ()
    told: Mapping[Reminder, Told] = field(default_factory=dict)
