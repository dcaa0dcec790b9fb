"""Holidays against two independent sources, from 2000 to 2100, and published dates; every difference is listed."""

from __future__ import annotations

from datetime import date

import holidays
import pytest
from dateutil.easter import easter as easter_of_dateutil  # type: ignore[import-untyped]  # it ships no types
from jours_feries_france import JoursFeries  # type: ignore[import-untyped]  # it ships no types

from ledger.rules.holidays import MONDAY_TO_FRIDAY, WorkingDays, easter
from ledger.rules.houses import Territory
from ledger.rules.law import load_law

YEARS = range(2000, 2101)
PACKS = load_law().clocks
NATIONAL = 11

ETALAB = {
    Territory.METROPOLE: "Métropole", Territory.ALSACE_MOSELLE: "Alsace-Moselle", Territory.GUADELOUPE: "Guadeloupe",
    Territory.MARTINIQUE: "Martinique", Territory.GUYANE: "Guyane", Territory.LA_REUNION: "La Réunion",
    Territory.MAYOTTE: "Mayotte", Territory.SAINT_MARTIN: "Saint-Martin",
    Territory.SAINT_BARTHELEMY: "Saint-Barthélémy", Territory.SAINT_PIERRE_ET_MIQUELON: "Saint-Pierre-et-Miquelon",
    Territory.POLYNESIE: "Polynésie Française", Territory.NOUVELLE_CALEDONIE: "Nouvelle-Calédonie",
}  # fmt: skip
PACKAGE = {
    Territory.METROPOLE: None, Territory.ALSACE_MOSELLE: "57", Territory.GUADELOUPE: "971",
    Territory.MARTINIQUE: "972", Territory.GUYANE: "973", Territory.LA_REUNION: "974", Territory.MAYOTTE: "976",
    Territory.SAINT_MARTIN: "MF", Territory.SAINT_BARTHELEMY: "BL", Territory.SAINT_PIERRE_ET_MIQUELON: "PM",
    Territory.POLYNESIE: "PF", Territory.NOUVELLE_CALEDONIE: "NC",
}  # fmt: skip
WHIT_MONDAYS = {date(2005, 5, 16), date(2006, 6, 5), date(2007, 5, 28)}


def ours(territory: Territory, year: int) -> set[date]:
    return set(WorkingDays(MONDAY_TO_FRIDAY, PACKS.holidays, territory=territory).holidays(year))


@pytest.mark.parametrize("territory", Territory)
def test_they_are_those_of_etalab_without_any_difference(territory: Territory) -> None:
    for year in YEARS:
        assert ours(territory, year) == set(JoursFeries.for_year(year, ETALAB[territory]).values()), year


def customary(territory: Territory, year: int) -> set[date]:
    """
    What the package `holidays` adds, and why it is not here.

    Good Friday and Mi-Carême in Guadeloupe, 21 July (Victor Schœlcher) in Guadeloupe, Martinique and Saint-Martin are
    customs or local agreements, not among the days of Code du travail L3422-2. What French Polynesia and New Caledonia
    set for themselves is theirs (national holidays only, and a note).
    """
    package = {name: set(found) for name, found in _named(territory, year).items()}
    names = {
        Territory.GUADELOUPE: ("Vendredi saint", "Mi-Carême", "Fête de Victor Schoelcher"),
        Territory.MARTINIQUE: ("Fête de Victor Schoelcher",),
        Territory.SAINT_MARTIN: ("Fête de Victor Schoelcher",),
        Territory.POLYNESIE: ("Vendredi saint", "Arrivée de l'Évangile", "Fête de l'autonomie", "Matāri'i"),
        Territory.NOUVELLE_CALEDONIE: ("Fête de la Citoyenneté", "Fête de la prise de possession"),
    }.get(territory, ())
    return {day for name in names for day in package.get(name, set())}


def missing(territory: Territory, year: int) -> set[date]:
    """
    What the package `holidays` leaves out, and why it is here.

    Whit Monday of 2005 to 2007 was worked as the day of solidarity, and stayed in the list of holidays (then Code du
    travail L222-1). The package gives Saint-Barthélemy and Saint-Martin a day since decree 2012-553 only; Etalab, whom
    we follow, gives them one before too, and has that of Saint-Martin move from 27 to 28 May in 2018, not in 2012.
    """
    days = {day for day in WHIT_MONDAYS if day.year == year}
    if territory is Territory.SAINT_BARTHELEMY and year < 2012:
        days.add(date(year, 10, 9))
    if territory is Territory.SAINT_MARTIN and year < 2018:
        days.add(date(year, 5, 27))
    return days


