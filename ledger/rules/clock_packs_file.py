"""Reading the file of the legal clocks: dated packs of numbers, holidays, territories; each with its source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from ledger.limits import CLOCK_DAYS, CLOCK_HOURS, CLOCK_MONTHS, HOLIDAY_FROM_EASTER_DAYS
from ledger.rules.clock_packs import ClockKind, PackNumber, RulePack, RulePacks
from ledger.rules.document import Document, Table, missing_day, report_overlaps
from ledger.rules.holidays import HolidayRule, TerritoryRule
from ledger.rules.houses import Territory
from ledger.rules.houses_file import is_zone
from ledger.rules.marks import Mark
from ledger.rules.periods import Period

COMMON_YEAR: Final = 2001
"""A year that has the days that all years have."""
NUMBERS: Final[Mapping[ClockKind, Mapping[str, type]]] = {
    ClockKind.BREACH: {
        "notify_hours": int,
        "from_next_full_hour": bool,
        "least_working_days": int,
        "local_holidays": bool,
    },
    ClockKind.COMPLEMENTARY: {"complete_hours": int},
    ClockKind.INSURANCE: {"complaint_hours": int},
    ClockKind.NIS2: {"in_use": bool, "early_warning_hours": int, "notify_hours": int},
    ClockKind.ANSWER: {"day_hours": int},
    ClockKind.RIGHTS: {"reply_months": int, "extended_months": int, "roll_forward": bool},
}
"""What each pack states, and as what."""
MOST: Final[Mapping[str, int]] = {"hours": CLOCK_HOURS, "days": CLOCK_DAYS, "months": CLOCK_MONTHS}
"""The greatest number of each unit, which is the last word of its name."""


def read_clock_packs(content: bytes, *, file: str) -> RulePacks:
    """
    Read the file of the legal clocks.

    :raises LawInvalid: with every problem found
    """
    document = Document(content, file=file)
    root = document.opened_as("clocks")
    packs = RulePacks(
        packs=_packs(root),
        holidays=tuple(_holiday(row) for row in root.tables("holiday", required=True)),
        territories=_territories(root),
    )
    root.close()
    document.finish()
    return packs


def _packs(root: Table) -> dict[ClockKind, tuple[RulePack, ...]]:
    found: dict[ClockKind, list[tuple[Table, RulePack]]] = {each: [] for each in ClockKind}
    ids: set[str] = set()
    for row in root.tables("pack", required=True):
        pack = _pack(row)
        if pack is None:
            continue
        if pack.id and pack.id in ids:
            row.report("DUPLICATE", "id", code=pack.id)
        ids.add(pack.id)
        found[pack.clock].append((row, pack))
    for clock, versions in found.items():
        _check_versions(root, clock, versions)
    return {clock: tuple(pack for _, pack in versions) for clock, versions in found.items()}


def _check_versions(root: Table, clock: ClockKind, versions: list[tuple[Table, RulePack]]) -> None:
    """Report a clock without a pack, and a day after its first pack on which none holds, or two do."""
    if not versions:
        root.report("MISSING_RULE", name=clock)
        return
    periods = [pack.period for _, pack in versions]
    report_overlaps([row for row, _ in versions], periods, what=clock)
    missing = missing_day(Period(min(period.start for period in periods)), periods)
    if missing:
        versions[0][0].report("GAP", "valid_from", what=clock, day=missing)


def _pack(row: Table) -> RulePack | None:
    """Read a pack; None where it does not say for which clock, so that its numbers can't be judged."""
    clock = row.choice("clock", ClockKind)
    if row.content.get("clock") != clock:
        return None
    pack = RulePack(row.code("id"), clock, row.text("label"), _numbers(row, NUMBERS[clock]), row.period())
    row.close()
    return pack


def _numbers(pack: Table, wanted: Mapping[str, type]) -> dict[str, PackNumber]:
    found: dict[str, PackNumber] = {}
    for row in pack.tables("number", required=True):
        name = row.text("name")
        if name in found:
            row.report("DUPLICATE", "name", code=name)
        elif name in wanted:
            value = row.flag("value") if wanted[name] is bool else _whole(row, name)
            found[name] = PackNumber(value, row.text("source"), row.choice("mark", Mark))
            row.close()
        elif name:
            row.report("NOT_IN_LIST", "name", value=name, options=", ".join(wanted))
    for name in wanted.keys() - found.keys():
        pack.report("MISSING_RULE", name=name)
    return found


def _whole(row: Table, name: str) -> int:
    return row.whole("value", least=1, most=MOST[name.rpartition("_")[2]])


def _holiday(row: Table) -> HolidayRule:
    moves = row.has("after_easter")
    holiday = HolidayRule(
        name=row.text("name"),
        month=0 if moves else row.whole("month", least=1, most=12),
        day=0 if moves else row.whole("day", least=1, most=31),
        after_easter=_after_easter(row) if moves else None,
        territories=frozenset(_territories_of(row)),
        source=row.text("source"),
        mark=row.choice("mark", Mark),
        period=row.period(),
    )
    if not moves and not _is_day(holiday.month, holiday.day):
        row.report("NO_SUCH_DAY", "day", day=holiday.day, month=holiday.month)
    row.close()
    return holiday


def _after_easter(row: Table) -> int:
    return row.whole("after_easter", least=-HOLIDAY_FROM_EASTER_DAYS, most=HOLIDAY_FROM_EASTER_DAYS)


def _is_day(month: int, day: int) -> bool:
    """Say whether each year has this day; 29 February is none."""
    try:
        date(COMMON_YEAR, month, day)
    except ValueError:
        return False
    return True


def _territories_of(row: Table) -> list[Territory]:
    """Take the territories of a holiday; without the key it is one everywhere."""
    found = []
    words = row.texts("territories", required=False, least=1 if row.has("territories") else 0)
    for number, word in enumerate(words):
        if word in set(Territory):
            found.append(Territory(word))
        elif word:
            row.report_element("NOT_IN_LIST", "territories", number, value=word, options=", ".join(Territory))
    return found


def _territories(root: Table) -> dict[Territory, TerritoryRule]:
    found: dict[Territory, TerritoryRule] = {}
    for row in root.tables("territory", required=True):
        territory = row.choice("code", Territory)
        if territory in found:
            row.report("DUPLICATE", "code", code=territory)
        zones = row.texts("zones", least=1)
        for number, zone in enumerate(zones):
            if zone and not is_zone(zone):
                row.report_element("UNKNOWN_ZONE", "zones", number, value=zone)
        found[territory] = TerritoryRule(territory, tuple(zones), row.flag("national_only", default=False))
        row.close()
    for missing in set(Territory) - found.keys():
        root.report("MISSING_RULE", name=missing)
    return found
