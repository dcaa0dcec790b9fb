"""The packs that ship: one for every clock on every day, each number with its source."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ledger.rules.clock_packs import ClockKind, RulePacks
from ledger.rules.clock_packs_file import NUMBERS
from ledger.rules.houses import Territory
from ledger.rules.law import PACKAGED, Law, load_law
from ledger.rules.marks import Mark
from ledger.rules.periods import Period
from ledger.rules.profile import NoRuleOnDay
from tests.unit.rules.law_texts import problems_of, spoiled

PACKS = load_law().clocks


@pytest.mark.parametrize("clock", ClockKind)
def test_every_number_of_every_pack_has_a_source_and_a_mark(clock: ClockKind) -> None:
    for pack in PACKS.packs[clock]:
        assert pack.numbers.keys() == NUMBERS[clock].keys()
        for number in pack.numbers.values():
            assert number.source
            assert number.mark in set(Mark)


def test_the_numbers_are_those_of_the_texts() -> None:
    numbers = {
        (clock.value, name): number.value
        for clock, packs in PACKS.packs.items()
        for name, number in packs[0].numbers.items()
    }
    assert numbers == {
        ("breach", "notify_hours"): 72,
        ("breach", "from_next_full_hour"): True,
        ("breach", "least_working_days"): 2,
        ("breach", "local_holidays"): False,
        ("complementary", "complete_hours"): 72,
        ("insurance", "complaint_hours"): 72,
        ("nis2", "in_use"): False,
        ("nis2", "early_warning_hours"): 24,
        ("nis2", "notify_hours"): 72,
        ("answer", "day_hours"): 24,
        ("rights", "reply_months"): 1,
        ("rights", "extended_months"): 3,
        ("rights", "roll_forward"): True,
    }


def test_a_name_that_nothing_counts_by_is_said_and_what_is_missing_for_it_too() -> None:
    number = problems_of("clocks", spoiled("clocks", 'name = "notify_hours"', 'name = "notify_days"'))
    assert [problem.rule for problem in number] == ["MISSING_RULE", "NOT_IN_LIST"]
    clock = problems_of("clocks", spoiled("clocks", 'clock = "answer"', 'clock = "reply"'))
    assert [problem.rule for problem in clock] == ["MISSING_RULE", "NOT_IN_LIST"]


def test_every_holiday_has_a_source() -> None:
    assert all(rule.source and rule.mark in set(Mark) for rule in PACKS.holidays)


@pytest.mark.parametrize("territory", Territory)
def test_every_territory_has_a_clock(territory: Territory) -> None:
    assert [ZoneInfo(zone) for zone in PACKS.territories[territory].zones]


def test_a_clock_whose_last_pack_ended_has_none() -> None:
    (pack,) = PACKS.packs[ClockKind.RIGHTS]
    ended = replace(pack, period=Period(pack.period.start, date(2030, 1, 1)))
    packs = RulePacks({ClockKind.RIGHTS: (ended,)}, PACKS.holidays, PACKS.territories)
    assert packs.pack(ClockKind.RIGHTS, on=date(2029, 12, 31)) is ended
    assert packs.pack(ClockKind.RIGHTS, on=date(2000, 1, 1)) is ended
    with pytest.raises(NoRuleOnDay):
        packs.pack(ClockKind.RIGHTS, on=date(2030, 1, 1))


def test_a_folder_of_ones_own_stands_before_the_packaged_file(tmp_path: Path) -> None:
    text = (PACKAGED / "clocks.toml").read_text(encoding="utf-8")
    (tmp_path / "clocks.toml").write_text(text.replace("rgpd-33-72h", "maison-33"), encoding="utf-8")
    own = Law(tmp_path, "mayenne").clocks
    assert own.pack(ClockKind.BREACH, on=date(2026, 6, 9)).id == "maison-33"


def test_the_former_word_for_la_reunion_is_still_read() -> None:
    assert Territory("reunion") is Territory.LA_REUNION
    assert Territory.LA_REUNION.value == "la-reunion"
    with pytest.raises(ValueError, match="corse"):
        Territory("corse")
