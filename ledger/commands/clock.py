"""`ledger clock`: by when something is told, answered or destroyed; calculators that need no ledger and record none."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo
from typing import TYPE_CHECKING, Any

from ledger.commands._choices import Word
from ledger.commands._clock_input import DayOrMoment, Moment, OpeningHours, Weekdays, Zone, placed
from ledger.commands._context import Session
from ledger.commands._moments import Day
from ledger.commands._shared import Decorator
from ledger.commands._words import Noun, argument, option
from ledger.errors import Invalid
from ledger.translation import mark, translate

if TYPE_CHECKING:
    from ledger.rules.answer_clock import AnswerReading, HouseTime
    from ledger.rules.houses import Territory
    from ledger.rules.law import Law
    from ledger.rules.periods import Dated
    from ledger.rules.retention_terms import RetentionClass

command = Noun("clock", help=mark("Compute by when something is told, answered or destroyed; nothing is recorded."))

_TERRITORY = "ledger.rules.houses:Territory"


class HouseOrOptions(Invalid):
    """A house was named, and what its file says was said again."""

    sentence = mark("--house takes zone, territory, days and hours from the house: leave {option} out.")
    advice = mark("Name the house, or give its days and hours one by one; not both.")


class OpenWhenClosed(Invalid):
    """Opening hours were given for a weekday that is not worked."""

    sentence = mark("--hours gives opening hours for a weekday that --days does not list.")
    advice = mark("Add the weekday to --days, or leave its hours out.")


def _zone_option() -> Decorator:
    return option("--zone", type=Zone(), help=mark("The zone whose clock counts, if it is not that of the session."))


def _territory_option() -> Decorator:
    return option("--territory", type=Word(_TERRITORY), help=mark("Whose holidays count; mainland France if not said."))


@command.verb(
    "breach",
    help=mark(
        "Compute by when a breach is notified to the authority, from the moment of awareness (GDPR 33).\n\n"
        "Plan on the target. The legal end is the next full hour of the local clock, and as many hours; the contested "
        "end is shown because some cite it, and is never planned on."
    ),
    examples=(
        "ledger clock breach 2026-06-09T14:20",
        'ledger clock breach "10/07/2026 17:40" --json',
        "ledger clock breach 2026-12-18T09:05 --zone Indian/Reunion --territory la-reunion",
    ),
)
@argument("aware_at", type=Moment(), help=mark("When it was reasonably certain that personal data were compromised."))
@_zone_option()
@_territory_option()
def breach(session: Session, aware_at: datetime, zone: tzinfo | None, territory: Territory | None) -> None:
    """Compute the ends of the term of a breach."""
    from ledger.commands._clock_pages import breach_lines, note_early, note_territory, tell
    from ledger.rules.breach_clock import breach_clock
    from ledger.rules.clock_packs import ClockKind

    law = _law(session)
    where = territory or _mainland()
    instant, clock = placed(session, aware_at, zone)
    found = breach_clock(instant, zone=clock, territory=where, packs=law.clocks)
    row = {
        "aware_at": found.aware_at,
        "target": found.target,
        "legal_end": found.legal_end,
        "contested_end": found.contested_end,
        "rule_pack": found.rule_pack,
    }
    tell(session, row, breach_lines(found))
    day = found.aware_at.date()
    note_early(session, law.clocks.pack(ClockKind.BREACH, on=day).period, day)
    note_territory(session, law, territory, clock)


@command.verb(
    "answer",
    help=mark(
        'Compute by when a request is answered: within "72 h ouvrées" (convention 4.2).\n\n'
        "Reading A counts hours around the clock on the days that the house works, B whole worked days after that of "
        "the request, C opening hours. The profile says which is in force."
    ),
    examples=(
        "ledger clock answer 2026-06-08T10:00",
        "ledger clock answer 2026-06-13T11:00 --days mon,tue,thu,fri --closed 2026-06-15",
        "ledger clock answer 2026-06-08T10:00 --reading C --hours 09:00-12:00,13:30-17:30 --hours fri=09:00-12:00",
        "ledger clock answer 2026-06-08T10:00 --house loiron --json",
    ),
)
@argument("received_at", type=Moment(), help=mark("When the request came."))
@_zone_option()
@_territory_option()
@option("--days", type=Weekdays(), help=mark("The weekdays that the house works; Monday to Friday if not said."))
@option("--closed", multiple=True, type=Day(), help=mark("A day of closure announced beforehand; repeat it."))
@option("--reading", type=Word("ledger.rules.answer_clock:AnswerReading"), help=mark("How the words are read."))
@option("--hours", multiple=True, type=OpeningHours(), help=mark("Opening hours, of all days or of those named first."))
@option("--house", metavar=mark("CODE"), help=mark("Take zone, territory, days and hours from this house file."))
def answer(
    session: Session,
    received_at: datetime,
    zone: tzinfo | None,
    territory: Territory | None,
    days: frozenset[int] | None,
    closed: tuple[date, ...],
    reading: AnswerReading | None,
    hours: tuple[Any, ...],
    house: str | None,
) -> None:
    """Compute by when a request is answered."""
    from ledger.commands._clock_pages import answer_lines, note_early, note_territory, tell
    from ledger.rules.answer_clock import AnswerReading, answer_clock

    law = _law(session)
    if house is not None:
        for name, given in (("--zone", zone), ("--territory", territory), ("--days", days), ("--hours", hours)):
            if given:
                raise HouseOrOptions(option=name)
        file = law.house(house)
        law = law.with_profile(file.profile)
        zone, territory = _zone_named(file.zone), file.territory
    instant, clock = placed(session, received_at, zone)
    times = _house_time(law, house, clock, territory or _mainland(), days, closed, hours)
    day = instant.astimezone(clock).date()
    hours_rule, reading_rule = (_response_rule(law, name, on=day) for name in ("response.hours", "response.reading"))
    counted, read_as = int(hours_rule.value), reading or AnswerReading(reading_rule.value)
    found = answer_clock(instant, hours=counted, reading=read_as, house=times, packs=law.clocks)
    row = {"received_at": found.received_at, "due_at": found.due_at, "reading": found.reading}
    tell(session, row, answer_lines(found, counted))
    note_early(session, hours_rule.period, day)
    note_territory(session, law, territory, clock)


@command.verb(
    "rights",
    help=mark(
        "Compute by when a person who uses a right is answered: one month from receipt (GDPR 12(3)).\n\n"
        "A term that ends on a Saturday, a Sunday or a national holiday ends with the next working day. An extension "
        "of two months, three in all, is announced with its reasons within the first month."
    ),
    examples=(
        "ledger clock rights 2026-04-08",
        "ledger clock rights 2026-06-01 --suspended 2026-06-03 2026-06-15 --extended --json",
    ),
)
@argument("received_on", type=Day(), help=mark("The day on which the request came."))
@option("--extended", is_flag=True, help=mark("The extension was announced within the first month."))
@option(
    "--suspended", nargs=2, multiple=True, type=Day(), metavar=mark("FROM TO"),
    help=mark("Identity was asked for on the first day, and proven on the second; repeat it."),
)  # fmt: skip
@_territory_option()
@option("--local-holidays", is_flag=True, help=mark("Count local holidays too; the data protection officer decides."))
def rights(
    session: Session,
    received_on: date,
    extended: bool,
    suspended: tuple[tuple[date, date], ...],
    territory: Territory | None,
    local_holidays: bool,
) -> None:
    """Compute by when a person who uses a right is answered."""
    from ledger.commands._clock_pages import note_early, note_territory, rights_lines, tell
    from ledger.rules.clock_packs import ClockKind
    from ledger.rules.rights_clock import rights_clock

    law = _law(session)
    local = (territory or _mainland()) if local_holidays else None
    found = rights_clock(received_on, packs=law.clocks, extended=extended, suspended=suspended, local_holidays_of=local)
    row = {"received_on": found.received_on, "due_on": found.due_on, "extended_due_on": found.extended_due_on}
    tell(session, row, rights_lines(found))
    note_early(session, law.clocks.pack(ClockKind.RIGHTS, on=received_on).period, received_on)
    note_territory(session, law, territory, None)


@command.verb(
    "retention",
    help=mark(
        "Compute when a class of record falls due, by the schedule of the profile.\n\n"
        "Days are counted, not hours: the last day belongs to the term in full. Where the law or the schedule gives "
        "no date, none is given."
    ),
    examples=(
        "ledger clock retention mandate-proof 2026-06-15T16:20",
        "ledger clock retention logs 2026-06-15 --json",
    ),
)
@argument(
    "retention_class", type=Word("ledger.rules.retention_terms:RetentionClass"), metavar=mark("CLASS"),
    help=mark("What is kept."),
)  # fmt: skip
@argument("runs_from", type=DayOrMoment(), metavar=mark("FROM"), help=mark("The day or instant its term runs from."))
@option("--profile", metavar=mark("PROFILE"), help=mark("The profile whose schedule is used."))
@_zone_option()
def retention(
    session: Session,
    retention_class: RetentionClass,
    runs_from: date,
    profile: str | None,
    zone: tzinfo | None,
) -> None:
    """Compute when a class of record falls due."""
    from ledger.commands._clock_pages import note_early, retention_lines, tell
    from ledger.rules.local_time import begins, check_year
    from ledger.rules.retention_clock import retention_clock

    law = _law(session).with_profile(profile) if profile else _law(session)
    if isinstance(runs_from, datetime):
        instant, clock = placed(session, runs_from, zone)
    else:
        check_year(runs_from)
        clock = zone or session.zone
        instant = begins(runs_from, clock)
    found = retention_clock(retention_class, instant, profile=law.profile, zone=clock)
    row = {
        "class": retention_class,
        "from": found.runs_from if isinstance(runs_from, datetime) else runs_from,
        "last_day": found.last_day,
        "eligible_at": found.eligible_at,
        "source": found.term.source,
    }
    tell(session, row, retention_lines(found))
    note_early(session, found.term.period, found.runs_from.date())


@command.verb(
    "opening",
    help=mark("Measure the regular week of a house against the least that the convention asks (convention 4.2)."),
    examples=("ledger clock opening --house loiron", "ledger clock opening --house bonneuil-matours --json"),
)
@option("--house", metavar=mark("CODE"), required=True, help=mark("The code of the house file."))
def opening(session: Session, house: str) -> None:
    """Measure the regular week of a house."""
    from ledger.commands._clock_pages import tell
    from ledger.rules import houses

    law = _law(session)
    file = law.house(house)
    today = session.at.astimezone(_zone_named(file.zone)).date()
    found = houses.opening(file.schedule, profile=law.with_profile(file.profile).profile, on=today)
    row = {"house": file.code, "week_hours": found.week_minutes / 60, "days": found.days, "holds": found.holds}
    said = mark("{house} is open {hours} a week over {days} days; the convention asks {least} over {least_days}.")
    verdict = mark("Article 4.2 holds.") if found.holds else mark("Article 4.2 does not hold.")
    line = translate(said).format(
        house=file.name, hours=_hours(found.week_minutes), days=found.days,
        least=_hours(found.least_week_minutes), least_days=found.least_days,
    )  # fmt: skip
    tell(session, row, [line, translate(verdict)])


def _law(session: Session) -> Law:
    """Give the law of the ledger that is named, or the packaged one where none is; no database is opened."""
    from ledger.rules.law import load_law

    if session.home_or_none is None:
        return load_law()
    from ledger.bootstrap import law_of
    from ledger.settings import LedgerAbsent

    try:
        return law_of(session.home)
    except LedgerAbsent:
        session.output.say(mark("There is no ledger in this folder: the packaged rules are used."))
        return load_law()


def _response_rule(law: Law, name: str, *, on: date) -> Dated[Any]:
    """Give a rule of the profile as it holds on a day; as it first held for a day before the profile."""
    from ledger.rules.periods import holding_or_first
    from ledger.rules.profile import NoRuleOnDay

    found = holding_or_first(law.profile.rules[name], on=on)
    if found is None:
        raise NoRuleOnDay(reference=name, day=on.isoformat())
    return found


def _mainland() -> Territory:
    from ledger.rules.houses import Territory

    return Territory.METROPOLE


def _zone_named(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _house_time(
    law: Law,
    house: str | None,
    zone: tzinfo,
    territory: Territory,
    days: frozenset[int] | None,
    closed: tuple[date, ...],
    hours: tuple[tuple[frozenset[int], tuple[tuple[time, time], ...]], ...],
) -> HouseTime:
    """Give when a house works: as its file says, or as the options do."""
    from ledger.rules.answer_clock import HouseTime
    from ledger.rules.holidays import MONDAY_TO_FRIDAY
    from ledger.rules.houses import OpenPeriod

    if house is not None:
        return HouseTime.of_house(law.house(house), packs=law.clocks, closed=closed)
    by_day: dict[int, tuple[tuple[time, time], ...]] = {}
    for named, stretches in sorted(hours, key=lambda each: bool(each[0])):  # what names its days comes last, and wins
        by_day |= dict.fromkeys(named or days or MONDAY_TO_FRIDAY, stretches)
    if days and by_day.keys() - days:
        raise OpenWhenClosed
    week = tuple(OpenPeriod(day, *stretch) for day, stretches in by_day.items() for stretch in stretches)
    worked = days or frozenset(by_day) or MONDAY_TO_FRIDAY
    return HouseTime.of(zone=zone, territory=territory, weekdays=worked, packs=law.clocks, closed=closed, week=week)


def _hours(minutes: int) -> str:
    hours, more = divmod(minutes, 60)
    return f"{hours}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{more:02}" if more else f"{hours}\N{NO-BREAK SPACE}h"
