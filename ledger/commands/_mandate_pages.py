"""Pages about mandates: the register, and one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ledger.aggregates.mandate import Mandate
from ledger.aggregates.mandate_records import RecordedEnd
from ledger.aggregates.subject import Subject
from ledger.commands._context import Session
from ledger.commands._output import Column
from ledger.commands._pages import capped, events_at, house_seen_by, page
from ledger.personal import Erased, Fact, Withheld
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import EndKind, MandateStep, RefusalCode
from ledger.projections.mandate_register import MandateRow, MandateState, mandates, mandates_of
from ledger.translation import mark
from ledger.usecases.agent.acting import Acting
from ledger.usecases.gate import FactOpener

_LIST = [
    Column("mandate", mark("Reference")), Column("state", mark("State")), Column("procedures", mark("Procedures")),
    Column("drafted_at", mark("Drafted")), Column("started_at", mark("Live since")),
    Column("ends_at", mark("Until")), Column("ended_at", mark("Ended")), Column("left", mark("Left to do")),
    Column("late_entries", mark("Entered late")),
    Column("position", mark("Position"), for_people=False),
]  # fmt: skip
_ONE = [
    Column("mandate", mark("Reference")), Column("state", mark("State")), Column("persons", mark("Given by")),
    Column("beside", mark("Represented or assisted by")), Column("mandatary", mark("Given to")),
    Column("agents", mark("Named agents")), Column("acts", mark("Acts")),
    Column("requests", mark("Data requests")), Column("days", mark("Days")), Column("drafted_at", mark("Drafted")),
    Column("identities", mark("Identity verified")), Column("informed_at", mark("Informed")),
    Column("signatures", mark("Signatures")), Column("originals", mark("Originals")),
    Column("paper", mark("Paper kept in")), Column("template", mark("Template")),
    Column("started_at", mark("Live since")), Column("ends_at", mark("Until")),
    Column("acts_done", mark("Acts done")), Column("voided_at", mark("Void since")),
    Column("end_kind", mark("End")), Column("ended_at", mark("Ended")), Column("end_known_at", mark("Known since")),
    Column("partners", mark("Partners to tell")), Column("partners_told", mark("Partners told")),
    Column("accounted_at", mark("Account given")), Column("late_entries", mark("Entered late")),
    Column("steps", mark("Steps"), for_people=False),
]  # fmt: skip


def list_mandates(
    session: Session, *, state: MandateState | None, person: str | None, limit: int, before: int | None
) -> None:
    """Show a page of the register."""
    views = session.ledger.current_views()
    events: dict[int, Any] = {}
    found: list[MandateRow] = []

    def rows(actor: Acting) -> Sequence[MandateRow]:
        house = house_seen_by(actor)
        if person is not None:
            subject = session.reference(Subject, person, name="--person")
            theirs = mandates_of(views, session.desk.streams, subject)
            found.extend(row for row in theirs if house in (None, row.house) and state in (None, row.state))
        else:
            found.extend(mandates(views, house=house, state=state, limit=capped(limit), before=before))
        events.update(events_at(session, (at for row in found for at in (row.position, row.started_position))))
        return found

    def row(opener: FactOpener, each: MandateRow) -> Mapping[str, Any]:
        return _list_row(opener, each, events)

    shown = page(session, "mandate.list", rows=rows, row=row)
    late = not session.output.for_people or any(each["late_entries"] for each in shown)
    columns = [column for column in _LIST if late or column.key != "late_entries"]
    session.output.listing(columns, shown, empty=mark("There are no mandates."))
    if person is None and len(found) == capped(limit):
        session.output.say(mark("More: --before {position}"), position=found[-1].position)


def _list_row(opener: FactOpener, row: MandateRow, events: Mapping[int, Any]) -> Mapping[str, Any]:
    drafted, started = events.get(row.position), events.get(row.started_position or 0)
    return {
        "mandate": row.mandate,
        "state": MandateState(row.state),
        "procedures": _entries(opener, drafted),
        "drafted_at": row.drafted_at,
        "started_at": row.started_at,
        "ends_at": opener.open(started.ends_at) if started is not None else None,
        "ended_at": row.ended_at,
        "left": _left(row),
        "late_entries": row.late_entries or None,
        "position": row.position,
    }


def _entries(opener: FactOpener, drafted: Any) -> Any:
    if drafted is None:
        return None
    acts, requests = opener.open(drafted.acts), opener.open(drafted.requests)
    if isinstance(acts, Erased | Withheld) or isinstance(requests, Erased | Withheld):
        return acts
    return list(dict.fromkeys([one.entry for one in acts] + [one.entry for one in requests]))


def _left(row: MandateRow) -> list[str]:
    from ledger.translation import translate

    left = []
    if row.end_position is not None and row.partners_to_tell and not row.all_partners_told:
        left.append(translate("tell partners"))
    if row.acts_to_review:
        left.append(translate("review acts"))
    if row.end_position is not None and row.started_at is not None and row.accounted_at is None:
        left.append(translate("give an account"))
    return left


def show_mandate(session: Session, mandate_id: UUID) -> None:
    """Show one mandate."""
    mandate = session.desk.streams.load(Mandate, mandate_id)

    def rows(actor: Acting) -> Sequence[Mandate]:
        if house_seen_by(actor) not in (None, mandate.house):
            raise RefusedByRule(RefusalCode.OTHER_HOUSE)
        return [mandate]

    def row(opener: FactOpener, each: Mandate) -> Mapping[str, Any]:
        steps = _steps(opener, each)
        late = [step for step in steps if step["late"]]
        return {
            **_given(opener, each),
            **_made(opener, each),
            **_ended(opener, each),
            "state": _state(session, each),
            "late_entries": [_entered_late(step) for step in late] if session.output.for_people else len(late) or None,
            "steps": steps,
        }

    (shown,) = page(session, "mandate.show", rows=rows, row=row)
    session.output.record(_ONE, shown)


def _given(opener: FactOpener, mandate: Mandate) -> dict[str, Any]:
    parties, acts, requests = opener.open(mandate.parties), opener.open(mandate.acts), opener.open(mandate.requests)
    gone = isinstance(parties, Erased | Withheld)
    return {
        "mandate": mandate.id,
        "persons": parties if gone else [party.person for party in opener.known(mandate.parties) or ()],
        "beside": [party.beside for party in opener.known(mandate.parties) or () if party.beside is not None],
        "mandatary": opener.open(mandate.mandatary),
        "agents": opener.open(mandate.agents),
        "acts": acts if gone else [one.act for one in opener.known(mandate.acts) or ()],
        "requests": requests if gone else [one.request for one in opener.known(mandate.requests) or ()],
        "days": opener.open(mandate.term_days),
        "drafted_at": mandate.drafted_at,
    }


def _made(opener: FactOpener, mandate: Mandate) -> dict[str, Any]:
    signatures = [opener.known(made.signature) for made in mandate.signatures]
    return {
        "identities": [
            {"person": opener.open(check.person), "method": opener.open(check.method)} for check in mandate.identities
        ],
        "informed_at": mandate.informed_at,
        "signatures": [signature.quality for signature in signatures if signature is not None],
        "originals": _fact(opener, mandate.originals),
        "paper": _fact(opener, mandate.paper),
        "template": _fact(opener, mandate.template),
        "started_at": mandate.started_at,
        "ends_at": _fact(opener, mandate.ends_at),
        "acts_done": [{"act": opener.open(done.act), "at": done.effective_at} for done in mandate.acts_done],
        "voided_at": mandate.voided_at,
    }


def _ended(opener: FactOpener, mandate: Mandate) -> dict[str, Any]:
    if mandate.end is None:
        return {}
    return {
        "end_kind": _end_kind(opener, mandate.end),
        "ended_at": mandate.end.effective_at,
        "end_known_at": mandate.end.known_at,
        "partners": _partners(opener, mandate),
        "partners_told": [opener.open(partner) for partner in mandate.partners_told],
        "accounted_at": mandate.accounted_at,
    }


def _partners(opener: FactOpener, mandate: Mandate) -> Any:
    """Give the partners to tell: those that the end lists, then those found later."""
    assert mandate.end is not None
    listed = opener.open(mandate.end.partners)
    if isinstance(listed, Erased | Withheld):
        return listed
    return [*listed, *(opener.open(partner) for partner in mandate.partners_found)]


def _steps(opener: FactOpener, mandate: Mandate) -> list[dict[str, Any]]:
    """Give every step with when it was written down; what ends by itself is nobody's to write down in time."""
    by_itself = mandate.end is not None and _end_kind(opener, mandate.end) in (EndKind.EXPIRED, EndKind.EXHAUSTED)
    return [
        {
            "step": taken.step,
            "at": taken.effective_at,
            "recorded_at": taken.recorded_at,
            "late": taken.is_late and not (by_itself and taken.step is MandateStep.ENDED),
        }
        for taken in mandate.steps
    ]


def _end_kind(opener: FactOpener, end: RecordedEnd) -> Any:
    return end.kind if isinstance(end.kind, EndKind) else opener.open(end.kind)


def _entered_late(step: Mapping[str, Any]) -> dict[str, Any]:
    """Say of a step, for people: when it happened, and when it was entered."""
    from ledger.translation import translate

    return {"step": step["step"], "at": step["at"], "entered": translate("entered on"), "on": step["recorded_at"]}


def _fact(opener: FactOpener, fact: Fact[Any] | None) -> Any:
    return None if fact is None else opener.open(fact)


def _state(session: Session, mandate: Mandate) -> MandateState:
    from ledger.projections.mandate_register import mandate as registered

    row = registered(session.ledger.current_views(), mandate.id)
    return MandateState.DRAFTED if row is None else MandateState(row.state)
