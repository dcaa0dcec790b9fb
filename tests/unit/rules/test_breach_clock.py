"""The clocks of a breach, instant by instant; article 33 and Regulation 1182/71 as worked cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.breach_clock import (
    BreachClock,
    breach_clock,
    complementary_due,
    insurance_complaint_due,
    nis2_clock,
)
from ledger.rules.clock_packs import ClockKind, PackNumber, RulePack, RulePacks
from ledger.rules.houses import Territory
from ledger.rules.law import load_law
from ledger.rules.local_time import DayOutOfReach
from ledger.rules.periods import Period

PACKS = load_law().clocks
PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def clock(text: str, *, packs: RulePacks = PACKS, territory: Territory = Territory.METROPOLE) -> BreachClock:
    return breach_clock(at(text), zone=PARIS, territory=territory, packs=packs)


def with_number(kind: ClockKind, name: str, value: int | bool) -> RulePacks:
    (pack,) = PACKS.packs[kind]
    changed = replace(pack, numbers={**pack.numbers, name: PackNumber(value, "Essai", "DEF")})
    return replace(PACKS, packs={**PACKS.packs, kind: (changed,)})


@pytest.mark.parametrize(
    ("aware_at", "zone", "target", "legal_end", "contested_end"),
    [
        ("2026-06-09T14:20+02:00", "Europe/Paris", "2026-06-12T14:20+02:00", "2026-06-12T15:00+02:00", None),
        ("2026-06-09T13:59:59+02:00", "Europe/Paris", "2026-06-12T13:59:59+02:00", "2026-06-12T14:00+02:00", None),
        ("2026-06-09T14:00+02:00", "Europe/Paris", "2026-06-12T14:00+02:00", "2026-06-12T15:00+02:00", None),
        (
            "2026-03-27T10:17+01:00", "Europe/Paris", "2026-03-30T11:17+02:00", "2026-03-30T12:00+02:00",
            "2026-04-01T00:00+02:00",
        ),
        (
            "2026-07-10T17:40+02:00", "Europe/Paris", "2026-07-13T17:40+02:00", "2026-07-13T18:00+02:00",
            "2026-07-16T00:00+02:00",
        ),
        (
            "2026-12-18T09:05+04:00", "Indian/Reunion", "2026-12-21T09:05+04:00", "2026-12-21T10:00+04:00",
            "2026-12-23T00:00+04:00",
        ),
    ],
)  # fmt: skip
def test_the_worked_cases(aware_at: str, zone: str, target: str, legal_end: str, contested_end: str | None) -> None:
    found = breach_clock(
        datetime.fromisoformat(aware_at), zone=ZoneInfo(zone), territory=Territory.METROPOLE, packs=PACKS
    )
    assert found.target == datetime.fromisoformat(target)
    assert found.legal_end == datetime.fromisoformat(legal_end)
    assert found.contested_end == datetime.fromisoformat(contested_end or legal_end)
    assert found.rule_pack == "rgpd-33-72h"


def test_results_are_shown_by_the_clock_of_the_place_whatever_the_offset_that_was_typed() -> None:
    found = clock("2026-06-09T12:20Z")
    shown = [each.isoformat() for each in (found.aware_at, found.target, found.legal_end)]
    assert shown == ["2026-06-09T14:20:00+02:00", "2026-06-12T14:20:00+02:00", "2026-06-12T15:00:00+02:00"]


def test_late_begins_with_the_legal_end_and_asking_why_with_the_target() -> None:
    found = clock("2026-06-09T14:20+02:00")
    moment = timedelta(microseconds=1)
    assert not found.is_late(found.legal_end - moment)
    assert found.is_late(found.legal_end)
    assert not found.is_past_target(found.target)
    assert found.is_past_target(found.target + moment)


def test_late_is_told_in_the_hour_that_the_clocks_repeat() -> None:
    """The legal end is 02:00 of the second of two hours from 2 to 3; half past two of the first comes before it."""
    assert clock("2026-10-22T01:30+02:00").legal_end.isoformat() == "2026-10-25T02:00:00+02:00"
    found = clock("2026-10-22T02:30+02:00")
    assert found.legal_end.isoformat() == "2026-10-25T02:00:00+01:00"
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=fold) for fold in (0, 1))
    assert not found.is_late(first)
    assert found.is_late(second)
    assert not found.is_past_target(first)
    assert found.is_past_target(second)


def test_a_local_holiday_gains_nothing_unless_the_pack_says_so() -> None:
    """Good Friday 2026 is 3 April; Easter Monday a national holiday."""
    alsace = Territory.ALSACE_MOSELLE
    assert clock("2026-04-01T10:00+02:00", territory=alsace) == clock("2026-04-01T10:00+02:00")
    counted = with_number(ClockKind.BREACH, "local_holidays", True)
    assert clock("2026-04-01T10:00+02:00").contested_end == at("2026-04-04T11:00+02:00")
    later = clock("2026-04-01T10:00+02:00", packs=counted, territory=alsace)
    assert later.contested_end == at("2026-04-08T00:00+02:00")
    assert later.legal_end == at("2026-04-04T11:00+02:00"), "holidays never extend it"


def two_packs() -> RulePacks:
    """Give the packs as they would be if 96 hours held from 2027 on."""
    (pack,) = PACKS.packs[ClockKind.BREACH]
    change = date(2027, 1, 1)
    first = replace(pack, period=Period(pack.period.start, change))
    numbers = {**pack.numbers, "notify_hours": PackNumber(96, "Règlement d'essai", "DEF")}
    second = RulePack("essai-96h", ClockKind.BREACH, "Essai", numbers, Period(change))
    return replace(PACKS, packs={**PACKS.packs, ClockKind.BREACH: (second, first)})


def test_the_pack_is_the_one_of_the_local_day_of_the_awareness() -> None:
    last, first = (clock(text, packs=two_packs()) for text in ("2026-12-31T22:59:59Z", "2026-12-31T23:00Z"))
    assert (last.rule_pack, last.target) == ("rgpd-33-72h", at("2027-01-03T22:59:59Z"))
    assert (first.rule_pack, first.target) == ("essai-96h", at("2027-01-04T23:00Z"))


def test_a_day_before_the_regulation_is_counted_by_its_first_pack() -> None:
    assert clock("2010-01-04T10:30+01:00").rule_pack == "rgpd-33-72h"
    assert clock("2010-01-04T10:30+01:00", packs=two_packs()).rule_pack == "rgpd-33-72h"


def test_what_an_initial_notification_leaves_open_is_softly_due() -> None:
    due = complementary_due(at("2026-10-23T10:17+02:00"), zone=PARIS, packs=PACKS)
    assert due.isoformat() == "2026-10-26T09:17:00+01:00"


def test_a_complaint_keeps_the_insurance_since_the_article_is_in_force() -> None:
    first = insurance_complaint_due(at("2023-04-24T00:00+02:00"), zone=PARIS, packs=PACKS)
    assert first == at("2023-04-27T00:00+02:00")
    assert insurance_complaint_due(at("2023-04-23T23:59+02:00"), zone=PARIS, packs=PACKS) is None


def test_the_line_of_nis_2_is_off_until_the_pack_switches_it_on() -> None:
    aware = at("2026-06-09T14:20+02:00")
    assert nis2_clock(aware, zone=PARIS, packs=PACKS) is None
    on = with_number(ClockKind.NIS2, "in_use", True)
    found = nis2_clock(aware, zone=PARIS, packs=on)
    assert found is not None
    assert (found.early_warning, found.notification) == (aware + timedelta(hours=24), aware + timedelta(hours=72))
    assert nis2_clock(at("2024-10-17T12:00+02:00"), zone=PARIS, packs=on) is None


def test_a_pack_may_count_from_the_event_itself() -> None:
    found = clock("2026-06-09T14:20+02:00", packs=with_number(ClockKind.BREACH, "from_next_full_hour", False))
    assert found.legal_end == found.target


def test_a_time_without_an_offset_or_out_of_reach_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        clock("2026-06-09T14:20")
    with pytest.raises(DayOutOfReach):
        clock("9999-12-31T23:59Z")
