"""Open a procedure for a person, or a visit for information without identity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ledger.aggregates.house import House
from ledger.aggregates.procedure import Procedure
from ledger.errors import Invalid
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Mission, Mode, RefusalCode
from ledger.rules.periods import local_day
from ledger.rules.personal_numbers import screen_note
from ledger.translation import mark
from ledger.usecases.access.case import at_of
from ledger.usecases.gate import judging
from ledger.usecases.house.days import zone_of
from ledger.usecases.ports import Command, Desk, Recorded, StreamAt
from ledger.usecases.procedure.casework import receiving
from ledger.usecases.subject.persons import standing


class NoHouse(Invalid):
    """A procedure is opened in a house."""

    sentence = mark("Say in which house this happens.")
    advice = mark("Have the agent enrolled in a house.")


@dataclass(frozen=True)
class Opening:
    """What is opened: for whom (None: a visit without identity), what, how."""

    entry: str
    subject: UUID | None = None
    mode: Mode = Mode.ASSIST
    present: bool = True
    informed: bool = False
    """Whether the person was informed of the use of their data (GDPR 13)."""
    mission: Mission | None = None
    """The entry's own, unless said otherwise; a visit without identity is for information."""
    note: str = ""
    effective_at: datetime | None = None


def open_procedure(desk: Desk, command: Command, opening: Opening) -> Recorded:
    """
    Open a procedure; no value is needed for it. The first stream of the answer is the procedure.

    :raises RefusedByRule: ANONYMOUS_VISIT, MODE_NOT_OFFERED, ROLE_NOT_ALLOWED, NO_UNDERTAKING
    :raises UnknownProcedure: if the catalogue has no such entry on that day
    :raises NoHouse: if the agent is enrolled in no house
    """
    screen_note(opening.note)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = receiving(desk, judgement)
        house_id = actor.agent.house
        if house_id is None:
            raise NoHouse
        happened_at = at_of(command, opening.effective_at)
        house = desk.streams.load(House, house_id)
        on = local_day(happened_at, zone_of(judgement, house))
        entry = desk.law.catalogue.procedure(opening.entry, on=on)
        if opening.mode not in entry.modes:
            raise RefusedByRule(RefusalCode.MODE_NOT_OFFERED)
        subject = standing(desk.streams, opening.subject) if opening.subject is not None else None
        procedure = Procedure.open_for(
            subject.id if subject is not None else None,
            house=house_id,
            entry=entry.code,
            partner=entry.partner,
            mission=_mission(opening, entry.mission),
            mode=opening.mode,
            present=opening.present,
            informed=opening.informed,
            note=opening.note,
            effective_at=happened_at,
            recorded_at=command.at,
        )
        return judgement.commit(procedure, guards=(StreamAt(actor.agent.id, actor.agent.version),))


def _mission(opening: Opening, entrys_own: Mission) -> Mission:
    if opening.mission is not None:
        return opening.mission
    return entrys_own if opening.subject is not None else Mission.INFORM
