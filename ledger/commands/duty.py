"""`ledger duty`: what the law or the convention now asks someone to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.commands._choices import Word
from ledger.commands._context import Session
from ledger.commands._doing import agent_of
from ledger.commands._shared import effective_option, from_option, note_of
from ledger.commands._words import Noun, argument, option
from ledger.errors import NotFound
from ledger.translation import mark

if TYPE_CHECKING:
    from ledger.projections.duties import DutyRow
    from ledger.usecases.agent.acting import Acting
    from ledger.usecases.gate import FactOpener
    from ledger.usecases.ports import Recorded

_REASON = mark("Reason (nothing-to-do, done-otherwise, by-mistake, declined, unreachable)")
command = Noun("duty", help=mark("See what is to be done, and record that it was."))

_KIND = Word("ledger.aggregates.duty:DutyKind")
_LEAST_DIGITS, _ALL_DIGITS = 6, 32


class DutyUnknown(NotFound):
    """No open duty bears the reference."""

    sentence = mark("No open duty bears this reference.")
    advice = mark("See `ledger duty list`.")


@command.verb(
    "list",
    help=mark(
        "List what is to be done, oldest first: tell partners of an end, review irregular acts, give accounts.\n\n"
        "Agents see their own house; whoever audits or decides sees all. The page is recorded."
    ),
    examples=("ledger duty list", "ledger duty list --kind tell-partner"),
)
@option("--kind", type=_KIND, help=mark("Only this kind."))
@option("--limit", type=int, default=50, show_default=True, metavar="N", help=mark("At most so many."))
@option("--after", type=int, metavar=mark("POSITION"), help=mark("Go on after this position of the last page."))
def list_(session: Session, kind: Any, limit: int, after: int | None) -> None:
    """List duties."""
    from ledger.commands._output import Column
    from ledger.commands._pages import capped, events_at, house_seen_by, page
    from ledger.projections.duties import open_duties, procedures_to_close

    views = session.ledger.current_views()
    found: list[tuple[DutyRow, UUID | None]] = []
    events: dict[int, Any] = {}

    def rows(actor: Acting) -> Sequence[tuple[DutyRow, UUID | None]]:
        house = house_seen_by(actor)
        found.extend(
            (row, None) for row in open_duties(views, house=house, kind=kind, limit=capped(limit), after=after)
        )
        if after is None and kind in (None, "close-procedure"):
            closing = procedures_to_close(views, session.desk.streams, house=house)
            found.extend((one.duty, one.procedure.procedure) for one in closing)
        events.update(events_at(session, (row.position for row, _ in found)))
        return found

    def row(opener: FactOpener, each: tuple[DutyRow, UUID | None]) -> Mapping[str, Any]:
        return _row(session, opener, each[0], each[1], events)

    columns = [
        Column("duty", mark("Reference")), Column("kind", mark("To do")), Column("since", mark("Since")),
        Column("until", mark("Until")), Column("about", mark("About")), Column("procedure", mark("Procedure")),
        Column("partners", mark("Partners")), Column("house", mark("House")),
        Column("position", mark("Position"), for_people=False),
    ]  # fmt: skip
    shown = page(session, "duty.list", rows=rows, row=row)
    session.output.listing(columns, shown, empty=mark("Nothing is to be done."))


def _row(
    session: Session, opener: FactOpener, duty: DutyRow, procedure: UUID | None, events: Mapping[int, Any]
) -> Mapping[str, Any]:
    from ledger.aggregates.duty import DutyKind
    from ledger.policies.mandate_life import winding_up_end

    kind = DutyKind(duty.kind)
    zone, until = session.zone, None
    if kind is DutyKind.CLOSE_PROCEDURE:
        grace = session.desk.law.profile.grace(duty.since.astimezone(zone).date())
        until = winding_up_end(duty.since, grace=grace, zone=zone)
    return {
        "duty": duty.duty,
        "kind": kind,
        "since": duty.since,
        "until": until,
        "about": duty.about,
        "procedure": procedure,
        "partners": _partners(opener, events.get(duty.position)) if kind is DutyKind.TELL_PARTNER else None,
        "house": duty.house,
        "position": duty.position,
    }


def _partners(opener: FactOpener, event: Any) -> Any:
    """Give the partners to tell, as the end has them, or the one that was found later."""
    if (listed := getattr(event, "partners", None)) is not None:
        return opener.open(listed)
    found = getattr(event, "partner", None)
    return [opener.open(found)] if found is not None else None


@command.verb(
    "done",
    writes=True,
    help=mark(
        "Record that a duty was done, or that the controller's delegate sets it aside.\n\n"
        "Telling a partner and giving an account have verbs of their own: `ledger mandate tell`, "
        "`ledger mandate account`. Taking note of a later mandate elsewhere ends the mandate of your house. "
        "A note is asked for where it is set aside, or read with --from: note."
    ),
    examples=(
        "ledger duty done 1a2b3c4d",
        "ledger duty done 1a2b3c4d --set-aside --opinion favourable --officer 5e6f7a8b",
    ),
)
@argument("duty", metavar=mark("DUTY"), help=mark("The reference of the duty."))
@option("--set-aside", is_flag=True, help=mark("It does not apply; the delegate's decision, with a reason."))
@option(
    "--opinion",
    type=Word("ledger.aggregates.confirmation:Opinion"),
    help=mark("What the data protection officer said."),
)
@option("--officer", metavar=mark("AGENT"), help=mark("The data protection officer who said it."))
@from_option()
@effective_option()
def done(
    session: Session,
    duty: str,
    set_aside: bool,
    opinion: Any,
    officer: str | None,
    source: str | None,
    effective_at: datetime | None,
) -> None:
    """Record that a duty was done."""
    from ledger.aggregates.duty import Discharge, DutyKind
    from ledger.commands._ending import show_ending
    from ledger.usecases.duty.discharge import discharge
    from ledger.usecases.mandate.succession import acknowledge

    reason = note_of(session, source, ask=_REASON) if set_aside or source else ""  # it is part of what is asked
    recorded = session.desk.streams.recall(session.command)  # a duty that is closed is not listed any more
    found = _open_duty(session, duty) if recorded is None else None
    ends = _ends(session, found, recorded) if not set_aside else None
    if ends is not None:
        show_ending(session, acknowledge(session.desk, session.command, ends, known_at=effective_at))
        return
    if recorded is None:
        assert found is not None
        recorded = discharge(
            session.desk,
            session.command,
            found.duty,
            kind=DutyKind(found.kind),
            how=Discharge.NOT_APPLIED if set_aside else Discharge.DONE,
            opinion=opinion,
            officer=agent_of(session, officer, name="--officer"),
            note=reason,
            of_house=found.house,
            about=found.about,
            effective_at=effective_at,
        )
    session.output.done(mark("Duty closed: {duty}."), duty=recorded.streams[0], repeated=recorded.repeated)


def _ends(session: Session, duty: DutyRow | None, recorded: Recorded | None) -> UUID | None:
    """Give the mandate that ends with this duty, or ended when the same command was given before."""
    from ledger.aggregates.duty import DutyKind
    from ledger.aggregates.mandate import Mandate

    if duty is not None:
        return duty.about if duty.kind == DutyKind.ACKNOWLEDGE_SUCCESSOR else None
    assert recorded is not None
    try:
        return session.desk.streams.load(Mandate, recorded.streams[0]).id
    except NotFound:
        return None


def _open_duty(session: Session, typed: str) -> DutyRow:
    """Give the duty whose reference begins so: an open one, or one whose whole reference is given."""
    from ledger import limits
    from ledger.projections.duties import duty as one
    from ledger.projections.duties import open_duties, procedures_to_close

    digits = typed.strip().lower().replace("-", "")
    views = session.ledger.current_views()
    if (
        len(digits) == _ALL_DIGITS
    ):  # a whole reference finds closed duties too, so that a repeated command gets its answer
        known = one(views, UUID(hex=digits)) if not set(digits) - set("0123456789abcdef") else None
        if known is not None:
            return known
    duties = open_duties(views, limit=limits.BATCH_EVENTS)
    duties += [closing.duty for closing in procedures_to_close(views, session.desk.streams)]
    found = {row.duty: row for row in duties if row.duty.hex.startswith(digits)}
    if len(digits) < _LEAST_DIGITS or len(found) != 1:
        raise DutyUnknown(reference="")
    return next(iter(found.values()))
