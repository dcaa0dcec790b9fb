from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from ledger.projections.tallies import TALLIES, Tallies, TallyRow, slot_of
from tests.unit.projections.rows_in_memory import projected
from tests.unit.projections.story import HOUSE, Story, at


def test_what_happens_in_one_half_hour_is_counted_together() -> None:
    story = Story()
    _, trail = story.procedure("09:00")
    for time in ("09:00", "09:29", "09:30"):
        story.access(time, trail, gateway="OTHER")
    rows = projected(Tallies(), story.log).all(TALLIES)
    granted = sorted((row for row in rows if row.topic == "access.granted.1"), key=lambda row: row.slot)
    assert granted == [
        TallyRow(at("09:00"), HOUSE, "access.granted.1", "GRANTED", "OTHER", 2),
        TallyRow(at("09:30"), HOUSE, "access.granted.1", "GRANTED", "OTHER", 1),
    ]


def test_houses_decisions_and_gateways_are_counted_apart() -> None:
    story = Story()
    _, trail = story.procedure()
    story.access("09:00", trail, gateway="OTHER")
    story.access("09:00", trail, gateway="MANDATE")
    story.access("09:00", trail, gateway=None, decision="NO_MANDATE")
    story.access("09:00", trail, gateway="MANDATE", house=uuid4())
    story.tell("09:00", "run.started", uuid4(), house=None)
    rows = projected(Tallies(), story.log).all(TALLIES)
    assert [row.count for row in rows] == [1] * 6


def test_half_hours_begin_where_those_of_every_french_territory_do() -> None:
    for text in (
        "2026-06-09T00:00-09:30",
        "2026-06-09T00:00+02:00",
        "2026-06-09T00:00+04:00",
        "2026-06-09T00:00-03:00",
    ):
        midnight = datetime.fromisoformat(text)
        assert slot_of(midnight) == midnight
