"""The life of a breach against a plain model: whatever is tried in whatever order, both say the same."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ledger.aggregates.breach import Breach
from ledger.aggregates.confirmation import Opinion
from ledger.clock import UTC
from ledger.errors import LedgerError
from ledger.identifiers import new_id
from ledger.policies.breach_next import NextStep, next_steps
from ledger.policies.breach_vocabulary import (
    DUTY_LINES,
    NOBODY_NAMED,
    OPINION_ON_LINE,
    UNKNOWN_OCCURRENCE,
    Assessment,
    BreachEnding,
    Deadline,
    Line,
    LineEnding,
    OpinionOn,
    Risk,
    WhyNotTold,
)
from ledger.policies.severity import Advice
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.assessment import Band
from ledger.rules.cnil import FormType, Gravity, InformationOfPeople
from ledger.usecases.breach.show import progress_of

START = datetime(2026, 6, 9, 12, tzinfo=UTC)
ONE = Decimal(1)
ASSESSMENT = Assessment(ONE, ONE, ONE, ONE, Band.LOW, (), Gravity.LIMITED, (), Advice.NOTIFY, Advice.NO_NEED_TO_TELL)
TERM = timedelta(hours=72)
BESIDE = tuple(line for line in Line if line not in DUTY_LINES)


@dataclass
class Round:
    """What happened since one awareness."""

    aware_at: datetime
    sent: list[FormType] = field(default_factory=list)
    opinions: set[OpinionOn] = field(default_factory=set)
    risk: Risk | None = None
    information: InformationOfPeople | None = None
    told: bool = False


class BreachMachine(RuleBasedStateMachine):
    """Tries every step at any time, with a model that says by itself whether it may be taken."""

    @initialize(already=st.booleans())
    def declared(self, already: bool) -> None:
        self.now = START
        self.breach = Breach.signal(
            house=None, signalled_at=START, occurrence=UNKNOWN_OCCURRENCE, account="x", declarant=NOBODY_NAMED, at=START
        )
        self.rounds: list[Round] = []
        self.open: set[Line] = set()
        self.controller_opened = self.controller_told = self.closed = self.remedied = False
        self.answered = 0
        self.reminded: set[tuple[datetime, datetime]] = set()
        if already:
            self.becomes_aware(0)

    def taken(self, may: bool, step: object, /, **how: object) -> bool:
        """Take a step; it must be refused if, and only if, the model says so. A refusal changes nothing."""
        before = self.breach.version
        if may:
            step(**how)  # type: ignore[operator]  # a bound method of the breach
            return True
        with pytest.raises(LedgerError) as refused:
            step(**how)  # type: ignore[operator]  # a bound method of the breach
        assert refused.value.exit_code in {2, 3}
        assert refused.value.explain()
        assert self.breach.version == before
        return False

    @property
    def last(self) -> Round:
        return self.rounds[-1]

    @rule(hours=st.integers(1, 60))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(ago=st.integers(-2, 80))
    def becomes_aware(self, ago: int) -> None:
        aware_at = self.now - timedelta(hours=ago)
        may = not self.closed and not self.rounds and START <= aware_at <= self.now
        done = self.taken(
            may, self.breach.become_aware, aware_at=aware_at, occurrence=UNKNOWN_OCCURRENCE, zone="Europe/Paris",
            territory="metropole", grounds="", at=self.now,
        )  # fmt: skip
        if done:
            self._new_round(aware_at)

    @rule(ago=st.integers(-2, 80), facts=st.sampled_from(["", "faits"]))
    def is_reopened(self, ago: int, facts: str) -> None:
        aware_at = self.now - timedelta(hours=ago)
        after = self.last.aware_at if self.rounds else START
        may = bool(facts) and (self.closed or bool(self.rounds)) and after <= aware_at <= self.now
        done = self.taken(
            may, self.breach.reopen, aware_at=aware_at, zone="Europe/Paris", territory="metropole", facts=facts,
            at=self.now,
        )  # fmt: skip
        if done:
            self.closed = False
            if self.controller_opened and self.rounds:
                self.open.add(Line.CONTROLLER)
            self._new_round(aware_at)

    def _new_round(self, aware_at: datetime) -> None:
        self.rounds.append(Round(aware_at))
        self.open |= set(DUTY_LINES)

    @rule(
        form_type=st.sampled_from(FormType), ago=st.integers(-1, 100), initial=st.sampled_from(["", "1", "2"]),
        reasons=st.sampled_from(["", "retard"]),
    )  # fmt: skip
    def is_notified(self, form_type: FormType, ago: int, initial: str, reasons: str) -> None:
        sent_at = self.now - timedelta(hours=ago)
        unanswered = self.rounds[self.answered :]
        legal_end = unanswered[0].aware_at + TERM if unanswered else None
        first_sent = any({FormType.INITIAL, FormType.COMPLETE} & set(each.sent) for each in self.rounds)
        on_record = "1" if first_sent else None
        may = not self.closed and bool(self.rounds) and self.last.aware_at <= sent_at <= self.now
        if form_type is FormType.COMPLEMENTARY:
            may = may and bool(initial or on_record) and not (initial and on_record and initial != on_record)
        elif self.rounds:
            may = may and not {FormType.INITIAL, FormType.COMPLETE} & set(self.last.sent)
        may = may and not (legal_end is not None and sent_at >= legal_end and not reasons)
        done = self.taken(
            may, self.breach.notify, form_type=form_type, sent_at=sent_at, legal_end=legal_end, receipt="1",
            initial=initial, initial_on_record=on_record, reasons=reasons, at=self.now,
        )  # fmt: skip
        if done:
            self.last.sent.append(form_type)
            self.answered = len(self.rounds)

    @rule(risk=st.sampled_from(Risk), reason=st.sampled_from(["", "motif"]))
    def is_assessed(self, risk: Risk, reason: str) -> None:
        may = not self.closed and bool(self.rounds) and (risk is not Risk.UNLIKELY or bool(reason))
        if self.taken(may, self.breach.assess, assessment=ASSESSMENT, risk=risk, reason=reason):
            self.last.risk = risk

    @rule(on=st.sampled_from(OpinionOn), opinion=st.sampled_from(Opinion), named=st.booleans())
    def is_advised(self, on: OpinionOn, opinion: Opinion, named: bool) -> None:
        may = not self.closed and (named or opinion is Opinion.NONE_WITHIN_DELAY)
        done = self.taken(
            may, self.breach.advise, on=on, opinion=opinion, officer=new_id() if named else None, note="",
            given_at=self.now, at=self.now,
        )  # fmt: skip
        if done and self.rounds:
            self.last.opinions.add(on)

    @rule(
        information=st.sampled_from(InformationOfPeople), why=st.sampled_from([None, *WhyNotTold]),
        reason=st.sampled_from(["", "motif"]),
    )  # fmt: skip
    def people_are_decided_on(self, information: InformationOfPeople, why: WhyNotTold | None, reason: str) -> None:
        may = not self.closed and bool(self.rounds)
        if may and information is InformationOfPeople.NO:
            denied = why is WhyNotTold.NO_HIGH_RISK and self.last.risk is Risk.HIGH
            may = why is not None and bool(reason) and not denied
        if self.taken(may, self.breach.decide_on_people, information=information, why=why, reason=reason):
            self.last.information = information

    @rule()
    def people_are_told(self) -> None:
        may = not self.closed and bool(self.rounds)
        means = (ContactMeans.MAIL,)
        if self.taken(may, self.breach.inform_people, told_at=self.now, people=3, means=means, at=self.now):
            self.last.told = True

    @rule(line=st.sampled_from(Line), in_use=st.booleans())
    def a_line_is_opened(self, line: Line, in_use: bool) -> None:
        may = not self.closed and line in BESIDE and in_use and line not in self.open
        done = self.taken(
            may, self.breach.open_line, line=line, runs_from=self.now, about="", in_use=in_use, at=self.now
        )
        if done:
            self.open.add(line)
            self.controller_opened |= line is Line.CONTROLLER

    @rule(line=st.sampled_from(Line), ending=st.sampled_from(LineEnding), reason=st.sampled_from(["", "motif"]))
    def a_line_is_closed(self, line: Line, ending: LineEnding, reason: str) -> None:
        may = not self.closed and line in self.open and self._may_end(line, ending, reason)
        done = self.taken(
            may, self.breach.close_line, line=line, ending=ending, reason=reason, closed_at=self.now, reference="",
            controller_told=self.controller_told, at=self.now,
        )  # fmt: skip
        if done:
            self.open.discard(line)
            self.controller_told |= line is Line.CONTROLLER and ending is LineEnding.DONE

    def _may_end(self, line: Line, ending: LineEnding, reason: str) -> bool:
        sent = self.last.sent if self.rounds else []
        grounds = {
            LineEnding.NOTIFIED: line in DUTY_LINES and bool({FormType.COMPLETE, FormType.COMPLEMENTARY} & set(sent)),
            LineEnding.RISK_UNLIKELY: line is Line.GDPR_33 and self.last.risk is Risk.UNLIKELY and bool(reason),
            LineEnding.NOT_APPLIED: line is not Line.GDPR_33 and bool(reason),
            LineEnding.CONTROLLER_NOTIFIES: line is Line.GDPR_33 and self.controller_told and bool(reason),
            LineEnding.DONE: line in BESIDE,
            LineEnding.NOT_A_BREACH: bool(reason),
        } if self.rounds else {
            LineEnding.DONE: line in BESIDE, LineEnding.NOT_A_BREACH: bool(reason), LineEnding.NOT_APPLIED: bool(reason)
        }  # fmt: skip
        heard = line in BESIDE or OPINION_ON_LINE[line] in self.last.opinions
        return grounds.get(ending, False) and heard

    @rule(measures=st.sampled_from(["", "fait"]))
    def is_remedied(self, measures: str) -> None:
        may = not self.closed and bool(measures)
        self.remedied |= self.taken(may, self.breach.remedy, measures=measures, done_at=self.now, at=self.now)

    @rule(ending=st.sampled_from(BreachEnding), reason=st.sampled_from(["", "motif"]))
    def is_closed(self, ending: BreachEnding, reason: str) -> None:
        may = not self.closed and not self.open
        if ending is BreachEnding.NOT_A_BREACH:
            may = may and bool(reason)
        else:
            settled = bool(self.rounds) and (self.last.told or self.last.information is InformationOfPeople.NO)
            may = may and settled and self.last.risk is not None and self.remedied
        self.closed |= self.taken(may, self.breach.close, ending=ending, reason=reason)

    @rule(
        skipped=st.sampled_from(["", "", "assess", "people", "remedy", "lines"]), risk=st.sampled_from(Risk),
        told=st.booleans(), why=st.sampled_from(WhyNotTold),
    )  # fmt: skip
    def is_brought_near_its_end(self, skipped: str, risk: Risk, told: bool, why: WhyNotTold) -> None:
        """Take the steps that lead to a closing, all but one, and try to close: by chance alone few get there."""
        assume(self.rounds and not self.closed)
        if skipped != "assess":
            self.is_assessed(risk, "motif")
        if skipped != "people":
            if told:
                self.people_are_told()
            else:
                self.people_are_decided_on(InformationOfPeople.NO, why, "motif")
        if skipped != "remedy":
            self.is_remedied("fait")
        if skipped != "lines":
            self.is_notified(FormType.COMPLETE, 0, "", "retard")
            for line in tuple(self.open):
                if line in DUTY_LINES:
                    self.is_advised(OPINION_ON_LINE[line], Opinion.FAVOURABLE, True)
                self.a_line_is_closed(line, LineEnding.NOTIFIED if line in DUTY_LINES else LineEnding.DONE, "")
        self.is_closed(BreachEnding.HANDLED, "")

    @rule(hours=st.sampled_from([48, 24]))
    def is_reminded(self, hours: int) -> None:
        assume(self.rounds)
        due_at = self.last.aware_at + TERM
        point_at = due_at - timedelta(hours=hours)
        may = not self.closed and (due_at, point_at) not in self.reminded
        if self.taken(may, self.breach.remind, deadline=Deadline.NOTIFY, due_at=due_at, point_at=point_at):
            self.reminded.add((due_at, point_at))

    @invariant()
    def both_agree(self) -> None:
        assert set(self.breach.open_lines) == self.open
        assert self.breach.is_closed is self.closed
        assert len(self.breach.clocks) == len(self.rounds)
        if self.rounds:
            assert self.breach.aware_at == self.last.aware_at
            assert list(self.breach.sent_types) == self.last.sent
            assert (self.breach.risk, self.breach.are_people_told) == (self.last.risk, self.last.told)
        assert [clock.aware_at for clock in self.breach.unanswered] == [
            each.aware_at for each in self.rounds[self.answered :]
        ]

    @invariant()
    def there_is_always_a_next_step_and_only_a_closed_breach_is_left_alone(self) -> None:
        steps = next_steps(progress_of(self.breach))
        assert steps
        assert (steps == (NextStep.LEARN,)) is self.closed

    @invariant()
    def what_was_recorded_gives_the_same_breach_again(self) -> None:
        again: Any = None
        for event in self.breach.pending_events:
            again = event.mutate(again)
        assert again is not None
        assert (again.lines, again.clocks) == (self.breach.lines, self.breach.clocks)


def test_closing_at_once_is_offered_only_when_it_is_allowed() -> None:
    breach = Breach.signal(
        house=None, signalled_at=START, occurrence=UNKNOWN_OCCURRENCE, account="x", declarant=NOBODY_NAMED, at=START
    )
    with suppress(LedgerError):
        breach.close(BreachEnding.HANDLED, reason="")
    assert not breach.is_closed


TestBreachMachine = BreachMachine.TestCase
