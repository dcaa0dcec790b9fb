"""Reading the measure of breaches: decimals exactly as they are written, every version with source, mark and period."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import TypeVar

from ledger.rules.assessment import AssessmentRules, Band, CategoryRule, ContentRule, ProposalRule, Scale
from ledger.rules.cnil import DataCategory
from ledger.rules.document import Document, Table, missing_day, report_overlaps
from ledger.rules.marks import Mark
from ledger.rules.periods import Period, Valid

V = TypeVar("V", bound=Valid)

_LEVELS = 3
"""How many levels each circumstance has."""


def read_assessment(content: bytes, *, file: str) -> AssessmentRules:
    """
    Read the measure of breaches.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("assessment")
    period = root.period()
    rules = AssessmentRules(
        scales=_versions(root, "scale", period, _scale),
        proposals=_versions(root, "proposal", period, _proposal),
        contents=_versions(root, "content", period, _content),
        categories=_categories(root, period),
    )
    root.close()
    document.finish()
    return rules


def _versions(root: Table, key: str, period: Period, read: Callable[[Table], V]) -> tuple[V, ...]:
    """Read the dated rows of one kind, of which every day of the file has exactly one."""
    tables = root.tables(key, required=True)
    found = [read(table) for table in tables]
    for table in tables:
        table.close()
    _check_days(root, period, list(zip(tables, found, strict=True)), what=key)
    return tuple(found)


def _check_days(root: Table, period: Period, versions: Sequence[tuple[Table, Valid]], *, what: str) -> None:
    if not versions:
        root.report("MISSING_RULE", name=what)
        return
    report_overlaps([table for table, _ in versions], [row.period for _, row in versions], what=what)
    missing = missing_day(period, [row.period for _, row in versions])
    if missing:
        versions[0][0].report("GAP", "valid_from", what=what, day=missing)


def _categories(root: Table, period: Period) -> dict[DataCategory, tuple[CategoryRule, ...]]:
    """Read the factors that are proposed; every category has some on every day."""
    found: dict[DataCategory, list[tuple[Table, CategoryRule]]] = {each: [] for each in DataCategory}
    for table in root.tables("category", required=True):
        row = _category(table)
        table.close()
        found[row.category].append((table, row))
    for category, versions in found.items():
        _check_days(root, period, versions, what=f"category {category}")
    return {category: tuple(row for _, row in versions) for category, versions in found.items()}


def _category(table: Table) -> CategoryRule:
    return CategoryRule(
        category=table.choice("category", DataCategory),
        dpc=_decimal(table, table.text("dpc"), "dpc"),
        ei=_decimal(table, table.text("ei"), "ei"),
        source=table.text("source"),
        mark=table.choice("mark", Mark),
        period=table.period(),
    )


def _content(table: Table) -> ContentRule:
    return ContentRule(
        by_name=table.choice("by_name", DataCategory),
        others=frozenset(table.texts("others")),
        source=table.text("source"),
        mark=table.choice("mark", Mark),
        period=table.period(),
    )


def _scale(table: Table) -> Scale:
    return Scale(
        dpc=_rising(table, "dpc", least=1),
        ei=_rising(table, "ei", least=1),
        confidentiality=_rising(table, "confidentiality", least=_LEVELS),
        integrity=_rising(table, "integrity", least=_LEVELS),
        availability=_rising(table, "availability", least=_LEVELS),
        malicious=_decimal(table, table.text("malicious"), "malicious"),
        bands=_rising(table, "bands", least=len(Band) - 1),
        many_people=table.whole("many_people", least=1),
        source=table.text("source"),
        mark=table.choice("mark", Mark),
        period=table.period(),
    )


def _proposal(table: Table) -> ProposalRule:
    return ProposalRule(
        authority_from=table.choice("authority_from", Band),
        people_from=table.choice("people_from", Band),
        source=table.text("source"),
        mark=table.choice("mark", Mark),
        period=table.period(),
    )


def _rising(table: Table, key: str, *, least: int) -> tuple[Decimal, ...]:
    """Take a list of decimals, each above the one before it."""
    texts = table.texts(key, least=least)
    found = [_decimal(table, text, key) for text in texts]
    if any(later <= earlier for earlier, later in pairwise(found)):
        table.report("NOT_RISING", key, key=key)
    return tuple(found)


def _decimal(table: Table, text: str, key: str) -> Decimal:
    """Read a decimal of no more than two digits behind the point, such as 0.25."""
    try:
        value = Decimal(text or "0")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0 or value != value.quantize(Decimal("0.01")):
        table.report("NOT_DECIMAL", key, key=key)
        return Decimal(0)
    return value
