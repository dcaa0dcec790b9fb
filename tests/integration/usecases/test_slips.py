"""Elimination slips on the real store: drawn up from the plan, frozen, answered, and what may go because of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from ledger.aggregates.authority import AuthorityKind, AuthorityReferenceMissing
from ledger.aggregates.hold import HoldKind, HoldTarget
from ledger.aggregates.slip import (
    Answered,
    AnsweredTwice,
    AnswersMissing,
    LineAnswer,
    LineUnknown,
    Medium,
    SlipAnswered,
    SlipNotDraft,
    SlipNotSubmitted,
    SlipState,
)
from ledger.clock import UTC
from ledger.errors import Conflict, NotFound
from ledger.policies.refusals import RefusedByRule
from ledger.policies.vocabulary import Role
from ledger.retention.awaiting import awaiting
from ledger.retention.planner import Action, Item, Step, Why
from ledger.rules.personal_numbers import NoteRefused
from ledger.rules.retention_terms import RetentionClass
from ledger.usecases.mandate.ending import revoke
from ledger.usecases.retention import authorities
from ledger.usecases.retention.holds import set_hold
from ledger.usecases.retention.slip_paper import digest
from ledger.usecases.retention.slips import (
    NothingForTheArchives,
    SlipPage,
    VisaOutOfTime,
    draft,
    show,
    show_all,
    submit,
    visa,
)
from tests.integration.usecases import workbench
from tests.integration.usecases.counter import Counter
from tests.integration.usecases.workbench import Workbench

DATA, PROOF = RetentionClass.WORKING_DATA, RetentionClass.MANDATE_PROOF


@pytest.fixture(autouse=True)
def years_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the house open early enough for what RULES tells of 2024 and 2025."""
    monkeypatch.setattr(workbench, "MORNING", datetime(2024, 1, 8, 8, 0, tzinfo=UTC))
    monkeypatch.setenv("LANGUAGE", "en")


def at(bench: Workbench, text_: str) -> None:
    """Set the clock."""
    bench.clock.instant = datetime.fromisoformat(text_).astimezone(UTC)


def due(bench: Workbench) -> list[Item]:
    """Give what waits for the archives, of the two classes that are told of here."""
    steps = bench.ledger.retention.plan(bench.command(bench.job), at=bench.clock.now())
    return [item for item in awaiting(steps) if item.category in (DATA, PROOF)]


def drafted(bench: Workbench) -> SlipPage:
    found = draft(bench.desk, bench.command(bench.delegate), due(bench))
    return page(bench, found.streams[0])


def page(bench: Workbench, slip: UUID) -> SlipPage:
    return show(bench.desk, bench.command(bench.delegate), slip)


def submitted(bench: Workbench) -> SlipPage:
    slip = drafted(bench).id
    submit(bench.desk, bench.command(bench.delegate), slip)
    return page(bench, slip)


def answered(bench: Workbench, slip: SlipPage, *given: LineAnswer, day: date | None = None) -> SlipPage:
    """Have the archives answer every line, in order; the last answer stands for the lines that are left."""
    answers = [Answered(line.number, given[min(place, len(given) - 1)]) for place, line in enumerate(slip.lines)]
    visa(
        bench.desk, bench.command(bench.delegate), slip.id, reference="AD53-2026-V1",
        day=day or bench.clock.now().date(), answers=answers,
    )  # fmt: skip
    return page(bench, slip.id)


def resolved(bench: Workbench, on: str) -> UUID:
    """Open a procedure and resolve it, at an instant."""
    at(bench, on)
    procedure = bench.procedure(bench.person(homonym=True))
    bench.resolve(procedure)
    return procedure


def step(bench: Workbench, procedure: UUID, category: RetentionClass = DATA) -> Step[Item]:
    steps = bench.ledger.retention.plan(bench.command(bench.job), at=bench.clock.now(), all_of_it=True)
    return next(step for step in steps if step.item.id == procedure and step.item.category is category)


def data_lines(slip: SlipPage) -> list[tuple[str, int, date, date, int]]:
    return [
        (line.reference, line.count, line.first_day, line.last_day, line.number)
        for line in slip.lines
        if line.category is DATA
    ]


