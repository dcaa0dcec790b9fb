"""What is typed to the clocks: local times, zones, weekdays, opening hours."""

from __future__ import annotations

import re
from datetime import date, datetime, time, tzinfo
from itertools import pairwise
from typing import Any, Final

import click

from ledger.commands._context import Session
from ledger.translation import mark, translate

_DAY_NAMES: Final = (
    ("mon", "monday", "lun", "lundi"),
    ("tue", "tuesday", "mar", "mardi"),
    ("wed", "wednesday", "mer", "mercredi"),
    ("thu", "thursday", "jeu", "jeudi"),
    ("fri", "friday", "ven", "vendredi"),
    ("sat", "saturday", "sam", "samedi"),
    ("sun", "sunday", "dim", "dimanche"),
)
"""What a weekday may be typed as, whatever the language of the screen: programs are not to break with it."""
_STRETCH: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)")


class Moment(click.ParamType[datetime]):
    """A date and time, with or without an offset; what it means is settled with the zone."""

    name = "moment"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark('"DAY HH:MM"'))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read "09/06/2026 14:20", 2026-06-09T14:20 or 2026-06-09T14:20+02:00."""
        from ledger.commands._input import moment

        found = value if isinstance(value, datetime) else moment(str(value))
        if found is None:
            raise click.BadParameter(translate(mark("give a day and a time, such as 2026-06-09T14:20")), ctx, param)
        return found


class DayOrMoment(Moment):
    """A day, or a date and time."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark('DAY | "DAY HH:MM"'))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a day as a `date`, anything longer as `Moment` does."""
        from ledger.commands._input import AnswerInvalid, Kind, Question, read_answer

        if isinstance(value, date):
            return value
        try:
            return read_answer(Question("value", "", Kind.DAY), value, zone=Session().zone)
        except AnswerInvalid:
            return super().convert(value, param, ctx)


class Zone(click.ParamType[tzinfo]):
    """A time zone by its name."""

    name = "zone"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark("ZONE"))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        """Read a name such as Indian/Reunion."""
        from zoneinfo import ZoneInfo

        from ledger.rules.houses_file import is_zone

        if isinstance(value, tzinfo):
            return value
        if not value or not is_zone(str(value)):
            raise click.BadParameter(translate(mark("give a zone such as Europe/Paris or Indian/Reunion")), ctx, param)
        return ZoneInfo(str(value))


class Weekdays(click.ParamType[frozenset[int]]):
    """The weekdays on which a house works."""

    name = "weekdays"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark("mon,tue,..."))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> frozenset[int]:
        """Read mon,tue or lun,mar; weekdays count from Monday, 0."""
        if isinstance(value, frozenset):
            return value
        found = [weekday(word) for word in str(value).split(",")]
        if None in found:
            raise click.BadParameter(translate(mark("give weekdays such as mon,tue,wed,thu,fri")), ctx, param)
        return frozenset(number for number in found if number is not None)


class OpeningHours(click.ParamType[tuple[frozenset[int], tuple[tuple[time, time], ...]]]):
    """Stretches of opening hours: of one weekday when it is named first, else of every worked day."""

    name = "hours"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """Name the value in the help."""
        return translate(mark("[DAYS=]HH:MM-HH:MM,..."))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read 09:00-12:00,13:30-17:30 or sat=09:00-12:00."""
        if isinstance(value, tuple):
            return value
        days, equals, hours = str(value).rpartition("=")
        weekdays = Weekdays().convert(days, param, ctx) if equals else frozenset()
        stretches = sorted(stretch for text in hours.split(",") for stretch in _stretch(text))
        overlap = any(first[1] > second[0] for first, second in pairwise(stretches))
        if len(stretches) != hours.count(",") + 1 or overlap:
            example = translate(mark("give opening hours such as 09:00-12:00,13:30-17:30 or sat=09:00-12:00"))
            raise click.BadParameter(example, ctx, param)
        return weekdays, tuple(stretches)


def weekday(word: str) -> int | None:
    """Give the weekday that is meant, from Monday, 0; None if it is none."""
    typed = word.strip().casefold()
    return next((number for number, names in enumerate(_DAY_NAMES) if typed in names), None)


def _stretch(text: str) -> list[tuple[time, time]]:
    found = _STRETCH.fullmatch(text.strip())
    if not found:
        return []
    hours = [int(part) for part in found.groups()]
    opens, closes = time(hours[0], hours[1]), time(hours[2], hours[3])
    return [(opens, closes)] if opens < closes else []


def placed(session: Session, given: datetime, zone: tzinfo | None) -> tuple[datetime, tzinfo]:
    """
    Give the instant that was typed, and the clock by which it is counted and shown.

    A local time is read in `zone`, by default that of the session. A time with an offset is shown in `zone`; without
    one, in that of the session where the offset is the one in force there, else in the offset itself.

    :raises HourRepeated: for a local time that happens twice
    :raises HourSkipped: for a local time that never is
    :raises DayOutOfReach: if nothing can be counted from it
    """
    from ledger.rules.local_time import check_year, in_zone, instant_of

    usual = zone or session.zone
    check_year(given)
    if given.tzinfo is None:
        return instant_of(given, usual), usual
    fits = zone is not None or in_zone(given, usual).utcoffset() == given.utcoffset()
    return given, usual if fits else given.tzinfo
