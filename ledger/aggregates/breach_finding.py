"""
How a breach is found: the first signal, the awareness, what it is and what it concerns, and new facts.

Four instants are told apart, and none stands in for another. What depends on a sealed fact, such as the occurrence, is
handed in by whoever opened it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from ledger.aggregates.base import Fact, Personal
from ledger.aggregates.breach_events import (
    BreachAware,
    BreachAwarenessCorrected,
    BreachDescribed,
    BreachNarrated,
    BreachProcessorHeard,
    BreachReopened,
    BreachScoped,
    BreachSignalled,
)
from ledger.aggregates.breach_records import ClockStart
from ledger.aggregates.breach_state import BreachState
from ledger.policies import breach_life as life
from ledger.policies.breach_refusals import (
    AlreadyAware,
    AwareAfterTold,
    AwareBeforeSignal,
    NewFactsTooEarly,
    ReasonNeeded,
    SentBeforeAware,
    ToldBeforeItKnew,
)
from ledger.policies.breach_vocabulary import BreachText, Declarant, Occurrence, ScopeFigures
from ledger.policies.mandate_making import check_instant
from ledger.rules.cnil import BreachCause, BreachNature, BreachOrigin


class BreachFound(BreachState):
    """The finding of a breach: signalled, aware, described, measured; found again by new facts."""

    @classmethod
    def signal(
        cls,
        *,
        house: UUID | None,
        signalled_at: datetime,
        occurrence: Occurrence,
        account: str,
        declarant: Declarant,
        at: datetime,
        loss: UUID | None = None,
        breach: UUID | None = None,
    ) -> Self:
        """
        Record the first signal of what may be a breach; `loss` is the loss of data that it was found by.

        :raises RefusedByRule: IN_THE_FUTURE
        :raises OccurrenceUnclear: if the instants of the occurrence don't fit each other
        :raises SignalBeforeOccurrence: if the signal precedes it
        """
        life.check_occurrence(occurrence, at=at)
        life.check_signal(signalled_at, occurrence=occurrence, at=at)
        return cls.begin(
            BreachSignalled,
            id=breach,
            house=house,
            effective_at=signalled_at,
            occurrence=Fact(occurrence),
            account=Personal(account),
            declarant=Personal(declarant),
            loss=Fact(loss),
        )

    def become_aware(
        self, aware_at: datetime, *, occurrence: Occurrence, zone: str, territory: str, grounds: str, at: datetime
    ) -> None:
        """
        Record since when there is reasonable certainty that personal data are compromised (EDPB 9/2022).

        The clock runs from here, by the time and the holidays of the place. `occurrence` is what is known of it now.

        :raises BreachIsClosed: if it was found to be none
        :raises AlreadyAware: if that is on record
        :raises OccurrenceUnclear: if the instants of the occurrence don't fit each other
        :raises LedgerError: what `check_awareness` raises
        """
        self._must_be_open()
        if self.clocks:
            raise AlreadyAware
        life.check_occurrence(occurrence, at=at)
        life.check_awareness(
            aware_at, occurrence=occurrence, signalled_at=self.signalled_at, told_at=self.told_at, at=at
        )
        self.trigger_event(
            BreachAware,
            effective_at=aware_at,
            occurrence=Fact(occurrence),
            zone=Fact(zone),
            territory=Fact(territory),
            grounds=Personal(grounds),
        )

    def correct_awareness(self, aware_at: datetime, *, occurrence: Occurrence, reason: str, at: datetime) -> None:
        """
        Put right the awareness from which the latest clock runs; the wrong one stays on record, with the reason.

        :raises NotAwareYet: if there is none
        :raises ReasonNeeded: without a reason
        :raises NewFactsTooEarly: if it precedes the awareness before
        :raises LedgerError: what `check_awareness` raises
        """
        self._must_be_open()
        self._must_be_aware()
        need_words(reason)
        self._after_the_clock_before(aware_at, self.clocks[:-1])
        told_at = self.told_at if len(self.clocks) == 1 else None
        life.check_awareness(aware_at, occurrence=occurrence, signalled_at=self.signalled_at, told_at=told_at, at=at)
        if any(each.sent_at < aware_at for each in self.notifications if each.clock == self.clock_number):
            raise SentBeforeAware
        self.trigger_event(BreachAwarenessCorrected, effective_at=aware_at, reason=Personal(reason))

    def reopen(self, aware_at: datetime, *, zone: str, territory: str, facts: str, at: datetime) -> None:
        """
        Start a new clock, because new facts change the risk: they were known at `aware_at`.

        :raises NotAwareYet: if nobody was aware of it before, and it is not closed as no breach
        :raises ReasonNeeded: without the facts
        :raises AwareBeforeSignal: if they precede the first signal
        :raises NewFactsTooEarly: if they precede what was known before
        :raises RefusedByRule: IN_THE_FUTURE
        """
        if not self.is_closed:
            self._must_be_aware()
        need_words(facts)
        check_instant(aware_at, recorded_at=at)
        if aware_at < self.signalled_at:
            raise AwareBeforeSignal
        self._after_the_clock_before(aware_at, self.clocks)
        self.trigger_event(
            BreachReopened,
            effective_at=aware_at,
            zone=Fact(zone),
            territory=Fact(territory),
            facts=Personal(facts),
        )

    def describe(
        self,
        *,
        natures: tuple[BreachNature, ...],
        origins: tuple[BreachOrigin, ...],
        causes: tuple[BreachCause, ...],
    ) -> None:
        """
        Say what was violated, how it came about and through whom, as far as that is known.

        :raises BreachIsClosed: if it is closed
        """
        self._must_be_open()
        self.trigger_event(BreachDescribed, natures=Fact(natures), origins=Fact(origins), causes=Fact(causes))

    def narrate(self, part: BreachText, text: str) -> None:
        """
        Write one part of the narrative.

        :raises BreachIsClosed: if it is closed
        """
        self._must_be_open()
        self.trigger_event(BreachNarrated, part=Fact(part), text=Personal(text))

    def attach_scope(self, figures: ScopeFigures) -> None:
        """
        Keep what it concerns, as it was measured or estimated.

        :raises BreachIsClosed: if it is closed
        """
        self._must_be_open()
        self.trigger_event(BreachScoped, figures=Fact(figures))

    def hear_processor(
        self, processor: str, *, told_at: datetime, processor_aware_at: datetime | None, at: datetime
    ) -> None:
        """
        Record that a processor told the house, and since when the processor was aware itself, if it says so.

        :raises BreachIsClosed: if it is closed
        :raises RefusedByRule: IN_THE_FUTURE
        :raises ToldBeforeItKnew: if the processor was aware after it told
        :raises AwareAfterTold: if the awareness on record is later: it is to be corrected first
        """
        self._must_be_open()
        check_instant(told_at, recorded_at=at)
        if processor_aware_at is not None and told_at < processor_aware_at:
            raise ToldBeforeItKnew
        if self.clocks and told_at < self.clocks[0].aware_at:
            raise AwareAfterTold(told_at=life.shown_instant(told_at))
        self.trigger_event(
            BreachProcessorHeard, effective_at=told_at, processor=Fact(processor), aware_at=Fact(processor_aware_at)
        )

    def _after_the_clock_before(self, aware_at: datetime, before: Sequence[ClockStart]) -> None:
        if before and aware_at < before[-1].aware_at:
            raise NewFactsTooEarly


def need_words(text: str) -> None:
    """
    Take words.

    :raises ReasonNeeded: without any
    """
    if not text.strip():
        raise ReasonNeeded
