"""
Draw up elimination slips, submit them, record what the archives answered, and show them.

The answer and the authorities that follow from it stand or fall together: one append. A slip grants its authorities for
what ended in each line's own days, so that a line that is refused is not covered by its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from ledger.aggregates.authority import Authority, AuthorityKind, AuthorityReferenceMissing
from ledger.aggregates.base import REGISTER, LinkKind
from ledger.aggregates.house import House
from ledger.aggregates.slip import (
    TO_HAND_OVER,
    Answered,
    Authorised,
    LineAnswer,
    Medium,
    Slip,
    SlipLine,
    SlipState,
    check_answers,
)
from ledger.errors import IntegrityBroken, Invalid, Refused
from ledger.policies.authority import may_see_slips
from ledger.rules.management_table import ManagementTable
from ledger.rules.personal_numbers import screen_note
from ledger.rules.profile import Power
from ledger.translation import mark, translate
from ledger.usecases.agent.acting import acting
from ledger.usecases.gate import FactOpener, judging
from ledger.usecases.house.days import day_in, day_of
from ledger.usecases.ports import Command, Desk, Recorded
from ledger.usecases.retention.holds import book_of
from ledger.usecases.retention.slip_paper import DueItem, Heaps, YearOfClass, canonical, digest, year_of


class NothingForTheArchives(Refused):
    """Nothing waits for the archives."""

    sentence = mark("Nothing that is due waits for the archives, but what stands on slips that they have in hand.")
    advice = mark("See what is due with `ledger retention plan`, and the slips with `ledger slip list`.")


class ProducerUnclear(Refused):
    """The producer of the archives is the one manager of the houses; there is none, or there are several."""

    sentence = mark("The houses have no manager, or several: the producer of the archives is not clear.")
    advice = mark("Name the producer in the file archives.toml, in the folder of law.")


class VisaOutOfTime(Invalid):
    """A visa from before the submission, or from a day to come."""

    sentence = mark("The archives answer after the slip was submitted, and not on a day to come.")
    advice = mark("Give the date that stands on the archives' visa.")


class SlipAltered(IntegrityBroken):
    """The lines are not those that were signed."""

    sentence = mark("This slip is not the one that was submitted: its digest differs.")


@dataclass(frozen=True)
class SlipPage:
    """One slip, opened; `answers` is empty until the archives have answered."""

    id: UUID
    state: SlipState
    producer: str
    signatory: str
    table: str
    lines: tuple[SlipLine, ...]
    drafted_at: datetime
    submitted_at: datetime | None
    sha256: str
    visa: str
    visa_day: date | None
    handed_over_at: datetime | None
    answers: Mapping[int, LineAnswer]
    authorities: Mapping[int, UUID]

    def content(self) -> bytes:
        """
        Give the canonical bytes; of a slip that was submitted, those that were signed.

        :raises SlipAltered: if they are not
        """
        content = canonical(
            self.id, producer=self.producer, signatory=self.signatory, table=self.table, lines=self.lines
        )
        if self.sha256 and digest(content) != self.sha256:
            raise SlipAltered
        return content

    def lines_answered(self, *answers: LineAnswer) -> list[SlipLine]:
        """Give the lines to which the archives answered so."""
        return [line for line in self.lines if self.answers.get(line.number) in answers]


def draft(desk: Desk, command: Command, due: Iterable[DueItem]) -> Recorded:
    """
    Draw up the slip of what is due and waits for the archives; the draft that is there is drawn up again.

    What stands on a slip that the archives have in hand is left out; what they refused comes back, with that remark.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises NothingForTheArchives: if there is no line
    :raises ProducerUnclear: if it can't be told who produced the archives
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        slips = all_slips(desk)
        table: ManagementTable = desk.law.archives
        pages = [opened(judgement, slip) for slip in slips]
        heaps = Heaps()
        heaps.take(due, under_way=_under_way(pages))
        refused = _refused(pages)
        lines = heaps.lines(table, desk.law.profile, on=day_of(command.at), remark=lambda year: refused.get(year, ""))
        if not lines:
            raise NothingForTheArchives
        producer = _producer(desk, judgement, table)
        slip = next((slip for slip in slips if slip.state is SlipState.DRAFT), None)
        if slip is None:
            slip = Slip.draft(
                id=uuid5(book_of(desk).id, f"slip {len(slips) + 1}"),  # two drafts at once meet on one stream
                producer=producer, signatory=table.signatory, table=table.digest, lines=lines,
            )  # fmt: skip
        else:
            slip.redraft(producer=producer, signatory=table.signatory, table=table.digest, lines=lines)
        return judgement.commit(slip)


