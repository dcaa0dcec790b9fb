"""
Changes of the tables, oldest first: one module `to_<version>.py` each, with `STATEMENTS` by dialect.

Events are never migrated: a header is stored once and for ever. What may change is the tables around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.store.migrations import to_2

STEPS: Mapping[int, Mapping[str, Sequence[str]]] = {2: to_2.STATEMENTS}
"""For each version, the statements by dialect that bring a database of the version before up to it."""
