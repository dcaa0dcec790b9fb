"""Show breaches: one with its clocks, lines and next steps; all of them in a list; nothing personal is opened here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from ledger.aggregates.breach import Breach
from ledger.aggregates.breach_records import LineRun
from ledger.aggregates.confirmation import Opinion
from ledger.policies.breach_next import NextStep, Progress, next_steps
from ledger.policies.breach_scope import may_measure
from ledger.policies.breach_vocabulary import (
    DUTY_LINES,
    Assessment,
    BreachEnding,
    Line,
    LineEnding,
    Occurrence,
    OpinionOn,
    Risk,
    ScopeFigures,
)
from ledger.rules.breach_clock import BreachClock, complementary_due, insurance_complaint_due, nis2_clock
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin, FormType, InformationOfPeople
from ledger.usecases.agent.acting import acting
from ledger.usecases.breach.case import all_breaches, clock_from, need_sight, place_of
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.ports import Command, Desk


@dataclass(frozen=True)
class LineShown:
    """One run of a line of duty."""

    line: Line
    runs_from: datetime
    target: datetime | None
    due_at: datetime | None
    """The end of its term; None where it has none but "without delay"."""
    closed_at: datetime | None
    ending: LineEnding | None
    about: str
    reference: str


@dataclass(frozen=True)
class NotificationShown:
    """One notification; `late` says whether it was sent at or after the legal end of its clock."""

    form_type: FormType
    sent_at: datetime
    receipt: str
    initial: str
    late: bool


@dataclass(frozen=True)
class ProcessorShown:
    """What a processor told, and how long it took it to."""

    processor: str
    aware_at: datetime | None
    told_at: datetime


@dataclass(frozen=True)
class BreachShown:
    """One breach without its narratives."""

    id: UUID
    house: UUID | None
    signalled_at: datetime
    recorded_at: datetime
    occurrence: Occurrence | None
    loss: UUID | None
    clocks: tuple[BreachClock, ...]
    corrected: tuple[datetime, ...]
    lines: tuple[LineShown, ...]
    natures: tuple[BreachNature, ...]
    origins: tuple[BreachOrigin, ...]
    causes: tuple[BreachCause, ...]
    figures: ScopeFigures | None
    assessment: Assessment | None
    risk: Risk | None
    opinions: tuple[tuple[OpinionOn, Opinion | None], ...]
    notifications: tuple[NotificationShown, ...]
    complementary_due: datetime | None
    information: InformationOfPeople | None
    people_told: int
    processors: tuple[ProcessorShown, ...]
    linked: tuple[UUID, ...]
    remedies: int
    ending: BreachEnding | None
    closed_at: datetime | None
    next_steps: tuple[NextStep, ...]


def show(desk: Desk, command: Command, breach_id: UUID) -> BreachShown:
    """
    Show one breach; the look is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED or OTHER_HOUSE
    :raises NotFound: if there is no such breach
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        breach = desk.streams.load(Breach, breach_id)
        need_sight(actor, breach.house)
        found = shown(desk, judgement, breach)
        judgement.read("breach.show", rows=1)
    return found


