"""The deadlines as a calendar, read by another implementation of RFC 5545."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import UTC
from ledger.commands._breach_calendar import _escaped, _folded, calendar_of
from ledger.policies.breach_deadlines import BreachDeadline
from ledger.policies.breach_vocabulary import Deadline, Line
from ledger.translation import bind_default_domain

AWARE = datetime(2026, 6, 9, 12, 20, tzinfo=UTC)
POINTS = tuple(timedelta(hours=each) for each in (48, 24, 12, 3))
LEDGER = UUID(int=9)


@pytest.fixture(autouse=True)
def french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "fr")
    bind_default_domain()


def deadline(**more: object) -> BreachDeadline:
    found = BreachDeadline(
        UUID(int=1), None, Deadline.NOTIFY, Line.GDPR_33, AWARE, AWARE, AWARE + timedelta(hours=72),
        AWARE + timedelta(hours=72, minutes=40), began=4, changed_position=17,
    )  # fmt: skip
    return replace(found, **more)  # type: ignore[arg-type]  # fields by name


def written(*found: BreachDeadline) -> bytes:
    return calendar_of(found, points=POINTS, ledger_id=LEDGER, at=AWARE)


def read(content: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(content, multiple=False).events)


def test_another_reader_finds_every_deadline_with_its_alarms() -> None:
    content = written(deadline(), deadline(deadline=Deadline.INSURANCE, line=Line.INSURANCE))
    first, second = read(content)
    assert first["DTSTART"].dt == AWARE + timedelta(hours=72)
    assert first["DTSTAMP"].dt == AWARE
    assert str(first["SUMMARY"]) == "00000000 : notification à la CNIL (RGPD, article 33)"
    assert "`ledger breach form 00000000 --type initial`" in str(first["DESCRIPTION"])
    assert [alarm["TRIGGER"].dt for alarm in first.walk("VALARM")] == [-point for point in POINTS]
    assert first["SEQUENCE"] == 17
    assert first["UID"] != second["UID"]


def test_a_deadline_that_moves_keeps_its_name_so_that_calendars_move_it() -> None:
    (before,) = read(written(deadline()))
    moved = deadline(due_at=AWARE + timedelta(hours=60), runs_from=AWARE - timedelta(hours=12), changed_position=21)
    (after,) = read(written(moved))
    assert (before["UID"], before["DTSTART"].dt) != (after["UID"], after["DTSTART"].dt)
    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]


def test_no_alarm_rings_before_the_term_runs() -> None:
    short = deadline(due_at=AWARE + timedelta(hours=12))
    (event,) = read(written(short))
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [-timedelta(hours=3)]


def test_an_empty_calendar_is_a_calendar() -> None:
    assert read(written()) == []


def test_lines_end_and_fold_as_the_standard_asks() -> None:
    content = written(*(deadline(deadline=each, line=None) for each in Deadline))
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert max(map(len, content.split(b"\r\n"))) <= 75
    content.decode()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])))
def test_whatever_a_text_says_it_is_read_back(text: str) -> None:
    line = _folded(f"SUMMARY:{_escaped(text)}")
    assert all(len(part) <= 75 for part in line.split(b"\r\n"))
    event = b"BEGIN:VEVENT\r\nUID:1\r\n" + line + b"END:VEVENT\r\n"
    assert str(icalendar.Event.from_ical(event)["SUMMARY"]) == text
