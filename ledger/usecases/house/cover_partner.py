"""Record that a partner is reachable from a house."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from ledger.aggregates.house import CoverageMeans, House
from ledger.errors import Invalid
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import judging
from ledger.usecases.house.days import day_in
from ledger.usecases.ports import Command, Desk, Recorded


class CoverageWithoutMeans(Invalid):
    """A partner that is there by no means is not there."""

    sentence = mark("Say how the partner is reached: back office, on site, by appointment, by video.")


class CoverageOver(Invalid):
    """A coverage that would be over before it is recorded."""

    sentence = mark("This coverage would be over already: its last day is behind.")
    advice = mark("Give the first day on which it is no longer so, today or later; today ends it now.")


def cover_partner(
    desk: Desk,
    command: Command,
    house_id: UUID,
    *,
    partner: str,
    means: tuple[CoverageMeans, ...],
    reference: str,
    effective_at: datetime | None = None,
    until: date | None = None,
) -> Recorded:
    """
    Record by which means a partner is reached from a house, and under which annex (convention 2.2, 5.3).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not enrol
    :raises UnknownPartner: if no partner bears the id on that day
    :raises CoverageWithoutMeans: if no means is given
    :raises CoverageOver: if `until` is behind
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.ENROL)
        covered_at = effective_at or command.at
        known = desk.law.partners.partner(partner, on=day_in(desk, judgement, house_id, covered_at))
        if not means:
            raise CoverageWithoutMeans
        if until is not None and until < day_in(desk, judgement, house_id, command.at):
            raise CoverageOver
        screen_note(reference)
        house = desk.streams.load(House, house_id)
        house.cover_partner(known.id, means=means, reference=reference, effective_at=covered_at, until=until)
        return judgement.commit(house)
