"""The planner: a pure function, checked case by case and against what must hold of every plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.clock import UTC
from ledger.retention.planner import Action, Facts, Item, Standing, Step, Why, plan
from ledger.rules.retention_terms import RetentionClass

AT = datetime(2026, 6, 9, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WORKING = RetentionClass.WORKING_DATA

ITEM = Item(
    id=UUID(int=1), category=WORKING, first_day=date(2026, 6, 1), last_day=date(2026, 6, 9), due_at=AT, restricted=False
)
STANDING = Standing(
    id=UUID(int=2), category=WORKING, first_day=date(2026, 1, 1), last_day=date(2026, 12, 31), granted_at=AT - 30 * DAY
)


def step(item: Item, *authorities: Standing, at: datetime = AT) -> Step[Item]:
    return next(plan(Facts([item], authorities), at))


@pytest.mark.parametrize(
    ("item", "authorities", "action", "why"),
    [
        (replace(ITEM, last_day=None, due_at=None), (STANDING,), Action.KEEP, Why.RUNNING),
        (replace(ITEM, due_at=None), (STANDING,), Action.KEEP, Why.RUNNING),
        (replace(ITEM, due_at=AT + timedelta(microseconds=1)), (STANDING,), Action.KEEP, Why.NOT_DUE),
        (ITEM, (STANDING,), Action.DESTROY, Why.COVERED),
        (replace(ITEM, restricted=True), (STANDING,), Action.DESTROY, Why.COVERED),
        (ITEM, (), Action.RESTRICT, Why.NO_AUTHORITY),
        (replace(ITEM, restricted=True), (), Action.WAIT, Why.NO_AUTHORITY),
        (ITEM, (replace(STANDING, category=RetentionClass.LOGS),), Action.RESTRICT, Why.NO_AUTHORITY),
        (ITEM, (replace(STANDING, granted_at=AT + DAY),), Action.RESTRICT, Why.AUTHORITY_NOT_IN_FORCE),
        (ITEM, (replace(STANDING, revoked_at=AT),), Action.RESTRICT, Why.AUTHORITY_NOT_IN_FORCE),
        (ITEM, (replace(STANDING, revoked_at=AT + DAY),), Action.DESTROY, Why.COVERED),
        (ITEM, (replace(STANDING, first_day=date(2026, 6, 1)),), Action.DESTROY, Why.COVERED),
        (ITEM, (replace(STANDING, first_day=date(2026, 6, 2)),), Action.RESTRICT, Why.OUT_OF_RANGE),
        (ITEM, (replace(STANDING, last_day=date(2026, 6, 9)),), Action.DESTROY, Why.COVERED),
        (ITEM, (replace(STANDING, last_day=date(2026, 6, 8)),), Action.RESTRICT, Why.OUT_OF_RANGE),
        (ITEM, (replace(STANDING, last_day=None),), Action.DESTROY, Why.COVERED),
        (ITEM, (replace(STANDING, ended_from=date(2026, 6, 9)),), Action.DESTROY, Why.COVERED),
        (ITEM, (replace(STANDING, ended_from=date(2026, 6, 10)),), Action.RESTRICT, Why.OUT_OF_RANGE),
    ],
)
def test_what_becomes_of_an_item(item: Item, authorities: tuple[Standing, ...], action: Action, why: Why) -> None:
    found = step(item, *authorities)
    assert (found.action, found.why) == (action, why)
    assert (found.authority is not None) == (action is Action.DESTROY)


def test_a_slip_visaed_for_2020_to_2024_destroys_nothing_of_2025() -> None:
    visaed = replace(STANDING, first_day=date(2020, 1, 1), last_day=date(2024, 12, 31))
    item = replace(ITEM, first_day=date(2025, 1, 2), last_day=date(2025, 1, 2))
    assert step(item, visaed).why is Why.OUT_OF_RANGE


def test_two_halves_do_not_cover_a_whole() -> None:
    halves = replace(STANDING, last_day=date(2026, 6, 5)), replace(STANDING, first_day=date(2026, 6, 5))
    assert step(ITEM, *halves).why is Why.OUT_OF_RANGE


def test_of_several_authorities_the_oldest_is_named() -> None:
    older = replace(STANDING, id=UUID(int=9), granted_at=AT - 60 * DAY)
    assert step(ITEM, STANDING, older).authority == older.id
    assert step(ITEM, replace(older, revoked_at=AT - DAY), STANDING).authority == STANDING.id


def test_a_plan_is_made_as_it_is_read() -> None:
    taken: list[int] = []

    def counted() -> Iterator[Item]:
        for number in range(1_000_000):
            taken.append(number)
            yield ITEM

    lines = plan(Facts(counted(), ()), AT)
    for _ in range(3):
        next(lines)
    assert taken == [0, 1, 2]


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
instants = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
categories = st.sampled_from([WORKING, RetentionClass.LOGS, RetentionClass.IDENTITY])


@st.composite
def items(draw: st.DrawFn) -> Item:
    first, last = draw(days), draw(st.none() | days)
    return Item(
        id=draw(st.uuids()),
        category=draw(categories),
        first_day=first if last is None else min(first, last),
        last_day=None if last is None else max(first, last),
        due_at=draw(st.none() | instants),
        restricted=draw(st.booleans()),
    )


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    return Standing(
        id=draw(st.uuids()),
        category=draw(categories),
        first_day=draw(days),
        last_day=draw(st.none() | days),
        granted_at=draw(instants),
        revoked_at=draw(st.none() | instants),
    )


@given(st.lists(items(), max_size=20), st.lists(standings(), max_size=6), instants)
def test_nothing_is_destroyed_that_is_not_due_and_wholly_covered(
    found: list[Item], authorities: list[Standing], at: datetime
) -> None:
    lines = list(plan(Facts(found, tuple(authorities)), at))
    assert [line.item for line in lines] == found
    by_id = {authority.id: authority for authority in authorities}
    for line in lines:
        item = line.item
        due = item.last_day is not None and item.due_at is not None and item.due_at <= at
        covering = [
            authority
            for authority in authorities
            if authority.category is item.category
            and authority.granted_at <= at
            and not (authority.revoked_at is not None and authority.revoked_at <= at)
            and authority.first_day <= item.first_day
            and (authority.last_day is None or (item.last_day is not None and item.last_day <= authority.last_day))
        ]
        expected = (
            Action.KEEP if not due
            else Action.DESTROY if covering
            else Action.WAIT if item.restricted
            else Action.RESTRICT
        )  # fmt: skip
        assert line.action is expected
        assert (line.authority in by_id) == (expected is Action.DESTROY)
