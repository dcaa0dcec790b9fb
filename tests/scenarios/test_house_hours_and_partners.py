"""Convention, articles 2.2, 3, 4.2 and 5.2.1: hours, announcements, partners reachable in every house, referents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.house import Audience, ContactFunction, CoverageMeans, ScheduleNotAnnounced
from ledger.aggregates.procedure import Procedure
from ledger.bootstrap import open_ledger
from ledger.clock import UTC
from ledger.rules.catalogue import ProcedureNotInForce
from ledger.rules.houses import OpenPeriod
from ledger.rules.law import PACKAGED, load_law
from ledger.usecases.house.change_schedule import change_schedule
from ledger.usecases.house.contacts import end_contact, name_contact
from ledger.usecases.house.cover_partner import cover_partner
from ledger.usecases.house.register import OPENING_TOO_SHORT
from ledger.usecases.house.show import HouseShown, show
from ledger.usecases.procedure.open_procedure import Opening, open_procedure
from tests.integration.usecases.counter import RSA
from tests.integration.usecases.workbench import Workbench

PARIS = ZoneInfo("Europe/Paris")
WITHDRAWN = 'name = "Demande de revenu de solidarité active (RSA)"\n'
FULL_DAYS = tuple(OpenPeriod(day, time(9), time(14)) for day in range(5))
FOUR_DAYS = tuple(OpenPeriod(day, time(8), time(18)) for day in range(4))


def shown(bench: Workbench) -> HouseShown:
    return show(bench.desk, bench.command(), [bench.house])[0]


def change(
    bench: Workbench, week: tuple[OpenPeriod, ...], starts: datetime, announced: datetime, *told: Audience
) -> str:
    return change_schedule(
        bench.desk,
        bench.command(bench.delegate),
        bench.house,
        schedule=week,
        effective_at=starts,
        announced_at=announced,
        told=frozenset(told),
    ).outcome


@pytest.mark.row("S-4.2.2")
def test_new_hours_are_told_to_prefect_partners_and_public_before_they_begin(bench: Workbench) -> None:
    starts = bench.clock.now() + timedelta(days=30)
    before = shown(bench).schedule
    change(bench, FULL_DAYS, starts, bench.clock.now(), *Audience)
    bench.clock.instant = starts - timedelta(seconds=1)
    assert shown(bench).schedule == before
    bench.clock.instant = starts
    assert shown(bench).schedule == FULL_DAYS


@pytest.mark.row("S-4.2.2")
def test_new_hours_told_on_their_own_day_or_without_the_public_are_refused(bench: Workbench) -> None:
    now = bench.clock.now()
    for announced, told in ((now, tuple(Audience)), (now - timedelta(days=9), (Audience.PREFECT, Audience.PARTNERS))):
        with pytest.raises(ScheduleNotAnnounced):
            change(bench, FULL_DAYS, now, announced, *told)


@pytest.mark.row("S-4.2.1")
def test_hours_that_fall_short_of_the_convention_are_recorded_and_said(bench: Workbench) -> None:
    now = bench.clock.now()
    assert change(bench, FOUR_DAYS, now + timedelta(days=9), now, *Audience) == OPENING_TOO_SHORT
    bench.later(days=9)
    assert (shown(bench).opening.days, shown(bench).opening.holds) == (4, False)


@pytest.mark.row("S-2.2")
def test_a_house_knows_which_national_partners_are_not_reachable(bench: Workbench) -> None:
    national = [partner.id for partner in bench.ledger.law.partners.national(on=bench.clock.now().date())]
    assert sorted(shown(bench).not_covered) == sorted(national)
    for partner in national:
        cover_partner(
            bench.desk,
            bench.command(bench.delegate),
            bench.house,
            partner=partner,
            means=(CoverageMeans.BACK_OFFICE,),
            reference="Accord-cadre 2019",
        )
    assert shown(bench).not_covered == ()


@pytest.mark.row("S-2.2")
def test_a_partner_who_joined_later_was_not_missing_before(bench: Workbench) -> None:
    bench.clock.instant = datetime(2024, 12, 31, 12, tzinfo=UTC)
    assert "urssaf" not in shown(bench).not_covered
    bench.clock.instant = datetime(2025, 6, 1, 12, tzinfo=UTC)
    assert "urssaf" in shown(bench).not_covered


@pytest.mark.row("S-5.2.1")
def test_a_referent_with_phone_and_mail_is_known_for_a_partner_until_the_function_ends(bench: Workbench) -> None:
    assert "cnaf" in shown(bench).without_referent
    name_contact(
        bench.desk,
        bench.command(bench.delegate),
        bench.house,
        function=ContactFunction.REFERENT,
        partner="cnaf",
        name="Rex Référent",
        phone="02 43 00 00 01",
        email="rex@exemple.fr",
    )
    assert "cnaf" not in shown(bench).without_referent
    contact = shown(bench).contacts[0].reference
    bench.later(days=1)
    end_contact(bench.desk, bench.command(bench.delegate), bench.house, contact)
    assert "cnaf" in shown(bench).without_referent


@pytest.mark.row("S-4.2.4")
def test_the_registered_house_can_be_written_to(bench: Workbench) -> None:
    assert shown(bench).channels.email == "msap@agglo-laval.fr"


@pytest.mark.row("S-3")
def test_a_procedure_is_opened_by_the_catalogue_of_its_day_and_says_which_it_was(bench: Workbench) -> None:
    person = bench.person()
    first = opened(bench, person)
    own = bench.ledger.locations.home / "law" / "catalogue.toml"
    own.parent.mkdir()
    packaged = (PACKAGED / "catalogue.toml").read_text(encoding="utf-8")
    assert WITHDRAWN in packaged
    own.write_text(packaged.replace(WITHDRAWN, f"{WITHDRAWN}valid_until = 2026-07-01\n"), encoding="utf-8")
    load_law.cache_clear()  # as a new process finds it
    ledger = open_ledger(bench.ledger.locations.home, clock=bench.clock)
    later = replace(bench, ledger=ledger)
    bench.clock.instant = datetime(2026, 6, 30, 23, 59, tzinfo=PARIS)
    second = opened(later, person)
    bench.clock.instant += timedelta(minutes=1)
    with pytest.raises(ProcedureNotInForce):
        opened(later, person)
    catalogues = {logged.header.stream: logged.header.catalogue for logged in ledger.log.each()}
    assert (catalogues[first], catalogues[second]) == (load_law().digests.catalogue, ledger.law.digests.catalogue)
    assert catalogues[first] != catalogues[second]
    on = bench.ledger.streams.load(Procedure, first).opened_at.date()
    assert ledger.law.catalogue.procedure(RSA, on=on).code == RSA, "what was opened is still read by its own day"
    ledger.close()


def opened(bench: Workbench, person: UUID) -> UUID:
    opening = Opening(RSA, subject=person, informed=True)
    return open_procedure(bench.desk, bench.command(), opening).streams[0]
