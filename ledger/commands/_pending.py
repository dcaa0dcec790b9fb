"""The receptions that were cut short: those of the house whose mandate does not live yet, with what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.aggregates.procedure import Procedure
from ledger.commands._context import Session
from ledger.commands._output import Column
from ledger.commands._pages import capped, house_seen_by, page
from ledger.commands._procedure_pages import name_of
from ledger.projections.procedures import ProcedureRow, ProcedureState, procedures
from ledger.translation import mark
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener
from ledger.usecases.receive import unfinished

_COLUMNS = [
    Column("procedure", mark("Reference")), Column("opened_at", mark("Opened")), Column("entry", mark("Code")),
    Column("name", mark("Procedure")), Column("next", mark("To resume at")), Column("mandate", mark("Mandate")),
]  # fmt: skip
_OPEN_AT_MOST = 1000
"""How many open procedures are looked through, latest first."""


def list_pending(session: Session) -> None:
    """Show the receptions to resume, latest opened first."""
    views = session.ledger.current_views()
    command = session.reading()

    def rows(actor: Acting) -> Sequence[ProcedureRow]:
        house = house_seen_by(actor)
        return procedures(views, house=house, state=ProcedureState.OPEN, limit=capped(_OPEN_AT_MOST))

    def row(opener: FactOpener, each: ProcedureRow) -> Mapping[str, Any]:
        found = unfinished(session.desk, command, opener, session.desk.streams.load(Procedure, each.procedure))
        if found is None:
            return {}
        return {
            "procedure": each.procedure,
            "opened_at": each.opened_at,
            "entry": found.entry,
            "name": name_of(session, found.entry, on=each.opened_at.date()),
            "next": found.stage,
            "mandate": found.mandate,
        }

    shown = page(session, "receive.pending", rows=rows, row=row)
    session.output.listing(_COLUMNS, [each for each in shown if each], empty=mark("There is no reception to resume."))
    if any(shown):
        session.output.say(mark("Go on with one: `ledger receive --resume REFERENCE`."))
