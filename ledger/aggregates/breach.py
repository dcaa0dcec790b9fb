"""
A breach: signalled, then aware, assessed, notified, told to the people, remedied and closed; reopened by new facts.

One stream holds it from the first signal to the end of its term. A clock runs from every awareness: the first, and one
for each set of new facts. Two lines of duty run with each clock (GDPR 33; convention 4.6, which leaves out nothing) and
others beside where they are opened. What may follow what is said in `policies/breach_life.py`; what depends on a sealed
fact, such as the occurrence, is handed in by whoever opened it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ledger.aggregates.base import Fact, Personal, Scope
from ledger.aggregates.breach_events import (
    BreachAdvised,
    BreachAssessed,
    BreachClosed,
    BreachLineClosed,
    BreachLineOpened,
    BreachLinked,
    BreachNotified,
    BreachPeopleDecided,
    BreachPeopleInformed,
    BreachRemedied,
)
from ledger.aggregates.breach_finding import BreachFound, need_words
from ledger.aggregates.breach_reminders import BreachReminded, BreachReminderFailed, BreachReminderSent
from ledger.aggregates.confirmation import Opinion, OpinionIncomplete
from ledger.policies import breach_life as life
from ledger.policies.breach_refusals import (
    LineAlreadyOpen,
    LineNotInUse,
    LineNotOpen,
    LineOpensItself,
    LinkedToItself,
    OpinionNeeded,
    ReminderGiven,
    ReminderSettled,
    SentBeforeAware,
)
from ledger.policies.breach_vocabulary import (
    DUTY_LINES,
    OPINION_ON_LINE,
    Assessment,
    BreachEnding,
    BreachLink,
    Deadline,
    Line,
    LineEnding,
    OpinionOn,
    ReminderState,
    Risk,
    WhyNotTold,
)
from ledger.policies.mandate_making import check_instant
from ledger.policies.vocabulary import ContactMeans
from ledger.rules.cnil import FormType, InformationOfPeople


class Breach(BreachFound):
    """One breach of personal data, or what may be one (GDPR 4(12))."""

    KIND = "breach"
    DIES_WITH = Scope.BREACH

    def assess(self, assessment: Assessment, *, risk: Risk, reason: str) -> None:
        """
        Decide what risk it is for the people; the measure informs, it never decides.

        :raises BreachIsClosed: if it is closed
        :raises NotAwareYet: before the awareness
        :raises ReasonNeeded: if a risk is taken to be unlikely without words (GDPR 33(5))
        """
        self._must_be_open()
        self._must_be_aware()
        if risk is Risk.UNLIKELY:
            need_words(reason)
        self.trigger_event(BreachAssessed, decision=risk, assessment=Fact(assessment), reason=Personal(reason))

    def advise(
        self, on: OpinionOn, opinion: Opinion, *, officer: UUID | None, note: str, given_at: datetime, at: datetime
    ) -> None:
        """
        Record what the data protection officer says on this, or that the officer can't be reached.

        :raises BreachIsClosed: if it is closed
        :raises OpinionIncomplete: if nobody is named who gave it
        :raises RefusedByRule: IN_THE_FUTURE
        """
        self._must_be_open()
        check_instant(given_at, recorded_at=at)
        if opinion is not Opinion.NONE_WITHIN_DELAY and officer is None:
            raise OpinionIncomplete
        self.trigger_event(
            BreachAdvised,
            effective_at=given_at,
            decision=on,
            opinion=Fact(opinion),
            officer=Fact(officer),
            note=Personal(note),
        )

    def notify(
        self,
        form_type: FormType,
        *,
        sent_at: datetime,
        legal_end: datetime | None,
        receipt: str,
        initial: str,
        initial_on_record: str | None,
        reasons: str,
        at: datetime,
    ) -> None:
        """
        Record that the CNIL was notified; it needs neither an assessment nor an opinion.

        `legal_end` is that of the oldest clock for which nothing was sent yet, None where something was for all.
        `initial_on_record` is the receipt of the first notification as it was opened.

        :raises NotAwareYet: before the awareness
        :raises SentBeforeAware: if it was sent before it
        :raises LateWithoutReasons: if it is late and says not why (GDPR 33(1))
        :raises LedgerError: what `check_type` and `initial_number` raise
        """
        self._must_be_open()
        self._must_be_aware()
        check_instant(sent_at, recorded_at=at)
        if sent_at < self.clocks[-1].aware_at:
            raise SentBeforeAware
        life.check_type(form_type, sent=self.sent_types)
        number = life.initial_number(form_type, given=initial, on_record=initial_on_record)
        if legal_end is not None:
            life.check_reasons(sent_at, legal_end=legal_end, reasons=reasons)
        self.trigger_event(
            BreachNotified,
            effective_at=sent_at,
            decision=form_type,
            receipt=Fact(receipt),
            initial=Fact(number),
            reasons=Personal(reasons),
        )

    def decide_on_people(
        self,
        information: InformationOfPeople,
        *,
        why: WhyNotTold | None = None,
        reason: str = "",
        due_at: datetime | None = None,
    ) -> None:
        """
        Decide whether the people are told (GDPR 34); not telling them takes a reason.

        :raises BreachIsClosed: if it is closed
        :raises NotAwareYet: before the awareness
        :raises ReasonNeeded: if they are not told, and nothing says why
        :raises HighRiskUntold: if the reason contradicts the assessment
        """
        self._must_be_open()
        self._must_be_aware()
        if information is InformationOfPeople.NO:
            life.check_not_told(why, risk=self.risk, reason=reason)
        self.trigger_event(
            BreachPeopleDecided, decision=information, why=Fact(why), reason=Personal(reason), due_at=Fact(due_at)
        )

    def inform_people(self, *, told_at: datetime, people: int, means: tuple[ContactMeans, ...], at: datetime) -> None:
        """
        Record that people were told, how many and by which means (GDPR 34).

        :raises BreachIsClosed: if it is closed
        :raises NotAwareYet: before the awareness
        :raises RefusedByRule: IN_THE_FUTURE
        """
        self._must_be_open()
        self._must_be_aware()
        check_instant(told_at, recorded_at=at)
        self.trigger_event(BreachPeopleInformed, effective_at=told_at, people=Fact(people), means=Fact(means))

    def remedy(self, measures: str, *, done_at: datetime, at: datetime) -> None:
        """
        Record what was done against it, or so that it does not happen again.

        :raises BreachIsClosed: if it is closed
        :raises RefusedByRule: IN_THE_FUTURE
        """
        self._must_be_open()
        need_words(measures)
        check_instant(done_at, recorded_at=at)
        self.trigger_event(BreachRemedied, effective_at=done_at, measures=Personal(measures))

    def open_line(self, line: Line, *, runs_from: datetime, about: str, in_use: bool, at: datetime) -> None:
        """
        Let a line run beside the two duties, from an instant of its own: that the attack was known, for one.

        :raises BreachIsClosed: if it is closed
        :raises LineOpensItself: for the two that run from the awareness
        :raises LineAlreadyOpen: if it runs
        :raises LineNotInUse: if it is switched off
        :raises RefusedByRule: IN_THE_FUTURE
        """
        self._must_be_open()
        if line in DUTY_LINES:
            raise LineOpensItself(line=str(line))
        if not in_use:
            raise LineNotInUse(line=str(line))
        if line in self.open_lines:
            raise LineAlreadyOpen(line=str(line))
        check_instant(runs_from, recorded_at=at)
        self.trigger_event(BreachLineOpened, effective_at=runs_from, decision=line, about=Fact(about))

    def close_line(
        self,
        line: Line,
        ending: LineEnding,
        *,
        reason: str,
        closed_at: datetime,
        reference: str,
        controller_told: bool,
        at: datetime,
    ) -> None:
        """
        Close one line for a reason of its own; a duty line takes the officer's opinion, or that there is none.

        `controller_told` says whether a run of the controller's line ended with its being told.

        :raises BreachIsClosed: if it is closed
        :raises LineNotOpen: if the line does not run
        :raises OpinionNeeded: for a duty line without one since the latest awareness (GDPR 38(6), 39)
        :raises LedgerError: what `check_ending` raises
        """
        self._must_be_open()
        if line not in self.open_lines:
            raise LineNotOpen(line=str(line))
        check_instant(closed_at, recorded_at=at)
        life.check_ending(
            line, ending, reason=reason, sent=self.sent_types, risk=self.risk, controller_told=controller_told
        )
        subject = OPINION_ON_LINE.get(line)
        if subject is not None and self.opinion_on(subject) is None:
            raise OpinionNeeded
        self.trigger_event(
            BreachLineClosed,
            effective_at=closed_at,
            decision=line,
            ending=Fact(ending),
            reason=Personal(reason),
            reference=Fact(reference),
        )

    def close(self, ending: BreachEnding, *, reason: str) -> None:
        """
        Close it; the term of the register runs from here.

        What turned out to be no breach needs a reason, and no line that runs; what was handled needs all the rest.

        :raises BreachIsClosed: if it is closed already
        :raises NotAwareYet: if it was handled without an awareness
        :raises LedgerError: what `check_closable` raises
        """
        self._must_be_open()
        if ending is BreachEnding.NOT_A_BREACH:
            need_words(reason)
            life.check_lines(self.open_lines)
        else:
            self._must_be_aware()
            decided = self.people_decision
            life.check_closable(
                risk=self.risk,
                people=decided.information if decided else None,
                told=self.are_people_told,
                remedied=bool(self.remedies),
                open_lines=self.open_lines,
            )
        self.trigger_event(BreachClosed, decision=ending, reason=Personal(reason))

    def link(self, other: UUID, kind: BreachLink) -> None:
        """
        Tie it to another breach; also once it is closed.

        :raises LinkedToItself: if it is the same one
        """
        if other == self.id:
            raise LinkedToItself
        self.trigger_event(BreachLinked, other=Fact(other), kind=Fact(kind), leads_to=other)

    def remind(self, deadline: Deadline, *, due_at: datetime, point_at: datetime) -> None:
        """
        Record that a reminder is about to be given: of what, for which end, and for which point before it.

        :raises BreachIsClosed: if it is closed
        :raises ReminderGiven: if this very one was given before, or may have been
        """
        self._must_be_open()
        known = self.reminder(deadline, due_at=due_at, point_at=point_at)
        if known is not None and known.state is not ReminderState.FAILED:
            raise ReminderGiven
        self.trigger_event(BreachReminded, effective_at=due_at, known_at=point_at, decision=deadline)

    def settle_reminder(self, deadline: Deadline, *, due_at: datetime, point_at: datetime, sent: bool) -> None:
        """
        Record that a reminder went out, or that it certainly did not; also once the breach is closed.

        :raises ReminderSettled: if nothing is open about it
        """
        known = self.reminder(deadline, due_at=due_at, point_at=point_at)
        if known is None or known.state is not ReminderState.CLAIMED:
            raise ReminderSettled
        outcome = BreachReminderSent if sent else BreachReminderFailed
        self.trigger_event(outcome, effective_at=due_at, known_at=point_at, decision=deadline)
