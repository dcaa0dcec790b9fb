"""
The legal basis in force per procedure: what its data were last opened by, and under which law as data.

The gateway with its reference, the mandate and the entry of the catalogue are facts in the boxes of the events whose
positions stand here; they are opened on display.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Scope
from ledger.projections.model import Model, Rows, Scopes, begun
from ledger.projections.ports import Entry
from ledger.projections.tables import Table
from ledger.projections.views import Views


@dataclass(frozen=True)
class BasisRow:
    """What a procedure rests on."""

    procedure: UUID
    house: UUID | None
    position: int
    """Of its opening: the entry of the catalogue, whose basis is that of the processing (GDPR 6)."""
    catalogue: str | None
    """Digest of the catalogue in force when it was opened, or last opened to a look."""
    in_force: bool
    """Whether the procedure is open: nothing is opened in one that has ended."""
    gateway: str | None = None
    """Of the last access granted: whether a mandate opened it; by which gateway is a fact."""
    access: UUID | None = None
    access_position: int | None = None
    """Of the last access granted: fields, place, reference."""
    accessed_at: datetime | None = None
    mandate_position: int | None = None
    """Of the last mandate attached."""


BASES = Table("legal-basis", "legal_basis", BasisRow, key=("procedure",), indexes=(("position",),))

_IN_FORCE = {"procedure.resolved.1": False, "procedure.abandoned.1": False, "procedure.reopened.1": True}


class LegalBasis(Model):
    """Keeps the legal basis of each procedure."""

    name = "legal-basis"
    version = 2
    tables = (BASES,)
    topics = frozenset({"procedure.opened.1", "procedure.mandate-attached.1", "access.granted.1", *_IN_FORCE})
    scoped = frozenset({"access.granted.1"})

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Write down what a procedure now rests on."""
        if entry.topic == "procedure.opened.1":
            rows.put(BASES, BasisRow(entry.stream_id, entry.house, entry.position, entry.catalogue, in_force=True))
        elif entry.topic == "access.granted.1":
            _granted(entry, rows, scopes)
        elif entry.topic == "procedure.mandate-attached.1":
            row = begun(rows.get(BASES, entry.stream_id))
            rows.put(BASES, replace(row, mandate_position=entry.position))
        else:
            row = begun(rows.get(BASES, entry.stream_id))
            rows.put(BASES, replace(row, in_force=_IN_FORCE[entry.topic]))


def _granted(entry: Entry, rows: Rows, scopes: Scopes) -> None:
    claimed = [scopes[key] for key in entry.keys if key in scopes]
    for scope in claimed:
        if scope.kind is Scope.PROCEDURE_TRAIL:
            row = rows.get(BASES, UUID(scope.of))
            if row is None:  # the procedure is pruned, before its accesses or with them
                continue
            granted = replace(
                row,
                gateway=entry.gateway,
                access=entry.stream_id,
                access_position=entry.position,
                accessed_at=entry.recorded_at,
                catalogue=entry.catalogue,
            )
            rows.put(BASES, granted)


def legal_basis(views: Views, procedure: UUID) -> BasisRow | None:
    """Give what one procedure rests on, or None."""
    return views.read(lambda reader: reader.get(BASES, procedure))