def moved(territory: Territory, year: int) -> set[date]:
    """28 May 2012 to 2017 in Saint-Martin, where the package has the day that holds since 2018."""
    return {date(year, 5, 28)} if territory is Territory.SAINT_MARTIN and 2012 <= year < 2018 else set()


@pytest.mark.parametrize("territory", Territory)
def test_they_are_those_of_the_package_but_for_the_differences_that_are_listed(territory: Territory) -> None:
    for year in YEARS:
        theirs = {day for days in _named(territory, year).values() for day in days}
        extra = customary(territory, year) | moved(territory, year)
        expected = (theirs - (extra - ours(Territory.METROPOLE, year))) | missing(territory, year)
        assert ours(territory, year) == expected, year


def _named(territory: Territory, year: int) -> dict[str, set[date]]:
    found: dict[str, set[date]] = {}
    for day, names in holidays.country_holidays("FR", subdiv=PACKAGE[territory], years=year, language="fr").items():
        for name in names.split("; "):
            found.setdefault(name, set()).add(day)
    return found


def test_easter_is_that_of_dateutil_in_every_year_that_is_counted_with() -> None:
    assert all(easter(year) == easter_of_dateutil(year) for year in range(1583, 4100))


def test_easter_on_its_earliest_and_latest_day_and_in_published_years() -> None:
    published = (date(1818, 3, 22), date(1943, 4, 25), date(2000, 4, 23), date(2026, 4, 5), date(2038, 4, 25))
    assert [easter(day.year) for day in published] == list(published)


def test_there_are_eleven_national_holidays_a_year() -> None:
    """One day less in a year in which Ascension falls on 1 or on 8 May, as it did in 2008."""
    for year in YEARS:
        moving = easter(year).toordinal() + 39
        falls_together = moving in {date(year, 5, 1).toordinal(), date(year, 5, 8).toordinal()}
        assert len(ours(Territory.METROPOLE, year)) == NATIONAL - falls_together, year


@pytest.mark.parametrize("territory", [rule for rule, said in PACKS.territories.items() if said.national_only])
def test_three_territories_have_the_national_holidays_only(territory: Territory) -> None:
    assert ours(territory, 2026) == ours(Territory.METROPOLE, 2026)


def test_the_holidays_of_saint_martin_moved_in_2018() -> None:
    days = WorkingDays(MONDAY_TO_FRIDAY, PACKS.holidays, territory=Territory.SAINT_MARTIN)
    assert days.holiday(date(2017, 5, 27)) == "Abolition de l'esclavage"
    assert days.holiday(date(2017, 5, 28)) is None
    assert days.holiday(date(2018, 5, 27)) is None
    assert days.holiday(date(2018, 5, 28)) == "Abolition de l'esclavage"


def test_a_local_holiday_counts_only_where_the_territory_is_named() -> None:
    good_friday, boxing_day = date(2026, 4, 3), date(2025, 12, 26)
    local = WorkingDays(MONDAY_TO_FRIDAY, PACKS.holidays, territory=Territory.ALSACE_MOSELLE)
    national = WorkingDays(MONDAY_TO_FRIDAY, PACKS.holidays)
    for day in (good_friday, boxing_day):
        assert not local.works(day)
        assert national.works(day)


def test_working_days_leave_out_closures_and_weekdays_that_are_not_worked() -> None:
    days = WorkingDays(frozenset({0, 5}), PACKS.holidays, closed=frozenset({date(2026, 6, 13)}))
    assert days.first_from(date(2026, 6, 9)) == date(2026, 6, 15)
    assert days.after(date(2026, 6, 8), 2) == date(2026, 6, 20)
    assert days.after(date(2026, 6, 8), 0) == date(2026, 6, 8)


def test_a_holiday_that_has_not_begun_is_none() -> None:
    days = WorkingDays(MONDAY_TO_FRIDAY, PACKS.holidays)
    assert days.works(date(1970, 5, 8))
    assert not days.works(date(1959, 5, 8))
    assert not days.works(date(1984, 5, 8))
    assert days.holidays(1700) == {}
