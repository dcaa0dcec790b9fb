"""
An elimination slip (bordereau d'elimination): what the archives are asked to let go, and what they answered.

Invariants:

1. A draft may be drawn up again; once submitted nothing of a slip changes but the answer of the archives.
2. The archives answer once, and answer every line.
3. A line that is eliminated gives its authority with the visa; one that is sampled or transferred gives it only once
   what was asked for is handed over; one that is refused gives none.

Nothing here is about a person: a line tells a category, extreme dates and a number, never which cases (Code du
patrimoine L212-3, R212-14). Slips are kept for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from ledger.aggregates.base import REGISTER, Aggregate, Created, Event, Fact, Link, LinkKind, Scope, stored
from ledger.errors import Refused
from ledger.rules.management_table import FinalFate
from ledger.rules.retention_terms import RetentionClass
from ledger.translation import mark


class SlipState(StrEnum):
    """How far a slip has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    """Frozen, signed, and waiting for the archives."""
    VISAED = "visaed"
    """Answered; what the archives want is still to be handed over."""
    CLOSED = "closed"
    """Answered, and nothing is left to hand over."""


class Medium(StrEnum):
    """What a line is on."""

    DATA = "data"
    """Sealed in the ledger: eliminating it destroys keys."""
    PAPER = "paper"
    """Originals in a cabinet: a person shreds them."""


class LineAnswer(StrEnum):
    """What the archives answer to a line."""

    ELIMINATE = "eliminate"
    SAMPLE = "sample"
    """A part of it goes to the archives before the rest is eliminated."""
    TRANSFER = "transfer"
    """It goes to the archives before it is eliminated here."""
    REFUSE = "refuse"
    """It is kept."""


TO_HAND_OVER = frozenset({LineAnswer.SAMPLE, LineAnswer.TRANSFER})
"""The answers by which something goes to the archives before any key dies."""


@dataclass(frozen=True)
class SlipLine:
    """One line: a row of the management table, for what came to its end in one year."""

    number: int
    reference: str
    """The row of the management table."""
    category: RetentionClass
    medium: Medium
    title: str
    first_day: date
    last_day: date
    """The extreme dates, both included."""
    ended_from: date
    """The earliest end of anything on the line: what came to its end before stands on another."""
    count: int
    term: str
    """How long it was kept, and from when, in words."""
    proposed: FinalFate
    observations: str


@dataclass(frozen=True)
class Answered:
    """What the archives answered to one line."""

    line: int
    answer: LineAnswer


@dataclass(frozen=True)
class Authorised:
    """The disposal authority that a line gave."""

    line: int
    authority: UUID


class SlipNotDraft(Refused):
    """The slip is submitted: it is frozen."""

    sentence = mark("This slip was submitted: nothing of it changes but the answer of the archives.")
    advice = mark("What has fallen due since goes on the next slip, once this one is answered.")


class SlipNotSubmitted(Refused):
    """The archives can't answer a slip that they have not got."""

    sentence = mark("This slip was not submitted yet: the archives have nothing to answer.")
    advice = mark("Submit it first with `ledger slip submit`.")


class SlipAnswered(Refused):
    """The archives answer once."""

    sentence = mark("The archives have answered this slip already.")
    advice = mark("What they refused comes back on the next draft.")


class LineUnknown(Refused):
    """An answer to a line that is not there."""

    sentence = mark("This slip has no line {lines}.")
    advice = mark("See its lines with `ledger slip show`.")


class AnswersMissing(Refused):
    """The archives answer every line."""

    sentence = mark("Answers are missing for these lines: {lines}.")
    advice = mark("Give the answer to every line; a line that is kept is refused.")


class AnsweredTwice(Refused):
    """Two answers to one line."""

    sentence = mark("Two answers are given to these lines: {lines}.")
    advice = mark("Give one answer to each line.")


class NothingToHandOver(Refused):
    """The archives asked for nothing, or have it already."""

    sentence = mark("Nothing of this slip is to be handed over to the archives.")
    advice = mark("See the answers with `ledger slip show`.")


