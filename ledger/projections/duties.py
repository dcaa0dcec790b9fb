"""
Open duties: what the law or the convention now asks somebody to do, and what has been done of it.

A duty follows from an event, so its id is made from that event's and is the same however often it is worked out. The
end of a mandate leaves an account to give (Code civil 1993), partners to tell (2005) and irregular acts to review; what
is entered late may show one partner more to tell; an
access that was flagged, or an act or a transmission entered as irregular, is to be dealt with; a disclosure that the
controller's delegate did not make in person is reviewed after. A later mandate given to another house is for the first
house to take note of (2006). A loss of data is for the controller to qualify, and the instant of awareness is what the
clock of a breach is counted from. What the header says
in clear opens the duty; which partner, which act and whose are facts, opened on display.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.duty import DutyKind, duty_id
from ledger.limits import PAGE_ROWS
from ledger.policies.vocabulary import DisclosureReview, EndDuty, ReviewResult, Telling
from ledger.projections.filters import Filter
from ledger.projections.mandate_register import MandateRow, chosen_mandates
from ledger.projections.model import Model, Rows, Scopes, happened, known
from ledger.projections.ports import Entry
from ledger.projections.procedures import ProcedureRow, open_under_mandate
from ledger.projections.tables import Table
from ledger.projections.views import Reader, Views
from ledger.usecases.ports import Streams, own_scope


@dataclass(frozen=True)
class DutyRow:
    """One thing to do, or done."""

    duty: UUID
    about: UUID
    """The mandate that ended, the access that was flagged, the procedure that was disclosed from, or the loss."""
    kind: str
    house: UUID | None
    position: int
    """Of the event that called for it, whose facts say what there is to do."""
    since: datetime
    """When the house knew; what the days allowed are counted from."""
    closed_at: datetime | None = None
    closed_position: int | None = None


@dataclass(frozen=True)
class MandateOfHouse:
    """A mandate, whose house has to do what its end calls for, whoever recorded that end."""

    mandate: UUID
    house: UUID | None
    lived: bool = False
    """So that an account is due at its end."""
    position: int = 0
    """Where it was drafted."""


DUTIES = Table(
    "duties", "duties", DutyRow, key=("duty",), indexes=(("about",), ("closed_at", "position"), ("position",))
)
MANDATES = Table("duties", "duties_mandates", MandateOfHouse, key=("mandate",), indexes=(("position",),))

_ENDS = frozenset({"mandate.revoked.1", "mandate.renounced.1", "mandate.ended.1"})
_TO_TELL = frozenset({EndDuty.TELL_PARTNERS, EndDuty.TELL_AND_REVIEW})
_TO_REVIEW = frozenset({EndDuty.REVIEW_ACTS, EndDuty.TELL_AND_REVIEW})


class Duties(Model):
    """Keeps duties."""

    name = "duties"
    version = 5
    tables = (DUTIES, MANDATES)
    topics = frozenset(
        {
            "mandate.drafted.1", "mandate.started.1", "mandate.partner-to-tell.1", "mandate.partner-told.1",
            "mandate.accounted.1", *_ENDS,
            "access.reviewed.1", "procedure.disclosed.1", "duty.discharged.1", "mandate.act-done.1",
            "procedure.transmitted.1", "mandate.successor-noted.1", "loss.found.1",
        }
    )  # fmt: skip

    def project(self, entry: Entry, rows: Rows, scopes: Scopes) -> None:
        """Open, or close, what an event calls for."""
        match entry.topic:
            case "mandate.drafted.1" | "mandate.started.1":
                rows.put(MANDATES, replace(_mandate(entry, rows), lived=entry.topic == "mandate.started.1"))
            case "mandate.partner-to-tell.1":
                found = _duty(entry, DutyKind.TELL_PARTNER)
                rows.put(DUTIES, replace(found, house=_mandate(entry, rows).house))
            case "mandate.partner-told.1" if entry.decision == Telling.ALL_TOLD:
                _close(entry, rows, _of_kind(entry, DutyKind.TELL_PARTNER))
            case "mandate.accounted.1":
                _close(entry, rows, _of_kind(entry, DutyKind.ACCOUNT))
            case "access.reviewed.1":
                _reviewed(entry, rows)
            case "procedure.disclosed.1" if entry.decision != DisclosureReview.NONE:
                rows.put(DUTIES, _duty(entry, DutyKind.REVIEW_DISCLOSURE))
            case "mandate.act-done.1" | "procedure.transmitted.1" if entry.decision in _TO_REVIEW:
                rows.put(DUTIES, _duty(entry, DutyKind.REVIEW_ACT))
            case "mandate.successor-noted.1":
                _succeeded(entry, rows)
            case "loss.found.1":
                loss = _duty(entry, DutyKind.QUALIFY_LOSS)
                rows.put(DUTIES, replace(loss, house=None, since=happened(entry)))  # the controller's, no house's
            case "duty.discharged.1":
                _close(entry, rows, Filter().equal("duty", entry.stream_id))
            case topic if topic in _ENDS:
                _ended(entry, rows)


def _ended(entry: Entry, rows: Rows) -> None:
    """
    Open what the end of a mandate leaves to do.

    Another end may be recorded later, one that came before: it does not ask again for what is open, nor for a second
    account.
    """
    earlier = rows.where(DUTIES, _about(entry))
    asked = {row.kind for row in earlier if row.closed_at is None or row.kind == DutyKind.ACCOUNT}
    kinds = [DutyKind.CLOSE_PROCEDURE]
    if entry.decision in _TO_TELL:
        kinds.append(DutyKind.TELL_PARTNER)
    _close(entry, rows, _of_kind(entry, DutyKind.ACKNOWLEDGE_SUCCESSOR))
    mandate = _mandate(entry, rows)
    if mandate.lived:
        kinds.append(DutyKind.ACCOUNT)
    due = [kind for kind in kinds if kind not in asked]
    if entry.decision in _TO_REVIEW:
        due.append(DutyKind.REVIEW_ACT)
    for kind in due:
        rows.put(DUTIES, replace(_duty(entry, kind), house=mandate.house))


def _succeeded(entry: Entry, rows: Rows) -> None:
    """Keep one duty open from the first later mandate until the house takes note, or the mandate ends otherwise."""
    if not rows.where(DUTIES, _of_kind(entry, DutyKind.ACKNOWLEDGE_SUCCESSOR).empty("closed_at", True)):
        rows.put(DUTIES, _duty(entry, DutyKind.ACKNOWLEDGE_SUCCESSOR))


def _mandate(entry: Entry, rows: Rows) -> MandateOfHouse:
    return rows.get(MANDATES, entry.stream_id) or MandateOfHouse(entry.stream_id, entry.house, position=entry.position)


def _reviewed(entry: Entry, rows: Rows) -> None:
    """Keep one duty open from the first flag on an access until it is cleared."""
    if entry.decision != ReviewResult.FLAGGED:
        _close(entry, rows, _about(entry))
    elif not rows.where(DUTIES, _about(entry).empty("closed_at", True)):
        rows.put(DUTIES, _duty(entry, DutyKind.REVIEW_ACT))


def _about(entry: Entry) -> Filter:
    return Filter().equal("about", entry.stream_id)


def _of_kind(entry: Entry, kind: DutyKind) -> Filter:
    return _about(entry).equal("kind", kind)


def _duty(entry: Entry, kind: DutyKind) -> DutyRow:
    return DutyRow(
        duty=duty_id(entry.event_id, kind),
        about=entry.stream_id,
        kind=kind,
        house=entry.house,
        position=entry.position,
        since=known(entry),
    )


def _close(entry: Entry, rows: Rows, wanted: Filter) -> None:
    for row in rows.where(DUTIES, wanted.empty("closed_at", True)):
        rows.put(DUTIES, replace(row, closed_at=happened(entry), closed_position=entry.position))


def duty(views: Views, reference: UUID) -> DutyRow | None:
    """Give one duty, open or closed, or None."""
    return views.read(lambda reader: reader.get(DUTIES, reference))


def open_duties(
    views: Views,
    *,
    house: UUID | None = None,
    kind: DutyKind | None = None,
    limit: int = PAGE_ROWS,
    after: int | None = None,
) -> list[DutyRow]:
    """
    Give a page of what is to be done, oldest first; the next page is `after` the last row's position.

    A page holds all the duties of its last event, so that none falls between two pages. Procedures to be closed are
    not among them: see `procedures_to_close`.
    """
    wanted = Filter().empty("closed_at", True).equal("house", house).equal("kind", kind)
    wanted = wanted.other("kind", DutyKind.CLOSE_PROCEDURE)

    def query(reader: Reader) -> list[DutyRow]:
        page = reader.select(DUTIES, wanted.above("position", after), order="position, duty", limit=limit)
        if len(page) < limit:
            return page
        last = page[-1].position
        rest = reader.select(DUTIES, wanted.equal("position", last), order="position, duty")
        return [*(row for row in page if row.position < last), *rest]

    return views.read(query)


@dataclass(frozen=True)
class ProcedureToClose:
    """An open procedure none of whose mandates lives: to be carried on with the person, resolved or abandoned."""

    procedure: ProcedureRow
    mandate: MandateRow
    """The one that ended last."""
    duty: DutyRow


def procedures_to_close(views: Views, streams: Streams, *, house: UUID | None = None) -> list[ProcedureToClose]:
    """
    Give the open procedures that were worked on under mandates which have all ended, oldest first.

    Which mandates a procedure had is told by links, from the procedure to the person, to the person's mandates, and
    back to the procedures that each served; they die with their keys.
    """
    found = []
    for row in open_under_mandate(views, house=house):
        mandates = chosen_mandates(views, _mandates_of(streams, row.procedure))
        if mandates and all(each.end_event is not None for each in mandates):
            last = max(mandates, key=lambda each: each.end_position or 0)
            to_close = _still_to_close(views, last)
            if to_close is not None:
                found.append(ProcedureToClose(row, last, to_close))
    return found


def _mandates_of(streams: Streams, procedure: UUID) -> list[UUID]:
    persons = streams.linked(own_scope(Scope.PROCEDURE_TRAIL, procedure), LinkKind.SUBJECT)
    theirs = (streams.linked(own_scope(Scope.IDENTITY, person), LinkKind.MANDATE) for person in persons)
    mandates = dict.fromkeys(mandate for each in theirs for mandate in each)
    return [
        each for each in mandates if procedure in streams.linked(own_scope(Scope.MANDATE, each), LinkKind.PROCEDURE)
    ]


def _still_to_close(views: Views, ended: MandateRow) -> DutyRow | None:
    wanted = Filter().equal("about", ended.mandate).equal("kind", DutyKind.CLOSE_PROCEDURE).empty("closed_at", True)
    found = views.read(lambda reader: reader.select(DUTIES, wanted, order="position DESC", limit=1))
    return found[0] if found else None
