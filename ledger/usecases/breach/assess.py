"""Assess a breach: the measure informs, the controller's delegate decides, the data protection officer advises."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.breach import Breach
from ledger.aggregates.confirmation import Opinion
from ledger.policies.breach_vocabulary import Assessment, OpinionOn, Risk
from ledger.policies.severity import Factors, propose, severity
from ledger.rules.cnil import Consequence, Gravity, always
from ledger.rules.profile import Power
from ledger.usecases.agent.acting import acting
from ledger.usecases.breach.case import take_step
from ledger.usecases.catalogue.confirm import check_officer
from ledger.usecases.gate import Judgement
from ledger.usecases.house.days import day_of
from ledger.usecases.ports import Command, Desk, Recorded


def measure(
    desk: Desk,
    factors: Factors,
    *,
    people: int | None,
    unintelligible: bool,
    gravity: Gravity,
    consequences: tuple[Consequence, ...],
    at: datetime,
) -> Assessment:
    """
    Measure how severe a breach is (ENISA 2013), with what is proposed for GDPR 33 and 34.

    Loss of professional secrecy is a consequence always, here (convention 4.6).

    :raises OffTheScale: if a factor has a value that the scale does not have
    """
    rules, day = desk.law.assessment, day_of(at)
    found = severity(factors, scale=rules.scale(on=day), people=people, unintelligible=unintelligible)
    proposal = propose(found, rule=rules.proposal(on=day))
    return Assessment(
        factors.dpc, factors.ei, factors.cb, found.score, found.band, found.flags, gravity, always(consequences),
        proposal.authority, proposal.people,
    )  # fmt: skip


def assess(
    desk: Desk, command: Command, breach_id: UUID, assessment: Assessment, *, risk: Risk, reason: str = ""
) -> Recorded:
    """
    Record what risk the controller's delegate takes it to be; the last assessment of a clock counts.

    :raises LedgerError: what `Breach.assess` and `take_step` raise
    """
    return take_step(
        desk, command, breach_id, lambda _, breach: breach.assess(assessment, risk=risk, reason=reason),
        power=Power.DECIDE, texts=(reason,),
    )  # fmt: skip


def advise(
    desk: Desk,
    command: Command,
    breach_id: UUID,
    subjects: tuple[OpinionOn, ...],
    opinion: Opinion,
    *,
    officer: UUID | None = None,
    note: str = "",
    given_at: datetime | None = None,
) -> Recorded:
    """
    Record what the data protection officer says on each of these, or that the officer can't be reached.

    The officer records it, or the controller's delegate, who then names the officer; whoever tried to reach the officer
    in vain records that too (GDPR 38(6), 39).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, for who neither advises nor decides, and records an opinion
    :raises NotAnOfficer: if who gave it is not an enrolled data protection officer
    :raises LedgerError: what `Breach.advise` and `take_step` raise
    """

    def step(judgement: Judgement, breach: Breach) -> None:
        named = _officer(desk, judgement, opinion, officer)
        for subject in dict.fromkeys(subjects):
            breach.advise(subject, opinion, officer=named, note=note, given_at=given_at or command.at, at=command.at)

    return take_step(desk, command, breach_id, step, texts=(note,))


def _officer(desk: Desk, judgement: Judgement, opinion: Opinion, officer: UUID | None) -> UUID | None:
    """Give who gave the opinion: the officer who records it, or whom the delegate names."""
    actor = acting(desk, judgement)
    if opinion is Opinion.NONE_WITHIN_DELAY:
        return officer
    if officer is None and Power.ADVISE in actor.powers:
        return judgement.command.actor
    if Power.ADVISE not in actor.powers:
        actor.need(Power.DECIDE)
    check_officer(desk, judgement, officer)
    return officer
