"""Is this mandate alive? Terms by local midnights, ends by three instants, acts near an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.policies.mandate_life import (
    ActStanding,
    End,
    Life,
    Standing,
    act_standing,
    ended_at,
    standing_at,
    term_end,
    winding_up_end,
)
from ledger.policies.vocabulary import EndKind

PARIS = ZoneInfo("Europe/Paris")
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("started", "days", "end"),
    [
        ("2026-06-09T10:05", 365, "2027-06-09T00:00"),
        ("2026-06-09T23:59", 365, "2027-06-09T00:00"),
        ("2026-06-09T00:00", 1, "2026-06-10T00:00"),
        ("2026-06-09T10:05", 31, "2026-07-10T00:00"),
        ("2026-06-09T10:05", 182, "2026-12-08T00:00"),
        ("2026-10-24T10:05", 1, "2026-10-25T00:00"),
        ("2026-10-25T10:05", 1, "2026-10-26T00:00"),
        ("2028-02-28T10:05", 1, "2028-02-29T00:00"),
    ],
)
def test_a_term_counts_whole_local_days(started: str, days: int, end: str) -> None:
    assert term_end(paris(started), term_days=days, zone=PARIS) == paris(end)


def test_the_last_valid_day_of_365_days_from_9_june_is_8_june() -> None:
    started_at = paris("2026-06-09T10:05")
    life = Life(started_at=started_at, ends_at=term_end(started_at, term_days=365, zone=PARIS))
    assert standing_at(life, paris("2027-06-08T23:59:59")) is Standing.LIVE
    assert standing_at(life, paris("2027-06-09T00:00")) is Standing.ENDED


def test_the_day_is_the_houses_and_not_greenwichs() -> None:
    late_in_reunion = datetime(2026, 6, 9, 21, 0, tzinfo=UTC)
    reunion = ZoneInfo("Indian/Reunion")
    assert term_end(late_in_reunion, term_days=1, zone=reunion) == datetime(2026, 6, 11, tzinfo=reunion)


def test_a_mandate_is_not_alive_before_it_starts_nor_ever_when_void() -> None:
    life = Life(started_at=paris("2026-06-09T10:05"))
    assert standing_at(life, paris("2026-06-09T10:04")) is Standing.NOT_YET
    assert standing_at(life, paris("2026-06-09T10:05")) is Standing.LIVE
    assert standing_at(Life(), paris("2026-06-09T10:05")) is Standing.NOT_YET
    void = Life(void=True, started_at=paris("2026-06-09T10:05"))
    assert standing_at(void, paris("2027-01-01T00:00")) is Standing.VOID


def test_a_draft_that_was_withdrawn_is_over() -> None:
    end = End(EndKind.REVOKED, paris("2026-06-09T11:00"), paris("2026-06-09T11:00"))
    assert standing_at(Life(end=end), paris("2026-06-09T11:00")) is Standing.ENDED


def test_an_act_between_the_letter_and_its_receipt_stands() -> None:
    end = End(EndKind.REVOKED, effective_at=paris("2026-06-01T00:00"), known_at=paris("2026-06-04T09:00"))
    assert act_standing(end, paris("2026-05-31T10:00")) is ActStanding.IN_FORCE
    assert act_standing(end, paris("2026-06-02T10:00")) is ActStanding.GOOD_FAITH
    assert act_standing(end, paris("2026-06-04T09:00")) is ActStanding.IRREGULAR


def test_an_act_between_the_call_and_its_recording_is_irregular() -> None:
    end = End(EndKind.REVOKED, effective_at=paris("2026-06-09T11:00"), known_at=paris("2026-06-09T11:00"))
    assert act_standing(end, paris("2026-06-09T11:10")) is ActStanding.IRREGULAR


def test_an_end_that_takes_effect_later_leaves_the_mandate_alive_until_then() -> None:
    end = End(EndKind.REVOKED, effective_at=paris("2026-07-01T00:00"), known_at=paris("2026-06-09T11:00"))
    life = Life(started_at=paris("2026-06-09T10:05"), end=end)
    assert standing_at(life, paris("2026-06-30T23:59")) is Standing.LIVE
    assert standing_at(life, paris("2026-07-01T00:00")) is Standing.ENDED


@given(effective=instants, known=instants, act=instants)
def test_an_act_is_irregular_exactly_when_the_end_bound(effective: datetime, known: datetime, act: datetime) -> None:
    end = End(EndKind.REVOKED, effective, known)
    life = Life(started_at=datetime(2025, 1, 1, tzinfo=UTC), end=end)
    irregular = act_standing(end, act) is ActStanding.IRREGULAR
    assert irregular == (act >= effective and act >= known)
    assert irregular == (standing_at(life, act) is Standing.ENDED)


@given(started=instants, ends=instants, effective=instants, known=instants, at=instants)
def test_once_over_a_mandate_never_comes_back(
    started: datetime, ends: datetime, effective: datetime, known: datetime, at: datetime
) -> None:
    life = Life(started_at=started, ends_at=ends, end=End(EndKind.DEATH, effective, known))
    if standing_at(life, at) is Standing.ENDED:
        assert standing_at(life, at + timedelta(microseconds=1)) is Standing.ENDED
    assert ended_at(life) == min(ends, max(effective, known))


def test_thirty_days_remain_to_go_on_with_the_person() -> None:
    end = winding_up_end(paris("2026-06-15T16:20"), grace=timedelta(days=30), zone=PARIS)
    assert end == paris("2026-07-16T00:00")
