from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from ledger.aggregates.base import LinkKind, Scope
from ledger.aggregates.duty import DutyKind
from ledger.policies.vocabulary import GatewayShown, ReviewResult
from ledger.projections.access_journal import (
    JournalRow,
    Look,
    access,
    journal,
    journal_of_agent,
    journal_of_procedure,
    journal_of_subject,
    who,
)
from ledger.projections.duties import duty, open_duties, procedures_to_close
from ledger.projections.legal_basis import legal_basis
from ledger.projections.mandate_register import MandateState, mandate, mandates, mandates_of
from ledger.projections.procedures import ProcedureState, procedure, procedures, procedures_of
from ledger.projections.tallies import DayCount, counts_by_day
from ledger.projections.views import Views
from tests.integration.projections.conftest import runner_of
from tests.unit.projections.histories import MemoryLog, history
from tests.unit.projections.story import HOUSE, Story, at
from tests.unit.projections.streams import Links

OTHER_HOUSE = UUID("22222222-2222-4222-8222-222222222222")


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def links() -> Links:
    return Links()


@pytest.fixture
def shown(views: Views) -> Callable[[MemoryLog], Views]:
    def show(log: MemoryLog) -> Views:
        runner_of(views, log).catch_up()
        return views

    return show


def pages(page_of: Callable[[int | None], list[Any]]) -> list[Any]:
    found: list[Any] = []
    while page := page_of(found[-1].position if found else None):
        found += page
        assert len(found) < 10_000
    return found


def case_of(story: Story, links: Links, person: UUID, looks: int, **options: Any) -> UUID:
    procedure, trail = story.procedure(**options)
    links.lay(Scope.IDENTITY, person, LinkKind.PROCEDURE, procedure)
    links.lay(Scope.PROCEDURE_TRAIL, procedure, LinkKind.SUBJECT, person)
    for minute in range(looks):
        story.access(f"10:{minute:02}", trail, **options)
    return procedure


