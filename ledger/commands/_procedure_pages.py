"""Pages about procedures: the list, and one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from ledger.aggregates.procedure import Procedure
from ledger.aggregates.procedure_events import ActOfProcedure, Transmission
from ledger.aggregates.subject import Subject
from ledger.commands._context import Session
from ledger.commands._output import Column
from ledger.commands._pages import capped, events_at, house_seen_by, page
from ledger.policies.mandate_making import is_late
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode
from ledger.projections.legal_basis import legal_basis
from ledger.projections.procedures import ProcedureRow, ProcedureState, procedures, procedures_of
from ledger.projections.procedures import procedure as one
from ledger.translation import mark, translate
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener

_LIST = [
    Column("procedure", mark("Reference")), Column("state", mark("State")), Column("entry", mark("Code")),
    Column("name", mark("Procedure")), Column("opened_at", mark("Opened")),
    Column("last_contact_at", mark("Last contact")), Column("transmissions", mark("Sent")),
    Column("outcome", mark("Outcome")), Column("data_destroyed_at", mark("Data destroyed")),
    Column("position", mark("Position"), for_people=False),
]  # fmt: skip
_ONE = [
    Column("procedure", mark("Reference")), Column("state", mark("State")), Column("entry", mark("Code")),
    Column("name", mark("Procedure")), Column("partner", mark("Partner")), Column("mission", mark("Mission")),
    Column("mode", mark("Mode")), Column("present", mark("Person present")), Column("anonymous", mark("No identity")),
    Column("basis", mark("Legal basis")), Column("gateway", mark("Opened through")),
    Column("accessed_at", mark("Last access")),
    Column("opened_at", mark("Opened")), Column("last_contact_at", mark("Last contact")),
    Column("subjects", mark("Person")), Column("mandates", mark("Mandates")), Column("kept", mark("Values kept")),
    Column("data_destroyed_at", mark("Data destroyed")),
    Column("acts", mark("Acts done")), Column("transmissions", mark("Sent")),
    Column("disclosures", mark("Legal disclosures")), Column("ended_at", mark("Ended")),
    Column("outcome", mark("Outcome")), Column("restricted_at", mark("Restricted")),
]  # fmt: skip


def list_procedures(
    session: Session, *, state: ProcedureState | None, subject: str | None, limit: int, before: int | None
) -> None:
    """Show a page of procedures."""
    views = session.ledger.current_views()
    events: dict[int, Any] = {}
    found: list[ProcedureRow] = []

    def rows(actor: Acting) -> Sequence[ProcedureRow]:
        house = house_seen_by(actor)
        if subject is not None:
            person = session.reference(Subject, subject, name="--subject")
            all_of_person = procedures_of(views, session.desk.streams, person)
            found.extend(row for row in all_of_person if house in (None, row.house) and state in (None, row.state))
        else:
            found.extend(procedures(views, house=house, state=state, limit=capped(limit), before=before))
        events.update(events_at(session, (position for row in found for position in (row.position, row.end_position))))
        return found

    def row(opener: FactOpener, each: ProcedureRow) -> Mapping[str, Any]:
        return _list_row(session, opener, each, events)

    shown = page(session, "procedure.list", rows=rows, row=row)
    session.output.listing(_LIST, shown, empty=mark("There are no procedures."))
    if subject is None and len(found) == capped(limit):
        session.output.say(mark("More: --before {position}"), position=found[-1].position)


def _list_row(session: Session, opener: FactOpener, row: ProcedureRow, events: Mapping[int, Any]) -> Mapping[str, Any]:
    opened, ended = events.get(row.position), events.get(row.end_position or 0)
    entry = opener.open(opened.entry) if opened is not None else None
    return {
        "procedure": row.procedure,
        "state": ProcedureState(row.state),
        "entry": entry,
        "name": name_of(session, entry, on=row.opened_at.date()),
        "opened_at": row.opened_at,
        "last_contact_at": row.last_contact_at,
        "transmissions": row.transmissions,
        "outcome": opener.open(ended.outcome) if ended is not None else None,
        "data_destroyed_at": row.data_destroyed_at,
        "position": row.position,
    }


def show_procedure(session: Session, procedure_id: UUID) -> None:
    """Show one procedure."""
    procedure = session.desk.streams.load(Procedure, procedure_id)
    views = session.ledger.current_views()
    listed, rests_on = one(views, procedure_id), legal_basis(views, procedure_id)
    looked = events_at(session, [rests_on.access_position] if rests_on is not None else [])
    known = {
        "data_destroyed_at": listed.data_destroyed_at if listed is not None else None,
        "accessed_at": rests_on.accessed_at if rests_on is not None else None,
    }

    def rows(actor: Acting) -> Sequence[Procedure]:
        if house_seen_by(actor) not in (None, procedure.house):
            raise RefusedByRule(RefusalCode.OTHER_HOUSE)
        return [procedure]

    def row(opener: FactOpener, each: Procedure) -> Mapping[str, Any]:
        gateways = [opener.open(event.through) for event in looked.values()]
        return {**_facts(session, opener, each), **known, "gateway": gateways[0] if gateways else None}

    (shown,) = page(session, "procedure.show", rows=rows, row=row)
    session.output.record(_ONE, shown)


def _facts(session: Session, opener: FactOpener, procedure: Procedure) -> Mapping[str, Any]:
    from ledger.aggregates.base import LinkKind, Scope
    from ledger.usecases.ports import own_scope

    entry = opener.open(procedure.entry)
    trail = own_scope(Scope.PROCEDURE_TRAIL, procedure.id)
    return {
        "procedure": procedure.id,
        "state": _state(procedure, opener),
        "entry": entry,
        "name": name_of(session, entry, on=procedure.opened_at.date()),
        "partner": opener.open(procedure.partner),
        "mission": opener.open(procedure.mission),
        "basis": _basis(session, entry, on=procedure.opened_at.date()),
        "mode": opener.open(procedure.mode),
        "present": opener.open(procedure.present),
        "anonymous": opener.open(procedure.anonymous),
        "opened_at": procedure.opened_at,
        "last_contact_at": procedure.last_contact_at,
        "subjects": session.desk.streams.linked(trail, LinkKind.SUBJECT),
        "mandates": [opener.open(mandate) for mandate in procedure.mandates],
        "kept": [opener.open(value.field) for value in procedure.values],
        "acts": [{"act": opener.open(act.act), **_when(session, act)} for act in procedure.acts],
        "transmissions": [
            {"to": opener.open(sent.recipient), **_when(session, sent)} for sent in procedure.transmissions
        ],
        "disclosures": procedure.disclosures or None,
        "ended_at": procedure.ended_at,
        "outcome": opener.open(procedure.outcome) if procedure.outcome is not None else None,
        "restricted_at": procedure.restricted_at,
    }


def _when(session: Session, entry: ActOfProcedure | Transmission) -> dict[str, Any]:
    """Say when something was done; and, if that was later, when it was entered."""
    late = is_late(entry.effective_at, recorded_at=entry.recorded_at)
    if not session.output.for_people:
        return {"at": entry.effective_at, "recorded_at": entry.recorded_at, "late": late}
    if not late:
        return {"at": entry.effective_at}
    return {"at": entry.effective_at, "entered": translate("entered on"), "on": entry.recorded_at}


def _basis(session: Session, entry: Any, *, on: date) -> str | None:
    """Give the legal basis of the processing, as the entry states it; it opens nothing by itself (GDPR 6)."""
    if not isinstance(entry, str):
        return None
    basis = session.desk.law.catalogue.procedure(entry, on=on).basis
    return f"{basis.text} ({basis.reference})"


def _state(procedure: Procedure, opener: FactOpener) -> ProcedureState:
    from ledger.policies.vocabulary import ABANDONMENTS

    if procedure.ended_at is None or procedure.outcome is None:
        return ProcedureState.OPEN
    abandoned = opener.known(procedure.outcome) in ABANDONMENTS
    return ProcedureState.ABANDONED if abandoned else ProcedureState.RESOLVED


def name_of(session: Session, entry: Any, *, on: date) -> Any:
    """Give the name of an entry as it held on a day; what was destroyed stays destroyed."""
    from ledger.rules.catalogue import UnknownProcedure

    if not isinstance(entry, str):
        return entry
    try:
        return session.desk.law.catalogue.procedure(entry, on=on).name
    except UnknownProcedure:
        return None
