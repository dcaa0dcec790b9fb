"""A house: its hours by date, contacts with keys of their own, and changes told beforehand."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from ledger.aggregates.base import REGISTER, Link, LinkKind, Scope
from ledger.aggregates.house import (
    Audience,
    ContactFunction,
    ContactNamed,
    House,
    HouseRegistered,
    ReferentNotReachable,
    ScheduleEmpty,
    ScheduleNotAnnounced,
)
from ledger.clock import UTC
from ledger.rules.houses import OpenPeriod
from ledger.rules.law import load_law

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
MORNINGS = (OpenPeriod(0, time(9), time(12)),)
AFTERNOONS = (OpenPeriod(0, time(14), time(17)),)
EVERYBODY = frozenset(Audience)


def a_house() -> House:
    return House.register(load_law().houses["loiron"], effective_at=START)


def changed(
    house: House, schedule: tuple[OpenPeriod, ...], *, days: int, told: frozenset[Audience] = EVERYBODY
) -> None:
    house.change_schedule(
        schedule, effective_at=START + timedelta(days=days), announced_at=START + timedelta(days=days - 7), told=told
    )


def test_a_house_is_called_by_its_own_stream_and_found_from_the_register() -> None:
    house = a_house()
    event = house.pending_events[0]
    assert isinstance(event, HouseRegistered)
    assert event.house == house.id
    assert event.links() == (Link(REGISTER, LinkKind.HOUSE, house.id),)


def test_the_week_in_force_is_chosen_by_date_and_the_last_word_counts() -> None:
    house = a_house()
    first = house.schedule_at(START).expose()
    changed(house, MORNINGS, days=30)
    changed(house, AFTERNOONS, days=60)
    changed(house, MORNINGS, days=60)
    assert house.schedule_at(START - timedelta(days=1)).expose() == first
    assert house.schedule_at(START + timedelta(days=29)).expose() == first
    assert house.schedule_at(START + timedelta(days=30)).expose() == MORNINGS
    assert house.schedule_at(START + timedelta(days=60)).expose() == MORNINGS


@pytest.mark.parametrize("missing", list(Audience))
def test_a_substantial_change_is_told_to_everybody(missing: Audience) -> None:
    with pytest.raises(ScheduleNotAnnounced):
        changed(a_house(), MORNINGS, days=30, told=EVERYBODY - {missing})


def test_a_slight_change_is_told_to_nobody_in_particular() -> None:
    house = a_house()
    house.change_schedule(
        MORNINGS, effective_at=START, announced_at=START, told=frozenset(), substantial=False
    )  # fmt: skip
    assert house.schedule_at(START).expose() == MORNINGS


def test_a_house_that_never_opens_is_none() -> None:
    with pytest.raises(ScheduleEmpty):
        changed(a_house(), (), days=30)


def named(house: House, *, function: ContactFunction = ContactFunction.REFERENT, phone: str = "0243000001") -> object:
    return house.name_contact(
        function=function,
        partner="cnaf",
        name="Rex Référent",
        phone=phone,
        email="rex@exemple.fr",
        effective_at=START,
    )


def test_each_contact_has_a_key_of_its_own() -> None:
    house = a_house()
    first, second = named(house), named(house)
    events = [event for event in house.pending_events if isinstance(event, ContactNamed)]
    instances = [event.scope_instances()[Scope.HOUSE_CONTACT] for event in events]
    assert instances == [first.hex, second.hex]  # type: ignore[attr-defined]
    assert house.id.hex not in instances


def test_a_referent_has_a_direct_phone_and_others_need_none() -> None:
    with pytest.raises(ReferentNotReachable):
        named(a_house(), phone="")
    named(a_house(), function=ContactFunction.PARTNER_REPRESENTATIVE, phone="")
