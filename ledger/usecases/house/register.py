"""Register a house from its file."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.house import House
from ledger.errors import Conflict
from ledger.rules.houses import HouseFile, opening
from ledger.rules.periods import local_day
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import Judgement, judging
from ledger.usecases.ports import Command, Desk, Recorded

OPENING_TOO_SHORT = "OPENING_TOO_SHORT"
"""The outcome of a week that is recorded as it is, and is shorter than the convention asks (article 4.2)."""


class HouseKnown(Conflict):
    """A house of this code is registered already."""

    sentence = mark("A house with the code {reference} is registered already.")
    advice = mark("See `ledger house list`; change its hours with `ledger house schedule`.")


def register(desk: Desk, command: Command, *, file: HouseFile, effective_at: datetime | None = None) -> Recorded:
    """
    Register a house as its file describes it.

    A week shorter than the convention asks is recorded as it is, with the outcome OPENING_TOO_SHORT: clocks must run on
    the hours that are, not on those that ought to be (convention 4.2).

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor may not enrol
    :raises HouseKnown: if a house bears this code
    :raises NoteRefused: if a text of the file holds a social security number
    """
    channels = file.channels
    for text in (file.name, file.manager, file.source, file.remark, channels.email, channels.form, channels.address):
        screen_note(text)
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.ENROL)
        if file.code in codes(desk, judgement):
            raise HouseKnown(reference=file.code)
        house = House.register(file, effective_at=effective_at or command.at)
        week = opening(file.schedule, profile=desk.law.profile, on=local_day(command.at, ZoneInfo(file.zone)))
        return judgement.commit(house, outcome="OK" if week.holds else OPENING_TOO_SHORT)


def codes(desk: Desk, judgement: Judgement) -> set[str]:
    """Give the codes of the houses that are registered."""
    ids = desk.streams.linked(REGISTER, LinkKind.HOUSE)
    houses = [house for house in desk.streams.load_all([(House, id_) for id_ in ids]) if isinstance(house, House)]
    return {code for house in houses if (code := judgement.known(house.code)) is not None}