class Slip(Aggregate):
    """One slip. Every fact of it concerns no person and is kept as long as the ledger."""

    KIND = "slip"

    state: SlipState
    producer: Fact[str]
    signatory: Fact[str]
    table: Fact[str]
    lines: Fact[tuple[SlipLine, ...]]
    drafted_at: datetime
    submitted_at: datetime | None
    sha256: Fact[str] | None
    visaed_at: datetime | None
    visa: Fact[str] | None
    visa_day: Fact[date] | None
    answers: Fact[tuple[Answered, ...]] | None
    authorised: list[Fact[tuple[Authorised, ...]]]
    handed_over_at: datetime | None

    @classmethod
    def draft(cls, *, id: UUID, producer: str, signatory: str, table: str, lines: Sequence[SlipLine]) -> Self:
        """Draw up a slip; `table` is the digest of the management table that it follows."""
        return cls.begin(
            SlipDrafted,
            id=id,
            producer=Fact(producer),
            signatory=Fact(signatory),
            table=Fact(table),
            lines=Fact(tuple(lines)),
        )

    def redraft(self, *, producer: str, signatory: str, table: str, lines: Sequence[SlipLine]) -> None:
        """
        Draw a draft up again: its lines are replaced.

        :raises SlipNotDraft: if it was submitted
        """
        if self.state is not SlipState.DRAFT:
            raise SlipNotDraft
        self.trigger_event(
            SlipRedrafted,
            producer=Fact(producer),
            signatory=Fact(signatory),
            table=Fact(table),
            lines=Fact(tuple(lines)),
        )

    def submit(self, *, sha256: str) -> None:
        """
        Freeze the slip: `sha256` is the digest of its canonical bytes, which its signatory signs.

        :raises SlipNotDraft: if it was submitted before
        """
        if self.state is not SlipState.DRAFT:
            raise SlipNotDraft
        self.trigger_event(SlipSubmitted, sha256=Fact(sha256))

    def must_be_answerable(self) -> None:
        """
        Go on if the archives can answer.

        :raises SlipNotSubmitted: if they have not got the slip
        :raises SlipAnswered: if they answered before
        """
        if self.state is SlipState.DRAFT:
            raise SlipNotSubmitted
        if self.state is not SlipState.SUBMITTED:
            raise SlipAnswered

    def record_visa(
        self,
        *,
        reference: str,
        day: date,
        numbers: Collection[int],
        answers: Sequence[Answered],
        authorised: Sequence[Authorised],
    ) -> None:
        """
        Record what the archives answered to each line, and the authorities that follow at once.

        `numbers` are those of the lines; `reference` and `day` are the archives' own.

        :raises SlipNotSubmitted: if they have not got the slip
        :raises SlipAnswered: if they answered before
        :raises LineUnknown: if an answer is to no line
        :raises AnsweredTwice: if a line has two answers
        :raises AnswersMissing: if a line has none
        """
        self.must_be_answerable()
        check_answers(numbers, answers)
        open_ = any(each.answer in TO_HAND_OVER for each in answers)
        self.trigger_event(
            SlipVisaed,
            decision=SlipState.VISAED if open_ else SlipState.CLOSED,
            reference=Fact(reference),
            day=Fact(day),
            answers=Fact(tuple(answers)),
            authorised=Fact(tuple(authorised)),
        )

    def must_be_owing(self) -> None:
        """
        Go on if something is still to be handed over.

        :raises NothingToHandOver: if the archives asked for nothing, have it already, or have not answered
        """
        if self.state is not SlipState.VISAED:
            raise NothingToHandOver

    def hand_over(self, *, receipt: str, manifest: str, items: int, authorised: Sequence[Authorised]) -> None:
        """
        Record that the archives have what they asked for, and the authorities that follow.

        `manifest` is the digest of the list of what was handed over, `receipt` the archives' own reference.

        :raises NothingToHandOver: if nothing is to be handed over
        """
        self.must_be_owing()
        self.trigger_event(
            SlipHandedOver,
            receipt=Fact(receipt),
            manifest=Fact(manifest),
            items=Fact(items),
            authorised=Fact(tuple(authorised)),
        )


