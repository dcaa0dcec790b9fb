"""Days and instants as people read them: with the weekday, by the legal time of the place."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from ledger.translation import mark, translate

_WEEKDAYS: Final = (
    mark("Monday"), mark("Tuesday"), mark("Wednesday"), mark("Thursday"), mark("Friday"), mark("Saturday"),
    mark("Sunday"),
)  # fmt: skip
_MONTHS: Final = (
    mark("January"), mark("February"), mark("March"), mark("April"), mark("May"), mark("June"), mark("July"),
    mark("August"), mark("September"), mark("October"), mark("November"), mark("December"),
)  # fmt: skip


def day_in_words(day: date) -> str:
    """Give a day with its weekday: Tuesday 9 June 2026."""
    return translate(mark("{weekday} {day} {month} {year}")).format(
        weekday=translate(_WEEKDAYS[day.weekday()]),
        day=translate(mark("1st")) if day.day == 1 else day.day,
        month=translate(_MONTHS[day.month - 1]),
        year=day.year,
    )


def instant_in_words(instant: datetime) -> str:
    """Give an instant as its own clock shows it, and what it is the end of where it is midnight."""
    text = translate(mark("{day} at {time} (legal time, UTC{offset})")).format(
        day=day_in_words(instant.date()), time=_time_in_words(instant.time()), offset=_offset(instant)
    )
    if instant.time() == time():
        ended = day_in_words(instant.date() - timedelta(days=1))
        return translate(mark("{instant}, the end of {day}")).format(instant=text, day=ended)
    return text


def zone_in_words(instant: datetime) -> str:
    """Name the zone by which an instant is shown; its offset where it is only that."""
    return str(getattr(instant.tzinfo, "key", f"UTC{_offset(instant)}"))


def _time_in_words(at: time) -> str:
    form = mark("{hour}:{minute}:{second}") if at.second else mark("{hour}:{minute}")
    return translate(form).format(hour=at.hour, minute=f"{at.minute:02}", second=f"{at.second:02}")


def _offset(instant: datetime) -> str:
    return instant.isoformat(timespec="minutes")[len("2026-06-09T14:20") :]
