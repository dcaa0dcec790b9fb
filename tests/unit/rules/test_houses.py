"""House files: the regular week, the channels, the local partners."""

from __future__ import annotations

from datetime import date, time

import pytest

from ledger.rules.houses import Channels, OpenPeriod, Territory, opening
from ledger.rules.law import load_law
from tests.unit.rules.law_texts import HOUSE, house, profile

ON = date(2026, 6, 9)


def test_a_house_file_is_read_whole() -> None:
    found = house()
    assert (found.code, found.department, found.territory) == ("essai", "53", Territory.METROPOLE)
    assert found.local_partners == ("caisse",)
    assert found.channels == Channels(email="maison@exemple.fr", phone="02 99 00 00 00")
    assert found.schedule == (
        OpenPeriod(0, time(9), time(12)),
        OpenPeriod(0, time(13, 30), time(17, 30)),
        OpenPeriod(5, time(9), time(12)),
    )


def test_a_form_is_enough_for_people_to_write() -> None:
    assert house(HOUSE.replace('email = "maison@exemple.fr"', 'form = "https://exemple.fr/f"')).channels.form


def test_the_stretches_of_a_day_are_put_in_order() -> None:
    turned = HOUSE.replace('["09:00-12:00", "13:30-17:30"]', '["13:30-17:30", "09:00-12:00"]')
    assert house(turned).schedule == house().schedule


def test_two_stretches_may_touch() -> None:
    touching = HOUSE.replace('"13:30-17:30"', '"12:00-17:30"')
    assert opening(house(touching).schedule, profile=load_law().profile, on=ON).week_minutes == 690


def test_a_changed_file_has_another_digest() -> None:
    assert house(HOUSE.replace("Maison d'essai", "Maison")).digest != house().digest


@pytest.mark.parametrize(
    ("week", "minutes", "days", "holds"),
    [
        ([(day, "08:00", "12:48") for day in range(5)], 1440, 5, True),
        ([(day, "08:00", "12:47") for day in range(5)], 1435, 5, False),
        ([(day, "08:00", "14:00") for day in range(4)], 1440, 4, False),
        ([], 0, 0, False),
    ],
)
def test_both_the_hours_and_the_days_are_needed(
    week: list[tuple[int, str, str]], minutes: int, days: int, holds: bool
) -> None:
    schedule = tuple(OpenPeriod(day, time.fromisoformat(a), time.fromisoformat(b)) for day, a, b in week)
    found = opening(schedule, profile=load_law().profile, on=ON)
    assert (found.week_minutes, found.days, found.holds) == (minutes, days, holds)


def test_the_least_opening_is_that_of_the_profile() -> None:
    found = opening(house().schedule, profile=profile(), on=ON)
    assert (found.least_week_minutes, found.least_days) == (7, 7)
    assert not found.holds