def show_all(desk: Desk, command: Command, *, only_open: bool = False) -> list[BreachShown]:
    """
    List the breaches that the actor may see, oldest first; the page is recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor works in no house, and neither audits, advises nor decides
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        need_sight(actor, actor.agent.house)
        seen = [
            breach for breach in all_breaches(desk)
            if may_measure(breach.house, own=actor.agent.house, powers=actor.powers) is None
            and not (only_open and breach.is_closed)
        ]  # fmt: skip
        found = [shown(desk, judgement, breach) for breach in seen]
        judgement.read("breach.list", rows=len(found))
    return found


def shown(desk: Desk, opener: FactOpener, breach: Breach) -> BreachShown:
    """Open the facts of one breach, never its narratives."""
    known = opener.known
    clocks = tuple(clock_from(desk, opener, start) for start in breach.clocks)
    described = breach.descriptions[-1] if breach.descriptions else None
    decided = breach.people_decision
    assessed = breach.assessments[-1] if breach.assessments else None
    return BreachShown(
        id=breach.id,
        house=breach.house,
        signalled_at=breach.signalled_at,
        recorded_at=breach.recorded_at,
        occurrence=known(breach.occurrence),
        loss=known(breach.loss),
        clocks=clocks,
        corrected=tuple(each for start in breach.clocks for each in start.corrected),
        lines=tuple(_line(desk, opener, breach, run, clocks) for run in breach.lines),
        natures=(known(described.natures) or ()) if described else (),
        origins=(known(described.origins) or ()) if described else (),
        causes=(known(described.causes) or ()) if described else (),
        figures=known(breach.scopes[-1].figures) if breach.scopes else None,
        assessment=known(assessed.assessment) if assessed else None,
        risk=breach.risk,
        opinions=tuple((each.on, known(each.opinion)) for each in breach.opinions),
        notifications=_notifications(opener, breach, clocks),
        complementary_due=_complementary_due(desk, opener, breach),
        information=decided.information if decided else None,
        people_told=sum(known(each.people) or 0 for each in breach.people_told),
        processors=tuple(
            ProcessorShown(known(each.processor) or "", known(each.aware_at), each.told_at)
            for each in breach.processors
        ),
        linked=tuple(other for each in breach.linked if (other := known(each.other)) is not None),
        remedies=len(breach.remedies),
        ending=breach.ending,
        closed_at=breach.closed_at,
        next_steps=next_steps(progress_of(breach)),
    )


def progress_of(breach: Breach) -> Progress:
    """Say how far a breach is, from what stands in clear."""
    decided = breach.people_decision
    return Progress(
        aware=bool(breach.clocks),
        told=breach.told_at is not None,
        closed=breach.is_closed,
        sent=breach.sent_types,
        unanswered=bool(breach.unanswered),
        described=bool(breach.descriptions),
        measured=bool(breach.scopes),
        risk=breach.risk,
        advised=all(breach.opinion_on(subject) for subject in (OpinionOn.GDPR_33, OpinionOn.CONVENTION)),
        information=decided.information if decided else None,
        people_told=breach.are_people_told,
        remedied=bool(breach.remedies),
        open_lines=breach.open_lines,
    )


def _notifications(
    opener: FactOpener, breach: Breach, clocks: tuple[BreachClock, ...]
) -> tuple[NotificationShown, ...]:
    found, answered = [], -1
    for each in breach.notifications:
        first = each.clock > answered
        found.append(
            NotificationShown(
                each.form_type, each.sent_at, opener.known(each.receipt) or "", opener.known(each.initial) or "",
                late=first and clocks[answered + 1].is_late(each.sent_at),
            )
        )  # fmt: skip
        answered = max(answered, each.clock)
    return tuple(found)


def _line(desk: Desk, opener: FactOpener, breach: Breach, run: LineRun, clocks: tuple[BreachClock, ...]) -> LineShown:
    clock = clocks[run.clock] if run.line in DUTY_LINES else None
    due_at = clock.legal_end if clock else _beside(desk, opener, breach, run)
    return LineShown(
        run.line,
        run.runs_from,
        target=clock.target if clock else None,
        due_at=due_at,
        closed_at=run.closed_at,
        ending=opener.known(run.ending) if run.ending is not None else None,
        about=(opener.known(run.about) or "") if run.about is not None else "",
        reference=(opener.known(run.reference) or "") if run.reference is not None else "",
    )


def _beside(desk: Desk, opener: FactOpener, breach: Breach, run: LineRun) -> datetime | None:
    """Give the end of a line beside the two duties, where a text gives it one."""
    zone = ZoneInfo(place_of(desk, opener, breach.house)[0])
    if run.line is Line.INSURANCE:
        return insurance_complaint_due(run.runs_from, zone=zone, packs=desk.law.clocks)
    if run.line is Line.NIS2:
        nis2 = nis2_clock(run.runs_from, zone=zone, packs=desk.law.clocks)
        return nis2.notification if nis2 else None
    return None


def _complementary_due(desk: Desk, opener: FactOpener, breach: Breach) -> datetime | None:
    """Give when the complementary notification is softly due, while an initial one waits for it."""
    if breach.sent_types != (FormType.INITIAL,) or breach.is_closed:
        return None
    zone = ZoneInfo(opener.known(breach.clocks[-1].zone) or "Europe/Paris")
    initial = next(each for each in reversed(breach.notifications) if each.form_type is FormType.INITIAL)
    return complementary_due(initial.sent_at, zone=zone, packs=desk.law.clocks)
