"""How a scope is shown: the figures, then the data by category, then in words what the figures do not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ledger.commands._context import Session
from ledger.commands._labels import label
from ledger.commands._output import Column
from ledger.policies.breach_scope import BreachScope, Count
from ledger.policies.severity import prefilled, shown
from ledger.rules.cnil import PeopleBand
from ledger.translation import mark, translate
from ledger.usecases.breach.scope import ScopeMeasured
from ledger.usecases.house.days import day_of

COLUMNS = [
    Column("basis", mark("By")), Column("as_of", mark("As of")), Column("people", mark("People")),
    Column("band", mark("As the CNIL counts")), Column("records", mark("Records")), Column("kinds", mark("Of which")),
    Column("sensitive", mark("Sensitive data")), Column("minors", mark("Minors")),
    Column("protected", mark("Protected adults")), Column("dead", mark("Dead")),
    Column("reachable", mark("Can be reached")), Column("ways", mark("By")),
    Column("unreachable", mark("Can't be reached")), Column("standing_unknown", mark("Not known of")),
    Column("with_others", mark("Tell of others")), Column("household", mark("Members of households")),
    Column("staff", mark("Agents")),
    Column("erased", mark("Already destroyed")), Column("sealed", mark("Sealed, the key is safe")),
    Column("nobodys", mark("Nobody's")), Column("untold", mark("Can't be told any more")),
    Column("unexamined", mark("Not examined")), Column("unintelligible", mark("Unreadable"), for_people=False),
    Column("whole", mark("Whole"), for_people=False), Column("categories", mark("Data"), for_people=False),
    Column("proposed", mark("Proposed"), for_people=False), Column("breach", mark("Breach")),
    Column("caveats", mark("Caveats"), for_people=False),
]  # fmt: skip
_BY_CATEGORY = [
    Column("category", mark("Data")), Column("people", mark("People")), Column("records", mark("Records")),
    Column("sensitive", mark("Sensitive")),
]  # fmt: skip


def show_scope(session: Session, measured: ScopeMeasured, *, breach: UUID | None) -> None:
    """Show a scope."""
    figures, output = measured.figures, session.output
    row = _row(session, measured, breach)
    if not output.for_people:
        output.record(COLUMNS, row)
        return
    output.record(COLUMNS, row | _spoken(figures))
    if figures.categories:
        output.verbatim("")
        output.listing(_BY_CATEGORY, row["categories"])
    elif figures.is_empty:
        output.say(_nothing(figures))
    output.verbatim("")
    output.verbatim(translate(mark("What these figures do not say:")))
    for caveat in measured.caveats:
        output.verbatim(f"* {label(caveat)}")


def _nothing(figures: BreachScope) -> str:
    if figures.unintelligible:
        return mark("Nobody can read any of it: it is encrypted, and the key is safe.")
    return mark("The ledger knows of nothing that could be read.")


def _row(session: Session, measured: ScopeMeasured, breach: UUID | None) -> dict[str, Any]:
    figures = measured.figures
    dpc, ei = prefilled(
        figures.categories, unintelligible=figures.unintelligible, rules=session.desk.law.assessment,
        on=day_of(measured.as_of),
    )  # fmt: skip
    return {
        "basis": measured.basis, "as_of": measured.as_of, "people": figures.people,
        "band": PeopleBand.of(figures.people), "records": figures.records, "kinds": figures.kinds,
        "sensitive": [each for each in figures.categories if each.is_sensitive()],
        "minors": figures.minors, "protected": figures.protected, "dead": figures.dead,
        "reachable": figures.reachable, "ways": figures.ways, "unreachable": figures.unreachable,
        "standing_unknown": figures.standing_unknown, "with_others": _count(figures.with_others),
        "household": figures.household,
        "staff": measured.staff, "erased": _count(figures.erased), "sealed": _count(figures.sealed),
        "nobodys": figures.nobodys, "untold": figures.untold, "unexamined": figures.unexamined,
        "unintelligible": figures.unintelligible, "whole": measured.is_whole,
        "categories": [
            {"category": each, **_count(count), "sensitive": each.is_sensitive()}
            for each, count in figures.categories.items()
        ],
        "proposed": {"dpc": shown(dpc), "ei": shown(ei)}, "breach": breach, "caveats": list(measured.caveats),
    }  # fmt: skip


def _count(count: Count) -> dict[str, int]:
    return {"people": count.people, "records": count.records}


def _spoken(figures: BreachScope) -> dict[str, Any]:
    """Put the figures in words: what is none is left out, but for people and records."""
    apart = {"with_others": figures.with_others, "erased": figures.erased, "sealed": figures.sealed}
    plain = {
        name: getattr(figures, name) or None
        for name in ("minors", "protected", "dead", "reachable", "unreachable", "standing_unknown", "nobodys",
                     "untold", "unexamined")
    }  # fmt: skip
    return plain | {
        "kinds": _each(figures.kinds),
        "ways": _each(figures.ways),
        **{name: _people_and_records(count) if count.records else None for name, count in apart.items()},
    }


def _each(counts: Mapping[Any, int]) -> str:
    return ", ".join(f"{label(each)} {number}" for each, number in counts.items())


def _people_and_records(count: Count) -> str:
    said = translate(mark("{people} people, {records} records"))
    return said.format(people=count.people, records=count.records)