def granted(bench: Workbench, *categories: RetentionClass) -> list[authorities.AuthorityShown]:
    shown = authorities.show(bench.desk, bench.command(bench.delegate))
    return [one for one in shown if one.category in categories]


def destroyed(bench: Workbench) -> dict[RetentionClass, int]:
    """Run, and give what was destroyed of each class."""
    done = bench.ledger.retention.run(bench.command(bench.job)).done
    assert done is not None
    return dict(done.by_class)


# --- the draft -------------------------------------------------------------------------------------------------------


def test_what_is_due_and_uncovered_goes_on_the_draft_by_row_and_year(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    resolved(bench, "2026-06-11T10:00+02:00")
    resolved(bench, "2027-01-04T10:00+01:00")
    slip = drafted(bench)
    assert data_lines(slip) == [
        ("FS-01", 2, date(2026, 6, 9), date(2026, 6, 11), 1),
        ("FS-01", 1, date(2027, 1, 4), date(2027, 1, 4), 2),
    ]
    assert slip.producer == "Laval Agglomération"
    assert slip.signatory.startswith("Le président")
    assert slip.state is SlipState.DRAFT
    assert slip.table == bench.ledger.law.archives.digest


def test_the_paper_originals_stand_on_lines_of_their_own(bench: Workbench) -> None:
    counter = Counter(bench)
    at(bench, "2026-06-09T10:00+02:00")
    counter.train(bench.agent)
    mandate = counter.live(bench.person())
    at(bench, "2026-06-15T16:20+02:00")
    revoke(bench.desk, counter.command(), mandate)
    at(bench, "2031-06-16T00:00+02:00")
    lines = [line for line in drafted(bench).lines if line.category is PROOF]
    assert [(line.medium, line.count) for line in lines] == [(Medium.DATA, 1), (Medium.PAPER, 1)]
    assert "papier" in lines[1].title
    assert lines[0].term.startswith("5 ")


def test_a_draft_is_drawn_up_again_in_place(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    first = drafted(bench)
    resolved(bench, "2026-06-11T10:00+02:00")
    second = drafted(bench)
    assert second.id == first.id
    assert data_lines(second)[0][1] == 2
    assert len(show_all(bench.desk, bench.command(bench.delegate))) == 1


def test_with_nothing_due_there_is_no_slip(bench: Workbench) -> None:
    with pytest.raises(NothingForTheArchives):
        draft(bench.desk, bench.command(bench.delegate), due(bench))
    assert show_all(bench.desk, bench.command(bench.delegate)) == []


def test_what_is_held_or_covered_is_on_no_slip(bench: Workbench) -> None:
    held = resolved(bench, "2026-06-09T10:00+02:00")
    resolved(bench, "2026-06-09T11:00+02:00")
    set_hold(
        bench.desk, bench.command(bench.delegate), kind=HoldKind.LITIGATION, target=HoldTarget.PROCEDURE, held=held,
        review_on=date(2027, 1, 1), reason="Recours",
    )  # fmt: skip
    assert data_lines(drafted(bench))[0][1] == 1
    bench.authority()
    assert due(bench) == []


def test_the_same_command_draws_up_one_slip(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    command, items = bench.command(bench.delegate), due(bench)
    first, again = draft(bench.desk, command, items), draft(bench.desk, command, items)
    assert again.repeated
    assert first.streams == again.streams


def test_two_drafts_at_once_make_one_slip(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    items, commit = due(bench), bench.desk.streams.commit
    other = [bench.command(bench.delegate)]

    def faster(command: object, *aggregates: object, **more: object) -> object:
        if other:
            draft(bench.desk, other.pop(), items)
        return commit(command, *aggregates, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.desk.streams, "commit", faster)
    with pytest.raises(Conflict):
        draft(bench.desk, bench.command(bench.delegate), items)
    monkeypatch.undo()
    assert len(show_all(bench.desk, bench.command(bench.delegate))) == 1


# --- frozen ----------------------------------------------------------------------------------------------------------


def test_a_submitted_slip_is_frozen_with_its_digest(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    before = drafted(bench).content()
    slip = submitted(bench)
    assert slip.sha256 == digest(before)
    assert slip.content() == before
    with pytest.raises(SlipNotDraft):
        submit(bench.desk, bench.command(bench.delegate), slip.id)


def test_what_the_archives_have_in_hand_is_not_asked_twice(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    submitted(bench)
    resolved(bench, "2026-06-12T10:00+02:00")  # of the same year: it waits until that line is answered
    with pytest.raises(NothingForTheArchives):
        draft(bench.desk, bench.command(bench.delegate), due(bench))
    resolved(bench, "2027-01-04T10:00+01:00")
    assert [line[2:4] for line in data_lines(drafted(bench))] == [(date(2027, 1, 4), date(2027, 1, 4))]


# --- the answer ------------------------------------------------------------------------------------------------------


def test_what_is_eliminated_goes_with_the_next_run_under_the_visa(bench: Workbench) -> None:
    going = resolved(bench, "2026-06-09T10:00+02:00")
    slip = answered(bench, submitted(bench), LineAnswer.ELIMINATE)
    assert slip.state is SlipState.CLOSED
    assert step(bench, going).authority == slip.authorities[1]
    (given,) = granted(bench, DATA)
    assert (given.kind, given.visa, given.ended_from) == (AuthorityKind.SLIP, "AD53-2026-V1", date(2026, 6, 9))
    assert destroyed(bench)[DATA] == 1


def test_a_slip_visaed_for_2024_does_not_let_go_what_is_dated_2025(bench: Workbench) -> None:
    """RULES: slip visaed for 2020-2024, item dated 2025-01-02: not destroyed."""
    first, last = resolved(bench, "2024-02-01T10:00+01:00"), resolved(bench, "2024-12-30T10:00+01:00")
    slip = submitted(bench)
    staying = resolved(bench, "2025-01-02T10:00+01:00")
    answered(bench, slip, LineAnswer.ELIMINATE)
    assert {step(bench, each).action for each in (first, last)} == {Action.DESTROY}
    assert (step(bench, staying).action, step(bench, staying).why) == (Action.RESTRICT, Why.OUT_OF_RANGE)
    assert destroyed(bench)[DATA] == 2
    assert step(bench, staying).action is Action.WAIT


def test_a_line_that_is_refused_is_not_covered_by_the_line_beside_it(bench: Workbench) -> None:
    at(bench, "2024-05-02T10:00+02:00")
    long = bench.procedure(bench.person(homonym=True))
    refused = resolved(bench, "2024-11-04T10:00+01:00")
    at(bench, "2025-03-03T10:00+01:00")
    bench.resolve(long)
    slip = submitted(bench)
    assert [line[2:4] for line in data_lines(slip)] == [
        (date(2024, 11, 4), date(2024, 11, 4)),
        (date(2024, 5, 2), date(2025, 3, 3)),
    ]
    slip = answered(bench, slip, LineAnswer.REFUSE, LineAnswer.ELIMINATE)
    assert step(bench, long).action is Action.DESTROY
    assert step(bench, refused).why is Why.OUT_OF_RANGE
    (line,) = drafted(bench).lines
    assert line.observations.endswith("Refused on 03/03/2025 under AD53-2026-V1.")


def test_what_is_sampled_or_transferred_gives_no_authority_before_it_is_handed_over(bench: Workbench) -> None:
    first, second = resolved(bench, "2024-02-01T10:00+01:00"), resolved(bench, "2025-02-03T10:00+01:00")
    slip = answered(bench, submitted(bench), LineAnswer.SAMPLE, LineAnswer.TRANSFER)
    assert slip.state is SlipState.VISAED
    assert slip.authorities == {}
    assert {step(bench, each).why for each in (first, second)} == {Why.NO_AUTHORITY}
    with pytest.raises(NothingForTheArchives):
        draft(bench.desk, bench.command(bench.delegate), due(bench))


def test_paper_that_is_eliminated_gives_no_authority_over_keys(bench: Workbench) -> None:
    counter = Counter(bench)
    at(bench, "2026-06-09T10:00+02:00")
    counter.train(bench.agent)
    mandate = counter.live(bench.person())
    at(bench, "2026-06-15T16:20+02:00")
    revoke(bench.desk, counter.command(), mandate)
    at(bench, "2031-06-16T00:00+02:00")
    slip = submitted(bench)
    papers = {line.number for line in slip.lines if line.medium is Medium.PAPER}
    answers = [
        Answered(line.number, LineAnswer.ELIMINATE if line.number in papers else LineAnswer.REFUSE)
        for line in slip.lines
    ]
    today = bench.clock.now().date()
    visa(bench.desk, bench.command(bench.delegate), slip.id, reference="V", day=today, answers=answers)
    assert papers
    assert granted(bench, *RetentionClass) == []


def test_every_line_has_one_answer(bench: Workbench) -> None:
    resolved(bench, "2024-02-01T10:00+01:00")
    resolved(bench, "2025-02-03T10:00+01:00")
    slip = drafted(bench).id
    one, two, nine = (Answered(number, LineAnswer.ELIMINATE) for number in (1, 2, 9))
    today = bench.clock.now().date()

    def answer(*answers: Answered, reference: str = "V", day: date = today) -> None:
        visa(bench.desk, bench.command(bench.delegate), slip, reference=reference, day=day, answers=answers)

    with pytest.raises(SlipNotSubmitted):
        answer(one, two)
    submit(bench.desk, bench.command(bench.delegate), slip)
    with pytest.raises(AnswersMissing, match="2"):
        answer(one)
    with pytest.raises(LineUnknown, match="9"):
        answer(one, two, nine)
    with pytest.raises(AnsweredTwice, match="1"):
        answer(one, two, Answered(1, LineAnswer.REFUSE))
    with pytest.raises(AuthorityReferenceMissing):
        answer(one, two, reference=" ")
    with pytest.raises(NoteRefused):
        answer(one, two, reference="1 58 03 53 130 017 62")
    for wrong in (today - timedelta(days=1), today + timedelta(days=1)):
        with pytest.raises(VisaOutOfTime):
            answer(one, two, day=wrong)
    answer(one, two)
    with pytest.raises(SlipAnswered):
        answer(one, two)


def test_two_answers_at_once_are_one(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    resolved(bench, "2024-02-01T10:00+01:00")
    slip, commit = submitted(bench), bench.desk.streams.commit
    waiting = [LineAnswer.REFUSE]

    def faster(command: object, *aggregates: object, **more: object) -> object:
        if waiting:
            answered(bench, slip, waiting.pop())
        return commit(command, *aggregates, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(bench.desk.streams, "commit", faster)
    with pytest.raises(Conflict):
        answered(bench, slip, LineAnswer.ELIMINATE)
    monkeypatch.undo()
    assert page(bench, slip.id).answers == {1: LineAnswer.REFUSE}
    assert granted(bench, *RetentionClass) == []


# --- who may ---------------------------------------------------------------------------------------------------------


def test_the_delegate_decides_and_the_auditor_sees(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    dpo = bench.enrol("Dora Délégation", Role.DPO, secrecy=False)
    items = due(bench)
    for actor in (bench.agent, dpo, bench.job):
        with pytest.raises(RefusedByRule):
            draft(bench.desk, bench.command(actor), items)
    slip = drafted(bench).id
    for actor in (bench.agent, dpo, bench.job):
        with pytest.raises(RefusedByRule):
            submit(bench.desk, bench.command(actor), slip)
        with pytest.raises(RefusedByRule):
            visa(bench.desk, bench.command(actor), slip, reference="V", day=date(2026, 6, 9), answers=())
    assert show(bench.desk, bench.command(dpo), slip).id == slip
    assert [one.id for one in show_all(bench.desk, bench.command(dpo))] == [slip]
    with pytest.raises(RefusedByRule):
        show(bench.desk, bench.command(bench.agent), slip)


def test_a_slip_that_is_not_there_is_not_found(bench: Workbench) -> None:
    with pytest.raises(NotFound):
        submit(bench.desk, bench.command(bench.delegate), UUID(int=7))


def test_nothing_of_a_slip_is_stored_in_clear(bench: Workbench) -> None:
    resolved(bench, "2026-06-09T10:00+02:00")
    answered(bench, submitted(bench), LineAnswer.ELIMINATE)
    with bench.ledger.database.reading() as rows:
        headers = [bytes(header) for (header,) in rows.all("SELECT header FROM events", ())]
    assert any(b"slip.visaed.1" in header for header in headers)
    assert not any(word in header for header in headers for word in (b"FS-01", b"working-data", b"AD53", b"Laval"))