def check_answers(numbers: Collection[int], answers: Sequence[Answered]) -> None:
    """
    Go on if every line has one answer.

    :raises LineUnknown: if an answer is to no line
    :raises AnsweredTwice: if a line has two answers
    :raises AnswersMissing: if a line has none
    """
    given = [each.line for each in answers]
    if unknown := set(given) - set(numbers):
        raise LineUnknown(lines=_listed(unknown))
    if double := {line for line in given if given.count(line) > 1}:
        raise AnsweredTwice(lines=_listed(double))
    if missing := set(numbers) - set(given):
        raise AnswersMissing(lines=_listed(missing))


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


@stored
class SlipDrafted(Created):
    """A slip was drawn up."""

    TOPIC = "slip.drafted.1"
    PAD_TO = 4096
    producer: Annotated[Fact[str], Scope.REGISTER]
    signatory: Annotated[Fact[str], Scope.REGISTER]
    table: Annotated[Fact[str], Scope.REGISTER]
    lines: Annotated[Fact[tuple[SlipLine, ...]], Scope.REGISTER]

    def links(self) -> tuple[Link, ...]:
        """Lead from the register to this slip."""
        return (Link(REGISTER, LinkKind.SLIP, self.originator_id),)

    def apply(self, aggregate: Slip) -> None:
        """Take the lines."""
        _take(aggregate, self)
        aggregate.state, aggregate.submitted_at, aggregate.sha256 = SlipState.DRAFT, None, None
        aggregate.visaed_at, aggregate.visa, aggregate.visa_day, aggregate.answers = None, None, None, None
        aggregate.authorised, aggregate.handed_over_at = [], None


@stored
class SlipRedrafted(Event):
    """A draft was drawn up again."""

    TOPIC = "slip.redrafted.1"
    PAD_TO = 4096
    producer: Annotated[Fact[str], Scope.REGISTER]
    signatory: Annotated[Fact[str], Scope.REGISTER]
    table: Annotated[Fact[str], Scope.REGISTER]
    lines: Annotated[Fact[tuple[SlipLine, ...]], Scope.REGISTER]

    def apply(self, aggregate: Slip) -> None:
        """Take the lines in place of those before."""
        _take(aggregate, self)


def _take(slip: Slip, event: SlipDrafted | SlipRedrafted) -> None:
    slip.producer, slip.signatory, slip.table, slip.lines = event.producer, event.signatory, event.table, event.lines
    slip.drafted_at = event.timestamp


@stored
class SlipSubmitted(Event):
    """A slip was signed and sent to the archives."""

    TOPIC = "slip.submitted.1"
    sha256: Annotated[Fact[str], Scope.REGISTER]

    def apply(self, aggregate: Slip) -> None:
        """Freeze it."""
        aggregate.state, aggregate.submitted_at, aggregate.sha256 = SlipState.SUBMITTED, self.timestamp, self.sha256


@stored
class SlipVisaed(Event):
    """The archives answered."""

    TOPIC = "slip.visaed.1"
    PAD_TO = 4096
    decision: SlipState
    reference: Annotated[Fact[str], Scope.REGISTER]
    day: Annotated[Fact[date], Scope.REGISTER]
    answers: Annotated[Fact[tuple[Answered, ...]], Scope.REGISTER]
    authorised: Annotated[Fact[tuple[Authorised, ...]], Scope.REGISTER]

    def apply(self, aggregate: Slip) -> None:
        """Keep the answers."""
        aggregate.state, aggregate.visaed_at = self.decision, self.timestamp
        aggregate.visa, aggregate.visa_day, aggregate.answers = self.reference, self.day, self.answers
        aggregate.authorised.append(self.authorised)


@stored
class SlipHandedOver(Event):
    """The archives have what they asked for."""

    TOPIC = "slip.handed-over.1"
    receipt: Annotated[Fact[str], Scope.REGISTER]
    manifest: Annotated[Fact[str], Scope.REGISTER]
    items: Annotated[Fact[int], Scope.REGISTER]
    authorised: Annotated[Fact[tuple[Authorised, ...]], Scope.REGISTER]

    def apply(self, aggregate: Slip) -> None:
        """Close it."""
        aggregate.state, aggregate.handed_over_at = SlipState.CLOSED, self.timestamp
        aggregate.authorised.append(self.authorised)
