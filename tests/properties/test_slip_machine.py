"""Slips as Hypothesis drives them, against a model: drafted, frozen, answered, handed over; each once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.aggregates.slip import (
    TO_HAND_OVER,
    Answered,
    AnsweredTwice,
    AnswersMissing,
    Authorised,
    LineAnswer,
    LineUnknown,
    Medium,
    NothingToHandOver,
    Slip,
    SlipAnswered,
    SlipLine,
    SlipNotDraft,
    SlipNotSubmitted,
    SlipState,
)
from ledger.errors import Refused
from ledger.rules.management_table import FinalFate
from ledger.rules.retention_terms import RetentionClass

DAY = date(2024, 12, 30)
ANSWERS = st.lists(
    st.builds(Answered, st.integers(min_value=1, max_value=5), st.sampled_from(sorted(LineAnswer))), max_size=6
)


def lines(count: int) -> tuple[SlipLine, ...]:
    return tuple(
        SlipLine(
            number, "FS-01", RetentionClass.WORKING_DATA, Medium.DATA, "Données", DAY, DAY, DAY, 1, "sans délai",
            FinalFate.ELIMINATE, "",
        )
        for number in range(1, count + 1)
    )  # fmt: skip


class SlipMachine(RuleBasedStateMachine):
    """The model: how far it has come, its lines, and what the archives answered."""

    def __init__(self) -> None:
        super().__init__()
        self.state = SlipState.DRAFT
        self.count = 1
        self.frozen: int | None = None
        self.answers: tuple[Answered, ...] | None = None
        self.authorised: list[int] = []

    @initialize(count=st.integers(min_value=1, max_value=4))
    def draft(self, count: int) -> None:
        """Draw it up."""
        self.count = count
        self.slip = Slip.draft(id=UUID(int=1), producer="P", signatory="S", table="00", lines=lines(count))

    @rule(count=st.integers(min_value=1, max_value=4))
    def redraft(self, count: int) -> None:
        """Draw it up again."""
        refused = None if self.state is SlipState.DRAFT else SlipNotDraft
        if self._agrees(
            refused, lambda: self.slip.redraft(producer="P", signatory="S", table="00", lines=lines(count))
        ):
            self.count = count

    @rule()
    def submit(self) -> None:
        """Freeze it."""
        refused = None if self.state is SlipState.DRAFT else SlipNotDraft
        if self._agrees(refused, lambda: self.slip.submit(sha256=str(self.count))):
            self.state, self.frozen = SlipState.SUBMITTED, self.count

    @rule(answers=ANSWERS)
    def answer_some(self, answers: list[Answered]) -> None:
        """Answer whatever."""
        self._answer(answers)

    @rule(answer=st.sampled_from(sorted(LineAnswer)), last=st.sampled_from(sorted(LineAnswer)))
    def answer_all(self, answer: LineAnswer, last: LineAnswer) -> None:
        """Answer every line."""
        self._answer([*(Answered(number, answer) for number in range(1, self.count)), Answered(self.count, last)])

    def _answer(self, answers: list[Answered]) -> None:
        let_go = [each.line for each in answers if each.answer is LineAnswer.ELIMINATE]
        if self._agrees(
            self._why_not(answers),
            lambda: self.slip.record_visa(
                reference="V",
                day=DAY,
                numbers=range(1, self.count + 1),
                answers=answers,
                authorised=[Authorised(line, UUID(int=line)) for line in let_go],
            ),
        ):
            owing = any(each.answer in TO_HAND_OVER for each in answers)
            self.state, self.answers = SlipState.VISAED if owing else SlipState.CLOSED, tuple(answers)
            self.authorised += let_go

    def _why_not(self, answers: list[Answered]) -> type[Refused] | None:
        if self.state is SlipState.DRAFT:
            return SlipNotSubmitted
        if self.state is not SlipState.SUBMITTED:
            return SlipAnswered
        given, there = [each.line for each in answers], range(1, self.count + 1)
        if not set(given) <= set(there):
            return LineUnknown
        if len(given) != len(set(given)):
            return AnsweredTwice
        return None if len(given) == self.count else AnswersMissing

    @rule()
    def hand_over(self) -> None:
        """Hand over what the archives want."""
        owing = [each.line for each in self.answers or () if each.answer in TO_HAND_OVER]
        refused = None if self.state is SlipState.VISAED else NothingToHandOver
        given = [Authorised(line, UUID(int=line)) for line in owing]
        if self._agrees(refused, lambda: self.slip.hand_over(receipt="W", manifest="00", items=1, authorised=given)):
            self.state = SlipState.CLOSED
            self.authorised += owing

    def _agrees(self, refused: type[Refused] | None, do: Callable[[], None]) -> bool:
        before, why = self.slip.version, None
        try:
            do()
        except Refused as said:
            why = type(said)
        assert why is refused
        assert self.slip.version == before + (why is None)
        return why is None

    @invariant()
    def it_stands_where_the_model_does(self) -> None:
        """Compare what can be seen."""
        if not hasattr(self, "slip"):
            return
        assert self.slip.state is self.state
        assert len(self.slip.lines.expose()) == self.count
        given = [each.line for part in self.slip.authorised for each in part.expose()]
        assert given == self.authorised

    @invariant()
    def nothing_of_it_changes_once_it_is_frozen(self) -> None:
        """The lines are those that were signed."""
        assert self.frozen in (None, self.count)

    @invariant()
    def a_line_gives_one_authority_at_most_and_none_that_is_refused(self) -> None:
        """And none that is still to be handed over."""
        assert len(self.authorised) == len(set(self.authorised))
        refused = {each.line for each in self.answers or () if each.answer is LineAnswer.REFUSE}
        assert not refused & set(self.authorised)


SlipMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
TestSlips = SlipMachine.TestCase
