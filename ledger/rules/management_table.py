"""
The archives' management table (tableau de gestion): for each class of record, what it is called and its final fate.

It is agreed with the departmental archives and sets the lines of an elimination slip. Terms stay in the schedule of the
profile: the table says what becomes of a class once its term is over (Code du patrimoine L212-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256

from ledger.errors import NotFound
from ledger.rules.document import Document, Table, missing_day, report_overlaps
from ledger.rules.marks import Mark
from ledger.rules.periods import Period, holding
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class FinalFate(StrEnum):
    """What becomes of a class of record in the end."""

    ELIMINATE = "eliminate"
    SAMPLE = "sample"
    """A part of it goes to the archives, the rest is eliminated."""
    TRANSFER = "transfer"
    """All of it goes to the archives."""


ON_SLIPS = tuple(
    each for each in RetentionClass if each not in (RetentionClass.ELIMINATION_SLIPS, RetentionClass.DORMANT_PROCEDURE)
)
"""The classes that a slip can list: slips themselves are permanent, and what sleeps is closed, not eliminated."""


class NoTableRow(NotFound):
    """The management table says nothing of a class on a day."""

    sentence = mark("The management table of the archives has no row {reference} on {day}.")
    advice = mark("Complete the file archives.toml in the folder of law, with the departmental archives.")


@dataclass(frozen=True)
class TableRow:
    """One row of the management table, as it holds during a period."""

    retention_class: RetentionClass
    reference: str
    title: str
    paper_title: str
    """What the paper originals of this class are called; empty where there are none."""
    fate: FinalFate
    observations: str
    source: str
    mark: str
    period: Period


@dataclass(frozen=True)
class ManagementTable:
    """The table with all versions of its rows."""

    signatory: str
    """The office that signs a slip for the producer; never a person's name."""
    producer: str
    """The producer of the archives; empty for the one manager of the houses."""
    rows: Mapping[RetentionClass, tuple[TableRow, ...]]
    digest: str
    """SHA-256 (hexadecimal) of the file."""

    def row(self, retention_class: RetentionClass, *, on: date) -> TableRow:
        """
        Give the row of a class as it holds on a day.

        :raises NoTableRow: if the table says nothing of it on that day
        """
        found = holding(self.rows.get(retention_class, ()), on=on)
        if found is None:
            raise NoTableRow(reference=str(retention_class), day=on.isoformat())
        return found


def read_management_table(content: bytes, *, file: str) -> ManagementTable:
    """
    Read a management table.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("archives")
    period = root.period()
    table = ManagementTable(
        signatory=root.text("signatory"),
        producer=root.text("producer", required=False),
        rows=_rows(root, period),
        digest=sha256(document.text.encode()).hexdigest(),
    )
    root.close()
    document.finish()
    return table


def _rows(root: Table, period: Period) -> dict[RetentionClass, tuple[TableRow, ...]]:
    found: dict[RetentionClass, list[tuple[Table, TableRow]]] = {each: [] for each in ON_SLIPS}
    for table in root.tables("row", required=True):
        row = _row(table)
        table.close()
        if row.retention_class in found:
            found[row.retention_class].append((table, row))
        else:
            table.report("NOT_IN_LIST", "class", value=row.retention_class, options=", ".join(ON_SLIPS))
    for each, versions in found.items():
        _check(root, each, period, versions)
    return {each: tuple(row for _, row in versions) for each, versions in found.items()}


def _check(root: Table, each: RetentionClass, period: Period, versions: list[tuple[Table, TableRow]]) -> None:
    """Report a class of which the table says nothing on some day, or two things on one."""
    if not versions:
        root.report("MISSING_RULE", name=each)
        return
    report_overlaps([table for table, _ in versions], [row.period for _, row in versions], what=each)
    missing = missing_day(period, [row.period for _, row in versions])
    if missing:
        versions[0][0].report("GAP", "valid_from", what=each, day=missing)


def _row(table: Table) -> TableRow:
    return TableRow(
        retention_class=table.choice("class", RetentionClass),
        reference=table.code("reference"),
        title=table.text("title"),
        paper_title=table.text("paper_title", required=False),
        fate=table.choice("fate", FinalFate),
        observations=table.text("observations", required=False),
        source=table.text("source"),
        mark=table.choice("mark", Mark),
        period=table.period(),
    )
