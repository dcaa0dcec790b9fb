"""
Pages of lists: rows of a read model, with their facts opened under one recorded judgement of who may see them.

Agents see their own house; whoever audits or decides sees all (convention 4.6, GDPR 39). Every page leaves a record,
so that an auditor's reading is in the journal too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from ledger import limits
from ledger.commands._context import Session
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import Acting, acting
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.procedure.open_procedure import NoHouse

R = TypeVar("R")


def page(
    session: Session,
    name: str,
    *,
    rows: Callable[[Acting], Sequence[R]],
    row: Callable[[FactOpener, R], Mapping[str, Any] | None],
    also: Callable[[FactOpener], None] | None = None,
) -> list[Mapping[str, Any]]:
    """
    Give the rows that the actor may see, with their facts; the record of the page is kept with what was seen.

    A row that turns out, once opened, not to be one that was asked for is None. `also` opens more, under the same
    record.

    :raises RefusedByRule: if `rows` says that the actor may see none of it
    """
    command = session.reading()
    with judging(session.desk, command) as judgement:
        actor = acting(session.desk, judgement)
        found = rows(actor)
        shown = [opened for each in found if (opened := row(judgement, each)) is not None]
        if also is not None:
            also(judgement)
        judgement.read(name, rows=len(found))
    return shown


def house_seen_by(actor: Acting) -> UUID | None:
    """
    Give the house whose cases somebody sees; None for all of them.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, for whoever neither receives people nor audits
    """
    if Power.READ_JOURNAL in actor.powers:
        return None
    actor.need(Power.RECEIVE)
    if actor.agent.house is None:
        raise NoHouse
    return actor.agent.house


def events_at(session: Session, positions: Iterable[int | None]) -> dict[int, Any]:
    """Give the events at these positions, sealed; pruned ones are left out."""
    wanted = sorted({position for position in positions if position is not None})
    return {logged.position: logged.event for logged in session.ledger.log.at(wanted)}


def capped(limit: int) -> int:
    """Give how many rows a page may have."""
    return max(1, min(limit, limits.PAGE_ROWS * 20))