def submit(desk: Desk, command: Command, slip_id: UUID) -> Recorded:
    """
    Freeze a slip: its digest is on record, and what is signed and sent is what `content` gives from now on.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises SlipNotDraft: if it was submitted before
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        acting(desk, judgement).need(Power.DECIDE)
        slip = desk.streams.load(Slip, slip_id)
        slip.submit(sha256=digest(opened(judgement, slip).content()))
        return judgement.commit(slip)


def visa(
    desk: Desk, command: Command, slip_id: UUID, *, reference: str, day: date, answers: Sequence[Answered]
) -> Recorded:
    """
    Record what the archives answered to every line, under their own reference and date, with what follows at once.

    A line of data that is eliminated gives an authority, for its class and its own days. Paper gives none: what is
    shredded is no key. What is sampled or transferred gives its authority once it is handed over.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor does not decide for the controller
    :raises AuthorityReferenceMissing: if the archives' reference is empty
    :raises VisaOutOfTime: if the visa is from before the submission, or from a day to come
    :raises SlipNotSubmitted: if the archives have not got the slip
    :raises SlipAnswered: if they answered before
    :raises LineUnknown, AnsweredTwice, AnswersMissing: if not every line has one answer
    :raises SlipAltered: if the lines are not those that were submitted
    """
    if (done := desk.streams.recall(command)) is not None:
        return done
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.need(Power.DECIDE)
        screen_note(reference)
        if not reference.strip():
            raise AuthorityReferenceMissing
        slip = desk.streams.load(Slip, slip_id)
        slip.must_be_answerable()
        assert slip.submitted_at is not None, "it is submitted"
        house = actor.agent.house
        if not day_in(desk, judgement, house, slip.submitted_at) <= day <= day_in(desk, judgement, house, command.at):
            raise VisaOutOfTime
        page = opened(judgement, slip)
        page.content()
        check_answers([line.number for line in page.lines], answers)
        let_go = {each.line for each in answers if each.answer is LineAnswer.ELIMINATE}
        granted = grant_for(page, let_go, reference=reference, at=command.at)
        slip.record_visa(
            reference=reference.strip(),
            day=day,
            numbers=[line.number for line in page.lines],
            answers=answers,
            authorised=[Authorised(line, authority.id) for line, authority in granted.items()],
        )
        return judgement.commit(slip, *granted.values())


def grant_for(page: SlipPage, numbers: Iterable[int], *, reference: str, at: datetime) -> dict[int, Authority]:
    """Make the authority that each of these lines gives, by its number; lines of paper give none."""
    wanted = set(numbers)
    return {
        line.number: Authority.grant(
            kind=AuthorityKind.SLIP,
            category=line.category,
            first_day=line.first_day,
            last_day=line.last_day,
            ended_from=line.ended_from,
            reference=reference,
            effective_at=at,
        )
        for line in page.lines
        if line.number in wanted and line.medium is Medium.DATA
    }


def show(desk: Desk, command: Command, slip_id: UUID) -> SlipPage:
    """
    Show one slip; the page is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_see_slips(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
        page = opened(judgement, desk.streams.load(Slip, slip_id))
        judgement.read("slip.show", rows=len(page.lines))
    return page


def show_all(desk: Desk, command: Command) -> list[SlipPage]:
    """
    List every slip, the oldest first; the page is itself recorded.

    :raises RefusedByRule: ROLE_NOT_ALLOWED, if the actor neither decides nor audits
    """
    with judging(desk, command) as judgement:
        actor = acting(desk, judgement)
        actor.allow(may_see_slips(actor.powers), Power.DECIDE, Power.READ_JOURNAL)
        pages = [opened(judgement, slip) for slip in all_slips(desk)]
        judgement.read("slip.list", rows=len(pages))
    return pages


def all_slips(desk: Desk) -> list[Slip]:
    """Give every slip, in the order in which they were drawn up."""
    found = desk.streams.load_all([(Slip, id_) for id_ in desk.streams.linked(REGISTER, LinkKind.SLIP)])
    return [slip for slip in found if isinstance(slip, Slip)]


def opened(opener: FactOpener, slip: Slip) -> SlipPage:
    """Open one slip, all of which is kept for ever."""
    answers = opener.known(slip.answers) if slip.answers is not None else None
    gave = [each for given in slip.authorised for each in opener.known(given) or ()]
    return SlipPage(
        id=slip.id,
        state=slip.state,
        producer=opener.known(slip.producer) or "",
        signatory=opener.known(slip.signatory) or "",
        table=opener.known(slip.table) or "",
        lines=opener.known(slip.lines) or (),
        drafted_at=slip.drafted_at,
        submitted_at=slip.submitted_at,
        sha256=(opener.known(slip.sha256) or "") if slip.sha256 is not None else "",
        visa=(opener.known(slip.visa) or "") if slip.visa is not None else "",
        visa_day=opener.known(slip.visa_day) if slip.visa_day is not None else None,
        handed_over_at=slip.handed_over_at,
        answers={each.line: each.answer for each in answers or ()},
        authorities={each.line: each.authority for each in gave},
    )


def _under_way(pages: Iterable[SlipPage]) -> set[YearOfClass]:
    """Give what the archives have in hand: lines that they have not answered, or that are still to be handed over."""
    found: set[YearOfClass] = set()
    for page in pages:
        if page.state is SlipState.SUBMITTED:
            found |= {year_of(line) for line in page.lines}
        elif page.state is SlipState.VISAED:
            found |= {year_of(line) for line in page.lines_answered(*TO_HAND_OVER)}
    return found


def _refused(pages: Iterable[SlipPage]) -> dict[YearOfClass, str]:
    """Give the remark with which what the archives refused comes back; the last refusal counts."""
    found = {}
    for page in pages:
        for line in page.lines_answered(LineAnswer.REFUSE):
            found[year_of(line)] = translate(mark("Refused on {day} under {reference}.")).format(
                day=f"{page.visa_day:%d/%m/%Y}", reference=page.visa
            )
    return found


def _producer(desk: Desk, opener: FactOpener, table: ManagementTable) -> str:
    if table.producer:
        return table.producer
    ids = desk.streams.linked(REGISTER, LinkKind.HOUSE)
    houses = [house for house in desk.streams.load_all([(House, id_) for id_ in ids]) if isinstance(house, House)]
    managers = {name for house in houses if (name := opener.known(house.manager))}
    if len(managers) != 1:
        raise ProducerUnclear
    return managers.pop()
