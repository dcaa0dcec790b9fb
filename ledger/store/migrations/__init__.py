"""
Changes of the tables, oldest first: one module `to_<version>.py` each, with `STATEMENTS` by dialect.

Events are never migrated: a header is stored once and for ever. What may change is the tables around them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ledger.store.engine import Rows
from ledger.store.migrations import to_2, to_3


class Step(NamedTuple):
    """How a database of the version before is brought up: statements by dialect, then what they can't say."""

    statements: Mapping[str, Sequence[str]]
    then: Callable[[Rows], None] | None = None


STEPS: Mapping[int, Step] = {2: Step(to_2.STATEMENTS), 3: Step(to_3.STATEMENTS, to_3.fill)}
"""What brings a database of the version before up to each version."""