def test_the_journal_of_a_person_holds_every_look_at_their_cases_and_nobody_elses(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    aline, bob = uuid4(), uuid4()
    first = case_of(story, links, aline, 3)
    case_of(story, links, bob, 4)
    second = case_of(story, links, aline, 2)
    story.tell("11:00", "procedure.transmitted", second)
    story.tell("11:05", "subject.identity-opened", aline, decision="GRANTED")
    story.tell("11:06", "subject.identity-opened", bob, decision="GRANTED")
    views = shown(story.log)
    rows = journal_of_subject(views, links.streams, aline)
    assert [row.position for row in rows] == sorted((row.position for row in rows), reverse=True)
    assert [row.procedure for row in rows] == [None, second, second, second, first, first, first]
    assert rows[0].look == Look.IDENTITY
    assert pages(lambda before: journal_of_subject(views, links.streams, aline, limit=2, before=before)) == rows


def test_a_duplicates_cases_are_the_persons_too(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    aline, duplicate = uuid4(), uuid4()
    case_of(story, links, aline, 1)
    case_of(story, links, duplicate, 2)
    for one, other in ((aline, duplicate), (duplicate, aline)):
        links.lay(Scope.IDENTITY, one, LinkKind.MERGED, other)
    views = shown(story.log)
    assert len(journal_of_subject(views, links.streams, aline)) == 3
    assert journal_of_subject(views, links.streams, duplicate) == journal_of_subject(views, links.streams, aline)
    assert len(procedures_of(views, links.streams, aline)) == 2


def test_nothing_leads_from_a_person_to_their_cases_once_their_key_is_gone(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    aline = uuid4()
    case = case_of(story, links, aline, 3)
    mandate_id = story.live_mandate()
    links.lay(Scope.IDENTITY, aline, LinkKind.MANDATE, mandate_id)
    views = shown(story.log)
    links.destroy(Scope.IDENTITY, aline.hex)
    assert journal_of_subject(views, links.streams, aline) == []
    assert procedures_of(views, links.streams, aline) == []
    assert mandates_of(views, links.streams, aline) == []
    assert len(journal_of_procedure(views, case)) == 3, "the audit trail of the case is whole"


def test_the_journal_of_an_agent_follows_their_months(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    agent, other = uuid4(), uuid4()
    _, trail = story.procedure()
    for number in range(50):
        story.access(f"10:{number:02}", trail, day=1 + number % 28)
        story.tell(f"10:{number:02}", "run.started", uuid4())
    looks = [entry.position for entry in story.log.written if entry.topic == "access.granted.1"]
    links.months[agent, "2026-05"] = list(range(1, 40))
    links.months[agent, "2026-06"] = list(range(40, 90))
    links.months[other, "2026-06"] = list(range(90, 102))
    views = shown(story.log)

    def page(before: int | None, since: datetime, limit: int) -> list[JournalRow]:
        over = {"since": since, "until": datetime(2026, 7, 1, tzinfo=UTC)}
        return journal_of_agent(views, links, agent, **over, limit=limit, before=before)

    may, june = datetime(2026, 5, 31, 23, 59, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    assert [row.position for row in page(None, may, 100)] == [p for p in reversed(looks) if p < 90]
    assert [row.position for row in page(None, june, 100)] == [p for p in reversed(looks) if 40 <= p < 90]
    assert pages(lambda before: page(before, may, 7)) == page(None, may, 100)
    del links.months[agent, "2026-05"]
    assert [row.position for row in page(None, may, 100)] == [p for p in reversed(looks) if 40 <= p < 90]


def test_the_journal_of_an_agent_is_asked_for_by_instants_and_not_by_months(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    agent = uuid4()
    _, trail = story.procedure()
    for day in range(1, 29):
        for minute in range(10):
            story.access(f"10:{minute:02}", trail, day=day)
    links.months[agent, "2026-06"] = [entry.position for entry in story.log.written]
    views = shown(story.log)

    def page(before: int | None, limit: int = 1000) -> list[JournalRow]:
        over = {"since": at("10:00", 3), "until": at("10:05", 5)}
        return journal_of_agent(views, links, agent, **over, limit=limit, before=before)

    found = page(None)
    assert len(found) == 25
    assert (found[-1].recorded_at, found[0].recorded_at) == (at("10:00", 3), at("10:04", 5))
    for limit in (1, 7, 25):
        assert pages(lambda before, limit=limit: page(before, limit)) == found  # type: ignore[misc]
    nothing = journal_of_agent(views, links, agent, since=at("10:05", 5), until=at("10:00", 3))
    assert nothing == []


def test_who_did_it_is_known_while_the_month_has_its_key(story: Story, shown: Callable[[MemoryLog], Views]) -> None:
    agent, tag = uuid4(), b"\x07" * 16
    _, trail = story.procedure()
    story.access("10:00", trail, actor=tag)
    story.access("10:01", trail, actor=b"\x08" * 16)
    story.access("10:02", trail)

    class Tags:
        def who(self, *, tag: bytes, candidates: Any, **_: Any) -> UUID | None:
            return agent if tag == b"\x07" * 16 and agent in candidates else None

    rows = journal(shown(story.log))
    assert who(Tags(), rows, [agent]) == {2: agent, 3: None, 4: None}
    assert who(Tags(), rows, []) == {2: None, 3: None, 4: None}


def test_the_journal_of_a_house_over_a_period(story: Story, shown: Callable[[MemoryLog], Views]) -> None:
    _, trail = story.procedure()
    for day in range(1, 11):
        story.access("10:00", trail, day=day)
        story.access("10:00", trail, day=day, house=OTHER_HOUSE)
    views = shown(story.log)
    page = journal(views, house=HOUSE, since=at("10:00", 3), until=at("10:00", 6))
    assert [row.recorded_at for row in page] == [at("10:00", 5), at("10:00", 4), at("10:00", 3)]
    assert {row.house for row in page} == {HOUSE}
    assert len(journal(views, since=at("10:00", 3), until=at("10:00", 6))) == 6
    everything = journal(views, limit=1000)
    assert len(everything) == 20
    assert pages(lambda before: journal(views, limit=3, before=before)) == everything


def test_pages_of_the_journal_lose_nothing_when_clocks_disagree(
    story: Story, shown: Callable[[MemoryLog], Views]
) -> None:
    _, trail = story.procedure()
    for minute in (5, 3, 3, 9, 1, 3, 7):
        story.access(f"10:{minute:02}", trail)
    views = shown(story.log)
    rows = pages(lambda before: journal(views, limit=2, before=before))
    assert len({row.position for row in rows}) == 7
    assert [row.recorded_at for row in rows] == sorted((row.recorded_at for row in rows), reverse=True)


def test_the_journal_can_be_narrowed(story: Story, shown: Callable[[MemoryLog], Views]) -> None:
    _, trail = story.procedure()
    granted = story.access("10:00", trail, gateway="OTHER")
    story.access("10:01", trail, gateway="MANDATE")
    story.access("10:02", trail, gateway=None, decision="NO_MANDATE")
    story.tell("10:03", "reading.recorded", uuid4())
    story.tell("10:04", "access.reviewed", granted, decision="flagged")
    views = shown(story.log)
    assert [row.reference for row in journal(views, gateway=GatewayShown.OTHER)] == [granted]
    assert [row.decision for row in journal(views, decision="NO_MANDATE")] == ["NO_MANDATE"]
    assert [row.look for row in journal(views, look=Look.READING)] == ["reading"]
    assert [row.reference for row in journal(views, review=ReviewResult.FLAGGED)] == [granted]
    one = access(views, granted)
    assert one is not None
    assert one.review == "flagged"
    assert access(views, uuid4()) is None


def test_the_register_by_house_state_and_page(story: Story, shown: Callable[[MemoryLog], Views]) -> None:
    live = [story.live_mandate(house=HOUSE if number % 2 else OTHER_HOUSE) for number in range(6)]
    story.tell("10:00", "mandate.revoked", live[3])
    views = shown(story.log)
    assert [row.mandate for row in mandates(views)] == live[::-1]
    assert [row.mandate for row in mandates(views, house=HOUSE)] == [live[5], live[3], live[1]]
    assert [row.mandate for row in mandates(views, state=MandateState.REVOKED)] == [live[3]]
    assert pages(lambda before: mandates(views, limit=4, before=before)) == mandates(views)
    one = mandate(views, live[3])
    assert one is not None
    assert one.state == "revoked"
    assert mandate(views, uuid4()) is None


def test_procedures_by_house_state_person_and_mandate(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    aline = uuid4()
    cases = [case_of(story, links, aline, 0) for _ in range(3)]
    other, _ = story.procedure(house=OTHER_HOUSE)
    story.tell("11:00", "procedure.resolved", cases[1])
    views = shown(story.log)
    assert [row.procedure for row in procedures(views)] == [other, *cases[::-1]]
    assert [row.procedure for row in procedures(views, house=OTHER_HOUSE)] == [other]
    assert [row.procedure for row in procedures(views, state=ProcedureState.RESOLVED)] == [cases[1]]
    assert [row.procedure for row in procedures_of(views, links.streams, aline)] == cases[::-1]
    assert procedure(views, uuid4()) is None
    assert pages(lambda before: procedures(views, limit=3, before=before)) == procedures(views)


def test_a_person_with_very_many_procedures(story: Story, links: Links, shown: Callable[[MemoryLog], Views]) -> None:
    aline = uuid4()
    cases = [case_of(story, links, aline, 1) for _ in range(520)]
    views = shown(story.log)
    assert [row.procedure for row in procedures_of(views, links.streams, aline)] == cases[::-1]
    assert len(journal_of_subject(views, links.streams, aline, limit=1000)) == 520


def test_a_procedure_rests_on_what_last_opened_it(story: Story, shown: Callable[[MemoryLog], Views]) -> None:
    first, trail = story.procedure()
    second, other_trail = story.procedure()
    story.access("10:00", trail, gateway="MANDATE")
    story.access("10:00", other_trail, gateway="OTHER")
    views = shown(story.log)
    rests_on = [legal_basis(views, each) for each in (first, second)]
    assert [row.gateway for row in rests_on if row] == ["MANDATE", "OTHER"]


def test_open_duties_come_oldest_first_and_no_page_cuts_those_of_one_event(
    story: Story, shown: Callable[[MemoryLog], Views]
) -> None:
    ends = []
    for house in (HOUSE, OTHER_HOUSE, HOUSE):
        mandate_id = story.live_mandate(house=house)
        ends.append(story.tell("10:00", "mandate.revoked", mandate_id, house=house, decision="TELL_AND_REVIEW"))
    views = shown(story.log)
    found = open_duties(views, limit=100)
    assert [row.position for row in found] == [end.position for end in ends for _ in range(3)]
    assert {row.kind for row in found} == {"account", "tell-partner", "review-act"}
    assert len(open_duties(views, house=OTHER_HOUSE)) == 3
    assert [row.position for row in open_duties(views, kind=DutyKind.ACCOUNT)] == [end.position for end in ends]
    in_pages = [open_duties(views, limit=2, after=after) for after in (None, ends[0].position, ends[1].position)]
    assert [row for page in in_pages for row in page] == found
    one = duty(views, found[0].duty)
    assert one == found[0]
    assert duty(views, uuid4()) is None


def case_under(story: Story, links: Links, person: UUID) -> tuple[UUID, UUID]:
    case = case_of(story, links, person, 0)
    mandate_id = story.live_mandate()
    story.tell("09:30", "procedure.mandate-attached", case)
    links.lay(Scope.IDENTITY, person, LinkKind.MANDATE, mandate_id)
    links.lay(Scope.MANDATE, mandate_id, LinkKind.PROCEDURE, case)
    return case, mandate_id


def test_open_procedures_whose_mandates_have_all_ended_are_to_be_closed(
    story: Story, links: Links, shown: Callable[[MemoryLog], Views]
) -> None:
    aline, bob, carl, dora = (uuid4() for _ in range(4))
    left, ended = case_under(story, links, aline)
    case_under(story, links, bob)
    resolved, its_mandate = case_under(story, links, carl)
    kept, first = case_under(story, links, dora)
    second = story.live_mandate()
    links.lay(Scope.IDENTITY, dora, LinkKind.MANDATE, second)
    links.lay(Scope.MANDATE, second, LinkKind.PROCEDURE, kept)
    for mandate_id in (ended, its_mandate, first):
        story.tell("10:00", "mandate.revoked", mandate_id, known_at=at("09:50"))
    story.tell("10:30", "procedure.resolved", resolved)
    views = shown(story.log)
    (found,) = procedures_to_close(views, links.streams)
    assert (found.procedure.procedure, found.mandate.mandate, found.duty.since) == (left, ended, at("09:50"))
    assert found.duty.kind == DutyKind.CLOSE_PROCEDURE
    assert procedures_to_close(views, links.streams, house=OTHER_HOUSE) == []
    story.tell("11:00", "duty.discharged", found.duty.duty)
    assert procedures_to_close(shown(story.log), links.streams) == []


def test_counts_by_day_are_those_of_the_houses_own_days(story: Story, shown: Callable[[MemoryLog], Views]) -> None:
    reunion = ZoneInfo("Indian/Reunion")
    _, trail = story.procedure("04:00")
    story.access("19:59", trail, gateway="OTHER")
    story.access("20:00", trail, gateway="OTHER")
    views = shown(story.log)
    granted = [count for count in counts_by_day(views, zone=reunion, house=HOUSE) if count.decision == "GRANTED"]
    days = [datetime(2026, 6, day, tzinfo=reunion).date() for day in (9, 10)]
    assert granted == [DayCount(HOUSE, day, "access.granted.1", "GRANTED", "OTHER", 1) for day in days]
    midnight = datetime(2026, 6, 10, tzinfo=reunion)
    assert [count.count for count in counts_by_day(views, zone=reunion, since=midnight)] == [1]
    assert sum(count.count for count in counts_by_day(views, zone=reunion, until=midnight)) == 2


def test_counts_add_up_to_the_log(shown: Callable[[MemoryLog], Views]) -> None:
    log = history(Random(21), 300)
    assert sum(count.count for count in counts_by_day(shown(log), zone=UTC)) == len(log.written)
