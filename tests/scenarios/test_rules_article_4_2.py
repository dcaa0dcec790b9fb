"""Convention, article 4.2: open at least 24 hours a week over at least five days, and reachable in writing."""

from __future__ import annotations

from datetime import date, time

import pytest

from ledger.rules.houses import OpenPeriod, opening
from ledger.rules.law import load_law

LAW = load_law()
ON = date(2026, 6, 9)


@pytest.mark.row("S-4.2.1")
def test_loiron_is_open_34_and_a_half_hours_over_five_days() -> None:
    found = opening(LAW.house("loiron").schedule, profile=LAW.profile, on=ON)
    assert (found.week_minutes / 60, found.days, found.holds) == (34.5, 5, True)


@pytest.mark.row("S-4.2.1")
def test_bonneuil_matours_passes_with_24_hours_over_five_days() -> None:
    found = opening(LAW.house("bonneuil-matours").schedule, profile=LAW.profile, on=ON)
    assert (found.week_minutes / 60, found.days, found.holds) == (24.0, 5, True)


@pytest.mark.row("S-4.2.1")
def test_a_minute_less_or_a_day_less_does_not_pass() -> None:
    week = LAW.house("bonneuil-matours").schedule
    shorter = (*week[:-1], OpenPeriod(week[-1].weekday, time(9), time(11, 59)))
    assert not opening(shorter, profile=LAW.profile, on=ON).holds
    four_long_days = tuple(OpenPeriod(day, time(8), time(18)) for day in range(4))
    assert not opening(four_long_days, profile=LAW.profile, on=ON).holds


def test_loiron_is_the_house_of_the_convention() -> None:
    loiron = LAW.house("loiron")
    assert loiron.manager == "Laval Agglomération"
    assert loiron.channels.phone == "02 43 02 19 31"
    assert loiron.channels.email == "msap@agglo-laval.fr"
    assert loiron.channels.address == "La Chapelle du Chêne, 53320 Loiron"
    assert (loiron.zone, loiron.profile) == ("Europe/Paris", "mayenne")


@pytest.mark.row("S-4.2.4")
def test_every_house_file_gives_people_a_way_to_write() -> None:
    for house in LAW.houses.values():
        assert house.channels.email or house.channels.form
