"""Houses on the real store: registration from the file, hours, contacts, coverage."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

import pytest

from ledger.aggregates.house import (
    Audience,
    ContactFunction,
    ContactNotNamed,
    CoverageMeans,
    PartnerNeeded,
    ReferentNotReachable,
    ScheduleEmpty,
    ScheduleNotAnnounced,
)
from ledger.errors import NotFound
from ledger.identifiers import new_id
from ledger.personal import Personal
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import RefusalCode, Role
from ledger.rules.houses import OpenPeriod
from ledger.rules.personal_numbers import NoteHoldsNir
from ledger.usecases.agent.depart import depart
from ledger.usecases.house.change_schedule import change_schedule
from ledger.usecases.house.contacts import end_contact, name_contact, open_contacts
from ledger.usecases.house.cover_partner import CoverageWithoutMeans, cover_partner
from ledger.usecases.house.register import OPENING_TOO_SHORT, HouseKnown, register
from ledger.usecases.house.show import HouseShown, show
from ledger.usecases.subject.opening import ShownOnce
from tests.integration.usecases.workbench import MORNING, Workbench

EVERYONE = frozenset(Audience)
MORNINGS = tuple(OpenPeriod(day, time(8), time(13)) for day in range(5))


def shown(bench: Workbench) -> HouseShown:
    return show(bench.desk, bench.command(), [bench.house])[0]


def test_a_house_is_shown_as_its_file_says(bench: Workbench) -> None:
    file, house = bench.ledger.law.houses["loiron"], shown(bench)
    assert (house.code, house.name, house.zone) == ("loiron", file.name, "Europe/Paris")
    assert house.schedule == file.schedule
    assert house.channels == file.channels
    assert house.local_partners == file.local_partners
    assert house.opening.week_minutes == 2070
    assert house.opening.holds
    assert [one.code for one in show(bench.desk, bench.command())] == ["loiron"]


def test_a_house_is_registered_once(bench: Workbench) -> None:
    with pytest.raises(HouseKnown):
        register(bench.desk, bench.command(bench.delegate), file=bench.ledger.law.houses["loiron"])


def test_an_agent_registers_no_house(bench: Workbench) -> None:
    with pytest.raises(RefusedByRule):
        register(bench.desk, bench.command(), file=bench.ledger.law.houses["bonneuil-matours"])


def test_a_week_that_is_too_short_is_recorded_and_said(bench: Workbench) -> None:
    file = replace(bench.ledger.law.houses["bonneuil-matours"], schedule=MORNINGS[:4])
    recorded = register(bench.desk, bench.command(bench.delegate), file=file)
    assert recorded.outcome == OPENING_TOO_SHORT
    house = show(bench.desk, bench.command(), [recorded.streams[0]])[0]
    assert house.schedule == MORNINGS[:4]
    assert not house.opening.holds


def test_new_hours_count_from_their_day(bench: Workbench) -> None:
    before = shown(bench).schedule
    starts_at = MORNING + timedelta(days=30)
    change_schedule(
        bench.desk, bench.command(bench.delegate), bench.house, schedule=MORNINGS, effective_at=starts_at,
        announced_at=MORNING, told=EVERYONE,
    )  # fmt: skip
    assert shown(bench).schedule == before
    bench.later(days=30)
    assert shown(bench).schedule == MORNINGS


@pytest.mark.parametrize(
    ("announced", "told"),
    [(timedelta(days=1), EVERYONE), (timedelta(0), EVERYONE), (timedelta(days=-1), EVERYONE - {Audience.PUBLIC})],
)
def test_a_substantial_change_told_too_late_or_not_to_all_is_refused(
    bench: Workbench, announced: timedelta, told: frozenset[Audience]
) -> None:
    bench.later(days=2)
    starts_at = bench.clock.now() - timedelta(days=1)
    with pytest.raises(ScheduleNotAnnounced):
        change_schedule(
            bench.desk, bench.command(bench.delegate), bench.house, schedule=MORNINGS, effective_at=starts_at,
            announced_at=starts_at + announced, told=told,
        )  # fmt: skip


def test_an_announcement_ahead_of_time_is_none(bench: Workbench) -> None:
    with pytest.raises(RefusedByRule) as refused:
        change_schedule(
            bench.desk, bench.command(bench.delegate), bench.house, schedule=MORNINGS,
            effective_at=MORNING + timedelta(days=9), announced_at=MORNING + timedelta(days=1), told=EVERYONE,
        )  # fmt: skip
    assert refused.value.refusal is RefusalCode.IN_THE_FUTURE


def test_a_house_that_never_opens_is_refused(bench: Workbench) -> None:
    with pytest.raises(ScheduleEmpty):
        change_schedule(
            bench.desk, bench.command(bench.delegate), bench.house, schedule=(), effective_at=MORNING,
            announced_at=MORNING - timedelta(days=1), told=EVERYONE,
        )  # fmt: skip


def named(
    bench: Workbench, *, function: ContactFunction = ContactFunction.REFERENT, partner: str = "cnaf",
    email: str = "rex@exemple.fr",
) -> None:  # fmt: skip
    name_contact(
        bench.desk, bench.command(bench.delegate), bench.house, function=function, partner=partner,
        name="Rex Référent", phone="02 43 00 00 01", email=email,
    )  # fmt: skip


def test_a_referent_is_named_and_opened_to_be_called(bench: Workbench) -> None:
    assert "cnaf" in shown(bench).without_referent
    named(bench)
    contact = shown(bench).contacts[0]
    assert (contact.function, contact.partner) == (ContactFunction.REFERENT, "cnaf")
    assert "cnaf" not in shown(bench).without_referent
    (opened,) = open_contacts(bench.desk, bench.command(), bench.house)
    assert opened.shown == contact
    values = [value.expose() for value in (opened.name, opened.phone, opened.email) if isinstance(value, Personal)]
    assert values == ["Rex Référent", "0243000001", "rex@exemple.fr"]
    assert "exemple" not in repr(opened)


def test_only_the_partner_who_is_to_be_called_is_opened(bench: Workbench) -> None:
    named(bench)
    named(bench, partner="cnav")
    assert [one.shown.partner for one in open_contacts(bench.desk, bench.command())] == ["cnaf", "cnav"]
    assert [one.shown.partner for one in open_contacts(bench.desk, bench.command(), partner="cnav")] == ["cnav"]
    with pytest.raises(NotFound):
        open_contacts(bench.desk, bench.command(), partner="nobody")


def test_the_look_at_contacts_is_on_record_before_it_is_opened(bench: Workbench) -> None:
    named(bench)
    before = bench.ledger.log.size()
    command = bench.command()
    open_contacts(bench.desk, command)
    (header,) = [logged.header for logged in bench.ledger.log.read(after=before)]
    assert header.topic == "reading.recorded.1"
    with pytest.raises(ShownOnce):
        open_contacts(bench.desk, command)


def test_a_referent_whose_function_ended_is_no_contact_any_more(bench: Workbench) -> None:
    named(bench)
    reference = shown(bench).contacts[0].reference
    bench.later(days=1)
    end_contact(bench.desk, bench.command(bench.delegate), bench.house, reference)
    assert shown(bench).contacts == ()
    assert open_contacts(bench.desk, bench.command()) == []
    assert "cnaf" in shown(bench).without_referent
    for again in (reference, new_id()):
        with pytest.raises(ContactNotNamed):
            end_contact(bench.desk, bench.command(bench.delegate), bench.house, again)


def test_a_referent_without_a_direct_mail_is_refused(bench: Workbench) -> None:
    with pytest.raises(ReferentNotReachable):
        named(bench, email="")


def test_a_contact_of_no_partner_is_the_managers(bench: Workbench) -> None:
    named(bench, function=ContactFunction.MANAGER_REPRESENTATIVE, partner="")
    with pytest.raises(PartnerNeeded):
        named(bench, function=ContactFunction.REFERENT, partner="")


@pytest.mark.row("S-5.2.1")
def test_everybody_of_the_house_and_whoever_answers_for_it_sees_whom_to_call(bench: Workbench) -> None:
    named(bench)
    others = [bench.enrol(f"Diane {role}", role) for role in (Role.DPO, Role.MANAGER, Role.DELEGATE, Role.AGENT)]
    unsworn = bench.enrol("Nouvel Agent", Role.AGENT, secrecy=False)
    for who in (bench.agent, unsworn, *others):
        assert len(open_contacts(bench.desk, bench.command(who), bench.house)) == 1


@pytest.mark.row("S-5.2.1")
def test_who_is_of_another_house_or_has_left_or_is_no_person_sees_no_contact(bench: Workbench) -> None:
    named(bench)
    file = bench.ledger.law.houses["bonneuil-matours"]
    other = register(bench.desk, bench.command(bench.delegate), file=file).streams[0]
    stranger, leaver = bench.enrol("Autre Agent", Role.AGENT, house=other), bench.enrol("Ancien Agent", Role.AGENT)
    depart(bench.desk, bench.command(bench.delegate), leaver)
    bench.later(minutes=1)
    for who, code in (
        (stranger, RefusalCode.OTHER_HOUSE), (leaver, RefusalCode.AGENT_DEPARTED),
        (bench.job, RefusalCode.ROLE_NOT_ALLOWED),
    ):  # fmt: skip
        with pytest.raises(RefusedByRule) as refused:
            open_contacts(bench.desk, bench.command(who), bench.house)
        assert refused.value.refusal is code
    assert open_contacts(bench.desk, bench.command(stranger)) == []


def test_coverage_holds_until_its_day(bench: Workbench) -> None:
    assert "cnaf" in shown(bench).not_covered
    cover_partner(
        bench.desk, bench.command(bench.delegate), bench.house, partner="cnaf", means=(CoverageMeans.VIDEO,),
        reference="Annexe CAF 2020", until=date(2026, 7, 1),
    )  # fmt: skip
    assert [(one.partner, one.means) for one in shown(bench).coverage] == [("cnaf", (CoverageMeans.VIDEO,))]
    assert "cnaf" not in shown(bench).not_covered
    bench.later(days=22)  # 1 July
    assert shown(bench).coverage == ()


def test_coverage_by_nothing_or_with_a_nir_is_refused(bench: Workbench) -> None:
    covered = {"partner": "cnaf", "reference": "Annexe", "means": (CoverageMeans.VIDEO,)}
    with pytest.raises(CoverageWithoutMeans):
        cover_partner(bench.desk, bench.command(bench.delegate), bench.house, **{**covered, "means": ()})  # type: ignore[arg-type]
    with pytest.raises(NoteHoldsNir):
        cover_partner(
            bench.desk,
            bench.command(bench.delegate),
            bench.house,
            **{**covered, "reference": "2 58 03 53 130 017 85"},  # type: ignore[arg-type]
        )
